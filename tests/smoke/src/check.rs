//! Holds a script to what it promises: the four lines, an exit code for each fault, one line on standard
//! error, and nothing left behind, whatever happens.

use std::fs;
use std::path::PathBuf;
use std::thread;

use rustix::process::Signal;

use crate::doors::Door;
use crate::guest::Fault;
use crate::script::{Ended, Script};
use crate::world::{Plan, lock};

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder of the scripts.
    pub scripts: PathBuf,
    /// The folder of the images.
    pub images: PathBuf,
    /// The program `stand-in`.
    pub stand_in: PathBuf,
}

/// What is wrong with a script, with all that is known of the run.
pub type Verdict = Result<(), String>;

/// What the exit code for an error of the clean-up is.
const LEFT_BEHIND: i32 = 13;

/// The seconds that a step may take where one is to be too slow.
const SOON: &[&str] = &["--timeout", "4"];

impl Places {
    /// Runs the script of a door.
    pub fn run(&self, door: &Door, more: &[&str], fault: Fault, plan: Plan) -> Ended {
        let image = self.images.join(door.image);
        let words = door.call(image.to_str().expect("UTF-8"), more);
        self.run_words(door, words, fault, plan)
    }

    /// The same with these words and no others.
    pub fn run_words(&self, door: &Door, words: Vec<String>, fault: Fault, plan: Plan) -> Ended {
        let environment = door.environment.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let script = Script { path: self.scripts.join(door.script), words, tools: door.tools, environment };
        script.run(&self.stand_in, fault, plan)
    }
}

/// Fails with all that is known of a run, unless `is_so`.
fn demand(is_so: bool, what: &str, ended: &Ended) -> Verdict {
    if is_so {
        return Ok(());
    }
    let world = lock(&ended.world);
    Err(format!(
        "{what}\nexit code {:?}, left: files {:?}, machines {:?}, things {:?}, a process: {}\n-- out\n{}-- err\n{}-- commands\n{}\n",
        ended.said.exit,
        ended.files,
        world.machines.keys(),
        world.things,
        ended.said.left_process,
        ended.said.stdout,
        ended.said.stderr,
        world.log.join("\n")
    ))
}

/// Nothing is left behind, and no command line was nonsense.
fn is_clean(ended: &Ended) -> Verdict {
    demand(ended.files.is_empty(), "temporary files are left", ended)?;
    demand(!ended.said.left_process, "a process is left", ended)?;
    let (machines, things, nonsense) = {
        let world = lock(&ended.world);
        (world.machines.is_empty(), world.things.is_empty(), world.nonsense.clone())
    };
    demand(nonsense.is_empty(), &format!("no such command: {}", nonsense.join("\n")), ended)?;
    demand(machines, "a machine is left", ended)?;
    demand(things, "an image is left", ended)
}

/// Where all goes well, no `$(...)` and no `<(...)` runs once there is something to clean up: bash may lose a
/// SIGINT that comes while it ends (5.2.15 does, though the signal has a trap).
fn substitutes_nothing(ended: &Ended) -> Verdict {
    const BEFORE: &[&str] = &["cd ", "pwd", "dirname ", "realpath "];
    let is_early = |line: &str| BEFORE.iter().any(|word| line.starts_with(word));
    let late: Vec<&str> = ended.substituted.lines().filter(|line| !is_early(line)).collect();
    demand(late.is_empty(), &format!("in a substitution: {}", late.join("; ")), ended)?;
    // At least where the script itself is.
    demand(!ended.substituted.is_empty(), "substitutions are not noted", ended)
}

/// It failed with `code`, says so in one line that has `part` in it, and nothing is left.
///
/// # Errors
/// If not.
pub fn fails(ended: &Ended, code: i32, part: &str) -> Verdict {
    is_clean(ended)?;
    demand(ended.said.exit == Some(code), &format!("the exit code is not {code}"), ended)?;
    demand(ended.said.stderr.lines().count() == 1, "not one line on standard error", ended)?;
    demand(ended.said.stderr.starts_with("smoke: FAIL: "), "no line of its own on standard error", ended)?;
    demand(ended.said.stderr.contains(part), &format!("no \"{part}\" on standard error"), ended)?;
    demand(!ended.said.stdout.contains("smoke: ok"), "it says ok", ended)
}

