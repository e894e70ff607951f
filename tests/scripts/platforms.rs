//! The scripts whose platforms are not here: every command refused, every command interrupted, a tool that hangs or is
//! missing, with one program in the place of all tools (`fake`). What the platform itself does, only a run there tells.

use std::fs;
use std::path::Path;
use std::thread;

use boot256_kit::root;
use rustix::process::Signal;

use crate::run::{Place, Said, built, script};

/// A script, and what is particular to it.
struct Door {
    script: &'static str,
    image: &'static str,
    /// Options without which it does not go, PORT and WORLD filled in.
    words: &'static [&'static str],
    tools: &'static [&'static str],
    /// What it says before the answer, and of the end.
    greeting: &'static str,
    off: &'static str,
    /// How many commands clean up.
    cleaning: usize,
    /// How the commands begin that make something: a signal waits for their end.
    makes: &'static [&'static str],
    /// Commands that may be refused once, besides those that are given again: what they ask is asked until it is so.
    asks: &'static [&'static str],
    /// Exit codes of refused commands, by their beginning; 4 else.
    codes: &'static [(&'static str, i32)],
}

const LATE: &str = "ClientAPI\nsmoke: prompt";
const CUT: &str = "power cut: without VMware Tools there is no button";

const COMMON: Door = Door {
    script: "",
    image: "boot.qcow2",
    words: &[],
    tools: &[],
    greeting: "ClientAPI",
    off: "",
    cleaning: 2,
    makes: &[],
    asks: &[],
    codes: &[],
};
/// What the scripts may call besides their tools: a tool that is here is not on every host.
const SYSTEM: &[&str] = &[
    "cat", "chmod", "cp", "date", "dd", "dirname", "grep", "ls", "mkdir", "rm", "sed", "sh", "sleep", "tar", "timeout",
    "tr", "uname",
];

/// A run of a door that has ended, and the world after it.
#[derive(Debug)]
struct Ended {
    said: Said,
    log: Vec<String>,
    made: usize,
}

impl Door {
    /// Runs it by `shell`, without the tool `missing`.
    fn run(&self, shell: &[&str], missing: &str, more: &[&str], plan: &str) -> Ended {
        let place = Place::new();
        for tool in self.tools.iter().filter(|tool| **tool != missing) {
            // socat is none of theirs, and as it is.
            let path = if *tool == "socat" { "/usr/bin/socat".into() } else { root().join("tests/scripts/fake") };
            place.link(path, tool);
        }
        for tool in SYSTEM {
            // With BusyBox's shell, its other programs.
            let folder = if shell == ["busybox", "sh"] { "/bin/busybox" } else { "/usr/bin" };
            let path = if folder.ends_with("busybox") { folder.into() } else { Path::new(folder).join(tool) };
            place.link(path, tool);
        }
        let world = place.file("world");
        fs::create_dir(world.join("made")).unwrap();
        // An OVA that declares a serial port: another one would be COM2.
        fs::write(world.join("devices"), "ide-200 VirtualIDEController\nserialport-9000 VirtualSerialPort\n").unwrap();
        let port = free_port().to_string();
        let fill = |word: &&'static str| match *word {
            "PORT" => port.clone(),
            "WORLD" => world.to_str().unwrap().to_owned(),
            word => word.to_owned(),
        };
        let (script, image, probe) = (script(self.script), built(self.image), built("boot256-probe"));
        let words: Vec<String> = self.words.iter().map(fill).collect();
        let fixed = ["--name", "boot256-smoke", "--probe", &probe, &image];
        let shell = shell.iter().map(|word| if *word == "busybox" { "/bin/busybox" } else { word });
        let words = shell.chain([script.as_str()]).chain(words.iter().map(String::as_str)).chain(more.iter().copied());
        let mut command = place.command(words.chain(fixed));
        command.env("PATH", place.file("bin")).env("FAKE_PLAN", plan);
        let said = place.start(&mut command).wait();
        let log = fs::read_to_string(world.join("log")).unwrap_or_default().lines().map(Into::into).collect();
        let made = fs::read_dir(world.join("made")).unwrap().count() + usize::from(world.join("on").exists());
        Ended { said, log, made }
    }

    fn well(&self, shell: &[&str]) -> Vec<String> {
        let ended = self.run(shell, "", &[], "");
        let lines = format!("smoke: {}\nsmoke: hello -> olleh\nsmoke: off ({})\nsmoke: ok\n", self.greeting, self.off);
        ended.said.is_good(&lines);
        assert_eq!(ended.made, 0, "something is left: {ended:?}");
        ended.log
    }

    /// What is to come of the command at `at`.
    fn refused(&self, log: &[String], at: usize) {
        let line = &log[at];
        let ended = self.run(&["/bin/sh"], "", &[], &format!("{} refuse", at + 1));
        if log[..at].contains(line) || self.asks.iter().any(|start| line.starts_with(start)) {
            assert_eq!((ended.said.exit, ended.made, &*ended.said.stderr), (Some(0), 0, ""), "{line}: {ended:?}");
        } else if at < log.len() - self.cleaning {
            let code = self.codes.iter().find(|(start, _)| line.starts_with(start)).map_or(4, |(_, code)| *code);
            ended.said.fails(code, "refused here");
            assert_eq!(ended.made, 0, "{line}: {ended:?}");
        } else {
            // Of a clean-up, the rest is done all the same.
            let (said, stderr) = (&ended.said, &ended.said.stderr);
            let is_told = stderr.starts_with("smoke: FAIL: left behind: ") && stderr.contains("refused here");
            assert!(said.exit == Some(13) && is_told && said.left.is_empty() && ended.made <= 1, "{line}: {ended:?}");
        }
    }

    fn interrupted(&self, log: &[String], at: usize) {
        let line = &log[at];
        let cleans = at >= log.len() - self.cleaning;
        let waits = cleans
            || log[..at].contains(line)
            || [self.makes, self.asks].concat().iter().any(|start| line.starts_with(start));
        let signal = [Signal::INT, Signal::TERM, Signal::HUP][at % 3].as_raw();
        let plan = format!("{} {signal} {}", at + 1, if waits { "go" } else { "hang" });
        let ended = self.run(&["/bin/sh"], "", &[], &plan);
        // A clean-up goes on to its end.
        let code = if cleans { 0 } else { 128 + signal };
        let clean = (ended.said.exit, &*ended.said.stderr, ended.made) == (Some(code), "", 0);
        assert!(clean && ended.said.left.is_empty(), "not {code} of {plan} in {line}: {ended:?}");
    }

    /// Everything.
    fn holds(&self) {
        let log = self.well(&["/bin/sh"]);
        for shell in [&["/bin/bash"][..], &["busybox", "sh"]] {
            assert_eq!(self.well(shell).len(), log.len(), "{shell:?}");
        }
        for tool in self.tools {
            self.run(&["/bin/sh"], tool, &[], "").said.fails(4, &format!("{tool} is missing ("));
        }
        thread::scope(|scope| {
            scope.spawn(|| (0..log.len()).for_each(|at| self.refused(&log, at)));
            scope.spawn(|| (0..log.len()).for_each(|at| self.interrupted(&log, at)));
            let first = log.iter().position(|line| self.makes.iter().any(|start| line.starts_with(start)));
            // What has not returned in time may have been made: it is removed, or said to be left.
            let ended = self.run(&["/bin/sh"], "", &["--timeout", "2"], &format!("{} hang", first.unwrap_or(0) + 1));
            assert_eq!((ended.said.exit, ended.said.left.len()), (Some(4), 0), "{ended:?}");
            assert!(ended.said.stderr.contains("does not return in"), "{ended:?}");
        });
    }
}

