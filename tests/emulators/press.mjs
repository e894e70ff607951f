/** One press of the power button on each platform of profiles.mjs, and what came of it. */

import assert from "node:assert/strict";
import { says, starts } from "./contract.mjs";
import { DISK } from "./images.mjs";
import { baseFunction, offBy, optionsOf, PROFILES } from "./profiles.mjs";
import { PWRBTN, REGISTERS } from "./pm.mjs";
import { withMachine } from "./runner.mjs";
import { ARM, SLEEP_TYPES } from "../../web/shared/facts.mjs";
import { inTime } from "../../web/shared/transcript.mjs";
import { V86 } from "./v86.mjs";

/** Bits of PM1_STS that have no meaning to the program, and that adding one may change. */
const LOWEST = 0x000f;
/** Lines of the clock and the SCI; the timer's, 0, is masked. */
const TIMER = 0;
const CLOCK = 8;
const SCI = 9;

const hex = (value) => `${value.toString(16).toUpperCase().padStart(4, "0")}h`;

/** What the program writes to arm the button: old press cleared, PWRBTN_EN, SCI_EN. */
export const ARMED = ARM.map(([offset, value]) => `${REGISTERS[offset]}<-${value.toString(16)}h`);

/** Runs `body` with a machine of that profile, `off` being the promise that it turns off, or null. */
export function withProfile(profile, body) {
  let off = null;
  const options = optionsOf(profile);
  const { hardware } = options;
  if (hardware) {
    options.hardware = (cpu) => {
      const built = hardware(cpu);
      off = built.off ?? null;
      return built;
    };
  }
  return withMachine(
    () => V86.boot({ disk: DISK, ...options }),
    (machine) => body(machine, off),
  );
}

/**
 * Presses the button and waits for what must follow, access by access: PWRBTN_STS taken back, then
 * SLP_EN with each type up to the one that turns this platform off, and nothing else.
 */
export async function turnsOff(machine, off, { pm }) {
  assert.deepEqual(machine.pm.list, ARMED, "before the press");
  machine.press();
  const last = offBy({ pm }, SLEEP_TYPES);
  if (last === null) await machine.pm.asleep(SLEEP_TYPES.length);
  else await inTime(off, () => `the platform to turn off; PM writes: ${machine.pm}`);
  const types = last === null ? SLEEP_TYPES : SLEEP_TYPES.slice(0, SLEEP_TYPES.indexOf(last) + 1);
  const taken = machine.pm.writes[ARMED.length];
  const rest = machine.pm.writes.slice(ARMED.length + 1);
  // The program writes back what it has read, plus one: no bit but those that were set, and the lowest.
  assert.equal(taken?.register, "STS");
  assert.equal(taken.value & PWRBTN, PWRBTN, "the press is taken back");
  assert.equal(taken.value & ~(PWRBTN | LOWEST | (pm.status_noise ?? 0)), 0, "other events are taken back");
  assert.ok(rest.every(({ register }) => register === "CNT"), `PM writes: ${machine.pm}`);
  assert.deepEqual(machine.pm.sleeps, types, `PM writes: ${machine.pm}`);
  assert.equal(rest.length, types.length, `PM writes: ${machine.pm}`);
  assert.deepEqual(machine.pm.strange, [], "accesses to the block that the contract forbids");
  return types;
}

/** Which of the lines a press may wake the program by were raised since `from`. */
function wakers(machine, from) {
  return [...new Set(machine.irqs.slice(from))].filter((line) => line !== TIMER).sort();
}

/**
 * One press at the prompt.
 *
 * @returns {Promise<{platform: string, place: string, base: string, woken: string, written: string, result: string}>}
 *     a row of the table
 */
export function pressAtPrompt(profile) {
  const { name, pm } = profile;
  const from = baseFunction(profile);
  const base = pm.base !== undefined ? hex(pm.base) : from ? hex(0) : "none";
  const row = { platform: name, place: from ? `${from.id} at ${from.at}` : "none", base };
  return withProfile(profile, async (machine, off) => {
    await starts(machine);
    await says(machine, "hello");
    if (pm.base === undefined) {
      // Nothing to press: the clock wakes the program, which must neither stop nor say anything.
      await machine.raised(CLOCK);
      await says(machine, "still here");
      assert.deepEqual(machine.pm?.writes ?? [], [], "writes to where register 40h seems to point");
      return { ...row, woken: "-", written: "-", result: "no button, goes on" };
    }

    const bySci = pm.sci !== "none";
    if (bySci) machine.stopClock(); // only the SCI can wake it
    const since = machine.irqs.length;
    const types = await turnsOff(machine, off, profile);
    assert.deepEqual(wakers(machine, since), [bySci ? SCI : CLOCK], "interrupts since the press");
    const written = types.join(", ");
    const woken = bySci ? "SCI, IRQ 9" : "clock, IRQ 8";
    if (offBy(profile, SLEEP_TYPES) !== null) return { ...row, woken, written, result: `off by SLP_TYP ${types.at(-1)}` };
    await says(machine, "still here");
    return { ...row, woken, written, result: "has no off, goes on" };
  });
}

/** The table in Markdown, one row a result of {@link pressAtPrompt}. */
export function table(rows) {
  const head = ["Platform", "Base read from", "Base", "Woken by", "SLP_TYP written", "Result"];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.map((row) => line([row.platform, row.place, row.base, row.woken, row.written, row.result])),
    "",
  ].join("\n");
}

/** Every row of the table, from a run. */
export async function pressAll() {
  const rows = [];
  for (const profile of PROFILES) rows.push(await pressAtPrompt(profile));
  return rows;
}
