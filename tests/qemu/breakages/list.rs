//! What is broken: instructions of the program, as bytes, and what they are replaced by.

/// A way to break the program.
pub struct Breakage {
    /// What is wrong then.
    pub name: &'static str,
    /// The program's bytes, in hexadecimal. They must be in it exactly once.
    pub find: &'static str,
    /// As many others.
    pub replace: &'static str,
    /// Why QEMU cannot tell the difference; `None` where a test must fail.
    pub unseen: Option<&'static str>,
}

const fn broken(name: &'static str, find: &'static str, replace: &'static str) -> Breakage {
    Breakage { name, find, replace, unseen: None }
}

const fn unseen(name: &'static str, find: &'static str, replace: &'static str, why: &'static str) -> Breakage {
    Breakage { name, find, replace, unseen: Some(why) }
}

/// NOP is 90h. The instructions are those of `make disasm`.
pub const BREAKAGES: &[Breakage] = &[
    // What is said.
    broken("a letter of the banner is wrong", "49 50 41 74 6e", "49 50 41 54 6e"),
    broken("the prompt lacks its blank", "eb 0d 20 24", "eb 0d 24 24"),
    broken("a line end has no CR", "c7 07 0a 0d", "c7 07 0a 0a"),
    broken("a line end has no LF", "c7 07 0a 0d", "c7 07 0d 0d"),
    broken("the first byte of each answer is dropped", "43 eb 84", "90 eb 84"),
    broken("the last byte of the prompt is dropped", "eb 0d 20 24 0a 0d", "eb 0d 00 24 0a 0d"),
    broken("the screen gets nothing", "31 db cd 10", "31 db 90 90"),
    unseen(
        "the screen gets every byte on another page",
        "31 db cd 10",
        "b7 02 cd 10",
        "SeaBIOS's video BIOS writes to the page that is shown, whatever BH says; the model machine sees it",
    ),
    broken("COM1 gets nothing", "b2 f8 ee", "b2 f8 90"),
    broken("COM1's bytes go to COM3", "b2 f8 ee", "b2 e8 ee"),
    broken("COM1 gets every byte twice", "b2 f8 ee b4 0e 31 db cd 10", "b2 f8 ee ee b4 0e cd 10 90"),
    broken("COM1 is not set up", "cd 14", "90 90"),
    broken("COM1 is set to 1200 baud", "b8 e3 00", "b8 83 00"),
    broken("COM1 is set to 7 bits", "b8 e3 00", "b8 e2 00"),
    broken("the firmware's serial console stays on", "cd 10 b0 12", "90 90 b0 12"),
    // The line editor.
    broken("a line holds 79 bytes", "80 fb 58", "80 fb 57"),
    broken("a line holds 81 bytes", "80 fb 58", "80 fb 59"),
    broken("CR does not end a line", "3c 0d", "3c 0c"),
    broken("LF does not end a line", "3c 0a", "3c 0b"),
    broken("an empty line is not seen to be empty", "80 fb 08 74", "80 fb 07 74"),
    broken("BS removes nothing", "3c 08 75", "3c 07 75"),
    broken("DEL joins the line", "3c 7f 75 02", "3c 7f eb 02"),
    broken("BS leaves the character on the screen", "a8 20 75 f7", "a8 20 90 90"),
    broken("bytes from 80h on are controls", "3c 1f 76", "3c 1f 7e"),
    broken("the blank is a control", "3c 1f 76", "3c 20 76"),
    broken("1Fh is a character", "3c 1f 76", "3c 1e 76"),
    broken("an ignored control byte is echoed", "75 a6 4b", "75 0a 4b"),
    // Input.
    broken("no interrupt from COM1 (no ERBFI)", "ba f9 03 ee", "ba f9 03 90"),
    broken("IRQ 4, COM1, is masked", "b0 e9 e6 21", "b0 f9 e6 21"),
    broken("IRQ 1, the keyboard, is masked", "b0 e9 e6 21", "b0 eb e6 21"),
    broken("the second interrupt controller is masked", "b0 e9 e6 21", "b0 ed e6 21"),
    broken("the keyboard is never looked at", "cd 16 75 26", "cd 16 90 90"),
    broken("a key is never taken from the buffer", "b4 00 cd 16", "b4 01 cd 16"),
    broken("COM1 is never looked at", "d0 e8 73 0e", "d0 e8 90 90"),
    broken("COM1 is read without a byte there", "d0 e8 73 0e", "d0 e8 eb 0e"),
    broken("no OUT2, DTR and RTS", "b0 0b ee", "b0 00 ee"),
    unseen(
        "OUT2 is left as it was",
        "b0 0b ee",
        "b0 0b 90",
        "QEMU's UART interrupts without it, and has it on at reset",
    ),
    // Start.
    broken("the data segment is not set", "8e de 8e d6", "90 90 8e d6"),
    broken("the stack is not set", "8e d6 89 f4", "90 90 90 90"),
    unseen(
        "the direction flag is not cleared",
        "fc 8e de",
        "90 8e de",
        "no string instruction here; SeaBIOS clears it for itself",
    ),
    // Sleep.
    broken("the CPU does not halt", "fb f4 eb", "fb 90 eb"),
    broken("the CPU halts with interrupts off", "fb f4 eb", "90 f4 eb"),
    broken("the timer is not stopped", "e6 43", "90 90"),
    unseen("the tick is let in", "b0 e9 e6 21", "b0 e8 e6 21", "the timer is stopped, there is no tick"),
    broken("the clock does not interrupt", "b0 12 e6 71", "b0 12 90 90"),
    broken("IRQ 8, the clock, is masked", "b0 fc e6 a1", "b0 fd e6 a1"),
    broken("IRQ 9, the SCI, is masked", "b0 fc e6 a1", "b0 fe e6 a1"),
    // The power button.
    broken("the button is not enabled", "42 42 ef 42", "42 42 90 42"),
    broken("SCI_EN is not set", "86 c4 ef", "86 c4 90"),
    broken("an old press is not taken back", "b8 00 01 ef", "b8 00 01 90"),
    broken("the block's ports are hard-coded", "80 e1 c0", "b9 00 06"),
    broken("the lowest bit of PMBASE stays", "49 80 e1 c0", "90 80 e1 c1"),
    broken("PMBASE is masked too much", "80 e1 c0", "80 e1 00"),
    broken("the PIIX4 is not found", "b9 13 71", "b9 10 71"),
    broken("the ICH9 is not looked for", "bb f8 00", "bb f0 00"),
    broken("the first sleep type is 1, suspend to RAM", "b8 00 20 ef", "b8 00 24 ef"),
    broken("the sleep type is written without SLP_EN", "b8 00 20 ef", "b8 00 00 ef"),
    broken("PM1a_CNT is looked for at PM1a_EN", "83 c2 04", "83 c2 02"),
    broken("a press does nothing", "9e 73 0e", "9e eb 0e"),
    unseen(
        "ports that read FFFFh are a press",
        "ed 40 9e",
        "ed 90 9e",
        "what the program then writes goes to ports where nothing is; the model machine sees the writes",
    ),
    broken("another bit is the button's", "ed 40 9e", "ed d1 e8"),
    unseen("the second sleep type is 6", "b4 3c ef", "b4 38 ef", "QEMU is off at the first"),
    unseen(
        "the transmitter is not waited for",
        "e1 fb 93",
        "90 90 93",
        "QEMU's UART is always ready while its other end reads",
    ),
];
