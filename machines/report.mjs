/** Writes the table of platforms from a run: `node machines/report.mjs build/profiles.md`. */

import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { pressAll, table } from "./press.mjs";

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node machines/report.mjs FILE");
  process.exit(2);
}
const text = table(await pressAll());
await mkdir(path.dirname(file), { recursive: true });
await writeFile(`${file}.tmp`, text);
await rename(`${file}.tmp`, file);
console.log(`boot256: ${file}`);
