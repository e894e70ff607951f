//! The scripts of `tools/smoke` against stand-ins: every step refused, interrupted, and every fault of a guest.

mod density;
mod hyper_v;
mod long;
mod qemu;
mod storm;
mod substitutions;

use boot256_smoke_tests::check::{self, Places, Verdict};
use boot256_smoke_tests::doors::{DOORS, Door};

fn places() -> Places {
    check::places(env!("CARGO_BIN_EXE_stand-in"))
}

#[track_caller]
fn holds(verdict: Verdict) {
    if let Err(what) = verdict {
        panic!("{what}");
    }
}

fn door(name: &str) -> &'static Door {
    DOORS.iter().find(|door| door.name == name).expect("a door of this name")
}

#[track_caller]
fn commands(name: &str) -> Vec<String> {
    check::goes_well(&places(), door(name)).unwrap_or_else(|what| panic!("{what}"))
}

/// A VMDK in two files, without the other one.
#[test]
fn half_a_vmdk() {
    use boot256_smoke_tests::guest::Fault;
    use boot256_smoke_tests::world::Plan;
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("boot.vmdk");
    std::fs::copy(places().images.join("boot.vmdk"), &image).unwrap();
    let door = door("vmware-workstation");
    let words = door.call(image.to_str().unwrap(), &[]);
    let ended = places().run_words(door, words, Fault::None, Plan::Well);
    holds(check::fails(&ended, 2, "boot-flat.vmdk is missing"));
}

macro_rules! doors {
    ($($test:ident: $name:literal,)*) => {
        $(mod $test {
            use super::*;

            #[test]
            fn goes_well() {
                holds(check::goes_well(&places(), door($name)).map(drop));
            }

            #[test]
            fn each_fault_is_found() {
                holds(check::each_fault(&places(), door($name)));
            }

            #[test]
            fn each_command_refused() {
                let commands = commands($name);
                holds(check::each_command_refused(&places(), door($name), &commands));
            }

            #[test]
            fn each_command_interrupted() {
                let commands = commands($name);
                holds(check::each_command_interrupted(&places(), door($name), &commands));
            }

            #[test]
            fn what_is_missing_or_wrong() {
                holds(check::what_is_missing_or_wrong(&places(), door($name)));
            }

            #[test]
            fn a_command_hangs() {
                let commands = commands($name);
                holds(check::a_command_hangs(&places(), door($name), &commands));
            }
        })*

        #[test]
        fn every_door_is_tried() {
            let tried = [$($name),*];
            let all: Vec<&str> = DOORS.iter().map(|door| door.name).collect();
            assert_eq!(all, tried);
        }
    };
}

doors! {
    proxmox: "proxmox",
    libvirt: "libvirt",
    virtualbox: "virtualbox",
    virtualbox_vmdk: "virtualbox-vmdk",
    xen: "xen",
    xen_qcow2: "xen-qcow2",
    incus: "incus",
    openstack: "openstack",
    openstack_raw: "openstack-raw",
    kubevirt: "kubevirt",
    kubevirt_container_disk: "kubevirt-container-disk",
    vmware_esxi: "vmware-esxi",
    vmware_workstation: "vmware-workstation",
}
