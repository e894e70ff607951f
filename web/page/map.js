/**
 * The byte map: a file's first 256 bytes as a 16 x 16 grid, and beside it the program's
 * instructions. Pointing at a byte, or moving to it with the arrow keys, shows its instruction;
 * pointing at an instruction shows its bytes.
 *
 * The data is map.json, made from the program's ELF file and its source:
 * `{size, bytes: [{offset, value, function, file, lang, address, instruction, also, first}, ...]}`, 256
 * entries; `file` is the source file, `lang` is "rust", "asm", "data" or "free", `first` tells
 * that an instruction begins, `also` is another instruction that has the byte: one that is entered in its middle.
 */

const SIDE = 16;
const COUNT = SIDE * SIDE;
/** Names of the languages as the page shows them. */
const LANGUAGES = { rust: "Rust", asm: "assembly", data: "data", free: "free" };
/** The first file's hue and the step to the next one's, in degrees: ten hues, neighbours far apart. */
const HUE = 215;
const HUE_STEP = 108;

const hex = (n, digits) => n.toString(16).toUpperCase().padStart(digits, "0");

/** Of a byte that two instructions have: the other one. */
const also = (byte) => (byte.also ? ` (and in ${byte.also})` : "");

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

/** Source files in the order of their first byte, each with its colour and its number of bytes. */
function filesOf(bytes) {
  const files = new Map();
  for (const { file, lang } of bytes) {
    if (lang === "free") continue;
    if (!files.has(file)) files.set(file, { bytes: 0, hue: (HUE + files.size * HUE_STEP) % 360 });
    files.get(file).bytes++;
  }
  return files;
}

/** A patch of a file's colour in a language's pattern. */
function swatch(lang, hue) {
  const patch = make("span", `swatch ${lang}`);
  if (hue !== undefined) patch.style.setProperty("--hue", hue);
  patch.setAttribute("aria-hidden", "true");
  return patch;
}

/** A line of the legend. */
function key(patch, name, bytes) {
  const item = make("li", "key");
  item.append(patch, make("span", "key-name", name), make("span", "key-bytes", bytes));
  return item;
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
    const files = filesOf(map.bytes);
    this.#pieces = piecesOf(map.bytes).map((piece) => ({ ...piece, hue: files.get(piece.file)?.hue }));
    for (const piece of this.#pieces) {
      for (const byte of piece.bytes) {
        const cell = this.#cells[byte.offset];
        cell.className = `map-cell ${piece.lang}`;
        cell.style.setProperty("--hue", piece.hue ?? 0);
        cell.textContent = hex(byte.value, 2);
        cell.setAttribute("aria-label", this.#words(piece, byte));
      }
    }
    this.#drawLegend(map.bytes, files);
    this.#drawListing();
    this.#show(0, true);
  }

  /** Shows the first 256 bytes of a file that has no symbols. */
  showFile(name, content) {
    const bytes = Array.from(content.subarray(0, COUNT));
    this.#pieces = [];
    this.#cells.forEach((cell, offset) => {
      const there = offset < bytes.length;
      cell.className = `map-cell ${there ? "plain" : "free"}`;
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
    return `${place}, ${piece.instruction}${also(byte)}, ${piece.function}, ${LANGUAGES[piece.lang]}`;
  }

  /** Colours are files, patterns are languages: a list of each. */
  #drawLegend(bytes, files) {
    const languages = make("ul", "keys");
    languages.setAttribute("aria-label", "Bytes by language");
    for (const [lang, name] of Object.entries(LANGUAGES)) {
      const count = bytes.filter((byte) => byte.lang === lang).length;
      if (count) languages.append(key(swatch(lang), name, count));
    }
    const sources = make("ul", "keys");
    sources.setAttribute("aria-label", "Bytes by source file");
    for (const [file, { bytes: count, hue }] of files) {
      sources.append(key(swatch("rust", hue), file.split("/").at(-1), count));
    }
    this.#legend.replaceChildren(languages, sources);
  }

  #drawListing() {
    let previous;
    this.#rows = this.#pieces
      .filter(({ lang }) => lang !== "free")
      .map((piece) => {
        const line = make("li", "listing-line");
        line.dataset.offset = piece.offset;
        const shown = piece.bytes.slice(0, 5).map(({ value }) => hex(value, 2));
        if (piece.bytes.length > 5) shown[4] = "..";
        line.append(
          swatch(piece.lang, piece.hue),
          make("span", "listing-address", hex(piece.address, 4)),
          make("span", "listing-bytes", shown.join(" ")),
          make("span", "listing-text", piece.instruction),
          // Said where it changes, not on each line.
          make("span", "listing-function", piece.function === previous ? "" : piece.function),
        );
        previous = piece.function;
        return { piece, line };
      });
    this.#listing.replaceChildren(...this.#rows.map(({ line }) => line));
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
        make("span", "note-text", piece.instruction + also(piece.bytes.find((byte) => byte.offset === offset))),
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
