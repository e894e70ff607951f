//! `make gdb`, with commands instead of a person.

use std::process::Command;

use boot256_inspect::program::Program;

#[test]
fn gdb_stops_at_the_first_instruction_in_16_bit_mode_with_symbols() {
    let root = boot256_kit::root();
    let commands = [
        "stepi",
        "regs",
        "break boot256::line::Cursor::push_line_end",
        "info breakpoints",
        "tbreak *&repl",
        "continue",
        "regs",
        "here",
        "break boot256::line::Cursor::read",
        "continue",
        "info source",
        "backtrace 2",
    ];
    let flags: Vec<String> = commands.iter().map(|command| format!("-ex '{command}'")).collect();
    let output = Command::new("timeout")
        .args(["--kill-after=10", "180", "make", "--no-print-directory", "gdb"])
        .arg(format!("GDB_FLAGS=-nx -batch {}", flags.join(" ")))
        .current_dir(&root)
        // Not the flags and the job server of the make that runs the tests, nor a window.
        .env_remove("MAKEFLAGS")
        .env_remove("MFLAGS")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("timeout is part of coreutils");
    let said = String::from_utf8_lossy(&output.stdout);
    let version = Command::new("qemu-system-i386").arg("--version").output().map(|output| output.stdout);
    let context = format!(
        "{said}\n{}\n{:?}",
        String::from_utf8_lossy(&output.stderr),
        version.map(|text| String::from_utf8_lossy(&text).into_owned())
    );
    assert!(output.status.success(), "{context}");

    // The stop, and 16-bit code: in 32-bit mode this would be ESI, and the step would end elsewhere.
    let mut rest = &*said;
    for expected in [
        "0x00007c00 in entry ()",
        "CS:IP 0000:7C00",
        "=> 0x7c00 <entry>:\txor    si,si",
        "0x00007c02 in entry ()",
        "CS:IP 0000:7C02",
        "src/line.rs, line",
        "src/wait.rs:",
        // The start-up code has run: DH, and the stack at the top of the segment.
        "DX 03",
        "SS:SP 0000:0000  DS 0000",
        "<boot256::repl>:\t",
        "src/line.rs:",
        "Current source file is src/line.rs",
        "#0  boot256::line::Cursor::read",
        "#1  boot256::repl",
    ] {
        let Some(at) = rest.find(expected) else {
            panic!("no {expected:?} in what follows\n{rest}\n--- all\n{context}")
        };
        rest = &rest[at + expected.len()..];
    }
    let program = Program::read(&root.join("build/boot.elf")).unwrap();
    let repl = program.functions.iter().find(|function| function.name == "repl").unwrap();
    assert!(said.contains(&format!("CS:IP 0000:{:04X}", repl.address)), "{context}");
}
