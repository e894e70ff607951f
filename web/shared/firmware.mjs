/** Where the distribution keeps SeaBIOS. Debian and Ubuntu: package seabios. */

import { existsSync } from "node:fs";
import path from "node:path";

const folder = process.env.SEABIOS_DIR ?? "/usr/share/seabios";

/** The system BIOS for a PC with i440FX: 128 KiB, mapped below 1 MiB. */
export const BIOS = "bios.bin";
/** The VGA BIOS for a plain VGA with VBE, as v86 and QEMU's stdvga have it. */
export const VGA_BIOS = "vgabios-stdvga.bin";

/**
 * @param {string} name {@link BIOS} or {@link VGA_BIOS}
 * @returns {string} the file's path
 * @throws {Error} when the package is not installed
 */
export function firmwareFile(name) {
  const file = path.join(folder, name);
  if (!existsSync(file)) {
    throw new Error(`${file} is missing (package seabios): run 'make setup-all', or set SEABIOS_DIR`);
  }
  return file;
}
