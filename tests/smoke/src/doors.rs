//! The scripts that run against stand-ins, and what each of them must do.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// A script: how it is called, and what is particular to it.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// A name for this way to call it.
    pub name: &'static str,
    /// The script in `tools/smoke`.
    pub script: &'static str,
    /// The image, of those that `make all` builds.
    pub image: &'static str,
    /// The file whose content arrives at the machine's disk: the image, or what it names.
    pub content: &'static str,
    /// Options without which it does not go. `PORT` stands for a free TCP port.
    pub words: &'static [&'static str],
    /// Its environment, besides.
    pub environment: &'static [(&'static str, &'static str)],
    /// The tools that stand-ins stand for.
    pub tools: &'static [&'static str],
    /// What it says in the place of the banner.
    pub greeting: &'static str,
    /// What it says of the end.
    pub off: &'static str,
    /// How many commands clean up, after a run that went well.
    pub cleaning: usize,
    /// Commands that may be refused: they are for a case that is not this one. CLEAN: only in the
    /// clean-up; AGAIN: only for the second time, when it is asked until it says what is waited for.
    pub tolerated: &'static [&'static str],
    /// Exit codes of refused commands, by their start; 4 if none fits.
    pub codes: &'static [(&'static str, i32)],
    /// Exit code if the guest says nothing.
    pub silent: i32,
    /// Exit code if the guest does not answer.
    pub deaf: i32,
    /// Exit code if there is no serial port, and a part of what it says.
    pub no_serial: (i32, &'static str),
    /// Exit code if the guest stays on.
    pub stays_on: i32,
    /// Exit code if the guest crashes at the button, where that can be told.
    pub crashes: i32,
    /// Exit code if the line ends and the machine stays on.
    pub only_line_ends: i32,
    /// Exit code if the machine goes off and the line stays open.
    pub line_stays: i32,
    /// Words that are refused, and a part of what is said.
    pub refused: &'static [(&'static [&'static str], &'static str)],
}

const COMMON: Door = Door {
    name: "",
    script: "",
    image: "boot.qcow2",
    content: "boot.qcow2",
    words: &[],
    environment: &[],
    tools: &[],
    greeting: "ClientAPI",
    off: "",
    cleaning: 1,
    tolerated: &[],
    codes: &[],
    silent: 6,
    deaf: 8,
    no_serial: (3, ""),
    stays_on: 11,
    crashes: 12,
    only_line_ends: 11,
    line_stays: 11,
    refused: &[],
};