/// All goes well. Gives the commands that it took.
///
/// # Errors
/// If it does not.
pub fn goes_well(places: &Places, door: &Door) -> Result<Vec<String>, String> {
    let ended = places.run(door, &["--timeout", &patience()], Fault::None, Plan::Well);
    is_clean(&ended)?;
    let good = format!("smoke: {}\nsmoke: hello -> olleh\nsmoke: off ({})\nsmoke: ok\n", door.greeting, door.off);
    demand(
        ended.said.exit == Some(0) && ended.said.stdout == good && ended.said.stderr.is_empty(),
        "not the four lines",
        &ended,
    )?;
    substitutes_nothing(&ended)?;
    if !door.content.is_empty() {
        let content =
            fs::read(places.images.join(door.content)).map_err(|error| format!("{}: {error}", door.content))?;
        demand(lock(&ended.world).imported == content, "another image is imported", &ended)?;
    }
    Ok(lock(&ended.world).log.clone())
}

/// Each command is refused once.
///
/// # Errors
/// If the script does not stop with the exit code and the line, or leaves something behind.
pub fn each_command_refused(places: &Places, door: &Door, commands: &[String]) -> Verdict {
    let work = commands.len() - door.cleaning;
    for (at, command) in commands.iter().enumerate() {
        let ended = places.run(door, &["--timeout", &patience()], Fault::None, Plan::Refuse(at));
        let context = |error| format!("refused: {command}\n{error}");
        if door.tolerates(command, at >= work, commands[..at].contains(command)) {
            is_clean(&ended).map_err(context)?;
            demand(ended.said.exit == Some(0) && ended.said.stderr.is_empty(), "not well", &ended).map_err(context)?;
            let asked = lock(&ended.world).log.iter().filter(|line| line.split(' ').eq(command.split(' '))).count();
            let before = commands.iter().filter(|line| *line == command).count();
            let again = commands[..at].contains(command) && at < work;
            demand(!again || asked > before, "not asked again", &ended).map_err(context)?;
        } else if at < work {
            let code = door.code(command);
            fails(&ended, code, "refused here").map_err(context)?;
        } else {
            // Of a clean-up, the rest is done all the same.
            let left = "smoke: FAIL: left behind: ";
            let is_said = ended.said.stderr.starts_with(left) && ended.said.stderr.contains("refused here");
            demand(is_said && ended.said.exit == Some(LEFT_BEHIND), "not said to be left", &ended).map_err(context)?;
            let count = {
                let world = lock(&ended.world);
                world.machines.len() + world.things.len()
            };
            demand(count <= 1 && ended.files.is_empty(), "more is left", &ended).map_err(context)?;
        }
    }
    Ok(())
}

/// A signal comes in the midst of each command.
///
/// # Errors
/// If the script does not end by it, or leaves something behind.
pub fn each_command_interrupted(places: &Places, door: &Door, commands: &[String]) -> Verdict {
    let work = commands.len() - door.cleaning;
    for (at, command) in commands.iter().enumerate() {
        let signal = [Signal::INT, Signal::TERM, Signal::HUP][at % 3];
        let ended = places.run(door, &["--timeout", &patience()], Fault::None, Plan::Interrupt(at, signal));
        let context = |error| format!("{signal:?} in: {command}\n{error}");
        is_clean(&ended).map_err(context)?;
        // A clean-up goes on to its end.
        let code = if at < work { 128 + signal.as_raw() } else { 0 };
        demand(ended.said.exit == Some(code), &format!("the exit code is not {code}"), &ended).map_err(context)?;
        demand(ended.said.stderr.is_empty(), "it says something", &ended).map_err(context)?;
    }
    Ok(())
}

