/**
 * Platforms that no emulator here has: v86's chipset replaced by theirs. Where each block sits
 * and what turns the platform off: Intel's ICH and PIIX4 data sheets, and the platforms' own
 * source where it is open (VirtualBox DevACPI.cpp, OpenVMM piix4_pm.rs).
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addPowerManagement, removeUart } from "./chipset.mjs";
import { keepsTheTable, says, shows, starts, takesKeys } from "./contract.mjs";
import { DISK } from "./images.mjs";
import { withMachine } from "./runner.mjs";
import { inTime } from "./transcript.mjs";
import { V86 } from "./v86.mjs";

/** Device ids of PIIX4's power management function and of some LPC bridges with it. */
const PIIX4 = 0x7113;
const ICH9 = 0x2918;
const ICH10 = 0x3a18;
const COUGAR_POINT = 0x1c4e;

/** [platform, device.function and id, base, SLP_TYP that turns it off, sleep words up to that]. */
const PLATFORMS = [
  ["PIIX4 at 00:01.3, base 0600h", { device: 1, function: 3, id: PIIX4, base: 0x0600, off: 0 }, [0x2000]],
  ["PIIX4 at 00:07.3, base 1000h (VMware)", { device: 7, function: 3, id: PIIX4, base: 0x1000, off: 0 }, [0x2000]],
  ["PIIX4 at 00:07.3, base 0400h (Hyper-V)", { device: 7, function: 3, id: PIIX4, base: 0x0400, off: 0 }, [0x2000]],
  ["PIIX4 at 00:07.0, base 4000h, off by type 5 (VirtualBox)", { device: 7, function: 0, id: PIIX4, base: 0x4000, off: 5 }, [0x2000, 0x3c00, 0x3400]],
  ["ICH9 at 00:1f.0, base 0600h, off by type 7", { device: 0x1f, function: 0, id: ICH9, base: 0x0600, off: 7 }, [0x2000, 0x3c00]],
  ["ICH10 at 00:1f.0, base 0400h, off by type 7", { device: 0x1f, function: 0, id: ICH10, base: 0x0400, off: 7 }, [0x2000, 0x3c00]],
  ["6 series PCH at 00:1f.0, base 1800h, off by type 7", { device: 0x1f, function: 0, id: COUGAR_POINT, base: 0x1800, off: 7 }, [0x2000, 0x3c00]],
];

/** Boots v86 with such a block; `body` gets the block's switch-off promise too. */
function boot(where, body) {
  let block;
  return withMachine(
    () => V86.boot({ disk: DISK, hardware: (cpu) => (block = addPowerManagement(cpu, where)) }),
    (machine) => body(machine, block),
  );
}

describe("v86 with other platforms' power management", () => {
  for (const [name, where, sleeps] of PLATFORMS) {
    it(name, () =>
      boot(where, async (machine, block) => {
        await starts(machine);
        await says(machine, "hello");
        assert.deepEqual(machine.pm.to("EN"), [0x0100], `PM writes: ${machine.pm}`);
        assert.deepEqual(machine.pm.to("CNT"), [0x0001], `PM writes: ${machine.pm}`);
        machine.press();
        await inTime(block.off, () => `the platform to turn off; PM writes: ${machine.pm}`);
        assert.deepEqual(machine.pm.sleeps, sleeps);
        assert.deepEqual(machine.pm.strange, []);
      }));
  }

  it("PIIX4 whose ports answer FFFFh: no power-off, everything else works", () =>
    boot({ device: 7, function: 3, id: PIIX4, base: 0x0600, off: 0, dead: true }, async (machine) => {
      await starts(machine);
      await keepsTheTable(machine);
      await takesKeys(machine);
      assert.deepEqual(machine.pm.sleeps, []);
    }));
});

describe("v86 without a serial port", () => {
  it("screen, keyboard and power button work", () =>
    withMachine(
      () =>
        V86.boot({
          disk: DISK,
          hardware: (cpu) => {
            removeUart(cpu);
            return addPowerManagement(cpu, { device: 7, function: 3, id: PIIX4, base: 0x0600, off: 0 });
          },
        }),
      async (machine) => {
        await shows(machine, ["ClientAPI", "$"]);
        await takesKeys(machine, { com1: false });
        assert.equal(machine.serial.length, 0);
        machine.press();
        await machine.pm.asleep(1);
        assert.deepEqual(machine.pm.sleeps, [0x2000]);
      },
    ));
});
