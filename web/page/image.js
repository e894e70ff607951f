/**
 * From a file that somebody drops on the page to a disk that the machine boots.
 *
 * A BIOS reads the first 512 bytes of a disk to 0x7C00 and starts them if bytes 510 and 511
 * are 55h AAh. The partition table before them starts at byte 446.
 */

const SECTOR = 512;
const TABLE = 446;
const SIGNATURE = 510;
/** The largest file taken, and the size of every disk made here: 1 MiB. */
export const DISK_SIZE = 1 << 20;

/** A file that cannot boot. The message is for the person who dropped it. */
export class ImageError extends Error {}

const signed = (bytes) => bytes[SIGNATURE] === 0x55 && bytes[SIGNATURE + 1] === 0xaa;
const count = (n) => `${n.toLocaleString("en")} bytes`;

/**
 * Makes a bootable disk out of a file's content.
 *
 * - 1 to 446 bytes: a program. It gets the partition table and the signature of `template`.
 * - 447 to 510 bytes: a program that needs the table's room. It gets the signature only.
 * - 512 bytes: a boot sector, which must carry the signature.
 * - up to 1 MiB: a disk image, whose first sector must carry it too.
 *
 * @param {Uint8Array} bytes the file
 * @param {Uint8Array} template a disk of this project (boot.img), for its table
 * @returns {Uint8Array} a disk of {@link DISK_SIZE} bytes, zeros after the file
 * @throws {ImageError} when the file cannot boot
 */
export function diskFrom(bytes, template) {
  if (bytes.length === 0) throw new ImageError("The file is empty.");
  if (bytes.length > DISK_SIZE) {
    throw new ImageError(
      `The file has ${count(bytes.length)}: a disk here holds at most ${count(DISK_SIZE)} (1 MiB).`,
    );
  }
  if (bytes.length === SIGNATURE + 1) {
    throw new ImageError(
      "The file has 511 bytes: a program may have 510 at most, a boot sector has exactly 512.",
    );
  }
  if (bytes.length >= SECTOR && !signed(bytes)) {
    throw new ImageError(
      "Bytes 510 and 511 of the file are not 55h AAh: no BIOS would start it from a disk.",
    );
  }
  if (bytes.subarray(0, TABLE).every((byte) => byte === 0)) {
    throw new ImageError("The file begins with zeros only: there is no code to start.");
  }

  const disk = new Uint8Array(DISK_SIZE);
  if (bytes.length <= TABLE) disk.set(template.subarray(TABLE, SIGNATURE), TABLE);
  disk.set(bytes);
  disk.set([0x55, 0xaa], SIGNATURE);
  return disk;
}
