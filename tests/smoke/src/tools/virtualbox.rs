//! `VBoxManage`. (`make test-virtualbox` runs the real VirtualBox.)
//!
//! Grammar: VirtualBox 7.2's manual, and what 7.2.22 took when it was run.

use super::{Error, Given, refuses, says};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::world::{Power, Shared, State, call as connect};

const MACHINE: &[Kind] = &[Kind::Name];

/// `VBoxManage`.
pub const VBOXMANAGE: Tool = Tool {
    name: "VBoxManage",
    before: &[],
    commands: &[
        Command { words: &["--version"], operands: &[], options: &[], needs: &[] },
        Command { words: &["internalcommands", "sethduuid"], operands: &[Kind::File], options: &[], needs: &[] },
        Command {
            words: &["createvm"],
            operands: &[],
            options: &[
                ("--name", &[Kind::Name]),
                ("--platform-architecture", &[Kind::Of(&["x86", "arm"])]),
                ("--ostype", &[Kind::Text]),
                ("--register", &[]),
                ("--basefolder", &[Kind::Path]),
            ],
            needs: &["--name", "--register", "--basefolder", "--platform-architecture"],
        },
        Command {
            words: &["modifyvm"],
            operands: MACHINE,
            options: &[
                ("--memory", &[Kind::Number]),
                ("--acpi", &[Kind::Of(&["on", "off"])]),
                ("--firmware", &[Kind::Of(&["bios", "efi"])]),
                ("--chipset", &[Kind::Of(&["piix3", "ich9"])]),
                ("--uart1", &[Kind::Of(&["0x3F8"]), Kind::Of(&["4"])]),
                ("--uart-mode1", &[Kind::Of(&["client", "server"]), Kind::Path]),
            ],
            needs: &[],
        },
        Command {
            words: &["storagectl"],
            operands: MACHINE,
            options: &[("--name", &[Kind::Text]), ("--add", &[Kind::Of(&["ide", "sata", "floppy"])])],
            needs: &["--name", "--add"],
        },
        Command {
            words: &["storageattach"],
            operands: MACHINE,
            options: &[
                ("--storagectl", &[Kind::Text]),
                ("--port", &[Kind::Number]),
                ("--device", &[Kind::Number]),
                ("--type", &[Kind::Of(&["hdd", "dvddrive", "fdd"])]),
                ("--medium", &[Kind::File]),
            ],
            needs: &["--storagectl", "--port", "--device", "--type", "--medium"],
        },
        Command {
            words: &["startvm"],
            operands: MACHINE,
            options: &[("--type", &[Kind::Of(&["headless", "gui"])])],
            needs: &["--type"],
        },
        Command { words: &["controlvm"], operands: &[Kind::Name, Kind::Text], options: &[], needs: &[] },
        Command {
            words: &["showvminfo"],
            operands: MACHINE,
            options: &[("--machinereadable", &[])],
            needs: &["--machinereadable"],
        },
        Command { words: &["unregistervm"], operands: MACHINE, options: &[("--delete", &[])], needs: &["--delete"] },
    ],
};

/// Acts as `VBoxManage`.
///
/// # Errors
/// `VBoxManage`'s.
pub fn vboxmanage(shared: &Shared, world: &mut State, call: &Call) -> Given {
    let name = call.operands.first().map_or("", String::as_str);
    match call.command.as_str() {
        "--version" => return says("7.2.22r170000\n"),
        "internalcommands sethduuid" => drop(world.own_uuid.insert(name.into())),
        "createvm" => {
            let name = call.option("--name").unwrap_or_default();
            world.make_new(name)?.note(call);
        }
        "modifyvm" | "storagectl" => world.machine(name)?.note(call),
        "storageattach" => {
            let medium = call.option("--medium").unwrap_or_default().to_owned();
            if call.option("--type") == Some("hdd") && !world.own_uuid.contains(&medium) {
                return Err(Error::Nonsense(format!("{medium} has the UUID of the image: VirtualBox may know that")));
            }
            let path = if medium.ends_with(".vmdk") { medium.replace(".vmdk", "-flat.vmdk") } else { medium };
            world.machine(name)?.note(call);
            world.import(&path);
        }
        "startvm" => {
            let machine = world.machine(name)?;
            machine.demand("acpi", "on")?;
            machine.demand("firmware", "bios")?;
            machine.demand("uart1", "0x3F8 4")?;
            let Some(socket) = machine.setting("uart-mode1").strip_prefix("client ").map(str::to_owned) else {
                return Err(Error::Nonsense("what is said before a client comes is lost".into()));
            };
            machine.power = Power::Paused;
            if world.has_serial() && !connect(shared, world, name, &socket) {
                world.machine(name)?.power = Power::Off;
                return refuses("NamedPipe#0 failed to connect to local socket");
            }
            world.machine(name)?.run();
        }
        "controlvm" => {
            if world.machine(name)?.is_off() {
                return refuses(format!("Machine '{name}' is not currently running"));
            }
            match call.operands[1].as_str() {
                "acpipowerbutton" => drop(world.press(name)),
                "poweroff" => world.machine(name)?.end(Power::Off),
                other => return Err(Error::Nonsense(format!("controlvm {other}"))),
            }
        }
        "showvminfo" => {
            let state = match world.machine(name)?.power {
                Power::Off => "poweroff",
                Power::Crashed => "aborted",
                Power::Paused => "paused",
                Power::Running => "running",
            };
            return says(format!("name=\"{name}\"\nVMState=\"{state}\"\nVMStateChangeTime=\"x\"\n"));
        }
        "unregistervm" => drop(world.remove(name)?),
        other => return Err(Error::Nonsense(other.into())),
    }
    says("")
}
