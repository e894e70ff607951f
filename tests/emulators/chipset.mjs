/**
 * Hardware that v86 has not got, made of its device tables: power management blocks as other
 * platforms place them (the table is tools/facts/platforms.toml), and a PC without a serial port.
 */

import { PWRBTN, SLP_EN, sleepType, TIMER_OFFSET, watchPm } from "./pm.mjs";

/** Rate of the ACPI power management timer in Hz (ACPI specification, section 4.8.2.1). */
const PM_TIMER = 3_579_545;
/** PM1a_CNT, bit 0: the SCI goes to the operating system. */
const SCI_EN = 0x0001;
/** The system control interrupt: IRQ 9 on every PC with these registers. */
const SCI = 9;
/** PCI register of the PM base in PIIX4 (PMBA) and ICH (PMBASE). */
const BASE_REGISTER = 0x40;
/** Where SeaBIOS expects the timer once it has set up a chipset it knows (src/fw/paravirt.c). */
const SEABIOS_BASES = [0x0600, 0xb000];

/** Adds a PCI function with a 256-byte configuration space. @returns {Int32Array} the space */
function addFunction(cpu, address, vendor, id, deviceClass, multifunction) {
  const space = new Uint8Array(256);
  const view = new DataView(space.buffer);
  view.setUint16(0x00, vendor, true);
  view.setUint16(0x02, id, true);
  view.setUint16(0x0a, deviceClass, true);
  view.setUint8(0x0e, multifunction ? 0x80 : 0);
  const { pci } = cpu.devices;
  pci.register_device({ pci_id: address, pci_space: [...space], pci_bars: [], name: `test ${id.toString(16)}` });
  return pci.device_spaces[address];
}

/**
 * Adds a PCI function that holds the base of a power management block, or seems to. Where v86 has one
 * itself that stays.
 *
 * @param {object} cpu v86's cpu, before the firmware runs, made without `acpi`
 * @param {object} where
 * @param {number} where.device PCI device number, bus 0
 * @param {number} where.function PCI function number
 * @param {number} [where.vendor]
 * @param {number} where.id device id
 * @param {number} where.register what the register at 40h reads
 */
export function addBaseRegister(cpu, { device, function: number, vendor = 0x8086, id, register }) {
  const address = (device << 3) | number;
  const { pci } = cpu.devices;
  if (pci.device_spaces[address]) {
    if (register) throw new Error(`v86 has a PCI function of its own at ${address.toString(16)}h`);
    return;
  }
  if (number !== 0 && !pci.device_spaces[device << 3]) {
    addFunction(cpu, device << 3, 0x8086, 0x7110, 0x0601, true); // PIIX4's ISA bridge
  }
  const space = addFunction(cpu, address, vendor, id, number === 0 && device === 0x1f ? 0x0601 : 0x0680, false);

  // The platform's firmware chose the base. SeaBIOS would choose its own: its writes are undone.
  const fix = () => (space[BASE_REGISTER >> 2] = register);
  fix();
  for (const bits of [8, 16, 32]) {
    const write = pci[`pci_write${bits}`];
    pci[`pci_write${bits}`] = function (...request) {
      write.apply(this, request);
      fix();
    };
  }
}

/**
 * Adds the registers of a block: status, enable and control, and the timer.
 *
 * @param {object} cpu v86's cpu, before the firmware runs
 * @param {object} pm as `pm` of a platform in tools/facts/platforms.toml, where each key is told; and besides:
 * @param {boolean} [pm.dead] the ports answer FFFFh, as where the block is not decoded
 * @param {boolean} [pm.pressed] PWRBTN_STS is set before the firmware runs
 * @returns {{press: () => void, pm: import("./pm.mjs").PmLog, off: Promise<void>}} the button,
 *     the watched registers, and a promise that is kept when the platform turns off
 */
