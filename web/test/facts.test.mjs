/** The model of the line editor, by which the machines are judged, is held to the contract's cases. */

import assert from "node:assert/strict";
import { it } from "node:test";
import { byteOf, CASES, Editor } from "../shared/facts.mjs";

for (const { name, typed, keys, said } of CASES) {
  it(`the model says what the case says: ${name}`, () =>
    assert.equal(new Editor().feed(typed ?? keys.map(byteOf).join("")), said));
}
