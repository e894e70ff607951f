//! The platforms: where each differs from QEMU's pc machine with SeaBIOS, and where that fact is from. Where a source is
//! silent, the chip's own behaviour is assumed. A new one is one entry, and every test of the suite is run on it.

use std::sync::LazyLock;

use crate::profile::*;

/// A function of Intel's: where it is, its device, and the word at 40h of its configuration space.
type Place = (Bdf, u16, u16);

/// A device and a function on bus 0.
fn at(device: u16, function: u16) -> Bdf {
    Bdf(device << 3 | function)
}

fn pci(functions: &[Place]) -> Pci {
    let function = |&(at, device, register_40)| Function { at, id: Id { vendor: 0x8086, device }, register_40 };
    Pci { bios: PciBios::Present, functions: functions.iter().map(function).collect() }
}

/// The base comes from [`Pci::block`].
fn pm() -> Pm {
    Pm {
        base: None,
        off: vec![0],
        acts: Acts::SleepEnable,
        latch: Latch::Always,
        sci: Sci::Irq9,
        status_noise: 0x0000,
        button: true,
    }
}

fn pic() -> Pic {
    Pic { masks: 0x8EB8, level: vec![], elcr: true }
}

fn bios() -> Bios {
    Bios {
        enters_with_if: true,
        clobbers: Clobbers::Results,
        flag_after: FlagAfter::Kept,
        opens: true,
        unclaimed: Unclaimed::Eoi,
        irq8: Irq8::Always,
        irq9: Irq9::Eoi,
        int10: Int10::Card,
        int16: Int16::Kept,
    }
}

fn uart() -> Uart {
    Uart { irq: 4, chip: Chip::Ns16550a, fifo: false, ier: 0, needs_out2: true, paced_by: PacedBy::Line }
}

fn platform() -> Platform {
    Platform { name: "", pci: pci(&[]), pm: pm(), pic: pic(), bios: bios(), uart: uart() }
}

