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
import { BIOS, firmwareFile, VGA_BIOS } from "./shared/firmware.mjs";
import { DISK_SIZE } from "./page/image.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, "node_modules");

/** Where Debian's packages keep licence texts; other systems set the variables. */
const common = process.env.LICENCE_DIR ?? "/usr/share/common-licenses";
const copyright = process.env.SEABIOS_COPYRIGHT ?? "/usr/share/doc/seabios/copyright";

function fail(message) {
  console.error(`boot256: ${message}`);
  process.exit(1);
}

/** Copies one file; `need` says what to do where it is missing. */
async function copy(from, to, need) {
  try {
    await mkdir(path.dirname(to), { recursive: true });
    // The dereferenced content: Debian's firmware files may be links.
    await writeFile(to, await readFile(from));
  } catch (error) {
    if (error.code === "ENOENT") fail(`${from} is missing: ${need}`);
    throw error;
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

const escape = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

function licencePage(rows) {
  const body = rows
    .map(
      ({ name, version, licence, texts, source }) =>
        `<tr><th scope="row">${escape(name)}</th><td>${escape(version)}</td><td>${escape(licence)}: ` +
        texts.map(([file, label]) => `<a href="${file}">${escape(label)}</a>`).join(", ") +
        `</td><td>${escape(source)}</td></tr>`,
    )
    .join("\n        ");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>boot256: licences</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="../icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="../style.css">
  </head>
  <body>
    <header class="top"><h1>Licences</h1><p>What this folder holds besides boot256, unchanged from its makers.</p></header>
    <div class="wide">
      <table>
        <thead><tr><th scope="col">Part</th><th scope="col">Version</th><th scope="col">Licence</th><th scope="col">Source</th></tr></thead>
        <tbody>
        ${body}
        </tbody>
      </table>
    </div>
    <footer><p><a href="../">Back to the machine</a></p></footer>
  </body>
</html>
`;
}

const { values } = parseArgs({
  options: { image: { type: "string" }, map: { type: "string" }, out: { type: "string" } },
});
for (const name of ["image", "map", "out"]) {
  if (!values[name]) fail("usage: node build.mjs --image boot.img --map map.json --out FOLDER");
}

const out = path.resolve(values.out);
await mkdir(path.dirname(out), { recursive: true });
const work = await mkdtemp(`${out}.`);
// A failure ends the process in the middle: the half-made folder goes with it.
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

// mkdtemp's folder is its owner's alone; a web server must read this one.
await chmod(work, 0o755);

const into = (...names) => path.join(work, ...names);

const read = (file) => readFile(file).catch((error) => fail(`${file}: ${error.message}`));
const image = await read(values.image);
if (image.length > DISK_SIZE) fail(`${values.image} has ${image.length} bytes, the page takes ${DISK_SIZE}`);
const map = JSON.parse(await read(values.map));
map.bytes.forEach(({ value }, i) => {
  if (image[i] !== value) fail(`${values.map} and ${values.image} differ at byte ${i}: build both again`);
});

await cp(path.join(here, "page"), work, { recursive: true });
await writeFile(into("boot.img"), image);
await writeFile(into("map.json"), JSON.stringify(map));

// .js and not .mjs: to a browser it is the same, but not every web server knows the latter's type.
const install = "run 'make web', which installs the npm packages";
for (const [from, to] of [
  ["v86/build/libv86.mjs", "libv86.js"],
  ["v86/build/v86.wasm", "v86.wasm"],
  ["v86/build/v86-fallback.wasm", "v86-fallback.wasm"],
  ["@xterm/xterm/lib/xterm.mjs", "xterm.js"],
  ["@xterm/xterm/css/xterm.css", "xterm.css"],
  ["@xterm/addon-fit/lib/addon-fit.mjs", "addon-fit.js"],
]) {
  await copy(path.join(modules, from), into("vendor", to), install);
}
for (const name of [BIOS, VGA_BIOS]) {
  try {
    await copy(firmwareFile(name), into("firmware", name));
  } catch (error) {
    fail(error.message);
  }
}

await copy(path.join(here, "..", "LICENSE"), into("licences", "boot256.txt"), "it belongs in the project's folder");
await copy(path.join(modules, "v86/LICENSE"), into("licences", "v86.txt"), install);
await copy(path.join(here, "licences/v86-parts.txt"), into("licences", "v86-parts.txt"), "it belongs in the project's folder");
await copy(path.join(modules, "@xterm/xterm/LICENSE"), into("licences", "xterm.txt"), install);
await copy(path.join(modules, "@xterm/addon-fit/LICENSE"), into("licences", "xterm-addon-fit.txt"), install);
await copy(copyright, into("licences", "seabios.txt"), "install the package seabios ('make setup-all')");
for (const name of ["LGPL-3", "GPL-3"]) {
  await copy(path.join(common, name), into("licences", `${name}.txt`), "install the package base-files");
}

const lock = JSON.parse(await readFile(path.join(here, "package-lock.json"), "utf8"));
const version = (name) => lock.packages[`node_modules/${name}`].version;
const biosVersion = seabiosVersion(await readFile(into("firmware", BIOS)));
const lgpl = [
  ["seabios.txt", "copyright"],
  ["LGPL-3.txt", "LGPL 3"],
  ["GPL-3.txt", "GPL 3, which it refers to"],
];
await writeFile(
  into("licences", "index.html"),
  licencePage([
    { name: "boot256", version: `${map.size} bytes`, licence: "Apache-2.0", texts: [["boot256.txt", "text"]], source: "this project" },
    { name: "v86", version: version("v86"), licence: "BSD-2-Clause", texts: [["v86.txt", "text"], ["v86-parts.txt", "its parts"]], source: "npm package v86; github.com/copy/v86" },
    { name: "xterm.js", version: version("@xterm/xterm"), licence: "MIT", texts: [["xterm.txt", "text"]], source: "npm package @xterm/xterm; github.com/xtermjs/xterm.js" },
    { name: "xterm.js fit add-on", version: version("@xterm/addon-fit"), licence: "MIT", texts: [["xterm-addon-fit.txt", "text"]], source: "npm package @xterm/addon-fit" },
    { name: "SeaBIOS and SeaVGABIOS", version: biosVersion, licence: "LGPL-3.0", texts: lgpl, source: `the distribution's package seabios, source package of the same version; github.com/coreboot/seabios` },
  ]),
);

await rm(out, { recursive: true, force: true });
await rename(work, out);
