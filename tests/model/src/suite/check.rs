//! What must be true at the end of every run: the contract, with the model of the editor as oracle.

use std::fmt::Write;

use anyhow::{Result, bail, ensure};
use boot256_facts::editor::Editor;
use boot256_facts::{ARM, SLEEP_TYPES, START};

use crate::board::console::RESET;
use crate::board::pm::Kind;
use crate::board::uart::UartFault;
use crate::board::{Source, pm};
use crate::engine::{Engine, Outcome};
use crate::profile::Video;
use crate::scenario::{Scenario, What};

/// Masks of both interrupt controllers at work: IRQ 1, 2, 4, 8 and 9 are open.
const MASKS: u16 = 0xFCE9;
/// DTR, RTS, OUT2.
const MCR: u8 = 0x0B;
/// PM1a_CNT with SLP_EN; SLP_TYP begins at bit 10.
const SLP_EN: u16 = 1 << 13;

/// Runs `scenario` and checks it.
pub fn run(engine: &mut Engine, scenario: &Scenario) -> Result<Outcome> {
    let outcome = engine.run(scenario)?;
    check(scenario, &outcome)?;
    Ok(outcome)
}

/// Checks `outcome` of `scenario`.
pub fn check(scenario: &Scenario, outcome: &Outcome) -> Result<()> {
    if let Some(violation) = &outcome.violation {
        bail!("{violation}");
    }
    input(outcome)?;
    waits(scenario, outcome)?;
    output(scenario, outcome)?;
    power(scenario, outcome)?;
    if !outcome.is_off {
        state(scenario, outcome)?;
    }
    Ok(())
}

/// Every byte and key is taken once and in order; up to the power-off, if there is one.
fn input(outcome: &Outcome) -> Result<()> {
    for source in [Source::Serial, Source::Key] {
        let of = |list: &[(Source, u8)]| -> Vec<u8> {
            list.iter().filter(|(from, _)| *from == source).map(|&(_, byte)| byte).collect()
        };
        let (offered, taken) = (of(&outcome.offered), of(&outcome.taken));
        let whole = if outcome.is_off { offered.starts_with(&taken) } else { offered == taken };
        ensure!(whole, "{source:?} input: sent {}, taken {}", text(&offered), text(&taken));
    }
    Ok(())
}

/// Where every interrupt reaches the processor, no byte and no press waits while it sleeps. (A key may,
/// until it is let go: its interrupt can come between the BIOS's look at the keyboard and CLI.)
fn waits(scenario: &Scenario, outcome: &Outcome) -> Result<()> {
    let profile = &scenario.profile;
    if profile.sci_wired && !profile.masks_unclaimed {
        let slept = outcome.waits.iter().find(|wait| wait.what != "key");
        ensure!(slept.is_none(), "it sleeps while something waits: {slept:?}");
    }
    Ok(())
}

/// Screen and COM1 each show what the model says, once.
fn output(scenario: &Scenario, outcome: &Outcome) -> Result<()> {
    let mut editor = Editor::new();
    let bytes: Vec<u8> = outcome.taken.iter().map(|&(_, byte)| byte).collect();
    let said = [START, &editor.feed_all(&bytes)].concat();
    let profile = &scenario.profile;
    // The console's late character goes out by the tick that waits at the start; its mode change
    // resets the terminal.
    let mut firmware = Vec::new();
    if profile.video == Video::SerialConsole {
        if scenario.entry.tick_due {
            firmware.push(b'#');
        }
        if scenario.uart == UartFault::None {
            firmware.extend(RESET);
        }
    }
    let com1 = match scenario.uart {
        UartFault::Absent | UartFault::Stuck => Vec::new(),
        UartFault::None | UartFault::StatusZero => [&firmware[..], &said].concat(),
    };
    if outcome.is_off {
        ensure!(
            said.starts_with(&outcome.screen),
            "screen {} is not the start of {}",
            text(&outcome.screen),
            text(&said)
        );
        ensure!(com1.starts_with(&outcome.com1), "COM1 {} is not the start of {}", text(&outcome.com1), text(&com1));
    } else {
        ensure!(outcome.screen == said, "screen {}, must be {}", text(&outcome.screen), text(&said));
        ensure!(outcome.com1 == com1, "COM1 {}, must be {}", text(&outcome.com1), text(&com1));
    }
    Ok(())
}

