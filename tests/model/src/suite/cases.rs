//! The tests that are written by hand: start, editing, profiles, faults.

use super::Case;
use crate::board::SECOND;
use crate::board::uart::UartFault;
use crate::profile::{self, Clobber, Iret, Kind, Profile, QEMU_PC, Video};
use crate::scenario::{At, Entry, Scenario, What};

/// A letter's key: no scan code table is needed, the program looks at the character.
fn keys(text: &[u8]) -> Vec<u16> {
    text.iter().map(|&byte| 0x1E00 | u16::from(byte)).collect()
}

/// The contract's cases, and every input byte by itself and in the midst of a line, from either side.
pub fn editing() -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |name: &str, bytes: &[u8]| {
        let serial = Scenario::new().serial(500, 0, bytes).budget(400_000);
        all.push(Case::new("editing", format!("{name}, COM1"), serial));
        let keyboard = Scenario::new().keys(500, 4000, &keys(bytes)).budget(400_000);
        all.push(Case::new("editing", format!("{name}, keyboard"), keyboard));
    };
    for case in boot256_facts::CASES {
        add(case.name, &case.bytes());
    }
    let every: Vec<u8> = (0..=255).flat_map(|byte| [byte, b'.', byte, b'\r']).collect();
    add("every byte", &every);
    all
}

/// However the firmware enters.
pub fn start() -> Vec<Case> {
    let mut all = Vec::new();
    let base = Scenario::new().entry;
    let bytes = b"ok\r";
    let mut add = |name: String, profile: &Profile, entry: Entry| {
        let scenario = Scenario { entry, ..Scenario::on(profile) }.serial(500, 0, bytes);
        all.push(Case::new("start", name, scenario));
    };
    for entry_if in [false, true] {
        let profile = Profile { entry_if, ..QEMU_PC };
        // CF, PF, AF, ZF, SF, DF, OF: all 128 combinations.
        for bits in 0..128u16 {
            let place = [0, 2, 4, 6, 7, 10, 11];
            let flags = place.iter().enumerate().map(|(n, at)| (bits >> n & 1) << at).sum::<u16>() | 2;
            add(format!("flags {flags:04X}h, IF {}", u8::from(entry_if)), &profile, Entry { flags, ..base });
        }
        for cs in [0, 0x07C0] {
            for ds in [0, 0x07C0, 0xF000, 0xFFFF] {
                for (ss, sp) in [(0, 0x6F04), (0, 0xFFD6), (0, 0x0400), (0x9000, 0), (0x9FC0, 0xFFFF), (0xFFFF, 0x0001)]
                {
                    for registers in [0, 0xFFFF_FFFF, 0x5A5A_A5A5] {
                        let entry = Entry { cs, ds, es: !ds, ss, sp, registers, ..base };
                        let name =
                            format!("CS {cs:04X} DS {ds:04X} SS:SP {ss:04X}:{sp:04X} {registers:08X} IF {entry_if}");
                        add(name, &profile, entry);
                    }
                }
            }
        }
    }
    let console = Profile { video: Video::SerialConsole, entry_if: false, ..QEMU_PC };
    add("a timer tick waits".into(), &QEMU_PC, Entry { tick_due: true, ..base });
    add("a timer tick waits, serial console".into(), &console, Entry { tick_due: true, ..base });
    // Where no BIOS call lets it in, the program itself must, before it shuts the tick out.
    let shut = Profile { opens: false, ..console };
    add("a timer tick waits, no BIOS call opens".into(), &shut, Entry { tick_due: true, ..base });
    all
}

