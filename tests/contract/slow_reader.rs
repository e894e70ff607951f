//! A reader that is slow, or that never reads: the program waits for it, loses no byte, and sees the
//! power button all the same.
//!
//! A pause is what such a reader does, and no wait for the machine: whatever its length, each byte
//! has to come once and in order.

use std::io::Write;
use std::time::Duration;

use boot256_facts::START;
use boot256_facts::editor::Editor;
use boot256_qemu::chardev::Chardev;
use boot256_qemu::machine::Machine;
use boot256_qemu::stream::Stall;
use boot256_qemu::vm::Vm;

use crate::boot_img;
use crate::power_button::says_the_start_of;
use crate::random::random;

/// COM1's line status register, and its bit "a byte may be written".
const LSR: u16 = 0x3FD;
const THRE: u8 = 1 << 5;

/// Typed over and over: a full line and short ones, so that there is more to print than was typed.
const TYPED: &[u8] = b"the quick brown fox jumps over the lazy dog, and over the dog's lazy brown friends\r\
    0123456789\x08\x7f\r\n\rabcdefghijklmnopqrstuvwxyz\n";

/// Types in bursts until `count` bytes have been printed. In each burst the reader stops once, at a
/// random place; when the line is shut, it stays away for as long as the next of `stalls` says, over
/// and over, and reads on.
#[track_caller]
pub fn stalls_and_reads_all(machine: Machine, chardev: Chardev, stalls: &[Duration], count: usize) {
    let mut random = random();
    let mut vm = machine.com1_by(chardev).drive(&boot_img()).boot();
    let text = TYPED.repeat(burst(chardev).div_ceil(Editor::new().feed_all(TYPED).len()));
    for &lasts in stalls.iter().cycle() {
        let after = vm.com1().bytes().len() + random.usize(0..1000);
        vm.com1().stalls([Stall { after, lasts: None }]);
        let (mut writer, bytes) = (vm.com1_writer(), text.clone());
        let paste = std::thread::spawn(move || writer.write_all(&bytes));
        vm.answers(&text);
        is_shut(&mut vm);
        reads_again_after(&vm, lasts);
        vm.types(b""); // all that must have been said comes
        paste.join().expect("no panic").expect("COM1 has taken all");
        if vm.expected().len() >= count {
            break;
        }
    }
    vm.powers_off();
}

/// How much is printed in a burst: more than the line holds, which is some 280 bytes on a Unix socket, over 15,000 on TCP
/// and 21,000 on a terminal (Linux 6.x), and the bytes before the stall.
fn burst(chardev: Chardev) -> usize {
    match chardev {
        Chardev::Pipes => unreachable!("a slow reader has no pipe here"),
        Chardev::Unix => 2000,
        Chardev::Tcp => 60_000,
        Chardev::Pty => 60_000,
    }
}

/// 50 and 200 ms: what a script takes to turn around, or a host that is busy. The program waited
/// for some 100 ms once, and no longer.
#[track_caller]
fn short_stalls((chardev, machine): (Chardev, Machine)) {
    stalls_and_reads_all(machine, chardev, &[50, 200].map(Duration::from_millis), 2 * burst(chardev));
}

rows! {
    short_stalls;
    short_stalls_on_a_unix_socket_pc: (Chardev::Unix, Machine::pc());
    short_stalls_on_a_unix_socket_q35: (Chardev::Unix, Machine::q35());
    short_stalls_on_a_unix_socket_nographic: (Chardev::Unix, Machine::pc().nographic());
    short_stalls_on_tcp: (Chardev::Tcp, Machine::pc());
    short_stalls_on_a_pty: (Chardev::Pty, Machine::q35());
}

/// Waits until the transmitter waits for the reader.
#[track_caller]
fn is_shut(vm: &mut Vm) {
    vm.until("the line is shut", |vm| vm.byte_port(LSR) & THRE == 0);
}

/// The reader that has stopped stays away for as long as `lasts`, and then reads on.
fn reads_again_after(vm: &Vm, lasts: Duration) {
    vm.com1().stalls([Stall { after: 0, lasts: Some(lasts) }]);
    vm.com1().goes_on();
}

/// Nobody reads, for however long; the button is seen all the same, and what was said until then is
/// right when it is read after all.
#[track_caller]
pub fn a_press_is_seen_while_nobody_reads((chardev, machine): (Chardev, Machine)) {
    let mut vm = machine.com1_by(chardev).drive(&boot_img()).boot();
    vm.com1().stops();
    let mut writer = vm.com1_writer();
    let paste = std::thread::spawn(move || while writer.write_all(TYPED).is_ok() {});
    is_shut(&mut vm);
    vm.presses_power_button();
    vm.is_off();
    vm.com1().goes_on();
    let said = vm.ends_unchecked();
    paste.join().expect("the paste ends with the machine");
    says_the_start_of(&said, TYPED);
}

rows! {
    a_press_is_seen_while_nobody_reads;
    a_press_is_seen_while_nobody_reads_on_pc: (Chardev::Unix, Machine::pc());
    a_press_is_seen_while_nobody_reads_on_q35: (Chardev::Unix, Machine::q35());
    a_press_is_seen_while_nobody_reads_with_nographic: (Chardev::Unix, Machine::q35().nographic());
    a_press_is_seen_while_nobody_reads_tcp: (Chardev::Tcp, Machine::pc());
    a_press_is_seen_while_nobody_reads_on_a_pty: (Chardev::Pty, Machine::pc());
}

/// Who begins to read late reads all of it, the banner first.
#[track_caller]
fn who_reads_late_reads_all(machine: Machine) {
    let mut vm = machine.com1_by(Chardev::Unix).drive(&boot_img()).launch();
    vm.com1().stops();
    vm.until("the prompt is on the screen", |vm| vm.screen().ends_with(START));
    let text = TYPED.repeat(10);
    let wanted = [START, &Editor::new().feed_all(&text)].concat();
    let mut writer = vm.com1_writer();
    let paste = std::thread::spawn(move || writer.write_all(&text));
    is_shut(&mut vm);
    reads_again_after(&vm, Duration::from_millis(200));
    vm.hears(|said| said.len() >= wanted.len());
    paste.join().expect("no panic").expect("COM1 takes all");
    vm.presses_power_button();
    vm.is_off();
    let said = vm.ends_unchecked();
    assert_eq!(said.escape_ascii().to_string(), wanted.escape_ascii().to_string());
}

rows! {
    who_reads_late_reads_all;
    who_reads_late_reads_all_on_pc: Machine::pc();
    who_reads_late_reads_all_on_q35: Machine::q35();
}
