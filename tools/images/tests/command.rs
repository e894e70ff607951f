//! Bad input to the command gets one clear line and exit code 1, and leaves nothing half-written.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use boot256_images::identity::Identity;
use boot256_images::{formats, gce, oci, ova, vdi, vhd, vmdk, vmdk_stream};
use common::text;
use tempfile::TempDir;

/// A folder with a program and a raw disk made of it.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        let program: Vec<u8> = (0..=255).collect();
        fs::write(bench.file("boot.bin"), program).unwrap();
        let output = bench.run(&["disk", "boot.bin", "boot.img"]);
        assert!(output.status.success(), "{}", text(&output));
        bench
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-images"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().display().to_string())
            .collect();
        names.sort();
        names
    }

    /// The command fails with one line that says `why`, and no file comes or goes.
    fn refuses(&self, mut command: Command, why: &str) {
        let before = self.names();
        let output = command.output().unwrap();
        let message = text(&output);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {message}");
        assert!(message.starts_with("boot256: ") && message.contains(why), "{command:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{command:?}: {message}");
        assert_eq!(self.names(), before, "{command:?}");
    }
}

#[test]
fn an_image_for_another_machine_is_no_raw_disk() {
    let bench = Bench::new();
    fs::write(bench.file("boot.qcow2"), b"QFI\xFB".repeat(1024)).unwrap();
    assert!(bench.run(&["floppy", "boot.bin", "boot-floppy.img"]).status.success());
    for wrong in ["boot.qcow2", "boot.bin"] {
        for command in ["ova", "gce"] {
            bench.refuses(bench.command(&[command, "--time", "0", wrong, "out"]), "is no raw disk");
        }
        bench.refuses(bench.command(&["stream-vmdk", wrong, "out"]), "is no raw disk");
        bench.refuses(bench.command(&["flat-vmdk", wrong, "boot-flat.vmdk", "out"]), "is no raw disk");
    }
    bench.refuses(
        bench.command(&["stream-vmdk", "boot-floppy.img", "out"]),
        "is not the raw disk: it has 1474560 bytes",
    );
}

#[test]
fn a_stamp_for_another_format_changes_nothing() {
    let bench = Bench::new();
    let before = fs::read(bench.file("boot.img")).unwrap();
    bench.refuses(bench.command(&["stamp-vdi", "boot.img", "boot.img"]), "no VDI");
    bench.refuses(bench.command(&["stamp-vhd", "--time", "1700000000", "boot.img", "boot.img"]), "no VHD");
    assert!(fs::read(bench.file("boot.img")).unwrap() == before);
}

#[test]
fn what_is_not_there_is_named() {
    let bench = Bench::new();
    bench.refuses(bench.command(&["disk", "other.bin", "out"]), "other.bin: No such file");
    bench.refuses(bench.command(&["disk", "boot.bin", "no/folder/out"]), "no/folder");
    bench.refuses(bench.command(&["oci", "--time", "0", "boot.qcow2", "out"]), "boot.qcow2: No such file");
    bench.refuses(bench.command(&["manifest", "no-folder"]), "no-folder");
}

/// A file that may not grow is a disk that is full.
#[test]
fn a_full_disk_leaves_no_half_file_and_the_last_good_one() {
    let bench = Bench::new();
    fs::write(bench.file("boot.iso"), "the last good one").unwrap();
    for out in ["new.img", "boot.iso"] {
        let mut limited = Command::new("sh");
        limited
            .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_boot256-images")])
            .args(["floppy", "boot.bin", out])
            .current_dir(bench.0.path());
        bench.refuses(limited, "File too large");
    }
    assert_eq!(fs::read(bench.file("boot.iso")).unwrap(), b"the last good one");
}

#[test]
fn a_full_standard_output_is_an_error() {
    let bench = Bench::new();
    fs::create_dir(bench.file("release")).unwrap();
    for (name, _) in formats::EXTRAS {
        fs::write(bench.file("release").join(name), "").unwrap();
    }
    for format in formats::FORMATS {
        fs::write(bench.file("release").join(format.file), "").unwrap();
    }
    let mut command = bench.command(&["manifest", "release"]);
    command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
    bench.refuses(command, "cannot write to standard output: No space left on device");
    let good = bench.run(&["manifest", "release"]);
    assert!(good.status.success(), "{}", text(&good));
    assert_eq!(String::from_utf8(good.stdout).unwrap(), formats::manifest(&bench.file("release")).unwrap());
}

