/**
 * Puts the page together: `node build.mjs --image boot.img --map map.json --out build/web`.
 *
 * The result is a folder of plain files for any web server: the page's own modules, v86 and
 * xterm.js from node_modules (package-lock.json pins them), SeaBIOS and its VGA BIOS from the
 * distribution, the disk image and the byte map, and the licences of all of it.
 */

import { rmSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DISK_SIZE } from "./page/image.js";
import { BIOS, firmwareFile, VGA_BIOS } from "./shared/firmware.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));

/** Where Debian's packages keep licence texts; other systems set the variables. */
const common = process.env.LICENCE_DIR ?? "/usr/share/common-licenses";
const copyright = process.env.SEABIOS_COPYRIGHT ?? "/usr/share/doc/seabios/copyright";

/** What comes from elsewhere: npm packages, the distribution, the project's folder. `need` says what to do if it is not there. */
const npm = (from, to) => ({ from: path.join(here, "node_modules", from), to, need: "run 'make web', which installs the npm packages" });
const firmware = (name) => ({ from: firmwareFile(name), to: `firmware/${name}` });
const licence = (from, to, need = "it belongs there") => ({ from, to: `licences/${to}`, need });
const parts = () => [
  // .js and not .mjs: to a browser it is the same, but not every web server knows the latter's type.
  npm("v86/build/libv86.mjs", "vendor/libv86.js"),
  npm("v86/build/v86.wasm", "vendor/v86.wasm"),
  npm("v86/build/v86-fallback.wasm", "vendor/v86-fallback.wasm"),
  npm("v86/LICENSE", "licences/v86.txt"),
  npm("@xterm/xterm/lib/xterm.mjs", "vendor/xterm.js"),
  npm("@xterm/xterm/css/xterm.css", "vendor/xterm.css"),
  npm("@xterm/xterm/LICENSE", "licences/xterm.txt"),
  npm("@xterm/addon-fit/lib/addon-fit.mjs", "vendor/addon-fit.js"),
  npm("@xterm/addon-fit/LICENSE", "licences/xterm-addon-fit.txt"),
  firmware(BIOS),
  firmware(VGA_BIOS),
  licence(copyright, "seabios.txt", "install the package seabios ('make setup-all')"),
  licence(path.join(common, "LGPL-3"), "LGPL-3.txt", "install the package base-files"),
  licence(path.join(common, "GPL-3"), "GPL-3.txt", "install the package base-files"),
  licence(path.join(here, "..", "LICENSE"), "boot256.txt"),
];

function fail(message) {
  console.error(`boot256: ${message}`);
  process.exit(1);
}

async function read(file, need = "it is read to make the page") {
  try {
    return await readFile(file);
  } catch (error) {
    return fail(error.code === "ENOENT" ? `${file} is missing: ${need}` : error.message);
  }
}

/**
 * The version that a SeaBIOS image carries, the one it shows at start: a string that is nothing
 * else, such as "1.16.2-debian-1.16.2-1" or "rel-1.16.3-0-ga6ed6b7". Before it are a zero or, as in
 * Debian 13 and Ubuntu 24.04, bytes that fill a gap: NOPs.
 */
function seabiosVersion(image) {
  return image.toString("latin1").match(/(?<![ -~])((?:rel-)?\d+\.\d+\.\d+[\w.+-]*)\0/)?.[1] ?? "unknown";
}

const { values } = parseArgs({
  options: { image: { type: "string" }, map: { type: "string" }, out: { type: "string" } },
});
if (!(values.image && values.map && values.out)) fail("usage: node build.mjs --image boot.img --map map.json --out FOLDER");

const image = await read(values.image);
if (image.length > DISK_SIZE) fail(`${values.image} has ${image.length} bytes, the page takes ${DISK_SIZE}`);
const map = JSON.parse(await read(values.map));
map.bytes.forEach(({ value }, i) => {
  if (image[i] !== value) fail(`${values.map} and ${values.image} differ at byte ${i}: build both again`);
});

const out = path.resolve(values.out);
await mkdir(path.dirname(out), { recursive: true });
const work = await mkdtemp(`${out}.`);
// A failure ends the process in the middle: the half-made folder goes with it.
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
// mkdtemp's folder is its owner's alone; a web server must read this one.
await chmod(work, 0o755);

const put = async (name, content) => {
  await mkdir(path.dirname(path.join(work, name)), { recursive: true });
  await writeFile(path.join(work, name), content);
};
await cp(path.join(here, "page"), work, { recursive: true });
await put("boot.img", image);
await put("map.json", JSON.stringify(map));
try {
  // The content and not the file: Debian's firmware files may be links.
  for (const { from, to, need } of parts()) await put(to, await read(from, need));
} catch (error) {
  fail(error.message);
}

const { packages } = JSON.parse(await read(path.join(here, "package-lock.json")));
const versions = { boot256: `${map.size} bytes`, seabios: seabiosVersion(await read(firmwareFile(BIOS))) };
const licences = (await read(path.join(here, "page/licences/index.html"))).toString();
await put("licences/index.html", licences.replace(/\{(.+?)\}/g, (_, name) => versions[name] ?? packages[`node_modules/${name}`].version));

await rm(out, { recursive: true, force: true });
await rename(work, out);
