/** Bochs with rombios: another BIOS, another set of devices, another entry state. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BANNER, SLEEP_TYPES } from "../../web/shared/facts.mjs";
import { Bochs, whyNotBooted } from "./bochs.mjs";
import { beginsAPaste, keepsAPaste, keepsTheTable, mixesBoth, says, shows, starts, takesKeys } from "./contract.mjs";
import { DISK, FLOPPY, ISO, VDI, VHD } from "./images.mjs";
import { PROGRAM } from "./pm.mjs";
import { withMachine } from "./runner.mjs";

/** Starts Bochs and lets it run. */
const boot = (options, body) =>
  withMachine(
    () => Bochs.start(options),
    async (machine, note) => {
      machine.go();
      await body(machine, note);
    },
  );

const skip = await whyNotBooted(DISK);

/** Presses the button; Bochs must end by the soft-off register, and by nothing else. */
async function turnsOff(machine) {
  assert.deepEqual(machine.pm.sleeps, [], "no sleep state before the press");
  await machine.press();
  const { softOff } = await machine.ended;
  assert.ok(softOff, "Bochs ended, but not by its soft-off register");
  // Bochs ends inside the OUT: what comes after the first SLP_TYP is never reached.
  assert.deepEqual(machine.pm.sleeps, SLEEP_TYPES.slice(0, 1));
  assert.deepEqual(machine.pm.strange, []);
}

describe("Bochs, rombios", { skip }, () => {
  it("starts at 0000:7C00 from a disk, and shows on the screen what COM1 shows", () =>
    withMachine(
      () => Bochs.start({ disk: DISK }),
      async (machine) => {
        assert.equal(await machine.goTo(PROGRAM), "0000:7c00");
        machine.go();
        await starts(machine);
        await says(machine, "hello");
        await shows(machine, [BANNER, "$ hello", "olleh", "$"]);
      },
    ));

  it("starts at 07C0:0000 from the ISO as a CD", () =>
    withMachine(
      () => Bochs.start({ cdrom: ISO }),
      async (machine) => {
        assert.equal(await machine.goTo(PROGRAM), "07c0:0000");
        machine.go();
        await starts(machine);
        await keepsTheTable(machine);
        await turnsOff(machine);
      },
    ));

  it("keeps the table of the line editor", () =>
    boot({ disk: DISK }, async (machine) => {
      await starts(machine);
      await keepsTheTable(machine);
    }));

  it("loses nothing of a paste", () =>
    boot({ disk: DISK }, async (machine, note) => {
      await starts(machine);
      note(`${await keepsAPaste(machine, 5_000)} bytes in one paste`);
      await says(machine, "after");
    }));

  it("takes the PC keyboard", () =>
    boot({ disk: DISK }, async (machine) => {
      await starts(machine);
      await takesKeys(machine);
      await mixesBoth(machine);
    }));
});

describe("Bochs, the images", { skip }, () => {
  for (const [name, options] of [
    ["boot-floppy.img", { floppy: FLOPPY }],
    ["boot.iso as a disk", { disk: ISO }],
    ["boot.vhd", { disk: VHD, mode: "vpc" }],
    ["boot.vdi", { disk: VDI, mode: "vbox" }],
  ]) {
    it(`starts from ${name}`, () =>
      boot(options, async (machine) => {
        if (options.disk) assert.match(machine.log, new RegExp(`HD on ata0-0: .*, '${options.mode ?? "flat"}' mode`));
        await starts(machine);
        await says(machine, "hello");
        await turnsOff(machine);
      }));
  }
});

describe("Bochs, the power button", { skip }, () => {
  it("is armed at start", () =>
    boot({ disk: DISK }, async (machine) => {
      await starts(machine);
      await says(machine, "hello");
      assert.deepEqual(machine.pm.to("EN"), [0x0100]);
      assert.deepEqual(machine.pm.to("CNT"), [0x0001]);
      assert.deepEqual(machine.pm.strange, []);
    }));

  it("is seen at the prompt", () =>
    boot({ disk: DISK }, async (machine) => {
      await starts(machine);
      await turnsOff(machine);
    }));

  it("is seen in the middle of a line", () =>
    boot({ disk: DISK }, async (machine) => {
      await starts(machine);
      machine.send("half a li");
      await machine.serial.next("half a li");
      await turnsOff(machine);
    }));

  it("is seen during a paste", () =>
    boot({ disk: DISK }, async (machine) => {
      await starts(machine);
      await beginsAPaste(machine);
      await turnsOff(machine);
    }));

  it("is found on the i440BX too, at 00:07.3", () =>
    boot({ disk: DISK, chipset: "i440bx" }, async (machine) => {
      assert.match(machine.log, /i440BX Host bridge present/);
      await starts(machine);
      await says(machine, "hello");
      await turnsOff(machine);
    }));
});

describe("Bochs, missing hardware", { skip }, () => {
  it("without ACPI (i430FX) everything else works", () =>
    boot({ disk: DISK, chipset: "i430fx" }, async (machine) => {
      assert.match(machine.log, /i430FX .*present/);
      await starts(machine);
      await keepsTheTable(machine);
      await takesKeys(machine);
      assert.equal(String(machine.pm), "none");
    }));

  it("without PCI everything else works", () =>
    boot({ disk: DISK, chipset: "none" }, async (machine) => {
      assert.doesNotMatch(machine.log, /bridge present/);
      await starts(machine);
      await keepsTheTable(machine);
      await takesKeys(machine);
      assert.equal(String(machine.pm), "none");
    }));

  it("without COM1 screen, keyboard and power button work", () =>
    boot({ disk: DISK, com1: false }, async (machine) => {
      assert.match(machine.log, /serial ports disabled/);
      await shows(machine, [BANNER, "$"]);
      await takesKeys(machine, { com1: false });
      assert.equal(machine.serial.length, 0);
      await turnsOff(machine);
    }));
});
