//! `kubectl` and `virtctl`, of a cluster with KubeVirt and CDI.
//!
//! Grammar: kubectl 1.31's `--help`; KubeVirt's tree of 2026-08-22 (1.9), `pkg/virtctl/{imageupload,console,unpause}`;
//! the fields of the machine: `staging/src/kubevirt.io/api/core/v1/types.go`.

use super::{Error, Given, is_patient, refuses, says};
use crate::grammar::{Call, Command, Kind, Opt, Tool};
use crate::schema;
use crate::wire::Reply;
use crate::world::{Answer, Power, Shared, State};

const SPACE: Opt = ("--namespace", &[Kind::Name]);

/// `kubectl`.
pub const KUBECTL: Tool = Tool {
    name: "kubectl",
    before: &[],
    commands: &[
        Command {
            words: &["create"],
            operands: &[],
            options: &[SPACE, ("--filename", &[Kind::File])],
            needs: &["--namespace", "--filename"],
        },
        Command {
            words: &["wait"],
            operands: &[Kind::Of(&["vmi"]), Kind::Name],
            options: &[
                SPACE,
                ("--for", &[Kind::Of(&["condition=Paused", "condition=Ready"])]),
                ("--timeout", &[Kind::Text]),
            ],
            needs: &["--namespace", "--for", "--timeout"],
        },
        Command {
            words: &["delete"],
            operands: &[Kind::Of(&["vmi", "datavolume"]), Kind::Name],
            options: &[
                SPACE,
                ("--timeout", &[Kind::Text]),
                ("--ignore-not-found", &[]),
                ("--grace-period", &[Kind::Number]),
            ],
            needs: &["--namespace"],
        },
    ],
};

/// `virtctl`.
pub const VIRTCTL: Tool = Tool {
    name: "virtctl",
    before: &[],
    commands: &[
        Command {
            words: &["image-upload"],
            operands: &[Kind::Of(&["dv", "pvc"]), Kind::Name],
            options: &[
                SPACE,
                ("--size", &[Kind::Text]),
                ("--image-path", &[Kind::File]),
                ("--uploadproxy-url", &[Kind::Starts("https://")]),
                ("--insecure", &[]),
                ("--force-bind", &[]),
            ],
            needs: &["--namespace", "--size", "--image-path", "--insecure", "--uploadproxy-url", "--force-bind"],
        },
        Command { words: &["console"], operands: &[Kind::Name], options: &[SPACE], needs: &["--namespace"] },
        Command {
            words: &["unpause"],
            operands: &[Kind::Of(&["vm", "vmi"]), Kind::Name],
            options: &[SPACE],
            needs: &["--namespace"],
        },
    ],
};

/// Acts as `virtctl`.
///
/// # Errors
/// `virtctl`'s.
pub fn virtctl(_: &Shared, world: &mut State, call: &Call) -> Given {
    match call.command.as_str() {
        "image-upload" => {
            world.keep(format!("datavolume {}", call.operands[1]))?;
            world.import(call.option("--image-path").unwrap_or_default());
            says("Uploading data completed successfully\n")
        }
        "console" => {
            let name = &call.operands[0];
            if !world.has_serial() {
                return refuses("Internal error occurred: no serial console");
            }
            world.machine(name)?.demand("scheduled", "true")?;
            let stderr = format!("Successfully connected to {name} console. Press Ctrl+] or Ctrl+5 to exit console.\n");
            Ok(Answer::Line(name.clone(), Reply { stderr: stderr.into(), ..Reply::default() }))
        }
        _ => {
            world.machine(&call.operands[1])?.run();
            says("")
        }
    }
}

/// Acts as `kubectl`.
///
/// # Errors
/// `kubectl`'s.
pub fn kubectl(_: &Shared, world: &mut State, call: &Call) -> Given {
    match call.command.as_str() {
        "create" => {
            let file = call.option("--filename").unwrap_or_default();
            let yaml = std::fs::read_to_string(file).map_err(|error| Error::Refused(error.to_string()))?;
            let vmi: schema::Kind<schema::Instance> =
                serde_norway::from_str(&yaml).map_err(|error| Error::Nonsense(format!("{error} in {yaml}")))?;
            if (vmi.api_version.as_str(), vmi.kind.as_str()) != ("kubevirt.io/v1", "VirtualMachineInstance") {
                return Err(Error::Nonsense(yaml));
            }
            vmi.spec.check().map_err(|error| Error::Nonsense(format!("{error} in {yaml}")))?;
            if let Some(volume) = &vmi.spec.volumes[0].data_volume
                && !world.things.contains(&format!("datavolume {}", volume.name))
            {
                return refuses(format!("no DataVolume {}", volume.name));
            }
            let machine = world.make_new(&vmi.metadata.name)?;
            machine.settings.insert("grace".into(), vmi.spec.termination_grace_period_seconds.to_string());
            machine.power = Power::Paused;
            if vmi.spec.start_strategy.as_deref() != Some("Paused") {
                machine.run();
            }
        }
        "wait" => {
            is_patient(world, call.option("--timeout").map(|time| time.trim_end_matches('s')))?;
            let machine = world.machine(&call.operands[1])?;
            if machine.power != Power::Paused {
                return refuses("timed out waiting for the condition");
            }
            // It takes a while until a node has it.
            machine.settings.insert("scheduled".into(), "true".into());
        }
        _ => {
            let [kind, name] = &call.operands[..] else { return refuses("two words") };
            if kind == "datavolume" {
                world.throw(&format!("datavolume {name}"))?;
            } else if call.option("--grace-period").is_some() {
                // Killed, whatever the guest does.
                let gone = world.machines.remove(name).is_some();
                if !gone && call.option("--ignore-not-found").is_none() {
                    return refuses("not found");
                }
            } else {
                is_patient(world, call.option("--timeout").map(|time| time.trim_end_matches('s')))?;
                let grace: u32 = world.machine(name)?.setting("grace").parse().unwrap_or_default();
                let patience: u32 =
                    call.option("--timeout").and_then(|time| time.strip_suffix('s')?.parse().ok()).unwrap_or(u32::MAX);
                if grace <= patience {
                    return Err(Error::Nonsense("a power cut could be mistaken for the button's work".into()));
                }
                if !world.press(name) {
                    return refuses(format!("timed out waiting for the condition on virtualmachineinstances/{name}"));
                }
                world.machines.remove(name);
            }
        }
    }
    says("")
}
