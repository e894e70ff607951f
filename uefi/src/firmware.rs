//! The firmware's calls that the program makes, and no others.
//!
//! Each is a pointer in a table of the firmware's, so each call is unsafe. That the tables are there and are what
//! the specification says is all that is trusted. A machine without screen or keyboard has their tables all the
//! same (UEFI 4.3). Where a call fails, there is nothing that could be done about it.

#![expect(unused_must_use, reason = "see above")]

use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};
use core::slice;

use uefi_raw::protocol::console::InputKey;
use uefi_raw::protocol::console::serial::SerialIoProtocol;
use uefi_raw::table::boot::{BootServices, EventNotifyFn, EventType, Tpl};
use uefi_raw::table::runtime::ResetType;
use uefi_raw::{Event, Guid, Status};
pub use uefi_raw::{Handle, table::system::SystemTable};

/// LocateHandleBuffer's search: all handles with a protocol (UEFI 7.3.15).
const BY_PROTOCOL: i32 = 2;

/// The firmware.
#[derive(Clone, Copy)]
pub struct Firmware<'a>(pub &'a SystemTable);

impl<'a> Firmware<'a> {
    fn boot(self) -> &'a BootServices {
        // SAFETY: it is there for as long as the program runs.
        unsafe { &*self.0.boot_services }
    }

    /// The configuration table `name`, if there is one (UEFI 4.6).
    pub fn configuration(self, name: &Guid) -> Option<*const u8> {
        // SAFETY: the firmware says how many there are.
        let tables =
            unsafe { slice::from_raw_parts(self.0.configuration_table, self.0.number_of_configuration_table_entries) };
        let table = tables.iter().find(|table| table.vendor_guid.to_bytes() == name.to_bytes())?;
        Some(table.vendor_table.cast())
    }

    /// It would reset the machine 5 minutes after it has started a program (UEFI 7.5.1).
    pub fn stop_watchdog(self) {
        // SAFETY: no data goes with it.
        unsafe { (self.boot().set_watchdog_timer)(0, 0, 0, null()) };
    }

    /// Takes the firmware's own drivers, its terminal above all, off every serial port: what it would send there
    /// is what the program sends itself (UEFI 7.3.13).
    pub fn leave_serial_ports(self) {
        let (mut count, mut handles) = (0, MaybeUninit::uninit());
        // SAFETY: both are written by the call. The list of handles stays, there is no end at which to free it.
        unsafe {
            (self.boot().locate_handle_buffer)(
                BY_PROTOCOL,
                &SerialIoProtocol::GUID,
                null(),
                &mut count,
                handles.as_mut_ptr(),
            );
            for n in 0..count {
                (self.boot().disconnect_controller)(*handles.assume_init().add(n), null_mut(), null_mut());
            }
        }
    }

    /// Clears the screen of what the firmware has left there, such as a logo (UEFI 12.4.8).
    pub fn clear_screen(self) {
        // SAFETY: the screen is there.
        unsafe { ((*self.0.stdout).clear_screen)(self.0.stdout) };
    }

    /// Shows `byte` on the screen, at the cursor, as the character of this number (UEFI 12.4.3).
    pub fn show(self, byte: u8) {
        // SAFETY: a string of one character. What cannot be shown is left out.
        unsafe { ((*self.0.stdout).output_string)(self.0.stdout, [u16::from(byte), 0].as_ptr()) };
    }

    /// The character of a key that has been typed. None for a key that has none, or none of a byte (UEFI 12.3.3).
    pub fn key(self) -> Option<u8> {
        let mut key = MaybeUninit::<InputKey>::uninit();
        // SAFETY: the key is written by the call if it succeeds.
        let character = unsafe {
            if ((*self.0.stdin).read_key_stroke)(self.0.stdin, key.as_mut_ptr()) != Status::SUCCESS {
                return None;
            }
            key.assume_init().unicode_char
        };
        u8::try_from(character).ok()
    }

    /// An event about which the firmware asks `look` each time it wakes while the program waits for it (UEFI 7.1.1).
    pub fn event<T>(self, look: EventNotifyFn, context: &T) -> Event {
        let mut event = MaybeUninit::uninit();
        let context = (&raw const *context).cast_mut().cast();
        // SAFETY: the event is written by the call. The program never ends, so its context stays.
        unsafe {
            (self.boot().create_event)(EventType::NOTIFY_WAIT, Tpl::CALLBACK, Some(look), context, event.as_mut_ptr());
            event.assume_init()
        }
    }

    /// Says that `event` has come (UEFI 7.1.5).
    pub fn signal(self, event: Event) {
        // SAFETY: an event of the program's.
        unsafe { (self.boot().signal_event)(event) };
    }

    /// The event that a key has come (UEFI 12.3.1).
    pub fn key_event(self) -> Event {
        // SAFETY: the keyboard is there.
        unsafe { (*self.0.stdin).wait_for_key }
    }

    /// Sleeps until one of `events` comes (UEFI 7.1.6).
    pub fn wait<const N: usize>(self, events: &[Event; N]) {
        let mut which = MaybeUninit::uninit();
        // SAFETY: which of them came is written by the call.
        unsafe { (self.boot().wait_for_event)(events.len(), events.as_ptr(), which.as_mut_ptr()) };
    }

    /// Switches the machine off (UEFI 8.5.1).
    pub fn shut_down(self) -> ! {
        // SAFETY: no data goes with it.
        unsafe { ((*self.0.runtime_services).reset_system)(ResetType::SHUTDOWN, Status::SUCCESS, 0, null()) }
    }
}
