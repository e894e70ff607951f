/**
 * The byte map: a file's first 256 bytes as a 16 x 16 grid, and beside it the program's
 * instructions. Pointing at a byte, or moving to it with the arrow keys, shows its instruction;
 * pointing at an instruction shows its bytes.
 *
 * The data is map.json, made from the program's ELF file:
 * `{size, bytes: [{offset, value, function, lang, address, instruction, first}, ...]}`, 256
 * entries; `lang` is "rust", "asm", "data" or "free", `first` tells that an instruction begins.
 */

const SIDE = 16;
const COUNT = SIDE * SIDE;
/** Names of the languages as the page shows them. */
const LANGUAGES = { rust: "Rust", asm: "assembly", data: "data", free: "free" };

const hex = (n, digits) => n.toString(16).toUpperCase().padStart(digits, "0");

/** Makes an element. */
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * Groups the bytes of map.json into instructions (or runs of data): bytes from one `first` to
 * the next, never across a function.
 */
function piecesOf(bytes) {
  const pieces = [];
  for (const byte of bytes) {
    const last = pieces.at(-1);
    if (last && !byte.first && last.function === byte.function && last.lang === byte.lang) {
      last.bytes.push(byte);
    } else {
      pieces.push({ ...byte, bytes: [byte] });
    }
  }
  return pieces;
}

/**
 * Hues, in degrees, of the first function of a language, the second and so on: Rust is warm,
 * assembly cool, data rose, and neighbours do not look alike.
 */
const HUES = { rust: [60, 105, 35, 85], asm: [215, 265, 175, 240, 290], data: [350, 325] };

/** Functions in the order of their first byte, each with its colour and its number of bytes. */
function functionsOf(bytes) {
  const functions = new Map();
  for (const { function: name, lang } of bytes) {
    if (lang === "free") continue;
    const key = `${name} ${lang}`;
    if (!functions.has(key)) functions.set(key, { name, lang, bytes: 0, hue: 0 });
    functions.get(key).bytes++;
  }
  for (const [lang, hues] of Object.entries(HUES)) {
    const ofLang = [...functions.values()].filter((f) => f.lang === lang);
    ofLang.forEach((f, i) => (f.hue = hues[i % hues.length]));
  }
  return functions;
}

export class ByteMap {
  #grid;
  #note;
  #legend;
  #listing;
  #cells = [];
  #current = 0;
  #pieces = [];
  #rows = [];

