/** What the picture of the page was drawn from, as one line of text: is it older than the page or the program? */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

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

/** The file beside a picture that says it. */
export const noteOf = (picture) => picture.replace(/\.png$/, ".sha256");
