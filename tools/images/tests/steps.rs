//! What the Makefile's image steps do when all is well, and when it is not: a clear error, no
//! half image, nothing left lying about, the last good images kept.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{Build, assert_release_is_whole, can, root, text};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

#[test]
fn a_second_make_does_nothing() {
    let build = Build::whole();
    // --question: the exit status says whether anything is to be done.
    let output = build.make(&["--question", "all", "release"]);
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn two_jobs_make_what_one_makes() {
    let (one, two) = (Build::whole(), Build::new());
    two.make_well(&["-j2", "all", "release"]);
    assert!(one.files() == two.files());
}

#[test]
fn two_makes_at_once_make_what_one_makes() {
    let (one, two) = (Build::whole(), Build::new());
    let makes = [(); 2].map(|()| {
        let mut make = two.command(&["all", "release"]);
        make.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for make in makes {
        let output = finish(make);
        assert!(output.status.success(), "{}", text(&output));
    }
    assert!(one.files() == two.files());
    assert_no_drafts(&two);
}

/// The second make comes where the first one has put the old release away and not yet the new one in its place.
#[test]
fn two_makes_change_the_release_one_after_the_other() {
    let mut build = Build::whole();
    let good = build.files();
    touch(&build, "boot.bin");
    build.fake(
        "mv",
        "PATH=${PATH#\"$bin\":} mv \"$@\" || exit
         case ${@: -1} in */old) mkdir \"$bin/once\" 2> /dev/null || exit 0; echo > \"$bin/half\"; read < \"$bin/waits\";; esac",
    );
    // The second one to come says that it waits now.
    let bin = build.fake(
        "flock",
        "mkdir \"$bin/first\" 2> /dev/null || echo > \"$bin/waits\"; PATH=${PATH#\"$bin\":} exec flock \"$@\"",
    );
    for pipe in ["half", "waits"] {
        common::run("coreutils", Command::new("mkfifo").arg(bin.join(pipe)));
    }
    let start = || {
        let mut make = build.command(&["release"]);
        make.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = start();
    let (send, half) = mpsc::channel();
    thread::spawn(move || send.send(fs::read(bin.join("half"))));
    half.recv_timeout(PATIENCE).expect("the release is changed").unwrap();
    for make in [start(), first] {
        let output = finish(make);
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_same_but(&build, good, "boot.bin");
}

#[test]
fn a_boot_bin_of_another_size_is_refused() {
    for size in [0, 255, 257, 512] {
        let build = Build::new();
        fs::write(build.file("boot.bin"), vec![0x90; size]).unwrap();
        let output = build.make_badly(&["-k", "all"]);
        let message = format!("boot.bin has {size} bytes instead of 256");
        assert!(output.contains(&message), "{output}");
        assert_only_inputs(&build);
    }
}

#[test]
fn a_boot_bin_without_code_is_refused() {
    let build = Build::new();
    fs::write(build.file("boot.bin"), [0; 256]).unwrap();
    let output = build.make_badly(&["-k", "all"]);
    assert!(output.contains("holds no code"), "{output}");
    assert_only_inputs(&build);
}

#[test]
fn a_bad_boot_bin_leaves_the_last_good_images() {
    let build = Build::whole();
    let good = build.files();
    fs::write(build.file("boot.bin"), [0; 256]).unwrap();
    build.make_badly(&["-k", "all", "release"]);
    assert_same_but(&build, good, "boot.bin");
}

#[test]
fn a_new_program_gives_every_disk_new_content_and_identity() {
    let build = Build::whole();
    let old = build.files();
    let mut boot = fs::read(build.file("boot.bin")).unwrap();
    boot[255] ^= 0xFF;
    fs::write(build.file("boot.bin"), boot).unwrap();
    build.make_well(&["all"]);
    let new = build.files();
    for (name, content) in &old {
        let same = name == "boot.elf" || name.starts_with("boot256") || name.contains('/');
        assert_eq!(new[name] == *content, same, "{name}");
    }
    // Creation UUID of the VDI, UUID of the VHD: VirtualBox tells releases apart by these.
    assert_ne!(old["boot.vdi"][0x188..0x198], new["boot.vdi"][0x188..0x198]);
    let id = |vhd: &[u8]| vhd[vhd.len() - 512 + 68..][..16].to_vec();
    assert_ne!(id(&old["boot.vhd"]), id(&new["boot.vhd"]));
}

#[test]
fn a_file_that_was_deleted_from_the_release_comes_back() {
    let build = Build::whole();
    let good = build.files();
    fs::remove_file(build.file("release/boot.iso")).unwrap();
    build.make_well(&["release"]);
    assert!(build.files() == good);
}

#[test]
fn a_read_only_folder_is_an_error_of_one_line_a_step() {
    let build = Build::whole();
    let good = build.files();
    touch(&build, "boot.bin");
    let folder = build.folder.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let output = without_privileges(build.command(&["-k", "all"])).output().unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(!output.status.success());
    let line = format!("boot256: cannot write in {}/: Permission denied", folder.display());
    // boot.img and boot-floppy.img are made of boot.bin; no other step is reached.
    assert_eq!(errors(&output), [line.as_str(); 2], "{}", text(&output));
    assert!(build.files() == good, "{}", text(&output));
}

#[test]
fn a_full_disk_keeps_the_last_good_image() {
    if !can("mount a file system", &["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]) {
        return;
    }
    // A file system of 3 MiB in a mount namespace of its own holds boot.img and boot.iso,
    // not the 20 MiB of the VHD.
    let build = Build::new();
    fs::create_dir(build.file("small")).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=3M tmpfs {small}
         cp {build}/boot.bin {build}/boot.elf {small}/
         echo 'the last good one' > {small}/boot.vhd
         touch -d '2000-01-01' {small}/boot.vhd
         make \"$@\" B={small} -o {small}/boot.elf {small}/boot.iso {small}/boot.vhd && exit 99
         ls -A {small}; cat {small}/boot.vhd",
        build = build.folder.path().display(),
        small = build.file("small").display(),
    );
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"])
        .arg("-C")
        .arg(root())
        .arg(format!("IMAGES={}", env!("CARGO_BIN_EXE_boot256-images")))
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .output()
        .unwrap();
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    let errors = errors(&output);
    assert!(errors.len() == 1 && errors[0].contains("No space left on device"), "{printed}");
    let listing = String::from_utf8_lossy(&output.stdout);
    let (_, listing) = listing.split_once("boot.bin\n").expect("a listing");
    assert_eq!(listing, "boot.elf\nboot.img\nboot.iso\nboot.vhd\nthe last good one\n", "{printed}");
}

#[test]
fn a_missing_tool_is_named_with_its_package() {
    for (tool, package, target) in [("qemu-img", "qemu-utils", "boot.qcow2"), ("xorriso", "xorriso", "boot.iso")] {
        let mut build = Build::new();
        let bin = tempfile::tempdir().unwrap();
        tools(bin.path(), tool);
        build.path = Some(bin.path().display().to_string());
        let output = build.make(&[&build.file(target).display().to_string()]);
        assert!(!output.status.success(), "{}", text(&output));
        let line = format!("boot256: {tool} is missing (package {package}): run 'make setup'");
        assert_eq!(errors(&output), [line], "{}", text(&output));
    }
}

#[test]
fn an_old_tool_is_refused() {
    for (tool, prints, found, package, target) in [
        ("qemu-img", "qemu-img version 2.11.1(Debian 1:2.11)", "2.11.1", "qemu-utils", "boot.qcow2"),
        ("qemu-img", "another program", "of no version", "qemu-utils", "boot.vhd"),
        ("xorriso", "xorriso version   :  1.4.4", "1.4.4", "xorriso", "boot.iso"),
    ] {
        let mut build = Build::new();
        build.fake(tool, &format!("echo '{prints}'"));
        let output = build.make(&[&build.file(target).display().to_string()]);
        assert!(!output.status.success(), "{}", text(&output));
        let errors = errors(&output);
        let (start, end) =
            (format!("boot256: {tool} {found} is too old, "), format!("(package {package}): run 'make setup'"));
        assert!(errors.len() == 1 && errors[0].starts_with(&start) && errors[0].ends_with(&end), "{errors:?}");
        assert!(!build.file(target).exists());
    }
}

/// A qemu-img that says it is new enough, writes something to the file it was asked for, and
/// ends as told.
fn half_done(build: &mut Build, end: &str) {
    build.fake(
        "qemu-img",
        &format!(
            "[ \"$1\" = --version ] && {{ echo 'qemu-img version 99.0'; exit; }}\necho half > \"${{@: -1}}\"; {end}"
        ),
    );
}

#[test]
fn a_qemu_img_that_fails_half_way_leaves_no_half_image() {
    let mut build = Build::new();
    half_done(&mut build, "echo 'qemu-img: it broke' >&2; exit 1");
    let output = build.make_badly(&["-k", "all"]);
    assert!(output.contains("it broke"), "{output}");
    for made in ["boot.qcow2", "boot-oci.tar", "boot.vhd", "boot.vdi"] {
        assert!(!build.file(made).exists(), "{made}");
    }
    assert_no_drafts(&build);
}

#[test]
fn a_tool_that_fails_half_way_leaves_the_last_good_images() {
    let mut build = Build::whole();
    let good = build.files();
    half_done(&mut build, "exit 1");
    build.fake("xorriso", "echo 'xorriso version   :  99.0'; echo 'xorriso: it broke' >&2; [ $# = 2 ]");
    touch(&build, "boot.bin");
    let output = build.make_badly(&["-k", "all"]);
    assert!(output.contains("xorriso: it broke"), "{output}");
    assert_same_but(&build, good, "boot.bin");
}

#[test]
fn a_qemu_img_that_writes_something_else_is_found_out() {
    let mut build = Build::new();
    half_done(&mut build, "exit 0");
    let output = build.make_badly(&["-k", "all"]);
    for message in ["no VHD", "no VDI"] {
        assert!(output.contains(message), "{message}: {output}");
    }
    for made in ["boot.vhd", "boot.vdi"] {
        assert!(!build.file(made).exists(), "{made}");
    }
    assert_no_drafts(&build);
}

#[test]
fn an_interrupt_leaves_no_half_image_no_folder_and_no_process() {
    // INT is Ctrl-C, TERM and HUP are a cancelled job and a closed terminal: all go to the group.
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut build = Build::whole();
        let good = build.files();
        let (make, qemu_img) = start_and_block(&mut build);
        kill_process_group(Pid::from_child(&make), signal).unwrap();
        let output = finish(make);
        assert!(!output.status.success(), "{}", text(&output));
        assert!(test_kill_process(qemu_img).is_err(), "qemu-img still runs after {signal:?}");
        assert_same_but(&build, good, "boot.bin");
    }
}

#[test]
fn a_make_that_alone_is_told_to_end_waits_for_its_step() {
    let mut build = Build::whole();
    let good = build.files();
    let (make, qemu_img) = start_and_block(&mut build);
    kill_process(Pid::from_child(&make), Signal::TERM).unwrap();
    // The step ends by itself, and the image, if it came to that, is the real one.
    let bin = build.path.as_deref().and_then(|path| path.split(':').next()).unwrap().to_string();
    fs::File::options().write(true).open(Path::new(&bin).join("go")).unwrap();
    let output = finish(make);
    assert!(!output.status.success(), "{}", text(&output));
    assert!(test_kill_process(qemu_img).is_err(), "qemu-img still runs");
    assert_same_but(&build, good, "boot.bin");
}

#[test]
fn an_interrupt_while_the_release_changes_costs_no_release() {
    let mut build = Build::whole();
    touch(&build, "boot.bin");
    // An mv that is followed by Ctrl-C where the last release has gone and the new one is to come.
    build.fake("mv", "PATH=${PATH#\"$bin\":} mv \"$@\" || exit; case ${@: -1} in */old) kill -INT 0;; esac");
    let make =
        build.command(&["release"]).process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = finish(make);
    assert!(!output.status.success(), "the interrupt did not reach make: {}", text(&output));
    assert_release_is_whole(&build);
    assert_no_drafts(&build);
}

/// Starts `make all` in a process group of its own and waits until it waits for a qemu-img that
/// has written half of boot.qcow2. That qemu-img does its work when it finds the pipe `go` opened.
fn start_and_block(build: &mut Build) -> (Child, Pid) {
    let bin = build.fake(
        "qemu-img",
        "real() { PATH=${PATH#\"$bin\":} qemu-img \"$@\"; }
         [ \"$1\" = --version ] && { real \"$@\"; exit; }
         echo half > \"${@: -1}\"; echo $$ > \"$bin/started\"; read < \"$bin/go\"; real \"$@\"",
    );
    for pipe in ["started", "go"] {
        common::run("coreutils", Command::new("mkfifo").arg(bin.join(pipe)));
    }
    touch(build, "boot.bin");
    let make = build.command(&["all"]).process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (send, started) = mpsc::channel();
    thread::spawn(move || send.send(fs::read_to_string(bin.join("started"))));
    let pid = started.recv_timeout(PATIENCE).expect("qemu-img is started").unwrap();
    (make, Pid::from_raw(pid.trim().parse().unwrap()).unwrap())
}

/// How long a build of a second or two may take on a very busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for a process group of the test's own and kills it if it does not end.
fn finish(make: Child) -> Output {
    let group = Pid::from_child(&make);
    let (send, ended) = mpsc::channel();
    thread::spawn(move || send.send(make.wait_with_output()));
    ended.recv_timeout(PATIENCE).map_or_else(
        |_| {
            kill_process_group(group, Signal::KILL).unwrap();
            panic!("make did not end");
        },
        Result::unwrap,
    )
}

/// A folder of all programs that the steps use, without one.
fn tools(folder: &Path, without: &str) {
    let all = "basename cat chmod cp date dirname env head install ls mkdir mktemp mv qemu-img \
               rm sed sha256sum sort stat touch tr truncate uname xorriso";
    for tool in all.split_whitespace().filter(|tool| *tool != without) {
        let path = ["/usr/bin", "/bin", "/usr/local/bin"]
            .iter()
            .map(|folder| Path::new(folder).join(tool))
            .find(|path| path.exists())
            .unwrap_or_else(|| panic!("{tool} is missing"));
        symlink(path, folder.join(tool)).unwrap();
    }
}

/// The same command without root's right to write where the mode forbids it.
fn without_privileges(command: Command) -> Command {
    if !rustix::process::geteuid().is_root() {
        return command;
    }
    let mut dropped = Command::new("setpriv");
    dropped
        .args(["--inh-caps=-all", "--bounding-set=-all", "--"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL");
    dropped
}

fn touch(build: &Build, name: &str) {
    let file = fs::File::options().append(true).open(build.file(name)).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
}

/// The lines of standard error that are not make's own.
fn errors(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter(|line| !line.starts_with("make")).map(Into::into).collect()
}

fn assert_only_inputs(build: &Build) {
    let files: Vec<String> = build.files().into_keys().collect();
    assert_eq!(files, ["boot.bin", "boot.elf", "boot256-probe-aarch64", "boot256-probe-x86_64", "boot256.xml"]);
    assert_no_drafts(build);
}

/// Nothing but `except` is another than in `before`, nothing came and nothing went.
fn assert_same_but(build: &Build, mut before: BTreeMap<String, Vec<u8>>, except: &str) {
    let mut now = build.files();
    now.remove(except);
    before.remove(except);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&now), names(&before));
    for (name, content) in before {
        assert!(now[&name] == content, "{name} changed");
    }
    assert_no_drafts(build);
}

fn assert_no_drafts(build: &Build) {
    for entry in fs::read_dir(build.folder.path()).unwrap() {
        let name = entry.unwrap().file_name().display().to_string();
        assert!(!name.starts_with('.') && !name.ends_with(".tmp"), "{name}");
    }
}
