/** boot.img in QEMU with COM1 and the machine protocol (QMP) in this process's hands. */

import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { atEnd } from "./cleanup.mjs";
import { inTime, Transcript } from "./transcript.mjs";

const PROGRAM = process.env.QEMU ?? "qemu-system-x86_64";
/** COM1 is its standard input and output, QMP a socket that it finds as its file descriptor 3. */
const QMP = 3;
const OPTIONS = [
  ...["-nodefaults", "-m", "16", "-display", "none", "-vga", "std", "-serial", "stdio"],
  ...["-chardev", `socket,id=qmp,fd=${QMP}`, "-mon", "qmp,mode=control"],
];

export class Qemu {
  /** What COM1 put out. */
  serial = new Transcript();
  #process;
  #ended;
  #forget;
  #events = new EventEmitter();

  /**
   * Starts a machine without a display. What is wrong with it, such as no QEMU, says whoever waits for its COM1.
   *
   * @param {string} image raw disk; what the machine writes to it is thrown away
   */
  constructor(image) {
    const command = [...OPTIONS, "-drive", `file=${image},format=raw,snapshot=on`];
    const child = spawn(PROGRAM, command, { stdio: ["pipe", "pipe", "pipe", "pipe"] });
    this.#process = child;
    this.#forget = atEnd(() => child.kill("SIGKILL"));
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    child.stdout.on("data", (bytes) => this.serial.push(bytes));
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message)).once("close", (code, signal) => resolve(code ?? signal));
    });
    this.#ended.then((code) => this.serial.end(`${PROGRAM} ended (${code}): ${said.trim()}`));
    const qmp = createInterface({ input: child.stdio[QMP] }).on("line", (line) => {
      const message = JSON.parse(line);
      if (message.event) this.#events.emit(message.event, message.data);
    });
    // That it has ended is said above.
    for (const end of [child.stdin, child.stdio[QMP], qmp]) end.on("error", () => {});
    this.#command("qmp_capabilities");
  }

  #command(execute) {
    this.#process.stdio[QMP].write(`${JSON.stringify({ execute })}\n`);
  }

  /** Sends text to COM1, one byte a character. */
  send(text) {
    this.#process.stdin.write(text, "latin1");
  }

  /**
   * Presses the power button and waits for the machine to go off.
   *
   * @returns {Promise<{reason: string, code: number}>} why QEMU says it went off, and its exit code
   */
  async powerDown() {
    const off = once(this.#events, "SHUTDOWN");
    this.#command("system_powerdown");
    const [{ reason }] = await inTime(off, () => `the machine to go off; COM1: "${this.serial}"`);
    return { reason, code: await inTime(this.#ended, () => `${PROGRAM} to end`) };
  }

  /** Ends the machine if it still runs. */
  async stop() {
    this.#process.kill();
    await this.#ended;
    this.#forget();
  }
}
