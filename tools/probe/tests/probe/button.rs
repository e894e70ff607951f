//! The power button: monitors and commands, and what can be wrong with them.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use crate::fake::{self, Fault, Server};
use crate::run::probe;

#[test]
fn no_monitor() {
    let server = Server::with(Fault::None);
    let socket = server.socket.to_str().unwrap();
    let said = probe(["--serial", socket, "--power", "/nonexistent/qmp"]);
    said.fails(10, "cannot press the button by /nonexistent/qmp: No such file");
    server.end();
}

#[test]
fn a_power_command_that_fails() {
    let server = Server::with(Fault::None);
    let socket = server.socket.to_str().unwrap();
    probe(["--serial", socket, "--power-command", "exit 3"]).fails(10, "exit status: 3");
    server.end();
    let server = Server::with(Fault::None);
    let socket = server.socket.to_str().unwrap();
    let said = probe(["--serial", socket, "--power-command", "true", "--timeout", "0.5"]);
    said.fails(11, "the line does not end in time");
    server.end();
}

/// For lines that outlive their machines, and for a platform that knows why a machine went off.
#[test]
fn a_command_that_says_whether_it_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let third = format!("echo again >>{0}; test $(wc -l <{0}) = 3", count.display());
    for (press, off, exit, message) in [
        ("true", &*third, 0, ""),
        ("true", "echo crashed; exit 12", 12, "--off-command: exit status: 12: echo crashed; exit 12: crashed"),
        ("true", "echo running; false", 11, "not off in time: exit status: 1: echo running; false: running"),
        ("exit 11", "true", 11, "--power-command: exit status: 11"),
        ("exit 12", "true", 12, "--power-command: exit status: 12"),
    ] {
        let server = Server::with(Fault::None);
        let socket = server.socket.to_str().unwrap();
        let timeout = if exit == 0 { "60" } else { "1" };
        let said = probe(["--serial", socket, "--power-command", press, "--off-command", off, "--timeout", timeout]);
        if exit == 0 {
            said.is_ok(&["off"])
        } else {
            said.fails(exit, message)
        }
        server.end();
    }
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
        let guest = Server::of(|socket| drop(fake::talk(socket, Fault::None)));
        let qmp = Server::of(move |socket| {
            monitor(socket, |line| if line.contains("powerdown") { answer } else { "{\"return\": {}}\r\n" });
        });
        let (serial, power) = (guest.socket.to_str().unwrap(), qmp.socket.to_str().unwrap());
        let said = probe(["--serial", serial, "--power", power, "--timeout", "1"]);
        said.fails(exit, message);
        guest.end();
        qmp.end();
    }
}

#[test]
fn a_monitor_that_tells_of_the_end() {
    const OFF: &str = "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-shutdown\"}}\r\n";
    const OTHER: &str = "{\"event\": \"POWERDOWN\"}\r\n";
    const DONE: &str = "{\"return\": {}}\r\n";
    // Events come before the answer to the command, or after it, and others with them.
    for said in [[DONE, OTHER, OFF], [OTHER, DONE, OFF], [OFF, OTHER, DONE]].map(|parts| parts.concat()) {
        let guest = Server::of(|socket| drop(fake::talk(socket, Fault::None)));
        let said = &*said.leak();
        let qmp =
            Server::of(move |socket| monitor(socket, |line| if line.contains("powerdown") { said } else { DONE }));
        let (serial, power) = (guest.socket.to_str().unwrap(), qmp.socket.to_str().unwrap());
        probe(["--serial", serial, "--power", power]).is_ok(&["answer", "off"]);
        guest.end();
        qmp.end();
    }
}

#[test]
fn something_else_than_a_monitor() {
    for (greeting, message) in [("{}\r\n", "not a QMP greeting: {}"), ("", "the monitor is gone")] {
        let guest = Server::of(|socket| drop(fake::talk(socket, Fault::None)));
        let qmp = Server::of(move |mut socket| socket.write_all(greeting.as_bytes()).unwrap());
        let (serial, power) = (guest.socket.to_str().unwrap(), qmp.socket.to_str().unwrap());
        probe(["--serial", serial, "--power", power]).fails(10, message);
        guest.end();
        qmp.end();
    }
}
