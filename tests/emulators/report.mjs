/**
 * Writes the table of platforms from a run, and into the page that shows it:
 * `node tests/emulators/report.mjs build/profiles.md docs/machines.md`.
 */

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { fill } from "./page.mjs";
import { pressAll, table } from "./press.mjs";

const [file, page] = process.argv.slice(2);
if (!page) {
  console.error("usage: node tests/emulators/report.mjs FILE PAGE");
  process.exit(2);
}

async function write(file, text) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
  console.log(`boot256: ${file}`);
}

const text = table(await pressAll());
await write(file, text);
await write(page, fill(await readFile(page, "utf8"), "profiles", text));
