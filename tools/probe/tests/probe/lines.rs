//! Every kind of line: sockets, terminals, pipes, commands, standard input and output.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{ControlModes, LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tempfile::TempDir;

use crate::guest::{Guest, RIGHT, Server, talk};
use crate::{Said, command, make_pipe, probe, probe_during};

const OK: &[&str] = &["banner", "answer"];

/// A folder, and the path `name` in it.
fn place(name: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).to_str().unwrap().to_owned();
    (folder, path)
}

/// Tells a thread of the test that the probe has run its start command.
struct Signal {
    _folder: TempDir,
    pipe: String,
}

impl Signal {
    fn new() -> Self {
        let (_folder, pipe) = place("started");
        make_pipe(&pipe);
        Self { _folder, pipe }
    }

    /// The start command.
    fn command(&self) -> String {
        format!("echo go > {}", self.pipe)
    }

    /// Waits until the command is run.
    fn waiter(&self) -> impl FnOnce() + Send + use<> {
        let pipe = self.pipe.clone();
        move || assert_eq!(fs::read_to_string(pipe).unwrap(), "go\n")
    }
}

#[test]
fn a_socket_that_listens() {
    let server = Server::with(RIGHT);
    probe(["--serial", &format!("unix:{}", server.path())]).is_ok(OK);
    server.end();
    // One that comes later is waited for.
    let (folder, path) = place("later");
    let server = Server::with(RIGHT);
    probe_during(&["--serial", &path], || fs::rename(server.path(), &path).unwrap()).is_ok(OK);
    drop((server, folder));
    probe(["--serial", "/nonexistent/com1", "--timeout", "0.1"]).fails(3, "/nonexistent/com1: No such file");
}

/// What cannot become a line is known at once, and nothing is started.
#[test]
fn a_path_that_makes_no_sense() {
    let (folder, file) = place("file");
    let started = folder.path().join("started");
    File::create(&file).unwrap();
    let start = format!("touch {}", started.display());
    for (path, message) in [(folder.path().to_str().unwrap(), "is a folder"), (&format!("{file}/x"), "Not a directory")]
    {
        probe(["--serial", path, "--start", &start]).fails(3, message);
        assert!(!started.exists());
    }
    probe(["--serial", &file, "--timeout", "0.1"]).fails(3, "Connection refused");
}

/// A server that listens is heard from its first byte on: it is visited before the machine is started.
#[test]
fn a_socket_that_is_there_is_connected_to_before_the_start() {
    let started = Signal::new();
    let command = started.command();
    let server = Server::of(move |socket| {
        // The start command waits for this.
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
        talk(&socket, &socket, RIGHT);
    });
    let said = probe(["--serial", server.path(), "--start", &format!("cat {}", started.pipe)]);
    assert_eq!((said.exit, said.stderr.as_str()), (0, "go\n"), "{said:?}");
    server.end();
}

/// What an earlier run has left at the path, or nothing: the start command puts the socket there.
#[test]
fn a_socket_that_the_start_makes() {
    let (_folder, path) = place("com1");
    let leave: [&dyn Fn(); 3] =
        [&|| {}, &|| drop(File::create(&path).unwrap()), &|| drop(UnixListener::bind(&path).unwrap())];
    for leave in leave {
        let _ = fs::remove_file(&path);
        leave();
        let server = Server::with(RIGHT);
        probe(["--serial", &path, "--start", &format!("mv -f {} {path}", server.path())]).is_ok(OK);
        drop(server);
    }
}

#[test]
fn tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", listener.local_addr().unwrap());
    let guest = thread::spawn(move || {
        // A port of somebody who listens for a machine that does not yet: an end before the first byte is none, even if
        // something has been typed.
        listener.accept().unwrap().0.shutdown(std::net::Shutdown::Both).unwrap();
        for guest in [RIGHT, Guest { start: b"", ..RIGHT }] {
            drop(listener.accept().unwrap());
            let (socket, _) = listener.accept().unwrap();
            talk(&socket, &socket, guest);
        }
        // Until the time is up.
        listener.incoming().for_each(drop);
    });
    probe(["--serial", &address]).is_ok(OK);
    probe(["--serial", &address, "--no-banner"]).is_ok(&["prompt", "answer"]);
    let never = probe(["--serial", &address, "--timeout", "0.5"]);
    assert!(!guest.is_finished());
    assert!(never.stderr.ends_with(" times an end before the first byte\n"), "{never:?}");
    never.fails(5, "the line ends too early, heard nothing, and ");
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    probe(["--serial", &format!("tcp:127.0.0.1:{port}"), "--timeout", "0.1"]).fails(3, "Connection refused");
}

