//! What differs from one machine to the next. The platforms themselves are in [`platforms`](crate::platforms).

use crate::platforms::PLATFORMS;

/// A platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Name for readers.
    pub name: &'static str,
    /// PCI BIOS and bus.
    pub pci: Pci,
    /// The PM1a block.
    pub pm: Pm,
    /// Interrupt controllers.
    pub pic: Pic,
    /// The BIOS's habits.
    pub bios: Bios,
    /// COM1.
    pub uart: Uart,
}

/// PCI BIOS and bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pci {
    /// What INT 1Ah AH=B1h does.
    pub bios: PciBios,
    /// The functions that the program could find.
    pub functions: Vec<Function>,
}

/// What INT 1Ah AH=B1h does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PciBios {
    /// It answers.
    Present,
    /// It sets the carry flag.
    Absent,
    /// It returns everything as it came, with the carry flag clear.
    Silent,
}

/// A function on the PCI bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its place.
    pub at: Bdf,
    /// Vendor and device.
    pub id: Id,
    /// Word at 40h of its configuration space.
    pub register_40: u16,
}

/// Bus, device and function as the PCI BIOS encodes them in BX: 8, 5 and 3 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bdf(pub u16);

/// Vendor and device of a PCI function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id {
    /// Whose it is.
    pub vendor: u16,
    /// What it is.
    pub device: u16,
}

/// The PM1a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pm {
    /// Its first port, if there is one that can be found.
    pub base: Option<u16>,
    /// SLP_TYP values that switch off.
    pub off: Vec<u16>,
    /// When a write to PM1a_CNT acts.
    pub acts: Acts,
    /// When a press is kept.
    pub latch: Latch,
    /// Whether the SCI comes.
    pub sci: Sci,
    /// Other bits of PM1a_STS that are set all the time.
    pub status_noise: u16,
    /// Is there a button that someone can press?
    pub button: bool,
}

/// When a write to PM1a_CNT acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    /// With SLP_EN set.
    SleepEnable,
    /// When it changes SLP_TYP.
    Change,
}

/// When a press is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latch {
    /// Always.
    Always,
    /// While PWRBTN_EN is set.
    Enabled,
}

/// Whether the SCI comes on IRQ 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sci {
    /// It does.
    Irq9,
    /// While SCI_EN is set.
    Irq9IfSciEn,
    /// It goes past the 8259s.
    None,
}

/// Interrupt controllers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pic {
    /// Masks at entry: 21h in the lower byte, A1h in the upper.
    pub masks: u16,
    /// Level-triggered lines.
    pub level: Vec<u8>,
    /// Is there an edge/level register?
    pub elcr: bool,
}

/// A BIOS's habits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bios {
    /// Interrupt flag at the start.
    pub enters_with_if: bool,
    /// Registers after a call.
    pub clobbers: Clobbers,
    /// Interrupt flag after a call.
    pub flag_after: FlagAfter,
    /// Do calls let interrupts in?
    pub opens: bool,
    /// The handler of an interrupt that no program has claimed.
    pub unclaimed: Unclaimed,
    /// The clock's handler.
    pub irq8: Irq8,
    /// The SCI's handler.
    pub irq9: Irq9,
    /// Whose INT 10h it is.
    pub int10: Int10,
    /// What INT 16h does with keys such as F11.
    pub int16: Int16,
}

/// Registers after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clobbers {
    /// Only results change.
    Results,
    /// As Bochs's rombios: the PCI calls lose AL, CX and DX, too.
    Rombios,
    /// Every register that the call's description does not promise to keep.
    All,
}

/// The interrupt flag after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagAfter {
    /// As before.
    Kept,
    /// Off.
    Off,
    /// On.
    On,
}

/// The handler of an interrupt that no program has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclaimed {
    /// Ends the interrupt.
    Eoi,
    /// Shuts the line, too.
    EoiAndMask,
}

/// The clock's handler, INT 70h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Irq8 {
    /// Reads register C each time, which lets the next interrupt come.
    Always,
    /// Only if the periodic or the alarm interrupt is enabled.
    IfAsked,
}

/// The SCI's handler, INT 71h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Irq9 {
    /// Ends the interrupt.
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

/// What INT 16h does with keys that an 84-key keyboard lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Int16 {
    /// Shows them like all others.
    Kept,
    /// Throws them away, in function 01h as in 00h, which waits for another.
    Dropped,
}

/// COM1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uart {
    /// Interrupt line.
    pub irq: u8,
    /// The chip.
    pub chip: Chip,
    /// Is the FIFO on at entry?
    pub fifo: bool,
    /// Interrupt enable register at entry.
    pub ier: u8,
    /// Does OUT2 gate the interrupt?
    pub needs_out2: bool,
    /// When a byte has left.
    pub paced_by: PacedBy,
}

/// The chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// Holds one byte each way.
    I8250,
    /// Holds 16 with its FIFO on.
    Ns16550a,
}

/// When a sent byte has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacedBy {
    /// After its time on the line.
    Line,
    /// When the other end has fetched it.
    Reader,
}

/// Vendor and device of the chip that holds the block on most platforms: PIIX4, power management function.
const PIIX4: Id = Id { vendor: 0x8086, device: 0x7113 };
/// The other place where the block is looked for: Intel's LPC bridge, 00:1f.0.
const LPC: Bdf = Bdf(0x1F << 3);

impl Pci {
    /// The first port of the block that the contract's search finds: the PIIX4's power management function, else
    /// 00:1f.0. Bit 0 of the register says "port", and is 1 wherever there is a block; the block has 64 ports.
    pub fn block(&self) -> Option<u16> {
        let by = |wanted: fn(&&Function) -> bool| self.functions.iter().find(wanted);
        let found = by(|function| function.id == PIIX4).or_else(|| by(|function| function.at == LPC))?;
        (found.register_40 & 1 != 0).then_some(found.register_40 & 0xFFC0)
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

/// A platform like `platform`, but for what `change` changes.
pub fn but(platform: &Platform, change: impl FnOnce(&mut Platform)) -> Platform {
    let mut changed = platform.clone();
    change(&mut changed);
    changed
}
