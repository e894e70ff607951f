/**
 * The contract's facts and cases (tools/facts/cases.toml, which says what each entry means), for everything in
 * JavaScript; boot256-facts is the same for Rust.
 */

import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

const facts = parse(readFileSync(new URL("../../tools/facts/cases.toml", import.meta.url), "utf8"));

/** The first words. */
export const BANNER = facts.start.banner;
/** What stands before each line that is typed. */
export const PROMPT = facts.line.prompt;
/** Bytes that a line holds. */
export const LINE_MAX = facts.line.max;
/** All that is said before any input. */
export const START = BANNER + facts.line.end + PROMPT;
/** SLP_TYP that a press writes with SLP_EN, in this order. */
export const SLEEP_TYPES = facts.button.sleep_types;
/** What arms the button: [offset in the PM1a block, 16 bits], in this order. */
export const ARM = facts.button.arm;
/** Every case: {name, why, typed or keys, said}; a text's characters are bytes. */
export const CASES = Object.values(facts.cases).flat();
/** The keys that cases name, by name. */
export const KEYS = new Map(Object.entries(facts.keys));

/** What each of the 256 bytes does. */
const EFFECTS = new Array(256);
for (const [effect, runs] of Object.entries(facts.effects)) {
  for (const [from, to] of runs) EFFECTS.fill(effect, from, to + 1);
}

/** The line editor as the contract has it: every byte in, the bytes that must come out. */
export class Editor {
  #line = "";

  /** @param {string} text bytes, one a character @returns {string} what they put out */
  feed(text) {
    return Array.from(text, (byte) => this.#feed(byte)).join("");
  }

  #feed(byte) {
    const { end, rub_out: rubOut } = facts.line;
    const effect = EFFECTS[byte.charCodeAt(0)];
    if (effect === "Join" && this.#line.length < LINE_MAX) {
      this.#line += byte;
      return byte;
    }
    if (effect === "Remove" && this.#line) {
      this.#line = this.#line.slice(0, -1);
      return rubOut;
    }
    if (effect === "End" || (effect === "EndUnlessEmpty" && this.#line)) {
      const backwards = [...this.#line].reverse().join("");
      this.#line = "";
      return end + backwards + end + PROMPT;
    }
    return "";
  }
}

/** The byte that the program gets of a key of a case, or "" where the BIOS makes none. */
export function byteOf(name) {
  if (name.length === 1) return name;
  const key = KEYS.get(name);
  if (!key) throw new Error(`no key is called "${name}"`);
  return key.bios === undefined || key.thrown_away ? "" : String.fromCharCode(key.bios & 0xff);
}
