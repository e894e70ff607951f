//! What the harness makes of what a machine says; the machine is [`fake`](crate::fake).

use std::panic::{AssertUnwindSafe, catch_unwind};

use boot256_facts::{CASES, RUB_OUT};

use super::*;
use crate::fake::{Far, monitor};

/// A machine that has said and shown its banner and its prompt.
fn started() -> (Vm, Far) {
    let (mut vm, far) = Far::new(&Machine::pc());
    far.says(START);
    far.shows(&[START]);
    vm.starts();
    (vm, far)
}

/// What `check` says when it fails, without a backtrace.
#[track_caller]
fn failure<T>(check: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(|| drop(check()))) {
        Ok(()) => panic!("it does not fail"),
        Err(payload) => match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
        },
    }
}

/// A case that has its keys, and whose keys put something out one by one.
fn case_with_keys() -> &'static Case {
    let echoes = |case: &&Case| {
        let mut editor = Editor::new();
        case.keys().is_some_and(|keys| {
            keys.iter().all(|key| boot256_facts::byte_of(key).is_some_and(|byte| !editor.feed(byte).is_empty()))
        })
    };
    CASES.iter().find(echoes).expect("a case with keys")
}

#[test]
fn a_machine_starts_with_its_banner_and_prompt_and_nothing_else() {
    let (vm, _far) = started();
    assert_eq!(vm.expected(), START);
    assert_eq!(vm.qemu_version(), "10.0.2 p");

    let (mut vm, far) = Far::new(&Machine::pc());
    far.says(&[b"x", START].concat());
    assert!(
        failure(|| vm.starts()).starts_with("COM1 does not say what it must byte for byte: 0 bytes of 13 are right")
    );
    let (mut vm, far) = Far::new(&Machine::pc());
    far.says(&[START, b"x"].concat());
    vm.hears(|said| said.ends_with(b"x"));
    assert!(failure(|| vm.starts()).contains("byte for byte: 13 bytes of 13 are right"));
    // It is over before all is said.
    let (mut vm, far) = Far::new(&Machine::pc());
    far.says(&START[..5]);
    far.closes_com1();
    let message = failure(|| vm.starts());
    assert!(message.contains("byte for byte: 5 bytes of 13 are right"), "{message}");
    assert!(message.ends_with(r"it says     `Clien`"), "{message}");
}

#[test]
fn a_firmware_with_a_console_may_speak_first() {
    for machine in [Machine::pc().graphics_off(), Machine::pc().nographic()] {
        let (mut vm, far) = Far::new(&machine);
        far.says(&[b"SeaBIOS\r\n", START].concat());
        far.shows(&[START]);
        vm.starts();
        assert_eq!(vm.firmware_said(), b"SeaBIOS\r\n");
        assert_eq!(vm.expected(), START);
        far.says(b"x");
        vm.hears(|said| said == [START, b"x"].concat());
        assert_eq!(vm.ends_unchecked(), [START, b"x"].concat());
        assert_eq!(far.commands().last().unwrap(), "quit");
    }
    let (mut vm, far) = Far::new(&Machine::pc().graphics_off());
    far.says(b"SeaBIOS\r\n");
    far.closes_com1();
    assert_eq!(failure(|| vm.starts()), "COM1 never says the banner and the prompt as they should be");
}

#[test]
fn a_machine_without_com1_starts_on_its_screen() {
    for machine in [Machine::pc().without_com1(), Machine::pc().without_com1().graphics_off()] {
        let (mut vm, far) = Far::new(&machine);
        // What is on the screen is looked at until it is right.
        far.shows(&[b"", b"Cl", b"Cl", START]);
        vm.starts();
        assert_eq!(far.state().screens, [START]);
        assert_eq!(failure(|| vm.types(b"a")), "a machine with COM1");
    }
}

#[test]
fn what_is_typed_must_be_answered_byte_by_byte() {
    let (mut vm, mut far) = started();
    far.says(b"ab\r\nba\r\n$ ");
    vm.types(b"ab\r");
    let mut typed = [0; 3];
    far.typed.read_exact(&mut typed).unwrap();
    assert_eq!(&typed, b"ab\r");
    assert_eq!(vm.com1().bytes(), [START, b"ab\r\nba\r\n$ "].concat());
    far.says(b"b");
    let message = failure(|| vm.types(b"a"));
    assert!(message.contains("byte for byte: 23 bytes of 24 are right, then\n  it must say `"), "{message}");
    assert!(
        message.ends_with(
            "it must say `entAPI\\r\\n$ ab\\r\\nba\\r\\n$ a`\n  it says     `entAPI\\r\\n$ ab\\r\\nba\\r\\n$ b`"
        ),
        "{message}"
    );
    // A writer of its own goes the same way.
    vm.com1_writer().write_all(b"z").unwrap();
    far.typed.read_exact(&mut typed[..2]).unwrap();
    assert_eq!(&typed[..2], b"az");
}

