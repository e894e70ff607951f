/**
 * Habits of other BIOSes, put around SeaBIOS in v86: interrupt handlers in guest memory that call the
 * BIOS's own and then do what theirs do. They are put there when the BIOS has loaded the boot sector
 * and has not yet jumped to it, so that only the boot sector meets them.
 *
 * Machine code is Intel's (SDM volume 2), 16-bit; each line below is one instruction.
 */

/**
 * @typedef {object} Habits
 * @property {"masks"} [irq4] the handler of an IRQ 4 that no program has claimed shuts the line, as
 *     VirtualBox's does (Devices/PC/BIOS/orgs.asm, dummy_isr_function)
 * @property {"iret"} [irq9] the handler of IRQ 9 is a bare IRET, without EOI, as VirtualBox's is
 * @property {"rombios" | "worst" | "none" | "unknown"} [int1a] rombios: clobbers AL, CX and DX as Bochs'
 *     BIOS does; worst: every register that is no result, but SI; none: no PCI BIOS, carry set;
 *     unknown: a BIOS that knows no such function and returns everything as it came, carry clear
 * @property {"worst"} [int14] clobbers every general register but SI, and ES, FS, GS
 * @property {"worst"} [int16] clobbers AX when there is no key
 * @property {"worst"} [int10] clobbers every general register
 * @property {0 | 1} [flag] the interrupt flag after each of the four calls, whatever it was before
 */

/** Where a BIOS puts the boot sector, and where its signature AA55h is. */
const SIGNATURE = 0x7c00 + 510;
/** Segment of the handlers: free memory behind the BIOS data area. */
const SEGMENT = 0x0060;
/** Bytes for one handler; its first word counts its calls. */
const ROOM = 0x60;
/** Interrupt vectors by the names of {@link Habits}. IRQ 0 to 7 are 08h and up, IRQ 8 to 15 70h and up. */
const VECTORS = { irq4: 0x0c, irq9: 0x71, int10: 0x10, int14: 0x14, int16: 0x16, int1a: 0x1a };
/** IDE status registers of the first channel: what the BIOS reads when a sector has come. */
const IDE_STATUS = [0x1f7, 0x3f6];
/** What a clobbered register holds: unlikely to pass for anything, bits 0 and 8 both ways. */
const JUNK = [0xa5, 0xb7];

const PUSHF = [0x9c];
const IRET = [0xcf];
/** RETF 2: return to the caller, flags as they are now. */
const RETURN = [0xca, 0x02, 0x00];
const STC = [0xf9];
const CLC = [0xf8];
const far = ({ offset, segment }) => [offset & 0xff, offset >> 8, segment & 0xff, segment >> 8];
/** What INT does, to the BIOS's own handler. */
const call = (old) => [...PUSHF, 0x9a, ...far(old)];
const jump = (old) => [0xea, ...far(old)];
/** CLI or STI, or nothing. */
const interruptFlag = (flag) => (flag === undefined ? [] : [flag ? 0xfb : 0xfa]);
/** MOV of junk to 16-bit registers by their numbers; flags stay. */
const AX = 0, CX = 1, DX = 2, BX = 3, BP = 5, SI = 6, DI = 7;
const clobber = (...registers) => registers.flatMap((register) => [0xb8 + register, ...JUNK]);
/** MOV ES, AX; MOV FS, AX; MOV GS, AX. */
const CLOBBER_SEGMENTS = [0x8e, 0xc0, 0x8e, 0xe0, 0x8e, 0xe8];
/** Conditional jump over `code`: JE is 74h, JNE is 75h. */
const unless = (opcode, code) => [opcode, code.length, ...code];

