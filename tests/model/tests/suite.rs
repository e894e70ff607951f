//! The suite in the model machine, on the program in `build/`.

use boot256_model::coverage;
use boot256_model::engine::{Engine, SIZE};
use boot256_model::suite::{Case, arrivals, cases, check, typing};
use boot256_model::{induction, mutants, profile};
use boot256_qemu::image;

fn program() -> [u8; SIZE] {
    let bytes = std::fs::read(image::built("boot.bin")).expect("boot.bin can be read");
    bytes.try_into().expect("boot.bin is 256 bytes")
}

/// Runs `cases` and shows all that fail.
#[track_caller]
fn pass(cases: &[Case]) {
    let mut engine = Engine::new(&program()).unwrap();
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let error = check::run(&mut engine, &case.scenario).err()?;
            Some(format!("{}: {}: {error:#}", case.group, case.name))
        })
        .collect();
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
    let mut engine = Engine::new(&program()).unwrap();
    for row in profile::all() {
        // All boundaries on the first, which costs most; each platform differs in what its BIOS does there.
        let step = if row == profile::pc() { 1 } else { 7 };
        pass(&arrivals::cases(row, &mut engine, step).unwrap());
    }
}

#[test]
fn the_line_editor_is_right_for_every_input() {
    let mut engine = Engine::new(&program()).unwrap();
    // A BIOS of each kind; `make prove-editor` does it on every platform.
    for id in ["qemu-pc", "qemu-pc-serial-console", "virtualbox-ich9", "bochs-i440fx", "pc-ich8", "pc-no-pci"] {
        let proved = induction::prove(&mut engine, profile::get(id), fastrand::u64(..)).unwrap();
        assert_eq!(proved.inputs, 81 * 256 * 2);
    }
}

#[test]
fn random_typing_is_what_the_model_says() {
    let seed = std::env::var("BOOT256_SEED").map_or_else(|_| fastrand::u64(..), |text| text.parse().unwrap());
    let typed = typing::run(&mut Engine::new(&program()).unwrap(), 100_000, seed).unwrap();
    assert!(typed.bytes >= 100_000);
}

#[test]
fn every_instruction_runs_and_every_branch_goes_both_ways() {
    let missing = coverage::measure(&program()).unwrap().missing();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_sample_of_mutants_is_noticed() {
    let program = program();
    let sample: Vec<_> = mutants::all(&program).into_iter().step_by(29).collect();
    let score = mutants::run(&program, &sample).unwrap();
    score.judge(false).unwrap();
}
