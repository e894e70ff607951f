//! What must be true at the end of every run: the contract, with the model of the editor as oracle.

use anyhow::{Result, bail, ensure};
use boot256_facts::editor::Editor;
use boot256_facts::{ARM, SLEEP_TYPES, START};

use crate::board::console::Console;
use crate::board::pm::{PWRBTN, RESERVED, SCI_EN, SLP_EN};
use crate::board::uart::UartFault;
use crate::board::{Board, Source};
use crate::platforms::Int10;
use crate::scenario::{Scenario, What};

/// Masks of both interrupt controllers at work: IRQ 1, 2, 3, 4, 8 and 9 are open. IRQ 12 may be.
const MASKS: u16 = 0xFCE1;
const MOUSE: u16 = 1 << 12; // IRQ 12
/// DTR, RTS, OUT2.
const MCR: u8 = 0x0B;
/// The bits of PM1a_CNT that mean nothing beside SLP_EN: SCI_EN, BM_RLD and two reserved ones. (GBL_RLS, bit 2, would
/// call the firmware.)
const NO_MATTER: u16 = 0x33;

pub fn check(scenario: &Scenario, board: &Board) -> Result<()> {
    if let Some(violation) = &board.violation {
        bail!("{violation}");
    }
    input(board)?;
    output(scenario, board)?;
    power(scenario, board)?;
    if !board.pm.is_off {
        state(scenario, board)?;
    }
    Ok(())
}

/// Every byte and key is taken once and in order; up to the power-off, if there is one.
fn input(board: &Board) -> Result<()> {
    for source in [Source::Serial, Source::Key] {
        let of = |list: &[(Source, u8)]| -> Vec<u8> {
            list.iter().filter(|(from, _)| *from == source).map(|&(_, byte)| byte).collect()
        };
        let (offered, taken) = (of(&board.offered), of(&board.taken));
        let whole = if board.pm.is_off { offered.starts_with(&taken) } else { offered == taken };
        ensure!(whole, "{source:?} input: sent {}, taken {}", offered.escape_ascii(), taken.escape_ascii());
    }
    Ok(())
}

/// Screen and COM1 each show what the model says, once.
fn output(scenario: &Scenario, board: &Board) -> Result<()> {
    let mut editor = Editor::new();
    let bytes: Vec<u8> = board.taken.iter().map(|&(_, byte)| byte).collect();
    let said = [START, &editor.feed_all(&bytes)].concat();
    let firmware = firmware(scenario, board)?;
    let com1 = match scenario.uart {
        UartFault::Absent => Vec::new(),
        UartFault::None | UartFault::Looks { .. } => [firmware, &said].concat(),
    };
    for (name, out, must) in [("the screen", &board.screen, &said), ("COM1", &board.uart.sent, &com1)] {
        let is_right = if board.pm.is_off { must.starts_with(out) } else { out == must };
        ensure!(is_right, "{name} shows {}, must be {}", out.escape_ascii(), must.escape_ascii());
    }
    Ok(())
}

/// What the BIOS has sent to COM1 itself: with a serial console the character that the tick sends, if one
/// waits, and the terminal's reset by the one call that quiets it. Where the line is shut, not all of it.
fn firmware<'a>(scenario: &Scenario, board: &'a Board) -> Result<&'a [u8]> {
    let sent = &board.uart.sent_by_bios[..];
    if scenario.profile.int10 != Int10::SerialConsole {
        ensure!(sent.is_empty(), "the BIOS sends {}", sent.escape_ascii());
        return Ok(sent);
    }
    let &[mode] = &board.modes[..] else { bail!("modes {:02X?} are set, and not one", board.modes) };
    let quiet = Console::default().set_mode(mode);
    let own = sent.strip_prefix(b"#").filter(|_| scenario.entry.tick_due).unwrap_or(sent);
    let whole = if scenario.stalls.is_empty() { own == quiet } else { quiet.starts_with(own) };
    ensure!(whole || scenario.uart == UartFault::Absent, "the BIOS sends {}", sent.escape_ascii());
    Ok(sent)
}

