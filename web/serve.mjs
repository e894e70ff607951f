/**
 * Serves a folder on this machine only: `node serve.mjs FOLDER [PORT]`. Without a port the
 * system gives a free one. Prints the address.
 */

import { existsSync } from "node:fs";
import http from "node:http";
import { pathToFileURL } from "node:url";
import sirv from "sirv";

/** Starts the server. @returns {Promise<{address: string, close: () => void}>} */
export function serve(folder, port = 0) {
  const server = http.createServer(sirv(folder, { dev: true }));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = `http://127.0.0.1:${server.address().port}/`;
      const close = () => {
        server.close();
        server.closeAllConnections();
      };
      resolve({ address, close });
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, port = "0"] = process.argv.slice(2);
  const fail = (message) => {
    console.error(`boot256: ${message}`);
    process.exit(1);
  };
  if (!folder) fail("usage: node serve.mjs FOLDER [PORT]");
  if (!existsSync(`${folder}/index.html`)) fail(`${folder} holds no page: run 'make web' first`);
  if (!/^\d+$/.test(port) || Number(port) > 65535) fail(`PORT must be a number from 0 to 65535, not ${port}`);
  try {
    const { address } = await serve(folder, Number(port));
    console.log(`boot256 is at ${address} (Ctrl-C ends it)`);
  } catch (error) {
    fail(error.code === "EADDRINUSE" ? `port ${port} is in use: give another PORT, or none` : error.message);
  }
}
