//! The few packets of gdb's remote protocol that counting instructions needs, for QEMU's stub.
//!
//! Source: GDB manual, appendix "GDB Remote Serial Protocol"; register numbers: `amd64-core.xml`.

use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use boot256_tests::deadline;

/// A machine under the stub's control.
pub struct Gdb {
    socket: BufReader<UnixStream>,
}

/// Number of the instruction pointer.
const RIP: u8 = 0x10;
/// Number of the code segment's selector.
const CS: u8 = 0x12;

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
        Ok((self.register(CS)? as u32 & 0xFFFF) * 16 + self.register(RIP)? as u32)
    }

    fn register(&mut self, number: u8) -> Result<u64> {
        let hex = self.ask(&format!("p{number:x}"))?;
        // Bytes in the order of memory, 8 of them or 4.
        let value = u64::from_str_radix(&hex, 16).with_context(|| format!("register {number:#x} is {hex}"))?;
        Ok(value.swap_bytes() >> (64 - 4 * hex.len()))
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
