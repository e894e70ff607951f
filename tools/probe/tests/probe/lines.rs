//! Every kind of line: sockets, terminals, pipes, standard input and output.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use rustix::fs::Mode;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{ControlModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tempfile::TempDir;

use crate::fake::{self, Fault, Server};
use crate::run::{Said, command, probe};

/// Carries bytes both ways between a guest and two files that are no socket.
fn guest_on(mut input: File, mut output: File, fault: Fault) {
    let (guest, far) = UnixStream::pair().unwrap();
    thread::spawn(move || drop(fake::talk(guest, fault)));
    let mut to_guest = far.try_clone().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 64];
        while let Ok(n @ 1..) = input.read(&mut buffer) {
            if to_guest.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        let mut from_guest = far;
        let mut buffer = [0; 64];
        while let Ok(n @ 1..) = from_guest.read(&mut buffer) {
            if output.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
    });
}

#[test]
fn unix_socket_by_either_name() {
    let server = Server::with(Fault::None);
    probe(["--serial", &format!("unix:{}", server.socket.display())]).is_ok(&["answer"]);
    server.end();
}

#[test]
fn a_socket_that_comes_later_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let early = folder.path().join("later");
    let probe = command(["--serial", early.to_str().unwrap()]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let server = Server::with(Fault::None);
    fs::rename(&server.socket, &early).unwrap();
    Said::from(probe.unwrap().wait_with_output().unwrap()).is_ok(&["answer"]);
    server.end();
}

#[test]
fn a_socket_that_never_comes() {
    probe(["--serial", "/nonexistent/com1", "--timeout", "0.1"]).fails(3, "/nonexistent/com1: No such file");
}

/// That is known at once; a server to come would be waited for.
#[test]
fn a_folder_is_no_line() {
    let folder = tempfile::tempdir().unwrap();
    probe(["--serial", folder.path().to_str().unwrap()]).fails(3, "is a folder");
}

/// A server that listens is heard from its first byte on: it is visited before the machine is started.
#[test]
fn a_socket_that_is_there_is_connected_to_before_the_start() {
    let visited = Signal::new();
    let (command, wait) = (visited.command(), visited.waiter());
    let server = Server::of(move |socket| {
        // The start command waits for this.
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
        drop(fake::talk(socket, Fault::None));
    });
    let start = format!("cat {}", visited.0.path().join("started").display());
    drop(wait);
    let said = probe(["--serial", server.socket.to_str().unwrap(), "--start", &start]);
    assert_eq!((said.exit, said.stderr.as_str()), (0, "go\n"), "{said:?}");
    server.end();
}

/// What an earlier run has left at the path, or nothing: the start command puts the socket there.
#[test]
fn a_socket_that_the_start_makes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("com1");
    for left in ["nothing", "a socket that nobody listens on", "a file"] {
        let _ = fs::remove_file(&path);
        match left {
            "a file" => drop(File::create(&path).unwrap()),
            "nothing" => {}
            _ => drop(UnixListener::bind(&path).unwrap()),
        }
        assert_eq!(path.exists(), left != "nothing");
        let server = Server::with(Fault::None);
        let start = format!("mv -f {} {}", server.socket.display(), path.display());
        let said = probe(["--serial", path.to_str().unwrap(), "--start", &start, "--timeout", "20"]);
        assert_eq!(said.exit, 0, "{left}: {said:?}");
        server.end();
    }
}

#[test]
fn nothing_is_started_for_a_path_that_makes_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let (file, started) = (folder.path().join("file"), folder.path().join("started"));
    File::create(&file).unwrap();
    let start = format!("touch {}", started.display());
    probe(["--serial", &format!("{}/com1", file.display()), "--start", &start]).fails(3, "Not a directory");
    assert!(!started.exists());
}

#[test]
fn a_file_that_is_no_line() {
    let file = tempfile::NamedTempFile::new().unwrap();
    probe(["--serial", file.path().to_str().unwrap(), "--timeout", "0.1"]).fails(3, "Connection refused");
}

#[test]
fn tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", listener.local_addr().unwrap());
    let guest = thread::spawn(move || {
        let socket: OwnedFd = listener.accept().unwrap().0.into();
        guest_on(socket.try_clone().unwrap().into(), socket.into(), Fault::None);
    });
    probe(["--serial", &address]).is_ok(&["answer"]);
    guest.join().unwrap();
}

#[test]
fn no_tcp_server() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    probe(["--serial", &format!("tcp:127.0.0.1:{port}"), "--timeout", "0.1"]).fails(3, "Connection refused");
}

/// Tells a thread of the test that the probe has run its start command.
struct Signal(TempDir);

impl Signal {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_pipe(&folder.path().join("started"));
        Self(folder)
    }

    /// The start command.
    fn command(&self) -> String {
        format!("echo go > {}", self.0.path().join("started").display())
    }

    /// Waits until the command is run.
    fn waiter(&self) -> impl FnOnce() + Send + use<> {
        let pipe = self.0.path().join("started");
        move || assert_eq!(fs::read_to_string(pipe).unwrap(), "go\n")
    }
}

