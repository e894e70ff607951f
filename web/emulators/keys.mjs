/**
 * PC keys by name, for each machine in its own code: scan code set 1 for a keyboard controller,
 * X keysyms for a VNC server. Keys without a character are those of the contract's cases.
 *
 * Sources: IBM PC AT Technical Reference, keyboard section (scan codes); RFC 6143 section 7.5.4 (KeyEvent
 * carries X keysyms).
 */

import { KEYS } from "../shared/facts.mjs";

/** Rows of the US keyboard, without and with Shift, and the scan code of each row's first key. */
const ROWS = [
  [0x02, "1234567890-=", "!@#$%^&*()_+"],
  [0x10, "qwertyuiop[]", "QWERTYUIOP{}"],
  [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"],
  [0x39, " ", " "],
];

const CHARACTERS = new Map();
/** Characters that need Shift. */
const SHIFTED = new Set();
for (const [first, plain, shifted] of ROWS) {
  for (const row of [shifted, plain]) {
    [...row].forEach((character, i) => CHARACTERS.set(character, [[first + i], character.charCodeAt(0)]));
  }
  [...shifted].filter((character) => !plain.includes(character)).forEach((character) => SHIFTED.add(character));
}

function find(name) {
  const { scan, keysym } = KEYS.get(name) ?? {};
  const key = scan ? [scan, keysym] : CHARACTERS.get(name);
  if (!key) throw new Error(`no key is called "${name}"`);
  return key;
}

/** A chord such as "Control+h", or one key, as a list of [key, down] in the order of typing. */
function strokes(chord) {
  const names = chord.length === 1 ? [chord] : chord.split("+");
  if (SHIFTED.has(chord)) names.unshift("Shift");
  const down = names.map((name) => [name, true]);
  const up = names.reverse().map((name) => [name, false]);
  return [...down, ...up];
}

/** @returns {number[]} scan codes of set 1 for pressing and releasing the chord */
export function scanCodes(chord) {
  return strokes(chord).flatMap(([name, down]) => {
    const [codes] = find(name);
    return down ? codes : [...codes.slice(0, -1), codes.at(-1) | 0x80];
  });
}

/** @returns {Array<[number, boolean]>} keysyms and whether each goes down */
export function keysyms(chord) {
  return strokes(chord).map(([name, down]) => [find(name)[1], down]);
}
