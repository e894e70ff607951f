/** v86 with SeaBIOS, with its ACPI device and without. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SLEEP_TYPES } from "../shared/facts.mjs";
import { keepsTheButton, keepsTheContract, says, starts } from "./contract.mjs";
import { DISK, FLOPPY, ISO } from "./images.mjs";
import { withMachine } from "./runner.mjs";
import { V86 } from "./v86.mjs";

const boot = (options) => (body) => withMachine(() => V86.boot(options), body);

for (const acpi of [true, false]) {
  describe(`v86, acpi: ${acpi}`, () => keepsTheContract(boot({ disk: DISK, acpi }), 20_000));
}

describe("v86, the images", () => {
  for (const [name, options] of [
    ["the ISO as a CD", { cdrom: ISO }],
    ["the floppy image", { floppy: FLOPPY }],
    ["the ISO as a disk", { disk: ISO }],
  ]) {
    it(`starts from ${name}`, () =>
      boot(options)(async (machine) => {
        await starts(machine);
        await says(machine, "hello");
      }));
  }
});

describe("v86, the power button", () =>
  keepsTheButton(boot({ disk: DISK, acpi: true }), async (machine) => {
    machine.press();
    // v86 does not turn off: the program goes through all three sleep types.
    await machine.pm.asleep(SLEEP_TYPES.length);
    assert.deepEqual(machine.pm.sleeps.slice(0, SLEEP_TYPES.length), SLEEP_TYPES, `PM writes: ${machine.pm}`);
  }));
