//! The machine around the processor: devices, what happens to them, and the rules for the program.

pub mod console;
pub mod keyboard;
pub mod pic;
pub mod pm;
pub mod uart;

use std::collections::VecDeque;

use crate::platforms::{Int10, Irq9, Sci};
use crate::scenario::{At, Event, Scenario, What};
use console::Console;
use keyboard::{Keyboard, character, is_enhanced_only};
use pic::Pic;
use pm::Pm;
use uart::{BI, FE, Uart, UartFault};

/// Ticks between two updates of the clock: a second.
pub const SECOND: u64 = 1_000_000;
/// Ticks between two timer ticks.
pub const TIMER: u64 = 54_925;

/// Ports below this one belong to the devices of a PC.
const FREE_PORTS: u32 = 0x1000;

#[derive(Clone, Debug, Default)]
pub struct Board {
    pub scenario: Scenario,
    /// Ticks since the start.
    pub now: u64,
    pub instructions: u64,
    pub calls: u64,
    /// Ticks spent in HLT.
    pub halted: u64,
    pub pic: Pic,
    pub uart: Uart,
    pub pm: Pm,
    pub keyboard: Keyboard,
    pub console: Option<Console>,
    /// What INT 10h has printed.
    pub screen: Vec<u8>,
    pub modes: Vec<u8>,
    /// Serial bytes and keys in the order in which the program took them.
    pub taken: Vec<(Source, u8)>,
    /// Serial bytes and keys in the order in which they were sent and typed.
    pub offered: Vec<(Source, u8)>,
    pub violation: Option<String>,
    /// The 8254's counter 0 counts.
    pub timer_runs: bool,
    pub rtc_b: u8,
    /// Where there is no block: the port that the program takes for one.
    ghost: Option<u32>,
    rtc_index: u8,
    rtc_flag: bool,
    next_second: u64,
    next_timer: u64,
    ticks: VecDeque<(u64, What)>,
    steps: VecDeque<(u64, What)>,
    in_calls: VecDeque<(u64, What)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Serial,
    Key,
}

impl Board {
    pub fn new(scenario: &Scenario) -> Self {
        let profile = &scenario.profile;
        let (mut ticks, mut steps, mut in_calls) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        for &Event { at, what } in &scenario.events {
            match at {
                At::Tick(n) => ticks.push_back((n, what)),
                At::Instruction(n) => steps.push_back((n, what)),
                At::Call(n) => in_calls.push_back((n, what)),
            }
        }
        ticks.make_contiguous().sort_by_key(|&(tick, _)| tick);
        let mut pic = Pic::new(profile.masks, profile.level);
        if scenario.entry.tick_due {
            pic.request(0);
        }
        Self {
            scenario: scenario.clone(),
            pic,
            uart: Uart::new(scenario),
            pm: Pm::new(*profile, scenario.pressed_before),
            console: (profile.int10 == Int10::SerialConsole)
                .then_some(Console { enabled: true, late: scenario.entry.tick_due.then_some(b'#') }),
            timer_runs: true,
            rtc_b: 0x02,
            // The clock has been updated since the BIOS last looked.
            rtc_flag: true,
            next_second: SECOND,
            next_timer: TIMER,
            ticks,
            steps,
            in_calls,
            ..Self::default()
        }
    }

