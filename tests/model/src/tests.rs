//! The suite in the model machine, on the program in `build/`.

use crate::engine::Engine;
use crate::platforms::{self, PLATFORMS};
use crate::suite::{Case, arrivals, cases, typing};
use crate::{coverage, induction, mutants, program};

fn engine() -> Engine {
    Engine::new(&program().unwrap())
}

/// Runs `cases` and shows all that fail.
#[track_caller]
fn pass(cases: &[Case]) {
    let mut engine = engine();
    let failed: Vec<String> =
        cases.iter().filter_map(|case| Some(format!("{:#}", case.run(&mut engine).err()?))).collect();
    assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn the_table_of_the_line_editor_holds() {
    pass(&cases::editing());
}

#[test]
fn it_starts_however_the_firmware_enters() {
    pass(&cases::start());
}

#[test]
fn it_works_on_every_platform() {
    pass(&cases::profiles());
}

#[test]
fn faults_stop_nothing_that_must_go_on() {
    pass(&cases::faults());
}

#[test]
fn what_arrives_between_any_two_instructions_is_not_lost() {
    let mut engine = engine();
    for row in &PLATFORMS {
        // All boundaries on the first, which costs most; each platform differs in what its BIOS does there.
        let step = if row == platforms::pc() { 1 } else { 7 };
        pass(&arrivals::cases(row, &mut engine, step).unwrap());
    }
}

#[test]
fn the_line_editor_is_right_for_every_input() {
    let mut engine = engine();
    // A BIOS of each kind; `make prove-editor` does it on every platform.
    for id in [
        "QEMU, Proxmox: pc",
        "QEMU, Proxmox: pc, BIOS console on COM1",
        "VirtualBox, ICH9 chipset",
        "Bochs, i440FX",
        "PC with ICH8",
        "PC without PCI, INT 1Ah sets carry",
    ] {
        let steps = induction::prove(&mut engine, platforms::get(id), fastrand::u64(..)).unwrap();
        assert!(steps > 81 * 256 * 2 + 82 * 256);
    }
}

#[test]
fn random_typing_is_what_the_model_says() {
    let seed = std::env::var("BOOT256_SEED").map_or_else(|_| fastrand::u64(..), |text| text.parse().unwrap());
    assert!(typing::run(&mut engine(), 100_000, seed).unwrap() >= 100_000);
}

#[test]
fn every_instruction_runs_and_every_branch_goes_both_ways() {
    let (_, missing) = coverage::measure(&program().unwrap()).unwrap();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_sample_of_mutants_is_noticed() {
    let program = program().unwrap();
    let sample: Vec<_> = mutants::all(&program).into_iter().step_by(29).collect();
    mutants::run(&program, &sample, false).unwrap();
}
