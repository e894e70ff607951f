/** Debian's Chromium, driven by playwright-core, for the page's test and its picture. */

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PROGRAM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Starts a browser with an empty profile of its own, which ends with it. */
export async function startBrowser() {
  if (!existsSync(PROGRAM)) {
    throw new Error(`${PROGRAM} is missing (package chromium): run 'make setup-all', or set CHROMIUM`);
  }
  return chromium.launch({
    executablePath: PROGRAM,
    args: [
      "--headless",
      "--no-sandbox", // CI runs as root, where Chromium's sandbox cannot start
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      // Nothing but the page's own requests: the tests look at every one of them.
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
