//! One line that says how far a long run is: on a terminal, where it is erased at the end. In a log,
//! where each state of it would stay, there is none.

use std::time::Duration;

pub use indicatif::ProgressBar;
use indicatif::ProgressStyle;

/// The line of a run of `steps` steps of `what`. It counts with [`ProgressBar::inc`], what else it shows
/// is set with [`ProgressBar::set_message`], and a line that is to stay is printed with
/// [`ProgressBar::suspend`]. It goes when it is dropped.
pub fn line(what: &str, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("boot256: {prefix} {pos} of {len}, {eta} left {wide_msg}");
    let bar = ProgressBar::new(steps).with_style(style.expect("a template that is right")).with_prefix(what.to_owned());
    // So that the time moves on in a step that takes long.
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}
