/**
 * What a machine puts out on COM1, byte by byte, and waiting for it. Nothing here sleeps: a wait
 * ends when the bytes are there, when they are wrong, or when the machine has stopped. The
 * deadline only keeps a hung machine from hanging the run.
 */

/**
 * Deadline of one wait in milliseconds: a minute, or what BOOT256_DEADLINE says in seconds. It ends a test whose
 * machine hangs and asserts no speed: a loaded machine may need seconds.
 */
const patience = () => 1000 * Number(process.env.BOOT256_DEADLINE ?? 60);

/** Bytes as readable text: `hello\r\n\x80`. */
function show(bytes) {
  return Array.from(bytes, (byte) => {
    if (byte === 13) return "\\r";
    if (byte === 10) return "\\n";
    if (byte === 92) return "\\\\";
    if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

/** Text or numbers to bytes; text is taken as Latin-1, one byte a character. */
export function bytesOf(data) {
  return typeof data === "string" ? Buffer.from(data, "latin1") : Buffer.from(data);
}

/** The same of very many bytes: the first and the last, and how many there are between. */
function shorten(bytes, ends = 1000) {
  if (bytes.length <= 2 * ends) return show(bytes);
  return `${show(bytes.slice(0, ends))}[... ${bytes.length - 2 * ends} bytes ...]${show(bytes.slice(-ends))}`;
}

/**
 * The same promise, refused with `describe()` when its deadline is over.
 *
 * @param {() => number} [progress] where this has changed since the last look, the deadline begins anew
 */
export function inTime(promise, describe, progress = () => 0) {
  let timer;
  const time = patience();
  const late = new Promise((_, refuse) => {
    const wait = (last) => {
      timer = setTimeout(() => {
        const now = progress();
        if (now !== last) wait(now);
        else refuse(new Error(`gave up after ${time / 1000} s: ${describe()}`));
      }, time);
    };
    wait(progress());
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Transcript {
  #bytes = [];
  #read = 0;
  #waiting = new Set();
  #ended = "";
  #goesOn = false;

  /** Adds bytes that the machine put out. */
  push(bytes) {
    for (const byte of bytes) this.#bytes.push(byte);
    this.#check();
  }

  /** Tells every wait that nothing more comes, and why. */
  end(why) {
    this.#ended ||= why;
    this.#check();
  }

  /** Everything so far, readable; of very much the first and the last. */
  toString() {
    return shorten(this.#bytes);
  }

  /** Number of bytes put out so far. */
  get length() {
    return this.#bytes.length;
  }

  #check() {
    for (const check of [...this.#waiting]) check();
  }

  #wait(done, describe) {
    let check;
    const promise = new Promise((resolve, refuse) => {
      check = () => {
        let answer;
        try {
          answer = done();
          if (answer === undefined && this.#ended) {
            throw new Error(`${this.#ended} while waiting for ${describe()}`);
          }
        } catch (error) {
          refuse(error);
          return;
        }
        if (answer !== undefined) resolve(answer);
      };
      this.#waiting.add(check);
      check();
    });
    return inTime(promise, describe, () => this.#bytes.length).finally(() => this.#waiting.delete(check));
  }

  /**
   * Waits for exactly these bytes, next in the output: the first byte that differs, and a byte
   * too many before the next call, is an error that shows both.
   */
  next(expected) {
    const wanted = bytesOf(expected);
    const from = this.#read;
    const describe = () =>
      `"${shorten(wanted)}"; there is "${shorten(this.#bytes.slice(from, from + wanted.length + 40))}"`;
    return this.#wait(() => {
      const there = Math.min(wanted.length, this.#bytes.length - from);
      for (let i = 0; i < there; i++) {
        if (this.#bytes[from + i] !== wanted[i]) throw new Error(`COM1 differs at byte ${i} of ${describe()}`);
      }
      if (there < wanted.length) return undefined;
      this.#read = from + wanted.length;
      return true;
    }, describe);
  }

  /** Waits until at least `count` bytes more than now read were put out; reads none of them. */
  more(count) {
    const until = this.#read + count;
    return this.#wait(
      () => (this.#bytes.length >= until ? true : undefined),
      () => `${count} bytes, there are ${this.#bytes.length - this.#read}`,
    );
  }

  /** What comes from now on is not read to its end: the test ends in the midst of it. */
  goesOn() {
    this.#goesOn = true;
  }

  /**
   * Nothing may have come that was not waited for, unless {@link goesOn} said so.
   *
   * @throws {Error} which shows it
   */
  done() {
    const more = this.#bytes.slice(this.#read);
    if (more.length > 0 && !this.#goesOn) throw new Error(`COM1 said ${more.length} bytes too many: "${show(more.slice(0, 200))}"`);
  }

  /** The number of bytes put out and not yet read by {@link next}. */
  get unread() {
    return this.#bytes.length - this.#read;
  }
}
