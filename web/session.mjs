/**
 * The README's terminal picture: a person's session on COM1 in QEMU, two lines, one with a correction, then the
 * power button. Every character of the picture came out of the machine; each key is pressed when the one before
 * it has been answered.
 */

import xterm from "@xterm/headless";
import { Editor, START } from "./shared/facts.mjs";
import { Qemu } from "./shared/qemu.mjs";
import { terminalSvg } from "./terminal-svg.mjs";

const ENTER = "\r";
const BACKSPACE = "\x7f";

/** Times in the picture, in milliseconds: it is paced for a reader. The program needs none. */
const KEY = 140;
const THINK = 900;
const READ = 1500;
const END = 6000;

/** A terminal that shows what it is sent, and can be looked at. */
function openTerminal() {
  const terminal = new xterm.Terminal({ cols: 80, rows: 25, allowProposedApi: true });
  return {
    show: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    look() {
      const { active } = terminal.buffer;
      const lines = Array.from({ length: active.cursorY + 1 }, (_, y) => active.getLine(y).translateToString(true));
      const y = active.cursorY;
      // The line up to the cursor: the blanks before it count.
      lines[y] = active.getLine(y).translateToString(false, 0, active.cursorX);
      return lines;
    },
  };
}

/**
 * Plays the session.
 *
 * @param {string} image boot.img
 * @returns {Promise<Array<{lines: string[], notes?: string[], time: number}>>} what the terminal
 *     showed, and for how many milliseconds the picture shows it; `notes` did not come from COM1
 */
async function playSession(image) {
  const machine = new Qemu(image);
  try {
    const terminal = openTerminal();
    const frames = [];
    const frame = async (text, time) => {
      await machine.serial.next(text);
      await terminal.show(text);
      frames.push({ lines: terminal.look(), time });
    };

    const editor = new Editor();
    await frame(START, READ);
    for (const keys of [
      ["hello", ENTER],
      ["desert", BACKSPACE, BACKSPACE, BACKSPACE, "serts", ENTER],
    ]) {
      for (const part of keys) {
        const typed = part.length > 1 ? [...part] : [part];
        for (const [i, key] of typed.entries()) {
          machine.send(key);
          const last = i === typed.length - 1 && part.length > 1;
          await frame(editor.feed(key), key === ENTER ? READ : last ? THINK : KEY);
        }
      }
    }

    const lines = terminal.look();
    const pressed = "power button pressed";
    frames.push({ lines, notes: [pressed], time: THINK });
    const { reason, code } = await machine.powerDown();
    if (code !== 0) throw new Error(`QEMU ended with ${code}`);
    machine.serial.done();
    frames.push({ lines, notes: [pressed, `off: QEMU says ${reason}, exit code ${code}`], time: END });
    return frames;
  } finally {
    await machine.stop();
  }
}

/** The picture of a session. @returns {Promise<string>} the SVG file's text */
export async function sessionPicture(image) {
  return terminalSvg(await playSession(image), { title: "boot.img in QEMU: COM1, 9600 8N1", columns: 58 });
}
