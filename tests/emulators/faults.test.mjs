/** Faults and rough manners, on v86: hardware that is broken or not there, BIOSes that keep nothing. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BANNER, Editor, SLEEP_TYPES } from "../../web/shared/facts.mjs";
import { addBaseRegister, addFifoError, addPowerManagement, addReader, removeUart } from "./chipset.mjs";
import { keepsAPaste, keepsTheTable, mixesBoth, says, shows, starts, takesKeys } from "./contract.mjs";
import { DISK } from "./images.mjs";
import { ARMED, turnsOff } from "./press.mjs";
import { withMachine } from "./runner.mjs";
import { V86 } from "./v86.mjs";

/** A block as QEMU's pc has it. */
const BLOCK = { base: 0x0600, off: [0] };

/** Boots with that block, changed by `changes`; `body` gets the promise that the machine turns off. */
function boot({ changes = {}, hardware = () => {}, bios }, body) {
  let off;
  const build = (cpu) => {
    hardware(cpu);
    addBaseRegister(cpu, { device: 1, function: 3, id: 0x7113, register: BLOCK.base | 1 });
    const block = addPowerManagement(cpu, { ...BLOCK, ...changes });
    off = block.off;
    return block;
  };
  return withMachine(
    () => V86.boot({ disk: DISK, hardware: build, bios }),
    (machine) => body(machine, off),
  );
}

const powersOff = (machine, off) => turnsOff(machine, off, { pm: BLOCK });

describe("the power management block", () => {
  it("PWRBTN_STS set before the start: an old press turns nothing off, a new one does", () =>
    boot({ changes: { pressed: true } }, async (machine, off) => {
      await starts(machine);
      await machine.raised(8); // the program has been awake, and has looked
      await says(machine, "hello");
      assert.deepEqual(machine.pm.list, ARMED);
      await powersOff(machine, off);
    }));

  it("ports that answer FFFFh: no button, everything else works", () =>
    boot({ changes: { dead: true } }, async (machine) => {
      await starts(machine);
      await keepsTheTable(machine);
      await takesKeys(machine);
      await machine.raised(8);
      await says(machine, "end");
      assert.deepEqual(machine.pm.sleeps, []);
    }));

  it("a press that turns nothing off: each one is answered once, and the line goes on", () =>
    boot({ changes: { off: [] } }, async (machine) => {
      await starts(machine);
      machine.send("ab");
      await machine.serial.next("ab");
      for (let i = 1; i <= 3; i++) {
        machine.press();
        await machine.pm.asleep(3 * i);
      }
      machine.send("c\r");
      await machine.serial.next("c\r\ncba\r\n$ ");
      assert.deepEqual(machine.pm.sleeps, Array(3).fill(SLEEP_TYPES).flat());
      assert.deepEqual(machine.pm.strange, []);
    }));
});

describe("a line with back-pressure: a byte leaves when the reader fetches it", () => {
  /** Boots with such a line; `body` gets the reader, too. */
  const withReader = (body, { reads = true, ...options } = {}) => {
    let reader;
    const hardware = (cpu) => {
      reader = addReader(cpu);
      if (!reads) reader.stop();
    };
    return boot({ ...options, hardware }, async (machine, off) => {
      await body(machine, off, reader);
      assert.equal(reader.overrun, 0, "bytes written although one waited");
    });
  };

  it("what is printed meanwhile comes once and in order when it is read again", () =>
    withReader(async (machine, off, reader) => {
      await starts(machine);
      await says(machine, "hello");
      reader.stop();
      machine.send("while nobody reads\r");
      await reader.waits();
      await machine.raised(0); // it stays so for a while
      assert.equal(machine.serial.unread, 0);
      reader.read();
      await machine.serial.next(new Editor().feed("while nobody reads\r"));
      await keepsAPaste(machine, 5_000);
      await powersOff(machine, off);
    }));

  it("each byte may take its time", () =>
    withReader(async (machine, off, reader) => {
      await starts(machine);
      reader.stop();
      machine.send("slow\r");
      for (const byte of new Editor().feed("slow\r")) {
        await reader.waits();
        assert.equal(machine.serial.unread, 0);
        reader.fetch();
        await machine.serial.next(byte);
      }
      await powersOff(machine, off);
    }));

  it("the button is seen while nobody reads", () =>
    withReader(async (machine, off, reader) => {
      await starts(machine);
      reader.stop();
      machine.send("unread");
      await reader.waits();
      await powersOff(machine, off);
    }));

  it("the button is seen where nobody has ever read", () =>
    withReader(
      async (machine, off, reader) => {
        await reader.waits();
        assert.equal(machine.serial.length, 0);
        await powersOff(machine, off);
      },
      { reads: false },
    ));

  it("who connects late reads all of it, the banner first", () =>
    withReader(
      async (machine, off, reader) => {
        await reader.waits();
        await machine.raised(0);
        reader.read();
        await starts(machine);
        await says(machine, "hello");
      },
      { reads: false },
    ));
});

describe("a UART with an error in its FIFO: LSR bit 7 is set", () => {
  it("the line editor works", () => {
    let reads;
    return boot({ hardware: (cpu) => (reads = addFifoError(cpu)) }, async (machine, off) => {
      await starts(machine);
      await keepsTheTable(machine);
      assert.ok(reads() > machine.serial.length / 2, "the line status was hardly ever read");
      await powersOff(machine, off);
    });
  });
});

describe("no serial port: its ports answer FFh", () => {
  it("screen, keyboard and power button work", () =>
    boot({ hardware: removeUart }, async (machine, off) => {
      await shows(machine, [BANNER, "$"]);
      await takesKeys(machine, { com1: false });
      assert.equal(machine.serial.length, 0);
      await powersOff(machine, off);
    }));
});

describe("a BIOS whose IRQ 4 handler shuts the line (VirtualBox)", () => {
  it("not one byte waits for another interrupt", () =>
    boot({ bios: { irq4: "masks", irq9: "iret" } }, async (machine) => {
      await starts(machine);
      machine.stopClock();
      // Only the serial port can wake the program now: a byte that finds its line shut waits for ever.
      const line = "each of these bytes is sent when the one before has come back";
      for (const byte of line) {
        machine.send(byte);
        await machine.serial.next(byte);
      }
      machine.send("\r");
      await machine.serial.next(`\r\n${[...line].reverse().join("")}\r\n$ `);
      const calls = machine.bios.calls("irq4");
      assert.ok(calls > line.length, `that handler ran only ${calls} times`);
      await keepsAPaste(machine, 5_000);
      await says(machine, "after");
    }));

  it("keyboard and serial port feed one line", () =>
    boot({ bios: { irq4: "masks", irq9: "iret" } }, async (machine) => {
      await starts(machine);
      await mixesBoth(machine);
      await takesKeys(machine);
    }));
});

describe("a BIOS that keeps no register it need not keep", () => {
  for (const flag of [undefined, 0, 1]) {
    const how = { undefined: "as it was", 0: "clear", 1: "set" }[flag];
    it(`returns with the interrupt flag ${how}`, () =>
      boot({ bios: { int10: ["worst"], int14: ["worst"], int16: ["worst"], int1a: ["worst"], flag } }, async (machine, off) => {
        await starts(machine);
        await keepsTheTable(machine);
        await mixesBoth(machine);
        await takesKeys(machine);
        await keepsAPaste(machine, 5_000);
        for (const name of ["int10", "int14", "int16", "int1a"]) {
          assert.ok(machine.bios.calls(name) > 0, `${name} was never called`);
        }
        await powersOff(machine, off);
      }));
  }
});
