/**
 * The VGA pane: v86 draws 25 lines of 80 characters in it, and a text field over them takes
 * the keys. The field has the class that v86's keyboard looks for, so that on-screen keyboards
 * of phones work too.
 */

const COLUMNS = 80;
/** Text sizes in CSS pixels. Below the smallest the pane scrolls sideways. */
const SMALLEST = 10;
const LARGEST = 15;

/**
 * @param {HTMLElement} pane scrolls; holds the screen and the field
 * @param {HTMLElement} screen v86's container
 * @param {HTMLTextAreaElement} field takes the keys
 * @param {import("./machine.js").Machine} machine
 * @param {(pixels: number) => void} onSize told the text's size whenever it changes
 */
export function connectScreen(pane, screen, field, machine, onSize) {
  field.addEventListener("focus", () => (machine.keyboard = true));
  field.addEventListener("blur", () => (machine.keyboard = false));

  // v86 listens on the window and swallows every key of a focused field. Kept from it: Tab, the
  // way out of the pane, and the shortcuts of browser and system.
  field.addEventListener("keydown", (event) => {
    const shortcut = event.metaKey || ["F5", "F6", "F11", "F12"].includes(event.key);
    if (event.key === "Tab" || shortcut) event.stopPropagation();
    else if (pasteKeys(event)) event.stopPropagation();
  });
  field.addEventListener("input", () => (field.value = ""));
  field.addEventListener("paste", (event) => {
    event.preventDefault();
    machine.type(event.clipboardData.getData("text/plain"));
  });

  new ResizeObserver(([{ contentRect }]) => {
    const size = Math.min(LARGEST, Math.max(SMALLEST, contentRect.width / COLUMNS / advance(screen)));
    // In steps of an eighth: browsers round finer ones differently, line by line.
    const pixels = Math.floor(size * 8) / 8;
    screen.style.fontSize = `${pixels}px`;
    onSize(pixels);
  }).observe(pane);
}

function pasteKeys(event) {
  return event.ctrlKey && event.shiftKey && event.code === "KeyV";
}

/** Width of a character of the screen's font in units of its size. */
function advance(screen) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `100px ${getComputedStyle(screen).fontFamily}`;
  return context.measureText("0".repeat(COLUMNS)).width / COLUMNS / 100;
}
