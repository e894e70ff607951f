/** The program on every platform of tools/facts/platforms.toml that v86 can be. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { beginsAPaste, keepsTheTable, says, starts, takesKeys } from "./contract.mjs";
import { fill } from "./page.mjs";
import { pressAtPrompt, table, turnsOff, withProfile } from "./press.mjs";
import { LEFT_OUT, PROFILES } from "./profiles.mjs";

/** The clock's interrupt. */
const CLOCK = 8;
/** INT 10h AH=00h: the bit that keeps the picture, and the last mode that IBM's own video BIOSes know. */
const KEEP_PICTURE = 0x80;
const LAST_KNOWN_MODE = 0x13;

/** What came of the presses: the table of docs/machines.md. */
const rows = [];

for (const { name, why } of LEFT_OUT) {
  it(`platform: ${name}`, { skip: why }, () => {});
}

for (const profile of PROFILES) {
  const { pm, bios } = profile;
  describe(`platform: ${profile.name}`, () => {
    it(pm.base !== undefined ? "at the prompt the button is seen" : "there is no button, and nothing stops", async () => {
      rows.push(await pressAtPrompt(profile));
    });

    if (pm.base !== undefined) {
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
        // The habits that were asked for have been met.
        for (const name of machine.bios.names.filter((name) => name.startsWith("int"))) {
          assert.ok(machine.bios.calls(name) > 0, `${name} was never called`);
        }
        if (pm.base === undefined) assert.deepEqual(machine.pm?.writes ?? [], []);
      }));

    it("each byte on COM1 wakes it by its own interrupt", () =>
      withProfile(profile, async (machine) => {
        await starts(machine);
        machine.stopClock();
        // Only the serial port can wake it now: a byte whose line is shut waits for ever.
        for (const byte of "one by one") {
          machine.send(byte);
          await machine.serial.next(byte);
        }
      }));

    if (bios.irq8 === "if-asked") {
      it("the clock wakes it again and again", () =>
        withProfile(profile, async (machine) => {
          await starts(machine);
          const before = machine.bios.calls("irq8");
          // The line is raised each second; its handler runs only if the one before has been taken back.
          for (let seconds = 0; seconds < 4; seconds++) await machine.raised(CLOCK);
          assert.ok(machine.bios.calls("irq8") - before >= 3, "the clock's handler ran once and no more");
        }));
    }

    if (bios.int10 === "system") {
      it("the picture stays: no mode is asked for that a video BIOS may know", () =>
        withProfile(profile, async (machine) => {
          await starts(machine);
          await says(machine, "hello");
          const modes = machine.bios.modes();
          assert.ok(modes.length > 0, "no mode was asked for: is the call for SeaBIOS's console gone?");
          for (const mode of modes) {
            assert.ok(mode & KEEP_PICTURE && (mode & ~KEEP_PICTURE) > LAST_KNOWN_MODE, `mode ${mode.toString(16)}h`);
          }
        }));
    }
  });
}

it("the table of platforms in docs/machines.md is current (else: make profiles)", async () => {
  assert.equal(rows.length, PROFILES.length, "a platform was not tried");
  const page = await readFile(new URL("../../docs/machines.md", import.meta.url), "utf8");
  assert.equal(page, fill(page, "profiles", table(rows)));
});
