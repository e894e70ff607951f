/** Runs a test's body on a machine of its own, and says what the machine was when it fails. */

/**
 * @param {() => Promise<object>} start starts the machine
 * @param {(machine: object, note: (text: string) => void) => Promise<void>} body `note` prints
 *     a measured figure; it asserts nothing
 */
export async function withMachine(start, body) {
  const machine = await start();
  try {
    return await body(machine, (text) => console.log(`  ${text}`));
  } catch (error) {
    error.message += `\n--- ${machine.describe()}`;
    throw error;
  } finally {
    await machine.stop();
  }
}
