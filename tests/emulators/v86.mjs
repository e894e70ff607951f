/**
 * The second machine: v86 in Node, with SeaBIOS and its VGA BIOS from the distribution. Its
 * devices are JavaScript objects, so a test may add, move or take away hardware before the
 * firmware starts (see chipset.mjs).
 */

import { bytesOf, inTime, Transcript } from "../../web/shared/transcript.mjs";
import { addPowerButton, content, loadV86, VERSION } from "../../web/shared/v86.mjs";
import { installBios } from "./bios.mjs";
import { scanCodes } from "./keys.mjs";
import { watchPm } from "./pm.mjs";

/** Guest memory in bytes. */
const MEMORY = 16 << 20;
/** v86's own PM1 block, wired in its src/acpi.js. */
const V86_PM_BASE = 0xb000;

export class V86 {
  /** What COM1 put out. */
  serial = new Transcript();
  /** What the program read and wrote in the PM1 block. See pm.mjs. */
  pm;
  /** Lines that a device has raised since the start, in order: 1 keyboard, 4 COM1, 8 clock, 9 SCI. */
  irqs = [];
  /** The BIOS's habits that were asked for (see bios.mjs), or null. */
  bios = null;
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
   * @param {(cpu: object) => {press?: () => void, pm?: object}} [options.hardware] changes the
   *     devices before the firmware starts
   * @param {import("./bios.mjs").Habits} [options.bios] habits of another BIOS
   */
  static async boot({ disk, cdrom, floppy, acpi = false, hardware, bios }) {
    const machine = new V86();
    const more = [hardware && "changed hardware", bios && `a BIOS of ${JSON.stringify(bios)}`].filter(Boolean);
    machine.#what = [`${VERSION}: ${disk ?? cdrom ?? floppy} acpi=${acpi}`, ...more].join(", ");
    const emulator = await loadV86({
      ...(disk && { hda: content(disk) }),
      ...(cdrom && { cdrom: content(cdrom) }),
      ...(floppy && { fda: content(floppy) }),
      memory_size: MEMORY,
      acpi,
    });
    machine.#emulator = emulator;
    emulator.add_listener("serial0-output-byte", (byte) => machine.serial.push([byte]));

    const { cpu } = emulator.v86;
    const raise = cpu.device_raise_irq;
    cpu.device_raise_irq = (line) => {
      machine.irqs.push(line);
      raise(line);
    };
    if (bios) {
      machine.bios = installBios(cpu, bios);
      emulator.add_listener("serial0-output-byte", () => {
        if (!machine.bios.installed) machine.serial.end("the boot sector ran before the BIOS had its habits");
      });
    }
    if (acpi) {
      machine.pm = watchPm(cpu, V86_PM_BASE);
      machine.#button = addPowerButton(cpu, () => {});
    }
    if (hardware) {
      const { press, pm } = hardware(cpu) ?? {};
      machine.#button = press && { press };
      machine.pm = pm;
    }
    emulator.run();
    return machine;
  }

  /** Version and configuration, for a failing test. */
  describe() {
    return `${this.#what}\nCOM1: "${this.serial}"\nPM writes: ${this.pm ?? "none"}\nIRQs, the last 20: ${this.irqs.slice(-20)}`;
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

  /** v86's cpu, to change a device while the machine runs. */
  get cpu() {
    return this.#emulator.v86.cpu;
  }

  /** Bytes sent to COM1 that the program has not yet taken. */
  get unsent() {
    return this.cpu.devices.uart0.input.length;
  }

  /** Takes the clock's one-a-second interrupt away, which the program has asked for at its start. */
  stopClock() {
    const { rtc } = this.cpu.devices;
    if (!rtc.update_interrupt) throw new Error("the clock's update interrupt is off already");
    rtc.update_interrupt = false;
  }

  /** Waits until a device raises `line` once more. */
  raised(line) {
    const before = this.irqs.length;
    const { push } = this.irqs;
    const seen = new Promise((resolve) => {
      this.irqs.push = function (raised) {
        if (raised === line) {
          this.push = push;
          resolve();
        }
        return push.call(this, raised);
      };
    });
    return inTime(seen, () => `IRQ ${line}; raised since: ${this.irqs.slice(before)}`);
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