fn make_pipe(path: &Path) {
    rustix::fs::mkfifoat(rustix::fs::CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
}

#[test]
fn the_machine_connects() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("com1");
    let started = Signal::new();
    let (wait, to) = (started.waiter(), socket.clone());
    let guest = thread::spawn(move || {
        wait();
        drop(fake::talk(UnixStream::connect(to).unwrap(), Fault::None));
    });
    probe(["--serial", &format!("listen:{}", socket.display()), "--start", &started.command()]).is_ok(&["answer"]);
    guest.join().unwrap();
    assert!(!socket.exists(), "the socket is left behind");
}

#[test]
fn nobody_connects() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("com1");
    let address = format!("listen:{}", socket.display());
    probe(["--serial", &address, "--timeout", "0.1"]).fails(3, "no machine connects in time");
    assert!(!socket.exists(), "the socket is left behind");
    File::create(&socket).unwrap();
    probe(["--serial", &address]).fails(3, "Address already in use");
    probe(["--serial", "tcp-listen:127.0.0.1:0", "--timeout", "0.1"]).fails(3, "no machine connects in time");
}

#[test]
fn a_start_command_that_fails() {
    let server = Server::with(Fault::None);
    let address = server.socket.to_str().unwrap();
    probe(["--serial", "-", "--start", "exit 7"]).fails(4, "--start: exit status: 7: exit 7");
    probe(["--serial", "-", "--start", "exec sleep 1000", "--timeout", "0.2"]).fails(4, "does not return in time");
    // Its output does not get into the JSON.
    let said = probe(["--serial", address, "--json", "--start", "echo noise"]);
    assert_eq!((said.exit, said.stderr.as_str()), (0, "noise\n"));
    assert_eq!(said.json()["ok"], true);
    server.end();
}

/// A pseudo-terminal: the machine's side, and the path of the user's.
fn terminal() -> (OwnedFd, String) {
    // CLOEXEC: a process that another test starts meanwhile must not hold it open.
    let host = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&host).unwrap();
    unlockpt(&host).unwrap();
    let path = ptsname(&host, Vec::new()).unwrap().into_string().unwrap();
    (host, path)
}

/// A terminal as somebody may have left it: nothing is as the check needs it.
fn spoilt(file: impl AsFd) -> Termios {
    let mut mode = tcgetattr(&file).unwrap();
    mode.control_modes |= ControlModes::CSTOPB | ControlModes::CRTSCTS;
    mode.control_modes -= ControlModes::CLOCAL;
    mode.set_speed(1200).unwrap();
    tcsetattr(&file, OptionalActions::Now, &mode).unwrap();
    tcgetattr(&file).unwrap()
}

#[test]
fn a_terminal_is_raw_for_the_time_of_the_check() {
    let (host, path) = terminal();
    // Held open, so that its mode outlives the probe.
    let held = File::options().read(true).write(true).open(&path).unwrap();
    let before = spoilt(&held);
    assert!(before.local_modes.contains(LocalModes::ECHO), "a terminal that is raw already shows nothing");
    // The machine starts when the terminal is open: the terminal must not echo its banner to it.
    let started = Signal::new();
    let wait = started.waiter();
    let machine = thread::spawn(move || {
        wait();
        // Linux shows the mode at both ends of a pseudo-terminal.
        let during = tcgetattr(&host).unwrap();
        guest_on(host.try_clone().unwrap().into(), host.into(), Fault::None);
        during
    });
    probe(["--serial", &path, "--start", &started.command()]).is_ok(&["banner", "answer"]);
    let during = machine.join().unwrap();
    assert!(!during.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG), "{during:?}");
    assert!(
        during.control_modes.contains(ControlModes::CLOCAL | ControlModes::CREAD | ControlModes::CS8),
        "{during:?}"
    );
    assert!(!during.control_modes.intersects(ControlModes::CSTOPB | ControlModes::CRTSCTS), "{during:?}");
    assert_eq!((during.input_speed(), during.output_speed()), (9600, 9600));
    let after = tcgetattr(&held).unwrap();
    assert_eq!(before.local_modes, after.local_modes);
    assert_eq!(before.input_modes, after.input_modes);
    assert_eq!(before.output_modes, after.output_modes);
    assert_eq!(before.control_modes, after.control_modes);
    assert_eq!((after.input_speed(), after.output_speed()), (1200, 1200));
}

#[test]
fn a_terminal_whose_machine_is_gone() {
    let (host, path) = terminal();
    let started = Signal::new();
    let wait = started.waiter();
    let machine = thread::spawn(move || {
        wait();
        drop(host);
    });
    // In a session of its own, as a service's: a terminal that became the session's would hang up on the probe.
    let mut probe = Command::new("setsid");
    probe.arg(env!("CARGO_BIN_EXE_boot256-probe")).args(["--serial", &path, "--start", &started.command()]);
    let output = probe.stdin(Stdio::null()).output().expect("setsid (package util-linux)");
    Said::from(output).fails(5, "the line ends too early, heard nothing");
    machine.join().unwrap();
}