#[test]
fn the_machine_connects() {
    let (_folder, path) = place("com1");
    let address = format!("listen:{path}");
    // What an earlier run has left gives way; a socket that somebody listens on does not, nor does a file.
    let listener = UnixListener::bind(&path).unwrap();
    probe(["--serial", &address]).fails(3, "Address already in use");
    drop(listener);
    let started = Signal::new();
    let (wait, to) = (started.waiter(), path.clone());
    let guest = thread::spawn(move || {
        wait();
        // One that leaves before its first byte is not the machine.
        drop(UnixStream::connect(&to).unwrap());
        let socket = UnixStream::connect(to).unwrap();
        talk(&socket, &socket, RIGHT);
    });
    probe(["--serial", &address, "--start", &started.command()]).is_ok(OK);
    guest.join().unwrap();
    probe(["--serial", &address, "--timeout", "0.1"]).fails(3, "no machine connects in time");
    assert!(!fs::exists(&path).unwrap(), "the socket is left behind");
    File::create(&path).unwrap();
    probe(["--serial", &address]).fails(3, "Address already in use");
    probe(["--serial", "tcp-listen:127.0.0.1:0", "--timeout", "0.1"]).fails(3, "no machine connects in time");
    // Of one that connects and is silent, the message says who it is.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let started = Signal::new();
    let wait = started.waiter();
    let guest = thread::spawn(move || {
        wait();
        TcpStream::connect(port).unwrap()
    });
    let address = format!("tcp-listen:{port}");
    let said = probe(["--serial", &address, "--start", &started.command(), "--timeout", "0.5"]);
    let peer = guest.join().unwrap().local_addr().unwrap();
    said.fails(6, &format!("no banner in time, heard nothing, from {peer}"));
}

#[test]
fn a_start_command_that_fails() {
    probe(["--serial", "-", "--start", "echo why; exit 7"]).fails(4, "--start: exit status: 7: echo why; exit 7: why");
    probe(["--serial", "-", "--start", "sleep 1000", "--timeout", "0.2"]).fails(4, "does not return in time");
    // Its output does not get into the JSON, and what it leaves in the background may say why nothing comes.
    let server = Server::with(RIGHT);
    let said = probe(["--serial", server.path(), "--json", "--start", "echo noise"]);
    assert_eq!((said.exit, said.stderr.as_str()), (0, "noise\n"));
    assert_eq!(said.json()["ok"], true);
    let start = "(sleep 0.1; echo no disk >&2) &";
    let (_folder, never) = place("com1");
    probe(["--serial", &format!("unix:{never}"), "--start", start, "--timeout", "1"]).fails(3, ": no disk");
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

#[track_caller]
fn is_as_before(before: &Termios, file: &File) {
    let after = tcgetattr(file).unwrap();
    let flags = |mode: &Termios| (mode.input_modes, mode.output_modes, mode.control_modes, mode.local_modes);
    assert_eq!(flags(before), flags(&after));
    assert_eq!((after.input_speed(), after.output_speed()), (1200, 1200));
}

#[test]
fn a_terminal_is_raw_for_the_time_of_the_check() {
    let (host, path) = terminal();
    // Held open, so that its mode outlives the probe.
    let held = File::options().read(true).write(true).open(&path).unwrap();
    let before = spoilt(&held);
    assert!(before.local_modes.contains(LocalModes::ECHO), "a terminal that is raw already shows nothing");
    // The machine starts when the terminal is open: the terminal must not echo its banner to it.
    let (started, pressed) = (Signal::new(), Signal::new());
    let (wait, off) = (started.waiter(), pressed.waiter());
    let machine = thread::spawn(move || {
        wait();
        // Linux shows the mode at both ends of a pseudo-terminal.
        let during = tcgetattr(&host).unwrap();
        let host = File::from(host);
        // To the last line of the second probe; then the button is pressed, and the terminal goes.
        talk(&host, &host, Guest { lines: 3, ..RIGHT });
        off();
        during
    });
    probe(["--serial", &path, "--start", &started.command()]).is_ok(OK);
    is_as_before(&before, &held);
    // In a session of its own, as a service's: a terminal that became the session's would hang up on the probe.
    let mut probe = Command::new("setsid");
    probe.arg(env!("CARGO_BIN_EXE_boot256-probe")).args(["--serial", &path, "--no-banner"]);
    let output = probe
        .args(["--power-command", &pressed.command()])
        .stdin(Stdio::null())
        .output()
        .expect("setsid (package util-linux)");
    Said::from(output).is_ok(&["prompt", "answer", "off"]);
    let during = machine.join().unwrap();
    assert!(!during.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG), "{during:?}");
    let needed = ControlModes::CLOCAL | ControlModes::CREAD | ControlModes::CS8;
    assert!(during.control_modes.contains(needed), "{during:?}");
    assert!(!during.control_modes.intersects(ControlModes::CSTOPB | ControlModes::CRTSCTS), "{during:?}");
    assert_eq!((during.input_speed(), during.output_speed()), (9600, 9600));
}

