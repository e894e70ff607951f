//! Long runs, for `make test-all`: minutes each, so they are ignored unless asked for.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use boot256_facts::START;
use boot256_facts::editor::Editor;
use boot256_qemu::chardev::Chardev;
use boot256_qemu::machine::Machine;

use crate::random::{bytes, random};
use crate::slow_reader::stalls_and_reads_all;
use crate::{answers_and_powers_off, boot_img};

/// 100,000 random bytes, in runs of up to 10,000. At a random moment of each the button is pressed:
/// what was said until then is right, however far it came.
#[test]
#[ignore = "long: make test-all"]
fn random_bytes_100_000_with_the_button_pressed_at_random_moments() {
    let mut random = random();
    let mut typed = 0;
    while typed < 100_000 {
        let input = bytes(&mut random, 10_000);
        let answer = [START, &Editor::new().feed_all(&input)].concat();
        let press_at = random.usize(START.len()..answer.len());

        let board = if random.bool() { Machine::pc() } else { Machine::q35() };
        let board = if random.bool() { board.nographic() } else { board };
        let mut vm = board.drive(&boot_img()).boot();
        let (mut writer, rest) = (vm.com1_writer(), input.clone());
        // The machine may go off before it has taken all.
        let paste = std::thread::spawn(move || drop(writer.write_all(&rest)));
        vm.hears(|said| said.len() >= press_at);
        vm.presses_power_button();
        vm.is_off();
        let said = vm.ends_unchecked();
        paste.join().unwrap();

        assert!(said.len() >= press_at && answer.starts_with(&said), "pressed after {press_at} bytes of output");
        typed += input.len() * said.len() / answer.len();
    }
}

/// 100,000 bytes and more to a reader that stops for up to 10 s.
#[track_caller]
fn stalls_of_all_lengths((chardev, machine): (Chardev, Machine)) {
    let stalls = [50, 200, 2_000, 10_000, 200, 50].map(Duration::from_millis);
    stalls_and_reads_all(machine, chardev, &stalls, 100_000);
}

rows! {
    stalls_of_all_lengths;
    #[ignore = "long: make test-all"]
    stalls_of_up_to_10_s_on_a_unix_socket: (Chardev::Unix, Machine::pc());
    #[ignore = "long: make test-all"]
    stalls_of_up_to_10_s_on_a_unix_socket_with_nographic: (Chardev::Unix, Machine::q35().nographic());
    #[ignore = "long: make test-all"]
    stalls_of_up_to_10_s_on_tcp: (Chardev::Tcp, Machine::q35());
    #[ignore = "long: make test-all"]
    stalls_of_up_to_10_s_on_a_pty: (Chardev::Pty, Machine::pc());
}

/// 200 boots in a row, as many at a time as there are cores: none hangs, says a byte too many or stays on.
#[test]
#[ignore = "long: make test-all"]
fn boots_200_times_in_a_row() {
    let done = AtomicUsize::new(0);
    let boots = || {
        loop {
            let n = done.fetch_add(1, Ordering::Relaxed);
            if n >= 200 {
                return;
            }
            let board = [Machine::pc(), Machine::q35(), Machine::pc().nographic(), Machine::new("pc,smm=off")];
            answers_and_powers_off(board[n % board.len()].clone().drive(&boot_img()));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(boots);
        }
    });
}
