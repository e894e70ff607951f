/**
 * One PC in the page: v86 with the distribution's SeaBIOS, a disk, COM1, a VGA screen, a PC
 * keyboard, and a power switch that behaves like the one on a case.
 */

import { addPowerButton, SLP_EN } from "./power.js";
import { V86 } from "./vendor/libv86.js";

/** Guest memory in bytes: v86's smallest comfortable size, far more than the program uses. */
const MEMORY = 16 << 20;

/** Fetches a file of this folder; the error says which one and why. */
export async function load(path) {
  let answer;
  try {
    answer = await fetch(path);
  } catch (cause) {
    throw new Error(`${path} could not be loaded: is the page served over HTTP?`, { cause });
  }
  if (!answer.ok) throw new Error(`${path} could not be loaded: HTTP status ${answer.status}`);
  return answer.arrayBuffer();
}

/** v86's engine. The second build is for browsers that lack a WebAssembly feature of the first. */
async function loadEngine() {
  try {
    return await WebAssembly.compile(await load("vendor/v86.wasm"));
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    return WebAssembly.compile(await load("vendor/v86-fallback.wasm"));
  }
}

/**
 * Events: `state` (detail: "starting", "on", "off"), `serial` (detail: one byte of COM1),
 * `off` (detail: the word that the program wrote to PM1a_CNT).
 */
export class Machine extends EventTarget {
  #screen;
  #parts;
  #emulator = null;
  #button = null;
  #state = "off";
  #keyboard = false;
  // Starts and stops run one after the other: a click during a start waits for it.
  #queue = Promise.resolve();

  /** @param {HTMLElement} screen v86 draws the VGA screen in it */
  constructor(screen) {
    super();
    this.#screen = screen;
    this.#parts = Promise.all([
      loadEngine(),
      load("firmware/bios.bin"),
      load("firmware/vgabios-stdvga.bin"),
    ]);
    this.#parts.catch(() => {}); // start() reports it
  }

  /** @returns {"off" | "starting" | "on"} */
  get state() {
    return this.#state;
  }

  /** The screen's 25 lines, as the guest's video memory holds them. Empty when switched off. */
  get text() {
    return this.#state === "on" ? this.#emulator.screen_adapter.get_text_screen() : [];
  }

  #set(state) {
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  #next(step) {
    const result = this.#queue.then(step);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Switches on with `disk` (bytes) in the drive; a machine that runs is switched off first. */
  start(disk) {
    return this.#next(async () => {
      await this.#free();
      this.#set("starting");
      try {
        const [engine, bios, vgaBios] = await this.#parts;
        const emulator = new V86({
          wasm_fn: async (imports) => (await WebAssembly.instantiate(engine, imports)).exports,
          bios: { buffer: bios },
          vga_bios: { buffer: vgaBios },
          hda: { buffer: disk.slice().buffer },
          memory_size: MEMORY,
          acpi: true,
          screen: { container: this.#screen },
          disable_mouse: true,
          disable_speaker: true,
          autostart: false,
        });
        await new Promise((resolve) => emulator.add_listener("emulator-loaded", resolve));
        this.#emulator = emulator;
        emulator.keyboard_set_enabled(this.#keyboard);
        emulator.add_listener("serial0-output-byte", (byte) => {
          if (this.#emulator === emulator && this.#state === "on") {
            this.dispatchEvent(new CustomEvent("serial", { detail: byte }));
          }
        });
        this.#button = addPowerButton(emulator.v86.cpu, (word) => {
          if (word & SLP_EN && this.#emulator === emulator && this.#state === "on") {
            this.#off(word);
          }
        });
        this.#set("on");
        emulator.run();
      } catch (error) {
        this.#set("off");
        throw error;
      }
    });
  }

  /** The program asked for soft off: the lamp goes out at once, the machine is freed after. */
  #off(word) {
    this.#set("off");
    this.dispatchEvent(new CustomEvent("off", { detail: word }));
    this.#next(() => this.#free());
  }

  async #free() {
    const emulator = this.#emulator;
    this.#emulator = null;
    this.#button = null;
    if (emulator) await emulator.destroy();
  }

  /** Presses the ACPI power button. Does nothing unless the machine is on. */
  press() {
    if (this.#state === "on") this.#button.press();
  }

  /** Sends bytes to COM1. */
  send(bytes) {
    if (this.#state === "on") this.#emulator.serial_send_bytes(0, bytes);
  }

  /** Whether the page's key events go to the PC keyboard. */
  set keyboard(enabled) {
    this.#keyboard = enabled;
    this.#emulator?.keyboard_set_enabled(enabled);
  }

  /** Types text on the PC keyboard (US layout), as a paste does. */
  type(text) {
    if (this.#state === "on") this.#emulator.keyboard_send_text(text.replaceAll("\r\n", "\n"), 20);
  }
}
