//! A VirtualBox with machines, disks and settings of its own, and a machine in it whose COM1 is checked
//! against the model, byte by byte.
//!
//! The commands are those that a person types: `VBoxManage` as in docs/guides/virtualbox.md. What is
//! different is the front end (`driverless/main.rs`), and that each new machine is interpreted
//! (`virtualbox/VBoxManage`).

use std::ffi::OsString;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{fs, thread};

use boot256_facts::START;
use boot256_facts::editor::Editor;
use boot256_qemu::deadline;
use boot256_qemu::image::built;
use boot256_qemu::stream::Transcript;
use tempfile::TempDir;

/// As a person calls it. In the root folder it is `virtualbox/VBoxManage` of this crate, which makes each new machine an
/// interpreted one and otherwise calls the real one.
const VBOXMANAGE: &str = "/usr/bin/VBoxManage";

/// The name of the machine: a registry has one.
const NAME: &str = "boot256";

/// A registry of machines and disks, as each user of VirtualBox has one, with a server process of its own.
///
/// It forgets nothing while it lives: a disk that it has seen once is known by its UUID and its path.
#[derive(Debug)]
pub struct Registry {
    folder: TempDir,
}

impl Registry {
    /// One that knows nothing yet.
    ///
    /// # Panics
    /// If this does not run where VirtualBox is.
    pub fn empty() -> Self {
        assert!(Path::new(VBOXMANAGE).exists(), "no {VBOXMANAGE}: these tests run by `make test-virtualbox`");
        let registry = Self { folder: TempDir::with_prefix("virtualbox.").expect("a temporary folder") };
        println!("VirtualBox {}", registry.runs(&["--version"]).trim());
        registry
    }

    /// The folder for all that belongs to it. It goes with the registry.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Copies an image of `build/`, because VirtualBox writes to what it attaches. boot.vmdk brings the file it names.
    #[track_caller]
    pub fn copy(&self, name: &str) -> PathBuf {
        let to = self.folder().join(name);
        copy(&built(name), &to);
        if name == "boot.vmdk" {
            copy(&built("boot-flat.vmdk"), &self.folder().join("boot-flat.vmdk"));
        }
        to
    }

    /// What tells VirtualBox's programs that this registry is theirs.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        // Its processes find each other by the second: one for each registry.
        let name = self.folder().file_name().expect("a name");
        [("VBOX_USER_HOME", self.folder().join("home").into()), ("VBOX_IPC_SOCKETID", name.into())]
    }

    /// Runs `VBoxManage` and returns what it says.
    ///
    /// # Errors
    /// What it says, where its exit code is not 0.
    pub fn tries(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(VBOXMANAGE)
            .args(arguments)
            .envs(self.environment())
            .output()
            .unwrap_or_else(|error| panic!("{VBOXMANAGE}: {error}"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(said);
        }
        let complained = String::from_utf8_lossy(&output.stderr);
        Err(format!("VBoxManage {}: {}\n{said}{complained}", arguments.join(" "), output.status))
    }

    /// Runs `VBoxManage`, which must succeed.
    #[track_caller]
    pub fn runs(&self, arguments: &[&str]) -> String {
        self.tries(arguments).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same with one string of arguments without blanks in them.
    #[track_caller]
    pub fn run(&self, arguments: &str) -> String {
        self.runs(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Makes the machine, as the guide does: `chipset` is piix3 or ich9.
    #[track_caller]
    pub fn machine(&self, chipset: &str) -> Machine<'_> {
        let folder = text(&self.folder().join("machines")).to_owned();
        let options = ["--platform-architecture=x86", "--ostype", "Other", "--register", "--basefolder", &folder];
        self.runs(&[&["createvm", "--name", NAME][..], &options].concat());
        self.run(&format!("modifyvm {NAME} --memory 16 --acpi on --firmware bios --chipset {chipset}"));
        self.run(&format!("storagectl {NAME} --name ide --add ide"));
        self.starts_at_once()
    }

    /// Makes the machine of an appliance. An import leaves the serial port without another end.
    #[track_caller]
    pub fn import(&self, appliance: &Path) -> Machine<'_> {
        let folder = self.folder().join("machines");
        self.runs(&["import", text(appliance), "--vsys", "0", "--vmname", NAME, "--basefolder", text(&folder)]);
        self.starts_at_once()
    }

    /// The machine, with no wait of 2.5 s at the BIOS's picture, which takes both the menu and the picture away.
    #[track_caller]
    fn starts_at_once(&self) -> Machine<'_> {
        let machine = Machine { registry: self };
        machine.set(
            "--bios-boot-menu=disabled --bios-logo-display-time=0 --bios-logo-fade-in=off --bios-logo-fade-out=off",
        );
        machine
    }
}

