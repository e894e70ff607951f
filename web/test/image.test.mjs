/** Dropped files, by size and content. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
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

  for (const [what, bytes, message] of [
    ["empty", new Uint8Array(0), /empty/],
    ["511 bytes", file(511), /511 bytes/],
    ["512 bytes without a signature", file(512), /55h AAh/],
    ["a disk without a signature", file(4096), /55h AAh/],
    ["a byte more than 1 MiB", file(DISK_SIZE + 1, { signed: true }), /1,048,577 bytes.*1 MiB/],
    ["zeros", new Uint8Array(256), /zeros/],
    ["zeros with a signature", file(512, { signed: true }).fill(0, 0, 446), /zeros/],
  ]) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => diskFrom(bytes, template), (error) => error instanceof ImageError && message.test(error.message));
    });
  }
});
