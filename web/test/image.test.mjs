/** Dropped files, by size and content. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { diskFrom, DISK_SIZE, ImageError } from "../page/image.js";

/** A disk with a recognisable partition table. */
const template = new Uint8Array(DISK_SIZE);
template.set([0xaa, 0xbb, 0xcc], 446);
template.set([0x55, 0xaa], 510);

const file = (size, { signed = false } = {}) => {
  const bytes = new Uint8Array(size).fill(0x90);
  if (signed) bytes.set([0x55, 0xaa], 510);
  return bytes;
};

describe("a file to boot", () => {
  for (const size of [1, 256, 446]) {
    it(`of ${size} bytes keeps the partition table and gets the signature`, () => {
      const disk = diskFrom(file(size), template);
      assert.equal(disk.length, DISK_SIZE);
      assert.deepEqual(disk.subarray(0, size), file(size));
      assert.deepEqual([...disk.subarray(446, 449)], [0xaa, 0xbb, 0xcc]);
      assert.deepEqual([...disk.subarray(510, 514)], [0x55, 0xaa, 0, 0]);
    });
  }

  for (const size of [447, 510]) {
    it(`of ${size} bytes takes the table's room and gets the signature`, () => {
      const disk = diskFrom(file(size), template);
      assert.deepEqual(disk.subarray(0, size), file(size));
      assert.equal(disk[size], size === 510 ? 0x55 : 0);
      assert.deepEqual([...disk.subarray(510, 513)], [0x55, 0xaa, 0]);
    });
  }

  for (const size of [512, 513, 70_000, DISK_SIZE]) {
    it(`of ${size} bytes with a signature is taken as it is`, () => {
      const disk = diskFrom(file(size, { signed: true }), template);
      assert.equal(disk.length, DISK_SIZE);
      assert.deepEqual(disk.subarray(0, size), file(size, { signed: true }));
      assert.ok(disk.subarray(size).every((byte) => byte === 0));
    });
  }

  it("may hold zeros, as long as its code is not all of them", () => {
    const bytes = file(446).fill(0, 1);
    assert.deepEqual(diskFrom(bytes, template).subarray(0, 446), bytes);
  });

  for (const [what, bytes, message] of [
    ["empty", new Uint8Array(0), /empty/],
    ["511 bytes", file(511), /511 bytes/],
    ["512 bytes without a signature", file(512), /55h AAh/],
    ["a disk without a signature", file(4096), /55h AAh/],
    ["512 bytes with the signature's first byte alone", file(512).fill(0x55, 510, 511), /55h AAh/],
    ["512 bytes with the signature's last byte alone", file(512).fill(0xaa, 511), /55h AAh/],
    ["a byte more than 1 MiB", file(DISK_SIZE + 1, { signed: true }), /1,048,577 bytes.*1 MiB/],
    ["zeros", new Uint8Array(256), /zeros/],
    ["zeros with a signature", file(512, { signed: true }).fill(0, 0, 446), /zeros/],
  ]) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => diskFrom(bytes, template), (error) => error instanceof ImageError && message.test(error.message));
    });
  }
});

/** Sizes near each limit, and any other up to some past the largest. */
const size = fc.oneof(
  fc.constantFrom(0, 1, 255, 256, 445, 446, 447, 509, 510, 511, 512, 513, DISK_SIZE - 1, DISK_SIZE, DISK_SIZE + 1),
  fc.integer({ min: 0, max: 1024 }),
  fc.integer({ min: 0, max: DISK_SIZE + 1024 }),
);
/** Files of any content: the first sector matters, the rest is one byte over and over. */
const anyFile = fc.tuple(size, fc.uint8Array({ maxLength: 512 }), fc.nat(255), fc.boolean()).map(([size, head, rest, sign]) => {
  const bytes = new Uint8Array(size).fill(rest);
  bytes.set(head.subarray(0, size));
  if (sign && size >= 512) bytes.set([0x55, 0xaa], 510);
  return bytes;
});

describe("whatever is dropped", () => {
  it("becomes a disk that holds it, or is refused with a reason for a person", () => {
    let disks = 0;
    let refused = 0;
    fc.assert(
      fc.property(anyFile, (bytes) => {
        const before = Uint8Array.from(bytes);
        let disk;
        try {
          disk = diskFrom(bytes, template);
        } catch (error) {
          refused++;
          assert.ok(error instanceof ImageError, error.stack);
          assert.match(error.message, /^[A-Z].*\.$/);
          return;
        } finally {
          assert.deepEqual(bytes, before, "the file's bytes are left as they are");
        }
        disks++;
        assert.equal(disk.length, DISK_SIZE);
        assert.deepEqual([...disk.subarray(510, 512)], [0x55, 0xaa]);
        assert.deepEqual(disk.subarray(0, Math.min(bytes.length, 510)), bytes.subarray(0, 510));
        assert.deepEqual(disk.subarray(512, bytes.length), bytes.subarray(512));
        assert.ok(disk.subarray(Math.max(512, bytes.length)).every((byte) => byte === 0));
      }),
      { numRuns: 400 },
    );
    assert.ok(disks > 20 && refused > 20, `${disks} disks, ${refused} refused: nothing was tried`);
  });

  it("is refused by its length alone where it is too long: nothing is read or made of it", () => {
    const bytes = new Proxy({ length: 2 ** 40 }, {
      get(target, name) {
        assert.equal(name, "length");
        return target.length;
      },
    });
    assert.throws(() => diskFrom(bytes, template), (error) => error instanceof ImageError && /1,099,511,627,776 bytes/.test(error.message));
  });
});
