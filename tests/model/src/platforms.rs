//! The platforms: where each differs from QEMU's pc machine with SeaBIOS, and where that fact is from. Where a source is
//! silent, the chip's own behaviour is assumed. A new one is one entry, and every test of the suite is run on it.

/// What differs from one machine to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    pub name: &'static str,
    pub pci: PciBios,
    /// Intel's functions that the program could find: where they are, and their device ids. The PIIX4's power
    /// management and 00:1f.0 have the PM1a block's port at 40h.
    pub functions: &'static [(Bdf, u16)],
    /// First port of the PM1a block, if there is one that the contract's search finds.
    pub base: Option<u16>,
    /// SLP_TYP values that switch off.
    pub off: &'static [u16],
    /// A write to PM1a_CNT acts when it changes SLP_TYP, and not with SLP_EN set.
    pub acts_on_change: bool,
    /// A press is kept only while PWRBTN_EN is set.
    pub latches_if_enabled: bool,
    pub sci: Sci,
    /// Other bits of PM1a_STS that are set all the time.
    pub status_noise: u16,
    /// Is there a button that someone can press?
    pub button: bool,
    /// Interrupt masks at entry: 21h in the lower byte, A1h in the upper.
    pub masks: u16,
    /// Level-triggered lines, bit n for IRQ n.
    pub level: u16,
    /// Is there an edge/level register?
    pub elcr: bool,
    pub enters_with_if: bool,
    /// Registers after a BIOS call.
    pub clobbers: Clobbers,
    /// Interrupt flag after a BIOS call.
    pub flag_after: FlagAfter,
    /// Do BIOS calls let interrupts in?
    pub opens: bool,
    /// The handler of an interrupt that no program has claimed shuts the line.
    pub shuts_unclaimed: bool,
    /// INT 70h reads the clock's register C, which lets the next interrupt come, only if PIE or AIE is set.
    pub clock_if_asked: bool,
    /// The SCI's handler, INT 71h.
    pub irq9: Irq9,
    pub int10: Int10,
    /// INT 16h, function 01h as 00h, throws away keys that an 84-key keyboard lacks, such as F11.
    pub drops_enhanced: bool,
    pub com1_irq: u8,
    /// COM1 is a 16550A, which holds 16 bytes with its FIFO on, and no 8250.
    pub has_fifo: bool,
    /// The FIFO is on at entry.
    pub fifo_on: bool,
    /// COM1's interrupt enable register at entry.
    pub ier: u8,
    /// Does OUT2 gate COM1's interrupt?
    pub needs_out2: bool,
}

/// Bus, device and function as the PCI BIOS encodes them in BX: 8, 5 and 3 bits.
pub type Bdf = u16;

/// A device and a function on bus 0.
const fn at(device: u16, function: u16) -> Bdf {
    device << 3 | function
}

/// Device id of the chip that holds the block on most platforms: PIIX4, power management function.
pub const PIIX4: u16 = 0x7113;
/// The other place where the block is looked for: Intel's LPC bridge.
pub const LPC: Bdf = at(0x1F, 0);

/// What INT 1Ah AH=B1h does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PciBios {
    Present,
    /// It sets the carry flag.
    Absent,
    /// It returns everything as it came, with the carry flag clear.
    Silent,
}

/// Whether the SCI comes on IRQ 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sci {
    Irq9,
    Irq9IfSciEn,
    /// It goes past the 8259s.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clobbers {
    /// Only results change.
    Results,
    /// As Bochs's rombios: the PCI calls lose AL, CX and DX, too.
    Rombios,
    /// Every register that the call's description does not promise to keep.
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagAfter {
    Kept,
    Off,
    On,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Irq9 {
    Eoi,
    /// Shuts the line, too.
    EoiAndMask,
    /// Returns, without an EOI.
    Iret,
}

/// Whose INT 10h it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Int10 {
    /// A video BIOS's, at C000h.
    Card,
    /// SeaBIOS's console on COM1, at F000h.
    SerialConsole,
    /// The system BIOS's own, at F000h.
    System,
}

impl Default for Platform {
    fn default() -> Self {
        BASE
    }
}

/// The platform of that name.
///
/// # Panics
/// If there is none.
pub fn get(name: &str) -> &'static Platform {
    PLATFORMS.iter().find(|platform| platform.name == name).unwrap_or_else(|| panic!("no platform is called {name}"))
}

/// QEMU's pc with SeaBIOS: the one platform where only one is tried.
pub fn pc() -> &'static Platform {
    &PLATFORMS[0]
}