/// Every platform: typing from both sides, the button at the prompt, in mid-line and in a paste.
pub fn profiles() -> Vec<Case> {
    let mut all = Vec::new();
    for profile in profile::all() {
        let typed = Scenario::on(&profile)
            .serial(500, 0, b"hello\rab\x7fc\r\n")
            .keys(20_000, 4000, &keys(b"Key\x08board\r"))
            .serial(80_000, 700, b"slow\r\x80\xff\r")
            .budget(200_000);
        all.push(Case::new("profiles", format!("{}: typing", profile.name), typed.clone()));
        if profile.has_button && profile.pm == Kind::Block {
            for (name, tick) in [("in a paste", 900), ("in mid-line", 21_000), ("at the prompt", 200_000)] {
                let pressed = typed.clone().press(tick);
                all.push(Case::new("profiles", format!("{}: button {name}", profile.name), pressed));
            }
            let later = typed.clone().press(3 * SECOND + 400_000);
            all.push(Case::new("profiles", format!("{}: button after seconds", profile.name), later));
        }
        for (name, at) in [("while IRQ 4 is served", 600), ("later", 30_000)] {
            let spurious = typed.clone().with(At::Tick(at), What::Spurious(4)).with(At::Tick(at), What::Spurious(7));
            all.push(Case::new("profiles", format!("{}: spurious IRQ 4 and 7 {name}", profile.name), spurious));
        }
    }
    all
}

/// What is broken or missing. The slow ones wait for a transmitter, 65,536 looks a byte.
pub fn faults(with_slow: bool) -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |name: String, scenario: Scenario| all.push(Case::new("faults", name, scenario));
    let keyboard = |scenario: Scenario| scenario.keys(100_000, 4000, &keys(b"k\x08ey\r")).budget(200_000);
    let absent = Scenario { uart: UartFault::Absent, ..Scenario::new() };
    add("no UART: LSR FFh".into(), keyboard(absent.clone()));
    add("no UART, and the button".into(), keyboard(absent).press(150_000));
    if with_slow {
        for (name, uart) in [("stuck transmitter: THRE never", UartFault::Stuck), ("LSR 00h", UartFault::StatusZero)] {
            let wait = 3 * 65_536 * 50;
            let scenario = Scenario { uart, ..Scenario::new() }.serial(wait, 0, b"a\r");
            let scenario = scenario.keys(2 * wait, 4000, &keys(b"k\r")).budget(20_000_000);
            add(name.into(), scenario.clone());
            add(format!("{name}, and the button"), scenario.press(3 * wait));
        }
    }
    for profile in profile::all() {
        let scenario = Scenario { pressed_before: true, ..Scenario::on(&profile) };
        if profile.pm == Kind::Block {
            add(format!("{}: PWRBTN_STS set before the start", profile.name), scenario.serial(500, 0, b"on\r"));
        }
    }
    let gone = Profile { pm: Kind::Nothing, has_button: false, off: None, ..QEMU_PC };
    add("PM1a reads FFFFh".into(), keyboard(Scenario::on(&gone)).serial(500, 0, b"serial\r"));
    let extended = [0x3B00, 0x48E0, 0x1E61, 0x53E0, 0x8500, 0x1C0D, 0x0000, 0x00E0, 0x1C0A];
    add("keys without a character".into(), Scenario::new().keys(500, 4000, &extended));
    for iret in [Iret::Keep, Iret::Clear, Iret::Set] {
        for clobber in [Clobber::Results, Clobber::Rombios, Clobber::All] {
            for opens in [false, true] {
                for video in [Video::Card, Video::SerialConsole, Video::System] {
                    let profile = Profile { iret, clobber, opens, video, ..QEMU_PC };
                    let scenario =
                        keyboard(Scenario::on(&profile)).serial(500, 0, b"serial\x7f\r").serial(300_000, 500, b"x\r");
                    add(format!("BIOS {video:?}: IRET {iret:?}, clobbers {clobber:?}, opens {opens}"), scenario);
                }
            }
        }
    }
    // Just within what the program waits for: 65,536 looks of three instructions.
    let slow = Scenario { send: 150_000, ..Scenario::new() };
    add("byte sent in 150,000 ticks".into(), slow.serial(4_000_000, 0, b"a\r").budget(8_000_000));
    // A transmitter from instant to slow, a receiver from instant to slow.
    for send in [0, 1, 7, 40, 1000] {
        for gap in [0, 1, 13, 200, 2000] {
            let scenario =
                Scenario { send, gap, ..Scenario::new() }.serial(500, 0, b"fast and slow\r\x08q\r").budget(400_000);
            add(format!("byte sent in {send} ticks, next received after {gap}"), scenario);
        }
    }
    all
}
