/**
 * The third machine: Bochs with its own BIOS (rombios) and VGA BIOS, headless.
 *
 * - COM1 is a TCP connection that Bochs makes to this process (mode=socket-client).
 * - The display is its VNC server (display_library rfb, in Debian's package bochs itself): what
 *   a VNC client types goes through Bochs' own keyboard code.
 * - Debian's build is the one with the debugger. It starts and stops the machine, shows
 *   video memory, and its `restore` command loads a device's saved state into the running one.
 *   Bochs' PIIX4 has no power button (iodev/acpi.cc never sets bit 8 of the status by itself),
 *   so a press is done that way: the device's status register becomes 0100h.
 * - Its ACPI device logs each access to its registers (debug: acpi=report).
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { keysyms } from "./keys.mjs";
import { PmLog, PROGRAM } from "./pm.mjs";
import { connectKeyboard } from "./rfb.mjs";
import { atEnd } from "../shared/cleanup.mjs";
import { bytesOf, inTime, Transcript, Waits } from "../shared/transcript.mjs";

const SHARE = process.env.BXSHARE ?? "/usr/share/bochs";
const BIOS = `${SHARE}/BIOS-bochs-latest`;
/** Where a processor starts after a reset. */
const RESET = "f000:fff0";
/** The emulator itself: `bochs` is a shell script around it. */
const EMULATOR = "/usr/bin/bochs-bin";

let debuggerFlags;

/** The emulator's arguments. For its debugger Bochs 3.0 wants a flag, which 2.7 refuses and starts it anyway. */
function argumentsFor(settings) {
  debuggerFlags ??= /^ *-debugger /m.test(spawnSync(EMULATOR, ["--help"]).output.join("")) ? ["-debugger"] : [];
  return ["-q", ...debuggerFlags, "-f", settings];
}

/**
 * Instructions a second that Bochs takes for the guest's clock: few, so that a byte at 9600
 * baud, about a millisecond, is few instructions to emulate.
 */
const IPS = 4_000_000;
/**
 * Length of a slice in ticks of that clock: two seconds, more than the program ever sleeps. Bochs
 * looks at the end of a slice only when the CPU is awake, and its debugger's timer goes on meanwhile
 * (bx_debug/dbg_main.cc makes it a periodic one): if it comes twice in one HLT, the debugger counts
 * its breakpoints below zero and writes over other memory.
 */
const SLICE = 2 * IPS;

/** VGA text memory and the number of bytes of its 80 x 25 characters. */
const TEXT = 0xb8000;
const TEXT_BYTES = 80 * 25 * 2;

/** PIIX3's and PIIX4's saved state as Bochs' `restore` reads it: only what is to change. */
const PRESSED = "acpi = {\n  pmsts = 0x0100\n}\n";
// After every restore Bochs claims the PCI interrupt lines anew and stops over those it already
// has. With the list of them empty there is nothing to claim; the routing itself stays.
const NO_LINES = `pci2isa = {\n  irq_registry = [\n    ${Array(16).fill("0x00").join(", ")}\n  ]\n}\n`;

/** Text that one end collects and another waits for. */
class Log {
  text = "";
  #ended;
  #waits = new Waits();

  add(data) {
    this.text += data;
    this.#waits.look();
  }

  /** Nothing more comes: `error` says why. */
  end(error) {
    this.#ended = error;
    this.#waits.look();
  }

  /** The first match of `pattern`, once it is there. */
  match(pattern) {
    const find = () => {
      const match = this.text.match(pattern);
      if (!match && this.#ended) throw this.#ended;
      return match;
    };
    return this.#waits.until(find, () => `${pattern} in Bochs' output:\n${this.text}`);
  }
}

export class Bochs {
  /** What COM1 put out. */
  serial = new Transcript();
  /** What was written to the PM1 block after the program started. */
  pm = new PmLog();
  /** Kept when Bochs has ended: its exit code, signal, and whether by the soft-off register. */
  ended;
  #process;
  #folder;
  #forget = () => {};
  #settings;
  #log = new Log();
  #debugger = new Log();
  #server;
  #line;
  #keyboard;
  #prompts = 0;