/// A machine that is off.
#[derive(Debug)]
pub struct Machine<'r> {
    registry: &'r Registry,
}

impl<'r> Machine<'r> {
    /// Changes the machine: `VBoxManage modifyvm`.
    #[track_caller]
    pub fn set(&self, options: &str) {
        self.registry.run(&format!("modifyvm {NAME} {options}"));
    }

    /// Puts the medium in `file` where this machine boots from: `kind` is hdd, dvddrive or fdd.
    #[track_caller]
    pub fn attach(&self, kind: &str, file: &Path) {
        self.try_attach(kind, file).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The same, where it may be refused.
    ///
    /// # Errors
    /// What VirtualBox says.
    pub fn try_attach(&self, kind: &str, file: &Path) -> Result<(), String> {
        let controller = if kind == "fdd" { "floppy" } else { "ide" };
        if kind == "fdd" {
            self.registry.run(&format!("storagectl {NAME} --name floppy --add floppy"));
        }
        let place = ["--storagectl", controller, "--port", "0", "--device", "0", "--type", kind];
        let arguments = [&["storageattach", NAME][..], &place, &["--medium", text(file)]].concat();
        self.registry.tries(&arguments).map(drop)
    }

    /// Starts the machine and waits for banner and prompt.
    #[track_caller]
    pub fn starts(&self) -> Running<'_> {
        let running = self.launches("client");
        running.says_it();
        running
    }

    /// Starts the machine with a pipe that nobody has connected to: [`Running::connects`] does.
    #[track_caller]
    pub fn starts_unheard(&self) -> Running<'_> {
        self.launches("server")
    }

    /// `mode` is that of COM1's socket: as a client VirtualBox finds one, as a server it makes one.
    #[track_caller]
    fn launches(&self, mode: &str) -> Running<'_> {
        let socket = self.registry.folder().join("com1");
        let _ = fs::remove_file(&socket);
        let listener = (mode == "client").then(|| UnixListener::bind(&socket).expect("a socket"));
        self.set(&format!("--uart1 0x3F8 4 --uart-mode1 {mode} {}", text(&socket)));
        // It returns when the machine runs; the connection is in the listener's queue by then.
        self.registry.run(&format!("startvm {NAME} --type headless"));
        let com1 = listener.map(|listener| Com1::new(listener.accept().expect("the machine's connection").0));
        let expected = START.to_vec();
        Running { machine: self, socket, com1, editor: Editor::new(), expected, off: false }
    }

    /// `VMState` as VirtualBox has it.
    #[track_caller]
    pub fn state(&self) -> String {
        let until = Instant::now() + deadline();
        loop {
            // It may fail for a moment while the machine ends.
            match self.registry.tries(&["showvminfo", NAME, "--machinereadable"]) {
                Ok(said) => {
                    let state = said.lines().find_map(|line| line.strip_prefix("VMState=\""));
                    return state.expect("a VMState").trim_end_matches('"').into();
                }
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
        }
    }
}

/// The far end of COM1.
#[derive(Debug)]
struct Com1 {
    writer: UnixStream,
    transcript: Transcript,
}

