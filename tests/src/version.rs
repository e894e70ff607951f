//! The QEMU and the SeaBIOS of a Debian in a root folder, and what the program does on them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use boot256_facts::START;
use boot256_facts::editor::Editor;
use boot256_kit::root;
use boot256_qemu::deadline;
use boot256_qemu::stream::Transcript;
use rustix::process::{Signal, set_parent_process_death_signal};

/// QEMU's name, in each of the folders.
const QEMU: &str = "qemu-system-x86_64";

/// Where a folder finds the images that are on the host in `build/`.
const BUILD: &str = "/mnt/build";

/// A Debian in a folder that `roots` has made.
#[derive(Clone, Copy, Debug)]
pub struct Debian {
    /// The folder's name: `debian-12`.
    pub name: &'static str,
}

impl Debian {
    /// A command that runs `program` inside. It and all that it starts end with this process.
    fn command(self, program: &str) -> Command {
        let mut command = Command::new(root().join("tests/hypervisors/roots"));
        command.args(["run", self.name, program]);
        // SAFETY: between fork and exec one system call is made. The script becomes unshare, which takes
        // all that is inside with it.
        unsafe {
            use std::os::unix::process::CommandExt;
            command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::KILL))?));
        }
        command
    }

    /// What `program` says on its standard output; it must succeed.
    fn says(self, program: &str, arguments: &[&str]) -> Result<String> {
        let output = self.command(program).args(arguments).stdin(Stdio::null()).output()?;
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{program} {arguments:?}: {}\n{said}{complained}", output.status);
        Ok(said.into_owned())
    }

    /// QEMU's version, Debian's in brackets: `7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`.
    ///
    /// # Errors
    /// If QEMU does not run there.
    pub fn qemu(self) -> Result<String> {
        let said = self.says(QEMU, &["--version"])?;
        let version = said.lines().next().and_then(|line| line.strip_prefix("QEMU emulator version "));
        version.map(str::to_owned).with_context(|| format!("no version in {said:?}"))
    }

    /// The version that SeaBIOS says as it starts, on its debug port: `1.16.2-debian-1.16.2-1`.
    ///
    /// # Errors
    /// If it says none.
    pub fn seabios(self) -> Result<String> {
        let arguments = "-nodefaults -display none -m 16 -debugcon stdio -global isa-debugcon.iobase=0x402";
        let mut qemu = Machine::start(self.command(QEMU).args(arguments.split(' ')).stderr(Stdio::inherit()))?;
        let lines = BufReader::new(qemu.0.stdout.take().expect("it is a pipe")).lines();
        for line in lines {
            let line = line?;
            if let Some((_, version)) = line.split_once("SeaBIOS (version ") {
                return Ok(version.trim_end().trim_end_matches(')').to_owned());
            }
        }
        bail!("SeaBIOS says no version")
    }

    /// The version of its OVMF, by the package's name: `2025.02-8+deb13u1`.
    ///
    /// # Errors
    /// If there is none.
    pub fn ovmf(self) -> Result<String> {
        self.says("dpkg-query", &["--show", "--showformat=${Version}", "ovmf"])
    }

    /// The machine types to try: pc, q35, isapc, and the oldest of both families that this QEMU has. Old ones
    /// disappear over the years, so QEMU is asked.
    ///
    /// # Errors
    /// If QEMU does not list them.
    pub fn machines(self) -> Result<Vec<String>> {
        let said = self.says(QEMU, &["-machine", "help"])?;
        let known: Vec<&str> = said.lines().filter_map(|line| line.split_whitespace().next()).collect();
        let always = ["pc", "q35", "isapc"].into_iter().filter(|name| known.contains(name));
        let mut types: Vec<String> = always.map(str::to_owned).collect();
        for family in ["pc-i440fx-", "pc-q35-"] {
            let versions = known.iter().filter_map(|name| Some((version(name.strip_prefix(family)?)?, *name)));
            types.extend(versions.min().map(|(_, name)| name.to_owned()));
        }
        ensure!(types.len() > 3, "which machine types are there? {said}");
        Ok(types)
    }

    /// `tools/smoke/qemu.sh` with boot.img and `words` on a board, by the accelerator `tcg` or `kvm`: banner, answer, power button.
    ///
    /// # Errors
    /// What the script says.
    pub fn smoke(self, board: &str, accelerator: &str, words: &[&str]) -> Result<()> {
        let flags = format!("-machine {board} -accel {accelerator}");
        let image = format!("{BUILD}/boot.img");
        // Static: another Debian has another libc.
        let probe = format!("{BUILD}/boot256-probe-x86_64");
        let script = root().join("tools/smoke/qemu.sh").display().to_string();
        let output = self
            .command(&script)
            .args(words)
            .args(["--probe", &probe, &image])
            .env("QEMU_FLAGS", &flags)
            .env("TIMEOUT", deadline().as_secs().to_string())
            .stdin(Stdio::null())
            .output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        ensure!(output.status.success() && said.contains("smoke: ok"), "{} {flags}: {said}", self.name);
        Ok(())
    }

    /// Banner and answer alone: for a board without a power button.
    ///
    /// # Errors
    /// What is heard instead.
    pub fn answers(self, board: &str, accelerator: &str) -> Result<()> {
        let drive = format!("file={BUILD}/boot.img,format=raw,snapshot=on");
        let fixed = "-m 16 -nodefaults -display none -serial stdio -no-reboot";
        let mut command = self.command(QEMU);
        command.args(["-machine", board, "-accel", accelerator, "-drive", &drive]).args(fixed.split(' '));
        let mut qemu = Machine::start(&mut command)?;
        let heard = Transcript::of(qemu.0.stdout.take().expect("it is a pipe"));
        let mut editor = Editor::new();
        let mut expected = START.to_vec();
        for line in [&b""[..], b"hello\r"] {
            qemu.0.stdin.as_mut().expect("it is a pipe").write_all(line)?;
            expected.extend(editor.feed_all(line));
            heard.wait(deadline(), |said, ended| (ended || said.len() >= expected.len()).then_some(()));
            let said = heard.bytes();
            ensure!(said == expected, "{} {board}: heard `{}`", self.name, said.escape_ascii());
        }
        Ok(())
    }
}

/// A version as numbers, because 2.12 is later than 2.9.
fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// A QEMU, killed when this goes.
struct Machine(Child);

impl Machine {
    fn start(command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        Ok(Self(child.with_context(|| format!("cannot start {command:?}"))?))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
