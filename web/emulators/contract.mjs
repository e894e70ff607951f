/**
 * What the program does on every machine, as its contract states it: start, line editor, paste,
 * keyboard, power button. Each function works on any object with `serial`, `send`, `key` and `screenUntil`
 * (V86 and Bochs here).
 */

import assert from "node:assert/strict";
import { it } from "node:test";
import { ARM, BANNER, byteOf, CASES, Editor, PROMPT, START } from "../shared/facts.mjs";
import { REGISTERS } from "./pm.mjs";

/** What a line and Enter put out at a prompt. */
const answer = (line) => new Editor().feed(`${line}\r`);

/**
 * The tests of the line editor.
 *
 * @param {(body: (machine: object) => Promise<void>) => Promise<void>} boot runs `body` on a machine that has been started
 * @param {number} paste bytes to paste
 */
export function keepsTheContract(boot, paste) {
  it("starts, and shows on the screen what COM1 shows", () =>
    boot(async (machine) => {
      await starts(machine);
      await says(machine, "hello");
      await shows(machine, [BANNER, "$ hello", "olleh", "$"]);
    }));

  it("keeps the table of the line editor", () =>
    boot(async (machine) => {
      await starts(machine);
      await keepsTheTable(machine);
    }));

  it("loses nothing of a paste", () =>
    boot(async (machine) => {
      await starts(machine);
      await keepsAPaste(machine, paste);
      await says(machine, "after");
    }));

  it("takes the PC keyboard", () =>
    boot(async (machine) => {
      await starts(machine);
      await takesKeys(machine);
      await mixesBoth(machine);
    }));
}

/**
 * The tests of the power button.
 *
 * @param {(body: (machine: object) => Promise<void>) => Promise<void>} boot as above
 * @param {(machine: object) => Promise<void>} turnsOff presses, and sees that the machine goes off
 */
export function keepsTheButton(boot, turnsOff) {
  it("is armed at start", () =>
    boot(async (machine) => {
      await starts(machine);
      await says(machine, "hello");
      assert.deepEqual(machine.pm.list, ARM.map(([offset, value]) => `${REGISTERS[offset]}<-${value.toString(16)}h`));
      assert.deepEqual(machine.pm.strange, []);
    }));

  for (const [place, goesThere] of [
    ["at the prompt", () => {}],
    ["in the middle of a line", (machine) => machine.send("half a li") ?? machine.serial.next("half a li")],
    ["during a paste", beginsAPaste],
  ]) {
    it(`is seen ${place}`, () =>
      boot(async (machine) => {
        await starts(machine);
        await goesThere(machine);
        assert.deepEqual(machine.pm.sleeps, [], "no sleep state before the press");
        await turnsOff(machine);
        assert.deepEqual(machine.pm.strange, []);
      }));
  }
}

/** Waits for banner and prompt, and checks that nothing came before them. */
export async function starts(machine) {
  await machine.serial.next(START);
}

/**
 * Types every case of the contract that is bytes on COM1. The byte after each case is checked by the
 * next one's first.
 */
export async function keepsTheTable(machine) {
  const cases = CASES.filter(({ typed }) => typed);
  assert.ok(cases.length > 0, "no case was tried");
  for (const { name, typed, said } of cases) {
    machine.send(typed);
    try {
      await machine.serial.next(said);
    } catch (error) {
      throw new Error(`${name}: ${error.message}`);
    }
  }
  await says(machine, "end");
}

/** One line over the serial port. */
export async function says(machine, line) {
  machine.send(`${line}\r`);
  await machine.serial.next(answer(line));
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

/** Sends `size` bytes or a few more at once and checks every byte of the output. */
async function keepsAPaste(machine, size) {
  const lines = pasteOf(size);
  machine.send(lines.map((line) => `${line}\r`).join(""));
  await machine.serial.next(lines.map(answer).join(""));
}

/** Begins a paste that is still going on when this returns. */
async function beginsAPaste(machine) {
  machine.send(pasteOf(200_000).map((line) => `${line}\r`).join(""));
  await machine.serial.more(2_000);
  machine.serial.goesOn();
}

/**
 * Types every case of the contract that is keys on the PC keyboard, and checks COM1 or, where there is none,
 * the screen. One key at a time: a keyboard keeps 16 bytes, a BIOS 15 keys.
 *
 * @param {object} machine at a prompt with an empty line
 */
export async function takesKeys(machine, { com1 = true } = {}) {
  const cases = CASES.filter(({ keys }) => keys);
  assert.ok(cases.length > 0, "no case was tried");
  const lines = [PROMPT];
  for (const { name, keys, said } of cases) {
    const editor = new Editor();
    let seen = "";
    for (const key of keys) {
      machine.key(key);
      const echo = editor.feed(byteOf(key));
      if (!echo) continue; // what it puts out comes before the next key's echo
      seen += echo;
      draw(lines, echo);
      try {
        if (com1) await machine.serial.next(echo);
        else await shows(machine, lines.map((line) => line.trimEnd()));
      } catch (error) {
        throw new Error(`${name}: ${key}: ${error.message}`);
      }
    }
    assert.equal(seen, said, name);
  }
  await shows(machine, lines.slice(-5).map((line) => line.trimEnd()));
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
async function mixesBoth(machine) {
  machine.send("ab");
  await machine.serial.next("ab");
  machine.key("c");
  await machine.serial.next("c");
  machine.send("d");
  await machine.serial.next("d");
  machine.key("Enter");
  await machine.serial.next(answer("abcd").slice(4));
}

/** Waits until the screen ends with these lines, and below them is nothing. */
export async function shows(machine, lines) {
  const wanted = lines.join("\n");
  await machine.screenUntil((screen) => {
    const text = screen.join("\n").trimEnd();
    return text === wanted || text.endsWith(`\n${wanted}`);
  }, `the lines "${wanted}"`);
}