impl Com1 {
    fn new(stream: UnixStream) -> Self {
        let transcript = Transcript::of(stream.try_clone().expect("a second handle"));
        Self { writer: stream, transcript }
    }
}

/// A machine that is on. It is switched off hard when this goes.
#[derive(Debug)]
pub struct Running<'m> {
    machine: &'m Machine<'m>,
    socket: PathBuf,
    com1: Option<Com1>,
    editor: Editor,
    /// What must have been said since the start.
    expected: Vec<u8>,
    off: bool,
}

impl Running<'_> {
    /// Connects to the pipe of a machine that was started without anybody at the other end.
    #[track_caller]
    pub fn connects(&mut self) {
        self.com1 = Some(Com1::new(UnixStream::connect(&self.socket).expect("the machine's socket")));
    }

    /// Reads nothing from COM1 during `work`; then waits for all that must have been said.
    #[track_caller]
    pub fn unread(&mut self, work: impl FnOnce(&mut Self)) {
        let transcript = self.com1.as_ref().expect("a line").transcript.clone();
        transcript.stops();
        work(self);
        transcript.goes_on();
        self.says_it();
    }

    /// Sends `bytes` to COM1, as many as its socket takes at once. What the model answers must come, and is not
    /// waited for.
    #[track_caller]
    pub fn sends(&mut self, bytes: &[u8]) {
        let answer = self.editor.feed_all(bytes);
        self.expected.extend(answer);
        let mut writer = &self.com1.as_ref().expect("a line").writer;
        writer.write_all(bytes).expect("COM1 takes what is typed");
    }

    /// Leaves the pipe, with all that was said heard. What comes later is for [`comes_back`](Self::comes_back).
    #[track_caller]
    pub fn leaves(&mut self) {
        let com1 = self.com1.take().expect("a line");
        com1.writer.shutdown(Shutdown::Both).expect("a line that is open");
        self.expected.clear();
    }

    /// Connects once more, and types `bytes`. The pipe has one client at a time: until VirtualBox has noticed that the
    /// last one has left, it turns the next one away without a word, and it tries again.
    #[track_caller]
    pub fn comes_back(&mut self, bytes: &[u8]) {
        let begun = Instant::now();
        loop {
            self.connects();
            let com1 = self.com1.as_ref().expect("just connected");
            // A client that is turned away may not even be able to write; then it hears nothing, too.
            let _ = (&com1.writer).write_all(bytes);
            let turned_away =
                com1.transcript.wait(deadline(), |said, ended| (ended || !said.is_empty()).then_some(said.is_empty()));
            if turned_away != Some(true) || begun.elapsed() > deadline() {
                self.expected.extend(self.editor.feed_all(bytes));
                return self.says_it();
            }
        }
    }

    /// Sends `bytes` to COM1 and waits until what the model answers has come, and nothing else.
    #[track_caller]
    pub fn types(&mut self, bytes: &[u8]) {
        let answer = self.editor.feed_all(bytes);
        self.expected.extend(answer);
        let this = &*self;
        let mut writer = &this.com1.as_ref().expect("a line").writer;
        thread::scope(|scope| {
            // A socket takes some hundred bytes: what is sent waits for what is read.
            scope.spawn(move || writer.write_all(bytes).expect("COM1 takes what is typed"));
            this.says_it();
        });
    }

    /// Waits until all that must have been said has been said. Where bytes are missing, it waits for the last
    /// ones, so that the message can say how many.
    #[track_caller]
    pub fn says_it(&self) {
        let com1 = self.com1.as_ref().expect("a line");
        let tail = &self.expected[self.expected.len().saturating_sub(12)..];
        // The bytes before the last ones may be those of an answer that is long past.
        let missing = self.expected.len() / 20;
        com1.transcript.wait(deadline(), |bytes, ended| {
            let last = bytes.len() + missing >= self.expected.len() && bytes.ends_with(tail);
            (last || ended || bytes.len() > self.expected.len()).then_some(())
        });
        let said = com1.transcript.bytes();
        if said != self.expected {
            let at = said.iter().zip(&self.expected).take_while(|(a, b)| a == b).count();
            let part = |bytes: &[u8]| bytes[at.saturating_sub(20)..bytes.len().min(at + 40)].escape_ascii().to_string();
            panic!(
                "COM1: {} bytes of {}, and from {at} on\n  it must say `{}`\n  it says     `{}`",
                said.len(),
                self.expected.len(),
                part(&self.expected),
                part(&said)
            );
        }
    }

    /// The text of the screen, without blanks at the ends of its lines and empty lines at its end.
    #[track_caller]
    pub fn screen(&self) -> String {
        let said = self.machine.registry.run(&format!("debugvm {NAME} info vgatext"));
        let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with("-----")).map(str::trim_end).collect();
        lines.join("\n").trim_end().into()
    }

    /// Waits until `done` accepts the screen. VirtualBox tells nobody when it changes.
    #[track_caller]
    pub fn shows(&self, what: &str, mut done: impl FnMut(&str) -> bool) {
        let until = Instant::now() + deadline();
        loop {
            let screen = self.screen();
            if done(&screen) {
                return;
            }
            assert!(Instant::now() < until, "the screen never shows {what}:\n{screen}");
        }
    }

    /// Types `text` on the PC keyboard and waits for what the model answers.
    #[track_caller]
    pub fn types_on_keyboard(&mut self, text: &str) {
        self.presses_keys(text);
        self.says_it();
    }

    /// Types `text` on the PC keyboard. What the model answers must come, and is not waited for.
    #[track_caller]
    pub fn presses_keys(&mut self, text: &str) {
        let answer = self.editor.feed_all(text.as_bytes());
        self.expected.extend(answer);
        let (line, enter) = text.strip_suffix('\r').map_or((text, false), |line| (line, true));
        self.controls(&["keyboardputstring", line]);
        if enter {
            self.controls(&["keyboardputscancode", "1c", "9c"]);
        }
    }

    /// Presses the power button, and waits until the machine is off: its line ends, its state is `poweroff`.
    #[track_caller]
    pub fn powers_off(mut self) {
        self.controls(&["acpipowerbutton"]);
        if let Some(com1) = &self.com1 {
            let ended = com1.transcript.wait(deadline(), |_, ended| ended.then_some(()));
            assert!(ended.is_some(), "the button is pressed, and the machine's line does not end");
            let said = com1.transcript.bytes();
            assert_eq!(said.escape_ascii().to_string(), self.expected.escape_ascii().to_string(), "to the end");
        }
        let until = Instant::now() + deadline();
        loop {
            match self.machine.state().as_str() {
                "poweroff" => break,
                state => assert!(Instant::now() < until, "the button is pressed, and VMState is {state}"),
            }
        }
        self.off = true;
    }

    #[track_caller]
    fn controls(&self, what: &[&str]) {
        self.machine.registry.runs(&[&["controlvm", NAME][..], what].concat());
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.off {
            return;
        }
        if thread::panicking() {
            if let Some(com1) = &self.com1 {
                let said = com1.transcript.bytes();
                eprintln!("COM1 said, at its end: `{}`", said[said.len().saturating_sub(400)..].escape_ascii());
            }
            let screen = self.machine.registry.tries(&["debugvm", NAME, "info", "vgatext"]);
            eprintln!("screen:\n{}", screen.unwrap_or_else(|error| error));
            let log = self.machine.registry.folder().join(format!("machines/{NAME}/Logs/VBox.log"));
            let log = fs::read_to_string(log).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(30).collect();
            eprintln!("VBox.log, its end:");
            last.iter().rev().for_each(|line| eprintln!("  {line}"));
        }
        let _ = self.machine.registry.tries(&["controlvm", NAME, "poweroff"]);
    }
}

#[track_caller]
fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("cannot copy {} to {}: {error}", from.display(), to.display()));
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}