/// The block is armed, every press is answered by the contract's types and nothing else is ever written.
fn power(scenario: &Scenario, board: &Board) -> Result<()> {
    let profile = &scenario.profile;
    if profile.base.is_none() || scenario.dead_block {
        // Unused ports are armed as well; a power-off without a press is another thing.
        ensure!(board.pm.writes == ARM, "writes to a block that is not there: {:04X?}", board.pm.writes);
        ensure!(!board.pm.is_off, "off, and there is no switch");
        return Ok(());
    }
    let presses = scenario.events.iter().filter(|event| event.what == What::Press).count();
    let off = SLEEP_TYPES.map(|kind| (4, SLP_EN | kind << 10));
    let Some(mut rest) = board.pm.writes.strip_prefix(&ARM[..]) else {
        bail!("the block is not armed: {:04X?}", board.pm.writes);
    };
    let mut answers = 0;
    while let Some(((offset, status), writes)) = rest.split_first() {
        ensure!(*offset == 0 && status & PWRBTN != 0, "no press is taken back: {rest:04X?}");
        // INC makes bit 0 and what it carries into differ; no bit above the noise may be cleared.
        let kept = !(profile.status_noise | 0x000F | PWRBTN);
        ensure!(status & kept == 0, "other events are cleared: {status:04X}h");
        let count = writes.len().min(off.len());
        let told: Vec<_> = writes[..count].iter().map(|(offset, value)| (*offset, value & !NO_MATTER)).collect();
        ensure!(told == off[..count], "not SLP_TYP {SLEEP_TYPES:?}: {rest:04X?}");
        ensure!(
            count == off.len() || board.pm.is_off && writes.len() == count,
            "not all of {SLEEP_TYPES:?}: {rest:04X?}"
        );
        rest = &writes[count..];
        answers += 1;
    }
    // Before the start nobody has armed the button; a press that the start-up code clears is gone.
    ensure!(answers <= presses, "{answers} power-offs for {presses} presses");
    let must = presses > 0 && !scenario.events.iter().any(|event| event.what == What::Press && event.is_early());
    ensure!(answers > 0 || !must, "a press is not seen");
    let must_be_off = answers > 0 && !profile.off.is_empty();
    ensure!(board.pm.is_off == must_be_off, "the machine is {}", if board.pm.is_off { "off" } else { "still on" });
    Ok(())
}

/// What is open, on and stopped once the program waits.
fn state(scenario: &Scenario, board: &Board) -> Result<()> {
    let (profile, Board { pic, uart, pm, .. }) = (&scenario.profile, board);
    ensure!(pic.masks & !MOUSE == MASKS & !MOUSE, "interrupt masks {:04X}h, must be {MASKS:04X}h", pic.masks);
    if scenario.uart != UartFault::Absent {
        ensure!(uart.ier == 1 && uart.mcr == MCR, "COM1's IER {:02X}h, MCR {:02X}h", uart.ier, uart.mcr);
        // With a byte in the receiver the program may leave the FIFO off: to switch it on would lose the byte.
        let comes = |what| matches!(what, What::Byte(_) | What::Break | What::Unframed(_));
        let is_off = uart.fcr & 1 == 0 && profile.has_fifo;
        let may_be = scenario.events.iter().any(|event| comes(event.what) && event.is_early());
        ensure!(!is_off || may_be, "COM1's FIFO is off");
    }
    ensure!(board.rtc_b & 0x10 != 0, "the clock gives no interrupt");
    ensure!(!board.timer_runs, "the timer runs");
    if profile.base.is_some() && !scenario.dead_block && pm.writes.len() == ARM.len() {
        let is_armed = pm.en == PWRBTN && pm.cnt & !RESERVED == SCI_EN;
        ensure!(is_armed, "PM1a_EN, PM1a_CNT are {:04X?}", (pm.en, pm.cnt));
    }
    Ok(())
}
