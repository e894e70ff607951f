/** The COM1 pane: xterm.js on one end of the serial line, the machine on the other. */

import { FitAddon } from "./vendor/addon-fit.js";
import { Terminal } from "./vendor/xterm.js";

const encoder = new TextEncoder();
const dark = {
  background: "#0c0f13",
  foreground: "#b4bdc5",
  cursor: "#8fd6b4",
  cursorAccent: "#0c0f13",
  selectionBackground: "#2f4a5c",
};

/**
 * @param {HTMLElement} pane
 * @param {import("./machine.js").Machine} machine
 * @returns {{clear: () => void, size: (pixels: number) => void}} `size` sets the text's size
 */
export function connectSerial(pane, machine) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const terminal = new Terminal({
    cursorBlink: !still.matches,
    fontFamily: getComputedStyle(pane).fontFamily,
    fontSize: 12,
    lineHeight: 1.1,
    scrollback: 1000,
    theme: dark,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(pane);
  terminal.textarea.setAttribute("aria-label", "Serial terminal on COM1");

  // Tab leaves the pane, as it leaves every other control of the page.
  terminal.attachCustomKeyEventHandler((event) => event.key !== "Tab");
  terminal.onData((text) => machine.send(encoder.encode(text)));
  machine.addEventListener("serial", ({ detail }) => terminal.write(Uint8Array.of(detail)));

  new ResizeObserver(() => fit.fit()).observe(pane);
  return {
    clear: () => terminal.reset(),
    size(pixels) {
      terminal.options.fontSize = pixels;
      fit.fit();
    },
  };
}
