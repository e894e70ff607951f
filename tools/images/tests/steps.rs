//! What the Makefile's image steps leave where they are interrupted, meet a full disk, or run twice at a time: no half
//! image, nothing lying about, the last good images.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{Build, assert_release_is_whole, text};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process};

/// How long a build of a second or two may take on a very busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn two_makes_at_once_make_what_one_makes_and_a_third_nothing() {
    let (one, two) = (Build::whole(), Build::new());
    for make in [(); 2].map(|()| start(two.command(&["-j2", "all", "release"]))) {
        let output = finish(make);
        assert!(output.status.success(), "{}", text(&output));
    }
    assert!(one.files() == two.files());
    assert_no_drafts(&two);
    // --question: the exit status says whether anything is to be done.
    two.make_well(&["--question", "all", "release"]);
}

/// A file that may not grow to the 20 MiB of the VHD is a disk that is full.
#[test]
fn a_full_disk_keeps_the_last_good_images() {
    let build = Build::whole();
    let good = build.files();
    touch(&build, "boot.bin");
    let output = build.command_after("ulimit -f 8192", &["-k", "all"]).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("File size limit exceeded"), "{}", text(&output));
    assert_same_but(&build, good, "boot.bin");
}

#[test]
fn an_interrupt_leaves_no_half_image_no_folder_and_no_process() {
    // INT is Ctrl-C, TERM and HUP are a cancelled job and a closed terminal: all go to the group.
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut build = Build::whole();
        let good = build.files();
        let bin = build.fake(
            "qemu-img",
            "[ \"$1\" = --version ] && { PATH=${PATH#\"$bin\":} qemu-img \"$@\"; exit; }
             echo half > \"${@: -1}\"; echo $$ > \"$bin/started\"; read < \"$bin/never\"",
        );
        for pipe in ["started", "never"] {
            common::run("coreutils", Command::new("mkfifo").arg(bin.join(pipe)));
        }
        touch(&build, "boot.bin");
        let make = start(build.command(&["all"]));
        let (send, started) = mpsc::channel();
        thread::spawn(move || send.send(fs::read_to_string(bin.join("started"))));
        let pid = started.recv_timeout(PATIENCE).expect("qemu-img is started").unwrap();
        let qemu_img = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process_group(Pid::from_child(&make), signal).unwrap();
        let output = finish(make);
        assert!(!output.status.success(), "{}", text(&output));
        assert!(test_kill_process(qemu_img).is_err(), "qemu-img still runs after {signal:?}");
        assert_same_but(&build, good, "boot.bin");
    }
}

#[test]
fn an_interrupt_while_the_release_changes_costs_no_release() {
    let mut build = Build::whole();
    touch(&build, "boot.bin");
    // An mv that is followed by Ctrl-C where the last release has gone and the new one is to come.
    build.fake("mv", "PATH=${PATH#\"$bin\":} mv \"$@\" || exit; case ${@: -1} in */old) kill -INT 0;; esac");
    let output = finish(start(build.command(&["release"])));
    assert!(!output.status.success(), "the interrupt did not reach make: {}", text(&output));
    assert_release_is_whole(&build);
    assert_no_drafts(&build);
}

/// A make in a process group of its own.
fn start(mut make: Command) -> Child {
    make.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

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

fn touch(build: &Build, name: &str) {
    let file = fs::File::options().append(true).open(build.file(name)).unwrap();
    file.set_modified(std::time::SystemTime::now()).unwrap();
}

/// Nothing but `except` is another than in `before`, nothing came and nothing went.
fn assert_same_but(build: &Build, before: BTreeMap<String, Vec<u8>>, except: &str) {
    let now = build.files();
    assert!(now.keys().eq(before.keys()), "{:?}", now.keys());
    let changed = |(name, content): &(&String, &Vec<u8>)| *name != except && now[*name] != **content;
    assert_eq!(before.iter().filter(changed).map(|(name, _)| name).next(), None);
    assert_no_drafts(build);
}

fn assert_no_drafts(build: &Build) {
    for entry in fs::read_dir(build.folder.path()).unwrap() {
        let name = entry.unwrap().file_name().display().to_string();
        assert!(!name.starts_with('.') && !name.ends_with(".tmp"), "{name}");
    }
}
