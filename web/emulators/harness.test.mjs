/** A machine that hangs, says something else or too much fails a test, with words that tell which it was. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, it } from "node:test";
import { START } from "../shared/facts.mjs";
import { starts } from "./contract.mjs";
import { withMachine } from "./runner.mjs";
import { V86 } from "./v86.mjs";

let folder;
before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "boot256-harness-"))));
after(() => rm(folder, { recursive: true, force: true }));

/** Machine code that says `text` on COM1, whose transmitter v86 always has ready, and halts for good. */
const saying = (text) => [
  ...[0xba, 0xf8, 0x03], // mov dx, 3F8h
  ...[...Buffer.from(text, "latin1")].flatMap((byte) => [0xb0, byte, 0xee]), // mov al, byte / out dx, al
  ...[0xfa, 0xf4], // cli / hlt
];

for (const [what, code, message] of [
  ["hangs", [0xfa, 0xeb, 0xfe], /gave up after 3 s: .*; there is ""/],
  ["says something else", saying("Hello\r\n$ "), /COM1 differs at byte 0 of .*there is "H/],
  ["says too much", saying(`${START}!`), /COM1 said 1 bytes too many: "!"/],
]) {
  it(`a machine that ${what} fails, and is described`, async () => {
    const disk = path.join(folder, "disk.img");
    await writeFile(disk, Buffer.concat([Buffer.from(code), Buffer.alloc(510 - code.length), Buffer.from([0x55, 0xaa])]));
    const run = withMachine(
      () => V86.boot({ disk }),
      async (machine) => {
        await starts(machine);
        await machine.serial.more(1); // what comes too much has come
      },
    );
    // A deadline that a machine that does nothing meets soon.
    process.env.BOOT256_DEADLINE = "3";
    try {
      await assert.rejects(run, (error) => message.test(error.message) && /--- v86 [\d.]+, Node v.*\nCOM1: "/s.test(error.message));
    } finally {
      delete process.env.BOOT256_DEADLINE;
    }
  });
}
