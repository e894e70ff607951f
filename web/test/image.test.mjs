/** Dropped files, by size and content. */

import assert from "node:assert/strict";
import { it } from "node:test";
import { diskFrom, DISK_SIZE, ImageError } from "../page/image.js";

/** A disk with a recognisable partition table. */
const template = new Uint8Array(DISK_SIZE);
template.set([0xaa, 0xbb, 0xcc], 446);

const file = (size, signed = false) => {
  const bytes = new Uint8Array(size).fill(0x90);
  if (signed) bytes.set([0x55, 0xaa], 510);
  return bytes;
};

for (const [size, table] of [[1, [0xaa, 0xbb, 0xcc]], [446, [0xaa, 0xbb, 0xcc]], [447, [0x90, 0, 0]], [510, [0x90, 0x90, 0x90]]]) {
  it(`a program of ${size} bytes gets the signature, and the partition table if it leaves room`, () => {
    const disk = diskFrom(file(size), template);
    assert.equal(disk.length, DISK_SIZE);
    assert.deepEqual(disk.subarray(0, size), file(size));
    assert.deepEqual([...disk.subarray(446, 449)], table);
    assert.deepEqual([...disk.subarray(510, 514)], [0x55, 0xaa, 0, 0]);
  });
}

for (const size of [512, 513, DISK_SIZE]) {
  it(`a disk of ${size} bytes with a signature is taken as it is`, () => {
    const disk = diskFrom(file(size, true), template);
    assert.equal(disk.length, DISK_SIZE);
    assert.deepEqual(disk.subarray(0, size), file(size, true));
    assert.ok(disk.subarray(size).every((byte) => byte === 0));
  });
}

for (const [what, bytes, message] of [
  ["empty", new Uint8Array(0), /empty/],
  ["511 bytes", file(511), /511 bytes/],
  ["a disk without a signature", file(4096), /55h AAh/],
  ["512 bytes with the signature's first byte alone", file(512).fill(0x55, 510, 511), /55h AAh/],
  ["512 bytes with the signature's last byte alone", file(512).fill(0xaa, 511), /55h AAh/],
  // Its size is all that is looked at.
  ["a byte more than 1 MiB", { length: DISK_SIZE + 1 }, /1,048,577 bytes.*1 MiB/],
  ["zeros with a signature", file(512, true).fill(0, 0, 446), /zeros/],
]) {
  it(`is refused: ${what}`, () =>
    assert.throws(() => diskFrom(bytes, template), (error) => error instanceof ImageError && message.test(error.message)));
}
