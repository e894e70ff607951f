//! The platforms, one row each: where the PM1a block is, what switches off, what the BIOS does.
//!
//! Source: `shared/facts/hypervisors.md` of the project, sections 1 to 6, which names the primary
//! sources and how sure each fact is.

pub use crate::board::pm::Kind;

/// How a BIOS treats the registers that a call may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clobber {
    /// Only results change.
    Results,
    /// As Bochs's rombios: the PCI calls lose AL and DX, too.
    Rombios,
    /// Every register that the call's description does not promise to keep.
    All,
}

/// The interrupt flag after a BIOS call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iret {
    /// As it was before.
    Keep,
    /// Always 0.
    Clear,
    /// Always 1.
    Set,
}

/// Whose INT 10h it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Video {
    /// A video BIOS at C000h.
    Card,
    /// SeaBIOS's serial console in front of a video BIOS or of none.
    SerialConsole,
    /// The system BIOS's own: without a screen a bare IRET, on Bochs and old machines a video BIOS.
    System,
}

/// A PCI function that the PCI BIOS knows.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Vendor and device.
    pub id: (u16, u16),
    /// Bus, device, function as the PCI BIOS encodes them.
    pub bdf: u16,
    /// Word at register 40h.
    pub reg40: u16,
}

/// A platform.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// What the PCI BIOS finds; `None` where there is no PCI BIOS.
    pub pci: Option<&'static [Function]>,
    /// Where the program is to look, and what is there.
    pub base: u16,
    /// See [`Kind`].
    pub pm: Kind,
    /// SLP_TYP that switches off.
    pub off: Option<u16>,
    /// A press is latched without PWRBTN_EN.
    pub latches_always: bool,
    /// The SCI needs SCI_EN.
    pub needs_sci_en: bool,
    /// The SCI reaches IRQ 9 of the 8259s at all.
    pub sci_wired: bool,
    /// IRQ 9 is level triggered.
    pub sci_by_level: bool,
    /// Other bits of PM1a_STS that are set all the time (timer, bus master, wake).
    pub sts_noise: u16,
    /// Is there a button to press?
    pub has_button: bool,
    /// Masks at entry: 21h in the lower byte, A1h in the upper.
    pub masks: u16,
    /// Registers.
    pub clobber: Clobber,
    /// Interrupt flag.
    pub iret: Iret,
    /// Do calls let interrupts in?
    pub opens: bool,
    /// Does the handler of an interrupt that nobody claimed mask it?
    pub masks_unclaimed: bool,
    /// Does the handler of IRQ 9 send no EOI?
    pub sci_without_eoi: bool,
    /// INT 10h.
    pub video: Video,
    /// OUT2 gates the UART's interrupt.
    pub needs_out2: bool,
    /// IER as the BIOS leaves it.
    pub ier: u8,
    /// Received bytes that COM1 holds.
    pub depth: usize,
    /// Interrupt flag at entry.
    pub entry_if: bool,
}

const PIIX4: (u16, u16) = (0x8086, 0x7113);

const fn piix4(bdf: u16, reg40: u16) -> Function {
    Function { id: PIIX4, bdf, reg40 }
}

/// QEMU's pc with SeaBIOS: what the other rows differ from.
pub const QEMU_PC: Profile = Profile {
    name: "QEMU pc",
    pci: Some(const { &[Function { id: (0x8086, 0x7000), bdf: 0x08, reg40: 0 }, piix4(0x0B, 0x0601)] }),
    base: 0x0600,
    pm: Kind::Block,
    off: Some(0),
    latches_always: false,
    needs_sci_en: false,
    sci_wired: true,
    sci_by_level: false,
    sts_noise: 0,
    has_button: true,
    masks: 0x8EB8,
    clobber: Clobber::Results,
    iret: Iret::Keep,
    opens: true,
    masks_unclaimed: false,
    sci_without_eoi: false,
    video: Video::Card,
    needs_out2: true,
    ier: 0,
    depth: 1,
    entry_if: true,
};

/// A PC with an ICH.
const ICH: Profile = Profile {
    name: "Intel ICH, SCI by edge",
    pci: Some(&[Function { id: (0x8086, 0x2918), bdf: 0xF8, reg40: 0x1801 }]),
    base: 0x1800,
    off: Some(7),
    latches_always: true,
    needs_sci_en: true,
    sts_noise: 0xC031,
    clobber: Clobber::All,
    ..QEMU_PC
};

