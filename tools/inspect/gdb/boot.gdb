# `make gdb`: a debugger on the program's first instruction, in 16-bit mode. The Makefile has loaded
# build/boot.elf and started QEMU, halted before its first instruction.

set pagination off
set confirm off
set disassembly-flavor intel
set print frame-info location

# QEMU calls itself an i386 whatever mode its CPU is in, and that overrules `set architecture`: GDB
# would decode 32-bit code. So GDB is given QEMU's own description of its registers, with one word
# changed. (A description kept here would have to match each version of QEMU.)
python
import os, tempfile
description = gdb.execute("maintenance print xml-tdesc", to_string=True)
changed = description.replace("<architecture>i386</architecture>", "<architecture>i8086</architecture>")
if changed == description:
    raise gdb.GdbError("boot256: this QEMU is no i386: use qemu-system-i386")
handle, name = tempfile.mkstemp(prefix="boot256-", suffix=".xml")
try:
    with os.fdopen(handle, "w") as file:
        file.write(changed)
    gdb.execute("set tdesc filename " + name, to_string=True)
finally:
    os.unlink(name)
# The ELF file says i386, too: it has no other way to say x86.
gdb.execute("set architecture i8086", to_string=True)
end

python
def register(name):
    return int(gdb.selected_frame().read_register(name)) & 0xFFFF

class Regs(gdb.Command):
    """The registers that 16-bit code has."""
    def __init__(self):
        super().__init__("regs", gdb.COMMAND_DATA)
    def invoke(self, argument, from_tty):
        print("  ".join(f"{name.upper()} {register(name):04X}" for name in ("ax", "bx", "cx", "dx", "si", "di", "bp")))
        pairs = (("cs", "eip"), ("ss", "esp"))
        print("  ".join(f"{a.upper()}:{b[-2:].upper()} {register(a):04X}:{register(b):04X}" for a, b in pairs),
              f" DS {register('ds'):04X}  ES {register('es'):04X}  flags {gdb.selected_frame().read_register('eflags')}")

class Here(gdb.Command):
    """The next 8 instructions, in the BIOS's segments, too: x/i $pc takes IP for an address."""
    def __init__(self):
        super().__init__("here", gdb.COMMAND_DATA)
    def invoke(self, argument, from_tty):
        gdb.execute(f"x/8i {register('cs') * 16 + register('eip')}")

Regs()
Here()

# QEMU ends with GDB. Left to itself, GDB lets go of it at the end and then, from version 16 on, waits
# for it for ever; and QEMU, told to end, is gone before that GDB has read its answer, which is no fault.
def end_qemu(event):
    try:
        gdb.execute("kill")
    except gdb.error:
        pass
gdb.events.gdb_exiting.connect(end_qemu)
end

# The BIOS loads the program at 7C00h and jumps to it, as 0000:7C00 or 07C0:0000.
tbreak *0x7c00
continue
regs
here
