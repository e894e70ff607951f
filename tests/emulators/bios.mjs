/**
 * Habits of other BIOSes, put around SeaBIOS in v86: interrupt handlers in guest memory that call the
 * BIOS's own and then do what theirs do. They are put there when the BIOS has loaded the boot sector
 * and has not yet jumped to it, so that only the boot sector meets them.
 *
 * Machine code is Intel's (SDM volume 2), 16-bit; each line below is one instruction.
 */

/**
 * A vector may have several habits, the inner one first.
 *
 * @typedef {object} Habits
 * @property {"masks"} [irq3] the handler of an IRQ 3 that no program has claimed shuts the line, as
 *     VirtualBox's does (Devices/PC/BIOS/orgs.asm, dummy_isr_function)
 * @property {"masks"} [irq4] the same of IRQ 4
 * @property {"if-asked"} [irq8] the clock's handler reads its register C, without which no interrupt
 *     follows, only if the periodic or the alarm interrupt is enabled in register B
 * @property {"iret" | "masks"} [irq9] iret: the handler of IRQ 9 is a bare IRET, without EOI, as VirtualBox's
 *     is; masks: it shuts the line
 * @property {Array<"rombios" | "worst" | "none" | "unknown" | "flag">} [int1a] rombios: clobbers AL, CX and DX
 *     as Bochs' BIOS does; worst: every register that is no result, but SI; none: no PCI BIOS, carry set;
 *     unknown: a BIOS that knows no such function and returns everything as it came, carry clear
 * @property {Array<"worst" | "flag">} [int14] worst: clobbers every general register but SI, and ES, FS, GS
 * @property {Array<"worst" | "dropped" | "flag">} [int16] worst: clobbers AX when there is no key; dropped:
 *     functions 00h and 01h throw away the keys that an 84-key keyboard has not, and 00h waits for another
 * @property {Array<"worst" | "system" | "flag">} [int10] worst: clobbers every general register; system: the
 *     handler lies in segment F000h, as where the video BIOS is a part of the system's, and notes the modes
 *     that it is asked for
 * @property {0 | 1} [flag] the interrupt flag after each of the four calls, whatever it was before; where
 *     no other habit is asked for, the habit `flag` sets it alone
 * @property {{masks?: number, level?: number[], interrupts?: boolean}} [entry] as the program starts: interrupt
 *     masks (21h in the lower byte, A1h in the upper), lines that are level-triggered (ELCR), interrupt flag
 */

/** Where a BIOS puts the boot sector. */
export const PROGRAM = 0x7c00;
/** Where its signature AA55h is. */
const SIGNATURE = PROGRAM + 510;
/** Segment of the handlers: free memory behind the BIOS data area. */
const SEGMENT = 0x0060;
/** Bytes for one handler; its first word counts its calls. */
const ROOM = 0x60;
/** Scan code from which keys are not on an 84-key keyboard: F11, F12, the keypad's and the cursor keys with Control. */
const FIRST_DROPPED = 0x85;
/** The last 64 KiB below 1 MiB, where a system BIOS lies. */
const SYSTEM = 0xf000;
/** Modes that are noted of INT 10h AH=00h. */
const NOTED = 16;
/** Interrupt vectors by the names of {@link Habits}. IRQ 0 to 7 are 08h and up, IRQ 8 to 15 70h and up. */
const VECTORS = { irq3: 0x0b, irq4: 0x0c, irq8: 0x70, irq9: 0x71, int10: 0x10, int14: 0x14, int16: 0x16, int1a: 0x1a };
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

const word = (value) => [value & 0xff, value >> 8];
/** MOV AL, 20h and to which controllers it goes: end of interrupt. */
const END_OF_INTERRUPT_1 = [0xb0, 0x20, 0xe6, 0x20];
const END_OF_INTERRUPT_2 = [0xb0, 0x20, 0xe6, 0xa0, 0xe6, 0x20];
/** A handler that shuts its line and ends the interrupt. */
function shuts(line) {
  const mask = line < 8 ? 0x21 : 0xa1;
  const end = line < 8 ? END_OF_INTERRUPT_1 : END_OF_INTERRUPT_2;
  // push ax / in al, mask / or al, line / out mask, al / end / pop ax / iret
  return [0x50, 0xe4, mask, 0x0c, 1 << line % 8, 0xe6, mask, ...end, 0x58, ...IRET];
}

