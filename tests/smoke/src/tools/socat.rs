//! `socat`, as the scripts use it: between their standard files and a machine's COM1.
//!
//! Grammar: socat(1) of 1.8: two addresses; `-`, `UNIX-CONNECT:PATH`, `UNIX-LISTEN:PATH`, `EXEC:COMMAND` with
//! the options `pty` and `rawer`. With `-d -d` it says when it is connected.

use super::{Error, Given, refuses};
use crate::grammar::{Call, Command, Kind, Tool};
use crate::wire::Reply;
use crate::world::{Answer, Shared, State};

/// `socat`.
pub const SOCAT: Tool = Tool {
    name: "socat",
    before: &[("-d", &[])],
    commands: &[Command { words: &[], operands: &[Kind::Of(&["-"]), Kind::Text], options: &[], needs: &[] }],
};

/// Acts as `socat`.
///
/// # Errors
/// `socat`'s.
pub fn socat(_: &Shared, world: &mut State, call: &Call) -> Given {
    let address = call.operands[1].as_str();
    let machine = match address.split_once(':') {
        Some(("UNIX-LISTEN", path)) => return Ok(Answer::Listener(path.into())),
        Some(("UNIX-CONNECT", path)) => {
            path.strip_prefix("/var/run/qemu-server/").and_then(|rest| rest.strip_suffix(".serial0"))
        }
        Some(("EXEC", command)) => {
            command.strip_prefix("incus console ").and_then(|rest| rest.strip_suffix(",pty,rawer"))
        }
        _ => None,
    };
    let machine = machine.ok_or_else(|| Error::Nonsense(format!("socat: {address}")))?;
    if !world.has_serial() {
        return refuses(format!("socat: E connect({address}): No such file or directory"));
    }
    world.machine(machine)?;
    let mut reply = Reply::default();
    if call.options.get("-d").is_some_and(|twice| twice.len() >= 2) {
        reply.stderr = b"2026/11/26 03:00:00 socat[7] N starting data transfer loop with FDs [0,1] and [5,5]\n".into();
    }
    Ok(Answer::Line(machine.to_owned(), reply))
}
