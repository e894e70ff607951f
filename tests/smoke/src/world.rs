//! What the stand-ins act upon: machines, other things that a platform keeps, and the plan of what goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::guest::{Fault, Guest};
use crate::tools;
use crate::wire::{self, Reply};

/// What goes wrong, besides what the guest does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Well,
    /// The command of this number (the first is 0) is refused, and does nothing.
    Refuse(usize),
    /// The script gets this signal while the command of this number is at work; the command ends well.
    Interrupt(usize, Signal),
    /// The machine has no serial port.
    NoSerial,
    /// The command of this number never returns, and does nothing; the script gets a signal besides, if there
    /// is one here.
    Hang(usize, Option<Signal>),
}

/// How a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Off, and it was never on or went off by the button.
    Off,
    /// Off, by itself but in another way: a crash.
    Crashed,
    /// Started, and not yet at its first instruction.
    Paused,
    /// On.
    Running,
}

/// A machine.
#[derive(Debug)]
pub struct Machine {
    /// How it is.
    pub power: Power,
    /// What it was told, by tool and option.
    pub settings: BTreeMap<String, String>,
    /// All that it has said.
    pub said: Vec<u8>,
    guest: Guest,
    line: Option<OwnedFd>,
}

/// Everything that can be left behind.
#[derive(Debug)]
pub struct State {
    /// The machines, by the name or number that their platform gives.
    pub machines: BTreeMap<String, Machine>,
    /// Other things: images, disks, registrations.
    pub things: BTreeSet<String>,
    /// Disks that were given a UUID of their own.
    pub own_uuid: BTreeSet<String>,
    /// What has been imported, byte for byte.
    pub imported: Vec<u8>,
    /// Every command line.
    pub log: Vec<String>,
    /// Command lines that make no sense to their tool.
    pub nonsense: Vec<String>,
    /// Who is to be interrupted.
    pub script: Option<Pid>,
    /// The seconds that the script gives a step.
    pub patience: u32,
    fault: Fault,
    plan: Plan,
}

/// The state, shared by all that act upon it.
pub type Shared = Arc<Mutex<State>>;

/// Locks it, whatever became of who held it before.
pub fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whose COM1 a stand-in becomes.
#[derive(Debug)]
pub enum Answer {
    /// A reply, and that is all.
    Reply(Reply),
    /// The line of this machine.
    Line(String, Reply),
    /// Listens at this socket; the machine that is told of it comes.
    Listener(PathBuf),
    /// Nothing, for ever.
    Never,
}

impl State {
    /// An empty world.
    pub fn new(patience: u32, fault: Fault, plan: Plan) -> Shared {
        Arc::new(Mutex::new(Self {
            machines: BTreeMap::new(),
            things: BTreeSet::new(),
            own_uuid: BTreeSet::new(),
            imported: Vec::new(),
            log: Vec::new(),
            nonsense: Vec::new(),
            script: None,
            patience,
            fault,
            plan,
        }))
    }

    /// Makes a machine, which is off.
    pub fn make(&mut self, name: &str) -> &mut Machine {
        let machine = Machine {
            power: Power::Off,
            settings: BTreeMap::new(),
            said: Vec::new(),
            guest: Guest::new(self.fault),
            line: None,
        };
        self.machines.entry(name.to_owned()).or_insert(machine)
    }

    /// Takes the content of an image.
    pub fn import(&mut self, path: &str) {
        self.imported = fs::read(path).unwrap_or_default();
    }

    /// Does a machine have a serial port in this world?
    pub fn has_serial(&self) -> bool {
        self.plan != Plan::NoSerial
    }

    /// Presses the power button of a machine that is on. Does the platform take it for off now?
    pub fn press(&mut self, name: &str) -> bool {
        let power = if self.fault == Fault::Crashes { Power::Crashed } else { Power::Off };
        self.turn_off(name, power)
    }

