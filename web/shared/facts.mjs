/**
 * The contract's facts and cases (tools/facts/cases.toml) and the platforms (tools/facts/platforms.toml), for
 * everything in JavaScript; boot256-facts is the same for Rust. The two files say what each entry means.
 */

import { readFileSync } from "node:fs";
import { parse } from "smol-toml";

const FOLDER = new URL("../../tools/facts/", import.meta.url);
const read = (name) => readFileSync(new URL(name, FOLDER), "utf8");

/**
 * Reads the text of a file of cases. That names and groups are right and each case ends at a prompt is
 * checked as the Rust crate is built.
 *
 * @throws {Error} when it has no case, or a case that could not be tried
 */
export function readCases(text) {
  const { start, line, button, input, case: cases = [], key: keys = [] } = parse(text);
  if (cases.length === 0) throw new Error("tools/facts/cases.toml: there is no case");
  for (const { name, typed, keys, said } of cases) {
    if (!said || !(typed || keys?.length)) throw new Error(`tools/facts/cases.toml: nothing is typed or said in "${name}"`);
  }
  return { start, line, button, input, cases, keys: new Map(keys.map((key) => [key.name, key])) };
}

/** A platform's entry with what it does not say taken from the defaults, group by group. */
export function readPlatforms(text) {
  const { default: base, platform: platforms = [] } = parse(text);
  if (platforms.length === 0) throw new Error("tools/facts/platforms.toml: there is no platform");
  return platforms.map((platform) => {
    const whole = { ...base, ...platform };
    for (const [name, group] of Object.entries(base)) whole[name] = { ...group, ...platform[name] };
    return whole;
  });
}

const facts = readCases(read("cases.toml"));

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
/** Every case: {name, group, why, typed or keys, said}; a text's characters are bytes. */
export const CASES = facts.cases;
/** The keys that cases name, by name. */
export const KEYS = facts.keys;
/** Every platform, whole. */
export const PLATFORMS = readPlatforms(read("platforms.toml"));

/** What each of the 256 bytes does. */
const EFFECTS = new Array(256);
for (const { bytes, effect } of facts.input) {
  for (const [from, to] of bytes) EFFECTS.fill(effect, from, to + 1);
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
    if (effect === "join" && this.#line.length < LINE_MAX) {
      this.#line += byte;
      return byte;
    }
    if (effect === "remove" && this.#line) {
      this.#line = this.#line.slice(0, -1);
      return rubOut;
    }
    if (effect === "end" || (effect === "end-unless-empty" && this.#line)) {
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
