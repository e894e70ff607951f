/** What is undone when this process ends, whichever way it ends. */

const steps = new Set();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/**
 * Runs `step` as this process ends: when it is done, fails, or gets a signal, which without this would end it on the
 * spot and leave its machines and folders. (SIGKILL does.)
 *
 * @param {() => void} step must not wait for anything
 * @returns {() => void} forgets the step
 */
export function atEnd(step) {
  watch();
  steps.add(step);
  return () => steps.delete(step);
}

let watching = false;
function watch() {
  if (watching) return;
  watching = true;
  process.on("exit", () => {
    for (const step of steps) step();
  });
  // Ended by a signal is 128 and its number, as a shell has it.
  for (const [signal, number] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(128 + number));
}