#[test]
fn a_fault_far_on_is_shown_with_what_is_around_it() {
    let (mut vm, far) = started();
    let line = "x".repeat(70);
    far.says(format!("{line}\r\n{}y", "x".repeat(69)).as_bytes());
    far.closes_com1();
    vm.answers(format!("{line}\r").as_bytes());
    let message = failure(|| vm.says_it());
    let around = |last: &str| format!("`{}{last}", "x".repeat(20));
    assert!(message.contains(" byte for byte: 154 bytes of "), "{message}"); // 13, 72 and 69
    assert!(message.contains(&around("x\\r\\n$ `")), "{message}");
    assert!(message.ends_with(&around("y`")), "{message}");
    // At most 60 bytes from the fault on.
    let (mut vm, far) = started();
    far.says(&[b'z'; 100]);
    vm.hears(|said| said.len() == START.len() + 100);
    let message = failure(|| vm.says_it());
    assert!(message.ends_with(&format!("$ {}`", "z".repeat(60))), "{message}");
}

#[test]
fn a_case_is_held_to_what_is_written_in_it() {
    let (mut vm, far) = started();
    let case = CASES.iter().find(|case| case.bytes() == b"hello\r").expect("a case of it");
    far.says(case.said);
    vm.holds(case);
    // The model and the case disagree.
    let wrong = Case { name: "wrong", said: b"x", ..*case };
    far.says(case.said);
    assert_eq!(failure(|| vm.holds(&wrong)), format!("wrong: `{}`, must be `x`", case.said.escape_ascii()));
}

#[test]
fn a_case_is_typed_on_the_keyboard_key_by_key() {
    let case = case_with_keys();
    let keys = case.keys().unwrap();
    let mut editor = Editor::new();
    let answers: Vec<Vec<u8>> =
        keys.iter().map(|key| editor.feed(boot256_facts::byte_of(key).expect("a byte"))).collect();
    let (mut vm, far) = started();
    far.state().on_keys = answers.into();
    vm.holds_on_keyboard(case);
    assert_eq!(far.commands(), vec!["send-key"; keys.len()]);
    assert_eq!(vm.expected(), [START, case.said].concat());

    let wrong = Case { name: "wrong", said: b"x", ..*case };
    let mut editor = Editor::new();
    far.state().on_keys = keys.iter().map(|key| editor.feed(boot256_facts::byte_of(key).expect("a byte"))).collect();
    assert!(failure(|| vm.holds_on_keyboard(&wrong)).starts_with("wrong: `"));
}

#[test]
fn keys_are_pressed_together_and_their_echo_is_waited_for() {
    let (mut vm, far) = started();
    far.state().on_keys = [b"a".to_vec(), b"?".to_vec(), RUB_OUT.to_vec(), vec![]].into();
    vm.types_on_keyboard("a?\x08");
    // A key that the BIOS makes no byte of: nothing comes, and nothing is waited for.
    vm.presses(&["f11"], None);
    assert_eq!(vm.expected(), [START, b"a?", RUB_OUT].concat());
    let keys = |names: &[&str]| {
        let keys: Vec<Value> = names.iter().map(|name| json!({ "type": "qcode", "data": name })).collect();
        ("send-key".to_owned(), json!({ "keys": keys, "hold-time": 1 }))
    };
    let pressed = [keys(&["a"]), keys(&["shift", "slash"]), keys(&["backspace"]), keys(&["f11"])];
    assert_eq!(far.state().commands, pressed);
    far.state().on_keys = [b"x".to_vec()].into();
    assert!(failure(|| vm.types_on_keyboard("b")).contains("byte for byte: 18 bytes of 19 are right"));
}

#[test]
fn what_is_answered_later_is_counted_now() {
    let (mut vm, far) = started();
    vm.answers(b"a\r");
    assert_eq!(vm.expected(), [START, b"a\r\na\r\n$ "].concat());
    far.says(b"a\r\na\r\n$ ");
    vm.says_it();
}

#[test]
fn a_machine_that_falls_silent_never_says_enough() {
    let (vm, far) = started();
    far.closes_com1();
    assert!(failure(|| vm.hears(|said| said.len() > START.len())).contains("COM1 never says enough"));
}

