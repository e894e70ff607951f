/** The README's picture of the page shows this page and this program. */

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, it } from "node:test";
import { fileURLToPath } from "node:url";
import { drawnFrom, noteOf } from "../shared/drawn-from.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = path.join(path.resolve(process.env.BUILD ?? path.join(root, "build")), "web");
const folder = mkdtempSync(path.join(os.tmpdir(), "boot256-picture-"));
after(() => rmSync(folder, { recursive: true, force: true }));

it("was drawn from them", () => {
  const note = readFileSync(noteOf(path.join(root, "docs/images/web.png")), "utf8");
  assert.equal(drawnFrom(built), note, "docs/images/web.png is older than the page or the program: run `make web-picture`");
});

it("is seen to be older where the page or the map has changed", () => {
  for (const name of ["index.html", "style.css", "main.js", "icon.svg", "map.json"]) {
    cpSync(built, folder, { recursive: true });
    writeFileSync(path.join(folder, name), `${readFileSync(path.join(folder, name), "utf8")} `);
    assert.notEqual(drawnFrom(folder), drawnFrom(built), name);
  }
});
