//! The few packets of gdb's remote protocol that counting instructions needs, for QEMU's stub.
//!
//! Source: GDB manual, appendix "GDB Remote Serial Protocol"; order of the registers: its `64bit-core.xml`.

use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use boot256_qemu::deadline;

/// A machine under the stub's control.
pub struct Gdb {
    socket: BufReader<UnixStream>,
}

/// Where the registers are in the answer to `g`: 16 general ones of 8 bytes, the instruction pointer
/// of 8, the flags of 4, the code segment's selector of 4.
const RIP: usize = 16 * 8;
const CS: usize = RIP + 8 + 4;

impl Gdb {
    /// Connects to the stub's socket; the machine stops.
    ///
    /// # Errors
    /// If nobody listens.
    pub fn connect(path: &Path) -> Result<Self> {
        let socket = UnixStream::connect(path).with_context(|| format!("cannot connect to {}", path.display()))?;
        socket.set_read_timeout(Some(deadline()))?;
        let mut gdb = Self { socket: BufReader::new(socket) };
        gdb.ask("?")?;
        Ok(gdb)
    }

    /// Lets the machine run until it gets to the linear address `address`.
    ///
    /// # Errors
    /// If it does not in time.
    pub fn run_to(&mut self, address: u32) -> Result<()> {
        self.expect(&format!("Z0,{address:x},1"), "OK")?;
        let stopped = self.ask("c")?;
        ensure!(stopped.starts_with("T05"), "the machine stops with {stopped}");
        ensure!(self.linear_pc()? == address, "the machine stops somewhere else");
        self.expect(&format!("z0,{address:x},1"), "OK")
    }

    /// Runs one instruction; of a repeated string instruction, one turn. Interrupts wait meanwhile:
    /// QEMU keeps them out of single steps.
    ///
    /// # Errors
    /// If the machine does not stop.
    pub fn step(&mut self) -> Result<()> {
        let stopped = self.ask("s")?;
        ensure!(stopped.starts_with("T05"), "the machine stops with {stopped}");
        Ok(())
    }

    /// The linear address of the next instruction, in real mode.
    ///
    /// # Errors
    /// If the stub has no such registers.
    pub fn linear_pc(&mut self) -> Result<u32> {
        let registers = self.ask("g")?;
        // Two digits a byte, the bytes in the order of memory. In real mode IP is below 64 KiB.
        let word = |at: usize| -> Result<u32> {
            let digits = registers.get(2 * at..2 * at + 4).context("gdb stub: too few registers")?;
            let value = u16::from_str_radix(digits, 16).with_context(|| format!("gdb stub: a register is {digits}"))?;
            Ok(value.swap_bytes().into())
        };
        Ok(word(CS)? * 16 + word(RIP)?)
    }

    fn expect(&mut self, packet: &str, answer: &str) -> Result<()> {
        let got = self.ask(packet)?;
        ensure!(got == answer, "gdb stub: {packet} gives {got:?}");
        Ok(())
    }

    /// Sends `packet` and returns the answer's content.
    fn ask(&mut self, packet: &str) -> Result<String> {
        let sum = packet.bytes().fold(0u8, u8::wrapping_add);
        self.socket.get_mut().write_all(format!("${packet}#{sum:02x}").as_bytes())?;
        while self.byte()? != b'$' {}
        let mut answer = String::new();
        loop {
            match self.byte()? {
                b'#' => break,
                byte => answer.push(char::from(byte)),
            }
        }
        // Two digits of a sum: the socket loses nothing.
        self.byte()?;
        self.byte()?;
        self.socket.get_mut().write_all(b"+")?;
        if answer.starts_with('E') {
            bail!("gdb stub: {packet} gives error {answer}");
        }
        Ok(answer)
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.socket.read_exact(&mut byte).context("the gdb stub says nothing more")?;
        Ok(byte[0])
    }
}