#[test]
fn the_screen_is_looked_at_until_it_is_right() {
    let (mut vm, far) = started();
    vm.answers(b"a");
    far.shows(&[START, START, &[START, b"a"].concat()]);
    vm.shows_it();
    assert_eq!(far.state().screens.len(), 1);
    assert_eq!(
        vm.screen().rows,
        [BANNER.as_bytes(), b"$ a"].map(<[u8]>::to_vec).into_iter().chain(vec![vec![]; 23]).collect::<Vec<_>>()
    );
}

#[test]
fn a_machine_goes_off_by_its_own_doing() {
    let (vm, far) = started();
    far.state().status = "shutdown";
    vm.powers_off();
    let commands = far.commands();
    assert_eq!(commands[0], "system_powerdown");
    assert_eq!(commands.last().unwrap(), "quit");

    let (mut vm, far) = started();
    far.state().reason = "host-qmp-quit";
    vm.presses_power_button();
    assert!(failure(|| vm.is_off()).contains("why the machine went off"));
}

#[test]
fn what_a_machine_leaves_is_checked_at_its_end() {
    // A machine that runs may still be drawing; one that is off shows what it shows.
    let (mut vm, far) = started();
    far.says(b"a");
    vm.types(b"a");
    far.shows(&[START, START, &[START, b"a"].concat()]);
    vm.ends();
    assert!(far.commands().contains(&"quit".into()));

    let (mut vm, far) = started();
    far.says(b"a");
    vm.types(b"a");
    far.state().status = "shutdown";
    assert!(failure(|| vm.ends()).starts_with(&format!("on the screen, not `{BANNER}")));

    let (vm, far) = started();
    far.shows(&[&[BANNER.as_bytes(), b"\r\n", START].concat()]);
    assert!(failure(|| vm.ends()).starts_with("the banner is there twice"));

    let (vm, far) = started();
    far.state().writes = 1;
    assert!(failure(|| vm.ends()).contains("writes to {"));

    let (vm, far) = started();
    far.says(b"x");
    let message = failure(|| vm.ends());
    assert!(message.contains("COM1 does not say what it must to the end: 13 bytes of 13 are right"), "{message}");
}

#[test]
fn without_a_screen_com1_is_all_there_is_to_check() {
    let (mut vm, far) = Far::new(&Machine::pc().without_vga());
    far.says(START);
    vm.starts();
    vm.ends();
    assert!(!far.commands().contains(&"human-monitor-command".into()));
}

#[test]
fn numbers_are_read_from_the_human_monitor() {
    let (mut vm, far) = started();
    let asks = |far: &Far| far.state().commands.pop().unwrap().1["command-line"].as_str().unwrap().to_owned();
    far.state().human = "portw[0x0604] = 0x2c01\r\n";
    assert_eq!((vm.port(0x604), asks(&far)), (0x2C01, "i /h 0x604".into()));
    far.state().human = "portb[0x0070] = 0x8b\r\n";
    assert_eq!((vm.byte_port(0x70), asks(&far)), (0x8B, "i /b 0x70".into()));
    far.state().human = "what?";
    assert_eq!(failure(|| vm.port(1)), "no value in \"what?\"");
    far.state().human = "0000000000000410: 0x26 0x07 0xff\r\n";
    assert_eq!((vm.memory(0x410, 3), asks(&far)), (vec![0x26, 0x07, 0xFF], "xp /3xb 0x410".into()));
    assert!(failure(|| vm.memory(0x410, 2)).contains("bytes of memory in"));
    far.state().human = "EFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\r\n";
    assert!(vm.is_halted());
    far.state().human = "EFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n";
    assert!(!vm.is_halted());
}

#[test]
fn interrupts_are_counted_by_the_lines_of_the_i8259() {
    let (mut vm, far) = started();
    far.state().human = "IRQ statistics for ioapic:\r\n 2: 9\r\nIRQ statistics for isa-i8259:\r\n 0: 5\r\n12: 34\r\nIRQ statistics for x:\r\n 3: 7\r\n";
    let mut counts = [0; 16];
    (counts[0], counts[12]) = (5, 34);
    assert_eq!(vm.irqs(), counts);
    far.state().human = "IRQ statistics for isa-i8259:\r\n 0: x\r\n";
    assert_eq!(failure(|| vm.irqs()), "no count in \" 0: x\"");
    far.state().human = "nothing";
    assert_eq!(failure(|| vm.irqs()), "no i8259 in \"nothing\"");
}

