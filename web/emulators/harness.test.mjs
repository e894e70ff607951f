/**
 * The harness itself: a machine that hangs, ends early, says something else or too much must fail a test, with
 * words that tell which it was; and a run leaves nothing behind.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { START } from "../shared/facts.mjs";
import { inTime } from "../shared/transcript.mjs";
import { Bochs, whyNotBooted } from "./bochs.mjs";
import { says, starts } from "./contract.mjs";
import { DISK } from "./images.mjs";
import { withMachine } from "./runner.mjs";
import { V86 } from "./v86.mjs";

let folder;
before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "boot256-harness-"))));
after(() => rm(folder, { recursive: true, force: true }));

/** A disk whose boot sector is `code`. */
async function diskOf(name, code) {
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  sector.set([0x55, 0xaa], 510);
  const file = path.join(folder, name);
  await writeFile(file, Buffer.concat([sector, Buffer.alloc((1 << 20) - 512)]));
  return file;
}

/** MOV AX, 00E3h; XOR DX, DX; INT 14h; MOV DX, 3F8h: COM1 is set up (Bochs sends 5 bits of a byte until then). */
const COM1 = [0xb8, 0xe3, 0x00, 0x31, 0xd2, 0xcd, 0x14, 0xba, 0xf8, 0x03];
/** CLI; HLT */
const STOP = [0xfa, 0xf4];
/** MOV DX, 3FDh; IN AL, DX; TEST AL, 20h; JZ to the IN; MOV DX, 3F8h: the byte is on its way. */
const SENT = [0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb, 0xba, 0xf8, 0x03];
/** Machine code that says `text` on COM1, a MOV AL and an OUT DX, AL for each byte, and halts for good. */
const saying = (text) => [...COM1, ...[...Buffer.from(text, "latin1")].flatMap((byte) => [0xb0, byte, 0xee, ...SENT]), ...STOP];

const noBochs = await whyNotBooted(DISK);
const MACHINES = [
  ["v86", (disk) => V86.boot({ disk }), /--- v86 [\d.]+, Node v.*\nCOM1: "/s, false],
  ["Bochs", (disk) => Bochs.start({ disk }), /--- Bochs x86 Emulator [\d.]+: .*bochs-bin.*display_library/s, noBochs],
];

for (const [name, start, description, skip] of MACHINES) {
  describe(`a machine in ${name} that`, { skip }, () => {
    for (const [what, code, message] of [
      ["hangs", [0xfa, 0xeb, 0xfe], /gave up after 3 s: .*; there is ""/],
      ["says something else", saying("Hello\r\n$ "), /COM1 differs at byte 0 of .*there is "H/],
      ["says too much", saying(`${START}!`), /COM1 said 1 bytes too many: "!"/],
    ]) {
      it(`${what} fails, and is described`, async () => {
        const disk = await diskOf(`${what.replaceAll(" ", "-")}.img`, code);
        const run = withMachine(
          () => start(disk),
          async (machine) => {
            machine.go?.();
            await starts(machine);
            await machine.serial.more(1); // what comes too much has come
          },
        );
        // A deadline that a machine that does nothing meets soon.
        process.env.BOOT256_DEADLINE = "3";
        try {
          await assert.rejects(run, (error) => message.test(error.message) && description.test(error.message));
        } finally {
          delete process.env.BOOT256_DEADLINE;
        }
      });
    }

    it("writes to its disk leaves the image as it was", async () => {
      // Writes its own sector to the next one of its disk, by INT 13h, and says W on COM1, or E for an error.
      const disk = await diskOf(`${name}.img`, [
        ...[0x31, 0xc0, 0x8e, 0xc0, 0xbb, 0x00, 0x7c], // xor ax, ax / mov es, ax / mov bx, 7C00h
        ...[0xb8, 0x01, 0x03, 0xb9, 0x02, 0x00, 0xb6, 0x00, 0xcd, 0x13], // mov ax, 0301h / mov cx, 2 / mov dh, 0 / int 13h
        ...[0x9c, ...COM1, 0x9d], // pushf / popf
        ...[0xb0, 0x57, 0x73, 0x02, 0xb0, 0x45, 0xee, ...STOP], // mov al, 'W' / jnc, over: mov al, 'E' / out dx, al
      ]);
      const image = await readFile(disk);
      await withMachine(
        () => start(disk),
        async (machine) => {
          machine.go?.();
          await machine.serial.next("W");
        },
      );
      assert.ok(image.equals(await readFile(disk)), "the image has changed");
    });
  });
}

describe("Bochs", { skip: noBochs }, () => {
  it("that does not start fails, with what it says", () =>
    assert.rejects(Bochs.start({ disk: DISK, chipset: "i486dx" }), /Bochs ended \(1\):.*i486dx/s));

  it("that ends early fails whoever waits for it", () =>
    assert.rejects(
      withMachine(
        () => Bochs.start({ disk: DISK }),
        async (machine) => {
          machine.go();
          await starts(machine);
          await machine.press();
          await says(machine, "hello");
        },
      ),
      /Bochs ended \(\d+\) while waiting for "hello/s,
    ));

  it("is gone with its folder when the run gets a signal", async () => {
    const own = await mkdtemp(path.join(folder, "signal-"));
    const start = `(await import("${new URL("bochs.mjs", import.meta.url)}")).Bochs.start({ disk: process.argv[1] })`;
    // Its temporary folders are below its own: what is left of them is seen.
    const child = spawn(process.execPath, ["--input-type=module", "-e", `const machine = await ${start}; console.log(machine.pid); setInterval(() => {}, 1e6);`, DISK], {
      env: { ...process.env, TMPDIR: own },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const [pid] = await inTime(once(child.stdout.setEncoding("utf8"), "data"), () => "the machine to start");
    child.kill("SIGTERM");
    const [code] = await inTime(ended, () => "the run to end");
    assert.equal(code, 128 + os.constants.signals.SIGTERM);
    assert.deepEqual(await readdir(own), []);
    const runs = async () => (await readdir("/proc")).includes(pid.trim());
    const gone = (async () => {
      while (await runs()) await new Promise((resolve) => setImmediate(resolve));
    })();
    await inTime(gone, () => `process ${pid} to end`);
  });
});