export function addPowerManagement(
  cpu,
  { base, off, acts = "sleep-enable", sci = "irq9", latch = "always", status_noise: noise = 0, dead = false, pressed = false },
) {
  let status = pressed ? PWRBTN : 0;
  let enable = 0;
  let control = 0;
  let isOff = false;
  let turnOff;
  const turnedOff = new Promise((resolve) => (turnOff = resolve));
  const { io } = cpu;

  const line = () => {
    const event = status & enable & PWRBTN;
    if (event && (sci === "irq9" || (sci === "irq9-if-sci-en" && control & SCI_EN))) cpu.device_raise_irq(SCI);
    else cpu.device_lower_irq(SCI);
  };
  const controlled = (value) => {
    const act = acts === "change" ? sleepType(value) !== sleepType(control) : value & SLP_EN;
    control = value & ~SLP_EN; // write-only, reads as zero
    if (act && off.includes(sleepType(value))) {
      isOff = true;
      turnOff();
    }
  };
  if (!dead) {
    io.register_read(base, {}, undefined, () => status | noise);
    io.register_write(base, {}, undefined, (value) => (status &= ~value, line()));
    io.register_read(base + 2, {}, undefined, () => enable);
    io.register_write(base + 2, {}, undefined, (value) => ((enable = value), line()));
    io.register_read(base + 4, {}, undefined, () => control);
    io.register_write(base + 4, {}, undefined, (value) => (controlled(value), line()));
  }
  for (const timer of new Set([base, ...SEABIOS_BASES])) {
    io.register_read(timer + TIMER_OFFSET, {}, undefined, undefined, () =>
      Math.floor((performance.now() * PM_TIMER) / 1000) & 0xffffff,
    );
  }

  // Nothing counts that the CPU does after the platform has cut its power.
  const pm = watchPm(cpu, base);
  const { write } = pm;
  let cut = false;
  pm.write = function (...access) {
    if (!cut) write.apply(this, access);
    cut = isOff;
  };

  return {
    press() {
      if (latch === "enabled" && !(enable & PWRBTN)) return;
      status |= PWRBTN;
      line();
    },
    pm,
    off: turnedOff,
  };
}

/**
 * Lets the DMA controller at ports 0 to 7 answer accesses of 16 bits as a PC's bus does, as two of 8:
 * v86 itself has no answer to them.
 */
export function splitDma(cpu) {
  const { ports } = cpu.io;
  for (let port = 0; port < 8; port++) {
    const { read8: low, write8: writeLow, device } = ports[port];
    const { read8: high, write8: writeHigh, device: next } = ports[port + 1];
    ports[port].read16 = () => low.call(device) | (high.call(next) << 8);
    ports[port].write16 = (value) => {
      writeLow.call(device, value & 0xff);
      writeHigh.call(next, value >> 8);
    };
  }
}

/** Wires COM1's interrupt to another line than 4. */
export function wireUart(cpu, irq) {
  cpu.devices.uart0.irq = irq;
}

/** COM1's transmitter and line status registers; LSR bit 5, THRE: the transmitter takes a byte. */
const THR = 0x3f8;
const LSR = 0x3fd;
const THRE = 0x20;

/**
 * Makes COM1 a line with back-pressure, as a virtual UART has whose other end is a socket or a pipe: a byte
 * leaves the transmitter when the reader fetches it, and THRE is clear until then.
 *
 * @returns {{fetch: () => void, read: () => void, stop: () => void, waits: () => Promise<void>, overrun: number}}
 *     `fetch` takes the byte that waits; `read` takes that one and each that comes, which is how it is at the
 *     start; `stop` takes no more; `waits` is kept when a byte waits; `overrun` counts the bytes that were written
 *     although one waited
 */
export function addReader(cpu) {
  const { ports } = cpu.io;
  const { read8, device } = ports[LSR];
  const { write8, device: transmitter } = ports[THR];
  let reading = true;
  let waiting = null;
  let overrun = 0;
  let tell = () => {};
  const fetch = () => {
    if (waiting === null) return;
    write8.call(transmitter, waiting);
    waiting = null;
  };
  ports[THR].write8 = function (byte) {
    if (device.line_control & 0x80) return write8.call(this, byte); // the divisor's lower byte
    if (waiting !== null) overrun++; // lost, as on the chip
    waiting = byte;
    if (reading) fetch();
    else tell();
  };
  ports[LSR].read8 = function (...address) {
    const status = read8.apply(this, address);
    return waiting === null ? status : status & ~THRE;
  };
  return {
    fetch,
    read() {
      reading = true;
      fetch();
    },
    stop() {
      reading = false;
    },
    waits: () => new Promise((resolve) => (waiting === null ? (tell = resolve) : resolve())),
    get overrun() {
      return overrun;
    },
  };
}

/**
 * Sets bit 7 of COM1's line status, an error somewhere in the FIFO, whatever else it says.
 *
 * @returns {() => number} how often it has been read
 */
export function addFifoError(cpu) {
  const port = cpu.io.ports[LSR];
  const { read8 } = port;
  let reads = 0;
  port.read8 = function (...address) {
    reads++;
    return read8.apply(this, address) | 0x80;
  };
  return () => reads;
}

/** Takes COM1 away: its eight ports answer as an empty bus does. */
export function removeUart(cpu) {
  for (let port = 0x3f8; port < 0x400; port++) {
    Object.assign(cpu.io.ports[port], {
      read8: () => 0xff,
      read16: () => 0xffff,
      read32: () => -1,
      write8: () => {},
      write16: () => {},
      write32: () => {},
    });
  }
}
