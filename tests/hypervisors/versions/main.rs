//! The program on the QEMU and the SeaBIOS of each Debian that has a root folder.
//!
//! Marked as ignored, because they need the folders that `make test-versions` makes.

use std::fs::File;

use boot256_tests::version::Debian;

/// The board without PCI: it has no power button.
const WITHOUT_BUTTON: &str = "isapc";

#[track_caller]
fn runs_on(name: &'static str) {
    let debian = Debian { name };
    let ask = |answer: anyhow::Result<String>| answer.unwrap_or_else(|error| panic!("{name}: {error:#}"));
    let [qemu, seabios, ovmf] = [debian.qemu(), debian.seabios(), debian.ovmf()].map(ask);
    println!("{name}: QEMU {qemu}, SeaBIOS {seabios}, OVMF {ovmf}");
    let kvm = File::options().read(true).write(true).open("/dev/kvm");
    let machines = debian.machines().unwrap_or_else(|error| panic!("{name}: {error:#}"));
    for how in ["tcg", "kvm"] {
        if let ("kvm", Err(error)) = (how, &kvm) {
            println!("{name}: {how}: skipped, /dev/kvm: {error}");
            continue;
        }
        for board in &machines {
            let (result, what) = if board == WITHOUT_BUTTON {
                (debian.answers(board, how), "banner, answer (a board without a button)")
            } else {
                (debian.smoke(board, how, &[]), "banner, answer, button")
            };
            result.unwrap_or_else(|error| panic!("{name}: {how}: {board}: {error:#}"));
            println!("{name}: {how}: {board}: {what}");
        }
    }
    // OVMF by KVM is `make test-nested`: a KVM that is itself made by software may end at an instruction of OVMF's.
    for board in ["pc", "q35"] {
        let result = debian.smoke(board, "tcg", &["--uefi"]);
        result.unwrap_or_else(|error| panic!("{name}: {board}, UEFI: {error:#}"));
        println!("{name}: tcg: {board}, UEFI: banner, answer, button");
    }
}

macro_rules! rows {
    ($($name:ident: $folder:literal;)+) => {
        $(#[test]
        #[ignore = "run by `make test-versions`"]
        fn $name() {
            runs_on($folder);
        })+
    };
}

rows! {
    debian_12: "debian-12";
    debian_13: "debian-13";
    debian_sid: "debian-sid";
}
