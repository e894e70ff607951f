/** boot.img in QEMU with COM1 and the machine protocol (QMP) in this process's hands. */

import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { atEnd } from "./cleanup.mjs";
import { inTime, Transcript } from "./transcript.mjs";

const PROGRAM = process.env.QEMU ?? "qemu-system-x86_64";

/** A Unix socket that QEMU connects to: with us as the server there is no moment to wait for. */
async function listen(file) {
  const server = net.createServer();
  server.listen(file);
  await once(server, "listening");
  return { server, connected: once(server, "connection").then(([socket]) => socket) };
}

export class Qemu {
  /** What COM1 put out. */
  serial = new Transcript();
  #folder = mkdtempSync(path.join(os.tmpdir(), "boot256-qemu-"));
  #forget = atEnd(() => {
    this.#process?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  });
  #servers = [];
  #process;
  #ended;
  #said = "";
  #com1;
  #qmp;
  #events = new EventEmitter();

  /**
   * Starts a machine without a display.
   *
   * @param {string} image raw disk; what the machine writes to it is thrown away
   */
  static async boot(image) {
    const machine = new Qemu();
    try {
      await machine.#start(image);
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  async #start(image) {
    const at = (name) => path.join(this.#folder, name);
    const com1 = await listen(at("com1"));
    const qmp = await listen(at("qmp"));
    this.#servers = [com1.server, qmp.server];
    const command = [
      ...["-nodefaults", "-m", "16", "-display", "none", "-vga", "std"],
      ...["-drive", `file=${image},format=raw,snapshot=on`],
      ...["-serial", `unix:${at("com1")}`, "-qmp", `unix:${at("qmp")}`],
    ];
    this.#process = spawn(PROGRAM, command, { stdio: ["ignore", "ignore", "pipe"] });
    this.#process.stderr.setEncoding("utf8").on("data", (text) => (this.#said += text));
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once("error", (error) =>
        reject(error.code === "ENOENT" ? new Error(`${PROGRAM} is missing (package qemu-system-x86): run 'make setup'`) : error),
      );
      this.#process.once("close", (code, signal) => resolve(code ?? signal));
    });
    this.#ended.then(
      (code) => this.serial.end(`QEMU ended (${code}): ${this.#said.trim()}`),
      () => {},
    );
    const early = this.#ended.then((code) => {
      throw new Error(`${PROGRAM} ${command.join(" ")} ended at once (${code}): ${this.#said.trim()}`);
    });
    [this.#com1, this.#qmp] = await inTime(
      Promise.race([Promise.all([com1.connected, qmp.connected]), early]),
      () => `${PROGRAM} to connect to its sockets`,
    );
    this.#com1.on("data", (bytes) => this.serial.push(bytes));
    createInterface({ input: this.#qmp }).on("line", (line) => {
      const message = JSON.parse(line);
      if (message.event) this.#events.emit(message.event, message.data);
    });
    this.#command("qmp_capabilities");
  }

  #command(execute) {
    this.#qmp.write(`${JSON.stringify({ execute })}\n`);
  }

  /** Sends text to COM1, one byte a character. */
  send(text) {
    this.#com1.write(text, "latin1");
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

  /** Ends the machine if it still runs, and removes its sockets. */
  async stop() {
    this.#process?.kill();
    await this.#ended?.catch(() => {});
    for (const server of this.#servers) server.close();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#forget();
  }
}
