//! `xl` and `xenstore-read` in domain 0 of Xen.
//!
//! Grammar: xl(1), xl.cfg(5) and xenstore-read(1) of Xen's tree of 2026-08-20, `docs/man`; what `xl domid` says of no domain: `tools/xl/xl_info.c`.

use super::libvirt::between;
use super::{Error, Given, refuses, says};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::world::{Power, Shared, State, terminal};

/// The number of the one domain there is.
const DOMID: &str = "7";

/// `xl`.
pub const XL: Tool = Tool {
    name: "xl",
    before: &[],
    commands: &[
        // "configfile has to be an absolute path".
        Command { words: &["create"], operands: &[Kind::File], options: &[("-p", &[])], needs: &[] },
        Command { words: &["domid"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command { words: &["unpause"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command {
            words: &["trigger"],
            operands: &[Kind::Name, Kind::Of(&["nmi", "reset", "init", "power", "sleep", "s3resume"])],
            options: &[],
            needs: &[],
        },
        Command { words: &["destroy"], operands: &[Kind::Name], options: &[], needs: &[] },
    ],
};

/// `xenstore-read`.
pub const XENSTORE_READ: Tool = Tool {
    name: "xenstore-read",
    before: &[],
    commands: &[Command { words: &[], operands: &[Kind::Path], options: &[], needs: &[] }],
};

/// Acts as `xenstore-read`.
///
/// # Errors
/// `xenstore-read`'s.
pub fn xenstore_read(shared: &Shared, world: &mut State, call: &Call) -> Given {
    let path = &call.operands[0];
    if *path != format!("/local/domain/{DOMID}/serial/0/tty") || !world.has_serial() {
        return refuses(format!("xenstore-read: couldn't read path {path}"));
    }
    let Some(name) = world.machines.keys().next().cloned() else { return refuses("no domain") };
    says(format!("{}\n", terminal(shared, world, &name)))
}

/// Acts as `xl`.
///
/// # Errors
/// `xl`'s.
pub fn xl(_: &Shared, world: &mut State, call: &Call) -> Given {
    // Domains go by name or number.
    let first = call.operands[0].clone();
    let name = if first == DOMID { world.machines.keys().next().cloned().unwrap_or_default() } else { first };
    match call.command.as_str() {
        "create" => {
            let config = std::fs::read_to_string(&name).map_err(|error| Error::Refused(error.to_string()))?;
            for line in [
                "type = \"hvm\"",
                "bios = \"seabios\"",
                "memory = ",
                "vnc = 0",
                "on_watchdog = \"preserve\"",
                "serial = \"pty\"",
                "on_poweroff = \"destroy\"",
                "on_crash = \"preserve\"",
                "on_reboot = \"preserve\"",
                "vdev=hda",
                "access=rw",
            ] {
                if !config.contains(line) {
                    return Err(Error::Nonsense(format!("no {line} in {config}")));
                }
            }
            let domain = between(&config, "name = \"", "\"").unwrap_or_default();
            let disk = between(&config, "target=", "\"").unwrap_or_default().trim();
            let is_qcow2 = std::fs::read(disk).is_ok_and(|bytes| bytes.starts_with(b"QFI\xfb"));
            if config.contains("format=qcow2") != is_qcow2 {
                return Err(Error::Nonsense(format!("the disk's format in {config}")));
            }
            let machine = world.make_new(domain)?;
            machine.power = Power::Paused;
            if call.option("-p").is_none() {
                machine.run();
            }
            world.import(disk);
        }
        "domid" => {
            return if world.machines.contains_key(&name) {
                says(format!("{DOMID}\n"))
            } else {
                refuses(format!("Can't get domid of domain name '{name}', maybe this domain does not exist."))
            };
        }
        "unpause" => world.machine(&name)?.run(),
        "trigger" => {
            if call.operands[1] != "power" {
                return Err(Error::Nonsense(format!("xl trigger {}", call.operands[1])));
            }
            world.press(&name);
            // on_poweroff: destroyed. A crash is preserved.
            if world.machine(&name)?.power == Power::Off {
                world.machines.remove(&name);
            }
        }
        "destroy" => {
            if world.machines.remove(&name).is_none() {
                return refuses(format!("{name} is an invalid domain identifier (rc=-6)"));
            }
        }
        other => return Err(Error::Nonsense(other.into())),
    }
    says("")
}
