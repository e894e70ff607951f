//! The tests that are written by hand: start, editing, profiles, faults.

use std::ops::Range;

use super::Case;
use crate::board::SECOND;
use crate::board::uart::UartFault;
use crate::platforms::{Clobbers, FlagAfter, Int10, PLATFORMS, Platform, Sci, get, pc};
use crate::scenario::{At, Entry, Scenario, What};

/// A letter's key: no scan code table is needed, the program looks at the character.
fn keys(text: &[u8]) -> Vec<u16> {
    text.iter().map(|&byte| 0x1E00 | u16::from(byte)).collect()
}

/// The contract's cases, and every input byte by itself and within a line, from either side.
pub fn editing() -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |name: &str, bytes: &[u8]| {
        let serial = Scenario::default().serial(500, 0, bytes).budget(400_000);
        all.push(Case::new(format!("{name}, COM1"), serial));
        let keyboard = Scenario::default().keys(500, 4000, &keys(bytes)).budget(400_000);
        all.push(Case::new(format!("{name}, keyboard"), keyboard));
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
    let base = Scenario::default().entry;
    let bytes = b"ok\r";
    let mut add = |name: String, profile: &Platform, entry: Entry| {
        let scenario = Scenario { entry, ..Scenario::on(profile) }.serial(500, 0, bytes);
        all.push(Case::new(name, scenario));
    };
    for entry_if in [false, true] {
        let profile = Platform { enters_with_if: entry_if, ..*pc() };
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
    let console = Platform { enters_with_if: false, ..*get("QEMU, Proxmox: pc, BIOS console on COM1") };
    add("a timer tick waits".into(), pc(), Entry { tick_due: true, ..base });
    add("a timer tick waits, serial console".into(), &console, Entry { tick_due: true, ..base });
    let shut = Platform { opens: false, ..console };
    add("a timer tick waits, no BIOS call opens".into(), &shut, Entry { tick_due: true, ..base });
    all
}

/// Every platform: typing from both sides, the button at the prompt, in mid-line and in a paste.
pub fn profiles() -> Vec<Case> {
    let mut all = Vec::new();
    for profile in &PLATFORMS {
        let typed = Scenario::on(profile)
            .serial(500, 0, b"hello\rab\x7fc\r\n")
            .keys(20_000, 4000, &keys(b"Key\x08board\r"))
            .serial(80_000, 700, b"slow\r\x80\xff\r")
            .budget(200_000);
        let mut add = |name: &str, scenario| all.push(Case::new(format!("{}: {name}", profile.name), scenario));
        add("typing", typed.clone());
        for (fifo_on, bytes) in [(false, &b"1"[..]), (false, b"1\r23\r"), (true, b"1"), (true, b"1\r23\r")] {
            let piped = Scenario::on(&Platform { fifo_on, ..*profile }).serial(0, 0, bytes);
            add(&format!("{} in COM1 before the start, FIFO on: {fifo_on}", bytes.escape_ascii()), piped);
        }
        if profile.button {
            let later = 3 * SECOND + 400_000;
            for (name, tick) in [("paste", 900), ("mid-line", 21_000), ("prompt", 200_000), ("seconds later", later)] {
                add(&format!("button, {name}"), typed.clone().press(tick));
            }
        }
        for (name, stalls) in shut_lines() {
            add(name, Scenario { stalls, ..typed.clone() }.budget(2_000_000));
        }
        if profile.button && !profile.off.is_empty() {
            for (name, from) in [("from the start", 0), ("in an echo", 700), ("in an answer", 80_000)] {
                let unread = typed.clone().stall(from, u64::MAX).press(100_000).budget(2_000_000);
                add(&format!("nobody reads {name}, button"), unread);
            }
        }
        for (name, at) in [("while IRQ 4 is served", 600), ("later", 30_000)] {
            let com1 = typed.clone().with(At::Tick(at), What::Spurious(profile.com1_irq));
            add(&format!("spurious IRQ of COM1 and 7 {name}"), com1.with(At::Tick(at), What::Spurious(7)));
        }
    }
    all
}

/// Readers of COM1 that stop fetching for a while, and one that connects late.
fn shut_lines() -> Vec<(&'static str, Vec<Range<u64>>)> {
    vec![
        ("who reads COM1 connects late", vec![Range { start: 0, end: 150_000 }]),
        ("who reads COM1 stalls in the banner, in echoes, in an answer", vec![300..900, 1200..9_000, 80_500..140_000]),
    ]
}

const CHIPS: [(&str, bool); 2] = [("8250", false), ("16550A", true)];

/// What is broken or missing.
pub fn faults() -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |name: String, scenario: Scenario| all.push(Case::new(name, scenario));
    let keyboard = |scenario: Scenario| scenario.keys(100_000, 4000, &keys(b"k\x08ey\r")).budget(200_000);
    let absent = Scenario { uart: UartFault::Absent, ..Scenario::default() };
    add("no UART: LSR FFh".into(), keyboard(absent.clone()));
    add("no UART, and the button".into(), keyboard(absent).press(150_000));
    // THRE never: the same as a line that nobody reads. The contract's button, at any time.
    for tick in [400, 1_000, 50_000, 300_000] {
        let scenario = keyboard(Scenario::default().stall(0, u64::MAX)).press(tick).budget(8_000_000);
        add(format!("THRE never, button at {tick}"), scenario.clone());
        let before = Scenario { pressed_before: true, ..scenario };
        add(format!("THRE never, PWRBTN_STS set before the start, button at {tick}"), before);
    }
    // A UART may be ready after any number of looks: where 8 and 16 bits end, and more.
    for looks in [1, 2, 3, 254, 255, 256, 257, 65_535, 65_536, 65_537, 140_000] {
        let uart = UartFault::Looks { looks, bytes: if looks < 1_000 { usize::MAX } else { 2 } };
        let scenario = Scenario { uart, ..Scenario::default() }.serial(500, 0, b"ab\r").budget(12_000_000);
        add(format!("THRE after {looks} looks"), scenario);
    }
    // A host that fetches each byte late, with FIFO and without; and a press meanwhile.
    for (chip, has_fifo) in CHIPS {
        let profile = Platform { has_fifo, ..*get("VirtualBox, PIIX3 chipset") };
        let slow = Scenario { send: 5_000, ..Scenario::on(&profile) }.serial(500, 0, b"late\r").budget(1_000_000);
        add(format!("{chip}: each byte is fetched after 5,000 ticks"), slow.clone());
        add(format!("{chip}: and the button"), slow.clone().press(20_000));
        for (name, stalls) in shut_lines() {
            add(format!("{chip}: {name}, each byte after 5,000 ticks"), Scenario { stalls, ..slow.clone() });
        }
    }
    let slow = Scenario { send: 100_000, ..Scenario::default() };
    add("each byte is sent in 100,000 ticks".into(), slow.serial(1_500_000, 0, b"a\r").budget(10_000_000));
    // What a receiver may say besides "here is a byte". 8N1 has no parity, so it never speaks of that.
    for (name, what) in [("a break", What::Break), ("no stop bit", What::Unframed(b'u')), ("an overrun", What::Overrun)]
    {
        for (chip, has_fifo) in CHIPS {
            let profile = Platform { has_fifo, ..*pc() };
            let typed = Scenario::on(&profile).serial(500, 0, b"abc").serial(5_000, 0, b"def\r");
            for (when, at) in [("before the start", 0), ("in a paste", 700), ("at the prompt", 4_000)] {
                add(format!("{chip}: {name} {when}"), typed.clone().with(At::Tick(at), what));
            }
            let shut = typed.clone().stall(600, 20_000).budget(200_000);
            add(format!("{chip}: {name} while the line is shut"), shut.with(At::Tick(900), what));
            // The receiver is empty, an answer goes out, and the line shuts: the error is all that LSR says.
            let answer = Scenario::on(&profile).serial(500, 0, b"\r").stall(510, 20_000).budget(200_000);
            add(format!("{chip}: {name} while an answer waits"), answer.with(At::Tick(900), what));
        }
    }
    // A key that one BIOS shows and another throws away.
    for drops_enhanced in [false, true] {
        let profile = Platform { drops_enhanced, ..*pc() };
        for (name, f11) in [("F11", &[0x8500][..]), ("F11, F12", &[0x8500, 0x8600]), ("Alt and a grey key", &[0x01F0])]
        {
            let alone = Scenario::on(&profile).keys(1_000, 400, f11);
            let then = alone.clone().serial(9_000, 0, b"still here\r").keys(20_000, 4_000, &keys(b"k\r"));
            add(format!("{name}, thrown away {drops_enhanced}: COM1 and keyboard go on"), then);
            add(format!("{name}, thrown away {drops_enhanced}: the button"), alone.press(50_000));
            let among = [&keys(b"a")[..], f11, &keys(b"b\r")].concat();
            add(
                format!("{name}, thrown away {drops_enhanced}: among others"),
                Scenario::on(&profile).keys(1_000, 10, &among),
            );
        }
    }
    // The button by the clock alone, under a BIOS of either habit.
    for clock_if_asked in [false, true] {
        let profile = Platform { sci: Sci::None, clock_if_asked, ..*pc() };
        for tick in [900_000, 2_500_000, 7_999_999] {
            add(
                format!("no SCI, INT 70h wants PIE {clock_if_asked}: button at {tick}"),
                Scenario::on(&profile).press(tick),
            );
        }
    }
    for profile in &PLATFORMS {
        let scenario = Scenario { pressed_before: true, ..Scenario::on(profile) };
        if profile.base.is_some() {
            add(format!("{}: PWRBTN_STS set before the start", profile.name), scenario.serial(500, 0, b"on\r"));
        }
    }
    // The block is at a multiple of 64 ports, any.
    for base in [0x0440, 0x0480, 0x04C0, 0x1000, 0xFF40] {
        for id in ["QEMU, Proxmox: pc", "QEMU, Proxmox: q35"] {
            let profile = Platform { base: Some(base), ..*get(id) };
            add(format!("{}, block at {base:04X}h", profile.name), Scenario::on(&profile).press(2_000));
        }
    }
    for video_bios in [0xC000, 0xC800, 0xE000] {
        let scenario = Scenario { video_bios, ..Scenario::default() }.serial(500, 0, b"seen\r");
        add(format!("video BIOS at {video_bios:04X}h"), scenario);
    }
    let gone = Scenario { dead_block: true, ..Scenario::default() };
    add("PM1a reads FFFFh".into(), keyboard(gone.clone()).serial(500, 0, b"serial\r"));
    add("PM1a reads FFFFh, and the line is shut".into(), keyboard(gone).stall(0, 50_000).serial(500, 0, b"serial\r"));
    let extended = [0x3B00, 0x48E0, 0x1E61, 0x53E0, 0x8500, 0x1C0D, 0x0000, 0x00E0, 0x1C0A];
    add("keys without a character".into(), Scenario::default().keys(500, 4000, &extended));
    for flag_after in [FlagAfter::Kept, FlagAfter::Off, FlagAfter::On] {
        for clobbers in [Clobbers::Results, Clobbers::Rombios, Clobbers::All] {
            for opens in [false, true] {
                for int10 in [Int10::Card, Int10::SerialConsole, Int10::System] {
                    let profile = Platform { flag_after, clobbers, opens, int10, ..*pc() };
                    let scenario =
                        keyboard(Scenario::on(&profile)).serial(500, 0, b"serial\x7f\r").serial(300_000, 500, b"x\r");
                    add(format!("BIOS {int10:?}: IF {flag_after:?}, clobbers {clobbers:?}, opens {opens}"), scenario);
                }
            }
        }
    }
    // A transmitter from instant to slow, a receiver from instant to slow.
    for send in [0, 1, 7, 40, 1000] {
        for gap in [0, 1, 13, 200, 2000] {
            let scenario =
                Scenario { send, gap, ..Scenario::default() }.serial(500, 0, b"fast and slow\r\x08q\r").budget(400_000);
            add(format!("byte sent in {send} ticks, next received after {gap}"), scenario);
        }
    }
    all
}
