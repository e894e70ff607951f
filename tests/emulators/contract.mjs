/**
 * What the program does on every machine, as its contract states it, byte for byte: start,
 * line editor, paste, keyboard. Each case works on any object with `serial`, `send`, `key` and
 * `screenUntil` (V86 and Bochs here).
 */

import { bytesOf } from "../../web/shared/transcript.mjs";

/** What comes out at start. */
export const START = "ClientAPI\r\n$ ";
/** Bytes that a line holds. */
const LINE_MAX = 80;

const reversed = (line) => Buffer.from(line).reverse().toString("latin1");
/** What the end of a line puts out. */
const answer = (line) => `\r\n${reversed(Buffer.from(line, "latin1"))}\r\n$ `;
const range = (from, to) => Buffer.from(Array.from({ length: to - from + 1 }, (_, i) => from + i)).toString("latin1");

/** [what it shows, bytes sent, bytes expected]. */
export const TABLE = [
  ["a line and Enter", "hello\r", `hello${answer("hello")}`],
  ["printable bytes 20h to 6Fh", `${range(0x20, 0x6f)}\r`, `${range(0x20, 0x6f)}${answer(range(0x20, 0x6f))}`],
  ["printable bytes 70h to 7Eh and 80h to BFh", `${range(0x70, 0x7e)}${range(0x80, 0xbf)}\r`, `${range(0x70, 0x7e)}${range(0x80, 0xbf)}${answer(range(0x70, 0x7e) + range(0x80, 0xbf))}`],
  ["bytes C0h to FFh", `${range(0xc0, 0xff)}\r`, `${range(0xc0, 0xff)}${answer(range(0xc0, 0xff))}`],
  ["a line of 80 bytes", `${"a".repeat(79)}b\r`, `${"a".repeat(79)}b${answer(`${"a".repeat(79)}b`)}`],
  ["the 81st byte and more are ignored", `${"x".repeat(LINE_MAX)}yz\r`, `${"x".repeat(LINE_MAX)}${answer("x".repeat(LINE_MAX))}`],
  ["a full line, one byte removed, one added", `${"x".repeat(LINE_MAX)}\bYZ\r`, `${"x".repeat(LINE_MAX)}\b \bY${answer(`${"x".repeat(LINE_MAX - 1)}Y`)}`],
  ["backspace and delete remove the last byte", "abcd\b\x7fE\r", `abcd\b \b\b \bE${answer("abE")}`],
  ["backspace and delete on an empty line", "\b\x7f\b\r", answer("")],
  ["everything removed, and once more", "ab\b\b\bc\r", `ab\b \b\b \bc${answer("c")}`],
  ["an empty line", "\r", answer("")],
  ["LF ends a line that has bytes", "ab\n", `ab${answer("ab")}`],
  ["LF is ignored on an empty line", "\n\n\nab\r", `ab${answer("ab")}`],
  ["CR LF ends a line once", "ab\r\ncd\r\n", `ab${answer("ab")}cd${answer("cd")}`],
  ["LF CR after an empty start", "\n\r", answer("")],
  ["control bytes are ignored", `a${range(0, 7)}\t\v\f${range(0x0e, 0x1f)}b\r`, `ab${answer("ab")}`],
];

/** Waits for banner and prompt, and checks that nothing came before them. */
export async function starts(machine) {
  await machine.serial.next(START);
}

/** Runs {@link TABLE}. The byte after each case is checked by the next one's first. */
export async function keepsTheTable(machine) {
  for (const [name, input, output] of TABLE) {
    machine.send(input);
    try {
      await machine.serial.next(output);
    } catch (error) {
      throw new Error(`${name}: ${error.message}`);
    }
  }
  await says(machine, "end");
}

/** One line over the serial port. */
export async function says(machine, line) {
  machine.send(`${line}\r`);
  await machine.serial.next(line + answer(line));
}

/** Lines of a paste, 1 to 79 bytes each, none like its neighbour. */
function pasteOf(size) {
  const lines = [];
  for (let total = 0, i = 0; total < size; i++) {
    const line = Array.from({ length: 1 + ((i * 37) % 79) }, (_, j) => String.fromCharCode(0x21 + ((i * 7 + j * 11) % 94))).join("");
    lines.push(line);
    total += line.length + 1;
  }
  return lines;
}

/**
 * Sends `size` bytes or a few more at once and checks every byte of the output.
 *
 * @param {object} machine
 * @param {number} size bytes, at least
 * @returns {Promise<number>} bytes sent
 */
export async function keepsAPaste(machine, size) {
  const lines = pasteOf(size);
  const input = lines.map((line) => `${line}\r`).join("");
  machine.send(input);
  await machine.serial.next(lines.map((line) => line + answer(line)).join(""));
  return bytesOf(input).length;
}

/** Begins a paste that is still going on when this returns. */
export async function beginsAPaste(machine) {
  machine.send(pasteOf(200_000).map((line) => `${line}\r`).join(""));
  await machine.serial.more(2_000);
}

/** Keys without a character, and keys whose character is below 20h: no output. */
const SILENT = [
  ..."Escape Tab F1 F10 Home End PageUp PageDown ArrowUp ArrowDown ArrowLeft ArrowRight Insert Delete".split(" "),
  ..."Shift Control Alt Alt+a Control+a Control+z".split(" "),
];

/** Types on the PC keyboard and checks COM1 (unless it is not there) and the screen. */
export async function takesKeys(machine, { com1 = true } = {}) {
  // One key at a time: a keyboard keeps 16 bytes, a BIOS 15 keys.
  const lines = ["$ "];
  const see = async (text) => {
    draw(lines, text);
    if (com1) await machine.serial.next(text);
    else await shows(machine, lines.map((line) => line.trimEnd()));
  };
  const type = async (keys) => {
    for (const key of keys) {
      machine.key(key);
      await see(key);
    }
  };

  await type("world");
  machine.key("Enter");
  await see(answer("world"));
  // A letter after each silent key: it is the next thing that comes out.
  await type("ab");
  for (const key of SILENT) {
    machine.key(key);
    await type("c");
    machine.key("Backspace");
    await see("\b \b");
  }
  await type("c");
  machine.key("Backspace");
  await see("\b \b");
  machine.key("Shift+d");
  await see("D");
  machine.key("Control+h"); // 08h
  await see("\b \b");
  machine.key("e");
  await see("e");
  machine.key("KeypadEnter");
  await see(answer("abe"));
  await shows(machine, ["$ world", "dlrow", "$ abe", "eba", "$"]);
}

/** Draws output on lines of a screen: BS moves back, so BS, space, BS leaves a blank. */
function draw(lines, text) {
  for (const character of text) {
    const last = lines.length - 1;
    if (character === "\n") lines.push("");
    else if (character === "\b") lines[last] = lines[last].slice(0, -1);
    else if (character !== "\r") lines[last] += character;
  }
}

/** Serial port and keyboard feed one line. */
export async function mixesBoth(machine) {
  machine.send("ab");
  await machine.serial.next("ab");
  machine.key("c");
  await machine.serial.next("c");
  machine.send("d");
  await machine.serial.next("d");
  machine.key("Enter");
  await machine.serial.next(answer("abcd"));
}

/** Waits until the screen ends with these lines, and below them is nothing. */
export async function shows(machine, lines) {
  const wanted = lines.join("\n");
  await machine.screenUntil((screen) => {
    const text = screen.join("\n").trimEnd();
    return text === wanted || text.endsWith(`\n${wanted}`);
  }, `the lines "${wanted}"`);
}