  /**
   * Starts a machine. It stands at its first instruction; {@link go} lets it run.
   *
   * @param {object} options
   * @param {string} [options.disk] file for the IDE disk, copied
   * @param {string} [options.mode] Bochs' disk image mode: flat, vpc (VHD), vbox (VDI)
   * @param {string} [options.cdrom] file for the IDE CD drive
   * @param {string} [options.floppy] file for the 1.44 MB floppy drive, copied
   * @param {string} [options.chipset] i440fx, i440bx (PIIX4 at 00:07.3), i430fx (no ACPI), or
   *     none (no PCI at all)
   * @param {boolean} [options.com1] whether there is a serial port
   */
  static async start({ disk, mode = "flat", cdrom, floppy, chipset = "i440fx", com1 = true }) {
    const machine = new Bochs();
    try {
      await machine.#start({ disk, mode, cdrom, floppy, chipset, com1 });
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  async #start({ disk, mode, cdrom, floppy, chipset, com1 }) {
    this.#folder = await mkdtemp(path.join(os.tmpdir(), "boot256-bochs-"));
    this.#forget = atEnd(() => {
      this.#process?.kill("SIGKILL");
      rmSync(this.#folder, { recursive: true, force: true });
    });
    this.#server = net.createServer((line) => {
      this.#line = line;
      line.on("data", (data) => this.serial.push(data));
      line.on("error", () => {}); // Bochs ends without closing: the exit is what counts
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");

    // Bochs may write to an image, and puts a lock file beside a disk.
    const own = async (file) => {
      const copy = path.join(this.#folder, path.basename(file));
      await copyFile(file, copy);
      return copy;
    };
    let drive;
    let from;
    if (disk) {
      from = "disk";
      drive = `ata0-master: type=disk, path=${await own(disk)}, mode=${mode}`;
    } else if (cdrom) {
      from = "cdrom";
      drive = `ata0-master: type=cdrom, path=${path.resolve(cdrom)}, status=inserted`;
    } else {
      from = "floppy";
      drive = `floppya: 1_44=${await own(floppy)}, status=inserted`;
    }
    const acpi = chipset === "i440fx" || chipset === "i440bx";
    this.#settings = `${[
      'display_library: rfb, options="timeout=0"',
      `romimage: file=${BIOS}`,
      `vgaromimage: file=${SHARE}/VGABIOS-lgpl-latest`,
      "megs: 32",
      `cpu: model=pentium, ips=${IPS}`,
      chipset === "none" ? "pci: enabled=0" : `pci: enabled=1, chipset=${chipset}`,
      "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14",
      drive,
      `boot: ${from}`,
      `com1: enabled=${com1 ? 1 : 0}${com1 ? `, mode=socket-client, dev=127.0.0.1:${this.#server.address().port}` : ""}`,
      // As fast as it goes: a halted guest's time flies to the next timer tick.
      "clock: sync=none",
      // No sound plug-ins: they would look for a sound card.
      "plugin_ctrl: sb16=0, es1370=0, speaker=0, gameport=0",
      "log: -",
      // Bochs refuses a log level for a device that the chipset has not got.
      ...(acpi ? ["debug: action=ignore, acpi=report"] : []),
      "panic: action=fatal",
    ].join("\n")}\n`;
    const file = path.join(this.#folder, "bochsrc");
    await writeFile(file, this.#settings);

    const child = spawn(EMULATOR, argumentsFor(file), { cwd: this.#folder, stdio: "pipe" });
    this.#process = child;
    child.stdin.on("error", () => {});
    child.stderr.on("data", (data) => this.#listen(data.toString("latin1")));
    child.stdout.on("data", (data) => this.#debugger.add(data.toString("latin1")));
    this.ended = once(child, "close").then(([code, signal]) => {
      const why = `Bochs ended (${signal ?? code})`;
      this.serial.end(why);
      for (const log of [this.#log, this.#debugger]) log.end(new Error(`${why}:\n${this.#log.text.slice(-3000)}`));
      return { code, signal, softOff: this.#log.text.includes("ACPI control: soft power off") };
    });

    const [, port] = await this.#log.match(/listening for connections on port (\d+)/);
    await this.#prompt();
    // Connected before the first instruction: without a client Bochs draws into file descriptor
    // 0. Not sooner: its server's thread and its start-up get in each other's way.
    this.#keyboard = await connectKeyboard(Number(port));
  }

  #partial = "";

  /** Reads the log by lines, so that accesses to the PM block are noted as they come. */
  #listen(data) {
    const lines = (this.#partial + data).split("\n");
    this.#partial = lines.pop();
    for (const line of lines) {
      const write = line.match(/write to PM register 0x([0-9a-f]+), value = 0x([0-9a-f]+) \(len=(\d)\)/i);
      const read = line.match(/read from PM register 0x([0-9a-f]+) returns .*\(len=(\d)\)/i);
      if (write) {
        const [, offset, value, length] = write;
        this.pm.write(Number.parseInt(offset, 16), Number(length) * 8, Number.parseInt(value, 16));
      }
      else if (read) this.pm.read(Number.parseInt(read[1], 16), Number(read[2]) * 8);
      else this.#log.add(`${line}\n`);
    }
  }

  /** Waits for the debugger's next prompt and gives what it wrote since the last one. */
  async #prompt() {
    const from = this.#debugger.text.length;
    this.#prompts++;
    const mark = `<bochs:${this.#prompts}> `;
    await this.#debugger.match(new RegExp(mark));
    const text = this.#debugger.text;
    return text.slice(from, text.indexOf(mark));
  }

