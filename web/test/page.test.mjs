/** The page in a real browser, as `make web` built it. BUILD names another folder than build. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { BANNER } from "../shared/facts.mjs";
import { startBrowser } from "../browser.mjs";
import { serve } from "../serve.mjs";

const build = path.resolve(process.env.BUILD ?? fileURLToPath(new URL("../../build", import.meta.url)));
const image = readFileSync(path.join(build, "web", "boot.img"));
const PATIENCE = 60_000;

let server;
let browser;
before(async () => {
  // The folder above the page: it must not matter where on a host the page lies.
  server = await serve(build);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** What a person sees in the two panes. */
const ROWS = { screen: "#screen > div > div", serial: "#serial .xterm-rows > div" };
const textOf = (page, pane) =>
  page.evaluate((rows) => [...document.querySelectorAll(rows)].map((row) => row.textContent.replaceAll("\u00a0", " ").trimEnd()).join("\n").trimEnd(), ROWS[pane]);

/** Waits until the panes end with these lines. */
async function shows(page, lines, panes = ["screen", "serial"]) {
  const wanted = lines.join("\n");
  const ends = (text) => text === wanted || text.endsWith(`\n${wanted}`);
  const late = Date.now() + PATIENCE;
  for (const pane of panes) {
    while (!ends(await textOf(page, pane))) {
      if (Date.now() > late) throw new Error(`waited for "${wanted}"\n--- screen\n${await textOf(page, "screen")}\n--- serial\n${await textOf(page, "serial")}`);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }
}

/** Types on the pane that has the focus. */
async function types(page, pane, text) {
  await pane.focus();
  await page.keyboard.type(text);
}

const PROMPT = [BANNER, "$"];

/**
 * Opens the page, waits for the prompt, runs `body`, and asserts that the browser had nothing
 * to complain about and asked nobody but this server for anything.
 */
async function withPage(options, body) {
  const { waitFor = PROMPT, ...context } = options;
  const own = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
  const page = await own.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => requests.push(request.url()));
  try {
    await page.goto(`${server.address}web/`);
    if (waitFor) await shows(page, waitFor);
    await body(page);
    assert.deepEqual(complaints, []);
    const strangers = requests.filter((url) => !url.startsWith(`${server.address}web/`) && !url.startsWith("blob:"));
    assert.deepEqual(strangers, []);
  } finally {
    await own.close();
  }
}

const power = (page) => page.getByRole("button", { name: "Power" });
const status = (page) => page.getByRole("status");
const problem = (page) => page.getByRole("alert");
const keyboard = (page) => page.getByRole("textbox", { name: /PC keyboard/ });
const terminal = (page) => page.getByRole("textbox", { name: /Serial terminal/ });

async function textBecomes(locator, pattern) {
  await locator.filter({ hasText: pattern }).waitFor({ timeout: PATIENCE });
}
async function lampIs(page, state) {
  await page.getByRole("img", { name: `Power lamp: ${state}` }).waitFor({ timeout: PATIENCE });
}

/** Drops a file on the page as a person does. */
async function drop(page, name, bytes) {
  await page.evaluate(
    ([name, content]) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
      data.items.add(new File([bytes], name));
      for (const type of ["dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
      }
    },
    [name, Buffer.from(bytes).toString("base64")], // a number a byte would take seconds for 1 MiB
  );
}

// Each test has a browser context of its own, and waits for its machine most of the time.
const together = { concurrency: 3 };

