//! What is measured: each guest is a machine of the same QEMU with the same 128 MiB (one: 256), VGA card and COM1.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use boot256_facts::START;
use boot256_qemu::deadline;
use boot256_qemu::image::Image;
use boot256_qemu::machine::Machine;
use boot256_qemu::stream::Transcript;
use boot256_qemu::vm::Vm;

use crate::floor::{self, Floor};
use crate::linux;

/// Who a guest is, as `bench.json` says it.
pub type Id = &'static str;

/// boot256 as it is.
pub const BOOT256: Id = "boot256";
/// boot256 woken by the timer tick.
pub const TICK: Id = "boot256-tick";
/// boot256 that never halts.
pub const POLLING: Id = "boot256-polling";
/// See [`Floor::Timer`].
pub const FLOOR: Id = "floor";
/// See [`Floor::Nothing`].
pub const FLOOR_NOTHING: Id = "floor-timer-stopped";
/// See [`Floor::Clock`].
pub const FLOOR_CLOCK: Id = "floor-clock";
/// See [`Floor::Echo`].
pub const FLOOR_ECHO: Id = "floor-echo";
/// Another boot256, from before a change, in the same run.
pub const BASELINE: Id = "boot256-baseline";
/// The minimal Linux.
pub const LINUX: Id = "linux";

/// boot256 under OVMF.
pub const UEFI: Id = "boot256-uefi";
/// A program under OVMF that says one byte and waits.
pub const FLOOR_UEFI: Id = "floor-uefi";
/// The minimal Linux under OVMF.
pub const LINUX_UEFI: Id = "linux-uefi";

/// A guest that can be started any number of times.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Its name in the results.
    pub id: Id,
    /// What it is, in a few words.
    pub about: String,
    /// The machine with its disk or kernel.
    pub machine: Machine,
    /// What COM1 has said when it is ready.
    pub ready: &'static [u8],
}

impl Guest {
    /// Starts it and waits until it is ready. The duration is from before QEMU's process to then.
    pub fn start(&self) -> (Vm, Duration) {
        let begun = Instant::now();
        let vm = self.machine.launch();
        if !says(vm.com1(), self.ready, 0, deadline()) {
            panic!("{} does not get ready; COM1 says `{}`", self.id, vm.com1().bytes().escape_ascii());
        }
        (vm, begun.elapsed())
    }

    /// Whether it gets ready at all. With KVM a kernel sees the host's processor, which may not be one for it.
    pub fn starts(&self) -> bool {
        says(self.machine.launch().com1(), self.ready, 0, deadline())
    }

    /// Whether OVMF starts it: of such a guest only its life and its idle are measured.
    pub fn is_uefi(&self) -> bool {
        matches!(self.id, UEFI | FLOOR_UEFI | LINUX_UEFI)
    }

    /// Whether it has a line editor or a shell.
    pub fn answers(&self) -> bool {
        !self.id.starts_with(FLOOR)
    }

    /// Whether a typed byte comes back.
    pub fn echoes(&self) -> bool {
        self.answers() || self.id == FLOOR_ECHO
    }
}

/// Waits until COM1, of whose bytes the first `from` do not count, says `text`.
pub fn says(com1: &Transcript, text: &[u8], from: usize, patience: Duration) -> bool {
    let said = com1.wait(patience, |bytes, ended| {
        let found = bytes.get(from..).is_some_and(|new| new.windows(text.len()).any(|part| part == text));
        (found || ended).then_some(found)
    });
    said == Some(true)
}

/// All guests there are on this machine, in the order of the tables. `baseline` is a `boot.bin` from
/// before a change, to be measured beside.
///
/// # Errors
/// If `make all` or the variants are missing, `baseline` cannot be read, or `scratch` cannot be written to.
pub fn all(build: &Path, scratch: &Path, baseline: Option<&Path>) -> Result<Vec<Guest>> {
    let boot_img = build.join("boot.img");
    let template = fs::read(&boot_img).with_context(|| format!("{}: run `make all`", boot_img.display()))?;
    // boot.img with another program in it: the same disk for all.
    let disk = |id: Id, program: &[u8]| -> Result<Machine> {
        ensure!(program.len() <= 256, "{id} does not fit in 256 bytes");
        let mut image = template.clone();
        image[..256].fill(0);
        image[..program.len()].copy_from_slice(program);
        let path = scratch.join(format!("{id}.img"));
        fs::write(&path, image).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Machine::pc().drive(&Image::at(path)))
    };
    let variant = |name: &str| {
        let path: PathBuf = build.join("bench").join(name);
        fs::read(&path).with_context(|| format!("{}: run `make bench`", path.display()))
    };
    let mut guests = Vec::new();
    let mut add = |id, about: &str, machine, ready| guests.push(Guest { id, about: about.to_owned(), machine, ready });

    add(BOOT256, "the disk image as it is", Machine::pc().drive(&Image::at(&boot_img)), START);
    if let Some(path) = baseline {
        let program = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        add(BASELINE, "boot256 as it was before", disk(BASELINE, &program)?, START);
    }
    for (id, floor, about) in [
        (FLOOR, Floor::Timer, "a boot sector that writes one byte and halts; the firmware's timer runs on"),
        (FLOOR_NOTHING, Floor::Nothing, "the same, with the timer stopped: nothing is left on"),
        (FLOOR_CLOCK, Floor::Clock, "the same, woken by the clock once a second"),
        (FLOOR_ECHO, Floor::Echo, "the same, with the timer stopped: COM1 alone wakes it, and it sends the byte back"),
    ] {
        add(id, about, disk(id, &floor.code()?)?, &[floor::BYTE]);
    }
    add(TICK, "boot256 woken by the timer tick alone", disk(TICK, &variant("tick.bin")?)?, START);
    add(POLLING, "boot256 that never halts", disk(POLLING, &variant("polling.bin")?)?, START);
    let linux = linux::machine(build)?;
    if let Some(linux) = &linux {
        add(LINUX, &linux.about, linux.machine.clone(), linux::READY);
    }
    // Behind all others: see `measure`.
    let uefi = |image| Machine::pc().uefi().drive(&Image::at(image));
    add(UEFI, "the disk image under OVMF", uefi(boot_img), START);
    let about = "a program under OVMF that says one byte and waits for a key";
    add(FLOOR_UEFI, about, uefi(build.join("bench/floor-uefi.img")), b"~");
    if let Some(linux) = linux {
        // OVMF cannot unpack its RAM disk in less.
        let about = "the same Linux under OVMF, with 256 MiB";
        add(LINUX_UEFI, about, linux.machine.uefi().with("-m 256"), linux::READY);
    }
    Ok(guests)
}
