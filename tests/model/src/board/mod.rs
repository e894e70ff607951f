//! The machine around the processor: devices, what happens to them, and the rules for the program.

pub mod console;
pub mod keyboard;
pub mod pic;
pub mod pm;
pub mod uart;

use std::collections::VecDeque;

use crate::profile::Video;
use crate::scenario::{At, Event, Scenario, What};
use console::Console;
use keyboard::Keyboard;
use pic::Pic;
use pm::Pm;
use uart::{Uart, UartFault};

/// Ticks between two updates of the clock: a second.
pub const SECOND: u64 = 1_000_000;
/// Ticks between two timer ticks.
const TIMER: u64 = 54_925;

/// One thing that had to wait although the program slept: see [`Board::waits`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What waited.
    pub what: &'static str,
    /// Ticks for which the processor was halted meanwhile.
    pub ticks: u64,
}

/// The machine.
#[derive(Debug)]
pub struct Board {
    /// The run.
    pub scenario: Scenario,
    /// Ticks since the start.
    pub now: u64,
    /// Instructions since the start.
    pub instructions: u64,
    /// BIOS calls since the start.
    pub calls: u64,
    /// Ticks spent in HLT.
    pub halted: u64,
    /// Interrupt controllers.
    pub pic: Pic,
    /// COM1.
    pub uart: Uart,
    /// PM1a.
    pub pm: Pm,
    /// Keyboard.
    pub keyboard: Keyboard,
    /// Serial console, where there is one.
    pub console: Option<Console>,
    /// What INT 10h has printed.
    pub screen: Vec<u8>,
    /// Serial bytes and keys in the order in which the program took them.
    pub taken: Vec<(Source, u8)>,
    /// Serial bytes and keys in the order in which they were sent and typed.
    pub offered: Vec<(Source, u8)>,
    /// What waited while the program slept.
    pub waits: Vec<Wait>,
    /// The first broken rule.
    pub violation: Option<String>,
    /// The 8254's counter 0 counts.
    pub timer_runs: bool,
    /// The clock's register B.
    pub rtc_b: u8,
    /// Interrupts delivered, by line.
    pub delivered: [u64; 16],
    rtc_index: u8,
    rtc_flag: bool,
    next_second: u64,
    next_timer: u64,
    ticks: VecDeque<Event>,
    steps: VecDeque<Event>,
    in_calls: VecDeque<Event>,
}

/// A key as INT 16h AH=00h gives it: the grey keys' E0h, which is no character, becomes 0.
fn character(key: u16) -> u16 {
    if key & 0xFF == 0xE0 && key >> 8 != 0 { key & 0xFF00 } else { key }
}

/// Where an input byte came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// COM1.
    Serial,
    /// The keyboard.
    Key,
}

impl Board {
    /// The machine at the start of `scenario`.
    pub fn new(scenario: &Scenario) -> Self {
        let profile = &scenario.profile;
        let of = |wanted: fn(&At) -> bool| -> Vec<Event> {
            scenario.events.iter().filter(|event| wanted(&event.at)).copied().collect()
        };
        let mut ticks = of(|at| matches!(at, At::Tick(_)));
        ticks.sort_by_key(|event| match event.at {
            At::Tick(tick) => tick,
            _ => 0,
        });
        let mut uart = Uart::new(scenario.uart, profile.depth, scenario.gap, scenario.send, profile.needs_out2);
        uart.ier = profile.ier;
        let mut pic = Pic::new(profile.masks, if profile.sci_by_level { 1 << 9 } else { 0 });
        if scenario.entry.tick_due {
            pic.request(0);
        }
        Self {
            scenario: scenario.clone(),
            now: 0,
            instructions: 0,
            calls: 0,
            halted: 0,
            pic,
            uart,
            pm: Pm {
                kind: profile.pm,
                base: profile.base,
                off: profile.off,
                latches_always: profile.latches_always,
                needs_sci_en: profile.needs_sci_en,
                sts: profile.sts_noise | if scenario.pressed_before { pm::PWRBTN } else { 0 },
                en: 0,
                cnt: 0,
                writes: Vec::new(),
                is_off: false,
                dropped: 0,
                pressed: None,
            },
            keyboard: Keyboard::default(),
            console: (profile.video == Video::SerialConsole)
                .then_some(Console { enabled: true, late: scenario.entry.tick_due.then_some(b'#') }),
            screen: Vec::new(),
            taken: Vec::new(),
            offered: Vec::new(),
            waits: Vec::new(),
            violation: None,
            timer_runs: true,
            rtc_b: 0x02,
            delivered: [0; 16],
            rtc_index: 0,
            rtc_flag: false,
            next_second: SECOND,
            next_timer: TIMER,
            ticks: ticks.into(),
            steps: of(|at| matches!(at, At::Instruction(_))).into(),
            in_calls: of(|at| matches!(at, At::Call(_))).into(),
        }
    }

