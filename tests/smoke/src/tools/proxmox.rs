//! `qm` and `pvesh` on a node of Proxmox VE.
//!
//! Grammar: qemu-server 9.2.6 of 2026-08-17, `src/PVE/CLI/qm.pm` (`$cmddef`) and `src/PVE/API2/Qemu.pm`; each
//! option takes a value. `pvesh get PATH`: pve-manager's `PVE/CLI/pvesh.pm`.

use super::{Error, Given, is_patient, refuses, says};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::world::{Power, Shared, State};

/// `qm`.
pub const QM: Tool = Tool {
    name: "qm",
    before: &[],
    commands: &[
        Command {
            words: &["create"],
            operands: &[Kind::Number],
            options: &[
                ("--name", &[Kind::Name]),
                ("--memory", &[Kind::Number]),
                ("--serial0", &[Kind::Of(&["socket"])]),
                ("--scsihw", &[Kind::Of(&["lsi", "virtio-scsi-pci", "virtio-scsi-single", "megasas", "pvscsi"])]),
            ],
            needs: &[],
        },
        Command {
            words: &["disk", "import"],
            operands: &[Kind::Number, Kind::File, Kind::Text],
            options: &[("--target-disk", &[Kind::Starts("scsi")]), ("--format", &[Kind::Text])],
            needs: &[],
        },
        Command {
            words: &["set"],
            operands: &[Kind::Number],
            options: &[("--boot", &[Kind::Starts("order=")]), ("--freeze", &[Kind::Of(&["0", "1"])])],
            needs: &[],
        },
        Command { words: &["start"], operands: &[Kind::Number], options: &[], needs: &[] },
        Command { words: &["resume"], operands: &[Kind::Number], options: &[], needs: &[] },
        Command {
            words: &["shutdown"],
            operands: &[Kind::Number],
            options: &[("--timeout", &[Kind::Number]), ("--forceStop", &[Kind::Of(&["0", "1"])])],
            needs: &[],
        },
        Command { words: &["stop"], operands: &[Kind::Number], options: &[], needs: &[] },
        Command { words: &["status"], operands: &[Kind::Number], options: &[], needs: &[] },
        Command {
            words: &["destroy"],
            operands: &[Kind::Number],
            options: &[("--purge", &[Kind::Of(&["0", "1"])])],
            needs: &[],
        },
    ],
};

/// `pvesh`.
pub const PVESH: Tool = Tool {
    name: "pvesh",
    before: &[],
    commands: &[Command {
        words: &["get"],
        operands: &[Kind::Of(&["/cluster/nextid"])],
        options: &[("--output-format", &[Kind::Text])],
        needs: &[],
    }],
};

/// Gives the next free number.
///
/// # Errors
/// None.
pub fn pvesh(_: &Shared, _: &mut State, _: &Call) -> Given {
    says("100\n")
}

/// Acts as `qm`.
///
/// # Errors
/// `qm`'s.
pub fn qm(_: &Shared, world: &mut State, call: &Call) -> Given {
    let id = call.operands[0].as_str();
    match call.command.as_str() {
        "create" => world.make_new(id)?.note(call),
        "disk import" => {
            world.machine(id)?.note(call);
            world.import(&call.operands[1]);
        }
        "set" => world.machine(id)?.note(call),
        "start" => {
            let machine = world.machine(id)?;
            machine.demand("serial0", "socket")?;
            machine.demand("boot", &format!("order={}", machine.setting("target-disk")))?;
            machine.power = Power::Paused;
            if machine.setting("freeze") != "1" {
                machine.run();
            }
        }
        "resume" => world.machine(id)?.run(),
        "shutdown" => {
            is_patient(world, call.option("--timeout"))?;
            if !world.press(id) {
                return refuses("VM quit/powerdown failed - got timeout");
            }
        }
        "stop" => world.machine(id)?.end(Power::Off),
        "status" => {
            let state = if world.machine(id)?.power == Power::Running { "running" } else { "stopped" };
            return says(format!("status: {state}\n"));
        }
        "destroy" => drop(world.remove(id)?),
        other => return Err(Error::Nonsense(other.into())),
    }
    says("")
}
