//! `govc` and `vmrun`.
//!
//! Grammar: govmomi 0.54's `govc/USAGE.md` (2026-08-21); VMware's "Using vmrun to Control Virtual Machines":
//! `vmrun [-T ws|fusion|player] COMMAND PATH.vmx ...`, `start ... gui|nogui`, `stop ... hard|soft`, `list`, `deleteVM`.

use super::{Error, Given, refuses, says};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::world::{Power, Shared, State, call as connect, open_port};

/// `govc`.
pub const GOVC: Tool = Tool {
    name: "govc",
    before: &[],
    commands: &[
        Command {
            words: &["import.ova"],
            operands: &[Kind::File],
            options: &[("-name", &[Kind::Name])],
            needs: &["-name"],
        },
        Command { words: &["device.serial.add"], operands: &[], options: &[("-vm", &[Kind::Name])], needs: &["-vm"] },
        Command {
            words: &["device.serial.connect"],
            operands: &[Kind::Starts("tcp://:")],
            options: &[("-vm", &[Kind::Name]), ("-device", &[Kind::Starts("serialport-")]), ("-client", &[])],
            needs: &["-vm"],
        },
        Command {
            words: &["vm.power"],
            operands: &[Kind::Name],
            options: &[("-on", &[]), ("-off", &[]), ("-force", &[]), ("-s", &[])],
            needs: &[],
        },
        Command { words: &["vm.info"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command { words: &["vm.destroy"], operands: &[Kind::Name], options: &[], needs: &[] },
    ],
};

/// `vmrun`.
pub const VMRUN: Tool = Tool {
    name: "vmrun",
    before: &[("-T", &[Kind::Of(&["ws", "fusion", "player"])])],
    commands: &[
        Command {
            words: &["start"],
            operands: &[Kind::File, Kind::Of(&["gui", "nogui"])],
            options: &[],
            needs: &["-T"],
        },
        Command {
            words: &["stop"],
            operands: &[Kind::Path, Kind::Of(&["hard", "soft"])],
            options: &[],
            needs: &["-T"],
        },
        Command { words: &["list"], operands: &[], options: &[], needs: &["-T"] },
        Command { words: &["deleteVM"], operands: &[Kind::Path], options: &[], needs: &["-T"] },
    ],
};

/// Acts as `govc`.
///
/// # Errors
/// `govc`'s.
pub fn govc(shared: &Shared, world: &mut State, call: &Call) -> Given {
    let name = call.option("-vm").or(call.operands.first().map(String::as_str)).unwrap_or_default().to_owned();
    match call.command.as_str() {
        "import.ova" => {
            world.make_new(call.option("-name").unwrap_or_default())?;
            world.import(&call.operands[0]);
        }
        "device.serial.add" => {
            world.machine(&name)?.settings.insert("serial".into(), "serialport-9000".into());
            return says("serialport-9000\n");
        }
        "device.serial.connect" => {
            let uri = call.operands[0].clone();
            let machine = world.machine(&name)?;
            machine.demand("serial", call.option("-device").unwrap_or_default())?;
            machine.settings.insert("uri".into(), uri);
        }
        "vm.power" if call.option("-on").is_some() => {
            let machine = world.machine(&name)?;
            let port = machine.setting("uri").trim_start_matches("tcp://:").parse();
            machine.run();
            if world.has_serial() {
                let port = port.map_err(|_| Error::Nonsense("no serial port".into()))?;
                open_port(shared, &name, port).map_err(|error| Error::Refused(format!("port {port}: {error}")))?;
            }
        }
        "vm.power" if call.option("-off").is_some() && call.option("-force").is_some() => {
            world.turn_off(&name, Power::Off);
        }
        "vm.power" => return Err(Error::Nonsense("no Tools in the guest: only -on, and -off -force".into())),
        "vm.info" => {
            let state = if world.machine(&name)?.power == Power::Running { "poweredOn" } else { "poweredOff" };
            return says(format!("Name:           {name}\n  Power state:  {state}\n"));
        }
        // Off and deleted.
        "vm.destroy" => {
            world.machine(&name)?.end(Power::Off);
            world.remove(&name)?;
        }
        other => return Err(Error::Nonsense(other.into())),
    }
    says("")
}

/// Acts as `vmrun`. A machine goes by the path of its file.
///
/// # Errors
/// `vmrun`'s.
pub fn vmrun(shared: &Shared, world: &mut State, call: &Call) -> Given {
    let path = call.operands.first().cloned().unwrap_or_default();
    match call.command.as_str() {
        "start" => {
            let vmx = std::fs::read_to_string(&path).map_err(|error| Error::Refused(error.to_string()))?;
            let value = |key: &str| {
                vmx.lines()
                    .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
                    .ok_or_else(|| Error::Nonsense(format!("no {key} in {vmx}")))
            };
            for (key, wanted) in [
                (".encoding", "UTF-8"),
                ("pciBridge0.present", "TRUE"),
                ("config.version", "8"),
                ("firmware", "bios"),
                ("scsi0.present", "TRUE"),
                ("scsi0.virtualDev", "lsilogic"),
                ("scsi0:0.present", "TRUE"),
                ("serial0.present", "TRUE"),
                ("serial0.fileType", "pipe"),
                ("serial0.pipe.endPoint", "client"),
            ] {
                if value(key)? != wanted {
                    return Err(Error::Nonsense(format!("{key} is not {wanted} in {vmx}")));
                }
            }
            value("virtualHW.version")?;
            value("displayName")?;
            value("memsize")?;
            let folder = std::path::Path::new(&path).parent().unwrap_or(std::path::Path::new("/"));
            let disk = folder.join(value("scsi0:0.fileName")?);
            let flat = disk.to_string_lossy().replace(".vmdk", "-flat.vmdk");
            let socket = value("serial0.fileName")?.to_owned();
            if !disk.is_file() {
                return refuses(format!("{} is missing", disk.display()));
            }
            world.make_new(&path)?.power = Power::Paused;
            if world.has_serial() && !connect(shared, world, &path, &socket) {
                world.machines.remove(&path);
                return refuses("cannot connect the serial port");
            }
            world.import(&flat);
            world.machine(&path)?.run();
        }
        "stop" => {
            if world.machine(&path)?.is_off() {
                return refuses("The virtual machine is not powered on");
            }
            if call.operands[1] != "hard" {
                return Err(Error::Nonsense("no Tools in the guest: only hard".into()));
            }
            world.turn_off(&path, Power::Off);
        }
        "list" => {
            let running: Vec<&str> = world
                .machines
                .iter()
                .filter(|(_, machine)| machine.power == Power::Running)
                .map(|(path, _)| path.as_str())
                .collect();
            return says(format!("Total running VMs: {}\n{}\n", running.len(), running.join("\n")));
        }
        _ => {
            // What does not go off does in the end: else no test would.
            world.machine(&path)?.end(Power::Off);
            world.remove(&path)?;
        }
    }
    says("")
}
