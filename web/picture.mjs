/**
 * The README's picture of the page: `node picture.mjs FOLDER FILE.png`. A word is typed in each
 * pane, so that the picture shows what the program does. FILE.sha256 says what it was drawn from.
 */

import { execFile } from "node:child_process";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { startBrowser } from "./browser.mjs";
import { serve } from "./serve.mjs";
import { drawnFrom, noteOf } from "./shared/drawn-from.mjs";

const [folder, file] = process.argv.slice(2);
if (!file) {
  console.error("boot256: usage: node picture.mjs FOLDER FILE.png");
  process.exit(1);
}

const server = await serve(folder);
const browser = await startBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  // Nothing that moves: two runs give the same picture.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(server.address);
  const serialEnds = (text) =>
    page.waitForFunction(
      (text) => document.querySelector("#serial .xterm-rows").textContent.replaceAll("\u00a0", " ").trimEnd().endsWith(text),
      text,
    );
  await serialEnds("$");
  await page.locator("#screen-keys").focus();
  await page.keyboard.type("hello");
  await page.keyboard.press("Enter");
  await serialEnds("olleh$");
  await page.locator("#serial").click();
  await page.keyboard.type("desserts");
  await page.keyboard.press("Enter");
  await serialEnds("stressed$");
  await page.getByRole("gridcell").nth(0x8a).hover();

  const png = await page.screenshot({ fullPage: true, scale: "css" });
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, png);
  // 256 colours are enough for a page of few, and a third of the bytes. No dithering: it spoils text.
  await promisify(execFile)("pngquant", ["--nofs", "--speed=1", "--strip", "--force", `--output=${file}.tmp`, `${file}.tmp`]);
  await rename(`${file}.tmp`, file);
  await writeFile(noteOf(file), drawnFrom(folder));
} finally {
  await browser.close();
  server.close();
}
