//! Bad input to the command gets one clear line and exit code 1, and leaves nothing half-written.

mod common;

use std::fs;
use std::process::{Command, Stdio};

use common::text;

const IMAGES: &str = env!("CARGO_BIN_EXE_boot256-images");

/// What is asked for and what is said of it; `qcow2` and `boot.bin` are no raw disks, `boot.img` is one.
#[test]
fn what_cannot_be_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let program: Vec<u8> = (0..=255).collect();
    fs::write(folder.path().join("boot.bin"), program).unwrap();
    fs::write(folder.path().join("qcow2"), b"QFI\xFB".repeat(1024)).unwrap();
    let run = |script: &str| {
        let mut sh = Command::new("sh");
        sh.args(["-c", script]).env("I", IMAGES).current_dir(folder.path()).stdin(Stdio::null());
        sh.output().unwrap()
    };
    let output = run("$I disk boot.bin qcow2 boot.img && $I floppy boot.bin floppy && cp boot.img before");
    assert!(output.status.success(), "{}", text(&output));
    let names = || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let before = names();
    for (script, said) in [
        ("$I ova qcow2 out", "qcow2 is no raw disk"),
        ("$I gce boot.bin out", "boot.bin is no raw disk"),
        ("$I stream-vmdk floppy out", "floppy is not the raw disk: it has 1474560 bytes"),
        ("head -c 1048575 boot.img > half; $I ova half out; rm half; false", "half is no raw disk"),
        ("$I stream-vmdk boot.img ..", ".. is no name for an image"),
        ("$I stamp-vdi boot.img boot.img", "no VDI"),
        ("$I stamp-vhd boot.img boot.img", "no VHD"),
        ("$I disk other.bin qcow2 out", "other.bin: No such file"),
        ("$I disk boot.bin qcow2 no/folder/out", "no/folder"),
        ("$I disk boot.bin floppy out", "a program of 1474560 bytes is too long"),
        ("$I manifest no-folder", "no-folder"),
        // A file that may not grow is a disk that is full; the last good one stays.
        ("trap '' XFSZ; ulimit -f 100; $I floppy boot.bin boot.img", "File too large"),
        ("$I check . > /dev/full", "cannot write to standard output: No space left on device"),
    ] {
        let output = run(script);
        let message = text(&output);
        assert_eq!(output.status.code(), Some(1), "{script}: {message}");
        assert!(message.starts_with("boot256: ") && message.contains(said), "{script}: {message}");
        assert_eq!((message.lines().count(), names()), (1, before.clone()), "{script}: {message}");
    }
    assert!(run("cmp boot.img before").status.success());
    assert_eq!(run("$I fly").status.code(), Some(2));
}
