//! What is broken: instructions of the program, as bytes, and what they are replaced by.

use anyhow::{Context, Result, bail, ensure};

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

impl Breakage {
    /// `program`, broken.
    ///
    /// # Errors
    /// If the bytes to be found are not in it exactly once, or those in their place are not as many.
    pub fn of(&self, program: &[u8]) -> Result<Vec<u8>> {
        let (find, replace) = (bytes(self.find)?, bytes(self.replace)?);
        ensure!(find.len() == replace.len() && find != replace, "{}: not as many bytes, or the same", self.name);
        let places = program.windows(find.len()).enumerate().filter(|(_, part)| *part == find);
        let places: Vec<usize> = places.map(|(at, _)| at).collect();
        let [at] = places[..] else { bail!("{}: `{}` is {} times in the program", self.name, self.find, places.len()) };
        let mut broken = program.to_vec();
        broken[at..at + replace.len()].copy_from_slice(&replace);
        Ok(broken)
    }
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    let byte = |digits| u8::from_str_radix(digits, 16).with_context(|| format!("no byte: {digits}"));
    text.split_whitespace().map(byte).collect()
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
    broken("the prompt lacks its blank", "20 24 0a 0d", "24 24 0a 0d"),
    broken("a line end has no CR", "c7 07 0a 0d", "c7 07 0a 0a"),
    broken("a line end has no LF", "c7 07 0a 0d", "c7 07 0d 0d"),
    broken("the first byte of each answer is dropped", "43 eb 9b", "90 eb 9b"),
    broken("the last byte of the prompt is another", "20 24 0a 0d", "00 24 0a 0d"),
    broken("the screen gets nothing", "31 db cd 10", "31 db 90 90"),
    unseen(
        "the screen gets every byte on another page",
        "31 db cd 10",
        "b7 02 cd 10",
        "SeaBIOS's video BIOS writes to the page that is shown, whatever BH says; the model machine sees it",
    ),
    broken("COM1 gets nothing", "95 ee b4 0e", "95 90 b4 0e"),
    broken("COM1's bytes go to COM3", "b2 f8 c3", "b2 e8 c3"),
    broken("COM1 gets every byte twice", "95 ee b4 0e 31 db cd 10 61 c3", "95 ee ee b4 0e cd 10 61 c3 90"),
    broken("COM1 is not set up", "cd 14", "90 90"),
    broken("COM1 is set to 1200 baud", "b8 e3 00", "b8 83 00"),
    broken("COM1 is set to 7 bits", "b8 e3 00", "b8 e2 00"),
    broken("COM1's FIFO stays off", "ee 42 ee b2", "ee 42 90 b2"),
    broken("the firmware's serial console stays on", "72 02 cd 10", "eb 02 cd 10"),
    broken("a video card is asked for a mode", "72 02 cd 10", "90 90 cd 10"),
    broken("the mode that is asked for clears the screen", "b0 ec e6 a1", "b0 6c e6 a1"),
    // The wait for COM1.
    broken("the transmitter is not waited for", "a8 20 74 e4", "a8 20 90 90"),
    broken("the button is not looked at while nobody reads", "a8 20 74 e4", "a8 20 74 fb"),
    // The line editor.
    broken("a line holds 79 bytes", "80 fb 47", "80 fb 46"),
    broken("a line holds 81 bytes", "80 fb 47", "80 fb 48"),
    broken("CR does not end a line", "3c 0d", "3c 0c"),
    broken("LF does not end a line", "3c 0a", "3c 0b"),
    broken("an empty line is not seen to be empty", "80 fb f7", "80 fb f6"),
    broken("BS removes nothing", "3c 08 75", "3c 07 75"),
    broken("DEL joins the line", "3c 7f 75 02", "3c 7f eb 02"),
    broken("BS leaves the character on the screen", "a8 20 75 f7", "a8 20 90 90"),
    broken("bytes from 80h on are controls", "3c 1f 76", "3c 1f 7e"),
    broken("the blank is a control", "3c 1f 76", "3c 20 76"),
    broken("1Fh is a character", "3c 1f 76", "3c 1e 76"),
    broken("an ignored control byte is echoed", "75 dd 4b", "75 23 4b"),
    // Input.
    broken("no interrupt from COM1 (no ERBFI)", "ba f9 03 ee", "ba f9 03 90"),
    broken("IRQ 4, COM1, is masked", "b0 e1 e6 21", "b0 f1 e6 21"),
    broken("IRQ 3, where some have COM1, is masked", "b0 e1 e6 21", "b0 e9 e6 21"),
    broken("IRQ 1, the keyboard, is masked", "b0 e1 e6 21", "b0 e3 e6 21"),
    broken("the second interrupt controller is masked", "b0 e1 e6 21", "b0 e5 e6 21"),
    broken("the keyboard is never looked at", "cd 16 75 42", "cd 16 90 90"),
    broken("a key is never taken from the buffer", "b4 00 cd 16", "b4 01 cd 16"),
    broken("a key that the BIOS drops is waited for", "b8 ff 01", "b8 ff 11"),
    broken("a key may come between the look and the halt", "b8 ff 01 e6 21", "b8 ff 01 90 90"),
    broken("COM1 is never looked at", "a8 05 7b 1f", "a8 05 90 90"),
    broken("COM1 is read without a byte there", "a8 05 7b 1f", "a8 05 eb 1f"),
    broken("a UART that is not there has a byte", "a8 05 7b", "a8 01 7b"),
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
    broken("the CPU does not halt", "fb f4", "fb 90"),
    broken("the CPU halts with interrupts off", "fb f4", "90 f4"),
    broken("the timer is not stopped", "e6 43", "90 90"),
    unseen("the tick is let in", "b0 e1 e6 21", "b0 e0 e6 21", "the timer is stopped, there is no tick"),
    broken("the clock does not interrupt", "b0 32 e6 71", "b0 32 90 90"),
    broken("the clock's alarm interrupt is off", "b0 32 e6 71", "b0 12 e6 71"),
    broken("IRQ 8, the clock, is masked", "b0 ec e6 a1", "b0 ed e6 a1"),
    broken("IRQ 9, the SCI, is masked", "b0 ec e6 a1", "b0 ee e6 a1"),
    broken("IRQ 9, the SCI, stays level-triggered", "ba d1 04 ee", "ba d1 04 90"),
    // The power button.
    broken("the button is not enabled", "42 42 ef 42", "42 42 90 42"),
    broken("SCI_EN is not set", "86 c4 ef", "86 c4 90"),
    broken("an old press is not taken back", "89 ca ef", "89 ca 90"),
    broken("the block's ports are hard-coded", "80 e1 c0", "b9 00 06"),
    broken("the lowest bit of PMBASE stays", "49 80 e1 c0", "90 80 e1 c1"),
    broken("PMBASE is masked too much", "80 e1 c0", "80 e1 00"),
    broken("the PIIX4 is not found", "b9 13 71", "b9 10 71"),
    broken("the ICH9 is not looked for", "bb f8 00", "bb f0 00"),
    broken("the first sleep type is 1, suspend to RAM", "b4 20 ef", "b4 24 ef"),
    broken("the sleep type is written without SLP_EN", "b4 20 ef", "b4 00 ef"),
    broken("PM1a_CNT is looked for at PM1a_EN", "83 c2 04", "83 c2 02"),
    broken("a press does nothing", "9e 73 0d", "9e eb 0d"),
    unseen(
        "ports that read FFFFh are a press",
        "ed 40 9e",
        "ed 90 9e",
        "what the program then writes goes to ports where nothing is; the model machine sees the writes",
    ),
    broken("another bit is the button's", "ed 40 9e", "ed d1 e8"),
];
