//! The serial port, a UART of the 8250 to 16550 family at COM1's ports.
//!
//! Names and bits: National Semiconductor PC16550D data sheet, section 8.

use core::arch::asm;

/// COM1's first port, on every PC.
pub const COM1: u16 = 0x3F8;
/// Receive buffer (read) and transmit holding (write) register.
pub const RBR_THR: u16 = COM1;
/// Interrupt enable register.
pub const IER: u16 = COM1 + 1;
/// Interrupt identification register.
pub const IIR: u16 = COM1 + 2;
/// Modem control register.
pub const MCR: u16 = COM1 + 4;
/// Line status register.
pub const LSR: u16 = COM1 + 5;

/// IER: interrupt when a byte has been received.
pub const ERBFI: u8 = 1 << 0;
/// MCR: data terminal ready, request to send: a peer with hardware handshake may send.
pub const DTR: u8 = 1 << 0;
/// See [`DTR`].
pub const RTS: u8 = 1 << 1;
/// MCR: the second output, which on a PC lets the interrupt through to the controller.
pub const OUT2: u8 = 1 << 3;
/// LSR: the transmit holding register is empty, a byte may be written.
pub const THRE: u8 = 1 << 5;

/// A port of COM1, in DX. Which one depends on what was done last; DH is 03h for all.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Com1(pub u16);

impl Com1 {
    /// 03h, from DH.
    #[inline(always)]
    pub fn upper_byte(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The interrupt identification register, whatever DX held before.
    #[inline(always)]
    pub fn iir() -> Self {
        let port;
        // Out: DX. Dies: nothing.
        unsafe { asm!("mov dx, {iir}", iir = const IIR, out("dx") port, options(nomem, nostack, preserves_flags)) }
        Self(port)
    }

    /// Has a byte come? `self` is [`iir`](Self::iir).
    ///
    /// Bit 0 of the IIR is 0 while an interrupt is pending, and [`ERBFI`] is the only one enabled.
    /// Where there is no UART the port reads FFh: nothing has come, then. (The LSR's data bit would
    /// need a comparison with FFh first.)
    #[inline(always)]
    pub fn has_received(self) -> bool {
        // In: DX. Dies: AL, flags.
        unsafe {
            asm!(
                "in al, dx",
                "shr al, 1",
                "jnc {yes}",
                yes = label { return true },
                in("dx") self.0,
                out("al") _,
                options(nomem, nostack)
            )
        }
        false
    }

    /// The byte that has come.
    #[inline(always)]
    pub fn receive(self) -> (u8, Self) {
        let byte;
        let mut port = self.0;
        // In: DX with the right DH. Out: AL; DX. Dies: nothing.
        unsafe {
            asm!(
                "mov dl, {rbr}",
                "in al, dx",
                rbr = const RBR_THR as u8,
                inout("dx") port,
                out("al") byte,
                options(nomem, nostack, preserves_flags)
            )
        }
        (byte, Self(port))
    }
}