    /// A rule is broken; the first one counts.
    pub fn violate(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Byte(byte) => self.come(byte, 0),
            What::Break => self.come(0, FE | BI),
            What::Unframed(byte) => self.come(byte, FE),
            What::Overrun => self.uart.overrun(),
            What::KeyDown(key) => {
                self.offered.push((Source::Key, character(key) as u8));
                self.keyboard.say(Some(key));
            }
            What::KeyUp => self.keyboard.say(None),
            What::Press if self.scenario.dead_block => {}
            What::Press => self.pm.press(self.now, self.halted),
            What::Spurious(irq) => self.pic.request(irq),
        }
    }

    fn come(&mut self, byte: u8, errors: u8) {
        if self.uart.fault != UartFault::Absent {
            self.offered.push((Source::Serial, byte));
            self.uart.come(byte, errors);
        }
    }

    /// Lets happen what is due, and sets the interrupt lines.
    pub fn step(&mut self) {
        while let Some((_, what)) = self.ticks.pop_front_if(|(tick, _)| *tick <= self.now) {
            self.happen(what);
        }
        while let Some((_, what)) = self.steps.pop_front_if(|(n, _)| *n <= self.instructions) {
            self.happen(what);
        }
        self.uart.step(self.now, self.halted);
        self.pic.set_line(self.scenario.profile.com1_irq, self.uart.line(self.now));
        if self.keyboard.step() {
            self.pic.request(1);
        }
        if self.now >= self.next_second {
            self.next_second += SECOND;
            self.rtc_flag = true;
        }
        // UIE; the line stays up until register C is read.
        self.pic.set_line(8, self.rtc_flag && self.rtc_b & 0x10 != 0);
        if self.now >= self.next_timer {
            self.next_timer += TIMER;
            if self.timer_runs {
                self.pic.request(0);
            }
        }
        self.pic.set_line(9, self.pm.line());
    }

    fn interrupt(&mut self, irq: u8) {
        self.pic.acknowledge(irq);
        let platform = self.scenario.profile;
        match irq {
            0 => {
                if let Some(console) = &mut self.console {
                    if let Some(byte) = console.tick() {
                        self.now = self.uart.send_by_bios(byte, self.now);
                    }
                    while let Some((byte, halted)) = self.uart.take(self.now) {
                        if byte < 0x80 {
                            self.keyboard.push(u16::from(byte), halted);
                        }
                        self.uart.step(self.now, self.halted);
                    }
                }
            }
            1 => self.keyboard.interrupt(self.halted),
            // Register C is read: the line falls. PIE and AIE are bits 6 and 5 of register B.
            8 if !platform.clock_if_asked || self.rtc_b & 0x60 != 0 => self.rtc_flag = false,
            // As VirtualBox's: end the interrupt, and shut the line.
            3 | 4 | 5 | 7 | 10 | 11 | 15 if platform.shuts_unclaimed => self.pic.masks |= 1 << irq,
            9 if platform.irq9 == Irq9::EoiAndMask => self.pic.masks |= 1 << irq,
            _ => {}
        }
        if !(irq == 9 && platform.irq9 == Irq9::Iret) {
            self.pic.end(irq);
        }
        self.step();
    }

    /// Inside a BIOS call that lets interrupts in.
    pub fn in_call(&mut self) {
        let call = self.calls;
        self.calls += 1;
        if !self.scenario.profile.opens {
            return;
        }
        while let Some((_, what)) = self.in_calls.pop_front_if(|(n, _)| *n <= call) {
            self.happen(what);
        }
        self.step();
        self.interrupts();
    }

    pub fn interrupts(&mut self) {
        let mut count = 0;
        while let Some(irq) = self.pic.pending() {
            self.interrupt(irq);
            count += 1;
            if count > 1000 {
                return self.violate(format!("IRQ {irq} comes again and again: the program does not go on"));
            }
        }
    }

    /// When something happens next, if nothing else does; the clock's second at the latest.
    pub fn next_event(&self) -> u64 {
        let tick = self.ticks.front().map(|&(tick, _)| tick);
        let timer = self.timer_runs.then_some(self.next_timer);
        [tick, self.uart.next_event(), timer].into_iter().flatten().fold(self.next_second, u64::min).max(self.now + 1)
    }

    /// Is there nothing left to happen and nothing left to be read?
    pub fn is_quiet(&self) -> bool {
        self.nothing_left_to_happen()
            && !self.uart.has_input()
            && !self.keyboard.has_input()
            && self.pm.pressed.is_none()
    }

    /// Will time alone bring nothing but the clock?
    pub fn no_tick_to_come(&self) -> bool {
        self.ticks.is_empty()
    }

    pub fn nothing_left_to_happen(&self) -> bool {
        self.no_tick_to_come() && self.steps.is_empty() && self.in_calls.is_empty()
    }

    fn waited(&mut self, what: &'static str, since: u64) {
        let ticks = self.halted - since;
        // Where no SCI comes, a press waits for the clock's second.
        let by_clock = what == "button" && self.scenario.profile.sci == Sci::None;
        if ticks > if by_clock { SECOND } else { 0 } {
            self.violate(format!("it sleeps for {ticks} ticks while a {what} waits"));
        }
    }

    /// INT 16h, any function, throws away what it does not show: if the BIOS does so, the keys at the head of
    /// the ring that only an enhanced keyboard has.
    pub fn drop_enhanced_keys(&mut self) {
        let drops = self.scenario.profile.drops_enhanced;
        while drops && self.keyboard.peek().is_some_and(is_enhanced_only) {
            self.take_key(false);
        }
    }

    /// A key is taken, as function 00h gives it, or 10h, which is `enhanced`.
    pub fn take_key(&mut self, enhanced: bool) -> Option<u16> {
        let (raw, since) = self.keyboard.take()?;
        let key = if enhanced { raw } else { character(raw) };
        self.taken.push((Source::Key, key as u8));
        self.waited("key", since);
        Some(key)
    }

    pub fn input(&mut self, port: u32, size: usize) -> u32 {
        let base = self.scenario.profile.base.map(u32::from);
        match (port, size) {
            (0x3F8, 1) => match self.uart.fault {
                UartFault::Absent => 0xFF,
                _ => match self.uart.take(self.now) {
                    Some((byte, since)) => {
                        self.taken.push((Source::Serial, byte));
                        self.waited("byte", since);
                        self.uart_changed();
                        u32::from(byte)
                    }
                    None => {
                        self.violate("the receiver is read while it is empty".into());
                        0
                    }
                },
            },
            (0x3FA, 1) => u32::from(self.uart.iir(self.now)),
            (0x3FD, 1) => u32::from(self.uart.lsr(self.now)),
            (_, 2) if Some(port) == base && self.scenario.dead_block => 0xFFFF,
            (_, 2) if Some(port) == base => u32::from(self.pm.read(0)),
            (_, 2) if base.is_none() && port >= FREE_PORTS => 0xFFFF,
            _ => {
                self.violate(format!("IN of {} bits from port {port:04X}h", size * 8));
                u32::MAX
            }
        }
    }

    fn uart_changed(&mut self) {
        // The line falls when the receiver is empty, and rises again with the next byte: an edge.
        self.pic.set_line(self.scenario.profile.com1_irq, self.uart.line(self.now));
        self.step();
    }

    pub fn output(&mut self, port: u32, size: usize, value: u32) {
        let base = self.scenario.profile.base.map(u32::from);
        let offset = port.wrapping_sub(base.unwrap_or_default());
        match (port, size) {
            (0x3F8, 1) => self.transmit(value as u8),
            (0x3F9, 1) if self.uart.fault != UartFault::Absent => {
                self.uart.set_ier(value as u8);
                self.uart_changed();
            }
            (0x3FC, 1) if self.uart.fault != UartFault::Absent => {
                self.uart.mcr = value as u8;
                self.uart_changed();
            }
            (0x3FA, 1) if self.uart.fault != UartFault::Absent => self.set_fcr(value as u8),
            (0x3F9 | 0x3FA | 0x3FC, 1) => {}
            (0x21, 1) => self.pic.masks = self.pic.masks & 0xFF00 | value as u16,
            (0xA1, 1) => self.pic.masks = self.pic.masks & 0x00FF | (value as u16) << 8,
            (0x70, 1) => self.rtc_index = value as u8 & 0x7F,
            (0x71, 1) => match self.rtc_index {
                // The update interrupt, and the alarm's beside it if need be; 24 hours; the clock runs on, in BCD,
                // without daylight saving. Bit 3 is an output that no PC connects.
                0x0B if value & 0xD7 == 0x12 => {
                    self.rtc_b = value as u8;
                    self.step();
                }
                0x0B => self.violate(format!("{value:02X}h to the clock's register B")),
                index => self.violate(format!("the clock's register {index:02X}h is written")),
            },
            (0x43, 1) => match (value >> 6, value >> 4 & 3, value >> 1 & 7) {
                // Counter 0 in mode 1 or 5 waits for a trigger that no PC has; in any other mode it
                // waits for a count, and no count comes, but the output of some is an edge at once.
                (0, 1..=3, 1 | 5) => self.timer_runs = false,
                _ => self.violate(format!("{value:02X}h to the timer does not stop it")),
            },
            // Edge or level for IRQ 8 to 15. 8 and 13 are edges on every PC; the program opens 8 and 9, and makes
            // all of them edges.
            (0x4D1, 1) if value != 0 => self.violate(format!("{value:02X}h to the edge/level register")),
            (0x4D1, 1) if self.scenario.profile.elcr => self.pic.level &= 0x00FF,
            (0x4D1, 1) => {}
            (_, 2) if base.is_none() && port >= FREE_PORTS => {
                let ghost = *self.ghost.get_or_insert(port);
                self.pm.writes.push((port.wrapping_sub(ghost) as u16, value as u16));
            }
            (_, 2) if base.is_some() && matches!(offset, 0 | 2 | 4) && self.scenario.dead_block => {
                self.pm.writes.push((offset as u16, value as u16));
            }
            (_, 2) if base.is_some() && matches!(offset, 0 | 2 | 4) => {
                if offset == 0
                    && value as u16 & pm::PWRBTN != 0
                    && let Some((tick, since)) = self.pm.pressed.take()
                {
                    self.waited("button", since);
                    let passed = self.now - tick;
                    // The contract's 0.2 s while the line is shut; else the clock's second.
                    let most = if self.uart.is_shut(tick) { SECOND / 5 } else { SECOND + SECOND / 10 };
                    if passed > most {
                        self.violate(format!("a press has waited {passed} ticks"));
                    }
                }
                if offset == 2 && value as u16 & pm::PWRBTN != 0 && self.pic.level & 1 << 9 != 0 {
                    self.violate("the button is enabled while IRQ 9 is level-triggered".into());
                }
                self.pm.write(offset as u16, value as u16);
                self.step();
            }
            _ => self.violate(format!("OUT of {} bits to port {port:04X}h: {value:X}h", size * 8)),
        }
    }

    fn transmit(&mut self, byte: u8) {
        let uart = &self.uart;
        let is_first = uart.sent.len() == uart.sent_by_bios.len();
        if uart.fault != UartFault::Absent && is_first && (uart.lcr, uart.divisor) != (0x03, 12) {
            self.violate("COM1 is not at 9600 8N1 when the first byte goes out".into());
        }
        if !self.uart.send(byte, self.now) {
            self.violate("COM1 is written while it is busy".into());
        }
    }

    fn set_fcr(&mut self, value: u8) {
        let lost = self.uart.set_fcr(value).unwrap_or_else(|error| {
            self.violate(error.into());
            0
        });
        let serial = |&(source, _): &(Source, u8)| source == Source::Serial;
        let taken = self.taken.iter().copied().filter(serial).count();
        for _ in 0..lost {
            let place = self.offered.iter().enumerate().filter(|(_, from)| serial(from)).nth(taken);
            let place = place.map(|(place, _)| place).expect("what was received has been offered");
            self.offered.remove(place);
        }
        self.uart_changed();
    }
}
