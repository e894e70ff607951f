//! Stands for the tool by whose name it is called: hands its command line to the world of the test and does
//! what that says.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::{env, thread};

use boot256_smoke_tests::wire::{self, Reply};

fn main() -> io::Result<ExitCode> {
    let mut words: Vec<String> = env::args().collect();
    words[0] = Path::new(&words[0]).file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    // What openstack takes from its environment as well.
    if words[0] == "openstack"
        && words[1..].starts_with(&["server".into(), "create".into()])
        && let Ok(version) = env::var("OS_COMPUTE_API_VERSION")
    {
        words.push(format!("--os-compute-api-version={version}"));
    }
    let world = env::var_os(wire::WORLD).ok_or_else(|| io::Error::other("a stand-in lives in a test only"))?;
    let mut socket = UnixStream::connect(world)?;
    wire::send_words(&mut socket, &words)?;
    let reply = Reply::receive(&mut socket)?;
    io::stdout().write_all(&reply.stdout)?;
    io::stderr().write_all(&reply.stderr)?;
    if !reply.line {
        return Ok(ExitCode::from(reply.exit));
    }
    let mut to = socket.try_clone()?;
    // It ends with the process: a script holds its side open for ever.
    thread::spawn(move || {
        // The script's end, or the machine's.
        let _ = carry(io::stdin().lock(), &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    carry(socket, io::stdout())?;
    Ok(ExitCode::from(reply.exit))
}

/// Byte by byte, each at once.
fn carry(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            n => to.write_all(&buffer[..n]).and_then(|()| to.flush())?,
        }
    }
}
