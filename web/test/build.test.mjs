/** Putting the page together and serving it: what can go wrong, and that nothing is lost then. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("..", import.meta.url));
const built = path.join(path.resolve(process.env.BUILD ?? path.join(web, "..", "build")), "web");

/** Runs a script of this package. @returns {Promise<{code: number, out: string}>} */
function run(script, args, env = {}) {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(web, script), ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, out: stdout + stderr }),
    );
  });
}

let folder;
before(() => (folder = mkdtempSync(path.join(os.tmpdir(), "boot256-web-"))));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("build.mjs", () => {
  const image = () => path.join(built, "boot.img");
  const map = () => path.join(built, "map.json");
  const build = ({ image: from = image(), map: of = map(), out = path.join(folder, "page"), env } = {}) =>
    run("build.mjs", ["--image", from, "--map", of, "--out", out], env);

  it("makes the same folder twice, and leaves nothing beside it", async () => {
    const out = path.join(folder, "twice");
    assert.deepEqual(await build({ out }), { code: 0, out: "" });
    const files = () => readdirSync(out, { recursive: true }).map(String).sort();
    const first = files();
    writeFileSync(path.join(out, "stale"), "");
    assert.deepEqual(await build({ out }), { code: 0, out: "" });
    assert.deepEqual(files(), first);
    assert.ok(first.includes("index.html"));
    const types = new Set(first.map((name) => path.extname(name)).filter(Boolean));
    assert.deepEqual([...types].sort(), [".bin", ".css", ".html", ".img", ".js", ".json", ".svg", ".txt", ".wasm"]);
    assert.equal(statSync(out).mode & 0o777, 0o755, "a web server can read the folder");
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("twice")), ["twice"]);
  });

  it("says what is wrong and keeps the last page", async () => {
    const out = path.join(folder, "kept");
    const other = path.join(folder, "other.json");
    const value = JSON.parse(readFileSync(map(), "utf8"));
    value.bytes[7].value ^= 1;
    writeFileSync(other, JSON.stringify(value));
    assert.equal((await build({ out })).code, 0);
    for (const [options, message] of [
      [{ image: path.join(folder, "none.img") }, /none\.img/],
      [{ map: other }, /differ at byte 7/],
      [{ env: { SEABIOS_DIR: folder } }, /bios\.bin is missing \(package seabios\).*make setup/],
      [{ env: { LICENCE_DIR: folder } }, /LGPL-3/],
    ]) {
      const { code, out: said } = await build({ ...options, out });
      assert.equal(code, 1);
      assert.match(said, message);
      assert.match(said, /^boot256: .*\n$/, "one line");
    }
    assert.ok(existsSync(path.join(out, "index.html")));
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("kept")), ["kept"]);
  });
});

describe("serve.mjs", () => {
  it("answers this machine and nobody else, and nothing outside its folder", async () => {
    const child = spawn(process.execPath, [path.join(web, "serve.mjs"), built]);
    try {
      const [line] = await once(child.stdout.setEncoding("utf8"), "data");
      const address = line.match(/http:\/\/127\.0\.0\.1:\d+\//)[0];
      const { port } = new URL(address);
      assert.equal((await fetch(`${address}vendor/v86.wasm`)).headers.get("content-type"), "application/wasm");
      assert.match(await (await fetch(address)).text(), /<h1>boot256<\/h1>/);
      for (const way of ["../boot.img", "%2e%2e/boot.img", "licences/..%2f..%2fboot.img"]) {
        // As it is, which fetch would clean up.
        const [answer] = await once(http.get({ port, host: "127.0.0.1", path: `/${way}` }), "response");
        answer.resume();
        assert.equal(answer.statusCode, 404, way);
      }
      // Of the loopback addresses a server on 127.0.0.1 has that one, and one on all interfaces has all.
      for (const host of ["127.0.0.2", "::1"]) {
        const socket = net.connect(Number(port), host);
        const answer = await new Promise((resolve) => {
          socket.once("connect", () => resolve("connected")).once("error", ({ code }) => resolve(code));
        });
        socket.destroy();
        assert.notEqual(answer, "connected", `it listens on ${host}`);
      }
      const { code, out } = await run("serve.mjs", [built, port]);
      assert.deepEqual([code, /is in use/.test(out)], [1, true], out);
    } finally {
      child.kill();
      await once(child, "close");
    }
  });

  for (const [what, args, message] of [
    ["a folder without a page", () => [folder], /make web/],
    ["a port that is none", () => [built, "65536"], /PORT/],
  ]) {
    it(`refuses ${what}`, async () => {
      const { code, out } = await run("serve.mjs", args());
      assert.equal(code, 1);
      assert.match(out, message);
    });
  }
});
