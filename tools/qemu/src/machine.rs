//! Which machine to start: QEMU's board, controllers and options.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Signal, set_parent_process_death_signal};
use serde_json::json;

use crate::chardev::{Chardev, End};
use crate::image::Image;
use crate::process::Process;
use crate::qmp::Qmp;
use crate::screen::Display;
use crate::vm::Vm;

/// The QEMU to start: what `BOOT256_QEMU` names, or the PATH's.
pub fn qemu() -> OsString {
    std::env::var_os("BOOT256_QEMU").unwrap_or_else(|| "qemu-system-x86_64".into())
}

/// A machine that is not started yet.
///
/// ```no_run
/// use boot256_qemu::image::Image;
/// use boot256_qemu::machine::Machine;
///
/// let mut vm = Machine::pc().drive(&Image::built("boot.img")).boot();
/// vm.types(b"hello\r");
/// vm.powers_off();
/// ```
#[derive(Clone, Debug)]
pub struct Machine {
    board: String,
    com1: bool,
    com1_irq: Option<u8>,
    chardev: Chardev,
    vga: bool,
    graphic: bool,
    uefi: bool,
    args: Vec<String>,
}

impl Machine {
    /// A machine of QEMU's type `board`, with options after commas, such as `q35,smm=off`.
    ///
    /// It has what QEMU gives that board by default, a VGA card among it, without a network card,
    /// whose boot ROM costs time and is never used.
    pub fn new(board: &str) -> Self {
        Self {
            board: board.into(),
            com1: true,
            com1_irq: None,
            chardev: Chardev::default(),
            vga: true,
            graphic: true,
            uefi: false,
            args: Vec::new(),
        }
    }

    /// The 1996 board, i440FX and PIIX4: QEMU's and Proxmox VE's default.
    pub fn pc() -> Self {
        Self::new("pc")
    }

    /// The 2009 board, Q35 and ICH9, with an AHCI controller.
    pub fn q35() -> Self {
        Self::new("q35")
    }

    /// OVMF, a UEFI firmware, instead of the BIOS. What it writes to its variables is forgotten.
    ///
    /// # Panics
    /// If it is not there.
    #[track_caller]
    pub fn uefi(mut self) -> Self {
        self.uefi = true;
        for (unit, part, option) in [(0, "CODE", "readonly=on"), (1, "VARS", "snapshot=on")] {
            let file = format!("/usr/share/OVMF/OVMF_{part}_4M.fd");
            assert!(Path::new(&file).is_file(), "{file} is missing (package ovmf): run `make setup`");
            self.args.extend(["-drive".into(), format!("if=pflash,unit={unit},format=raw,{option},file={file}")]);
        }
        self
    }

