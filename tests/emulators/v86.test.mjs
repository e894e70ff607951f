/** v86 with SeaBIOS, with its ACPI device and without. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ARM, BANNER, SLEEP_TYPES } from "../../web/shared/facts.mjs";
import { beginsAPaste, keepsAPaste, keepsTheTable, mixesBoth, says, shows, starts, takesKeys } from "./contract.mjs";
import { DISK, FLOPPY, ISO } from "./images.mjs";
import { withMachine } from "./runner.mjs";
import { V86 } from "./v86.mjs";

const boot = (options, body) => withMachine(() => V86.boot(options), body);

for (const acpi of [true, false]) {
  describe(`v86, acpi: ${acpi}`, () => {
    it("starts, and shows on the screen what COM1 shows", () =>
      boot({ disk: DISK, acpi }, async (machine) => {
        await starts(machine);
        await says(machine, "hello");
        await shows(machine, [BANNER, "$ hello", "olleh", "$"]);
      }));

    it("keeps the table of the line editor", () =>
      boot({ disk: DISK, acpi }, async (machine) => {
        await starts(machine);
        await keepsTheTable(machine);
      }));

    it("loses nothing of a paste", () =>
      boot({ disk: DISK, acpi }, async (machine, note) => {
        await starts(machine);
        note(`${await keepsAPaste(machine, 20_000)} bytes in one paste`);
        await says(machine, "after");
      }));

    it("takes the PC keyboard", () =>
      boot({ disk: DISK, acpi }, async (machine) => {
        await starts(machine);
        await takesKeys(machine);
        await mixesBoth(machine);
      }));
  });
}

describe("v86, the images", () => {
  it("starts from the ISO as a CD", () =>
    boot({ cdrom: ISO }, async (machine) => {
      await starts(machine);
      await says(machine, "from a CD");
    }));

  it("starts from the floppy image", () =>
    boot({ floppy: FLOPPY }, async (machine) => {
      await starts(machine);
      await says(machine, "from a floppy");
    }));

  it("starts from the ISO as a disk", () =>
    boot({ disk: ISO }, async (machine) => {
      await starts(machine);
      await says(machine, "from a disk");
    }));
});

describe("v86, the power button", () => {
  /** v86 does not turn off: the program goes through all three sleep types. */
  const wentThrough = (machine) => {
    assert.deepEqual(machine.pm.sleeps.slice(0, 3), SLEEP_TYPES, `PM writes: ${machine.pm}`);
    assert.deepEqual(machine.pm.strange, []);
  };

  it("is armed at start", () =>
    boot({ disk: DISK, acpi: true }, async (machine) => {
      await starts(machine);
      assert.deepEqual(machine.pm.to("EN"), [0x0100]);
      assert.deepEqual(machine.pm.to("CNT"), [ARM[2][1]]);
      assert.deepEqual(machine.pm.strange, []);
    }));

  it("is seen at the prompt", () =>
    boot({ disk: DISK, acpi: true }, async (machine) => {
      await starts(machine);
      await says(machine, "hello");
      assert.deepEqual(machine.pm.sleeps, []);
      machine.press();
      await machine.pm.asleep(3);
      assert.deepEqual(machine.pm.sleeps.slice(0, 3), SLEEP_TYPES);
      wentThrough(machine);
    }));

  it("is seen in the middle of a line", () =>
    boot({ disk: DISK, acpi: true }, async (machine) => {
      await starts(machine);
      machine.send("half a li");
      await machine.serial.next("half a li");
      machine.press();
      await machine.pm.asleep(3);
      wentThrough(machine);
    }));

  it("is seen during a paste", () =>
    boot({ disk: DISK, acpi: true }, async (machine, note) => {
      await starts(machine);
      await beginsAPaste(machine);
      const before = machine.serial.length;
      machine.press();
      await machine.pm.asleep(3);
      wentThrough(machine);
      note(`${machine.serial.length - before} bytes came out between the press and the last write`);
    }));
});
