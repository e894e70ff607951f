/** The terminal picture of the README: it is what boot.img shows in QEMU today. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Qemu } from "../shared/qemu.mjs";
import { sessionPicture } from "../session.mjs";
import { terminalSvg } from "../terminal-svg.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const image = path.join(path.resolve(process.env.BUILD ?? path.join(root, "build")), "boot.img");

describe("the picture of a session", () => {
  it("is current", async () => {
    const committed = readFileSync(path.join(root, "docs", "images", "session.svg"), "utf8");
    assert.equal(committed, await sessionPicture(image), "docs/images/session.svg is stale: run 'make session-picture'");
  });

  it("says why QEMU did not start", async () => {
    await assert.rejects(Qemu.boot("/nonexistent/boot.img"), /ended at once \(1\): .*nonexistent/s);
  });
});

describe("a terminal as SVG", () => {
  const frames = [
    { lines: ["$ "], time: 500 },
    { lines: ["$ a<b&c"], notes: ["off > on"], time: 1500 },
  ];
  const svg = terminalSvg(frames, { title: "T & S", columns: 20 });

  it("keeps the text as it is", () => {
    assert.match(svg, />\$ a&lt;b&amp;c<\/text>/);
    assert.match(svg, /<desc id="text">\$ a&lt;b&amp;c\noff &gt; on<\/desc>/);
    assert.match(svg, /<title id="title">T &amp; S<\/title>/);
  });

  it("rests on the last frame, and shows each for its time", () => {
    const [, width] = svg.match(/<svg [^>]*width="(\d+)"/);
    assert.ok(svg.includes(`.film{transform:translateX(-${width}px)}`));
    assert.ok(svg.includes(`@keyframes film{0%{transform:translateX(0px)}25%{transform:translateX(-${width}px)}100%{transform:translateX(-${width}px)}}`));
    assert.ok(svg.includes("animation:film 2s step-end"));
  });

  it("asks nobody for anything", () => {
    assert.doesNotMatch(svg, /<script|url\(|@import|@font-face/);
    assert.deepEqual(svg.match(/https?:[^"]*/g), ["http://www.w3.org/2000/svg"]);
  });
});