/// A TCP port that is free, below those that the kernel gives to others (Linux: 32768 and up).
fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + (std::process::id() % 10_000) as u16;
    let mut ports = (0..1000).map(|_| start + NEXT.fetch_add(1, Ordering::Relaxed) % 1000);
    ports.find(|&port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()).expect("a free port")
}

macro_rules! doors {
    ($($test:ident: $door:expr;)*) => {
        $(#[test]
        fn $test() {
            $door.holds();
        })*
    };
}

doors! {
    libvirt: Door {
        script: "virsh.sh",
        tools: &["virsh"],
        off: "shutdown",
        makes: &["virsh define"],
        asks: &["virsh domstate", "virsh destroy"],
        codes: &[("virsh ttyconsole", 3), ("virsh shutdown", 10)],
        ..COMMON
    };
    virtualbox: Door {
        script: "virtualbox.sh",
        image: "boot.vmdk",
        tools: &["VBoxManage"],
        off: "poweroff",
        makes: &["VBoxManage createvm"],
        asks: &["VBoxManage showvminfo", "VBoxManage unregistervm", "VBoxManage controlvm boot256-smoke poweroff"],
        codes: &[("VBoxManage controlvm boot256-smoke acpipowerbutton", 10)],
        ..COMMON
    };
    proxmox: Door {
        script: "proxmox.sh",
        words: &["--sockets", "WORLD"],
        tools: &["qm", "pvesh"],
        off: "stopped",
        makes: &["qm create"],
        asks: &["qm stop"],
        codes: &[("qm shutdown", 11)],
        ..COMMON
    };
    xen: Door {
        script: "xen.sh",
        image: "boot.img",
        tools: &["xl", "xenstore-read"],
        off: "destroyed",
        cleaning: 1,
        makes: &["xl create"],
        codes: &[("xenstore-read", 3), ("xl trigger", 10)],
        ..COMMON
    };
    incus: Door {
        script: "incus.sh",
        tools: &["incus", "socat"],
        greeting: LATE,
        off: "STOPPED",
        makes: &["incus image import", "incus create"],
        codes: &[("incus console boot256-smoke --show-log", 3), ("incus console", 5), ("incus stop", 11)],
        ..COMMON
    };
    openstack: Door {
        script: "openstack.sh",
        tools: &["openstack", "websocat"],
        greeting: LATE,
        off: "SHUTOFF",
        makes: &["openstack image create", "openstack server create"],
        asks: &["openstack server show"],
        codes: &[("openstack console", 3), ("websocat", 5), ("openstack server stop", 10)],
        ..COMMON
    };
    kubevirt: Door {
        script: "kubevirt.sh",
        words: &["--uploadproxy", "https://proxy"],
        tools: &["kubectl", "virtctl"],
        off: "deleted",
        makes: &["virtctl image-upload", "kubectl create"],
        codes: &[("virtctl console", 3), ("kubectl delete --namespace default vmi boot256-smoke --timeout", 11)],
        ..COMMON
    };
    vmware_esxi: Door {
        script: "vmware.sh",
        image: "boot.ova",
        words: &["--host", "127.0.0.1", "--port", "PORT"],
        tools: &["govc"],
        greeting: "prompt",
        off: CUT,
        cleaning: 1,
        makes: &["govc import.ova"],
        codes: &[("govc vm.power -off", 10)],
        ..COMMON
    };
    vmware_workstation: Door {
        script: "vmware.sh",
        image: "boot.vmdk",
        tools: &["vmrun"],
        off: CUT,
        asks: &["vmrun -T ws deleteVM"],
        codes: &[("vmrun -T ws stop", 10)],
        ..COMMON
    };
}
