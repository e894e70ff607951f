//! From the first instruction to the first byte printed: code that runs once.

use core::arch::naked_asm;

use crate::{bios, idle, pm, uart};

// A byte is saved wherever a register happens to hold what the next step needs. What each of these
// steps counts on, in their order:
//
// CWD makes DX 0 of an AX below 8000h: COM1 is the BIOS's port 0.
const _: () = assert!(bios::SERIAL_INIT_9600_8N1 < 0x8000 && bios::SERIAL_COM1 == 0);
// The lower byte of PWRBTN makes the second controller's lines edge-triggered, ...
const _: () = assert!(pm::PWRBTN as u8 == idle::ELCR_EDGE);
// ... and one more is SCI_EN, beside a bit that means nothing.
const ARMED: u16 = pm::PWRBTN + 1;
const _: () = assert!(ARMED & !pm::CNT_RESERVED == pm::SCI_EN);
// The lower byte of that is also what the UART's next register gets.
const _: () = assert!(ARMED as u8 == uart::ERBFI);
// The next one gets what is read from it: see `entry`. DAS leaves a digit below 10 as it is; above
// 99h it sets the carry flag.
const _: () = assert!(uart::IIR_NONE == uart::FIFO_ENABLE && uart::IIR_RECEIVED & uart::FIFO_ENABLE == 0);
const _: () = assert!(uart::IIR_NONE < 10 && uart::IIR_RECEIVED < 10 && uart::IIR_FIFOS > 0x99);
const _: () = assert!(uart::IIR_FCR == uart::IER + 1 && uart::IIR_FCR >> 8 == uart::MCR >> 8);
// What goes to the modem control register is the number of the clock's register B.
const _: () = assert!(uart::DTR | uart::RTS | uart::OUT2 == idle::RTC_B);
// AAD adds AH so many times, and AH is 1. It leaves 0 there: the BIOS call that sets a video mode.
const _: () = assert!(ARMED >> 8 == 1 && bios::VIDEO_SET_MODE == 0);
// What goes there stops the timer: counter 0 in mode 1. In the bench's variant with the tick it does not.
const REGISTER_B: u8 = idle::RTC_EACH_SECOND | idle::RTC_24_HOURS;
const _: () = assert!(REGISTER_B & (idle::PIT_COUNTER | idle::PIT_MODE) == idle::PIT_MODE_1);
const _: () = assert!((REGISTER_B & idle::PIT_ACCESS == 0) == cfg!(feature = "bench-tick"));
// The second controller's mask tells the system BIOS's segment from a video BIOS's, ...
const _: () = assert!(bios::VIDEO_BIOS < idle::PIC2_OPEN && idle::PIC2_OPEN <= bios::SYSTEM_BIOS);
// ... and is a mode that no BIOS knows, with the bit that keeps the picture.
const _: () = assert!(idle::PIC2_OPEN & bios::VIDEO_DO_NOT_CLEAR != 0);
const _: () = assert!(idle::PIC2_OPEN & !bios::VIDEO_DO_NOT_CLEAR > bios::VIDEO_LAST_MODE);

