//! The harness that boots the real images in real machines. What they must say is in `boot256_facts`.
//!
//! - [`image`]: the files in `build/`.
//! - [`machine`]: which QEMU to start, and with what; [`chardev`]: what COM1 is connected to;
//!   [`vm`]: a machine that runs.
//! - [`skip`]: tests whose hardware this QEMU has not.
//! - [`stream`], [`screen`]: its COM1, its screen.
//!
//! Nothing here sleeps to wait for a machine: what is waited for is read from a socket, with a
//! [deadline] that only a machine that hangs can reach. (A reader that is slow on purpose does sleep:
//! [`stream::Stall`].)

pub mod chardev;
pub mod image;
mod keys;
pub mod machine;
mod picture;
mod process;
mod qmp;
pub mod screen;
pub mod skip;
pub mod stream;
pub mod vm;

use std::time::Duration;

/// How long anything is waited for: 60 seconds, or the number in `BOOT256_DEADLINE`.
///
/// It ends a test whose machine hangs and asserts no speed: a boot takes a fifth of a second.
pub fn deadline() -> Duration {
    let seconds = match std::env::var("BOOT256_DEADLINE") {
        Ok(text) => text.parse().expect("BOOT256_DEADLINE is a number of seconds"),
        Err(_) => 60,
    };
    Duration::from_secs(seconds)
}
