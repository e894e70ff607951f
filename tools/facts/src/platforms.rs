//! The platforms of `platforms.toml`, whose head says what each key means and where the facts are from.

use std::sync::LazyLock;

use serde::Deserialize;
use toml::{Table, Value};

const FILE: &str = include_str!("../platforms.toml");

/// Vendor and device of the chip that holds the block on most platforms: PIIX4, power management function.
pub const PIIX4: Id = Id { vendor: 0x8086, device: 0x7113 };
/// Where the block is looked for else: Intel's LPC bridge, 00:1f.0.
pub const LPC: Bdf = Bdf(0x1F << 3);

/// A platform: one entry of the file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Short name.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// What kind of machine it is.
    pub kind: Kind,
    /// Where the facts are from.
    pub sources: Vec<String>,
    /// How they are known.
    pub known: Known,
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

/// What kind of machine it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A hypervisor, as people run virtual machines.
    Hypervisor,
    /// An emulator.
    Emulator,
    /// A real board with the firmware of its maker.
    Pc,
}

/// How a platform's facts are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Known {
    /// Seen in a run.
    #[serde(rename = "run")]
    Run,
    /// Read in its source.
    #[serde(rename = "source")]
    Source,
    /// From a public log or dump.
    #[serde(rename = "log")]
    Log,
    /// From the chip's data sheet.
    #[serde(rename = "data sheet")]
    DataSheet,
}

/// PCI BIOS and bus.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pci {
    /// What INT 1Ah AH=B1h does.
    pub bios: PciBios,
    /// The functions that the program could find.
    pub functions: Vec<Function>,
}

/// What INT 1Ah AH=B1h does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PciBios {
    /// It answers.
    Present,
    /// It sets the carry flag.
    Absent,
    /// It returns everything as it came, with the carry flag clear.
    Silent,
}

/// A function on the PCI bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Its place.
    pub at: Bdf,
    /// Vendor and device.
    pub id: Id,
    /// Word at 40h of its configuration space.
    #[serde(default)]
    pub register_40: u16,
}

/// Bus, device and function as the PCI BIOS encodes them in BX: 8, 5 and 3 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Bdf(pub u16);

impl TryFrom<String> for Bdf {
    type Error = String;

    /// From `bus:device.function`, all in hexadecimal.
    fn try_from(text: String) -> Result<Self, String> {
        let parse = || {
            let (bus, rest) = text.split_once(':')?;
            let (device, function) = rest.split_once('.')?;
            let [bus, device, function] = [bus, device, function].map(|part| u16::from_str_radix(part, 16).ok());
            let (bus, device, function) = (bus?, device?, function?);
            (bus < 256 && device < 32 && function < 8).then_some(Self(bus << 8 | device << 3 | function))
        };
        parse().ok_or_else(|| format!("{text} is not bus:device.function"))
    }
}

/// Vendor and device of a PCI function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Id {
    /// Whose it is.
    pub vendor: u16,
    /// What it is.
    pub device: u16,
}

impl TryFrom<String> for Id {
    type Error = String;

    /// From `vendor:device`, both in hexadecimal.
    fn try_from(text: String) -> Result<Self, String> {
        let parse = || {
            let (vendor, device) = text.split_once(':')?;
            let parse = |part| u16::from_str_radix(part, 16).ok();
            Some(Self { vendor: parse(vendor)?, device: parse(device)? })
        };
        parse().ok_or_else(|| format!("{text} is not vendor:device"))
    }
}

/// The PM1a block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acts {
    /// With SLP_EN set.
    SleepEnable,
    /// When it changes SLP_TYP.
    Change,
}

/// When a press is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latch {
    /// Always.
    Always,
    /// While PWRBTN_EN is set.
    Enabled,
}

/// Whether the SCI comes on IRQ 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sci {
    /// It does.
    Irq9,
    /// While SCI_EN is set.
    Irq9IfSciEn,
    /// It goes past the 8259s.
    None,
}

/// Interrupt controllers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pic {
    /// Masks at entry: 21h in the lower byte, A1h in the upper.
    pub masks: u16,
    /// Level-triggered lines.
    pub level: Vec<u8>,
    /// Is there an edge/level register?
    pub elcr: bool,
}

/// A BIOS's habits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clobbers {
    /// Only results change.
    Results,
    /// As Bochs's rombios: the PCI calls lose AL, CX and DX, too.
    Rombios,
    /// Every register that the call's description does not promise to keep.
    All,
}

/// The interrupt flag after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagAfter {
    /// As before.
    Kept,
    /// Off.
    Off,
    /// On.
    On,
}

/// The handler of an interrupt that no program has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unclaimed {
    /// Ends the interrupt.
    Eoi,
    /// Shuts the line, too.
    EoiAndMask,
}

/// The clock's handler, INT 70h.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Irq8 {
    /// Reads register C each time, which lets the next interrupt come.
    Always,
    /// Only if the periodic or the alarm interrupt is enabled.
    IfAsked,
}

/// The SCI's handler, INT 71h.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Irq9 {
    /// Ends the interrupt.
    Eoi,
    /// Shuts the line, too.
    EoiAndMask,
    /// Returns, without an EOI.
    Iret,
}

/// Whose INT 10h it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Int10 {
    /// A video BIOS's, at C000h.
    Card,
    /// SeaBIOS's console on COM1, at F000h.
    SerialConsole,
    /// The system BIOS's own, at F000h.
    System,
}