  async #command(line) {
    const answer = this.#prompt();
    this.#process.stdin.write(`${line}\n`);
    return answer;
  }

  #running = null;
  #stopping = false;

  /**
   * Lets the machine run until it is stopped, in slices of guest time: the debugger's own way
   * to stop it from outside, SIGINT, can find Bochs in the middle of a log line and then locks
   * it up for good.
   */
  go() {
    this.#stopping = false;
    this.#running = (async () => {
      while (!this.#stopping) {
        await this.#command(`sb ${SLICE}`);
        await this.#command("c");
      }
    })();
    this.#running.catch(() => {}); // Bochs has ended: whoever waits for it is told
  }

  /** Stops the machine between two instructions. */
  async pause() {
    this.#stopping = true;
    await this.#running;
  }

  /** Runs a stopped machine up to a physical address. @returns {Promise<string>} its CS:IP */
  async goTo(address) {
    await this.#command(`pb 0x${address.toString(16)}`);
    const shown = await this.#command("c");
    await this.#command("d 1");
    const place = shown.match(/\(0\) \[0x[0-9a-f]+\] ([0-9a-f]{4}:[0-9a-f]{4}) /);
    if (!place) throw new Error(`Bochs did not say where it stopped:\n${shown}`);
    return place[1];
  }

  /** What Bochs has logged so far, its accesses to the PM block left out. */
  get log() {
    return this.#log.text;
  }

  /** Version and configuration, for a failing test. */
  describe() {
    const version = this.#log.text.match(/Bochs x86 Emulator [\d.]+/)?.[0] ?? "Bochs";
    return `${version}: ${[EMULATOR, ...argumentsFor("bochsrc")].join(" ")}\n${this.#settings}\nCOM1: "${this.serial}"\nPM writes: ${this.pm}`;
  }

  /** Sends bytes (or Latin-1 text) to COM1. */
  send(data) {
    this.#line.write(bytesOf(data));
  }

  /** Presses and releases a key or a chord such as "Control+h". */
  key(chord) {
    for (const [keysym, down] of keysyms(chord)) this.#keyboard.key(keysym, down);
  }

  /** Presses the power button: sets PWRBTN_STS in Bochs' PIIX4 while it runs. */
  async press() {
    const state = path.join(this.#folder, "pressed");
    await mkdir(state, { recursive: true });
    await writeFile(path.join(state, "acpi"), PRESSED);
    await writeFile(path.join(state, "pci2isa"), NO_LINES);
    await this.pause();
    await this.#command(`restore "pci2isa" "${state}"`);
    await this.#command(`restore "acpi" "${state}"`);
    this.go();
  }

  /** The screen's 25 lines without the blanks at their ends, bytes as Latin-1. */
  async screen() {
    await this.pause();
    const dump = await this.#command(`xp /${TEXT_BYTES}bx 0x${TEXT.toString(16)}`);
    this.go();
    const bytes = [];
    for (const line of dump.split("\n")) {
      const values = line.match(/^0x[0-9a-f]+ <bogus\+\s*\d+>:((?:\s+0x[0-9a-f]{2})+)/);
      if (values) bytes.push(...values[1].trim().split(/\s+/).map(Number));
    }
    if (bytes.length !== TEXT_BYTES) throw new Error(`Bochs showed ${bytes.length} bytes of video memory:\n${dump}`);
    return Array.from({ length: 25 }, (_, row) => {
      const cells = Uint8Array.from({ length: 80 }, (_, column) => bytes[(row * 80 + column) * 2]);
      return Buffer.from(cells).toString("latin1").replace(/[ \0]+$/, "");
    });
  }

  /** Looks at the screen until it satisfies `test`; each look stops and restarts the machine. */
  async screenUntil(test, what) {
    const looking = { on: true };
    const look = async () => {
      while (looking.on && !test(await this.screen()));
    };
    await inTime(look(), () => `${what} on Bochs' screen`).finally(() => (looking.on = false));
  }

  /** Ends the machine and removes its folder. */
  async stop() {
    if (this.#process && this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill("SIGKILL");
    }
    await this.ended;
    this.#keyboard?.close();
    this.#line?.destroy();
    this.#server?.close();
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
    this.#forget();
  }
}

/**
 * Why nothing can be booted in Bochs here; false where it can, or where a test itself says what is missing.
 *
 * Ubuntu 24.04's BIOS for Bochs (bochsbios 2.7+dfsg-4build5) resets the machine before it looks for a disk, in
 * Debian's Bochs too.
 *
 * @param {string} disk file that can be booted
 * @throws {Error} where nothing may skip itself (BOOT256_SKIP=no)
 */
export async function whyNotBooted(disk) {
  let machine;
  try {
    machine = await Bochs.start({ disk });
  } catch {
    return false;
  }
  try {
    if ((await machine.goTo(PROGRAM)) !== RESET) return false;
  } finally {
    await machine.stop();
  }
  const why = `the BIOS ${BIOS} resets the machine for ever; the environment's BXSHARE names a folder with another`;
  if (process.env.BOOT256_SKIP === "no") throw new Error(why);
  return why;
}
