/** The contract's facts as JavaScript reads them: its model of the editor is held to the same cases. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { byteOf, CASES, Editor, LINE_MAX } from "../shared/facts.mjs";

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
