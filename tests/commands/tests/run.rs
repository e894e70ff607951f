//! `make run` and its like: what QEMU is started with.

use std::fs;

use boot256_commands::{Place, said};

/// What QEMU is given by `make TARGET`.
#[track_caller]
fn started_by(target: &str) -> String {
    let place = Place::new();
    // GDB starts QEMU itself.
    place.fake("qemu", "echo \"started: $*\"").fake("gdb", "echo \"started: $*\"");
    let file = |name: &str| place.file(name).display().to_string();
    for image in ["boot.img", "boot.iso", "boot.elf"] {
        fs::write(place.file(image), "").expect("a file");
    }
    let output = place
        .command("make")
        .args([target, "QEMU=qemu", "QEMU_I386=qemu"])
        .arg(format!("B={}", place.file("").display()).trim_end_matches('/'))
        // They are as they are, however old.
        .args(["-o", &file("boot.img"), "-o", &file("boot.iso"), "-o", &file("boot.elf")])
        .output()
        .expect("make runs");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let line = said.lines().find_map(|line| line.strip_prefix("started: "));
    line.unwrap_or_else(|| panic!("no QEMU was started:\n{said}")).to_owned()
}

/// The machine may write to its disk; the image stays as it was built.
#[test]
fn no_machine_writes_into_the_image() {
    for target in ["run", "run-serial", "gdb"] {
        let options = started_by(target);
        assert!(options.contains("boot.img,format=raw,snapshot=on"), "make {target}: {options}");
    }
    // A CD cannot be written.
    let options = started_by("run-iso");
    assert!(options.contains("-cdrom ") && options.contains("boot.iso"), "make run-iso: {options}");
}

#[test]
fn com1_is_the_terminal_and_there_is_no_window_without_a_display() {
    for target in ["run", "run-serial", "run-iso"] {
        let options = started_by(target);
        for option in ["-serial mon:stdio", "-display none", "-nic none"] {
            assert!(options.contains(option), "make {target}: no {option} in {options}");
        }
    }
}
