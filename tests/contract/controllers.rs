//! Every disk image boots, answers and switches off behind the controllers its users have.
//!
//! One row is a boot; the tables are what SeaBIOS can boot from. What it cannot is at the end, each
//! with the reason, and checked to fail still: a row that starts to work moves up.

use boot256_qemu::image::Image;
use boot256_qemu::machine::Machine;
use boot256_qemu::skip::skips;

use crate::{answers, answers_and_powers_off};

/// A machine with the image `name` as the drive `boot`, which no device carries yet.
#[track_caller]
fn with(machine: Machine, name: &str) -> Machine {
    machine.backend(&Image::built(name), "snapshot=on")
}

/// A PC whose SCSI controller is `controller`, with the image as its disk.
#[track_caller]
fn scsi(controller: &str, image: &str) -> Machine {
    with(Machine::pc(), image).device(controller).device("scsi-hd,drive=boot")
}

/// A PC whose USB controller is `controller`, with the image as a stick.
#[track_caller]
fn usb(controller: &str, image: &str) -> Machine {
    with(Machine::pc(), image).device(controller).device("usb-storage,drive=boot")
}

/// The disk `$file` behind everything that SeaBIOS boots a disk from, as the module `$module`.
macro_rules! disk_behind_every_controller {
    ($($module:ident: $file:literal;)+) => { $(
        mod $module {
            use super::*;

            rows! {
                answers_and_powers_off;
                ide_on_pc: with(Machine::pc(), $file).device("ide-hd,drive=boot");
                ahci_on_q35: with(Machine::q35(), $file).device("ide-hd,drive=boot");
                ahci_on_pc: with(Machine::pc(), $file).device("ahci,id=ahci").device("ide-hd,drive=boot,bus=ahci.0");
                virtio_blk_on_pc: with(Machine::pc(), $file).device("virtio-blk-pci,drive=boot");
                virtio_blk_on_q35: with(Machine::q35(), $file).device("virtio-blk-pci,drive=boot");
                virtio_blk_modern_only: with(Machine::q35(), $file)
                    .device("virtio-blk-pci-non-transitional,drive=boot");
                virtio_scsi_on_pc: scsi("virtio-scsi-pci", $file);
                virtio_scsi_on_q35: with(Machine::q35(), $file)
                    .device("virtio-scsi-pci").device("scsi-hd,drive=boot");
                /// Proxmox VE's own default.
                lsi_53c895a: scsi("lsi53c895a", $file);
                megasas: scsi("megasas", $file);
                megasas_gen2: scsi("megasas-gen2", $file);
                mptsas1068: scsi("mptsas1068", $file);
                pvscsi: scsi("pvscsi", $file);
                am53c974: scsi("am53c974", $file);
                nvme_on_q35: with(Machine::q35(), $file).device("nvme,drive=boot,serial=1");
                nvme_on_pc: with(Machine::pc(), $file).device("nvme,drive=boot,serial=1");
                usb_on_uhci: usb("piix3-usb-uhci", $file);
                usb_on_ohci: usb("pci-ohci", $file);
                usb_on_ehci: usb("usb-ehci", $file);
                usb_on_xhci: usb("qemu-xhci", $file);
                usb_on_nec_xhci: usb("nec-usb-xhci", $file);
                usb_uas_on_ehci: with(Machine::pc(), $file)
                    .device("usb-ehci").device("usb-uas,id=uas").device("scsi-hd,drive=boot,bus=uas.0");
                sdhci: with(Machine::q35(), $file).device("sdhci-pci").device("sd-card,drive=boot");
            }

            /// Without PCI there is no button.
            #[test]
            fn ide_on_isapc() {
                answers(with(Machine::new("isapc"), $file).device("ide-hd,drive=boot"));
            }
        }
    )+ };
}

disk_behind_every_controller! {
    boot_img: "boot.img";
    boot_qcow2: "boot.qcow2";
    boot_iso_as_a_disk: "boot.iso";
}

/// The disk formats of the other hypervisors, behind what those have.
mod other_formats {
    use super::*;

    rows! {
        answers_and_powers_off;
        vmdk_on_ide: with(Machine::pc(), "boot.vmdk").device("ide-hd,drive=boot");
        vmdk_on_ahci: with(Machine::q35(), "boot.vmdk").device("ide-hd,drive=boot");
        vmdk_on_lsi_sas: scsi("mptsas1068", "boot.vmdk");
        vmdk_on_pvscsi: scsi("pvscsi", "boot.vmdk");
        vmdk_on_nvme: with(Machine::q35(), "boot.vmdk").device("nvme,drive=boot,serial=1");
        stream_vmdk_on_lsi_sas: scsi("mptsas1068", "boot-stream.vmdk");
        /// Hyper-V's first generation boots from IDE only.
        vhd_on_ide: with(Machine::pc(), "boot.vhd").device("ide-hd,drive=boot");
        vhd_on_virtio_scsi: scsi("virtio-scsi-pci", "boot.vhd");
        vhd_on_ahci: with(Machine::q35(), "boot.vhd").device("ide-hd,drive=boot");
        vdi_on_ide: with(Machine::pc(), "boot.vdi").device("ide-hd,drive=boot");
        vdi_on_ahci: with(Machine::q35(), "boot.vdi").device("ide-hd,drive=boot");
        vdi_on_virtio_scsi: scsi("virtio-scsi-pci", "boot.vdi");
        vdi_on_nvme: with(Machine::q35(), "boot.vdi").device("nvme,drive=boot,serial=1");
        floppy_in_the_floppy_drive: with(Machine::pc(), "boot-floppy.img").device("floppy,drive=boot");
        floppy_in_the_drive_of_q35: with(Machine::q35(), "boot-floppy.img").device("isa-fdc").device("floppy,drive=boot");
        /// How a remote console shows a floppy to a server.
        floppy_on_usb: usb("piix3-usb-uhci", "boot-floppy.img");
        floppy_as_a_disk: with(Machine::pc(), "boot-floppy.img").device("ide-hd,drive=boot");
    }