#[test]
fn a_pair_of_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("com1");
    for end in ["in", "out"] {
        make_pipe(&base.with_extension(end));
    }
    // As QEMU does it: both for reading and writing, so that neither waits for the other side.
    let open = |end: &str| File::options().read(true).write(true).open(base.with_extension(end)).unwrap();
    let (input, output) = (open("in"), open("out"));
    guest_on(input, output, Fault::None);
    probe(["--serial", &format!("pipe:{}", base.display())]).is_ok(&["answer"]);
}

/// Neither end waits for the other side longer than it is told to.
#[test]
fn pipes_with_nobody_at_the_other_end() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("com1");
    for end in ["in", "out"] {
        make_pipe(&base.with_extension(end));
    }
    let address = format!("pipe:{}", base.display());
    probe(["--serial", &address, "--timeout", "0.1"]).fails(3, "No such device or address");
}

#[test]
fn pipes_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("pipe:{}", folder.path().join("com1").display());
    probe(["--serial", &address, "--timeout", "0.1"]).fails(3, "No such file");
    File::create(folder.path().join("com1.out")).unwrap();
    probe(["--serial", &address]).fails(3, "com1.out is no named pipe");
}

/// A guest at the other end of a command: `COMMAND` in the address stands for what carries its bytes.
fn by_command(fault: Fault, command: &str, args: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let [input, output] = ["in", "out"].map(|name| {
        let path = folder.path().join(name);
        make_pipe(&path);
        path
    });
    // Both for reading and writing: neither end waits for the other.
    let open = |path| File::options().read(true).write(true).open(path).unwrap();
    guest_on(open(&input), open(&output), fault);
    let carry = format!("cat {} & cat >{}", output.display(), input.display());
    probe([&["--serial", &format!("exec:{}", command.replace("COMMAND", &carry))], args].concat())
}

#[test]
fn a_command_is_the_line() {
    by_command(Fault::None, "COMMAND", &[]).is_ok(&["answer"]);
    by_command(Fault::None, "echo connected >&2; COMMAND", &["--ready", "connected"]).is_ok(&["answer"]);
    probe(["--serial", "exec:echo no such machine >&2; exit 1"])
        .fails(5, "the line ends too early, heard nothing: no such machine");
    probe(["--serial", "exec:exit 7"]).fails(5, "heard nothing: exit status: 7");
    by_command(Fault::Forwards, "echo 'a\nb' >&2; COMMAND", &[]).fails(9, "\": a b");
    probe(["--serial", "exec:echo 'no such' >&2", "--ready", "connected"])
        .fails(3, "does not say \"connected\": no such");
    probe(["--serial", "exec:sleep 1000", "--ready", "x", "--timeout", "0.2"]).fails(3, "does not say \"x\"");
    probe(["--serial", "-", "--ready", "x"]).fails(2, "--ready goes with --serial exec: only");
}

/// Whether the check ends well, badly, or by a signal: nothing that the command has started is left.
#[test]
fn a_command_s_children_end_with_the_probe() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["", "INT", "TERM", "HUP"] {
        let pipe = folder.path().join(format!("alive{signal}"));
        make_pipe(&pipe);
        // Held open by the command and by what it starts. The one ends by TERM, the other does not.
        let serial = format!("exec:exec 9>{}; (trap '' TERM; echo >&9; exec sleep 1000) & sleep 1000", pipe.display());
        let timeout = if signal.is_empty() { "0.3" } else { "60" };
        let mut probe = command(["--serial", &serial, "--timeout", timeout]).stderr(Stdio::null()).spawn().unwrap();
        let mut alive = File::open(&pipe).unwrap();
        alive.read_exact(&mut [0]).unwrap();
        if !signal.is_empty() {
            let id = probe.id().to_string();
            assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        }
        // The end of the pipe: nobody has it any more.
        assert_eq!(alive.read(&mut [0]).unwrap(), 0);
        let signals = [("INT", 2), ("TERM", 15), ("HUP", 1)];
        let expected = signals.iter().find(|(name, _)| *name == signal).map(|(_, number)| *number);
        assert_eq!(probe.wait().unwrap().signal(), expected);
    }
}

#[test]
fn standard_input_and_output() {
    let (guest, far) = UnixStream::pair().unwrap();
    let guest = thread::spawn(move || drop(fake::talk(guest, Fault::None)));
    let mut probe = Command::new(env!("CARGO_BIN_EXE_boot256-probe"));
    probe.args(["--serial", "-"]).stdin(far.as_fd().try_clone_to_owned().unwrap()).stdout(OwnedFd::from(far));
    let output = probe.stderr(Stdio::piped()).output().unwrap();
    drop(probe);
    let said = String::from_utf8(output.stderr).unwrap();
    // The report must not be typed into the machine.
    assert!(said.starts_with("boot256-probe: ok (") && output.status.success(), "{said}");
    guest.join().unwrap();
}
