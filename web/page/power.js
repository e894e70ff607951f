/**
 * The ACPI power button and the soft-off register of v86's machine.
 *
 * v86's PIIX4 device (`cpu.devices.acpi`, there with the option `acpi: true`) has the fixed
 * power management registers but no button on them and no soft off: it keeps what is written
 * (v86, src/acpi.js). This file adds the two, as the ACPI specification describes them in
 * section 4.8.3 (PM1 event and control registers) and section 7.4.2 (\_S5).
 */

/** Base of the PM1 block. v86 wires it there whatever the firmware asks for. */
const PM_BASE = 0xb000;
/** PM1a_CNT, 16 bits, at base + 4. */
export const PM1_CNT = PM_BASE + 4;
/** PM1_STS and PM1_EN, bit 8: the power button. */
const PWRBTN = 0x0100;
/** PM1_CNT, bit 13: enter the sleep state that bits 10 to 12 (SLP_TYP) name. */
export const SLP_EN = 0x2000;
/** The system control interrupt: IRQ 9 on every PC with these registers. */
const SCI = 9;

/**
 * Adds the button and the soft-off watch to a machine whose devices exist (after v86's event
 * `emulator-loaded`).
 *
 * @param {object} cpu v86's `emulator.v86.cpu`, made with `acpi: true`
 * @param {(word: number) => void} onControl called with each 16-bit word that the guest writes
 *     to PM1a_CNT, inside the guest's OUT instruction: do not stop or free the machine in it
 * @returns {{press: () => void}} the button
 * @throws {Error} when the machine has no ACPI device
 */
export function addPowerButton(cpu, onControl) {
  const acpi = cpu.devices.acpi;
  if (!acpi) {
    throw new Error("this v86 machine was made without acpi: true, it has no power button");
  }

  const port = cpu.io.ports[PM1_CNT];
  const store = port.write16;
  port.write16 = function (word) {
    store.call(this, word);
    onControl(word);
  };

  // The interrupt line follows status AND enable. v86 lowers it at every timer run, so the
  // line is set again after each of them as long as the press is neither seen nor cleared.
  const raise = () => {
    if (acpi.pm1_status & acpi.pm1_enable & PWRBTN) cpu.device_raise_irq(SCI);
  };
  const timer = acpi.timer;
  acpi.timer = function (now) {
    const wait = timer.call(this, now);
    raise();
    return wait;
  };

  return {
    press() {
      acpi.pm1_status |= PWRBTN;
      raise();
    },
  };
}