  /** @param {{grid: HTMLElement, note: HTMLElement, legend: HTMLElement, listing: HTMLElement}} parts */
  constructor({ grid, note, legend, listing }) {
    this.#grid = grid;
    this.#note = note;
    this.#legend = legend;
    this.#listing = listing;
    for (let row = 0; row < SIDE; row++) {
      const line = make("div", "map-row");
      line.setAttribute("role", "row");
      const head = make("span", "map-head", hex(row * SIDE, 2));
      head.setAttribute("role", "rowheader");
      line.append(head);
      for (let column = 0; column < SIDE; column++) {
        const cell = make("span", "map-cell");
        cell.setAttribute("role", "gridcell");
        cell.dataset.offset = row * SIDE + column;
        cell.tabIndex = -1;
        this.#cells.push(cell);
        line.append(cell);
      }
      grid.append(line);
    }
    this.#cells[0].tabIndex = 0;
    const point = (event) => {
      const cell = event.target.closest?.("[data-offset]");
      if (cell) this.#show(Number(cell.dataset.offset), event.currentTarget !== this.#listing);
    };
    for (const part of [grid, listing]) {
      part.addEventListener("pointerover", point);
      part.addEventListener("click", point);
    }
    grid.addEventListener("focusin", (event) => {
      // One cell of the grid is in the tab order: the one visited last.
      this.#cells[this.#current].tabIndex = -1;
      this.#current = this.#cells.indexOf(event.target);
      this.#cells[this.#current].tabIndex = 0;
      this.#show(this.#current, true);
    });
    grid.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Shows the program that this project built. */
  showProgram(map) {
    const functions = functionsOf(map.bytes);
    this.#pieces = piecesOf(map.bytes);
    for (const piece of this.#pieces) {
      const { hue } = functions.get(`${piece.function} ${piece.lang}`) ?? {};
      piece.bytes.forEach((byte, i) => {
        const cell = this.#cells[byte.offset];
        cell.className = `map-cell ${piece.lang}${i ? "" : " first"}`;
        cell.style.setProperty("--hue", hue ?? 0);
        cell.textContent = hex(byte.value, 2);
        cell.setAttribute("aria-label", this.#words(piece, byte));
      });
    }
    this.#drawLegend([...functions.values()], COUNT - map.size);
    this.#drawListing(functions);
    this.#show(0, true);
  }

  /** Shows the first 256 bytes of a file that has no symbols. */
  showFile(name, content) {
    const bytes = Array.from(content.subarray(0, COUNT));
    this.#pieces = [];
    this.#cells.forEach((cell, offset) => {
      const there = offset < bytes.length;
      cell.className = `map-cell ${there ? "plain" : "free"} first`;
      cell.textContent = there ? hex(bytes[offset], 2) : "";
      cell.setAttribute(
        "aria-label",
        there ? `offset ${hex(offset, 2)}, byte ${hex(bytes[offset], 2)}` : "past the file's end",
      );
    });
    this.#legend.replaceChildren();
    this.#rows = [];
    this.#listing.replaceChildren(
      make("li", "listing-empty", `${name} has no symbols: its bytes are shown, not its functions.`),
    );
    this.#show(0, true);
  }

  #words(piece, byte) {
    const place = `offset ${hex(byte.offset, 2)}, byte ${hex(byte.value, 2)}`;
    if (piece.lang === "free") return `${place}, free`;
    return `${place}, ${piece.instruction}, ${piece.function}, ${LANGUAGES[piece.lang]}`;
  }

  #drawLegend(functions, free) {
    const items = functions.map(({ name, lang, bytes, hue }) => this.#key(name, lang, bytes, hue));
    if (free > 0) items.push(this.#key("free", "free", free, 0));
    this.#legend.replaceChildren(...items);
  }

  #key(name, lang, bytes, hue) {
    const item = make("li", "key");
    const swatch = make("span", `swatch ${lang}`);
    swatch.style.setProperty("--hue", hue);
    swatch.setAttribute("aria-hidden", "true");
    item.append(swatch, make("span", "key-name", name));
    if (lang !== "free") item.append(make("span", "key-lang", LANGUAGES[lang]));
    item.append(make("span", "key-bytes", bytes));
    return item;
  }

  #drawListing(functions) {
    const lines = [];
    this.#rows = [];
    let previous = "";
    for (const piece of this.#pieces) {
      if (piece.lang === "free") continue;
      const key = `${piece.function} ${piece.lang}`;
      if (key !== previous) {
        const head = make("li", "listing-head");
        const swatch = make("span", `swatch ${piece.lang}`);
        swatch.style.setProperty("--hue", functions.get(key).hue);
        swatch.setAttribute("aria-hidden", "true");
        head.append(swatch, piece.function, make("span", "key-lang", LANGUAGES[piece.lang]));
        lines.push(head);
        previous = key;
      }
      const line = make("li", "listing-line");
      line.dataset.offset = piece.offset;
      const shown = piece.bytes.slice(0, 6).map(({ value }) => hex(value, 2));
      if (piece.bytes.length > 6) shown[5] = "..";
      line.append(
        make("span", "listing-address", hex(piece.address, 4)),
        make("span", "listing-bytes", shown.join(" ")),
        make("span", "listing-text", piece.instruction),
      );
      this.#rows.push({ piece, line });
      lines.push(line);
    }
    this.#listing.replaceChildren(...lines);
  }

  /** Marks the instruction that `offset` belongs to, in the grid, the note and the listing. */
  #show(offset, scroll) {
    const piece = this.#pieces.find(({ bytes }) => bytes.some((byte) => byte.offset === offset));
    const marked = new Set(piece ? piece.bytes.map((byte) => byte.offset) : [offset]);
    this.#cells.forEach((cell, i) => cell.classList.toggle("marked", marked.has(i)));

    this.#note.replaceChildren();
    const address = piece ? piece.address : 0x7c00 + offset;
    this.#note.append(make("span", "note-address", hex(address, 4)));
    if (!piece) {
      this.#note.append(make("span", "note-text", this.#cells[offset].getAttribute("aria-label")));
    } else if (piece.lang === "free") {
      this.#note.append(make("span", "note-text", "free"));
    } else {
      this.#note.append(
        make("span", "note-text", piece.instruction),
        make("span", "note-function", `${piece.function}, ${LANGUAGES[piece.lang]}`),
      );
    }

    for (const row of this.#rows) {
      const here = row.piece === piece;
      row.line.classList.toggle("marked", here);
      if (here && scroll) this.#reveal(row.line);
    }
  }

  /** Scrolls the listing, and only the listing, until the line is in view. */
  #reveal(line) {
    const list = this.#listing;
    const top = line.offsetTop; // the list is positioned, so this counts from its top
    if (top < list.scrollTop || top + line.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = top - (list.clientHeight - line.offsetHeight) / 2;
    }
  }

  #move(event) {
    const at = this.#current;
    const row = at - (at % SIDE);
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - SIDE,
      ArrowDown: at + SIDE,
      Home: event.ctrlKey ? 0 : row,
      End: event.ctrlKey ? COUNT - 1 : row + SIDE - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#cells[to]?.focus();
  }
}