/// All rows.
pub fn all() -> Vec<Profile> {
    vec![
        QEMU_PC,
        Profile { name: "QEMU pc, serial console", video: Video::SerialConsole, depth: 16, ..QEMU_PC },
        Profile {
            name: "QEMU q35",
            pci: Some(&[Function { id: (0x8086, 0x2918), bdf: 0xF8, reg40: 0x0601 }]),
            ..QEMU_PC
        },
        Profile {
            name: "Xen HVM",
            pci: Some(const { &[piix4(0x0B, 0xB001)] }),
            base: 0xB000,
            latches_always: true,
            ..QEMU_PC
        },
        Profile { name: "EC2", pci: Some(const { &[piix4(0x0B, 0xB001)] }), base: 0xB000, ..QEMU_PC },
        Profile { name: "GCE", pci: Some(const { &[piix4(0x0B, 0xB001)] }), base: 0xB000, depth: 16, ..QEMU_PC },
        Profile {
            name: "VirtualBox PIIX3",
            pci: Some(const { &[piix4(0x38, 0x4001)] }),
            base: 0x4000,
            off: Some(5),
            latches_always: true,
            needs_sci_en: true,
            masks: 0x8FB8,
            masks_unclaimed: true,
            sci_without_eoi: true,
            ier: 2,
            ..QEMU_PC
        },
        Profile {
            name: "VirtualBox ICH9",
            pci: Some(const { &[Function { id: (0x8086, 0x2448), bdf: 0xF0, reg40: 0 }, piix4(0x38, 0x4001)] }),
            base: 0x4000,
            off: Some(5),
            latches_always: true,
            needs_sci_en: true,
            sci_wired: false,
            masks: 0x8FB8,
            masks_unclaimed: true,
            sci_without_eoi: true,
            ier: 2,
            ..QEMU_PC
        },
        Profile {
            name: "Hyper-V generation 1",
            pci: Some(const { &[piix4(0x3B, 0x0401)] }),
            base: 0x0400,
            has_button: false,
            ..QEMU_PC
        },
        Profile {
            name: "VMware",
            pci: Some(const { &[piix4(0x3B, 0x1001)] }),
            base: 0x1000,
            latches_always: true,
            ..QEMU_PC
        },
        Profile {
            name: "Bochs i440fx",
            pci: Some(const { &[piix4(0x0B, 0xB001)] }),
            base: 0xB000,
            latches_always: true,
            masks: 0x8FB8,
            clobber: Clobber::Rombios,
            iret: Iret::Clear,
            entry_if: false,
            ..QEMU_PC
        },
        Profile {
            name: "v86, ACPI on",
            pci: Some(const { &[piix4(0x38, 0xB001)] }),
            base: 0xB000,
            off: None,
            latches_always: true,
            needs_out2: false,
            ..QEMU_PC
        },
        Profile {
            name: "v86, ACPI off",
            pci: Some(&[Function { id: (0x8086, 0x7000), bdf: 0x38, reg40: 0 }]),
            base: 0xFFC0,
            pm: Kind::Nothing,
            off: None,
            has_button: false,
            needs_out2: false,
            ..QEMU_PC
        },
        Profile {
            name: "bhyve",
            pci: Some(&[Function { id: (0x8086, 0x7000), bdf: 0xF8, reg40: 0 }]),
            base: 0xFFC0,
            pm: Kind::Nothing,
            off: None,
            has_button: false,
            ..QEMU_PC
        },
        Profile {
            name: "no PCI BIOS",
            pci: None,
            base: 0x7100,
            pm: Kind::Nothing,
            off: None,
            has_button: false,
            video: Video::System,
            depth: 1,
            ..QEMU_PC
        },
        ICH,
        // As a handler that only ends the interrupt would never get out of it, the BIOS shuts the line.
        Profile { name: "Intel ICH, SCI by level", sci_by_level: true, masks_unclaimed: true, ..ICH },
        Profile {
            name: "Intel 100 series and later, block hidden",
            pci: Some(&[Function { id: (0x8086, 0xA146), bdf: 0xF8, reg40: 0 }]),
            base: 0xFFC0,
            pm: Kind::Nothing,
            off: None,
            has_button: false,
            clobber: Clobber::All,
            ..QEMU_PC
        },
    ]
}
