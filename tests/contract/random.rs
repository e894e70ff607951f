//! Random typing of all 256 byte values: what comes out is what the model says.

use boot256_qemu::machine::Machine;
use fastrand::Rng;

use crate::boot_img;

/// A source of random numbers. Its seed is shown when the test fails; `BOOT256_SEED` sets it.
pub fn random() -> Rng {
    let seed = match std::env::var("BOOT256_SEED") {
        Ok(text) => text.parse().expect("BOOT256_SEED is a number"),
        Err(_) => fastrand::u64(..),
    };
    eprintln!("repeat with BOOT256_SEED={seed}");
    Rng::with_seed(seed)
}

/// `count` bytes: half of them any of the 256, a quarter from those the table names, a quarter
/// printable, so that there are full lines, empty ones and all between.
pub fn bytes(random: &mut Rng, count: usize) -> Vec<u8> {
    const NAMED: &[u8] = b"\r\n\x08\x7f\x08\x7f \x1f\x7e\x80\xff\0";
    let mut byte = || match random.u8(..4) {
        0 | 1 => random.u8(..),
        2 => NAMED[random.usize(..NAMED.len())],
        _ => random.u8(b' '..=b'~'),
    };
    (0..count).map(|_| byte()).collect()
}

/// Types `count` random bytes in bursts of random lengths, each after the answer to the last.
#[track_caller]
fn types_at_random(machine: Machine, count: usize) {
    let mut random = random();
    let mut vm = machine.boot();
    let mut left = count;
    while left > 0 {
        let burst = random.usize(1..=left.min(200));
        vm.types(&bytes(&mut random, burst));
        left -= burst;
    }
    vm.powers_off();
}

rows! {
    |machine: Machine| types_at_random(machine.drive(&boot_img()), 4000);
    any_bytes_on_pc: Machine::pc();
    any_bytes_on_q35: Machine::q35();
    any_bytes_with_the_firmwares_serial_console: Machine::pc().nographic();
}

/// Long lines: bytes that join the line and hardly anything else.
#[test]
fn lines_longer_than_80_bytes() {
    let mut random = random();
    let mut vm = crate::pc();
    for _ in 0..20 {
        let count = random.usize(70..100);
        let line: Vec<u8> = (0..count).map(|_| random.u8(0x80..)).collect();
        vm.types(&line);
        vm.types(if random.bool() { b"\r" } else { b"\n" });
    }
    vm.powers_off();
}
