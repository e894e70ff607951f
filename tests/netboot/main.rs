//! The images over the network, by the loaders that machine rooms use: QEMU's PXE ROM, iPXE, PXELINUX,
//! ISOLINUX, GRUB and memdisk. Each starts the program, which then answers and switches off.
//!
//! A machine here has a folder that it reads by TFTP, by HTTP or as a CD. Plain `cargo test`
//! ignores all of them: they need packages that nothing else does, and minutes. `make test-netboot` runs them.

mod loaders;

use boot256_qemu::machine::Machine;
use loaders::{Folder, grub, ipxe, ipxe_by_http, isolinux, pxelinux};

/// One test a row.
macro_rules! rows {
    ($($(#[$note:meta])* $name:ident: $machine:expr;)+) => {
        $(
            $(#[$note])*
            #[test]
            #[ignore = "takes packages of its own: make test-netboot"]
            fn $name() {
                let folder = Folder::new();
                let machine: fn(&Folder) -> Machine = $machine;
                answers_and_powers_off(machine(&folder));
            }
        )+
    };
}

/// A line goes in, its answer comes out, and the power button works: COM1 and the screen are right.
#[track_caller]
fn answers_and_powers_off(machine: Machine) {
    let mut vm = machine.boot();
    vm.types(b"hello\r");
    vm.powers_off();
}

/// Where a machine finds the web server: an address of QEMU's user network.
const WEB_SERVER: &str = "10.0.2.100";

/// A network card with a boot ROM. Behind it QEMU itself serves the folder by TFTP and names `file` as
/// what to boot; and for each connection to the web server it starts a busybox, which answers byte ranges,
/// as `sanboot` needs. So nothing listens on this machine.
fn card(folder: &Folder, card: &str, file: &str) -> Machine {
    let root = folder.path().display().to_string().replace(',', ",,");
    Machine::pc()
        .with("-boot n -netdev")
        .arg(format!(
            "user,id=net,tftp={root},bootfile={file},guestfwd=tcp:{WEB_SERVER}:80-cmd:busybox httpd -i -h {root}"
        ))
        .device(&format!("{card},netdev=net"))
}

mod pxe {
    use super::*;

    // boot.bin as the network's bootstrap program: no loader in between.
    rows! {
        e1000: |folder| card(folder, "e1000", "boot.bin");
        virtio_net: |folder| card(folder, "virtio-net-pci", "boot.bin");
        rtl8139: |folder| card(folder, "rtl8139", "boot.bin");
    }
}

/// The other program, under UEFI.
mod under_uefi {
    use super::*;

    rows! {
        /// By the firmware itself: the card has no ROM.
        pxe: |folder| card(folder, "virtio-net-pci,romfile=", "boot.efi").uefi();
        ipxe_chain: |folder| ipxe(folder, "chain boot.efi").uefi();
    }
}

mod by_ipxe {
    use super::*;

    rows! {
        chain_by_tftp: |folder| ipxe(folder, "chain boot.bin");
        memdisk_with_a_disk: |folder| ipxe(folder, "kernel memdisk harddisk raw\ninitrd boot.img\nboot");
        memdisk_with_a_floppy: |folder| ipxe(folder, "kernel memdisk floppy raw\ninitrd boot-floppy.img\nboot");
        memdisk_with_a_cd: |folder| ipxe(folder, "kernel memdisk iso raw\ninitrd boot.iso\nboot");
        chain_by_http: |folder| ipxe_by_http(folder, "chain URL/boot.bin");
        sanboot_a_disk: |folder| ipxe_by_http(folder, "sanboot --no-describe URL/boot.img");
        sanboot_a_cd: |folder| ipxe_by_http(folder, "sanboot --no-describe URL/boot.iso");
        sanboot_a_floppy: |folder| ipxe_by_http(folder, "sanboot --no-describe --drive 0x00 URL/boot-floppy.img");
    }
}

mod by_pxelinux {
    use super::*;

    rows! {
        boot_bin: |folder| pxelinux(folder, "KERNEL boot.bin");
        /// The name says "PXE bootstrap program".
        boot_0: |folder| pxelinux(folder, "KERNEL boot.0");
        /// The name says "boot sector".
        boot_bs: |folder| pxelinux(folder, "KERNEL boot.bs");
        memdisk_with_a_disk: |folder| pxelinux(folder, "KERNEL memdisk\nINITRD boot.img\nAPPEND harddisk raw");
        memdisk_with_a_floppy: |folder| pxelinux(folder, "KERNEL memdisk\nINITRD boot-floppy.img\nAPPEND floppy raw");
    }
}

mod by_isolinux {
    use super::*;

    rows! {
        boot_bin: |folder| isolinux(folder, "KERNEL boot.bin");
        boot_bs: |folder| isolinux(folder, "KERNEL boot.bs");
        memdisk_with_a_disk: |folder| isolinux(folder, "KERNEL memdisk\nINITRD boot.img\nAPPEND harddisk raw");
    }
}

mod by_grub {
    use super::*;

    rows! {
        /// GRUB takes the first sector of the file.
        chainloader_of_a_disk_image: |folder| grub(folder, "chainloader (pxe)/boot.img");
        loopback: |folder| grub(folder, "loopback loop (pxe)/boot.img\nset root=(loop)\nchainloader +1");
        memdisk_with_a_disk: |folder| grub(folder, "linux16 (pxe)/memdisk harddisk raw\ninitrd16 (pxe)/boot.img");
    }
}
