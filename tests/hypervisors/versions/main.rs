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
    println!("{name}: QEMU {}, SeaBIOS {}", ask(debian.qemu()), ask(debian.seabios()));
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
                (debian.smoke(board, how), "banner, answer, button")
            };
            result.unwrap_or_else(|error| panic!("{name}: {how}: {board}: {error:#}"));
            println!("{name}: {how}: {board}: {what}");
        }
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
