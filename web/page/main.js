/** Wires the page: controls, panes, byte map and dropped files around one machine. */

import { diskFrom, DISK_SIZE, ImageError } from "./image.js";
import { load, Machine } from "./machine.js";
import { ByteMap } from "./map.js";
import { connectScreen } from "./screen.js";
import { connectSerial } from "./serial.js";

const at = (id) => document.getElementById(id);
const power = at("power");
const lamp = at("lamp");
const status = at("status");
const problem = at("problem");

const machine = new Machine(at("screen"));
const serial = connectSerial(at("serial"), machine);
// Both panes show text of one size.
connectScreen(at("screen-pane"), at("screen"), at("screen-keys"), machine, serial.size);
const map = new ByteMap({ grid: at("map"), note: at("note"), legend: at("legend"), listing: at("listing") });

/** What is in the drive: this project's disk, or the one made from a dropped file. */
let disk;
let ownDisk;
let ownMap;

function show(message) {
  status.textContent = message;
}

function complain(message) {
  problem.classList.remove("late");
  problem.textContent = message;
  problem.hidden = !message;
}

complain("");
show("Loading the machine");

// --- Power ---

machine.addEventListener("state", ({ detail: state }) => {
  document.body.dataset.power = state;
  lamp.setAttribute("aria-label", `Power lamp: ${state === "off" ? "off" : "on"}`);
  if (state === "starting") show("Starting");
  if (state === "on") show("Running");
});
machine.addEventListener("off", ({ detail: word }) => {
  const value = word.toString(16).toUpperCase().padStart(4, "0");
  show(`Off: the program wrote ${value}h to the power control register.`);
});

async function start() {
  complain("");
  serial.clear();
  at("spoken").replaceChildren();
  try {
    await machine.start(disk);
  } catch (error) {
    show("Off");
    complain(`The machine did not start. ${error.message}`);
  }
}

power.addEventListener("click", () => {
  if (machine.state === "off") {
    start();
  } else if (machine.state === "on") {
    show("Power button pressed, the program decides");
    machine.press();
  }
});
at("reset").addEventListener("click", start);

// --- What screen readers hear: each line of COM1 once it is complete ---

let line = [];
machine.addEventListener("state", () => (line = []));
machine.addEventListener("serial", ({ detail: byte }) => {
  if (byte === 8) line.pop();
  else if (byte !== 10 && byte !== 13) line.push(byte);
  if (byte !== 10) return;
  const text = new TextDecoder().decode(Uint8Array.from(line));
  line = [];
  if (!text.trim()) return;
  const spoken = at("spoken");
  const entry = document.createElement("p");
  entry.textContent = text;
  spoken.append(entry);
  while (spoken.childElementCount > 20) spoken.firstChild.remove();
});

// --- Files ---

/** Whether a file is, or begins with, the program that the page came with. */
function isOwn(bytes) {
  const own = ownDisk.subarray(0, ownMap.bytes.length);
  return bytes.length >= own.length && own.every((byte, i) => byte === bytes[i]);
}

async function run(file) {
  let made;
  try {
    // A file past the limit is refused by its size, unread.
    const bytes = file.size > DISK_SIZE ? { length: file.size } : new Uint8Array(await file.arrayBuffer());
    made = diskFrom(bytes, ownDisk);
    if (isOwn(bytes)) map.showProgram(ownMap);
    else map.showFile(file.name, bytes);
  } catch (error) {
    const why = error instanceof ImageError ? error.message : "It could not be read: is it a folder?";
    complain(`${file.name} was not started. ${why}`);
    return;
  }
  disk = made;
  at("map-name").textContent = `first 256 bytes of ${file.name}`;
  at("back").hidden = false;
  await start();
}

at("open").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", ({ target }) => {
  if (target.files[0]) run(target.files[0]);
  target.value = "";
});
at("back").addEventListener("click", () => {
  disk = ownDisk;
  at("map-name").textContent = "256 bytes";
  at("back").hidden = true;
  at("open").focus();
  map.showProgram(ownMap);
  start();
});

const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragover", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  at("drop").hidden = false;
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) at("drop").hidden = true;
});
addEventListener("drop", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  at("drop").hidden = true;
  if (event.dataTransfer.files[0]) run(event.dataTransfer.files[0]);
});

// --- Start ---

try {
  const [image, data] = await Promise.all([load("boot.img"), load("map.json")]);
  ownDisk = new Uint8Array(image);
  ownMap = JSON.parse(new TextDecoder().decode(data));
  disk = ownDisk;
  map.showProgram(ownMap);
  await start();
} catch (error) {
  show("Off");
  complain(error.message);
}
