/**
 * Platforms that no emulator here is, as far as the program can tell them apart: where the power
 * management function sits, where its block is, what turns the platform off, whether the SCI comes,
 * and what the BIOS does besides. Each row is built on v86 (chipset.mjs, bios.mjs).
 *
 * Sources: for QEMU hw/acpi/{piix4,ich9,core}.c and SeaBIOS src/fw/pciinit.c; Xen
 * tools/firmware/hvmloader/pci.c and arch/x86/hvm/pmtimer.c; VirtualBox DevACPI.cpp and
 * PC/BIOS/orgs.asm; Hyper-V the devices of OpenVMM, piix4_pm.rs and pm.rs; Bochs iodev/acpi.cc and
 * rombios.c; v86 src/acpi.js; bhyve usr.sbin/bhyve/{acpi.h,amd64/pm.c}; EC2, GCE and VMware public
 * boot logs and DSDT dumps; Intel's PIIX4, ICH and PCH data sheets. Where a source is silent, the row
 * assumes the chip's own behaviour.
 */

import { addBaseRegister, addPowerManagement, splitDma } from "./chipset.mjs";
import { watchPm } from "./pm.mjs";

/** Device ids, vendor 8086h: the PM function of the PIIX4 and LPC bridges that hold a block's base. */
const PIIX4 = 0x7113;
const ICH8 = 0x2810;
const ICH9 = 0x2918;
const COUGAR_POINT = 0x1c4e;
const SUNRISE_POINT = 0xa145;
/** bhyve's LPC bridge: a PIIX3's id, and no block behind its register 40h, which reads 0. */
const BHYVE_LPC = 0x7000;

const piix4 = (device, number) => ({ device, function: number, id: PIIX4 });
const lpc = (id) => ({ device: 0x1f, function: 0, id });

/** VirtualBox's BIOS and its way off. */
const VIRTUALBOX = {
  block: { base: 0x4000, off: 5, offAtChange: true },
  bios: { irq4: "masks", irq9: "iret" },
};

/**
 * @typedef {object} Profile
 * @property {string} name the platform
 * @property {{device: number, function: number, id: number} | null} at where the base is read
 * @property {object | null} block what {@link addPowerManagement} takes; null: no block is found
 * @property {import("./bios.mjs").Habits} [bios] habits of its BIOS
 * @property {boolean} [own] v86's own ACPI device instead of a built one
 * @property {"DMA"} [portZero] what is at port 0, where register 40h reads 0 and something answers
 *     there; see {@link optionsOf}
 */

/** @type {Profile[]} */
export const PROFILES = [
  { name: "QEMU, Proxmox: pc", at: piix4(1, 3), block: { base: 0x0600, off: 0, latchesEnabledOnly: true } },
  { name: "QEMU, Proxmox: q35", at: lpc(ICH9), block: { base: 0x0600, off: 0, latchesEnabledOnly: true } },
  { name: "Xen HVM", at: piix4(1, 3), block: { base: 0xb000, off: 0 } },
  { name: "Amazon EC2", at: piix4(1, 3), block: { base: 0xb000, off: 0 } },
  { name: "Google Compute Engine", at: piix4(1, 3), block: { base: 0xb000, off: 0 } },
  { name: "VirtualBox, PIIX3 chipset", at: piix4(7, 0), ...VIRTUALBOX, block: { ...VIRTUALBOX.block, sci: "sci-en" } },
  { name: "VirtualBox, ICH9 chipset", at: piix4(7, 0), ...VIRTUALBOX, block: { ...VIRTUALBOX.block, sci: "none" } },
  { name: "Hyper-V generation 1, Azure", at: piix4(7, 3), block: { base: 0x0400, off: 0 } },
  { name: "VMware", at: piix4(7, 3), block: { base: 0x1000, off: 0, sci: "sci-en" } },
  { name: "Bochs, i440FX", at: piix4(1, 3), block: { base: 0xb000, off: 0 }, bios: { int1a: "rombios" } },
  { name: "Bochs, i440BX", at: piix4(7, 3), block: { base: 0xb000, off: 0 }, bios: { int1a: "rombios" } },
  { name: "PC with PIIX4 (440BX)", at: piix4(7, 3), block: { base: 0x4000, off: 0, sci: "sci-en" } },
  { name: "PC with ICH8", at: lpc(ICH8), block: { base: 0x0400, off: 7, sci: "sci-en" } },
  { name: "PC with 6 series PCH", at: lpc(COUGAR_POINT), block: { base: 0x1800, off: 7, sci: "sci-en" } },
  { name: "v86, acpi: true", at: piix4(7, 0), block: { base: 0xb000, off: null }, own: true },
  { name: "v86, acpi: false", at: null, block: null },
  { name: "bhyve", at: lpc(BHYVE_LPC), block: null },
  { name: "PC with 100 series PCH or later", at: lpc(SUNRISE_POINT), block: null, portZero: "DMA" },
  { name: "PC without PCI, INT 1Ah sets carry", at: null, block: null, bios: { int1a: "none" } },
  { name: "PC without PCI, INT 1Ah ignores it", at: null, block: null, bios: { int1a: "unknown" } },
];

/**
 * What {@link import("./v86.mjs").V86.boot} needs for a profile.
 *
 * Where register 40h reads 0 there is no block, but a program that believes it finds one at port 0: a
 * PC has a DMA controller there, whose count register it would read as PM1a_STS. So ports 0 to 5 are
 * watched like a block: nothing may be written to them.
 */
export function optionsOf({ at, block, bios, own = false, portZero }) {
  if (own) return { acpi: true, bios };
  return {
    bios,
    hardware(cpu) {
      if (at) addBaseRegister(cpu, { ...at, register: block ? block.base | 1 : 0 });
      if (block) return addPowerManagement(cpu, block);
      if (!at) return {};
      if (portZero) splitDma(cpu);
      return { pm: watchPm(cpu, 0, 6) };
    },
  };
}
