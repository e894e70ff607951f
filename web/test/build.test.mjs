/** Putting the page together and serving it: what can go wrong, and that nothing is lost then. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { BIOS, VGA_BIOS } from "../shared/firmware.mjs";

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

  it("finds SeaBIOS' version in whatever fills the gap before it", async () => {
    const firmware = path.join(folder, "firmware");
    mkdirSync(firmware);
    for (const [n, gap] of ["\0", "2.41\0", "\0\x90", "\0f\x90"].entries()) {
      writeFileSync(path.join(firmware, BIOS), Buffer.from(`GCC 13.3.0\0${gap}1.16.3-debian-${n}\0\x90`, "latin1"));
      writeFileSync(path.join(firmware, VGA_BIOS), "");
      const out = path.join(folder, "versions");
      assert.deepEqual(await build({ out, env: { SEABIOS_DIR: firmware } }), { code: 0, out: "" });
      assert.ok(readFileSync(path.join(out, "licences", "index.html"), "utf8").includes(`<td>1.16.3-debian-${n}</td>`));
    }
  });

  const broken = () => {
    const value = JSON.parse(readFileSync(map(), "utf8"));
    value.bytes[7].value ^= 1;
    return JSON.stringify(value);
  };
  for (const [what, change, message] of [
    ["a missing image", () => ({ image: path.join(folder, "none.img") }), /none\.img/],
    ["a missing map", () => ({ map: path.join(folder, "none.json") }), /none\.json/],
    ["a map that is no JSON", () => ({ map: "broken" }), /not JSON/],
    ["a map of another form", () => ({ map: '{"size":1,"bytes":[]}' }), /256 bytes/],
    ["a map of another program", () => ({ map: broken() }), /differ at byte 7/],
    ["missing firmware", () => ({ env: { SEABIOS_DIR: folder } }), /bios\.bin is missing \(package seabios\).*make setup/],
    ["missing licence texts", () => ({ env: { LICENCE_DIR: folder } }), /LGPL-3/],
  ]) {
    it(`says so and keeps the last page: ${what}`, async () => {
      const out = path.join(folder, "kept");
      assert.equal((await build({ out })).code, 0);
      const options = change();
      if (options.map && !options.map.endsWith(".json")) {
        const file = path.join(folder, "map.txt");
        writeFileSync(file, options.map);
        options.map = file;
      }
      const { code, out: said } = await build({ ...options, out });
      assert.equal(code, 1);
      assert.match(said, message);
      assert.match(said, /^boot256: /);
      assert.equal(said.trim().split("\n").length, 1);
      assert.ok(existsSync(path.join(out, "index.html")));
      assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("kept")), ["kept"]);
    });
  }
});

describe("serve.mjs", () => {
  /** Starts the server as `make serve` does. @returns its address and process */
  async function start(...args) {
    const child = spawn(process.execPath, [path.join(web, "serve.mjs"), built, ...args]);
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    return { child, address: line.match(/http:\/\/127\.0\.0\.1:\d+\//)[0] };
  }

  it("prints an address that answers, and refuses a port in use", async () => {
    const { child, address } = await start();
    try {
      const answer = await fetch(`${address}vendor/v86.wasm`);
      assert.equal(answer.headers.get("content-type"), "application/wasm");
      assert.match(await (await fetch(address)).text(), /<h1>boot256<\/h1>/);
      const { code, out } = await run("serve.mjs", [built, new URL(address).port]);
      assert.equal(code, 1);
      assert.match(out, /is in use/);
    } finally {
      child.kill();
      await once(child, "close");
    }
  });

  it("answers nobody but this machine", async () => {
    const { child, address } = await start();
    try {
      // Of the loopback addresses a server on 127.0.0.1 has that one, and one on all interfaces has all.
      const others = Object.values(os.networkInterfaces()).flat().map(({ address }) => address);
      const wrong = ["127.0.0.2", "::1", ...others].filter((host) => host !== "127.0.0.1");
      for (const host of wrong) {
        const socket = net.connect(Number(new URL(address).port), host);
        const answer = await new Promise((resolve) => {
          socket.once("connect", () => resolve("connected")).once("error", ({ code }) => resolve(code));
        });
        socket.destroy();
        assert.notEqual(answer, "connected", `it listens on ${host}`);
      }
    } finally {
      child.kill();
      await once(child, "close");
    }
  });

  it("serves nothing outside its folder", async () => {
    const { child, address } = await start();
    try {
      for (const way of ["../boot.img", "%2e%2e/boot.img", "..%2fboot.img", "licences/..%2f..%2fboot.img"]) {
        // As it is, which fetch would clean up.
        const [answer] = await once(http.get({ port: new URL(address).port, host: "127.0.0.1", path: `/${way}` }), "response");
        answer.resume();
        assert.equal(answer.statusCode, 404, way);
      }
    } finally {
      child.kill();
      await once(child, "close");
    }
  });

  for (const [what, args, message] of [
    ["a folder without a page", (f) => [f], /make web/],
    ["a port that is none", () => [built, "http"], /PORT/],
    ["a port too high", () => [built, "65536"], /PORT/],
  ]) {
    it(`refuses ${what}`, async () => {
      const { code, out } = await run("serve.mjs", args(folder));
      assert.equal(code, 1);
      assert.match(out, message);
    });
  }
});
