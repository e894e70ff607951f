//! qemu.sh and pxe.sh with the real QEMU, and what all scripts share: options, image, probe, folder, signals.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use boot256_kit::root;
use rustix::process::Signal;

use crate::run::{Place, Said, built, script};

/// What `docs/smoke-test.md` shows.
const GOOD: &str = "smoke: ClientAPI\nsmoke: hello -> olleh\nsmoke: off (guest-shutdown)\nsmoke: ok\n";

/// A disk that nothing boots from.
fn empty(place: &Place) -> String {
    let path = place.file("world/empty.img");
    fs::write(&path, vec![0; 1 << 20]).unwrap();
    path.to_str().unwrap().to_owned()
}

/// qemu.sh with these words.
fn qemu(words: &[&str]) -> Said {
    let place = Place::new();
    place.start(&mut place.command([&[script("qemu.sh").as_str()], words].concat())).wait()
}

#[test]
fn the_images_boot_and_stay_as_they_are() {
    let place = Place::new();
    for name in ["boot.img", "boot-floppy.img", "boot.iso", "boot.qcow2", "boot.vhd", "boot.vdi"] {
        // A comma is what QEMU ends a file's name with, and a quote a shell's word.
        let copy = place.file(&format!("world/a,b's {name}"));
        fs::copy(built(name), &copy).unwrap();
        qemu(&[copy.to_str().unwrap()]).is_good(GOOD);
        assert!(fs::read(&copy).unwrap() == fs::read(built(name)).unwrap(), "{name} is another one now");
    }
    qemu(&[&built("boot.vmdk")]).is_good(GOOD);
    qemu(&["--flags", "-machine graphics=off", &built("boot.img")]).is_good(GOOD);
}

/// By the OVMF of this machine. That of other Debians: `make test-versions`; VirtualBox's, libvirt's: the same word there.
#[test]
fn uefi() {
    qemu(&["--uefi", &built("boot.qcow2")]).is_good(GOOD);
}

#[test]
fn pxe_serves_the_program() {
    let place = Place::new();
    let words = [&script("pxe.sh"), "--card=virtio-net-pci", &built("boot.bin")];
    place.start(&mut place.command(words)).wait().is_good(GOOD);
}

/// BusyBox's shell with nothing but BusyBox's programs, as in an Alpine image.
#[test]
fn busybox_is_enough() {
    let place = Place::new();
    let applets = std::process::Command::new("busybox").arg("--list").output().expect("busybox (package busybox)");
    for applet in String::from_utf8(applets.stdout).unwrap().lines() {
        place.link("/bin/busybox", applet);
    }
    let words = ["/bin/busybox", "sh", &script("qemu.sh"), "--qemu", "/usr/bin/qemu-system-x86_64", &built("boot.img")];
    place.start(place.command(words).env("PATH", place.file("bin"))).wait().is_good(GOOD);
    fs::remove_file(place.file("bin/timeout")).unwrap();
    let said = place.start(place.command(words).env("PATH", place.file("bin"))).wait();
    said.fails(4, "timeout is missing (coreutils)");
}

#[test]
fn what_is_wrong_is_said() {
    let (place, boot) = (Place::new(), built("boot.img"));
    let empty = empty(&place);
    // Side by side, for they wait; ten seconds are enough for a boot on a busy host.
    std::thread::scope(|scope| {
        scope.spawn(|| qemu(&["--timeout", "3", &empty]).fails(6, "no banner in time"));
        let without_a_button = ["--flags", "-machine pc,acpi=off", "--timeout", "10", &boot];
        scope.spawn(move || qemu(&without_a_button).fails(11, "the button is pressed"));
        qemu(&["--qemu", "no-such-qemu", &boot]).fails(4, "no-such-qemu is missing (Debian: qemu-system-x86)");
        qemu(&["--flags", "-nonsense", &boot]).fails(5, "-nonsense: invalid option");
    });
}

/// A name that is too long for a socket in it, one that is not there, and one with a quote and a blank.
#[test]
fn any_tmpdir() {
    let place = Place::new();
    let boot = built("boot.img");
    let run = |name: &str| {
        let words = [script("qemu.sh"), boot.clone()];
        place.start(place.command(words.iter().map(String::as_str)).env("TMPDIR", place.file(name))).wait()
    };
    let long = format!("tmp/{}", "x".repeat(113));
    fs::create_dir(place.file(&long)).unwrap();
    let said = run(&long);
    assert_eq!((said.exit, said.stdout.as_str()), (Some(0), GOOD), "{said:?}");
    fs::remove_dir(place.file(&long)).expect("nothing was made in it");
    run("nowhere").is_good(GOOD);
    fs::create_dir(place.file("it's one")).unwrap();
    run("it's one").is_good(GOOD);
}

