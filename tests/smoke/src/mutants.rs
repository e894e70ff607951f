//! Breaks the shell scripts in `tools/smoke`, one small change at a time, and runs their tests on each: does a test fail?
//!
//!     smoke-mutants TEST_PROGRAM [PART_OF_A_SCRIPT'S_NAME]
//!
//! TEST_PROGRAM is what `cargo test --package boot256-smoke-tests --no-run` builds; it takes the scripts of the
//! folder that the environment's SMOKE_SCRIPTS names. Survivors that cannot be killed are in `survivors.txt`, with the
//! reason.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io, thread};

/// The tests that a script is held by: parts of their names.
const HELD_BY: &[(&str, &[&str])] = &[
    ("common.sh", &["qemu::", "proxmox::", "xen::", "openstack_raw::"]),
    ("qemu-machine.sh", &["qemu::"]),
    ("qemu.sh", &["qemu::"]),
    ("pxe.sh", &["qemu::"]),
    ("virsh.sh", &["libvirt::"]),
    ("virtualbox.sh", &["virtualbox::", "virtualbox_vmdk::"]),
    ("proxmox.sh", &["proxmox::", "qemu::command_lines"]),
    ("xen.sh", &["xen::", "xen_qcow2::"]),
    ("incus.sh", &["incus::"]),
    ("openstack.sh", &["openstack::", "openstack_raw::"]),
    ("kubevirt.sh", &["kubevirt::", "kubevirt_container_disk::"]),
    ("vmware.sh", &["vmware_esxi::", "vmware_workstation::"]),
];

/// Texts that are changed where they stand, and into what.
const SWAPS: &[(&str, &str)] = &[
    (" == ", " != "),
    (" && ", " || "),
    (" || ", " && "),
    ("[[ ! ", "[[ "),
    ("$START", "$OPEN"),
    ("$OPEN", "$START"),
    ("$PRESS", "$START"),
    ("$STILL_ON", "$START"),
    ("$OTHER_END", "$START"),
    ("$USAGE", "$START"),
    ("$shorter", "$longer"),
    ("$longer", "$shorter"),
    ("create ", "run "),
    ("drop ", "launch "),
];

/// Where the scripts are in the tree.
const SCRIPTS: &str = "tools/smoke";

/// Machines that mostly wait: more at a time than cores.
const AT_A_TIME: usize = 4;

/// How many mutants there are from one word of how far it is to the next.
const PROGRESS: usize = 20;

/// Seconds for a step of a run that should go well: less than the tests have, for here most runs hang.
const PATIENCE: &str = "8";

/// A script with one change.
#[derive(Debug)]
struct Mutant {
    script: &'static str,
    line: usize,
    what: String,
    text: String,
}

fn mutants(script: &'static str, text: &str) -> Vec<Mutant> {
    let lines: Vec<&str> = text.lines().collect();
    let mut all = Vec::new();
    // What stands in a text for people, or is shellcheck's, is not a program's.
    let mut quiet = false;
    for (at, line) in lines.iter().enumerate() {
        let word = line.trim_start();
        quiet |= word.starts_with("about ");
        if quiet || word.is_empty() || word.starts_with('#') {
            quiet &= !line.ends_with('\'') && !line.ends_with('"');
            continue;
        }
        let mut change = |what: String, new: Option<String>| {
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            match new {
                Some(new) => changed[at] = new,
                None => drop(changed.remove(at)),
            }
            all.push(Mutant { script, line: at + 1, what, text: changed.join("\n") + "\n" });
        };
        change(format!("without: {word}"), None);
        for (from, to) in SWAPS {
            for (place, _) in line.match_indices(from) {
                let new = format!("{}{to}{}", &line[..place], &line[place + from.len()..]);
                change(format!("{from:?} -> {to:?}: {word}"), Some(new));
            }
        }
        // An option, with what it may carry.
        for option in line.split_whitespace().skip(1).filter(|word| word.starts_with('-') && word.len() > 1) {
            change(format!("without {option}: {word}"), Some(line.replacen(&format!(" {option}"), "", 1)));
        }
    }
    all
}

/// Does a test fail for it? `root` is the tree.
fn is_killed(mutant: &Mutant, root: &Path, tests: &Path) -> io::Result<bool> {
    // As in the tree: a script looks for the images beside its folder's.
    let folder = tempfile::tempdir()?;
    let scripts = folder.path().join(SCRIPTS);
    fs::create_dir_all(&scripts)?;
    symlink(root.join("build"), folder.path().join("build"))?;
    for entry in fs::read_dir(root.join(SCRIPTS))? {
        let path = entry?.path();
        if path.is_file() {
            fs::copy(&path, scripts.join(path.file_name().expect("a name")))?;
        }
    }
    fs::write(scripts.join(mutant.script), &mutant.text)?;
    let (_, held_by) = HELD_BY.iter().find(|(script, _)| *script == mutant.script).expect("it is in the list");
    // What goes wrong where all should go well is seen soonest.
    let well: Vec<String> = held_by.iter().map(|test| format!("{test}goes_well")).collect();
    for filter in [well, held_by.iter().map(|&test| test.to_owned()).collect()] {
        let status = Command::new(tests)
            // The harness stops at the first failure only where unstable options are open.
            .args(["-Zunstable-options", "--fail-fast"])
            .args(filter)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("SMOKE_SCRIPTS", &scripts)
            .env("SMOKE_PATIENCE", PATIENCE)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn main() -> io::Result<ExitCode> {
    let mut words = env::args_os().skip(1);
    let tests =
        PathBuf::from(words.next().ok_or_else(|| io::Error::other("usage: smoke-mutants TEST_PROGRAM [PART]"))?);
    let part = words.next().and_then(|word| word.into_string().ok()).unwrap_or_default();
    let root = boot256_kit::root();
    let scripts = root.join(SCRIPTS);
    let known = fs::read_to_string(root.join("tests/smoke/survivors.txt"))?;
    let known: BTreeSet<&str> =
        known.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(" | ").next()).collect();
    let mut all = Vec::new();
    for (script, _) in HELD_BY.iter().filter(|(script, _)| script.contains(&part)) {
        let text = fs::read_to_string(scripts.join(script))?;
        let all_of_it = mutants(script, &text);
        // Else its tests would notice each of its mutants, and say nothing by it.
        if is_killed(&Mutant { script, line: 0, what: "nothing".into(), text }, &root, &tests)? {
            return Err(io::Error::other(format!("the tests of {script} fail as it is: no mutant is tried")));
        }
        all.extend(all_of_it);
    }
    let (next, survivors) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(mutant) = all.get(n) else { break };
                    if n % PROGRESS == 0 {
                        eprintln!("boot256: mutant {n} of {}: {}", all.len(), mutant.script);
                    }
                    let name = format!("{}: {}", mutant.script, mutant.what);
                    if !is_killed(mutant, &root, &tests).expect("the tests run") {
                        println!("{}:{}: survives {}", mutant.script, mutant.line, mutant.what);
                        survivors.lock().expect("no panic").push(name);
                    }
                }
            });
        }
    });
    let survivors = survivors.into_inner().expect("no panic");
    let new: Vec<&String> = survivors.iter().filter(|name| !known.contains(name.as_str())).collect();
    println!(
        "{} mutants, {} killed, {} survive, {} of them known",
        all.len(),
        all.len() - survivors.len(),
        survivors.len(),
        survivors.len() - new.len()
    );
    Ok(if new.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
