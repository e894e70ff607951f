/**
 * The project's pictures: `node pictures.mjs BUILD FOLDER`. session.svg is a session in QEMU, web.png is the page; a
 * word is typed in each of its panes, so that the picture shows what the program does.
 *
 * The same run gives the same session.svg, which the tests compare. The page's pixels are the browser's and the
 * fonts': web.sha256 says what web.png was drawn from.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { startBrowser } from "./browser.mjs";
import { serve } from "./serve.mjs";
import { sessionPicture } from "./session.mjs";

/**
 * A digest of the page's own files and of the map of the program, in a folder that build.mjs has made. v86 and
 * SeaBIOS are not in it: the picture is the same with others.
 */
export function drawnFrom(folder) {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).filter((name) => /\.(css|html|js|json|svg)$/.test(name)).sort()) {
    hash.update(`${name}\n`).update(readFileSync(path.join(folder, name)));
  }
  return `${hash.digest("hex")}\n`;
}

/** Draws the page in `folder` into the file. */
async function drawPage(folder, file) {
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
    for (const [pane, word] of [["#screen-keys", "hello"], ["#serial textarea", "desserts"]]) {
      await page.locator(pane).focus();
      await page.keyboard.type(`${word}\n`);
      await serialEnds(`${[...word].reverse().join("")}$`);
    }
    await page.getByRole("gridcell").nth(0x8a).hover();
    await writeFile(file, await page.screenshot({ fullPage: true, scale: "css" }));
    // 24 colours are enough for a page of few, and a fifth of the bytes. No dithering: it spoils text.
    await promisify(execFile)("pngquant", ["--nofs", "--speed=1", "--strip", "--force", `--output=${file}`, "24", file]);
  } finally {
    await browser.close();
    server.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [build, folder] = process.argv.slice(2);
  const put = async (name, draw) => {
    const file = path.join(folder, name);
    await draw(`${file}.tmp`);
    await rename(`${file}.tmp`, file);
  };
  const page = path.join(build, "web");
  await put("session.svg", async (file) => writeFile(file, await sessionPicture(path.join(build, "boot.img"))));
  await put("web.png", (file) => drawPage(page, file));
  await put("web.sha256", (file) => writeFile(file, drawnFrom(page)));
}
