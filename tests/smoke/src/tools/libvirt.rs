//! `virsh`. (tools/smoke/virsh.sh also runs against the real one: docs/guides/libvirt.md.)
//!
//! Grammar: virsh(1) of libvirt 9.0 to 11.3.

use super::{Error, Given, refuses, says};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::world::{Power, Shared, State, terminal};

const DOMAIN: &[Kind] = &[Kind::Name];

const fn command(words: &'static [&'static str], options: &'static [crate::grammar::Opt]) -> Command {
    Command { words, operands: DOMAIN, options, needs: &[] }
}

/// `virsh`.
pub const VIRSH: Tool = Tool {
    name: "virsh",
    before: &[],
    commands: &[
        Command { words: &["define"], operands: &[Kind::File], options: &[("--validate", &[])], needs: &[] },
        command(&["start"], &[("--paused", &[])]),
        command(&["ttyconsole"], &[]),
        command(&["resume"], &[]),
        command(&["shutdown"], &[]),
        command(&["domstate"], &[("--reason", &[])]),
        command(&["destroy"], &[]),
        command(&["undefine"], &[]),
    ],
};

/// What stands between `start` and `end` in `text` for the first time.
pub(super) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inner, _)| inner)
}

/// Acts as `virsh`.
///
/// # Errors
/// `virsh`'s.
pub fn virsh(shared: &Shared, world: &mut State, call: &Call) -> Given {
    let name = call.operands[0].as_str();
    match call.command.as_str() {
        "define" => {
            let xml = std::fs::read_to_string(name).map_err(|error| Error::Refused(error.to_string()))?;
            let need = |start, end| {
                between(&xml, start, end).ok_or_else(|| Error::Nonsense(format!("no {start}...{end} in {xml}")))
            };
            need("<acpi/>", "<")?;
            need("<readonly/>", "<")?;
            need("<serial type='pty'>", "</serial>")?;
            need("type='qcow2'", ">")?;
            let disk = need("<source file='", "'")?;
            let name = need("<name>", "</name>")?;
            world.make_new(name)?;
            world.import(disk);
        }
        "start" => {
            let paused = call.option("--paused").is_some();
            let machine = world.machine(name)?;
            machine.power = Power::Paused;
            if !paused {
                machine.run();
            }
        }
        "ttyconsole" => {
            if !world.has_serial() {
                return says("\n");
            }
            world.machine(name)?;
            return says(format!("{}\n\n", terminal(shared, world, name)));
        }
        "resume" => world.machine(name)?.run(),
        // It presses the button, no more.
        "shutdown" => drop(world.press(name)),
        "domstate" => {
            let state = match world.machine(name)?.power {
                Power::Off => "shut off (shutdown)",
                Power::Crashed => "shut off (crashed)",
                Power::Paused => "paused (user)",
                Power::Running => "running (booted)",
            };
            return says(format!("{state}\n\n"));
        }
        "destroy" => {
            let machine = world.machine(name)?;
            if machine.is_off() {
                return refuses("Requested operation is not valid: domain is not running");
            }
            machine.end(Power::Off);
        }
        "undefine" => drop(world.remove(name)?),
        other => return Err(Error::Nonsense(other.into())),
    }
    says("")
}
