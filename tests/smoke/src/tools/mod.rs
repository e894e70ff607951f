//! The tools, one a file: grammar as documented, behaviour as far as the scripts can see it.

pub mod incus;
pub mod kubevirt;
pub mod libvirt;
pub mod openstack;
pub mod proxmox;
pub mod socat;
pub mod virtualbox;
pub mod vmware;
pub mod xen;

use crate::grammar::{Call, Tool};
use crate::wire::Reply;
use crate::world::{Answer, Machine, Power, Shared, State};

/// Why a tool does not do what it is told.
#[derive(Debug)]
pub enum Error {
    /// The command line is none of its own.
    Nonsense(String),
    /// It makes sense, but not now.
    Refused(String),
}

/// What a tool gives.
pub type Given = Result<Answer, Error>;

type Act = fn(&Shared, &mut State, &Call) -> Given;

/// Every tool and what acts for it.
const TOOLS: &[(Tool, Act)] = &[
    (proxmox::QM, proxmox::qm),
    (proxmox::PVESH, proxmox::pvesh),
    (socat::SOCAT, socat::socat),
    (libvirt::VIRSH, libvirt::virsh),
    (virtualbox::VBOXMANAGE, virtualbox::vboxmanage),
    (xen::XL, xen::xl),
    (xen::XENSTORE_READ, xen::xenstore_read),
    (incus::INCUS, incus::incus),
    (openstack::OPENSTACK, openstack::openstack),
    (openstack::WEBSOCAT, openstack::websocat),
    (kubevirt::KUBECTL, kubevirt::kubectl),
    (kubevirt::VIRTCTL, kubevirt::virtctl),
    (vmware::GOVC, vmware::govc),
    (vmware::VMRUN, vmware::vmrun),
];

/// Has the tool `name` act on a command line.
///
/// # Errors
/// The tool's own.
pub fn answer(shared: &Shared, world: &mut State, name: &str, words: &[String]) -> Given {
    let (tool, act) = TOOLS
        .iter()
        .find(|(tool, _)| tool.name == name)
        .ok_or_else(|| Error::Nonsense(format!("{name}: no stand-in of that name")))?;
    let call = tool.parse(words).map_err(Error::Nonsense)?;
    act(shared, world, &call)
}

/// It has worked, and says `text`.
fn says(text: impl Into<Vec<u8>>) -> Given {
    Ok(Answer::Reply(Reply { stdout: text.into(), ..Reply::default() }))
}

/// The tool's own patience must end before the script's, which would kill it in the midst.
fn is_patient(world: &State, seconds: Option<&str>) -> Result<(), Error> {
    match seconds.and_then(|seconds| seconds.parse::<u32>().ok()) {
        Some(seconds) if seconds <= world.patience => Ok(()),
        _ => Err(Error::Nonsense(format!("{seconds:?} s, and the script waits {} s", world.patience))),
    }
}

fn refuses(why: impl Into<String>) -> Given {
    Err(Error::Refused(why.into()))
}

impl State {
    /// The machine `name`.
    fn machine(&mut self, name: &str) -> Result<&mut Machine, Error> {
        self.machines.get_mut(name).ok_or_else(|| Error::Refused(format!("no machine {name}")))
    }

    /// Makes a machine that must not be there yet.
    fn make_new(&mut self, name: &str) -> Result<&mut Machine, Error> {
        if self.machines.contains_key(name) {
            return Err(Error::Refused(format!("{name} already exists")));
        }
        Ok(self.make(name))
    }

    /// Removes a machine, which must be off.
    fn remove(&mut self, name: &str) -> Result<Machine, Error> {
        let machine = self.machine(name)?;
        if !machine.is_off() {
            return Err(Error::Refused(format!("{name} is running")));
        }
        Ok(self.machines.remove(name).expect("it is there"))
    }

    /// Keeps a thing of this name, which must be new.
    fn keep(&mut self, thing: String) -> Result<(), Error> {
        if self.things.insert(thing.clone()) { Ok(()) } else { Err(Error::Refused(format!("{thing} already exists"))) }
    }

    /// Throws a thing away.
    fn throw(&mut self, thing: &str) -> Result<(), Error> {
        if self.things.remove(thing) { Ok(()) } else { Err(Error::Refused(format!("no {thing}"))) }
    }
}

impl Machine {
    fn is_off(&self) -> bool {
        matches!(self.power, Power::Off | Power::Crashed)
    }

    /// Notes every option of a call as a setting.
    fn note(&mut self, call: &Call) {
        for (name, values) in &call.options {
            for value in values {
                // An option that may come again: key=value.
                let (name, value) = match value.split_once('=') {
                    Some((key, value)) if name.ends_with("config") || name.ends_with("property") => (key, value),
                    _ => (name.trim_start_matches('-'), value.as_str()),
                };
                self.settings.insert(name.into(), value.into());
            }
        }
    }

    fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// Fails unless the setting `name` is `value`: the platform would not boot the image, or not be heard.
    fn demand(&self, name: &str, value: &str) -> Result<(), Error> {
        match self.setting(name) {
            set if set == value => Ok(()),
            set => Err(Error::Nonsense(format!("the machine's {name} is {set:?}, it must be {value:?}"))),
        }
    }
}
