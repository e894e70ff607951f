//! `make gdb`, with commands instead of a person.

use std::process::Command;

#[test]
fn gdb_stops_at_the_first_instruction_in_16_bit_mode_with_symbols() {
    let commands = [
        "stepi",
        "regs",
        "tbreak *&repl",
        "continue",
        "regs",
        "here",
        "break boot256::line::Cursor::read",
        "continue",
        "backtrace 2",
    ];
    let flags: Vec<String> = commands.iter().map(|command| format!("-ex '{command}'")).collect();
    let output = Command::new("timeout")
        .args(["--kill-after=10", "180", "make", "--no-print-directory", "gdb"])
        .arg(format!("GDB_FLAGS=-nx -batch {}", flags.join(" ")))
        .current_dir(boot256_kit::root())
        // Not the flags and the job server of the make that runs the tests, nor a window.
        .env_remove("MAKEFLAGS")
        .env_remove("MFLAGS")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("timeout is part of coreutils");
    let said = String::from_utf8_lossy(&output.stdout);
    let context = format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{context}");

    // The stop, and 16-bit code: in 32-bit mode the step would end elsewhere.
    let mut rest = &*said;
    for expected in [
        "0x00007c00 in entry ()",
        "CS:IP 0000:7C00",
        "=> 0x7c00 <entry>:\t",
        "0x00007c02 in entry ()",
        "CS:IP 0000:7C02",
        // The start-up code has run: the stack is at the top of the segment.
        "SS:SP 0000:0000  DS 0000",
        "<boot256::repl>:\t",
        "#0  boot256::line::Cursor::read",
        "#1  boot256::repl",
    ] {
        let Some(at) = rest.find(expected) else {
            panic!("no {expected:?} in what follows\n{rest}\n--- all\n{context}")
        };
        rest = &rest[at + expected.len()..];
    }
}