/// The program's first byte. Falls into [`crate::repl`], its argument in CX.
///
/// In: nothing; any CS (0000h and 07C0h occur), any registers, flags and stack. Clobbers: all.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.start")]
extern "C" fn entry() {
    naked_asm!(
        // SI is 0 up to the end of this function. An interrupt may come at any time, but for the moment
        // between MOV SS and the next instruction.
        "xor si, si",
        "cld",
        "mov ds, si",
        "mov ss, si",
        "mov sp, si",
        // COM1's speed and format. AX is below 8000h, so CWD makes DX 0, COM1's number.
        "mov ax, {init}",
        "cwd",
        "int {serial}",
        // The PM1a block. If a call fails, neither BX nor CX has a meaning: CX is then 7113h or
        // FFFFh. A chip without the register reads 0, bit 0 included, which is always 1 otherwise. The DEC
        // makes these two FFFFh and FFFEh: PM1a_STS is an unused port, not port 0, the DMA.
        "mov ax, {find_device}",
        "mov cx, {piix4_pm}",
        "mov dx, {intel}",
        "int {pci}",
        "jnc 2f",
        "mov bx, {ich_lpc}",
        "2:",
        "mov ax, {read_config_word}",
        "mov di, {pmbase}",
        "int {pci}",
        "dec cx",
        "and cl, {pmbase_address}",
        // IRQ 9 by edge, whatever the BIOS has made of it. AX is PWRBTN, AL 0.
        "mov ax, {pwrbtn}",
        "mov dx, {elcr2}",
        "out dx, al",
        // PM1a_STS: an old press is cleared; PM1a_EN: the button is enabled; PM1a_CNT: SCI_EN, with AX
        // 0101h. VirtualBox's window offers "ACPI Shutdown" only to a guest that has set SCI_EN.
        "mov dx, cx",
        "out dx, ax",
        "inc dx",
        "inc dx",
        "out dx, ax",
        "inc dx",
        "inc dx",
        "inc ax",
        "out dx, ax",
        // The UART: interrupt when a byte comes.
        "mov dx, {ier}",
        "out dx, al",
        // FIFOs on, unless that would throw away a byte that came before the program. IIR, written to
        // FCR, sees to it: 01h where nothing waits is "on"; 04h where a byte does is "off", as they are. Where
        // the firmware has them on, IIR is C1h or more. Then they stay so: DAS, "decimal adjust", only
        // tells here, in the carry flag, that AL is above 99h.
        "inc dx",
        "in al, dx",
        "das",
        "jc 3f",
        "out dx, al",
        "3:",
        // The lines to the peer and to the interrupt controller.
        "mov dl, {mcr}",
        "mov al, {dtr_rts_out2}",
        "out dx, al",
        // AL happens to be the number of the clock's register B. What goes there, an interrupt a
        // second, also stops the timer: counter 0, mode 1, which waits for a trigger that no PC has. AAD makes
        // AX 0032h of 010Bh.
        "out {rtc_index}, al",
        "aad {to_register_b}",
        "out {rtc_data}, al",
        "out {pit_control}, al",
        "mov al, {pic2_open}",
        "out {pic2_mask}, al",
        // SeaBIOS's serial console hooks INT 10h and sends to COM1 what the program sends itself. It
        // switches itself off at any mode above 7. AX is 00ECh, "set mode 6Ch and do not clear", which no
        // video BIOS knows; and a video card's BIOS, at C0xxh, is not called.
        "cmp byte ptr [si + {video_segment_upper}], al",
        "jb 4f",
        "int {video}",
        "4:",
        init = const bios::SERIAL_INIT_9600_8N1,
        serial = const bios::SERIAL,
        find_device = const bios::PCI_FIND_DEVICE,
        piix4_pm = const pm::PIIX4_PM,
        intel = const pm::INTEL,
        pci = const bios::PCI,
        ich_lpc = const pm::ICH_LPC,
        read_config_word = const bios::PCI_READ_CONFIG_WORD,
        pmbase = const pm::PMBASE,
        elcr2 = const idle::ELCR2,
        pmbase_address = const pm::PMBASE_ADDRESS,
        pwrbtn = const pm::PWRBTN,
        ier = const uart::IER,
        mcr = const uart::MCR as u8,
        dtr_rts_out2 = const uart::DTR | uart::RTS | uart::OUT2,
        rtc_index = const idle::RTC_INDEX,
        video_segment_upper = const bios::VIDEO_SEGMENT_UPPER,
        video = const bios::VIDEO,
        to_register_b = const REGISTER_B.wrapping_sub(idle::RTC_B),
        rtc_data = const idle::RTC_DATA,
        pit_control = const idle::PIT_CONTROL,
        pic2_open = const idle::PIC2_OPEN,
        pic2_mask = const idle::PIC2_MASK,
    )
}
