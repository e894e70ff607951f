//! What the program does there: lines on a busy host, the button, a pipe that waits for its client.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{hint, thread};

use boot256_facts::paste::lines;
use boot256_tests::virtualbox::{Machine, Registry};

#[track_caller]
fn with_disk<'r>(registry: &'r Registry, chipset: &str) -> Machine<'r> {
    let machine = registry.machine(chipset);
    machine.attach("hdd", &registry.copy("boot.vdi"));
    machine
}

/// Runs `work` while two threads for each core burn time.
fn on_a_busy_host(work: impl FnOnce()) {
    /// Ends the threads also if the work panics.
    struct Busy<'b>(&'b AtomicBool);
    impl Drop for Busy<'_> {
        fn drop(&mut self) {
            self.0.store(false, Ordering::Relaxed);
        }
    }
    let busy = AtomicBool::new(true);
    let cores = thread::available_parallelism().map_or(2, Into::into);
    thread::scope(|scope| {
        let _ends = Busy(&busy);
        for _ in 0..2 * cores {
            scope.spawn(|| {
                while busy.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        work();
    });
}

/// A byte leaves COM1 when a thread of VirtualBox has fetched it, and that thread waits for a core like any other.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn paste_on_a_busy_host_loses_nothing() {
    let registry = Registry::empty();
    let machine = with_disk(&registry, "piix3");
    let mut running = machine.starts();
    on_a_busy_host(|| running.types(&lines(20_000)));
    running.types(b"still here\r");
    running.powers_off();
}

/// A reader that has stopped reading: the line is full, the program waits, and the screen stands still.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn reader_that_stops_loses_nothing() {
    let registry = Registry::empty();
    let machine = with_disk(&registry, "piix3");
    let mut running = machine.starts();
    running.unread(|running| {
        running.sends(&lines(800)[..800]);
        let mut last = (String::new(), 0);
        running.shows("the same for ten looks", |screen| {
            last = if screen == last.0 { (last.0.clone(), last.1 + 1) } else { (screen.into(), 1) };
            last.1 == 10
        });
    });
    running.types(b"still here\r");
    running.powers_off();
}

/// Presses at the prompt and in mid-line.
#[track_caller]
fn obeys_the_button(chipset: &str) {
    let registry = Registry::empty();
    let machine = with_disk(&registry, chipset);
    machine.starts().powers_off();
    let mut running = machine.starts();
    running.types(b"a line that is not ended");
    running.powers_off();
}

rows! {
    obeys_the_button;
    button_on_piix3: "piix3";
    button_on_ich9: "ich9";
}

/// A pipe that VirtualBox makes takes nothing until somebody connects: the program waits with the first byte on
/// the screen, keys wait with it, and a late client hears all of it.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn late_client_of_a_pipe_hears_all() {
    let registry = Registry::empty();
    let machine = with_disk(&registry, "piix3");
    let mut running = machine.starts_unheard();
    running.shows("the first letter of the banner", |screen| screen.starts_with('C'));
    running.presses_keys("keys\r");
    // Each look takes as long as a program that gives up would need for some letters more.
    for _ in 0..10 {
        assert_eq!(running.screen(), "C", "the screen, with nobody at the other end of the pipe");
    }
    running.connects();
    running.says_it();
    running.types(b"hello\r");
    running.powers_off();
}

/// While it waits, it sees the button.
#[track_caller]
fn obeys_the_button_unheard(chipset: &str) {
    let registry = Registry::empty();
    let machine = with_disk(&registry, chipset);
    let running = machine.starts_unheard();
    running.shows("the first letter of the banner", |screen| screen.starts_with('C'));
    running.powers_off();
}

rows! {
    obeys_the_button_unheard;
    button_while_nobody_is_connected: "piix3";
    button_while_nobody_is_connected_on_ich9: "ich9";
}

/// A client that leaves and comes back goes on where the machine is.
#[test]
#[ignore = "run by `make test-virtualbox`"]
fn client_of_a_pipe_comes_back() {
    let registry = Registry::empty();
    let machine = with_disk(&registry, "piix3");
    let mut running = machine.starts_unheard();
    running.shows("the first letter of the banner", |screen| screen.starts_with('C'));
    running.connects();
    running.types(b"hello\r");
    running.leaves();
    running.comes_back(b"again\r");
    running.powers_off();
}
