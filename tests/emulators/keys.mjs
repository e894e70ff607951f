/**
 * PC keys by name, for each machine in its own code: scan code set 1 for a keyboard controller,
 * X keysyms for a VNC server.
 *
 * Sources: IBM PC AT Technical Reference, keyboard section (scan codes, extended keys with
 * E0h); RFC 6143 section 7.5.4 (KeyEvent carries X keysyms).
 */

/** Rows of the US keyboard and the scan code of each row's first key. */
const ROWS = [
  [0x02, "1234567890-="],
  [0x10, "qwertyuiop[]"],
  [0x1e, "asdfghjkl;'`"],
  [0x2b, "\\zxcvbnm,./"],
  [0x39, " "],
];

/** Keys without a character: scan code (two bytes with E0h where extended) and keysym. */
const NAMED = {
  Escape: [[0x01], 0xff1b],
  Backspace: [[0x0e], 0xff08],
  Tab: [[0x0f], 0xff09],
  Enter: [[0x1c], 0xff0d],
  Control: [[0x1d], 0xffe3],
  Shift: [[0x2a], 0xffe1],
  Alt: [[0x38], 0xffe9],
  F1: [[0x3b], 0xffbe],
  F10: [[0x44], 0xffc7],
  KeypadEnter: [[0xe0, 0x1c], 0xff8d],
  Home: [[0xe0, 0x47], 0xff50],
  ArrowUp: [[0xe0, 0x48], 0xff52],
  PageUp: [[0xe0, 0x49], 0xff55],
  ArrowLeft: [[0xe0, 0x4b], 0xff51],
  ArrowRight: [[0xe0, 0x4d], 0xff53],
  End: [[0xe0, 0x4f], 0xff57],
  ArrowDown: [[0xe0, 0x50], 0xff54],
  PageDown: [[0xe0, 0x51], 0xff56],
  Insert: [[0xe0, 0x52], 0xff63],
  Delete: [[0xe0, 0x53], 0xffff],
};

const CHARACTERS = new Map();
for (const [first, row] of ROWS) {
  [...row].forEach((character, i) => CHARACTERS.set(character, [[first + i], character.charCodeAt(0)]));
}

function find(name) {
  const key = NAMED[name] ?? CHARACTERS.get(name);
  if (!key) throw new Error(`no key is called "${name}"`);
  return key;
}

/** A chord such as "Control+h", or one key, as a list of [key, down] in the order of typing. */
function strokes(chord) {
  const names = chord === "+" ? ["+"] : chord.split("+");
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