describe("the page", together, () => {
  it("boots, answers on both keyboards, and powers off and on", () =>
    withPage({}, async (page) => {
      await lampIs(page, "on");
      await textBecomes(status(page), "Running");
      await types(page, keyboard(page), "hello\n");
      await shows(page, ["$ hello", "olleh", "$"]);
      // What screen readers hear.
      await textBecomes(page.getByRole("log").first(), "olleh");

      // Both are one line.
      await types(page, keyboard(page), "abX");
      await page.keyboard.press("Backspace");
      await shows(page, ["$ hello", "olleh", "$ ab"]);
      await types(page, terminal(page), "cd\n");
      await shows(page, ["$ abcd", "dcba", "$"]);

      await power(page).click();
      await lampIs(page, "off");
      await textBecomes(status(page), /Off: the program wrote 20[0-9A-F]{2}h/);
      await types(page, terminal(page), "x");
      await types(page, keyboard(page), "y");
      await power(page).click();
      await lampIs(page, "on");
      await shows(page, PROMPT);
      assert.equal(await textOf(page, "serial"), PROMPT.join("\n"));
    }));

  it("takes a paste in either pane", () =>
    withPage({}, async (page) => {
      const paste = (pane, text) =>
        pane.evaluate((element, text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }, text);
      await paste(terminal(page), "one\ntwo\n");
      await shows(page, ["$ one", "eno", "$ two", "owt", "$"]);
      await keyboard(page).focus();
      await paste(keyboard(page), "Three Four\n");
      await shows(page, ["$ Three Four", "ruoF eerhT", "$"]);
    }));

  it("resets in the middle of a line", () =>
    withPage({}, async (page) => {
      await types(page, terminal(page), "half a line");
      await shows(page, [BANNER, "$ half a line"]);
      await page.getByRole("button", { name: "Reset" }).click();
      await shows(page, PROMPT);
      assert.equal(await textOf(page, "serial"), PROMPT.join("\n"));
      await types(page, terminal(page), "new\n");
      await shows(page, [BANNER, "$ new", "wen", "$"]);
    }));

  it("can be used with the keyboard alone", () =>
    withPage({}, async (page) => {
      const focused = () =>
        page.evaluate(() => {
          const { id, textContent } = document.activeElement;
          return document.activeElement.getAttribute("aria-label") ?? (id || textContent.trim());
        });
      const order = [];
      for (let i = 0; i < 8; i++) {
        await page.keyboard.press("Tab");
        order.push(await focused());
      }
      assert.deepEqual(order.slice(0, 5), ["power", "reset", "open", "PC keyboard of the VGA screen", "Serial terminal on COM1"]);
      assert.match(order[5], /^offset 00, byte/);
      assert.equal(order[6], "listing");
      assert.match(order[7], /Licences/);

      // Back from the link to the power button, through both panes.
      for (let i = 0; i < 7; i++) await page.keyboard.press("Shift+Tab");
      assert.equal(await focused(), "power");
      await page.keyboard.press("Enter");
      await lampIs(page, "off");
      await page.keyboard.press("Space");
      await lampIs(page, "on");
      await shows(page, PROMPT);
    }));

  for (const scheme of ["light", "dark"]) {
    it(`has no fault that axe finds, ${scheme}`, () =>
      withPage({ colorScheme: scheme }, async (page) => {
        await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8"));
        // xterm.js' own insides are its makers' business.
        const { violations } = await page.evaluate(() => axe.run({ exclude: [".xterm"] }));
        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ").slice(0, 300)}`), []);
      }));
  }

  it("fits a phone 360 pixels wide, and takes its on-screen keyboard", () =>
    withPage({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, async (page) => {
      const wide = await page.evaluate(() => {
        const inside = (element) => element.closest(".screen-glass, .xterm, .spoken");
        return [...document.querySelectorAll("body *")]
          .filter((element) => !inside(element) && element.getBoundingClientRect().right > 360)
          .map((element) => element.id || element.className);
      });
      assert.deepEqual(wide, []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
      await keyboard(page).tap();
      // An on-screen keyboard sends input events instead of keys.
      await page.keyboard.insertText("hi");
      await shows(page, [BANNER, "$ hi"]);
    }));
});

describe("the byte map", together, () => {
  it("shows the bytes of the image, and the disassembly of the one pointed at", () =>
    withPage({}, async (page) => {
      const cells = page.getByRole("gridcell");
      const hex = [...image.subarray(0, 256)].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
      assert.deepEqual(await cells.allTextContents(), hex);

      const map = JSON.parse(readFileSync(path.join(build, "web", "map.json"), "utf8"));
      const some = ["rust", "asm", "data"].map((wanted) => map.bytes.find(({ lang }) => lang === wanted));
      for (const byte of [...some, ...map.bytes.filter(({ also }) => also)]) {
        await cells.nth(byte.offset).hover();
        const note = await page.locator("#note").textContent();
        for (const words of [byte.instruction, byte.function, byte.also]) assert.ok(note.includes(words), `"${note}" has "${words}"`);
        const line = page.locator("#listing .marked");
        assert.ok((await line.textContent()).includes(byte.instruction));
        const seen = await line.evaluate((element) => {
          const list = element.parentElement.getBoundingClientRect();
          const own = element.getBoundingClientRect();
          return own.top >= list.top - 1 && own.bottom <= list.bottom + 1;
        });
        assert.ok(seen, "the listing has scrolled to the line");
      }

      const line = page.locator(".listing-line").nth(3);
      await line.hover();
      const offset = Number(await line.getAttribute("data-offset"));
      assert.ok(await cells.nth(offset).evaluate((cell) => cell.classList.contains("marked")), "an instruction shows its bytes");

      const sum = async (name) => {
        const counts = await page.getByRole("list", { name }).locator(".key-bytes").allTextContents();
        return counts.map(Number).reduce((a, b) => a + b);
      };
      assert.equal(await sum("Bytes by language"), 256);
      assert.equal(await sum("Bytes by source file"), map.size);
    }));

  it("is walked with the arrow keys", () =>
    withPage({}, async (page) => {
      const at = () => page.evaluate(() => Number(document.activeElement.dataset.offset));
      await page.getByRole("gridcell").first().focus();
      for (const [key, offset] of [["ArrowRight", 1], ["ArrowDown", 17], ["End", 31], ["ArrowLeft", 30], ["ArrowUp", 14], ["Home", 0], ["ArrowUp", 0], ["Control+End", 255], ["ArrowRight", 255], ["Control+Home", 0]]) {
        await page.keyboard.press(key);
        assert.equal(await at(), offset, key);
      }
      for (const key of ["ArrowDown", "Tab", "Shift+Tab"]) await page.keyboard.press(key);
      assert.equal(await at(), 16, "the byte visited last keeps the place in the tab order");
    }));
});

describe("a file dropped on the page", together, () => {
  // Writes "Zed" to COM1 (whose transmitter v86 always has ready) and halts for good.
  //   mov dx,3F8h / mov al,'Z' / out dx,al / mov al,'e' / out / mov al,'d' / out / cli / hlt
  const ZED = [0xba, 0xf8, 0x03, 0xb0, 0x5a, 0xee, 0xb0, 0x65, 0xee, 0xb0, 0x64, 0xee, 0xfa, 0xf4];

  it("runs in place of boot256, which comes back by a button", () =>
    withPage({}, async (page) => {
      await drop(page, "zed.bin", ZED);
      await shows(page, ["Zed"], ["serial"]);
      await textBecomes(page.locator("#map-title"), /first 256 bytes of zed\.bin/);
      const shown = await page.getByRole("gridcell").allTextContents();
      assert.deepEqual(shown.slice(0, 15), [...ZED.map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")), ""]);

      // It does not know the power button: the press is told, the lamp stays on.
      await power(page).click();
      await textBecomes(status(page), "Power button pressed");
      await lampIs(page, "on");

      await page.getByRole("button", { name: "Reset" }).click();
      await shows(page, ["Zed"], ["serial"]);
      await page.getByRole("button", { name: "Back to boot256" }).click();
      await shows(page, PROMPT);
      assert.equal(await page.locator("#map-title").textContent(), "The 256 bytes");

      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: /Run a file/ }).click();
      await (await chooser).setFiles({ name: "zed.bin", mimeType: "application/octet-stream", buffer: Buffer.from(ZED) });
      await shows(page, ["Zed"], ["serial"]);
    }));

  // A press must wake a program that sleeps, as it does on a PC: the only interrupt let in is IRQ 9.
  //   mov al,FBh / out 21h,al / mov al,FDh / out A1h,al    (IRQ 2, where IRQ 9 comes in; IRQ 9)
  //   mov dx,B002h / mov ax,0100h / out dx,ax              (PM1_EN: the button)
  //   mov dx,3F8h / mov al,'Z' / out dx,al / sti / hlt
  //   mov al,'!' / out dx,al / mov dx,B004h / mov ax,2000h / out dx,ax / cli / hlt
  const SLEEPER = [
    ...[0xb0, 0xfb, 0xe6, 0x21, 0xb0, 0xfd, 0xe6, 0xa1, 0xba, 0x02, 0xb0, 0xb8, 0x00, 0x01, 0xef],
    ...[0xba, 0xf8, 0x03, 0xb0, 0x5a, 0xee, 0xfb, 0xf4],
    ...[0xb0, 0x21, 0xee, 0xba, 0x04, 0xb0, 0xb8, 0x00, 0x20, 0xef, 0xfa, 0xf4],
  ];

  it("is woken by the power button's interrupt", () =>
    withPage({}, async (page) => {
      await drop(page, "sleeper.bin", SLEEPER);
      await shows(page, ["Z"], ["serial"]);
      await power(page).click();
      await lampIs(page, "off");
      await shows(page, ["Z!"], ["serial"]);
    }));

  it("may be boot256 itself, 256 bytes or the whole disk", () =>
    withPage({}, async (page) => {
      for (const [name, bytes] of [["boot.bin", image.subarray(0, 256)], ["boot.img", image]]) {
        await drop(page, name, bytes);
        // The new file's name and the cleared terminal come together, before the new start.
        await textBecomes(page.locator("#map-title"), name);
        await shows(page, PROMPT);
        await page.getByRole("list", { name: "Bytes by source file" }).waitFor(); // its symbols are known
      }
    }));

  it("is refused with a reason when it cannot boot, whatever its name, and the machine goes on", () =>
    withPage({}, async (page) => {
      const name = '<img src=x onerror="document.title=1">&amp;.bin';
      await drop(page, name, []);
      await textBecomes(problem(page), `${name} was not started. The file is empty.`);
      assert.equal(await page.locator("img[src=x]").count(), 0, "a name is text, and no part of the page");
      await drop(page, "large.img", Buffer.alloc((1 << 20) + 1, 0x20));
      await textBecomes(problem(page), /1,048,577 bytes.*1 MiB/);
      await page.evaluate(() => {
        // What a browser gives for a folder: a file that cannot be read.
        const file = { name: "folder", size: 4096, arrayBuffer: () => Promise.reject(new DOMException("gone", "NotFoundError")) };
        const drop = new DragEvent("drop", { bubbles: true, cancelable: true });
        Object.defineProperty(drop, "dataTransfer", { value: { types: ["Files"], files: [file] } });
        document.body.dispatchEvent(drop);
      });
      await textBecomes(problem(page), "folder was not started. It could not be read: is it a folder?");
      await types(page, terminal(page), "still here\n");
      await shows(page, [BANNER, "$ still here", "ereh llits", "$"]);
    }));
});

describe("the folder", () => {
  it("has the licences of all it holds", () =>
    withPage({}, async (page) => {
      const [, version] = (await textOf(page, "screen")).match(/^SeaBIOS \(version (.+)\)$/m);
      await page.getByRole("link", { name: /Licences/ }).click();
      await page.getByRole("cell", { name: version, exact: true }).waitFor();
      const texts = await page.locator("td a").evaluateAll((links) =>
        Promise.all(links.map(async ({ href }) => [href.match(/([^/]+)\.txt$/)[1], await (await fetch(href)).text()])),
      );
      const all = new Map(texts);
      assert.ok(all.size >= 8);
      for (const [name, words] of [["v86", "Redistributions in binary form"], ["v86-parts", "SoftFloat"], ["seabios", "Kevin O'Connor"], ["LGPL-3", "GNU LESSER GENERAL PUBLIC LICENSE"], ["GPL-3", "GNU GENERAL PUBLIC LICENSE"], ["xterm", "Permission is hereby granted"], ["boot256", "Apache License"]]) {
        assert.ok(all.get(name)?.includes(words), `${name}.txt has "${words}"`);
      }
    }));
});