/// All of them, QEMU's pc first.
pub static PLATFORMS: LazyLock<Vec<Platform>> = LazyLock::new(|| {
    let all = vec![
        // --- Hypervisors ---
        // Seen in a run: QEMU hw/acpi/{piix4,core}.c, hw/char/serial.c; SeaBIOS src/fw/{paravirt,pciinit}.c, src/hw/pic.c.
        Platform {
            name: "QEMU, Proxmox: pc",
            pci: pci(&[(at(0x01, 0), 0x7000, 0x0000), (at(0x01, 3), 0x7113, 0x0601)]),
            pm: Pm { latch: Latch::Enabled, ..pm() },
            uart: Uart { paced_by: PacedBy::Reader, ..uart() },
            ..platform()
        },
        // Seen in a run: SeaBIOS src/sercon.c: -nographic, -machine graphics=off, Proxmox vga: serial0 or none.
        Platform {
            name: "QEMU, Proxmox: pc, BIOS console on COM1",
            pci: pci(&[(at(0x01, 0), 0x7000, 0x0000), (at(0x01, 3), 0x7113, 0x0601)]),
            pm: Pm { latch: Latch::Enabled, ..pm() },
            bios: Bios { int10: Int10::SerialConsole, ..bios() },
            uart: Uart { fifo: true, paced_by: PacedBy::Reader, ..uart() },
            ..platform()
        },
        // Seen in a run: QEMU hw/isa/lpc_ich9.c, hw/acpi/{ich9,core}.c; SeaBIOS src/fw/pciinit.c (mch_isa_lpc_setup).
        Platform {
            name: "QEMU, Proxmox: q35",
            pci: pci(&[(at(0x1F, 0), 0x2918, 0x0601)]),
            pm: Pm { latch: Latch::Enabled, ..pm() },
            uart: Uart { paced_by: PacedBy::Reader, ..uart() },
            ..platform()
        },
        // Read in the source: Xen tools/firmware/hvmloader/pci.c, xen/arch/x86/hvm/pmtimer.c.
        Platform { name: "Xen HVM", pci: pci(&[(at(0x01, 3), 0x7113, 0xB001)]), ..platform() },
        // From a public log: boot log of an r5d.xlarge (PM timer at B008h).
        Platform { name: "Amazon EC2", pci: pci(&[(at(0x01, 3), 0x7113, 0xB001)]), ..platform() },
        // From a public log: public boot log (block at B000h to B03Fh).
        Platform {
            name: "Google Compute Engine",
            pci: pci(&[(at(0x01, 3), 0x7113, 0xB001)]),
            uart: Uart { fifo: true, ..uart() },
            ..platform()
        },
        // Seen in a run: VirtualBox 7.2.22; DevACPI.cpp (acpiR3PM1aCtlWrite), PC/BIOS/orgs.asm, DevSerial/UartCore.cpp (uartXmit).
        Platform {
            name: "VirtualBox, PIIX3 chipset",
            pci: pci(&[(at(0x07, 0), 0x7113, 0x4001)]),
            pm: Pm { off: vec![5], acts: Acts::Change, sci: Sci::Irq9IfSciEn, ..pm() },
            pic: Pic { masks: 0x8FB8, ..pic() },
            bios: Bios { unclaimed: Unclaimed::EoiAndMask, irq9: Irq9::Iret, ..bios() },
            uart: Uart { ier: 2, paced_by: PacedBy::Reader, ..uart() },
        },
        // Seen in a run: VirtualBox 7.2.22; DevACPI.cpp (acpiR3PM1aCtlWrite), PC/BIOS/orgs.asm, DevSerial/UartCore.cpp (uartXmit).
        Platform {
            name: "VirtualBox, ICH9 chipset",
            pci: pci(&[(at(0x1E, 0), 0x2448, 0x0000), (at(0x07, 0), 0x7113, 0x4001)]),
            pm: Pm { off: vec![5], acts: Acts::Change, sci: Sci::None, ..pm() },
            pic: Pic { masks: 0x8FB8, ..pic() },
            bios: Bios { unclaimed: Unclaimed::EoiAndMask, irq9: Irq9::Iret, ..bios() },
            uart: Uart { ier: 2, paced_by: PacedBy::Reader, ..uart() },
        },
        // Read in the source: OpenVMM piix4_pm.rs, pm.rs.
        Platform {
            name: "Hyper-V generation 1, Azure",
            pci: pci(&[(at(0x07, 3), 0x7113, 0x0401)]),
            pm: Pm { button: false, ..pm() },
            ..platform()
        },
        // From a public log: public boot logs and DSDT dumps (_S5 is 0).
        Platform {
            name: "VMware",
            pci: pci(&[(at(0x07, 3), 0x7113, 0x1001)]),
            pm: Pm { sci: Sci::Irq9IfSciEn, ..pm() },
            ..platform()
        },
        // Read in the source: FreeBSD usr.sbin/bhyve/acpi.h, amd64/pm.c.
        // The bridge has a PIIX3's id, and no block behind its register 40h.
        Platform {
            name: "bhyve",
            pci: pci(&[(at(0x1F, 0), 0x7000, 0x0000)]),
            pm: Pm { off: vec![], button: false, ..pm() },
            ..platform()
        },
        // --- Emulators ---
        // Seen in a run: Bochs iodev/acpi.cc, bios/rombios.c.
        Platform {
            name: "Bochs, i440FX",
            pci: pci(&[(at(0x01, 3), 0x7113, 0xB001)]),
            pic: Pic { masks: 0x8FB8, ..pic() },
            bios: Bios { enters_with_if: false, clobbers: Clobbers::Rombios, flag_after: FlagAfter::Off, ..bios() },
            ..platform()
        },
        // Seen in a run: Bochs iodev/acpi.cc, bios/rombios.c.
        Platform {
            name: "Bochs, i440BX",
            pci: pci(&[(at(0x07, 3), 0x7113, 0xB001)]),
            pic: Pic { masks: 0x8FB8, ..pic() },
            bios: Bios { enters_with_if: false, clobbers: Clobbers::Rombios, flag_after: FlagAfter::Off, ..bios() },
            ..platform()
        },
        // Seen in a run: v86 src/acpi.js, src/uart.js.
        Platform {
            name: "v86, acpi: true",
            pci: pci(&[(at(0x07, 0), 0x7113, 0xB001)]),
            pm: Pm { off: vec![], ..pm() },
            uart: Uart { needs_out2: false, ..uart() },
            ..platform()
        },
        // Seen in a run: v86 src/cpu.js, src/uart.js.
        Platform {
            name: "v86, acpi: false",
            pci: pci(&[(at(0x07, 0), 0x7000, 0x0000)]),
            pm: Pm { off: vec![], button: false, ..pm() },
            uart: Uart { needs_out2: false, ..uart() },
            ..platform()
        },
        // --- Real PCs ---
        // Seen in a run: Intel 82371AB (PIIX4) data sheet; AOpen AX6BC in 86Box; the base is an example.
        Platform {
            name: "PC with PIIX4 (440BX)",
            pci: pci(&[(at(0x07, 3), 0x7113, 0x4001)]),
            pm: Pm { sci: Sci::Irq9IfSciEn, ..pm() },
            bios: Bios { int16: Int16::Dropped, ..bios() },
            ..platform()
        },
        // Seen in a run: HP Brio 83xx, Spitfire and Virtual PC 2007 in 86Box: INT 71h sends EOI only; the base is an example.
        Platform {
            name: "PC with PIIX4, IRQ 9 level-triggered",
            pci: pci(&[(at(0x07, 3), 0x7113, 0x4001)]),
            pm: Pm { sci: Sci::Irq9IfSciEn, ..pm() },
            pic: Pic { level: vec![9], ..pic() },
            bios: Bios { int16: Int16::Dropped, ..bios() },
            ..platform()
        },
        // Seen in a run: 15 BIOSes of 142 in 86Box; chipset and base are an example.
        Platform {
            name: "PC whose INT 70h wants PIE or AIE",
            pci: pci(&[(at(0x07, 3), 0x7113, 0x4001)]),
            pm: Pm { sci: Sci::Irq9IfSciEn, ..pm() },
            bios: Bios { irq8: Irq8::IfAsked, int16: Int16::Dropped, ..bios() },
            ..platform()
        },
        // Seen in a run: boards in 86Box whose firmware gives COM1 this line; chipset and base are an example.
        Platform {
            name: "PC with COM1 on IRQ 3",
            pci: pci(&[(at(0x07, 3), 0x7113, 0x4001)]),
            pm: Pm { sci: Sci::Irq9IfSciEn, ..pm() },
            bios: Bios { int16: Int16::Dropped, ..bios() },
            uart: Uart { irq: 3, ..uart() },
            ..platform()
        },
        // From the data sheet: Intel ICH8 data sheet; the base is an example.
        Platform {
            name: "PC with ICH8",
            pci: pci(&[(at(0x1F, 0), 0x2810, 0x0401)]),
            pm: Pm { off: vec![7], sci: Sci::Irq9IfSciEn, status_noise: 0xC031, ..pm() },
            bios: Bios { clobbers: Clobbers::All, int16: Int16::Dropped, ..bios() },
            ..platform()
        },
        // From the data sheet: Intel 6 series chipset data sheet; the base is an example.
        Platform {
            name: "PC with 6 series PCH",
            pci: pci(&[(at(0x1F, 0), 0x1C4E, 0x1801)]),
            pm: Pm { off: vec![7], sci: Sci::Irq9IfSciEn, status_noise: 0xC031, ..pm() },
            bios: Bios { clobbers: Clobbers::All, int16: Int16::Dropped, ..bios() },
            ..platform()
        },
        // From the data sheet: Intel 6 series chipset data sheet; the base is an example, the handler one that would end the storm.
        Platform {
            name: "PC with 6 series PCH, IRQ 9 level-triggered and shut by its handler",
            pci: pci(&[(at(0x1F, 0), 0x1C4E, 0x1801)]),
            pm: Pm { off: vec![7], sci: Sci::Irq9IfSciEn, status_noise: 0xC031, ..pm() },
            pic: Pic { level: vec![9], ..pic() },
            bios: Bios {
                clobbers: Clobbers::All,
                unclaimed: Unclaimed::EoiAndMask,
                irq9: Irq9::EoiAndMask,
                int16: Int16::Dropped,
                ..bios()
            },
            ..platform()
        },
        // From the data sheet: Intel 100 series chipset data sheet.
        // The block is at 00:1f.2, which firmware hides.
        Platform {
            name: "PC with 100 series PCH or later",
            pci: pci(&[(at(0x1F, 0), 0xA145, 0x0000)]),
            pm: Pm { off: vec![], button: false, ..pm() },
            bios: Bios { clobbers: Clobbers::All, int16: Int16::Dropped, ..bios() },
            ..platform()
        },
        // Seen in a run: IBM PS/2 55SX, 70 and 80 in 86Box: the video BIOS is a part of the system BIOS.
        Platform {
            name: "PC without PCI, INT 1Ah sets carry",
            pci: Pci { bios: PciBios::Absent, functions: vec![] },
            pm: Pm { off: vec![], button: false, ..pm() },
            pic: Pic { elcr: false, ..pic() },
            bios: Bios { int10: Int10::System, int16: Int16::Dropped, ..bios() },
            uart: Uart { chip: Chip::I8250, ..uart() },
        },
        // Read in the source: IBM PC AT BIOS listing: INT 1Ah returns from a function that it does not know.
        Platform {
            name: "PC without PCI, INT 1Ah ignores it",
            pci: Pci { bios: PciBios::Silent, functions: vec![] },
            pm: Pm { off: vec![], button: false, ..pm() },
            pic: Pic { elcr: false, ..pic() },
            bios: Bios { int16: Int16::Dropped, ..bios() },
            uart: Uart { chip: Chip::I8250, ..uart() },
        },
    ];
    let based = |platform: Platform| Platform { pm: Pm { base: platform.pci.block(), ..platform.pm }, ..platform };
    all.into_iter().map(based).collect()
});
