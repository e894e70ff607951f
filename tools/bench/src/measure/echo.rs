//! How long a typed byte takes to come back on COM1.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use boot256_qemu::deadline;
use boot256_qemu::stream::Transcript;
use boot256_qemu::vm::Vm;
use serde_json::json;

use super::ms;
use crate::guest::{Guest, says};
use crate::plan::Plan;
use crate::report::{Echo, GuestReport};
use crate::stats::{Figure, quantile};

/// A machine that runs only when it is its turn: the one that never halts would slow the others.
struct Turn<'a> {
    guest: &'a Guest,
    report: &'a mut GuestReport,
    vm: Vm,
    line: Line,
    blocks: Vec<Vec<f64>>,
}

/// The far end of a serial line.
struct Line {
    socket: File,
    transcript: Transcript,
}

/// Types blocks of keys, the guests in turn. Returns the same for a thread that sends each byte back.
pub fn measure(guests: &[Guest], reports: &mut [GuestReport], plan: &Plan) -> Echo {
    let mut turns = Vec::new();
    for (guest, report) in guests.iter().zip(reports).filter(|(guest, _)| guest.echoes()) {
        let (mut vm, _) = guest.start();
        vm.run("stop", json!({}));
        let line = Line { socket: OwnedFd::from(vm.com1_writer()).into(), transcript: vm.com1().clone() };
        turns.push(Turn { guest, report, vm, line, blocks: Vec::new() });
    }
    let mut mirror = mirror();
    let mut nothing = Vec::new();
    for _ in 0..plan.blocks {
        for turn in &mut turns {
            turn.vm.run("cont", json!({}));
            sleep(plan.settle / 20);
            // A comment to a shell, a line like any other to boot256.
            turn.line.types(b'#');
            turn.blocks.push(turn.line.block(plan.keys));
            if turn.guest.answers() {
                let before = turn.line.transcript.bytes().len();
                turn.line.send(b'\r');
                turn.line.hears(b"\r\n$ ", before);
            }
            turn.vm.run("stop", json!({}));
        }
        nothing.push(mirror.block(plan.keys));
    }
    for turn in turns {
        turn.report.echo = Some(echo(&turn.blocks));
    }
    echo(&nothing)
}

fn echo(blocks: &[Vec<f64>]) -> Echo {
    let medians: Vec<f64> = blocks.iter().map(|block| quantile(block, 0.5)).collect();
    let all = blocks.concat();
    Echo {
        median: Figure { median: quantile(&all, 0.5), ..Figure::of(&medians).expect("blocks") },
        p99: quantile(&all, 0.99),
        worst: quantile(&all, 1.0),
        keys: all.len(),
    }
}

/// A line whose far end is a thread that sends back what comes.
fn mirror() -> Line {
    let (socket, mut far) = UnixStream::pair().expect("a pair of sockets");
    std::thread::spawn(move || {
        let mut byte = [0];
        while far.read_exact(&mut byte).is_ok() && far.write_all(&byte).is_ok() {}
    });
    Line {
        transcript: Transcript::of(socket.try_clone().expect("a second handle")),
        socket: OwnedFd::from(socket).into(),
    }
}

impl Line {
    /// Milliseconds of each of `keys` keys, at random moments: over 60 ms, more than a timer tick.
    fn block(&mut self, keys: usize) -> Vec<f64> {
        (0..keys)
            .map(|_| {
                sleep(Duration::from_micros(fastrand::u64(5_000..65_000)));
                // Capitals: none is in the terminal codes that a shell sends.
                ms(self.types(fastrand::u8(b'A'..=b'Z')))
            })
            .collect()
    }

    fn types(&mut self, key: u8) -> Duration {
        let before = self.transcript.bytes().len();
        let begun = Instant::now();
        self.send(key);
        self.hears(&[key], before);
        begun.elapsed()
    }

    fn send(&mut self, byte: u8) {
        self.socket.write_all(&[byte]).unwrap_or_else(|error| panic!("COM1 takes no byte: {error}"));
    }

    fn hears(&self, text: &[u8], from: usize) {
        if !says(&self.transcript, text, from, deadline()) {
            panic!("no `{}` after `{}`", text.escape_ascii(), self.transcript.bytes().escape_ascii());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_the_blocks_and_the_tail_that_of_all_keys() {
        let blocks: Vec<Vec<f64>> = vec![(1..=100).map(f64::from).collect(), vec![1.0], vec![1000.0]];
        let echo = echo(&blocks);
        assert_eq!((echo.median.median, echo.median.min, echo.median.max), (50.5, 1.0, 1000.0));
        assert_eq!((echo.p99, echo.worst, echo.keys), (99.99, 1000.0, 102));
    }
}