    /// Adds options of QEMU, separated by blanks.
    pub fn with(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(str::to_owned));
        self
    }

    /// Adds one argument of QEMU as it is, blanks and all.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds a device, as after `-device`.
    pub fn device(mut self, device: &str) -> Self {
        self.args.extend(["-device".into(), device.into()]);
        self
    }

    /// No COM1: the machine has no UART at all.
    pub fn without_com1(mut self) -> Self {
        self.com1 = false;
        self
    }

    /// COM1 at its own ports, but with this interrupt instead of IRQ 4.
    pub fn with_com1_on_irq(mut self, irq: u8) -> Self {
        self.com1_irq = Some(irq);
        self
    }

    /// Connects COM1 by `chardev` instead of by pipes.
    pub fn com1_by(mut self, chardev: Chardev) -> Self {
        self.chardev = chardev;
        self
    }

    /// No video card.
    pub fn without_vga(mut self) -> Self {
        self.vga = false;
        self.with("-vga none")
    }

    /// `-nographic`: the firmware's console is on COM1 too. The VGA card stays, as QEMU has it.
    pub fn nographic(mut self) -> Self {
        self.graphic = false;
        self
    }

    /// `-machine graphics=off`: what `-nographic` tells the firmware, and nothing else of it.
    pub fn graphics_off(mut self) -> Self {
        self.board += ",graphics=off";
        self
    }

    /// Puts `image` where this board has its first disk. Writes go to a temporary file of QEMU's.
    pub fn drive(self, image: &Image) -> Self {
        self.backend(image, "snapshot=on").device("ide-hd,drive=boot")
    }

    /// Makes `image` known as `drive=boot` to the device that is to carry it.
    pub fn backend(mut self, image: &Image, options: &str) -> Self {
        let file = image.path.to_str().expect("the path of an image is UTF-8").replace(',', ",,");
        self.args.extend(["-drive".into(), format!("if=none,id=boot,file={file},format={},{options}", image.format)]);
        self
    }

    /// Whether the firmware has its own console on COM1.
    fn has_serial_console(&self) -> bool {
        self.uefi || !self.graphic || self.board.contains("graphics=off")
    }

    fn display(&self) -> Display {
        match (self.vga, self.uefi) {
            (false, _) => Display::None,
            (true, false) => Display::Text,
            (true, true) => Display::Picture,
        }
    }

    /// QEMU's names of the board and of each device that has been added, without their options.
    pub(crate) fn hardware(&self) -> impl Iterator<Item = &str> {
        let devices = self.args.windows(2).filter(|pair| pair[0] == "-device").map(|pair| &*pair[1]);
        [&*self.board].into_iter().chain(devices).filter_map(|with_options| with_options.split(',').next())
    }

    /// Starts the machine and waits until it has said the banner and the prompt, and nothing else.
    #[track_caller]
    pub fn boot(&self) -> Vm {
        let mut vm = self.launch();
        vm.starts();
        vm
    }

    /// Starts the machine.
    ///
    /// COM1 and the monitor are pipes and sockets that the process inherits: no file to name or
    /// remove, no port that another might take, and all end with the process.
    ///
    /// # Panics
    /// If QEMU cannot be started, or ends before its monitor greets: with its command line and what
    /// it complained of.
    #[track_caller]
    pub fn launch(&self) -> Vm {
        let program = qemu();
        let (monitor, monitor_of_qemu) = UnixStream::pair().expect("a pair of sockets");
        let complaints = tempfile::tempfile().expect("a temporary file");

        let mut command = Command::new(&program);
        let (com1, chardev, com1_of_qemu) = self.chardev.open(&mut command).expect("a line for COM1");
        let args = self.arguments(monitor_of_qemu.as_raw_fd(), &chardev);
        let inherited: Vec<OwnedFd> = [monitor_of_qemu.into()].into_iter().chain(com1_of_qemu).collect();
        command.args(&args).stderr(complaints.try_clone().expect("a second handle"));
        // SAFETY: between fork and exec only system calls are made; what is inherited is open until
        // `command`, which owns it, is gone.
        unsafe {
            command.pre_exec(move || {
                // A machine does not outlive the test, not even one that is killed.
                set_parent_process_death_signal(Some(Signal::KILL))?;
                // These are for this child alone.
                for fd in &inherited {
                    fcntl_setfd(fd, FdFlags::empty())?;
                }
                Ok(())
            });
        }
        let child = command.spawn().unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => {
                panic!("{} is missing (package qemu-system-x86): run `make setup`", program.display())
            }
            _ => panic!("cannot start {}: {error}", program.display()),
        });
        drop(command); // and with it QEMU's ends of the sockets and the pipes

        let mut line = program;
        for arg in &args {
            line.push(" ");
            line.push(arg);
        }
        let process = Process::new(child, line, complaints);
        let connected = || -> anyhow::Result<_> {
            let mut qmp = Qmp::new(monitor, crate::deadline())?;
            let end = com1.map_or_else(|| End::of_pty(&mut qmp), Ok)?;
            if self.starts_stopped() {
                qmp.execute("cont", json!({}), crate::deadline())?;
            }
            Ok((qmp, end))
        };
        match connected() {
            Ok((qmp, end)) => {
                Vm::new(process, qmp, self.com1.then_some(end), self.display(), self.has_serial_console())
            }
            Err(error) => panic!("QEMU does not start: {error:#}\n{process}"),
        }
    }

    /// A terminal of QEMU's has to be opened before the machine says its first byte.
    fn starts_stopped(&self) -> bool {
        self.chardev == Chardev::Pty
    }

    fn arguments(&self, monitor_fd: RawFd, com1: &str) -> Vec<OsString> {
        let monitor = format!("socket,id=monitor,fd={monitor_fd}");
        let accelerator = std::env::var("BOOT256_ACCEL").unwrap_or_else(|_| "tcg".into());
        // -no-shutdown: a machine that is off stays, so that its screen can be read; Proxmox VE does so too. -no-reboot:
        // one that crashes says so by an event, and does not start again.
        let fixed = "-no-user-config -nic none -no-shutdown -no-reboot -monitor none -mon chardev=monitor,mode=control";
        let own = ["-chardev", &monitor, "-machine", &self.board, "-accel", &accelerator];
        let output = if self.graphic { &["-display", "none"][..] } else { &["-nographic"] };
        let on_irq;
        let com1 = match self.com1_irq {
            _ if !self.com1 => &["-serial", "none"][..],
            None => &["-chardev", com1, "-serial", "chardev:com1"],
            Some(irq) => {
                on_irq = format!("isa-serial,chardev=com1,iobase=0x3f8,irq={irq}");
                &["-serial", "none", "-chardev", com1, "-device", &on_irq]
            }
        };
        let stopped = if self.starts_stopped() { &["-S"][..] } else { &[] };
        let args = fixed.split(' ').chain(own).chain([output, com1, stopped].concat());
        args.chain(self.args.iter().map(String::as_str)).map(OsString::from).collect()
    }
}