    /// Cuts the power of a machine, by what should make it `power`. Does the platform take it for off now?
    pub fn turn_off(&mut self, name: &str, power: Power) -> bool {
        let fault = self.fault;
        let Some(machine) = self.machines.get_mut(name) else { return false };
        if machine.power != Power::Running {
            return true;
        }
        match fault {
            Fault::StaysOn => return false,
            Fault::OnlyLineEnds => machine.end(Power::Running),
            Fault::LineStays => machine.power = power,
            _ => machine.end(power),
        }
        true
    }
}

impl Machine {
    /// Sets it at its first instruction: what it says goes to who is on the line now.
    pub fn run(&mut self) {
        if self.power != Power::Running {
            self.power = Power::Running;
            let says = self.guest.start();
            self.say(&says);
        }
    }

    /// Cuts the power, or ends it in another way.
    pub fn end(&mut self, power: Power) {
        self.power = power;
        if let Some(line) = self.line.take() {
            // Whoever is gone already does not mind. A terminal ends by its last file.
            let _ = rustix::net::shutdown(&line, rustix::net::Shutdown::Both);
        }
    }

    /// Puts this file at its COM1.
    pub fn connect(&mut self, line: OwnedFd) {
        self.line = Some(line);
    }

    fn say(&mut self, bytes: &[u8]) {
        self.said.extend(bytes);
        if let Some(line) = &self.line {
            // Whoever has gone hears no more.
            let _ = rustix::io::write(line, bytes);
        }
    }

    fn hear(&mut self, byte: u8) {
        if self.power != Power::Running {
            return;
        }
        let act = self.guest.byte(byte);
        self.say(&act.says);
        if act.ends {
            self.end(Power::Crashed);
        }
    }
}

/// Carries what comes over `line` to the machine, until one of them ends.
pub fn listen(state: &Shared, name: &str, mut line: impl Read) {
    let mut buffer = [0; 64];
    while let Ok(n @ 1..) = line.read(&mut buffer) {
        let mut state = lock(state);
        let Some(machine) = state.machines.get_mut(name) else { break };
        buffer[..n].iter().for_each(|&byte| machine.hear(byte));
    }
}

/// Opens a pseudo-terminal at the machine's COM1 and gives its name.
pub fn terminal(state: &Shared, world: &mut State, name: &str) -> String {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let host = openpt(flags).expect("a pseudo-terminal");
    grantpt(&host).and_then(|()| unlockpt(&host)).expect("a pseudo-terminal");
    let path = ptsname(&host, Vec::new()).expect("its name").into_string().expect("ASCII");
    let machine = world.machines.get_mut(name).expect("the machine");
    machine.connect(host.try_clone().expect("a file"));
    let (state, name) = (state.clone(), name.to_owned());
    // Ends with the machine: a terminal's file cannot be shut down, so a look must find the machine gone.
    thread::spawn(move || pump_terminal(&state, &name, &host));
    path
}

/// Carries a terminal's bytes in until the machine is off. The terminal hangs up when this ends.
fn pump_terminal(state: &Shared, name: &str, host: &OwnedFd) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    loop {
        // Off, and nobody holds the other file of this terminal any more.
        if lock(state).machines.get(name).is_none_or(|machine| machine.line.is_none()) {
            return;
        }
        let tick = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
        let mut files = [PollFd::new(host, PollFlags::IN)];
        if !matches!(poll(&mut files, Some(&tick)), Ok(1..)) || !files[0].revents().contains(PollFlags::IN) {
            continue;
        }
        let mut buffer = [0; 64];
        let Ok(n) = rustix::io::read(host, &mut buffer) else { continue };
        for &byte in &buffer[..n] {
            if let Some(machine) = lock(state).machines.get_mut(name) {
                machine.hear(byte);
            }
        }
    }
}

