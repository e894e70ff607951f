/**
 * The platforms of tools/facts/platforms.toml on v86: what an entry says of hardware is built (chipset.mjs),
 * its BIOS's habits are put around SeaBIOS (bios.mjs). A new entry of the file is tried as it is.
 *
 * Not to be had on v86, whatever an entry says: a UART without a FIFO, its interrupt enables at entry, the gate
 * of OUT2, a transmitter that waits for its reader, calls that keep interrupts out, controllers without ELCR.
 * The model machine has these (tests/model).
 */

import { PLATFORMS } from "../../web/shared/facts.mjs";
import { addBaseRegister, addPowerManagement, splitDma, wireUart } from "./chipset.mjs";
import { watchPm } from "./pm.mjs";

/** Why v86 cannot be a platform at all, or "". */
function obstacle({ bios }) {
  return bios.int10 === "serial-console" ? "SeaBIOS's serial console needs QEMU" : "";
}

/** Platforms that v86 can be, and those it cannot, with the reason. */
export const PROFILES = PLATFORMS.filter((platform) => !obstacle(platform));
export const LEFT_OUT = PLATFORMS.filter(obstacle).map(({ name, bios }) => ({ name, why: obstacle({ bios }) }));

/** v86's own devices are what two of the entries describe. */
const OWN = "v86";
const isOwn = ({ id }) => id === OWN || id.startsWith(`${OWN}-`);

/** `bus:device.function` and `vendor:device`, in hexadecimal, as numbers. */
function placeOf({ at, id }) {
  const [, bus, device, number] = at.match(/^([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i) ?? [];
  const [, vendor, chip] = id.match(/^([0-9a-f]{4}):([0-9a-f]{4})$/i) ?? [];
  if (Number(bus) !== 0 || !chip) throw new Error(`v86 has no PCI function ${id} at ${at}`);
  return { device: parseInt(device, 16), function: Number(number), vendor: parseInt(vendor, 16), id: parseInt(chip, 16) };
}

/** The PCI function that the program reads a base from, if there is one: a PIIX4's, or else the bridge at 00:1f.0. */
export function baseFunction({ pci }) {
  if (pci.bios !== "present") return undefined;
  return pci.functions.find(({ id }) => id === "8086:7113") ?? pci.functions.find(({ at }) => at === "00:1f.0");
}

/** SLP_TYP that turns a platform off as the program goes through its list; null: none does. */
export const offBy = ({ pm }, types) => types.find((type) => pm.off.includes(type)) ?? null;

/** A BIOS's habits as bios.mjs has them. @returns {import("./bios.mjs").Habits} */
function habits({ pci, pic, bios, uart }) {
  const keep = bios.flag_after === "kept";
  const clobbers = { results: [], rombios: [], all: ["worst"] }[bios.clobbers];
  // Where no other habit does it, one that sets the flag alone.
  const calls = (...list) => (list.length === 0 && !keep ? ["flag"] : list);
  const all = {
    int10: calls(...clobbers, ...(bios.int10 === "system" ? ["system"] : [])),
    int14: calls(...clobbers),
    int16: calls(...(bios.int16 === "dropped" ? ["dropped"] : []), ...clobbers),
    int1a: calls(...{ present: bios.clobbers === "rombios" ? ["rombios"] : clobbers, absent: ["none"], silent: ["unknown"] }[pci.bios]),
    [`irq${uart.irq}`]: bios.unclaimed === "eoi-and-mask" ? "masks" : [],
    irq8: bios.irq8 === "if-asked" ? "if-asked" : [],
    irq9: { eoi: [], iret: "iret", "eoi-and-mask": "masks" }[bios.irq9],
  };
  const some = Object.entries(all).filter(([, list]) => list.length > 0);
  return {
    ...Object.fromEntries(some),
    ...(!keep && { flag: bios.flag_after === "on" ? 1 : 0 }),
    entry: { masks: pic.masks, level: pic.level, interrupts: bios.enters_with_if },
  };
}

/**
 * What {@link import("./v86.mjs").V86.boot} needs for a platform.
 *
 * Where register 40h reads 0 there is no block, but a program that believes it finds one at port 0: a PC has a
 * DMA controller there, whose count register it would read as PM1a_STS. So ports 0 to 5 are watched like a
 * block: nothing may be written to them.
 */
export function optionsOf(platform) {
  const { pci, pm, uart, kind } = platform;
  const bios = habits(platform);
  if (isOwn(platform)) return { acpi: pm.base !== undefined, bios };
  return {
    bios,
    hardware(cpu) {
      wireUart(cpu, uart.irq);
      for (const entry of pci.functions) addBaseRegister(cpu, { ...placeOf(entry), register: entry.register_40 ?? 0 });
      if (pm.base !== undefined) return addPowerManagement(cpu, pm);
      if (!baseFunction(platform)) return {};
      if (kind === "pc") splitDma(cpu);
      return { pm: watchPm(cpu, 0, 6) };
    },
  };
}