/// All of them.
pub const DOORS: &[Door] = &[
    Door {
        name: "proxmox",
        script: "proxmox.sh",
        tools: &["qm", "pvesh", "socat"],
        off: "stopped",
        cleaning: 2,
        tolerated: &["qm stop"],
        codes: &[("socat", 3), ("qm shutdown", 11)],
        no_serial: (3, "socat does not connect"),
        // A QEMU that has crashed is "stopped" as well.
        crashes: 0,
        refused: &[
            (&["--vmid", "x"], "--vmid: not the number of a machine: x"),
            (&["--vmid", "99"], "--vmid: not the"),
        ],
        ..COMMON
    },
    Door {
        name: "libvirt",
        script: "virsh.sh",
        tools: &["virsh"],
        off: "shutdown",
        cleaning: 2,
        tolerated: &["virsh destroy"],
        codes: &[("virsh ttyconsole", 3), ("virsh shutdown", 10), ("virsh domstate", 11)],
        no_serial: (3, " is no terminal"),
        ..COMMON
    },
    Door {
        name: "virtualbox",
        script: "virtualbox.sh",
        image: "boot.vdi",
        content: "boot.vdi",
        tools: &["VBoxManage", "socat"],
        off: "poweroff",
        cleaning: 2,
        tolerated: &["VBoxManage controlvm boot256-smoke poweroff", "VBoxManage showvminfo", "VBoxManage unregistervm"],
        codes: &[("socat", 3), ("VBoxManage controlvm boot256-smoke acpipowerbutton", 10)],
        no_serial: (6, "the banner does not come"),
        ..COMMON
    },
    Door {
        name: "virtualbox-vmdk",
        script: "virtualbox.sh",
        image: "boot.vmdk",
        content: "boot-flat.vmdk",
        tools: &["VBoxManage", "socat"],
        off: "poweroff",
        cleaning: 2,
        tolerated: &["VBoxManage controlvm boot256-smoke poweroff", "VBoxManage showvminfo", "VBoxManage unregistervm"],
        codes: &[("socat", 3), ("VBoxManage controlvm boot256-smoke acpipowerbutton", 10)],
        no_serial: (6, "the banner does not come"),
        ..COMMON
    },
    Door {
        name: "xen",
        script: "xen.sh",
        image: "boot.img",
        content: "boot.img",
        tools: &["xl", "xenstore-read"],
        off: "destroyed",
        tolerated: &["AGAIN xl domid"],
        codes: &[("xenstore-read", 3), ("xl trigger", 10)],
        no_serial: (3, "couldn't read path"),
        only_line_ends: 12,
        // The line goes with the domain.
        line_stays: 0,
        ..COMMON
    },
    Door {
        name: "xen-qcow2",
        script: "xen.sh",
        tools: &["xl", "xenstore-read"],
        off: "destroyed",
        tolerated: &["AGAIN xl domid"],
        codes: &[("xenstore-read", 3), ("xl trigger", 10)],
        no_serial: (3, "couldn't read path"),
        only_line_ends: 12,
        // The line goes with the domain.
        line_stays: 0,
        ..COMMON
    },
    Door {
        name: "incus",
        script: "incus.sh",
        tools: &["incus", "socat"],
        greeting: "ClientAPI\nsmoke: prompt",
        off: "STOPPED",
        cleaning: 2,
        codes: &[("incus console", 3), ("socat", 5), ("incus stop", 11)],
        deaf: 7,
        no_serial: (3, "no console"),
        crashes: 11,
        ..COMMON
    },
    Door {
        name: "openstack",
        script: "openstack.sh",
        tools: &["openstack", "websocat"],
        greeting: "ClientAPI\nsmoke: prompt",
        off: "SHUTOFF",
        cleaning: 2,
        codes: &[
            ("openstack console", 3),
            ("websocat", 5),
            ("openstack server stop", 10),
            ("openstack server show", 11),
        ],
        deaf: 7,
        no_serial: (3, "console port is not available"),
        line_stays: 0,
        ..COMMON
    },
    Door {
        name: "openstack-raw",
        script: "openstack.sh",
        image: "boot.img",
        content: "boot.img",
        tools: &["openstack", "websocat"],
        greeting: "ClientAPI\nsmoke: prompt",
        off: "SHUTOFF",
        cleaning: 2,
        codes: &[
            ("openstack console", 3),
            ("websocat", 5),
            ("openstack server stop", 10),
            ("openstack server show", 11),
        ],
        deaf: 7,
        no_serial: (3, "console port is not available"),
        line_stays: 0,
        ..COMMON
    },
    Door {
        name: "kubevirt",
        script: "kubevirt.sh",
        words: &["--uploadproxy", "https://proxy"],
        tools: &["kubectl", "virtctl"],
        off: "deleted",
        cleaning: 2,
        codes: &[("virtctl console", 3), ("kubectl delete --namespace default vmi boot256-smoke --timeout", 11)],
        no_serial: (3, "does not connect"),
        // A machine that has crashed is deleted as well, and one whose line is all that ends.
        crashes: 0,
        only_line_ends: 0,
        line_stays: 0,
        ..COMMON
    },
    Door {
        name: "kubevirt-container-disk",
        script: "kubevirt.sh",
        content: "",
        words: &["--container-disk", "registry/boot256", "--namespace=doors"],
        tools: &["kubectl", "virtctl"],
        off: "deleted",
        codes: &[("virtctl console", 3), ("kubectl delete --namespace doors vmi boot256-smoke --timeout", 11)],
        no_serial: (3, "does not connect"),
        crashes: 0,
        only_line_ends: 0,
        line_stays: 0,
        ..COMMON
    },
    Door {
        name: "vmware-esxi",
        script: "vmware.sh",
        image: "boot.ova",
        content: "boot.ova",
        words: &["--host", "127.0.0.1", "--port", "PORT"],
        environment: &[("GOVC_URL", "https://esxi/sdk")],
        tools: &["govc"],
        greeting: "prompt",
        off: "power cut: without VMware Tools there is no button",
        silent: 7,
        deaf: 7,
        no_serial: (3, "nobody listens at 127.0.0.1:"),
        refused: &[(&["--port", "x"], "--port: not a number: x"), (&["--host", ""], "--host is missing")],
        crashes: 0,
        ..COMMON
    },
    Door {
        name: "vmware-workstation",
        script: "vmware.sh",
        image: "boot.vmdk",
        content: "boot-flat.vmdk",
        tools: &["vmrun", "socat"],
        off: "power cut: without VMware Tools there is no button",
        cleaning: 2,
        tolerated: &["CLEAN vmrun -T ws stop"],
        codes: &[("socat", 3)],
        no_serial: (6, "the banner does not come"),
        crashes: 0,
        ..COMMON
    },
];

/// A TCP port that is free, and that no connection of another test is given by the kernel before it is used:
/// it is below the range of those (Linux: 32768 and up). Each call has another one.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    // Another run of the tests begins elsewhere.
    let start = (std::process::id() % u32::from(COUNT)) as u16;
    let mut tries = (0..COUNT).map(|_| FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT);
    tries.find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok()).expect("a free port")
}

impl Door {
    /// The words of a call: those that are always there, `more`, and the image.
    pub fn call(&self, image: &str, more: &[&str]) -> Vec<String> {
        self.words
            .iter()
            .chain(more)
            .map(|&word| if word == "PORT" { free_port().to_string() } else { word.to_owned() })
            .chain(["--name".to_owned(), "boot256-smoke".to_owned(), image.to_owned()])
            .collect()
    }

    /// The exit code where the command `line` is refused.
    pub fn code(&self, line: &str) -> i32 {
        self.codes.iter().find(|(start, _)| line.starts_with(start)).map_or(4, |(_, code)| *code)
    }

    /// May the command `line` be refused? `cleans`: it is one of those that clean up; `again`: it is given for
    /// the second time.
    pub fn tolerates(&self, line: &str, cleans: bool, again: bool) -> bool {
        self.tolerated.iter().any(|start| match start.split_once(' ') {
            Some(("CLEAN", start)) => cleans && line.starts_with(start),
            Some(("AGAIN", start)) => again && line.starts_with(start),
            _ => line.starts_with(start),
        })
    }
}