/// Whichever signal ends the probe, all is as before.
#[test]
fn a_signal_leaves_nothing_behind() {
    for (signal, number) in [("-HUP", 1), ("-INT", 2), ("-TERM", 15)] {
        let interrupt = |serial: &str, more: &[&str]| {
            let started = Signal::new();
            let args = ["--serial", serial, "--start", &started.command()];
            let mut probe = command([&args, more].concat()).spawn().unwrap();
            started.waiter()();
            assert!(Command::new("kill").args([signal, &probe.id().to_string()]).status().unwrap().success());
            assert_eq!(probe.wait().unwrap().signal(), Some(number));
        };
        let (_host, path) = terminal();
        let held = File::options().read(true).write(true).open(&path).unwrap();
        let before = spoilt(&held);
        interrupt(&path, &[]);
        is_as_before(&before, &held);

        let (_folder, path) = place("com1");
        interrupt(&format!("listen:{path}"), &[]);
        assert!(!fs::exists(&path).unwrap());

        // Held open by the command and by what it starts, of which the one ends by TERM, and the other does not.
        make_pipe(&path);
        let alive = rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
        let exec = format!("exec:exec 9>{path}; (trap '' TERM; echo deaf >&2; exec sleep 1000) & sleep 1000");
        interrupt(&exec, &["--ready", "deaf"]);
        // The pipe's end: nobody has it any more.
        let patience = Timespec { tv_sec: 20, tv_nsec: 0 };
        assert_eq!(poll(&mut [PollFd::new(&alive, PollFlags::IN)], Some(&patience)), Ok(1), "a command is left");
    }
}

/// Two named pipes, as QEMU opens them: both for reading and writing, so that neither waits for the other side.
fn pipes() -> (TempDir, String, impl Fn(&str) -> File) {
    let (folder, base) = place("com1");
    for end in ["in", "out"] {
        make_pipe(format!("{base}.{end}"));
    }
    let path = base.clone();
    (folder, base, move |end: &str| File::options().read(true).write(true).open(format!("{path}.{end}")).unwrap())
}

#[test]
fn a_pair_of_pipes() {
    let (_folder, base, open) = pipes();
    // Nobody at the other end.
    probe(["--serial", &format!("pipe:{base}"), "--timeout", "0.1"]).fails(3, "No such device or address");
    let (input, output) = (open("in"), open("out"));
    thread::spawn(move || talk(input, output, RIGHT));
    probe(["--serial", &format!("pipe:{base}")]).is_ok(OK);
    let (folder, base) = place("com1");
    probe(["--serial", &format!("pipe:{base}"), "--timeout", "0.1"]).fails(3, "No such file");
    File::create(folder.path().join("com1.out")).unwrap();
    probe(["--serial", &format!("pipe:{base}")]).fails(3, "com1.out is no named pipe");
}

#[test]
fn a_command_is_the_line() {
    let with = |guest: Guest, before: &str, args: &[&str]| {
        let (_folder, base, open) = pipes();
        let (input, output) = (open("in"), open("out"));
        thread::spawn(move || talk(input, output, guest));
        let exec = format!("exec:{before}; cat {base}.out & exec cat >{base}.in");
        probe([&["--serial", &exec], args].concat())
    };
    with(RIGHT, "true", &[]).is_ok(OK);
    with(RIGHT, "echo connected >&2", &["--ready", "connected", "--start", "true"]).is_ok(OK);
    with(Guest { echo: 2, ..RIGHT }, "echo 'a\nb' >&2", &[]).fails(8, "\": a b");
    for (exec, ready, exit, message) in [
        ("exec:echo no such machine >&2; exit 1", &[][..], 5, "heard nothing: no such machine"),
        ("exec:exit 7", &[], 5, "the line ends too early, heard nothing: exit status: 7"),
        ("exec:echo 'no such' >&2", &["--ready", "connected"], 3, "does not say \"connected\": no such"),
        ("exec:sleep 1000", &["--ready", "x", "--timeout", "0.2"], 3, "does not say \"x\""),
    ] {
        probe([&["--serial", exec], ready].concat()).fails(exit, message);
    }
}

#[test]
fn standard_input_and_output() {
    let (guest, far) = UnixStream::pair().unwrap();
    let guest = thread::spawn(move || talk(&guest, &guest, RIGHT));
    let mut probe = Command::new(env!("CARGO_BIN_EXE_boot256-probe"));
    probe.args(["--serial", "-"]).stdin(far.as_fd().try_clone_to_owned().unwrap()).stdout(OwnedFd::from(far));
    let output = probe.stderr(Stdio::piped()).output().unwrap();
    drop(probe);
    let said = String::from_utf8(output.stderr).unwrap();
    // The report must not be typed into the machine.
    assert!(said.starts_with("boot256-probe: ok (") && output.status.success(), "{said}");
    guest.join().unwrap();
}