const BASE: Platform = Platform {
    name: "",
    pci: PciBios::Present,
    functions: &[],
    base: None,
    off: &[0],
    acts_on_change: false,
    latches_if_enabled: false,
    sci: Sci::Irq9,
    status_noise: 0x0000,
    button: true,
    masks: 0x8EB8,
    level: 0,
    elcr: true,
    enters_with_if: true,
    clobbers: Clobbers::Results,
    flag_after: FlagAfter::Kept,
    opens: true,
    shuts_unclaimed: false,
    clock_if_asked: false,
    irq9: Irq9::Eoi,
    int10: Int10::Card,
    drops_enhanced: false,
    com1_irq: 4,
    has_fifo: true,
    fifo_on: false,
    ier: 0,
    needs_out2: true,
};
const NO_BLOCK: Platform = Platform { off: &[], button: false, ..BASE };
const BOCHS: Platform = Platform {
    base: Some(0xB000),
    masks: 0x8FB8,
    enters_with_if: false,
    clobbers: Clobbers::Rombios,
    flag_after: FlagAfter::Off,
    ..BASE
};
const VIRTUALBOX: Platform = Platform {
    base: Some(0x4000),
    off: &[5],
    acts_on_change: true,
    masks: 0x8FB8,
    shuts_unclaimed: true,
    irq9: Irq9::Iret,
    ier: 2,
    ..BASE
};
const REAL_PC: Platform = Platform { sci: Sci::Irq9IfSciEn, drops_enhanced: true, ..BASE };
const PIIX4_PC: Platform = Platform { functions: &[(at(0x07, 3), PIIX4)], base: Some(0x4000), ..REAL_PC };
const PCH: Platform = Platform { off: &[7], status_noise: 0xC031, clobbers: Clobbers::All, ..REAL_PC };
const PCH_6: Platform = Platform { functions: &[(LPC, 0x1C4E)], base: Some(0x1800), ..PCH };
const NO_PCI: Platform = Platform { elcr: false, drops_enhanced: true, has_fifo: false, ..NO_BLOCK };

