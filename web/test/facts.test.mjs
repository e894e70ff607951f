/** The contract's facts as JavaScript reads them: its model of the editor is held to the same cases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { byteOf, CASES, Editor, LINE_MAX, PLATFORMS, readCases, readPlatforms } from "../shared/facts.mjs";

const file = (name) => readFileSync(new URL(`../../tools/facts/${name}`, import.meta.url), "utf8");

describe("the model of the editor", () => {
  for (const { name, typed, keys, said } of CASES) {
    it(`says what the case says: ${name}`, () => {
      assert.equal(new Editor().feed(typed ?? keys.map(byteOf).join("")), said);
    });
  }

  it("takes up to so many bytes and no more", () => {
    assert.equal(new Editor().feed("x".repeat(LINE_MAX + 1)), "x".repeat(LINE_MAX));
  });
});

describe("the facts", () => {
  it("are refused without a case, or with one that tries nothing", () => {
    const [head, ...cases] = file("cases.toml").split("[[case]]");
    assert.throws(() => readCases(head), /there is no case/);
    for (const broken of [cases[0].replace(/^typed.*$/m, ""), cases[0].replace(/^said.*$/m, 'said = ""')]) {
      assert.throws(() => readCases(`${head}[[case]]${broken}`), /nothing is typed or said in "hello and Enter"/);
    }
    assert.doesNotThrow(() => readCases(`${head}[[case]]${cases[0]}`));
  });
});

describe("the platforms", () => {
  it("have what they do not say from the defaults", () => {
    const pc = PLATFORMS.find(({ id }) => id === "qemu-pc");
    assert.deepEqual([pc.pm.base, pc.pm.latch, pc.pm.sci, pc.bios.irq8], [0x600, "enabled", "irq9", "always"]);
    const level = PLATFORMS.find(({ id }) => id === "pc-piix4-level");
    assert.deepEqual([level.pic.level, level.pic.elcr], [[9], true]);
  });

  it("are refused where there is none", () => {
    assert.throws(() => readPlatforms(file("platforms.toml").split("[[platform]]")[0]), /there is no platform/);
  });
});