/// What INT 16h does with keys that an 84-key keyboard has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Int16 {
    /// Shows them like all others.
    Kept,
    /// Throws them away, in function 01h as in 00h, which waits for another.
    Dropped,
}

/// COM1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Chip {
    /// Holds one byte each way.
    #[serde(rename = "8250")]
    I8250,
    /// Holds 16 with its FIFO on.
    #[serde(rename = "16550A")]
    Ns16550a,
}

/// When a sent byte has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PacedBy {
    /// After its time on the line.
    Line,
    /// When the other end has fetched it.
    Reader,
}

impl Platform {
    /// Where the contract's search ends: the PIIX4's power management function, else 00:1f.0.
    pub fn found(&self) -> Option<&Function> {
        let by = |wanted: fn(&Function) -> bool| self.pci.functions.iter().find(|function| wanted(function));
        by(|function| function.id == PIIX4).or_else(|| by(|function| function.at == LPC))
    }
}

/// All platforms, in the order of the file.
///
/// # Panics
/// The file is not what its head says: that is a mistake in the file, and the tests here show it.
pub fn all() -> &'static [Platform] {
    static ALL: LazyLock<Vec<Platform>> = LazyLock::new(|| parse(FILE).expect("platforms.toml is as its head says"));
    &ALL
}

/// The platform of that id.
///
/// # Panics
/// There is none.
pub fn get(id: &str) -> &'static Platform {
    all().iter().find(|platform| platform.id == id).unwrap_or_else(|| panic!("platforms.toml has no {id}"))
}

fn parse(text: &str) -> Result<Vec<Platform>, toml::de::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        default: Table,
        platform: Vec<Table>,
    }
    let File { default, platform } = toml::from_str(text)?;
    let whole = platform.into_iter().map(|own| {
        let mut all = default.clone();
        merge(&mut all, own);
        all.try_into()
    });
    whole.collect()
}

/// Puts the keys of `own` over those of `all`, table by table.
fn merge(all: &mut Table, own: Table) {
    for (key, value) in own {
        match (all.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(value)) => merge(below, value),
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_file_is_whole() {
        let all = parse(FILE).unwrap();
        let unique = |of: fn(&Platform) -> &str| all.iter().map(of).collect::<HashSet<_>>().len() == all.len();
        assert!(unique(|platform| &platform.id), "two platforms have one id");
        assert!(unique(|platform| &platform.name), "two platforms have one name");
        for Platform { id, sources, pm, pci, .. } in &all {
            assert!(!sources.is_empty(), "{id}: no source");
            assert!(pm.off.iter().all(|typ| *typ < 8), "{id}: SLP_TYP has 3 bits");
            assert!(pm.base.is_some() || !pm.button, "{id}: a button without a block");
            assert!(pci.bios == PciBios::Present || pci.functions.is_empty(), "{id}: functions that nobody tells of");
        }
    }

    #[test]
    fn the_block_is_where_the_register_says() {
        for platform in all() {
            let register = platform.found().map_or(0, |function| function.register_40);
            // Bit 0 says "port", and is 1 wherever there is a block; the block has 64 ports.
            let base = (register & 1 != 0).then_some(register & 0xFFC0);
            assert_eq!(platform.pm.base, base, "{}", platform.id);
        }
    }

    #[test]
    fn a_platform_changes_the_keys_that_it_names_and_no_other() {
        let (pc, q35) = (get("qemu-pc"), get("qemu-q35"));
        assert_ne!(pc.pci, q35.pci);
        assert_eq!((&pc.pm, &pc.bios, &pc.uart), (&q35.pm, &q35.bios, &q35.uart));
        assert_eq!(get("virtualbox-piix3").pm.button, pc.pm.button);
    }

    #[test]
    fn a_place_on_the_bus_is_encoded_as_the_pci_bios_has_it() {
        let of = |text: &str| Bdf::try_from(text.to_owned()).ok();
        assert_eq!(of("00:1f.0"), Some(LPC));
        assert_eq!(of("01:01.1"), Some(Bdf(0x0109)));
        assert_eq!(of("ff:1f.7"), Some(Bdf(0xFFFF)));
        for none in ["100:00.0", "00:20.0", "00:00.8", "00:00", "00.0", "0g:00.0", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_function_is_known_by_vendor_and_device() {
        let of = |text: &str| Id::try_from(text.to_owned()).ok();
        assert_eq!(of("8086:7113"), Some(PIIX4));
        for none in ["8086", "8086:", "8086:71130", "x:7113", ""] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn the_search_prefers_the_piix4_and_ends_at_the_bridge() {
        let function = |at: u16, id| Function { at: Bdf(at), id, register_40: 0 };
        let other = Id { vendor: 0x8086, device: 0x2918 };
        let mut platform = get("qemu-pc").clone();
        let mut found = |functions: &[Function]| {
            platform.pci.functions = functions.to_vec();
            platform.found().copied()
        };
        let (bridge, piix4, none) = (function(LPC.0, other), function(0x0B, PIIX4), function(0x08, other));
        assert_eq!(found(&[none, bridge, piix4]), Some(piix4));
        assert_eq!(found(&[none, bridge]), Some(bridge));
        assert_eq!(found(&[none]), None);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = parse(&FILE.replace("pm.latch = \"enabled\"", "pm.latches = \"enabled\"")).unwrap_err();
        assert!(error.to_string().contains("latches"), "{error}");
        assert!(parse(&FILE.replace("00:1f.0", "00:20.0")).unwrap_err().to_string().contains("00:20.0"));
    }
}
