/**
 * The ACPI fixed registers of a PC, watched: status at base, enable at base + 2, control at
 * base + 4, 16 bits each (ACPI specification, section 4.8.3).
 */

import { Waits } from "../shared/transcript.mjs";

/** Where a BIOS puts the boot sector. */
export const PROGRAM = 0x7c00;

const SLP_EN = 0x2000;

/** PM1_CNT, bit 2: calls the firmware. Of the lower byte's others SCI_EN and BM_RLD have no say in what follows. */
const GBL_RLS = 0x0004;
/** Bits of the upper byte beside SLP_TYP, SLP_EN and bit 8, which is reserved. */
const OTHERS = 0xc200;
/** SLP_TYP of a word written to PM1a_CNT. */
const sleepType = (word) => (word >> 10) & 7;

/** Offset of the power management timer in the block, both in PIIX4 and ICH: a BIOS counts time by it. */
const TIMER_OFFSET = 8;

/** Names of the registers by their offset in the block. */
export const REGISTERS = { 0: "STS", 2: "EN", 4: "CNT" };

/** Accesses to one PM1 block, in order, and waiting for them. */
export class PmLog {
  /** Writes in order, as {register, value}. */
  writes = [];
  /** Accesses that the contract forbids, in words: other sizes, other addresses, other bits. */
  strange = [];
  #waits = new Waits();

  /** Notes a write of `bits` bits at `offset` of the block. */
  write(offset, bits, value) {
    const register = REGISTERS[offset];
    if (!register || bits !== 16) this.strange.push(`${bits}-bit write of ${value.toString(16)}h at base+${offset}`);
    else this.writes.push({ register, value });
    if (register === "CNT" && value & (GBL_RLS | OTHERS)) this.strange.push(`${value.toString(16)}h written to PM1a_CNT`);
    this.#waits.look();
  }

  /** Notes a read of `bits` bits at `offset` of the block. */
  read(offset, bits) {
    const timer = offset === TIMER_OFFSET;
    if (!timer && (!REGISTERS[offset] || bits !== 16)) this.strange.push(`${bits}-bit read at base+${offset}`);
  }

  /** All writes in order, as "STS<-100h". */
  get list() {
    return this.writes.map(({ register, value }) => `${register}<-${value.toString(16)}h`);
  }

  /** Values written to one register, in order. */
  to(register) {
    return this.writes.filter((write) => write.register === register).map(({ value }) => value);
  }

  /** SLP_TYP of each word written to PM1a_CNT with SLP_EN, in order. */
  get sleeps() {
    return this.to("CNT").filter((word) => word & SLP_EN).map(sleepType);
  }

  /** Waits until `count` words with SLP_EN were written. */
  asleep(count) {
    return this.#waits.until(() => this.sleeps.length >= count, () => `${count} writes of SLP_EN, writes are ${this}`);
  }

  toString() {
    return this.list.join(" ") || "none";
  }
}

/**
 * Watches the block of a v86 machine from the moment the boot sector is in memory: what the firmware
 * does with its own chipset before that is its business.
 *
 * @param {object} cpu v86's cpu
 * @param {number} base the block's first port
 * @param {number} [size] ports of the block; 64 in PIIX4 and ICH
 */
export function watchPm(cpu, base, size = 64) {
  const log = new PmLog();
  // SeaBIOS leaves zeros there.
  const started = () => cpu.mem8[PROGRAM] !== 0;
  for (let offset = 0; offset < size; offset++) {
    const port = cpu.io.ports[base + offset];
    for (const bits of [8, 16, 32]) {
      const read = port[`read${bits}`];
      const write = port[`write${bits}`];
      port[`read${bits}`] = function (...address) {
        if (started()) log.read(offset, bits);
        return read.apply(this, address);
      };
      port[`write${bits}`] = function (value) {
        write.call(this, value);
        if (started()) log.write(offset, bits, value);
      };
    }
  }
  return log;
}