/**
 * Code of each habit. `old` is the inner handler, `flag` as in {@link Habits}, `place` the offset of the
 * habit's own memory in its segment.
 */
const HANDLERS = {
  irq3: { masks: () => shuts(3) },
  irq4: { masks: () => shuts(4) },
  irq8: {
    "if-asked": () => [
      0x50, // push ax
      0xb0, 0x0b, 0xe6, 0x70, 0xe4, 0x71, // mov al, 0Bh / out 70h, al / in al, 71h
      0xa8, 0x60, // test al, 60h: PIE, AIE
      ...unless(0x74, [0xb0, 0x0c, 0xe6, 0x70, 0xe4, 0x71]), // mov al, 0Ch / out 70h, al / in al, 71h
      ...END_OF_INTERRUPT_2,
      0x58, // pop ax
      ...IRET,
    ],
  },
  irq9: { iret: () => IRET, masks: () => shuts(9) },
  int10: {
    flag: (old, flag) => [...call(old), ...interruptFlag(flag), ...RETURN],
    system: (old, flag, place) => [
      0x80, 0xfc, 0x00, // cmp ah, 0: set a mode?
      ...unless(0x75, [
        0x53, // push bx
        0x2e, 0x8b, 0x1e, ...word(place), // mov bx, cs:[place]: how many are noted
        0x2e, 0x88, 0x87, ...word(place + 2), // mov cs:[bx + place + 2], al
        0x43, 0x83, 0xe3, NOTED - 1, // inc bx / and bx, NOTED - 1
        0x2e, 0x89, 0x1e, ...word(place), // mov cs:[place], bx
        0x5b, // pop bx
      ]),
      ...jump(old),
    ],
    worst: (old, flag) => [...call(old), ...clobber(AX, BX, CX, DX, BP, SI, DI), ...interruptFlag(flag), ...RETURN],
  },
  int14: {
    flag: (old, flag) => [...call(old), ...interruptFlag(flag), ...RETURN],
    worst: (old, flag) => [
      ...call(old),
      ...clobber(AX, BX, CX, DX, BP, DI),
      ...CLOBBER_SEGMENTS,
      ...interruptFlag(flag),
      ...RETURN,
    ],
  },
  int16: {
    flag: (old, flag) => [...call(old), ...interruptFlag(flag), ...RETURN],
    dropped: (old, flag) => {
      const end = [...interruptFlag(flag), ...RETURN];
      const high = [0x80, 0xfc, FIRST_DROPPED]; // cmp ah, 85h
      // again: xor ax, ax / call / cmp / jae again
      const take = [0x31, 0xc0, ...call(old)];
      const read = [...take, ...high];
      read.push(0x73, 0x100 - read.length - 2);
      // again: mov ah, 1 / call / jz end / cmp / jb end / take it / jmp again
      const peek = [0xb4, 0x01, ...call(old), 0x74, high.length + 2 + take.length + 2, ...high, 0x72, take.length + 2, ...take];
      peek.push(0xeb, 0x100 - peek.length - 2);
      return [
        ...[0x80, 0xfc, 0x01, ...unless(0x75, [...peek, ...end])], // cmp ah, 1
        ...[0x80, 0xfc, 0x00, ...unless(0x75, [...read, ...end])], // cmp ah, 0
        ...jump(old),
      ];
    },
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
    flag: (old, flag) => [...call(old), ...interruptFlag(flag), ...RETURN],
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
 * @returns {{installed: boolean, names: string[], calls: (name: string) => number, modes: () => number[]}}
 *     whether that has happened, the vectors whose calls are counted, how often (modulo 65,536) the handler of a vector has run since, and the numbers that INT 10h
 *     AH=00h was called with (of more than 15 only the last ones)
 */
export function installBios(cpu, { flag, entry, ...habits }) {
  const layers = Object.entries(habits).flatMap(([name, list]) => [list].flat().map((habit) => ({ name, habit })));
  const place = (at) => SEGMENT * 16 + at * ROOM;
  const outermost = (name) => layers.findLastIndex((layer) => layer.name === name && layer.habit !== "system");
  let noted = null;
  const state = {
    installed: false,
    names: [...new Set(layers.filter(({ habit }) => habit !== "system").map(({ name }) => name))],
    calls: (name) => read(place(outermost(name))),
    modes: () => (noted === null ? [] : [...cpu.mem8.subarray(noted + 2, noted + 2 + read(noted))]),
  };
  const read = (at) => cpu.mem8[at] | (cpu.mem8[at + 1] << 8);
  const write = (at, bytes) => {
    if (bytes.length > ROOM) throw new Error(`${bytes.length} bytes of code have no room`);
    cpu.mem8.set(bytes, at);
  };

  /** A handler in F000h: a run of zeros that the BIOS has left free. */
  const installSystem = (vector) => {
    const room = ROOM + NOTED;
    let at = SYSTEM * 16 + 0xfff0 - room;
    while (at > SYSTEM * 16 && cpu.mem8.subarray(at - 16, at + room + 16).some((byte) => byte !== 0)) at -= 16;
    if (at <= SYSTEM * 16) throw new Error("there is no room in the BIOS's segment");
    noted = at;
    const offset = at - SYSTEM * 16;
    const code = at + 2 + NOTED;
    const old = { offset: read(vector), segment: read(vector + 2) };
    write(code, HANDLERS.int10.system(old, flag, offset));
    cpu.mem8.set(far({ offset: code - SYSTEM * 16, segment: SYSTEM }), vector);
  };

  const install = () => {
    layers.forEach(({ name, habit }, n) => {
      const vector = VECTORS[name] * 4;
      if (habit === "system") return installSystem(vector);
      const start = place(n) - SEGMENT * 16;
      const code = HANDLERS[name][habit]({ offset: read(vector), segment: read(vector + 2) }, flag, start);
      // inc word ptr cs:[start]; the flags it changes are the handler's to change
      write(place(n), [0, 0, 0x2e, 0xff, 0x06, ...word(start), ...code]);
      cpu.mem8.set(far({ offset: start + 2, segment: SEGMENT }), vector);
    });
    if (entry) enterBy(entry);
    state.installed = true;
  };

  /**
   * Puts a jump in place of the program's first bytes, to code that sets the controllers, puts the bytes back
   * and starts the program. v86's interrupt controllers can be reached by the guest's own OUT alone.
   */
  const enterBy = ({ masks, level = [], interrupts }) => {
    const stub = place(layers.length);
    const jump = [0xea, ...far({ offset: stub - SEGMENT * 16, segment: SEGMENT })];
    const program = [...cpu.mem8.subarray(PROGRAM, PROGRAM + jump.length)];
    const out = (port, value) => [0xba, ...word(port), 0xb0, value, 0xee]; // mov dx, port / mov al, value / out dx, al
    const lines = level.reduce((bits, line) => bits | (1 << line), 0);
    // An interrupt flag that is to be clear is clear before the first OUT, one that is to be set set after the last.
    const code = [
      ...[0x50, 0x52, 0x1e], // push ax / push dx / push ds
      ...(interrupts === undefined ? [] : [0xfa]), // cli
      ...(masks === undefined ? [] : [...out(0x21, masks & 0xff), ...out(0xa1, masks >> 8)]),
      ...(lines & 0x00ff ? out(0x4d0, lines & 0xff) : []),
      ...(lines & 0xff00 ? out(0x4d1, lines >> 8) : []),
      ...[0x31, 0xc0, 0x8e, 0xd8], // xor ax, ax / mov ds, ax
      ...program.flatMap((byte, i) => [0xc6, 0x06, ...word(PROGRAM + i), byte]), // mov byte ptr [PROGRAM + i], byte
      ...[0x1f, 0x5a, 0x58], // pop ds / pop dx / pop ax
      ...(interrupts ? [0xfb] : []), // sti
      ...[0xea, ...far({ offset: PROGRAM, segment: 0 })],
    ];
    write(stub, code);
    cpu.mem8.set(jump, PROGRAM);
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