/// Opens a TCP port at the machine's COM1, for one visitor.
///
/// # Errors
/// The port is taken.
pub fn open_port(state: &Shared, name: &str, port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let (state, name) = (state.clone(), name.to_owned());
    thread::spawn(move || {
        let Ok((visitor, _)) = listener.accept() else { return };
        if let Some(machine) = lock(&state).machines.get_mut(&name) {
            machine.connect(visitor.try_clone().expect("a file").into());
        }
        listen(&state, &name, visitor);
    });
    Ok(())
}

/// Connects the machine to the socket at `path`, as a client. Is anybody there?
pub fn call(state: &Shared, world: &mut State, name: &str, path: &str) -> bool {
    let Ok(socket) = UnixStream::connect(path) else { return false };
    let Some(machine) = world.machines.get_mut(name) else { return false };
    machine.connect(socket.try_clone().expect("a file").into());
    let (state, name) = (state.clone(), name.to_owned());
    thread::spawn(move || listen(&state, &name, socket));
    true
}

/// Serves the stand-ins that come to `listener`, each in a thread of its own, for ever.
pub fn serve(state: &Shared, listener: UnixListener) {
    let state = state.clone();
    thread::spawn(move || {
        for visitor in listener.incoming().flatten() {
            let state = state.clone();
            // An error is a stand-in that was killed.
            thread::spawn(move || drop(visit(&state, visitor)));
        }
    });
}

fn visit(state: &Shared, mut visitor: UnixStream) -> std::io::Result<()> {
    let words = wire::receive_words(&mut visitor)?;
    match decide(state, &words) {
        Answer::Reply(reply) => reply.send(&mut visitor),
        Answer::Line(name, reply) => {
            // Connected first: what the stand-in says to its user may be what the user waits for.
            let copy = visitor.try_clone()?;
            let is_on = match lock(state).machines.get_mut(&name) {
                Some(machine) if matches!(machine.power, Power::Running | Power::Paused) => {
                    machine.connect(copy.into());
                    true
                }
                _ => false,
            };
            Reply { line: true, ..reply }.send(&mut visitor)?;
            if !is_on {
                return visitor.shutdown(Shutdown::Both);
            }
            listen(state, &name, visitor);
            Ok(())
        }
        // Until it is killed.
        Answer::Never => visitor.read_exact(&mut [0]),
        Answer::Listener(path) => {
            let listener = UnixListener::bind(&path)?;
            Reply { line: true, ..Reply::default() }.send(&mut visitor)?;
            let (machine, _) = listener.accept()?;
            let (mut from, mut to) = (machine.try_clone()?, visitor.try_clone()?);
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
            let mut machine = machine;
            let _ = std::io::copy(&mut visitor, &mut machine);
            machine.flush()
        }
    }
}

/// Notes the command line, plays what is planned for it, and has the tool answer it.
fn decide(state: &Shared, words: &[String]) -> Answer {
    let mut world = lock(state);
    let number = world.log.len();
    world.log.push(words.join(" "));
    let complain =
        |text: &str| Answer::Reply(Reply { exit: 1, stderr: format!("{text}\n").into_bytes(), ..Reply::default() });
    match (world.plan, world.script) {
        (Plan::Refuse(at), _) if at == number => return complain("refused here"),
        (Plan::Hang(at, signal), Some(script)) if at == number => {
            // Gone already: then there is nothing to interrupt.
            let _ = signal.map(|signal| kill_process(script, signal));
            return Answer::Never;
        }
        _ => {}
    }
    let answer = match tools::answer(state, &mut world, &words[0], &words[1..]) {
        Ok(answer) => answer,
        Err(tools::Error::Nonsense(what)) => {
            world.nonsense.push(what.clone());
            complain(&what)
        }
        Err(tools::Error::Refused(why)) => complain(&why),
    };
    if let (Plan::Interrupt(at, signal), Some(script)) = (world.plan, world.script)
        && at == number
    {
        // Gone already: then there is nothing to interrupt.
        let _ = kill_process(script, signal);
    }
    answer
}
