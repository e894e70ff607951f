/** docs/machines.md shows what a run finds today. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { fill } from "./page.mjs";
import { pressAll, table } from "./press.mjs";

it("the table of platforms in docs/machines.md is current (else: make profiles)", async () => {
  const page = await readFile(new URL("../../docs/machines.md", import.meta.url), "utf8");
  assert.equal(page, fill(page, "profiles", table(await pressAll())));
});