    /// A rule is broken; the first one counts.
    pub fn violate(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Byte(_) if self.uart.fault == UartFault::Absent => {}
            What::Byte(byte) => {
                self.offered.push((Source::Serial, byte));
                self.uart.wire.push_back(byte);
            }
            What::KeyDown(key) => {
                self.offered.push((Source::Key, character(key) as u8));
                self.keyboard.say(Some(key));
            }
            What::KeyUp => self.keyboard.say(None),
            What::Press => self.pm.press(self.now, self.halted),
            What::Spurious(irq) => self.pic.request(irq),
        }
    }

    /// Lets happen what is due, and sets the interrupt lines.
    pub fn step(&mut self) {
        while let Some(Event { at: At::Tick(tick), what }) = self.ticks.front().copied()
            && tick <= self.now
        {
            self.ticks.pop_front();
            self.happen(what);
        }
        while let Some(Event { at: At::Instruction(n), what }) = self.steps.front().copied()
            && n <= self.instructions
        {
            self.steps.pop_front();
            self.happen(what);
        }
        self.uart.step(self.now, self.halted);
        self.pic.set_line(4, self.uart.line());
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
        if self.scenario.profile.sci_wired {
            self.pic.set_line(9, self.pm.line());
        }
    }

    /// The BIOS's handler of `irq`.
    pub fn interrupt(&mut self, irq: u8) {
        self.pic.acknowledge(irq);
        self.delivered[usize::from(irq)] += 1;
        let profile = &self.scenario.profile;
        let (masks, without_eoi) = (profile.masks_unclaimed, profile.sci_without_eoi);
        match irq {
            0 => {
                if let Some(console) = &mut self.console {
                    if let Some(byte) = console.tick() {
                        self.uart.send_by_bios(byte);
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
            8 => self.rtc_flag = false,
            // As VirtualBox's: end the interrupt, and shut the line.
            3 | 4 | 5 | 7 | 10 | 11 | 15 if masks => self.pic.masks |= 1 << irq,
            // Level triggered, it would come again at once.
            9 if masks && profile.sci_by_level => self.pic.masks |= 1 << irq,
            _ => {}
        }
        if !(irq == 9 && without_eoi) {
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
        while let Some(Event { at: At::Call(n), what }) = self.in_calls.front().copied()
            && n <= call
        {
            self.in_calls.pop_front();
            self.happen(what);
        }
        self.step();
        let mut storm = 0;
        while let Some(irq) = self.pic.pending() {
            self.interrupt(irq);
            storm += 1;
            if storm > 1000 {
                return self.violate(format!("IRQ {irq} storms inside a BIOS call"));
            }
        }
    }

    /// When something happens next, if nothing else does; the clock's second at the latest.
    pub fn next_event(&self) -> u64 {
        let tick = self.ticks.front().map(|event| match event.at {
            At::Tick(tick) => tick,
            _ => 0,
        });
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

    /// Is there nothing left to happen?
    pub fn nothing_left_to_happen(&self) -> bool {
        self.no_tick_to_come() && self.steps.is_empty() && self.in_calls.is_empty()
    }

    fn waited(&mut self, what: &'static str, since: u64) {
        let ticks = self.halted - since;
        if ticks > SECOND {
            self.violate(format!("a {what} has waited for {ticks} ticks of sleep, more than a second"));
        }
        if ticks > 0 {
            self.waits.push(Wait { what, ticks });
        }
    }

    /// A key is taken by INT 16h AH=00h.
    pub fn take_key(&mut self) -> Option<u16> {
        let (key, since) = self.keyboard.take()?;
        let key = character(key);
        self.taken.push((Source::Key, key as u8));
        self.waited("key", since);
        Some(key)
    }

    /// IN.
    pub fn input(&mut self, port: u32, size: usize) -> u32 {
        let base = u32::from(self.pm.base);
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
            (0x3FA, 1) => u32::from(self.uart.iir()),
            (0x3FD, 1) => u32::from(self.uart.lsr(self.now)),
            (_, 2) if port == base => u32::from(self.pm.read(0)),
            _ => {
                self.violate(format!("IN of {} bits from port {port:04X}h", size * 8));
                u32::MAX
            }
        }
    }

    fn uart_changed(&mut self) {
        // The line falls when the receiver is empty, and rises again with the next byte: an edge.
        self.pic.set_line(4, self.uart.line());
        self.step();
    }

    /// OUT.
    pub fn output(&mut self, port: u32, size: usize, value: u32) {
        let offset = port.wrapping_sub(u32::from(self.pm.base));
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
            (0x3F9 | 0x3FC, 1) => {}
            (0x21, 1) => self.pic.masks = self.pic.masks & 0xFF00 | value as u16,
            (0xA1, 1) => self.pic.masks = self.pic.masks & 0x00FF | (value as u16) << 8,
            (0x70, 1) => self.rtc_index = value as u8 & 0x7F,
            (0x71, 1) => match self.rtc_index {
                0x0B => self.set_rtc_b(value as u8),
                index => self.violate(format!("the clock's register {index:02X}h is written")),
            },
            (0x43, 1) => match (value >> 6, value >> 4 & 3, value >> 1 & 7) {
                // Counter 0 in mode 1 or 5 waits for a trigger that no PC has; in any other mode it
                // waits for a count, and no count comes, but the output of some is an edge at once.
                (0, 1..=3, 1 | 5) => self.timer_runs = false,
                _ => self.violate(format!("{value:02X}h to the timer does not stop it")),
            },
            (_, 2) if offset < 5 && offset % 2 == 0 => {
                if offset == 0
                    && value as u16 & pm::PWRBTN != 0
                    && let Some((tick, since)) = self.pm.pressed.take()
                {
                    self.waited("button", since);
                    let passed = self.now - tick;
                    if passed > SECOND + SECOND / 10 {
                        self.violate(format!("a press has waited {passed} ticks"));
                    }
                }
                self.pm.write(offset as u16, value as u16);
                self.step();
            }
            _ => self.violate(format!("OUT of {} bits to port {port:04X}h: {value:X}h", size * 8)),
        }
    }

    fn transmit(&mut self, byte: u8) {
        if self.uart.fault == UartFault::None
            && self.uart.sent.is_empty()
            && (self.uart.lcr, self.uart.divisor) != (0x03, 12)
        {
            self.violate("COM1 is not at 9600 8N1 when the first byte goes out".into());
        }
        if !self.uart.send(byte, self.now) {
            self.violate("COM1 is written while it is busy".into());
        }
    }

    fn set_rtc_b(&mut self, value: u8) {
        // The update interrupt and 24 hours; no other interrupt, the clock runs on, in BCD, without
        // daylight saving. Bit 3 is an output that no PC connects.
        if value & 0xF7 != 0x12 {
            self.violate(format!("{value:02X}h to the clock's register B"));
        }
        self.rtc_b = value;
        self.step();
    }
}