/// What `make formats-table` runs: a page's tables are filled in, and without a page one is printed.
#[test]
fn the_tables_go_into_the_pages_or_are_printed() {
    let bench = Bench::new();
    fs::create_dir(bench.file("build")).unwrap();
    for format in formats::FORMATS {
        fs::write(bench.file("build").join(format.file), format.file).unwrap();
    }
    let table = formats::table(&bench.file("build")).unwrap();
    let printed = bench.run(&["formats", "build"]);
    assert!(printed.status.success(), "{}", text(&printed));
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), table);
    let part = |name: &str, content: &str| format!("<!-- {name}:begin -->\n\n{content}\n<!-- {name}:end -->\n");
    fs::write(bench.file("both.md"), part("formats", "old\n") + &part("readers", "old\n")).unwrap();
    fs::write(bench.file("none.md"), "no table\n").unwrap();
    let filled = bench.run(&["formats", "build", "both.md", "none.md"]);
    assert!(filled.status.success() && filled.stdout.is_empty(), "{}", text(&filled));
    let expected = part("formats", &table) + &part("readers", &formats::readers_table());
    assert_eq!(fs::read_to_string(bench.file("both.md")).unwrap(), expected);
    assert_eq!(fs::read_to_string(bench.file("none.md")).unwrap(), "no table\n");
    bench.refuses(bench.command(&["formats", "no-folder", "both.md"]), "run 'make all'");
}

/// The command of each image of our own writes what the library makes.
#[test]
fn each_command_writes_the_image_of_its_name() {
    let bench = Bench::new();
    let disk = fs::read(bench.file("boot.img")).unwrap();
    let identity = Identity::of(&disk);
    let made = |arguments: &[&str], out: &str| {
        let output = bench.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        fs::read(bench.file(out)).unwrap()
    };
    let flat = made(&["flat-vmdk", "boot.img", "boot-flat.vmdk", "boot.vmdk"], "boot.vmdk");
    assert_eq!(String::from_utf8(flat).unwrap(), vmdk::flat("boot-flat.vmdk", disk.len(), &identity).unwrap());
    // Its own name is in it.
    let stream = made(&["stream-vmdk", "boot.img", "some.vmdk"], "some.vmdk");
    assert!(stream == vmdk_stream::write(&disk, "some.vmdk", &identity, "stream").unwrap());
    let ova = made(&["ova", "--time", "86400", "boot.img", "boot.ova"], "boot.ova");
    assert!(ova == ova::pack(&disk, 86_400).unwrap());
    let gce = made(&["gce", "--time", "86400", "boot.img", "gce.tar.gz"], "gce.tar.gz");
    assert!(gce == gce::pack(&disk, 86_400).unwrap());
    let oci = made(&["oci", "--time", "86400", "./boot.img", "oci.tar"], "oci.tar");
    assert!(oci == oci::pack(&disk, "boot.img", 86_400).unwrap());
    bench.refuses(bench.command(&["stream-vmdk", "boot.img", ".."]), ".. is no name for an image");
}

/// A VHD and a VDI of qemu-img get the identity of the disk they are made of, in place.
#[test]
fn a_stamp_changes_the_file_that_qemu_img_made() {
    let bench = Bench::new();
    let identity = Identity::of(&fs::read(bench.file("boot.img")).unwrap());
    for (kind, options, name) in
        [("vpc", "subformat=fixed,force_size=on", "boot.vhd"), ("vdi", "static=off", "boot.vdi")]
    {
        let mut qemu_img = Command::new("qemu-img");
        qemu_img
            .args(["convert", "-f", "raw", "-O", kind, "-o", options, "boot.img", name])
            .current_dir(bench.0.path());
        common::run("qemu-utils", &mut qemu_img);
        let mut expected = fs::read(bench.file(name)).unwrap();
        let stamped = if kind == "vpc" {
            vhd::stamp(&mut expected, &identity, 1_700_000_000).unwrap();
            bench.run(&["stamp-vhd", "--time", "1700000000", "boot.img", name])
        } else {
            vdi::stamp(&mut expected, &identity).unwrap();
            bench.run(&["stamp-vdi", "boot.img", name])
        };
        assert!(stamped.status.success(), "{}", text(&stamped));
        assert!(fs::read(bench.file(name)).unwrap() == expected, "{name}");
    }
}

#[test]
fn a_bill_of_materials_of_nothing_is_refused() {
    let bench = Bench::new();
    let mut command = bench.command(&["sbom", "--time", "0", "--rust", "1", "."]);
    command.stdin(Stdio::null());
    bench.refuses(command, "no output of cargo metadata");
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let bench = Bench::new();
    for arguments in
        [&["fly"][..], &["disk"], &["disk", "a", "b", "c"], &["ova", "a", "b"], &["ova", "--time", "x", "a", "b"]]
    {
        let output = bench.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).starts_with("error: "), "{arguments:?}: {}", text(&output));
        assert_eq!(bench.names(), ["boot.bin", "boot.img"], "{arguments:?}");
    }
}
