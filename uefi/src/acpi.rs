//! Where the machine's power management registers are, by the firmware's ACPI tables.
//!
//! ACPI 5.2.5 (RSDP), 5.2.8 (XSDT), 5.2.9 (FADT), 5.2.3.2 (Generic Address Structure).

use core::num::NonZeroU16;

use uefi_raw::{Guid, guid};

use crate::firmware::Firmware;

/// The RSDP of ACPI 2.0 or later, among the firmware's configuration tables (ACPI 5.2.5.2).
const ACPI_20: Guid = guid!("8868e871-e4f1-11d3-bc22-0080c73c8881");
/// Where the RSDP has the XSDT's address, of 8 bytes.
const RSDP_XSDT: usize = 24;

/// Where a table has its length, of 4 bytes. Before that comes its signature, of 4.
const LENGTH: usize = 4;
/// Where the XSDT has the tables' addresses, of 8 bytes each, up to its end.
const XSDT_ENTRIES: usize = 36;

/// The FADT's signature.
const FACP: u32 = u32::from_le_bytes(*b"FACP");
/// Where the FADT has these registers' ports, of 4 bytes.
const PM1A_EVT_BLK: usize = 56;
const PM1A_CNT_BLK: usize = 64;
/// Where it has its flags, of 4 bytes, and the flag of a machine without such registers (ACPI 4.1).
const FLAGS: usize = 112;
const HW_REDUCED_ACPI: u32 = 1 << 20;
/// Where it has the same registers as addresses of 12 bytes, since ACPI 2.0.
const X_PM1A_EVT_BLK: usize = 148;
const X_PM1A_CNT_BLK: usize = 172;
/// Where such an address has its number, of 8 bytes. Its first byte says of what space it is.
const ADDRESS: usize = 4;
const SYSTEM_IO: u8 = 1;

/// A table of the firmware's, by its address.
#[derive(Clone, Copy)]
struct Table(*const u8);

impl Table {
    /// The value at `offset`.
    fn read<T: Copy>(self, offset: usize) -> T {
        // SAFETY: the table is where the firmware says; integers and pointers may have any value. None is aligned.
        unsafe { self.0.add(offset).cast::<T>().read_unaligned() }
    }
}

/// The FADT of a machine that has the registers it tells of.
pub struct Fadt(Table);

impl Fadt {
    /// Finds it.
    pub fn find(firmware: Firmware) -> Option<Self> {
        let rsdp = Table(firmware.configuration(&ACPI_20)?);
        let xsdt = Table(rsdp.read(RSDP_XSDT));
        let entries = (xsdt.read::<u32>(LENGTH) as usize - XSDT_ENTRIES) / size_of::<*const u8>();
        let mut tables = (0..entries).map(|n| Table(xsdt.read(XSDT_ENTRIES + n * size_of::<*const u8>())));
        let fadt = tables.find(|table| table.read::<u32>(0) == FACP)?;
        (fadt.read::<u32>(FLAGS) & HW_REDUCED_ACPI == 0).then_some(Self(fadt))
    }

    /// PM1a_STS, the first register of the event block.
    pub fn pm1a_sts(&self) -> Option<NonZeroU16> {
        NonZeroU16::new(self.port(PM1A_EVT_BLK, X_PM1A_EVT_BLK))
    }

    /// PM1a_CNT.
    pub fn pm1a_cnt(&self) -> u16 {
        self.port(PM1A_CNT_BLK, X_PM1A_CNT_BLK)
    }

    /// The port at `offset` of the table; where that is 0, the address at `x`, if it is a port. (ACPI 1.0's shorter table
    /// has no such address, and no 0.)
    #[inline(never)]
    fn port(&self, offset: usize, x: usize) -> u16 {
        let mut port = self.0.read(offset);
        if port == 0 && self.0.read::<u8>(x) == SYSTEM_IO {
            port = self.0.read(x + ADDRESS);
        }
        port
    }
}
