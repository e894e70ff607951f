/** The program on every platform of profiles.mjs. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { beginsAPaste, keepsTheTable, says, starts, takesKeys } from "./contract.mjs";
import { pressAtPrompt, turnsOff, withProfile } from "./press.mjs";
import { PROFILES } from "./profiles.mjs";

for (const profile of PROFILES) {
  describe(`platform: ${profile.name}`, () => {
    it(profile.block ? "at the prompt the button is seen" : "there is no button, and nothing stops", () =>
      pressAtPrompt(profile));

    if (profile.block) {
      it("in the middle of a line the button is seen", () =>
        withProfile(profile, async (machine, off) => {
          await starts(machine);
          machine.send("half a li");
          await machine.serial.next("half a li");
          await turnsOff(machine, off, profile);
        }));

      it("during a paste the button is seen", () =>
        withProfile(profile, async (machine, off) => {
          await starts(machine);
          await beginsAPaste(machine);
          await turnsOff(machine, off, profile);
          assert.ok(machine.unsent > 0, "the paste was over before the press was seen");
        }));
    }

    it("line editor and keyboard work", () =>
      withProfile(profile, async (machine) => {
        await starts(machine);
        await keepsTheTable(machine);
        await takesKeys(machine);
        await says(machine, "end");
        if (!profile.block) assert.deepEqual(machine.pm?.writes ?? [], []);
      }));
  });
}
