//! `incus`.
//!
//! Grammar: Incus 7.3 of 2026-08-22, `cmd/incus/{image,create,action,console,delete,list}.go`. That the console's
//! first megabyte is kept, and that a CSM wants secure boot off: `internal/server/instance/drivers`.

use super::{Error, Given, is_patient, refuses, says};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::world::{Power, Shared, State};

/// `incus`.
pub const INCUS: Tool = Tool {
    name: "incus",
    before: &[],
    commands: &[
        Command {
            words: &["image", "import"],
            operands: &[Kind::File, Kind::File],
            options: &[("--alias", &[Kind::Name])],
            needs: &["--alias"],
        },
        Command { words: &["image", "delete"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command {
            words: &["create"],
            operands: &[Kind::Name, Kind::Name],
            options: &[("--vm", &[]), ("--config", &[Kind::Text]), ("--profile", &[Kind::Name])],
            needs: &["--vm"],
        },
        Command { words: &["start"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command { words: &["console"], operands: &[Kind::Name], options: &[("--show-log", &[])], needs: &[] },
        Command {
            words: &["stop"],
            operands: &[Kind::Name],
            options: &[("--timeout", &[Kind::Number]), ("--force", &[])],
            needs: &[],
        },
        Command {
            words: &["list"],
            operands: &[Kind::Name],
            options: &[("--format", &[Kind::Of(&["csv", "json"])]), ("--columns", &[Kind::Of(&["ns"])])],
            needs: &["--format", "--columns"],
        },
        Command { words: &["delete"], operands: &[Kind::Name], options: &[("--force", &[])], needs: &["--force"] },
    ],
};

/// Acts as `incus`.
///
/// # Errors
/// `incus`'s.
pub fn incus(_: &Shared, world: &mut State, call: &Call) -> Given {
    let name = call.operands[0].as_str();
    match call.command.as_str() {
        "image import" => {
            let metadata = std::fs::read(name).unwrap_or_default();
            let metadata = String::from_utf8_lossy(&metadata);
            if !(metadata.contains("metadata.yaml") && metadata.contains("architecture: x86_64\ncreation_date: ")) {
                return Err(Error::Nonsense("no metadata.yaml in the first tarball".into()));
            }
            world.keep(format!("image {}", call.option("--alias").unwrap_or_default()))?;
            world.import(&call.operands[1]);
        }
        "image delete" => world.throw(&format!("image {name}"))?,
        "create" => {
            if !world.things.contains(&format!("image {name}")) {
                return refuses("Image not found");
            }
            world.make_new(&call.operands[1])?.note(call);
        }
        "start" => {
            let machine = world.machine(name)?;
            machine.demand("security.csm", "true")?;
            machine.demand("security.secureboot", "false")?;
            machine.run();
        }
        "console" => {
            if call.option("--show-log").is_none() {
                return refuses("inappropriate ioctl for device");
            }
            if !world.has_serial() {
                return refuses("Instance has no console");
            }
            return says(world.machine(name)?.said.clone());
        }
        "stop" => {
            is_patient(world, call.option("--timeout"))?;
            if !world.press(name) {
                return refuses("Failed shutting down instance, status is \"Running\": context deadline exceeded");
            }
        }
        "list" => {
            let state = match world.machine(name)?.power {
                Power::Off => "STOPPED",
                Power::Crashed => "ERROR",
                Power::Paused => "FROZEN",
                Power::Running => "RUNNING",
            };
            return says(format!("{name},{state}\n"));
        }
        "delete" => {
            world.machine(name)?.end(Power::Off);
            world.remove(name)?;
        }
        other => return Err(Error::Nonsense(other.into())),
    }
    says("")
}