/// The guest has one fault after the other, and there is no serial port.
///
/// # Errors
/// If the script does not find it, or leaves something behind.
pub fn each_fault(places: &Places, door: &Door) -> Verdict {
    let echo =
        if door.deaf == 7 { "the prompt after Enter does not come in 4 s" } else { "the echo does not come in 4 s" };
    let late = "4 s, heard ";
    let faults = [
        (Fault::Silent, door.silent, late),
        (Fault::Deaf, door.deaf, echo),
        (Fault::EchoTwice, 8, "the echo is wrong: expected "),
        (Fault::Forwards, 9, "the answer is wrong: expected "),
        (Fault::NoSecondPrompt, 7, "the prompt after the answer does not come in 4 s, heard "),
        (Fault::EndsInAnswer, 5, "the line ends before the "),
        (Fault::StaysOn, door.stays_on, ""),
        (Fault::Crashes, door.crashes, ""),
        (Fault::OnlyLineEnds, door.only_line_ends, ""),
        (Fault::LineStays, door.line_stays, ""),
    ];
    // Side by side: most of the time they wait.
    thread::scope(|scope| {
        let runs: Vec<_> = faults
            .iter()
            .map(|&(fault, code, part)| {
                scope.spawn(move || {
                    let ended = places.run(door, SOON, fault, Plan::Well);
                    let verdict = if code == 0 {
                        is_clean(&ended).and_then(|()| demand(ended.said.exit == Some(0), "not well", &ended))
                    } else {
                        fails(&ended, code, part)
                    };
                    verdict.map_err(|error| format!("{fault:?}\n{error}"))
                })
            })
            .collect();
        let ended = places.run(door, SOON, Fault::None, Plan::NoSerial);
        fails(&ended, door.no_serial.0, door.no_serial.1).map_err(|error| format!("no serial port\n{error}"))?;
        runs.into_iter().try_for_each(|run| run.join().unwrap_or_else(|_| Err("a panic".into())))
    })
}

/// Each tool is missing once, and what the door refuses is refused.
///
/// # Errors
/// If the script does not say so, or leaves something behind.
pub fn what_is_missing_or_wrong(places: &Places, door: &'static Door) -> Verdict {
    for (at, tool) in door.tools.iter().enumerate() {
        let mut tools = door.tools.to_vec();
        tools.remove(at);
        let ended = places.run(&Door { tools: tools.leak(), ..*door }, &[], Fault::None, Plan::Well);
        fails(&ended, 4, &format!("{tool} is missing (")).map_err(|error| format!("without {tool}\n{error}"))?;
    }
    for (words, message) in door.refused {
        let ended = places.run(door, words, Fault::None, Plan::Well);
        fails(&ended, 2, message).map_err(|error| format!("{words:?}\n{error}"))?;
    }
    Ok(())
}

/// A command that never returns, with a signal and without.
///
/// # Errors
/// If the script does not give up, or leaves something behind.
pub fn a_command_hangs(places: &Places, door: &Door, commands: &[String]) -> Verdict {
    // One that creates something.
    let creates = ["create", "import", "define", "image-upload", "vmrun -T ws start"];
    let at = commands.iter().position(|command| creates.iter().any(|word| command.contains(word)));
    let at = at.ok_or("nothing is created")?;
    let context = |error| format!("hangs: {}\n{error}", commands[at]);
    thread::scope(|scope| {
        let signalled = scope.spawn(|| places.run(door, SOON, Fault::None, Plan::Hang(at, Some(Signal::TERM))));
        let ended = places.run(door, SOON, Fault::None, Plan::Hang(at, None));
        demand(ended.said.exit == Some(4) && ended.files.is_empty(), "not given up", &ended).map_err(context)?;
        demand(ended.said.stderr.contains("does not return in 4 s"), "not said to hang", &ended).map_err(context)?;
        let ended = signalled.join().map_err(|_| "a panic")?;
        demand(ended.said.exit == Some(143) && ended.files.is_empty(), "not ended", &ended).map_err(context)
    })
}

/// Everything, for one door.
///
/// # Errors
/// The first fault.
pub fn all(places: &Places, door: &'static Door) -> Verdict {
    let commands = goes_well(places, door)?;
    each_fault(places, door)?;
    each_command_refused(places, door, &commands)?;
    each_command_interrupted(places, door, &commands)?;
    a_command_hangs(places, door, &commands)?;
    what_is_missing_or_wrong(places, door)
}

/// The tree's folders.
///
/// # Panics
/// Without images.
pub fn places(stand_in: &str) -> Places {
    let tree = boot256_kit::root();
    let images = tree.join("build");
    assert!(images.join("boot.qcow2").exists(), "{} has no images: run 'make all'", images.display());
    Places { scripts: scripts(), images, stand_in: stand_in.into() }
}

/// The folder of the scripts: the tree's, or where SMOKE_SCRIPTS says that broken ones are.
pub fn scripts() -> PathBuf {
    std::env::var_os("SMOKE_SCRIPTS").map_or_else(|| boot256_kit::root().join("tools/smoke"), PathBuf::from)
}

/// The seconds of a step that does not wait for what does not come: plenty, unless SMOKE_PATIENCE says otherwise.
fn patience() -> String {
    std::env::var("SMOKE_PATIENCE").unwrap_or_else(|_| "30".into())
}