/// The block is armed, every press is answered by the contract's types and nothing else is ever written.
fn power(scenario: &Scenario, outcome: &Outcome) -> Result<()> {
    let profile = &scenario.profile;
    let presses = scenario.events.iter().filter(|event| event.what == What::Press).count();
    let off = SLEEP_TYPES.map(|kind| (4, SLP_EN | kind << 10));
    let Some(mut rest) = outcome.pm.strip_prefix(&ARM[..]) else {
        bail!("the block is not armed: {:04X?}", outcome.pm);
    };
    let mut answers = 0;
    while let Some(((offset, status), writes)) = rest.split_first() {
        ensure!(*offset == 0 && status & pm::PWRBTN != 0, "no press is taken back: {rest:04X?}");
        // INC makes bit 0 and what it carries into differ; no bit above the noise may be cleared.
        let kept = !(profile.sts_noise | 0x000F | pm::PWRBTN);
        ensure!(status & kept == 0, "other events are cleared: {status:04X}h");
        let count = writes.len().min(off.len());
        ensure!(writes[..count] == off[..count], "not SLP_TYP {SLEEP_TYPES:?}: {rest:04X?}");
        ensure!(
            count == off.len() || outcome.is_off && writes.len() == count,
            "not all of {SLEEP_TYPES:?}: {rest:04X?}"
        );
        rest = &writes[count..];
        answers += 1;
    }
    match profile.pm {
        Kind::Nothing => ensure!(answers == 0, "a power-off that nobody asked for"),
        // Before the start nobody has armed the button; a press that the start-up code clears is gone.
        Kind::Block => {
            ensure!(answers <= presses, "{answers} power-offs for {presses} presses");
            let must =
                presses > 0 && !scenario.events.iter().any(|event| event.what == What::Press && event.is_early());
            ensure!(answers > 0 || !must, "a press is not seen ({} met an unarmed button)", outcome.dropped);
        }
    }
    let must_be_off = answers > 0 && profile.pm == Kind::Block && profile.off.is_some();
    ensure!(outcome.is_off == must_be_off, "the machine is {}", if outcome.is_off { "off" } else { "still on" });
    Ok(())
}

/// What is open, on and stopped once the program waits.
fn state(scenario: &Scenario, outcome: &Outcome) -> Result<()> {
    let state = &outcome.state;
    let profile = &scenario.profile;
    let masks = if profile.masks_unclaimed { state.masks & !(1 << 4) } else { state.masks };
    ensure!(masks == MASKS, "interrupt masks {:04X}h, must be {MASKS:04X}h", state.masks);
    if scenario.uart != UartFault::Absent {
        ensure!(state.ier == 1 && state.mcr == MCR, "COM1's IER {:02X}h, MCR {:02X}h", state.ier, state.mcr);
    }
    ensure!(state.rtc_b & 0x10 != 0, "the clock gives no interrupt");
    ensure!(!state.timer_runs, "the timer runs");
    if profile.pm == Kind::Block && outcome.pm.len() == ARM.len() {
        ensure!(state.pm == (pm::PWRBTN, pm::SCI_EN), "PM1a_EN, PM1a_CNT are {:04X?}", state.pm);
    }
    Ok(())
}

fn text(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for (n, byte) in bytes.iter().enumerate() {
        if n == 200 {
            let _ = write!(text, "... {} bytes", bytes.len());
            break;
        }
        let _ = write!(text, "{}", byte.escape_ascii());
    }
    text + "\""
}
