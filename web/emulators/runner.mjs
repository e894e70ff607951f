/**
 * Runs a test's body on a machine of its own, and says what the machine was when it fails. A machine that has said
 * more than the body has read has failed, too.
 */

/**
 * @param {() => Promise<object>} start starts the machine
 * @param {(machine: object) => Promise<void>} body
 */
export async function withMachine(start, body) {
  const machine = await start();
  try {
    await body(machine);
    machine.serial.done();
  } catch (error) {
    error.message += `\n--- ${machine.describe()}`;
    throw error;
  } finally {
    await machine.stop();
  }
}
