//! From the first instruction to the first byte printed: code that runs once, and is then room for the
//! typed line (see [`crate::line`]).

use core::arch::naked_asm;

use crate::{bios, idle, pm, uart};

// What the start-up code takes from a register that happens to hold it.
const _: () = assert!(pm::SCI_EN == uart::ERBFI as u16);
const _: () = assert!(idle::RTC_B == uart::DTR | uart::RTS | uart::OUT2 && idle::RTC_B & idle::IRQ0 != 0);
const _: () = assert!(idle::RTC_B > bios::VIDEO_LAST_TEXT_MODE);
const _: () = assert!((idle::RTC_UIE | idle::RTC_24_HOURS) >> 1 & idle::PIT_MODES == idle::PIT_MODE_1);

/// The program's first byte. Falls into [`crate::repl`], its arguments in CX and DX.
///
/// In: nothing; any CS (0000h and 07C0h are met), any registers, flags and stack. Dies: all.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.start")]
extern "C" fn entry() {
    naked_asm!(
        // The text, to be read downwards, comes after 4 bytes: `line.rs` counts on that. SI is 0 from
        // here to the end.
        "xor si, si",
        "jmp 2f",
        ".ascii \" $\\n\\r\"",
        ".ascii \"IPAtneilC\"",
        "2:",
        "cld",
        "mov ds, si",
        "mov ss, si",
        "mov sp, si",
        // A timer tick that is due comes now and not in the midst of the banner: SeaBIOS's serial
        // console sends the last of its own output then.
        "sti",
        // COM1: BIOS port 0. AH is 0, so CWD makes DX 0 in 1 byte.
        "mov ax, {init}",
        "cwd",
        "int {serial}",
        // The PM1a block. Where a call fails, BX has no meaning, nor has CX: CX is then 7113h or
        // FFFFh. A chip without the register reads 0, and with it bit 0, which is else always 1. The DEC
        // makes these two FFFFh and FFFEh: PM1a_STS is a port that nobody has, not port 0, the DMA.
        "mov ax, {find_device}",
        "mov cx, {piix4_pm}",
        "mov dx, {intel}",
        "int {pci}",
        "jnc 3f",
        "mov bx, {ich_lpc}",
        "3:",
        "mov ax, {read_config_word}",
        "mov di, {pmbase}",
        "int {pci}",
        "dec cx",
        "and cl, {pmbase_address}",
        // An old press is cleared, the button enabled, and the SCI: PM1a_STS, PM1a_EN, PM1a_CNT.
        // VirtualBox's window offers "ACPI Shutdown" only to a guest that has set SCI_EN.
        "mov dx, cx",
        "mov ax, {pwrbtn}",
        "out dx, ax",
        "inc dx",
        "inc dx",
        "out dx, ax",
        "inc dx",
        "inc dx",
        "xchg al, ah",
        "out dx, ax",
        // AX is SCI_EN now, 1, which is also ERBFI.
        "mov dx, {ier}",
        "out dx, al",
        "mov dl, {mcr}",
        "mov al, {dtr_rts_out2}",
        "out dx, al",
        // AL happens to be the number of the clock's register B, and has bit 0 set: as a mask it
        // shuts the timer tick, for good.
        "out {rtc_index}, al",
        "out {pic1_mask}, al",
        // SeaBIOS's serial console hooks INT 10h and sends to COM1 what the program sends itself.
        // AX is 000Bh, "set mode 0Bh": the console switches itself off at any mode above 7, and the
        // video BIOS behind it knows no mode of that number and ignores it. Others are not asked:
        // their INT 10h is not in the system BIOS.
        "cmp byte ptr [si + {video_segment_upper}], {system_bios}",
        "jne 4f",
        "int {video}",
        "4:",
        // Register B: an interrupt a second. The same byte stops the timer: counter 0, mode 1, which
        // waits for a trigger that no PC has.
        "mov al, {uie_24_hours}",
        "out {rtc_data}, al",
        "out {pit_control}, al",
        "mov al, {pic2_open}",
        "out {pic2_mask}, al",
        init = const bios::SERIAL_INIT_9600_8N1,
        serial = const bios::SERIAL,
        find_device = const bios::PCI_FIND_DEVICE,
        piix4_pm = const pm::PIIX4_PM,
        intel = const pm::INTEL,
        pci = const bios::PCI,
        ich_lpc = const pm::ICH_LPC,
        read_config_word = const bios::PCI_READ_CONFIG_WORD,
        pmbase = const pm::PMBASE,
        pmbase_address = const pm::PMBASE_ADDRESS,
        pwrbtn = const pm::PWRBTN,
        ier = const uart::IER,
        mcr = const uart::MCR as u8,
        dtr_rts_out2 = const uart::DTR | uart::RTS | uart::OUT2,
        rtc_index = const idle::RTC_INDEX,
        pic1_mask = const idle::PIC1_MASK,
        video_segment_upper = const bios::VIDEO_SEGMENT_UPPER,
        system_bios = const bios::SYSTEM_BIOS,
        video = const bios::VIDEO,
        uie_24_hours = const idle::RTC_UIE | idle::RTC_24_HOURS,
        rtc_data = const idle::RTC_DATA,
        pit_control = const idle::PIT_CONTROL,
        pic2_open = const idle::PIC2_OPEN,
        pic2_mask = const idle::PIC2_MASK,
    )
}
