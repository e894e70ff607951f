/**
 * The harness itself: a machine that does not start, ends early, says nothing, says too much or hangs must fail a
 * test, with words that tell which it was.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { CASES, START } from "../../web/shared/facts.mjs";
import { Qemu } from "../../web/shared/qemu.mjs";
import { inTime, Transcript } from "../../web/shared/transcript.mjs";
import { Bochs, whyNotBooted } from "./bochs.mjs";
import { keepsTheTable, says, starts, takesKeys } from "./contract.mjs";
import { DISK } from "./images.mjs";
import { scanCodes } from "./keys.mjs";
import { withMachine } from "./runner.mjs";
import { V86 } from "./v86.mjs";

let folder;
before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "boot256-harness-"))));
after(() => rm(folder, { recursive: true, force: true }));

/** Runs `body` with a deadline that a machine that does nothing meets soon. */
async function impatiently(body) {
  const before = process.env.BOOT256_DEADLINE;
  process.env.BOOT256_DEADLINE = "3";
  try {
    return await body();
  } finally {
    if (before === undefined) delete process.env.BOOT256_DEADLINE;
    else process.env.BOOT256_DEADLINE = before;
  }
}

/** A disk whose boot sector is `code`. */
async function diskOf(name, code) {
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  sector.set([0x55, 0xaa], 510);
  const file = path.join(folder, name);
  await writeFile(file, Buffer.concat([sector, Buffer.alloc((1 << 20) - 512)]));
  return file;
}

/** Machine code that says `text` on COM1 and halts for good: MOV DX, 3F8h; MOV AL, byte; OUT DX, AL; CLI; HLT. */
const saying = (text) => [0xba, 0xf8, 0x03, ...Buffer.from(text, "latin1")].flatMap((byte, i) => (i < 3 ? [byte] : [0xb0, byte, 0xee])).concat(0xfa, 0xf4);

describe("a machine in v86 that", () => {
  for (const [what, code, message] of [
    ["hangs", [0xfa, 0xeb, 0xfe], /gave up after 3 s: .*; there is ""/],
    ["says nothing and halts", saying(""), /gave up after 3 s: .*; there is ""/],
    ["says only a part", saying(START.slice(0, 5)), new RegExp(`gave up after 3 s: .*there is "${START.slice(0, 5)}"`)],
    ["says something else", saying("Hello\r\n$ "), /COM1 differs at byte 0 of .*there is "H/],
    ["says too much", saying(`${START}!`), /COM1 said 1 bytes too many: "!"/],
  ]) {
    it(`${what} fails, and is described`, async () => {
      const disk = await diskOf(`${what}.img`, code);
      const run = withMachine(
        () => V86.boot({ disk }),
        async (machine) => {
          await starts(machine);
          await machine.serial.more(1); // what comes too much has come
        },
      );
      await impatiently(() => assert.rejects(run, (error) => {
        assert.match(error.message, message);
        assert.match(error.message, /--- v86 [\d.]+, Node v.*\nCOM1: "/s);
        return true;
      }));
    });
  }

  it("has no disk to start from fails", () =>
    assert.rejects(V86.boot({ disk: path.join(folder, "none.img") }), /none\.img/));

  it("answers only the first line fails in the table, which says where", () =>
    impatiently(() =>
      assert.rejects(
        withMachine(async () => V86.boot({ disk: await diskOf("once.img", saying(START + CASES[0].said)) }), async (machine) => {
          await starts(machine);
          await keepsTheTable(machine);
        }),
        (error) => error.message.startsWith(`${CASES[1].name}: gave up after 3 s`),
      ),
    ));

  it("takes no keys fails, and the key is named", () =>
    impatiently(() =>
      assert.rejects(
        withMachine(async () => V86.boot({ disk: await diskOf("deaf.img", saying(START)) }), async (machine) => {
          await starts(machine);
          await takesKeys(machine);
        }),
        /^Error: keys of a word, Enter and Backspace: W: gave up after 3 s/,
      ),
    ));
});

const noBochs = await whyNotBooted(DISK);

describe("a machine in Bochs that", () => {
  it("does not start fails, with what Bochs says", () =>
    assert.rejects(Bochs.start({ disk: DISK, chipset: "i486dx" }), /Bochs ended \(1\):.*i486dx/s));

  it("ends early fails whoever waits for it", { skip: noBochs }, () =>
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
      /Bochs ended \(\d+\) while waiting for "hello.*--- Bochs x86 Emulator [\d.]+: .*bochs-bin.*display_library/s,
    ));

  it("hangs fails, and is described", { skip: noBochs }, async () => {
    const disk = await diskOf("bochs.img", [0xfa, 0xeb, 0xfe]);
    await impatiently(() =>
      assert.rejects(
        withMachine(
          () => Bochs.start({ disk }),
          async (machine) => {
            machine.go();
            await starts(machine);
          },
        ),
        /gave up after 3 s: .*--- Bochs/s,
      ),
    );
  });
});

/**
 * Machine code that writes its own sector to the next one of its disk, by INT 13h, and says W on COM1, or E for an
 * error: DL is the disk.
 */
const WRITER = [
  ...[0x31, 0xc0, 0x8e, 0xc0, 0xbb, 0x00, 0x7c], // xor ax, ax / mov es, ax / mov bx, 7C00h
  ...[0xb8, 0x01, 0x03, 0xb9, 0x02, 0x00, 0xb6, 0x00, 0xcd, 0x13], // mov ax, 0301h / mov cx, 2 / mov dh, 0 / int 13h
  ...[0x9c, 0xb8, 0xe3, 0x00, 0x31, 0xd2, 0xcd, 0x14, 0x9d], // pushf / mov ax, 00E3h / xor dx, dx / int 14h / popf
  ...[0xb0, 0x57, 0x73, 0x02, 0xb0, 0x45], // mov al, 'W' / jnc, over: mov al, 'E'
  ...[0xba, 0xf8, 0x03, 0xee, 0xfa, 0xf4], // mov dx, 3F8h / out dx, al / cli / hlt
];

describe("a machine that writes to its disk", () => {
  for (const [name, start] of [
    ["QEMU", (disk) => Qemu.boot(disk)],
    ["v86", (disk) => V86.boot({ disk })],
    ["Bochs", (disk) => Bochs.start({ disk })],
  ]) {
    it(`leaves the image as it was: ${name}`, { skip: name === "Bochs" && noBochs }, async () => {
      const disk = await diskOf(`${name}.img`, WRITER);
      const before = await readFile(disk);
      const machine = await start(disk);
      try {
        machine.go?.();
        await machine.serial.next("W");
      } finally {
        await machine.stop();
      }
      assert.ok(before.equals(await readFile(disk)), "the image has changed");
    });
  }
});

describe("a run that gets a signal", () => {
  for (const [machine, start] of [
    ["Bochs", `(await import("${new URL("bochs.mjs", import.meta.url)}")).Bochs.start({ disk: process.argv[1] })`],
    ["QEMU", `(await import("${new URL("../../web/shared/qemu.mjs", import.meta.url)}")).Qemu.boot(process.argv[1])`],
  ]) {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
      it(`leaves no ${machine} and no folder: ${signal}`, async () => {
        const own = await mkdtemp(path.join(folder, "signal-"));
        // Its temporary folders are below its own: what is left of them is seen.
        const child = spawn(process.execPath, ["--input-type=module", "-e", `await ${start}; console.log("up"); setInterval(() => {}, 1e6);`, DISK], {
          env: { ...process.env, TMPDIR: own },
          stdio: ["ignore", "pipe", "inherit"],
        });
        const ended = once(child, "exit");
        const [text] = await inTime(once(child.stdout.setEncoding("utf8"), "data"), () => "the machine to start");
        assert.equal(text, "up\n");
        const [machineFolder] = await readdir(own);
        assert.match(machineFolder, /^boot256-/);
        const processes = await usersOf(path.join(own, machineFolder));
        assert.equal(processes.length, 1, "one machine runs");
        child.kill(signal);
        const [code] = await inTime(ended, () => "the run to end");
        assert.equal(code, 128 + os.constants.signals[signal]);
        assert.deepEqual(await readdir(own), []);
        await inTime(gone(processes[0]), () => `process ${processes[0]} to end`);
      });
    }
  }
});