/** Code of each habit. `old` is the BIOS's own handler, `flag` as in {@link Habits}. */
const HANDLERS = {
  irq4: {
    masks: () => [
      0x50, // push ax
      0xe4, 0x21, // in al, 21h
      0x0c, 0x10, // or al, 10h: IRQ 4
      0xe6, 0x21, // out 21h, al
      0xb0, 0x20, // mov al, 20h: end of interrupt
      0xe6, 0x20, // out 20h, al
      0x58, // pop ax
      ...IRET,
    ],
  },
  irq9: { iret: () => IRET },
  int10: {
    worst: (old, flag) => [...call(old), ...clobber(AX, BX, CX, DX, BP, SI, DI), ...interruptFlag(flag), ...RETURN],
  },
  int14: {
    worst: (old, flag) => [
      ...call(old),
      ...clobber(AX, BX, CX, DX, BP, DI),
      ...CLOBBER_SEGMENTS,
      ...interruptFlag(flag),
      ...RETURN,
    ],
  },
  int16: {
    worst: (old, flag) => {
      const end = [...interruptFlag(flag), ...RETURN];
      return [
        0x80, 0xfc, 0x01, // cmp ah, 1: is there a key?
        ...unless(0x74, [...call(old), ...end]),
        ...call(old),
        ...unless(0x75, clobber(AX)), // zero flag clear: AX is the key
        ...end,
      ];
    },
  },
  int1a: {
    rombios: (old, flag = 0) => {
      const rest = [
        0xb0, JUNK[0], // mov al, junk
        0xba, 0xfc, 0x0c, // mov dx, 0CFCh
        ...interruptFlag(flag),
        ...RETURN,
      ];
      const found = [...call(old), 0x89, 0xd1, ...rest]; // mov cx, dx
      return [0x3c, 0x02, ...unless(0x75, found), ...call(old), ...rest]; // cmp al, 2: find a device?
    },
    worst: (old, flag) => {
      const end = [...interruptFlag(flag), ...RETURN];
      const found = [...call(old), 0xb0, JUNK[0], ...clobber(CX, DX, BP, DI), ...CLOBBER_SEGMENTS, ...end];
      return [0x3c, 0x02, ...unless(0x75, found), ...call(old), ...clobber(AX, BX, DX, BP, DI), ...CLOBBER_SEGMENTS, ...end];
    },
    none: (old, flag) => [0x80, 0xfc, 0xb1, ...unless(0x75, [...STC, ...interruptFlag(flag), ...RETURN]), ...jump(old)],
    unknown: (old, flag) => [0x80, 0xfc, 0xb1, ...unless(0x75, [...CLC, ...interruptFlag(flag), ...RETURN]), ...jump(old)],
  },
};

/**
 * Puts the handlers in place as soon as the boot sector is in memory.
 *
 * @param {object} cpu v86's cpu, before the firmware runs; the machine boots from its IDE disk
 * @param {Habits} habits
 * @returns {{installed: boolean, calls: (name: string) => number}} whether that has happened, and
 *     how often (modulo 65,536) a handler has run since
 */
export function installBios(cpu, { flag, ...habits }) {
  const names = Object.keys(habits);
  const state = {
    installed: false,
    calls: (name) => cpu.mem8[place(name)] | (cpu.mem8[place(name) + 1] << 8),
  };
  const place = (name) => SEGMENT * 16 + names.indexOf(name) * ROOM;

  const install = () => {
    for (const name of names) {
      const vector = VECTORS[name] * 4;
      const word = (at) => cpu.mem8[at] | (cpu.mem8[at + 1] << 8);
      const code = HANDLERS[name][habits[name]]({ offset: word(vector), segment: word(vector + 2) }, flag);
      const start = place(name) - SEGMENT * 16;
      // inc word ptr cs:[start]; the flags it changes are the handler's to change
      const handler = [0, 0, 0x2e, 0xff, 0x06, start & 0xff, start >> 8, ...code];
      if (handler.length > ROOM) throw new Error(`the handler ${name} of ${handler.length} bytes has no room`);
      cpu.mem8.set(handler, place(name));
      cpu.mem8.set(far({ offset: start + 2, segment: SEGMENT }), vector);
    }
    state.installed = true;
  };
  for (const address of IDE_STATUS) {
    const port = cpu.io.ports[address];
    const { read8 } = port;
    port.read8 = function (...address) {
      const loaded = cpu.mem8[SIGNATURE] === 0x55 && cpu.mem8[SIGNATURE + 1] === 0xaa;
      if (loaded && !state.installed) install();
      return read8.apply(this, address);
    };
  }
  return state;
}
