/** The README's pictures show this page and this program. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { drawnFrom } from "../pictures.mjs";
import { sessionPicture } from "../session.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const build = path.resolve(process.env.BUILD ?? path.join(root, "build"));
const committed = (name) => readFileSync(path.join(root, "docs/images", name), "utf8");

it("the session is what boot.img says in QEMU", async () => {
  const now = await sessionPicture(path.join(build, "boot.img"));
  assert.equal(committed("session.svg"), now, "docs/images/session.svg is stale: run `make pictures`");
});

it("the page was drawn from this page and this program", () =>
  assert.equal(drawnFrom(path.join(build, "web")), committed("web.sha256"), "docs/images/web.png is stale: run `make pictures`"));