/// A private TMPDIR (libpam-tmpdir): libvirt's QEMU is another user and could not enter it.
#[test]
fn a_folder_that_qemu_can_enter() {
    let place = Place::new();
    fs::set_permissions(place.file("tmp"), fs::Permissions::from_mode(0o700)).unwrap();
    // Which says where its description is, and that there is no libvirt.
    place.program("virsh", "echo \"at $2\" >&2; exit 1");
    let path = format!("{}:/usr/bin:/bin", place.file("bin").display());
    let words = [script("virsh.sh"), built("boot.qcow2")];
    let said = place.start(place.command(words.iter().map(String::as_str)).env("PATH", path)).wait();
    said.fails(4, "machine.xml: at /");
    assert!(!said.stderr.contains(place.file("tmp").to_str().unwrap()), "{said:?}");
}

#[test]
fn a_signal_ends_it_and_the_machine() {
    let place = Place::new();
    let empty = empty(&place);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let run = place.start(&mut place.command([script("qemu.sh").as_str(), &empty]));
        // QEMU runs: its monitor is there.
        let is_there = || {
            let made = fs::read_dir(place.file("tmp")).unwrap().next();
            made.is_some_and(|made| made.unwrap().path().join("qmp").exists())
        };
        while !is_there() {
            std::thread::yield_now();
        }
        run.signal(signal);
        run.wait().is_ended_by(signal);
    }
}

/// Options, in all scripts the same.
#[test]
fn command_lines() {
    let boot = &built("boot.img");
    let place = Place::new();
    let nothing = place.file("tmp");
    for (words, message) in [
        (&["--timeout", "0", boot][..], "--timeout: not a number of seconds: 0"),
        (&["--timeout=x", boot], "--timeout: not a number of seconds: x"),
        (&["--timeout"], "--timeout needs a value (see qemu.sh --help)"),
        (&["--tmieout", "3", boot], "--tmieout: no such option (see qemu.sh --help)"),
        (&["--name timeout=3", boot], "--name timeout: no such option"),
        (&["-t", "3", boot], "-t: no such option (see qemu.sh --help)"),
        (&["--", boot], "--: no such option (see qemu.sh --help)"),
        (&[""], "the image has no name"),
        (&["--name", "a b", boot], "--name: letters, digits and hyphens only: a b"),
        (&[boot, boot], "one image is enough: "),
        (&["/nonexistent/none.img"], "/nonexistent/none.img is missing"),
        (&["/dev/null"], "/dev/null: not an image that this script knows (img iso qcow2 vmdk vhd vdi raw)"),
        (&[nothing.to_str().unwrap()], "/boot.img is missing"),
    ] {
        qemu(words).fails(2, message);
    }
    qemu(&["--probe", "/nonexistent/probe", boot]).fails(4, "/nonexistent/probe is missing (see --probe)");
}

#[test]
fn every_script_has_a_help() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("tools/smoke")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // Those that cannot be executed are read by the others.
        if !name.ends_with(".sh") || fs::metadata(&path).unwrap().permissions().mode() & 0o111 == 0 {
            continue;
        }
        seen += 1;
        let place = Place::new();
        let help = place.start(&mut place.command([path.to_str().unwrap(), "--help"])).wait();
        assert_eq!((help.exit, help.stderr.as_str()), (Some(0), ""), "{help:?}");
        let text = fs::read_to_string(&path).unwrap();
        let options = text.lines().filter_map(|line| line.strip_prefix("option ")?.split(' ').next());
        for word in options.chain(["name", "timeout", "probe", "help"]) {
            assert!(help.stdout.contains(&format!("\n  --{word} ")), "{name}: no --{word} in {}", help.stdout);
        }
        assert!(help.stdout.starts_with(&format!("Usage: {name} ")), "{}", help.stdout);
        assert!(help.stdout.lines().all(|line| line.len() <= 120), "{}", help.stdout);
    }
    assert_eq!(seen, 11);
}

/// Image and probe are found above the scripts, as in a release, and in `build`, as in this tree.
#[test]
fn the_image_and_the_probe_are_found() {
    qemu(&[]).is_good(GOOD);
    qemu(&[root().join("build").to_str().unwrap()]).is_good(GOOD);
    let place = Place::new();
    let release = place.file("world");
    fs::create_dir(release.join("smoke")).unwrap();
    for entry in fs::read_dir(root().join("tools/smoke")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), release.join("smoke").join(entry.file_name())).unwrap();
    }
    let run = || place.start(&mut place.command([release.join("smoke/qemu.sh").to_str().unwrap()])).wait();
    run().fails(2, "boot.img is missing");
    fs::copy(built("boot.img"), release.join("boot.img")).unwrap();
    run().fails(4, "boot256-probe is missing (");
    fs::copy(built("boot256-probe"), release.join(format!("boot256-probe-{}", std::env::consts::ARCH))).unwrap();
    run().is_good(GOOD);
}
