/** The second machine: v86 in Node, with SeaBIOS and its VGA BIOS from the distribution. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { V86 as Emulator } from "v86";
import { addPowerButton } from "../page/power.js";
import { BIOS, firmwareFile, VGA_BIOS } from "../shared/firmware.mjs";
import { bytesOf, inTime, Transcript } from "../shared/transcript.mjs";
import { scanCodes } from "./keys.mjs";
import { watchPm } from "./pm.mjs";

const engine = await WebAssembly.compile(readFileSync(createRequire(import.meta.url).resolve("v86/build/v86.wasm")));
const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));

/** Guest memory in bytes. */
const MEMORY = 16 << 20;
/** v86's own PM1 block, wired in its src/acpi.js. */
const V86_PM_BASE = 0xb000;

/** A file as v86 wants it: a buffer of its own, the guest may write to it. */
const content = (file) => ({ buffer: Uint8Array.from(readFileSync(file)).buffer });

export class V86 {
  /** What COM1 put out. */
  serial = new Transcript();
  /** What the program read and wrote in the PM1 block. See pm.mjs. */
  pm;
  #emulator;
  #button = null;
  #what;

  /**
   * Boots a machine.
   *
   * @param {object} options
   * @param {string} [options.disk] file for the IDE disk
   * @param {string} [options.cdrom] file for the IDE CD drive
   * @param {string} [options.floppy] file for the 1.44 MB floppy drive
   * @param {boolean} [options.acpi] v86's own ACPI device (PIIX4 at 00:07.0), off by default
   */
  static async boot({ disk, cdrom, floppy, acpi = false }) {
    const machine = new V86();
    machine.#what = `v86 ${lock.packages["node_modules/v86"].version}, Node ${process.version}: ${disk ?? cdrom ?? floppy} acpi=${acpi}`;
    const emulator = new Emulator({
      wasm_fn: async (imports) => (await WebAssembly.instantiate(engine, imports)).exports,
      bios: content(firmwareFile(BIOS)),
      vga_bios: content(firmwareFile(VGA_BIOS)),
      ...(disk && { hda: content(disk) }),
      ...(cdrom && { cdrom: content(cdrom) }),
      ...(floppy && { fda: content(floppy) }),
      memory_size: MEMORY,
      acpi,
      disable_mouse: true,
      disable_keyboard: true,
      disable_speaker: true,
      autostart: false,
    });
    await new Promise((resolve) => emulator.add_listener("emulator-loaded", resolve));
    machine.#emulator = emulator;
    emulator.add_listener("serial0-output-byte", (byte) => machine.serial.push([byte]));
    if (acpi) {
      const { cpu } = emulator.v86;
      machine.pm = watchPm(cpu, V86_PM_BASE);
      machine.#button = addPowerButton(cpu, () => {});
    }
    emulator.run();
    return machine;
  }

  /** Version and configuration, for a failing test. */
  describe() {
    return `${this.#what}\nCOM1: "${this.serial}"\nPM writes: ${this.pm ?? "none"}`;
  }

  /** Sends bytes (or Latin-1 text) to COM1. */
  send(data) {
    this.#emulator.serial_send_bytes(0, bytesOf(data));
  }

  /** Presses and releases a key or a chord such as "Control+h". */
  key(chord) {
    this.#emulator.keyboard_send_scancodes(scanCodes(chord));
  }

  /** Presses the power button. */
  press() {
    this.#button.press();
  }

  /** The screen's 25 lines without the blanks at their ends, code page 437 as Unicode. */
  screen() {
    return this.#emulator.screen_adapter.get_text_screen().map((line) => line.trimEnd());
  }

  /** Waits until the screen satisfies `test`, looked at again whenever a character is drawn. */
  screenUntil(test, what) {
    let look;
    let due = false;
    // Sent before each character is drawn, thousands at a time: one look per turn is enough.
    const drawn = () => {
      if (!due) setImmediate(look);
      due = true;
    };
    const seen = new Promise((resolve) => {
      look = () => {
        due = false;
        if (test(this.screen())) resolve();
      };
      this.#emulator.add_listener("screen-put-char", drawn);
      look();
    });
    return inTime(seen, () => `${what} on the screen:\n${this.screen().join("\n")}`).finally(() =>
      this.#emulator.remove_listener("screen-put-char", drawn),
    );
  }

  /** Ends the machine. */
  async stop() {
    await this.#emulator.destroy();
  }
}
