/** v86 for Node: its engine, the firmware, and a machine whose devices are there and which has not yet run. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { V86 } from "v86";
import { BIOS, firmwareFile, VGA_BIOS } from "./firmware.mjs";

export { addPowerButton } from "../page/power.js";

const engine = await WebAssembly.compile(readFileSync(createRequire(import.meta.url).resolve("v86/build/v86.wasm")));
const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));

/** Of the emulator and of Node, for a failing test. */
export const VERSION = `v86 ${lock.packages["node_modules/v86"].version}, Node ${process.version}`;

/** A file as v86 wants it: a buffer of its own, the guest may write to it. */
export function content(file) {
  return { buffer: Uint8Array.from(readFileSync(file)).buffer };
}

/**
 * Makes a machine with SeaBIOS and its VGA BIOS; `run()` starts it.
 *
 * @param {object} options v86's, beside the engine and the firmware
 * @returns {Promise<V86>} when its devices exist
 */
export async function loadV86(options) {
  const emulator = new V86({
    wasm_fn: async (imports) => (await WebAssembly.instantiate(engine, imports)).exports,
    bios: content(firmwareFile(BIOS)),
    vga_bios: content(firmwareFile(VGA_BIOS)),
    disable_mouse: true,
    disable_keyboard: true,
    disable_speaker: true,
    autostart: false,
    ...options,
  });
  await new Promise((resolve) => emulator.add_listener("emulator-loaded", resolve));
  return emulator;
}
