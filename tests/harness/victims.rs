//! Tests that fail, each on a machine that does one thing wrong.

use std::io::Write;

use boot256_facts::START;
use boot256_qemu::image::Image;
use boot256_qemu::machine::Machine;
use boot256_qemu::skip::skips;
use boot256_qemu::vm::Vm;
use iced_x86::IcedError;
use iced_x86::code_asm::CodeAssembler;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

use crate::sectors::{disk, goes_off, hears, says, shows, starts_anew, writes};

/// A PC with a boot sector of `code`. The disk goes when the second value does.
fn launches(code: impl FnOnce(&mut CodeAssembler) -> Result<(), IcedError>) -> (Vm, NamedTempFile) {
    let disk = disk(code);
    let vm = Machine::pc().drive(&Image::at(disk.path())).launch();
    (vm, disk)
}

/// The same, after the banner and the prompt, which the boot sector says and shows before `code`.
fn boots(code: impl FnOnce(&mut CodeAssembler) -> Result<(), IcedError>) -> (Vm, NamedTempFile) {
    let (mut vm, disk) = launches(|a| {
        shows(a, START)?;
        says(a, START)?;
        code(a)
    });
    vm.starts();
    (vm, disk)
}

macro_rules! victims {
    ($($name:ident $body:block)+) => {
        $(
            #[test]
            #[ignore = "a victim: harness/main.rs runs it"]
            fn $name() $body
        )+
    };
}

victims! {
    is_sound {
        boots(|_| Ok(())).0.ends();
    }
    says_nothing {
        launches(|_| Ok(())).0.starts();
    }
    says_a_wrong_byte {
        launches(|a| says(a, b"ClientAPX\r\n$ ")).0.starts();
    }
    says_too_much {
        let (mut vm, _disk) = launches(|a| says(a, &[START, b"x"].concat()));
        vm.hears(|said| said.ends_with(b"x"));
        vm.starts();
    }
    says_too_much_at_the_end {
        let (mut vm, _disk) = boots(|a| {
            hears(a)?;
            shows(a, b"a")?;
            says(a, b"a")?;
            hears(a)?;
            says(a, b"x")
        });
        vm.types(b"a");
        vm.com1_writer().write_all(b"b").expect("COM1 takes a byte");
        vm.hears(|said| said.ends_with(b"x"));
        vm.ends();
    }
    says_its_banner_in_vain {
        let (mut vm, _disk) = launches(|a| says(a, START));
        vm.starts();
        vm.ends();
    }
    shows_too_much {
        let (vm, _disk) = boots(|a| shows(a, b"x"));
        vm.ends();
    }
    hangs_after_its_banner {
        boots(|_| Ok(())).0.types(b"a");
    }
    hangs_when_the_button_is_pressed {
        boots(|_| Ok(())).0.powers_off();
    }
    is_off_before_its_banner {
        launches(goes_off).0.starts();
    }
    starts_anew_instead_of_being_off {
        let (mut vm, _disk) = boots(|a| {
            hears(a)?;
            starts_anew(a)
        });
        vm.com1_writer().write_all(b"a").expect("COM1 takes a byte");
        vm.is_off();
    }
    is_killed {
        let (mut vm, _disk) = boots(|_| Ok(()));
        let qemu = Pid::from_raw(vm.pid().cast_signed()).expect("a process");
        kill_process(qemu, Signal::KILL).expect("QEMU can be killed");
        vm.types(b"a");
    }
    writes_to_its_disk {
        // Not before it is asked: its banner has been looked at by then. And wait for its answer: the write has
        // been made by then.
        let (mut vm, _disk) = boots(|a| {
            hears(a)?;
            writes(a)?;
            shows(a, b"x")?;
            says(a, b"x")
        });
        vm.types(b"x");
        vm.ends();
    }
    never_halts {
        let (mut vm, _disk) = boots(hears);
        vm.until("the CPU halts", Vm::is_halted);
    }
    has_a_device_that_is_none {
        Machine::pc().device("nonsense").launch();
    }
    has_an_image_that_is_not_there {
        Image::built("no-such-image.img");
    }
    has_a_qxl_card {
        if skips(&Machine::pc().device("qxl-vga")) {
            return;
        }
        panic!("this QEMU has it");
    }
}
