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

/** Bytes as readable text: `hello\r\n\u0007`. */
const show = (bytes) => JSON.stringify(Buffer.from(bytes).toString("latin1")).slice(1, -1);

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

/** Waits for what comes bit by bit. */
export class Waits {
  #checks = new Set();

  /** Something has come: every wait looks again. */
  look() {
    for (const check of [...this.#checks]) check();
  }

  /** The first answer of `find` that is true; what it throws ends the wait, as the deadline of {@link inTime} does. */
  until(find, describe, progress) {
    let check;
    const found = new Promise((resolve, refuse) => {
      check = () => {
        try {
          const answer = find();
          if (answer) resolve(answer);
        } catch (error) {
          refuse(error);
        }
      };
      this.#checks.add(check);
      check();
    });
    return inTime(found, describe, progress).finally(() => this.#checks.delete(check));
  }
}

export class Transcript {
  #bytes = [];
  #read = 0;
  #waits = new Waits();
  #ended = "";
  #goesOn = false;

  /** Adds bytes that the machine put out. */
  push(bytes) {
    for (const byte of bytes) this.#bytes.push(byte);
    this.#waits.look();
  }

  /** Tells every wait that nothing more comes, and why. */
  end(why) {
    this.#ended ||= why;
    this.#waits.look();
  }

  /** Everything so far, readable; of very much the first and the last. */
  toString() {
    return shorten(this.#bytes);
  }

  #wait(done, describe) {
    const find = () => {
      const answer = done();
      if (!answer && this.#ended) throw new Error(`${this.#ended} while waiting for ${describe()}`);
      return answer;
    };
    return this.#waits.until(find, describe, () => this.#bytes.length);
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
      if (there < wanted.length) return false;
      this.#read = from + wanted.length;
      return true;
    }, describe);
  }

  /** Waits until at least `count` bytes more than now read were put out; reads none of them. */
  more(count) {
    const until = this.#read + count;
    return this.#wait(
      () => this.#bytes.length >= until,
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
}