/** Processes but node's that have this folder in their command lines. */
async function usersOf(folder) {
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return all.filter((_, i) => lines[i].includes(folder) && !lines[i].startsWith(process.execPath)).map(Number);
}

/** Resolves when a process has ended. */
async function gone(pid) {
  while ((await usersOf("")).includes(pid)) await new Promise((resolve) => setImmediate(resolve));
}

describe("a transcript", () => {
  it("tells the first byte that differs at once", async () => {
    const serial = new Transcript();
    serial.push(Buffer.from("heLlo"));
    await assert.rejects(serial.next("hello"), /COM1 differs at byte 2 of "hello"; there is "heLlo"/);
  });

  it("shows what follows the end of what was waited for with the next wait, and at the end", async () => {
    const serial = new Transcript();
    serial.push(Buffer.from("ab!"));
    await serial.next("ab");
    assert.throws(() => serial.done(), /1 bytes too many: "!"/);
    await assert.rejects(serial.next("cd"), /COM1 differs at byte 0/);
    serial.goesOn();
    assert.doesNotThrow(() => serial.done());
  });

  it("that goes on, however slowly, is waited for", () =>
    impatiently(async () => {
      process.env.BOOT256_DEADLINE = "0.2";
      const serial = new Transcript();
      const text = "slow, but it comes";
      const bytes = [...text];
      const timer = setInterval(() => serial.push(Buffer.from(bytes.shift() ?? "")), 50);
      try {
        await serial.next(text);
        await assert.rejects(serial.next("x"), /gave up after 0.2 s/);
      } finally {
        clearInterval(timer);
      }
    }));

  it("that is long is shown by its ends", () => {
    const serial = new Transcript();
    serial.push(Buffer.alloc(100_000, "x"));
    assert.equal(String(serial), `${"x".repeat(1000)}[... 98000 bytes ...]${"x".repeat(1000)}`);
  });

  it("says why it ended, to those who wait and to those who come later", async () => {
    const serial = new Transcript();
    const waits = assert.rejects(serial.next("more"), /it broke while waiting for "more"/);
    serial.end("it broke");
    await waits;
    await assert.rejects(serial.next("more"), /it broke while waiting for "more"/);
    await assert.rejects(serial.more(1), /it broke while waiting for 1 bytes/);
  });
});

describe("a key", () => {
  it("that nobody knows is refused", () => assert.throws(() => scanCodes("Return"), /no key is called "Return"/));

  it("is pressed and let go, a chord in the other order", () => {
    assert.deepEqual(scanCodes("a"), [0x1e, 0x9e]);
    assert.deepEqual(scanCodes("A"), [0x2a, 0x1e, 0x9e, 0xaa]);
    assert.deepEqual(scanCodes("Control+h"), [0x1d, 0x23, 0xa3, 0x9d]);
    assert.deepEqual(scanCodes("Home"), [0xe0, 0x47, 0xe0, 0xc7]);
    assert.deepEqual(scanCodes("+"), [0x2a, 0x0d, 0x8d, 0xaa]);
  });
});