/// All of them, QEMU's pc first.
pub static PLATFORMS: [Platform; 25] = [
    // --- Hypervisors ---
    // Seen in a run: QEMU hw/acpi/{piix4,core}.c, hw/char/serial.c; SeaBIOS src/fw/{paravirt,pciinit}.c, src/hw/pic.c.
    Platform {
        name: "QEMU, Proxmox: pc",
        functions: &[(at(0x01, 0), 0x7000), (at(0x01, 3), PIIX4)],
        base: Some(0x0600),
        latches_if_enabled: true,
        ..BASE
    },
    // Seen in a run: SeaBIOS src/sercon.c: -nographic, -machine graphics=off, Proxmox vga: serial0 or none.
    Platform {
        name: "QEMU, Proxmox: pc, BIOS console on COM1",
        functions: &[(at(0x01, 0), 0x7000), (at(0x01, 3), PIIX4)],
        base: Some(0x0600),
        latches_if_enabled: true,
        int10: Int10::SerialConsole,
        fifo_on: true,
        ..BASE
    },
    // Seen in a run: QEMU hw/isa/lpc_ich9.c, hw/acpi/{ich9,core}.c; SeaBIOS src/fw/pciinit.c (mch_isa_lpc_setup).
    Platform {
        name: "QEMU, Proxmox: q35",
        functions: &[(LPC, 0x2918)],
        base: Some(0x0600),
        latches_if_enabled: true,
        ..BASE
    },
    // Read in the source: Xen tools/firmware/hvmloader/pci.c, xen/arch/x86/hvm/pmtimer.c.
    Platform { name: "Xen HVM", functions: &[(at(0x01, 3), PIIX4)], base: Some(0xB000), ..BASE },
    // From a public log: boot log of an r5d.xlarge (PM timer at B008h).
    Platform { name: "Amazon EC2", functions: &[(at(0x01, 3), PIIX4)], base: Some(0xB000), ..BASE },
    // From a public log: public boot log (block at B000h to B03Fh).
    Platform {
        name: "Google Compute Engine",
        functions: &[(at(0x01, 3), PIIX4)],
        base: Some(0xB000),
        fifo_on: true,
        ..BASE
    },
    // Both seen in a run: VirtualBox 7.2.22; DevACPI.cpp (acpiR3PM1aCtlWrite), PC/BIOS/orgs.asm,
    // DevSerial/UartCore.cpp (uartXmit).
    Platform {
        name: "VirtualBox, PIIX3 chipset",
        functions: &[(at(0x07, 0), PIIX4)],
        sci: Sci::Irq9IfSciEn,
        ..VIRTUALBOX
    },
    Platform {
        name: "VirtualBox, ICH9 chipset",
        functions: &[(at(0x1E, 0), 0x2448), (at(0x07, 0), PIIX4)],
        sci: Sci::None,
        ..VIRTUALBOX
    },
    // Read in the source: OpenVMM piix4_pm.rs, pm.rs.
    Platform {
        name: "Hyper-V generation 1, Azure",
        functions: &[(at(0x07, 3), PIIX4)],
        base: Some(0x0400),
        button: false,
        ..BASE
    },
    // From a public log: public boot logs and DSDT dumps (_S5 is 0).
    Platform { name: "VMware", functions: &[(at(0x07, 3), PIIX4)], base: Some(0x1000), sci: Sci::Irq9IfSciEn, ..BASE },
    // Read in the source: FreeBSD usr.sbin/bhyve/acpi.h, amd64/pm.c.
    // The bridge has a PIIX3's id, and no block behind its register 40h.
    Platform { name: "bhyve", functions: &[(LPC, 0x7000)], ..NO_BLOCK },
    // --- Emulators ---
    // Both seen in a run: Bochs iodev/acpi.cc, bios/rombios.c.
    Platform { name: "Bochs, i440FX", functions: &[(at(0x01, 3), PIIX4)], ..BOCHS },
    Platform { name: "Bochs, i440BX", functions: &[(at(0x07, 3), PIIX4)], ..BOCHS },
    // Seen in a run: v86 src/acpi.js, src/uart.js.
    Platform {
        name: "v86, acpi: true",
        functions: &[(at(0x07, 0), PIIX4)],
        base: Some(0xB000),
        off: &[],
        needs_out2: false,
        ..BASE
    },
    // Seen in a run: v86 src/cpu.js, src/uart.js.
    Platform { name: "v86, acpi: false", functions: &[(at(0x07, 0), 0x7000)], needs_out2: false, ..NO_BLOCK },
    // --- Real PCs ---
    // Seen in a run: Intel 82371AB (PIIX4) data sheet; AOpen AX6BC in 86Box; the base is an example.
    Platform { name: "PC with PIIX4 (440BX)", ..PIIX4_PC },
    // Seen in a run: HP Brio 83xx, Spitfire and Virtual PC 2007 in 86Box: INT 71h sends EOI only; the base is an example.
    Platform { name: "PC with PIIX4, IRQ 9 level-triggered", level: 1 << 9, ..PIIX4_PC },
    // Seen in a run: 15 BIOSes of 142 in 86Box; chipset and base are an example.
    Platform { name: "PC whose INT 70h wants PIE or AIE", clock_if_asked: true, ..PIIX4_PC },
    // Seen in a run: boards in 86Box whose firmware gives COM1 this line; chipset and base are an example.
    Platform { name: "PC with COM1 on IRQ 3", com1_irq: 3, ..PIIX4_PC },
    // From the data sheet: Intel ICH8 data sheet; the base is an example.
    Platform { name: "PC with ICH8", functions: &[(LPC, 0x2810)], base: Some(0x0400), ..PCH },
    // From the data sheet: Intel 6 series chipset data sheet; the base is an example.
    Platform { name: "PC with 6 series PCH", ..PCH_6 },
    // From the data sheet: Intel 6 series chipset data sheet; the base is an example, the handler one that would end the storm.
    Platform {
        name: "PC with 6 series PCH, IRQ 9 level-triggered and shut by its handler",
        level: 1 << 9,
        shuts_unclaimed: true,
        irq9: Irq9::EoiAndMask,
        ..PCH_6
    },
    // From the data sheet: Intel 100 series chipset data sheet.
    // The block is at 00:1f.2, which firmware hides.
    Platform { name: "PC with 100 series PCH or later", functions: &[(LPC, 0xA145)], off: &[], button: false, ..PCH },
    // Seen in a run: IBM PS/2 55SX, 70 and 80 in 86Box: the video BIOS is a part of the system BIOS.
    Platform { name: "PC without PCI, INT 1Ah sets carry", pci: PciBios::Absent, int10: Int10::System, ..NO_PCI },
    // Read in the source: IBM PC AT BIOS listing: INT 1Ah returns from a function that it does not know.
    Platform { name: "PC without PCI, INT 1Ah ignores it", pci: PciBios::Silent, ..NO_PCI },
];
