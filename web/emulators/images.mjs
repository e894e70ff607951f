/** The images under test: what `make all` put into build/. BUILD names another folder. */

import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.resolve(process.env.BUILD ?? fileURLToPath(new URL("../../build", import.meta.url)));
const image = (name) => path.join(folder, name);

export const DISK = image("boot.img");
export const ISO = image("boot.iso");
export const VHD = image("boot.vhd");
export const VDI = image("boot.vdi");
export const FLOPPY = image("boot-floppy.img");
