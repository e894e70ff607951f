/** Bochs with rombios: another BIOS, another set of devices, another entry state. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BANNER, SLEEP_TYPES } from "../shared/facts.mjs";
import { Bochs, whyNotBooted } from "./bochs.mjs";
import { keepsTheButton, keepsTheContract, keepsTheTable, says, shows, starts, takesKeys } from "./contract.mjs";
import { DISK, FLOPPY, ISO, VDI, VHD } from "./images.mjs";
import { PROGRAM } from "./pm.mjs";
import { withMachine } from "./runner.mjs";

const skip = await whyNotBooted(DISK);

/** Starts Bochs and lets it run, from the program's first instruction if its CS:IP is given. */
const boot = (options, entry) => (body) =>
  withMachine(
    () => Bochs.start(options),
    async (machine) => {
      if (entry) assert.equal(await machine.goTo(PROGRAM), entry);
      machine.go();
      await body(machine);
    },
  );

/** Presses the button; Bochs must end by the soft-off register, and by nothing else. */
async function turnsOff(machine) {
  await machine.press();
  const { softOff } = await machine.ended;
  assert.ok(softOff, "Bochs ended, but not by its soft-off register");
  // Bochs ends inside the OUT: what comes after the first SLP_TYP is never reached.
  assert.deepEqual(machine.pm.sleeps, SLEEP_TYPES.slice(0, 1));
}

describe("Bochs, rombios", { skip }, () => keepsTheContract(boot({ disk: DISK }, "0000:7c00"), 5_000));

describe("Bochs, the power button", { skip }, () => keepsTheButton(boot({ disk: DISK }), turnsOff));

describe("Bochs, the images", { skip }, () => {
  for (const [name, options, entry] of [
    ["boot.iso as a CD", { cdrom: ISO }, "07c0:0000"],
    ["boot-floppy.img", { floppy: FLOPPY }],
    ["boot.iso as a disk", { disk: ISO }],
    ["boot.vhd", { disk: VHD, mode: "vpc" }],
    ["boot.vdi", { disk: VDI, mode: "vbox" }],
    ["a disk on the i440BX, whose power management is at 00:07.3", { disk: DISK, chipset: "i440bx" }],
  ]) {
    it(`starts from ${name}`, () =>
      boot(options, entry)(async (machine) => {
        if (options.disk) assert.match(machine.log, new RegExp(`HD on ata0-0: .*, '${options.mode ?? "flat"}' mode`));
        if (options.chipset) assert.match(machine.log, /i440BX Host bridge present/);
        await starts(machine);
        await says(machine, "hello");
        await turnsOff(machine);
      }));
  }
});

describe("Bochs, missing hardware", { skip }, () => {
  for (const [what, chipset, log] of [
    ["ACPI (i430FX)", "i430fx", /i430FX .*present/],
    ["PCI", "none", /^(?!.*bridge present)/s],
  ]) {
    it(`without ${what} everything else works`, () =>
      boot({ disk: DISK, chipset })(async (machine) => {
        assert.match(machine.log, log);
        await starts(machine);
        await keepsTheTable(machine);
        await takesKeys(machine);
        assert.equal(String(machine.pm), "none");
      }));
  }

  it("without COM1 screen, keyboard and power button work", () =>
    boot({ disk: DISK, com1: false })(async (machine) => {
      assert.match(machine.log, /serial ports disabled/);
      await shows(machine, [BANNER, "$"]);
      await takesKeys(machine, { com1: false });
      await turnsOff(machine);
    }));
});
