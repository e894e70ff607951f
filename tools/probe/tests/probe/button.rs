//! The power button: monitors and commands, and what can be wrong with them.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use crate::guest::{RIGHT, Server};
use crate::{Said, probe};

/// Presses the button of a guest that does all as it should.
fn press(args: &[&str]) -> Said {
    let server = Server::with(RIGHT);
    let said = probe([&["--serial", server.path()], args].concat());
    server.end();
    said
}

#[test]
fn by_a_command() {
    let folder = tempfile::tempdir().unwrap();
    // True when it is asked the third time.
    let third = format!("echo again >>{0}; test $(wc -l <{0}) = 3", folder.path().join("count").display());
    press(&["--power-command", "true", "--off-command", &third]).is_ok(&["banner", "answer", "off"]);
    for (command, off, exit, message) in [
        ("echo why; exit 3", "true", 10, "--power-command: exit status: 3: echo why; exit 3: why"),
        ("exit 11", "true", 11, "--power-command: exit status: 11"),
        ("exit 12", "true", 12, "--power-command: exit status: 12"),
        ("true", "echo crashed; exit 12", 12, "--off-command: exit status: 12: echo crashed; exit 12: crashed"),
        ("true", "echo running; false", 11, "not off in time: exit status: 1: echo running; false: running"),
    ] {
        press(&["--power-command", command, "--off-command", off, "--timeout", "1"]).fails(exit, message);
    }
    press(&["--power-command", "true", "--timeout", "0.5"]).fails(11, "the line does not end in time");
}

/// A monitor that answers each command with what `answer` says.
fn monitor(mut socket: UnixStream, answer: impl Fn(&str) -> &'static str) {
    socket.write_all(b"{\"QMP\": {\"version\": {}}}\r\n").unwrap();
    for line in BufReader::new(socket.try_clone().unwrap()).lines() {
        let Ok(line) = line else { break };
        if socket.write_all(answer(&line).as_bytes()).is_err() {
            break;
        }
    }
}

/// A press by a monitor that answers it so.
fn by_monitor(answer: &'static str) -> Said {
    let qmp = Server::of(move |socket| {
        monitor(socket, |line| if line.contains("powerdown") { answer } else { "{\"return\": {}}\r\n" });
    });
    let said = press(&["--power", qmp.path(), "--timeout", "1"]);
    qmp.end();
    said
}

#[test]
fn a_monitor_that_tells_of_the_end() {
    const OFF: &str = "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-shutdown\"}}\r\n";
    const OTHER: &str = "{\"event\": \"POWERDOWN\"}\r\n";
    const DONE: &str = "{\"return\": {}}\r\n";
    // Events come before the answer to the command, or after it, and others with them.
    for said in [[DONE, OTHER, OFF], [OTHER, DONE, OFF], [OFF, OTHER, DONE]] {
        by_monitor(said.concat().leak()).is_ok(&["banner", "answer", "off"]);
    }
}

#[test]
fn monitors_that_tell_of_trouble() {
    for (answer, exit, message) in [
        ("{\"error\": {\"desc\": \"no button\"}}\r\n", 10, "system_powerdown: \"no button\""),
        ("gibberish\r\n", 10, "not JSON: \"gibberish\""),
        ("{\"return\": {}}\r\n", 11, "the button is pressed, but no SHUTDOWN event comes"),
        (
            "{\"return\": {}}\r\n{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"host-signal\"}}\r\n",
            12,
            "the machine went off by host-signal, not by itself",
        ),
        // The event may come before the answer, too.
        (
            "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"host-qmp-quit\"}}\r\n{\"return\": {}}\r\n",
            12,
            "host-qmp-quit",
        ),
    ] {
        by_monitor(answer).fails(exit, message);
    }
    let endless = "x".repeat(2 << 20);
    for (greeting, message) in [
        ("{}\r\n", "not a QMP greeting: {}"),
        ("", "the monitor is gone"),
        (endless.leak(), "the monitor has said more than 1048576 bytes"),
    ] {
        // An error is that nobody reads on.
        let qmp = Server::of(move |mut socket| drop(socket.write_all(greeting.as_bytes())));
        press(&["--power", qmp.path()]).fails(10, message);
        qmp.end();
    }
    press(&["--power", "/nonexistent/qmp"]).fails(10, "cannot press the button by /nonexistent/qmp: No such file");
}
