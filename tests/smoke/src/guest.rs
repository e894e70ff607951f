//! What a machine says over COM1: as `docs/contract.md` has it, or with one fault.

/// The one thing that a guest does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Says nothing at all.
    Silent,
    /// Never answers a byte.
    Deaf,
    /// Echoes each byte twice, as a console that is mirrored does.
    EchoTwice,
    /// Answers the line as it was typed.
    Forwards,
    /// Has no prompt after the answer.
    NoSecondPrompt,
    /// Goes off in the midst of the answer.
    EndsInAnswer,
    /// Does not see the power button.
    StaysOn,
    /// Goes off at the button, but by a crash.
    Crashes,
    /// At the button, or the power cut, its line ends, and it stays on.
    OnlyLineEnds,
    /// At the button, or the power cut, it goes off, and its line stays open.
    LineStays,
}

/// A guest at COM1.
#[derive(Clone, Debug)]
pub struct Guest {
    fault: Fault,
    line: Vec<u8>,
}

/// What a guest does at a byte.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Act {
    /// It says this.
    pub says: Vec<u8>,
    /// And the machine is off.
    pub ends: bool,
}

impl Guest {
    /// A guest before its first instruction.
    pub fn new(fault: Fault) -> Self {
        Self { fault, line: Vec::new() }
    }

    /// What it says from the start to the prompt.
    pub fn start(&mut self) -> Vec<u8> {
        if self.fault == Fault::Silent {
            return Vec::new();
        }
        // The firmware may have said something before.
        [b"\x1bcBooting from Hard Disk...\r\n", boot256_facts::START].concat()
    }

    /// A byte comes in.
    pub fn byte(&mut self, byte: u8) -> Act {
        let mut says = Vec::new();
        match (byte, self.fault) {
            (_, Fault::Silent | Fault::Deaf) => {}
            (b'\r', fault) => {
                let mut answer = std::mem::take(&mut self.line);
                if fault != Fault::Forwards {
                    answer.reverse();
                }
                says.extend(b"\r\n");
                if fault == Fault::EndsInAnswer && !answer.is_empty() {
                    says.extend(&answer[..1]);
                    return Act { says, ends: true };
                }
                let last = fault == Fault::NoSecondPrompt && !answer.is_empty();
                says.extend(answer);
                says.extend(if last { &b"\r\n"[..] } else { &b"\r\n$ "[..] });
            }
            (byte, fault) => {
                self.line.push(byte);
                says.push(byte);
                if fault == Fault::EchoTwice {
                    says.push(byte);
                }
            }
        }
        Act { says, ends: false }
    }
}