    #[test]
    fn floppy_on_isapc() {
        answers(with(Machine::new("isapc"), "boot-floppy.img").device("floppy,drive=boot"));
    }
}

/// boot.iso in a CD drive.
mod boot_iso_as_a_cd {
    use super::*;

    const ISO: &str = "boot.iso";

    rows! {
        answers_and_powers_off;
        ide_on_pc: with(Machine::pc(), ISO).device("ide-cd,drive=boot");
        ahci_on_q35: with(Machine::q35(), ISO).device("ide-cd,drive=boot");
        ahci_on_pc: with(Machine::pc(), ISO).device("ahci,id=ahci").device("ide-cd,drive=boot,bus=ahci.0");
        virtio_scsi_on_pc: with(Machine::pc(), ISO).device("virtio-scsi-pci").device("scsi-cd,drive=boot");
        virtio_scsi_on_q35: with(Machine::q35(), ISO).device("virtio-scsi-pci").device("scsi-cd,drive=boot");
        lsi_53c895a: with(Machine::pc(), ISO).device("lsi53c895a").device("scsi-cd,drive=boot");
        usb_on_ehci: with(Machine::pc(), ISO)
            .device("usb-ehci").device("usb-bot,id=bot").device("scsi-cd,drive=boot,bus=bot.0");
        usb_on_xhci: with(Machine::q35(), ISO)
            .device("qemu-xhci").device("usb-bot,id=bot").device("scsi-cd,drive=boot,bus=bot.0");
        nographic: with(Machine::pc(), ISO).device("ide-cd,drive=boot").nographic();
    }
}

/// The appliance's disk, and Google Cloud's: unpacked as their importers do.
mod unpacked {
    use super::*;

    use std::process::Command;

    use boot256_qemu::image::built;
    use tempfile::TempDir;

    /// The file `member` of the archive `archive` in `build/`, and the folder it lies in.
    #[track_caller]
    fn unpack(archive: &str, member: &str) -> (TempDir, Image) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tar = Command::new("tar").arg("-xf").arg(built(archive)).arg("-C").arg(folder.path()).arg(member).status();
        assert!(tar.expect("tar is missing (package tar)").success(), "{archive} has no {member}");
        let image = Image::at(folder.path().join(member));
        (folder, image)
    }

    #[track_caller]
    fn boots((archive, member, machine): (&str, &str, fn(Machine) -> Machine)) {
        let (_folder, image) = unpack(archive, member);
        answers_and_powers_off(machine(Machine::pc().backend(&image, "snapshot=on")));
    }

    rows! {
        boots;
        ova_on_ide: ("boot.ova", OVA_DISK, |pc| pc.device("ide-hd,drive=boot"));
        ova_on_lsi_53c895a: ("boot.ova", OVA_DISK, |pc| pc.device("lsi53c895a").device("scsi-hd,drive=boot"));
        ova_on_lsi_sas: ("boot.ova", OVA_DISK, |pc| pc.device("mptsas1068").device("scsi-hd,drive=boot"));
        /// The controller that Google Cloud has.
        gce_on_virtio_scsi: ("boot-gce.tar.gz", "disk.raw", |pc| {
            pc.device("virtio-scsi-pci").device("scsi-hd,drive=boot")
        });
        gce_on_ide: ("boot-gce.tar.gz", "disk.raw", |pc| pc.device("ide-hd,drive=boot"));
        gce_on_nvme: ("boot-gce.tar.gz", "disk.raw", |pc| pc.device("nvme,drive=boot,serial=1"));
    }

    const OVA_DISK: &str = "boot256-disk1.vmdk";
}

/// SeaBIOS finds nothing to boot from.
#[track_caller]
fn does_not_boot(machine: Machine) {
    if skips(&machine) {
        return;
    }
    let mut vm = machine.launch();
    vm.until("SeaBIOS gives up", |vm| vm.screen().count(b"No bootable device") == 1);
    assert_eq!(vm.com1().bytes(), b"", "the program has not run");
}

rows! {
    does_not_boot;
    /// Proxmox VE offers it; SeaBIOS's `lsi-scsi.c` knows the 53C895A only.
    known_exception_lsi_53c810: scsi("lsi53c810", "boot.img");
    /// SeaBIOS reads no boot sector of 4096 bytes.
    known_exception_4096_byte_sectors: with(Machine::pc(), "boot.img")
        .device("virtio-blk-pci,drive=boot,logical_block_size=4096,physical_block_size=4096");
    /// On xHCI a UAS disk wants streams, which SeaBIOS's `usb-uas.c` does not use.
    known_exception_usb_uas_on_xhci: with(Machine::pc(), "boot.img")
        .device("qemu-xhci").device("usb-uas,id=uas").device("scsi-hd,drive=boot,bus=uas.0");
}
