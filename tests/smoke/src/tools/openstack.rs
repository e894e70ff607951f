//! `openstack` and `websocat`.
//!
//! Grammar: python-openstackclient's tree of 2026-08-19, `openstackclient/{image,compute}/v2`; websocat 1.x's `--help`.
//! Image properties: Glance's "useful image properties".

use super::{Error, Given, refuses, says};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::wire::Reply;
use crate::world::{Answer, Power, Shared, State};

/// `openstack`.
pub const OPENSTACK: Tool = Tool {
    name: "openstack",
    before: &[],
    commands: &[
        Command {
            words: &["image", "create"],
            operands: &[Kind::Name],
            options: &[
                ("--disk-format", &[Kind::Of(&["raw", "qcow2", "vmdk", "vhd", "vdi", "iso"])]),
                ("--container-format", &[Kind::Of(&["bare"])]),
                ("--file", &[Kind::File]),
                ("--property", &[Kind::Text]),
            ],
            needs: &["--disk-format", "--container-format", "--file"],
        },
        Command { words: &["image", "delete"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command {
            words: &["server", "create"],
            operands: &[Kind::Name],
            options: &[
                ("--image", &[Kind::Name]),
                ("--flavor", &[Kind::Text]),
                ("--no-network", &[]),
                // The first with --no-network; the environment's OS_COMPUTE_API_VERSION.
                ("--os-compute-api-version", &[Kind::Of(&["2.37"])]),
                ("--wait", &[]),
            ],
            // Without --wait there is no machine yet; without a network option the cloud chooses, or refuses.
            needs: &["--image", "--flavor", "--no-network", "--wait", "--os-compute-api-version"],
        },
        Command {
            words: &["server", "delete"],
            operands: &[Kind::Name],
            options: &[("--wait", &[])],
            needs: &["--wait"],
        },
        Command { words: &["server", "stop"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command {
            words: &["server", "show"],
            operands: &[Kind::Name],
            options: &[("-f", &[Kind::Of(&["value", "json"])]), ("-c", &[Kind::Of(&["status"])])],
            needs: &["-f", "-c"],
        },
        Command { words: &["console", "log", "show"], operands: &[Kind::Name], options: &[], needs: &[] },
        Command {
            words: &["console", "url", "show"],
            operands: &[Kind::Name],
            options: &[("--serial", &[]), ("-f", &[Kind::Of(&["value"])]), ("-c", &[Kind::Of(&["url"])])],
            needs: &["--serial", "-f", "-c"],
        },
    ],
};

/// `websocat`.
pub const WEBSOCAT: Tool = Tool {
    name: "websocat",
    before: &[],
    commands: &[Command {
        words: &[],
        operands: &[Kind::Starts("ws://")],
        options: &[("--binary", &[]), ("--protocol", &[Kind::Of(&["binary"])])],
        needs: &["--binary"],
    }],
};

/// Acts as `websocat`.
///
/// # Errors
/// `websocat`'s.
pub fn websocat(_: &Shared, world: &mut State, call: &Call) -> Given {
    let name = call.operands[0].strip_prefix("ws://cloud/?token=").unwrap_or_default();
    world.machine(name)?;
    Ok(Answer::Line(name.to_owned(), Reply::default()))
}

/// Acts as `openstack`.
///
/// # Errors
/// `openstack`'s.
pub fn openstack(_: &Shared, world: &mut State, call: &Call) -> Given {
    let name = call.operands[0].as_str();
    match call.command.as_str() {
        "image create" => {
            let properties = call.options.get("--property").cloned().unwrap_or_default();
            let cut: Option<u32> =
                properties.iter().find_map(|property| property.strip_prefix("os_shutdown_timeout=")?.parse().ok());
            if !properties.iter().any(|property| property == "hw_firmware_type=bios") {
                return Err(Error::Nonsense("the cloud may have UEFI as its default".into()));
            }
            if cut.is_none_or(|cut| cut <= world.patience) {
                return Err(Error::Nonsense("a power cut could be mistaken for the button's work".into()));
            }
            let file = call.option("--file").unwrap_or_default();
            let ending = match file.rsplit_once('.').map(|(_, ending)| ending) {
                Some("img") => "raw",
                ending => ending.unwrap_or_default(),
            };
            if call.option("--disk-format") != Some(ending) {
                return Err(Error::Nonsense(format!("{file} is no {:?}", call.option("--disk-format"))));
            }
            world.keep(format!("image {name}"))?;
            world.import(file);
        }
        "image delete" => world.throw(&format!("image {name}"))?,
        "server create" => {
            let image = call.option("--image").unwrap_or_default();
            if !world.things.contains(&format!("image {image}")) {
                return refuses("No Image found");
            }
            world.make_new(name)?.run();
        }
        "server delete" => {
            world.machine(name)?.end(Power::Off);
            world.remove(name)?;
        }
        "server stop" => drop(world.press(name)),
        "server show" => {
            let state = match world.machine(name)?.power {
                Power::Off => "SHUTOFF",
                Power::Crashed => "ERROR",
                Power::Paused => "PAUSED",
                Power::Running => "ACTIVE",
            };
            return says(format!("{state}\n"));
        }
        "console log show" => return says(world.machine(name)?.said.clone()),
        "console url show" => {
            if !world.has_serial() {
                return refuses("The console port is not available (HTTP 400)");
            }
            return says(format!("ws://cloud/?token={name}\n"));
        }
        other => return Err(Error::Nonsense(other.into())),
    }
    says("")
}