#[test]
fn what_the_machine_tells_nobody_is_asked_for_again_and_again() {
    let (mut vm, _far) = started();
    let mut asked = 0;
    vm.until("it is asked three times", |_| {
        asked += 1;
        asked == 3
    });
    assert_eq!(asked, 3);
}

#[test]
fn a_refused_command_fails_the_test() {
    let (mut vm, _far) = started();
    assert_eq!(failure(|| vm.run("nonsense", json!({}))), "QEMU refuses nonsense: \"no command nonsense\"");
    assert_eq!(vm.run("query-status", json!({}))["status"], "running");
}

#[test]
fn the_process_is_known_and_ends_with_the_machine() {
    let (vm, _far) = started();
    let stat = format!("/proc/{}/stat", vm.pid());
    assert!(std::fs::read_to_string(&stat).unwrap().contains("(cat)"));
    drop(vm);
    assert!(!std::path::Path::new(&stat).exists());
}

#[test]
fn the_end_of_the_process_is_waited_for() {
    let (mut vm, far) = started();
    drop(vm.process.child.stdin.take());
    far.closes_com1();
    vm.exits();
    // It has been waited for: the number is nobody's any more.
    assert!(vm.process.child.try_wait().unwrap().is_some());
    assert!(!std::path::Path::new(&format!("/proc/{}", vm.pid())).exists());
}

/// Its files close first, which ends COM1 and the monitor; what it was is known a moment later.
#[test]
fn a_process_that_is_about_to_end_is_waited_for() {
    let (mut vm, _far) = started();
    vm.qmp = monitor_that_is_gone();
    let stdin = vm.process.child.stdin.take();
    let closes = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50)); // the moment
        drop(stdin);
    });
    assert_eq!(vm.state(), "QEMU has ended by itself: exit status: 0");
    closes.join().unwrap();
}

#[test]
fn a_process_that_goes_on_is_not_waited_for_longer_than_told() {
    let (mut vm, _far) = started();
    let (begun, patience) = (Instant::now(), Duration::from_millis(5));
    assert_eq!(vm.process.ends(patience).unwrap(), None);
    assert!(begun.elapsed() >= patience, "it is over early");
}

#[test]
fn what_has_become_of_a_machine_is_told() {
    let (mut vm, far) = started();
    far.state().status = "shutdown";
    assert_eq!(vm.state(), "shutdown");
    // QEMU is gone, and then its process too.
    vm.qmp = monitor_that_is_gone();
    assert!(vm.state().starts_with("cannot send query-status to QEMU"), "{}", vm.state());
    drop(vm.process.child.stdin.take());
    vm.process.child.wait().unwrap();
    assert_eq!(vm.state(), "QEMU has ended by itself: exit status: 0");
}

fn monitor_that_is_gone() -> Qmp {
    let mut qmp = monitor(|_, _| panic!("it ends here"));
    assert!(qmp.execute("x", json!({}), deadline()).is_err());
    qmp
}

#[test]
fn a_process_shows_its_command_line_and_what_it_complained_of() {
    let (vm, _far) = started();
    assert_eq!(vm.process.to_string(), "qemu -x\na complaint\n");
}

#[test]
fn of_very_many_bytes_the_first_and_the_last_are_shown() {
    assert_eq!(shortened(b"a\r"), "a\\r");
    let all = [[b'a'; 2000], [b'b'; 2000]].concat();
    assert_eq!(shortened(&all).len(), 4000);
    let more = [&all[..2000], b"xyz", &all[2000..]].concat();
    assert_eq!(shortened(&more), format!("{}[... 3 bytes ...]{}", "a".repeat(2000), "b".repeat(2000)));
}

#[test]
fn of_very_many_lines_the_first_and_the_last_are_shown() {
    let lines: Vec<String> = (1..=41).map(|n| n.to_string()).collect();
    let all = listed(&lines[..40]);
    assert_eq!(all, lines[..40].iter().map(|line| format!("  {line}\n")).collect::<String>());
    let (head, tail) = ("  19\n  20\n", "  22\n  23\n");
    let shown = listed(&lines);
    assert!(shown.contains(&format!("{head}  [... 1 lines ...]\n{tail}")), "{shown}");
    assert_eq!(shown.lines().count(), 41);
    // A long line is cut, and never within a character.
    let cut = listed(&[format!("{}\u{e9}", "x".repeat(299))]);
    assert_eq!(cut, format!("  {}\n", "x".repeat(299)));
}
