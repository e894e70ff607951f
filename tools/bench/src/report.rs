//! What was measured: the content of `build/bench.json`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use boot256_kit::file;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::host::Host;
use crate::stats::Figure;

/// A whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The day, in UTC.
    pub date: String,
    /// Whether it was a short run, whose figures are good for nothing but a look.
    pub quick: bool,
    /// Where.
    pub host: Host,
    /// The guests, boot256 first.
    pub guests: Vec<GuestReport>,
    /// What the rest of the host did in the windows of the idle guests: per cent of a core.
    pub others_busy: Option<Figure>,
    /// Milliseconds from a byte's write to its read when another thread sends it back: what the bench
    /// itself adds to each echo.
    pub echo_of_nothing: Option<Echo>,
    /// Many machines at once.
    pub crowd: Vec<Crowd>,
    /// Long inputs.
    pub pastes: Vec<Paste>,
    /// Behind a reader that stops now and then.
    pub slow: Vec<Slow>,
    /// From the first instruction to the prompt; not where the accelerator cannot count.
    pub instructions: Option<Instructions>,
    /// Of the 256 bytes.
    pub bytes_used: u64,
    /// The files that `make all` makes.
    pub images: Vec<ImageFile>,
}

/// One guest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GuestReport {
    /// See [`crate::guest`].
    pub id: String,
    /// What it is.
    pub about: String,
    /// Milliseconds from the start of QEMU's process to the first byte on COM1 that is the guest's
    /// own: for the Linux guest, whose kernel is quiet, the banner.
    pub first_byte: Option<Figure>,
    /// Milliseconds from the start of QEMU's process to the prompt.
    pub ready: Option<Figure>,
    /// Memory of QEMU's process when the guest is ready and no other machine of this run is on: PSS in MiB.
    pub memory: Option<Figure>,
    /// Per cent of a core at the prompt.
    pub idle: Option<Figure>,
    /// A key's echo.
    pub echo: Option<Echo>,
    /// Milliseconds from the press of the power button to QEMU's event that the guest has switched off.
    pub off: Option<Figure>,
    /// Milliseconds from that event, or from `quit` where the guest has no button, to the end of QEMU's process.
    pub exit: Option<Figure>,
    /// The least memory it gets ready with, in KiB.
    pub least_memory: Option<LeastMemory>,
}

/// Latency of one key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Echo {
    /// Milliseconds: the spread is that of the medians of the blocks.
    pub median: Figure,
    /// Milliseconds: 99 of 100 keys were not later.
    pub p99: f64,
    /// The latest.
    pub worst: f64,
    /// All keys.
    pub keys: usize,
}

/// The result of a search.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct LeastMemory {
    /// Enough, in KiB.
    pub works: u32,
    /// Not enough, in KiB.
    pub fails: u32,
}

/// A number of machines, all idle at the prompt.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Crowd {
    /// How many.
    pub machines: usize,
    /// Per cent of a core, all together.
    pub idle: Figure,
    /// PSS in MiB, all together.
    pub memory: f64,
}

/// Pastes to boot256.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Paste {
    /// The guest: boot256, or the one from before a change.
    pub id: String,
    /// How QEMU was started.
    pub how: String,
    /// Bytes of input.
    pub bytes: usize,
    /// Input bytes a second, until the last byte of the answer.
    pub rate: Figure,
    /// Bytes of the answers that never came, over all pastes.
    pub lost: usize,
    /// Pastes whose answer was not the right one, byte for byte.
    pub wrong: usize,
}

/// A guest that is typed to while nobody reads its answer for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Slow {
    /// The guest.
    pub id: String,
    /// How long the reader stops, in seconds.
    pub stall: f64,
    /// Bytes typed in each run.
    pub typed: usize,
    /// Letters of the answer that should come, in all runs.
    pub expected: usize,
    /// Those that did not.
    pub lost: usize,
    /// Runs.
    pub runs: usize,
}

/// What runs from 0x7C00 to the first HLT at the prompt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Instructions {
    /// By QEMU's instruction counter, interrupts that come meanwhile included.
    pub counted: u64,
    /// By single steps, interrupts kept out: the program's own.
    pub own: u64,
    /// By single steps: the firmware's, by the interrupt number the program called it with.
    pub firmware: Vec<(u8, u64)>,
    /// Bytes printed meanwhile.
    pub printed: u64,
}

/// A file for users.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImageFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// What it takes on this disk.
    pub on_disk: u64,
}

/// How long the project takes to build and to test: `build/bench-build.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BuildTimes {
    /// The day, in UTC.
    pub date: String,
    /// Where.
    pub host: Host,
    /// Seconds of `make all` after `make clean`.
    pub all: f64,
    /// Seconds of `make all` when only the program and the image tool are out of date.
    pub all_core_cached: f64,
    /// Seconds of `make test` after that.
    pub test: f64,
}

impl Report {
    /// The name of the files of a run with `accelerator`, before the ending.
    pub fn stem(accelerator: &str) -> &'static str {
        if accelerator.starts_with("kvm") { "bench-kvm" } else { "bench" }
    }

    /// Of the file that has it as data.
    pub fn file(accelerator: &str) -> String {
        format!("{}.json", Self::stem(accelerator))
    }

    /// The guest `id`.
    pub fn guest(&self, id: &str) -> Option<&GuestReport> {
        self.guests.iter().find(|guest| guest.id == id)
    }
}

impl BuildTimes {
    /// The name of its file.
    pub const FILE: &str = "bench-build.json";
}

/// Reads `name` in `build`, if it is there.
///
/// # Errors
/// If it is not what it should be.
pub fn load<T: DeserializeOwned>(build: &Path, name: &str) -> Result<Option<T>> {
    let path = build.join(name);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes `value` to `name` in `build`.
///
/// # Errors
/// If it cannot.
pub fn store(build: &Path, name: &str, value: &impl Serialize) -> Result<()> {
    file::write(&build.join(name), &(serde_json::to_string_pretty(value)? + "\n"))
}

/// Today in UTC, as 2026-11-24.
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use jiff::civil::Date;
    use jiff::tz::TimeZone;

    #[test]
    fn what_was_stored_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let report = sample::good();
        store(folder.path(), "bench.json", &report).unwrap();
        let again: Report = load(folder.path(), "bench.json").unwrap().expect("it is there");
        assert!(
            serde_json::to_value(&again).unwrap() == serde_json::to_value(&report).unwrap(),
            "each number, to the last digit"
        );
        assert!(fs::read_to_string(folder.path().join("bench.json")).unwrap().ends_with("}\n"));
    }

    #[test]
    fn no_file_is_no_result_and_a_bad_one_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load::<Report>(folder.path(), "bench.json").unwrap().is_none());
        // Another failure than that it is not there: here a folder has the name.
        fs::create_dir(folder.path().join("bench.json")).unwrap();
        let error = format!("{:#}", load::<Report>(folder.path(), "bench.json").unwrap_err());
        assert!(error.starts_with("cannot read ") && error.contains("bench.json"), "{error}");
        fs::write(folder.path().join(BuildTimes::FILE), "{}").unwrap();
        let error = format!("{:#}", load::<BuildTimes>(folder.path(), BuildTimes::FILE).unwrap_err());
        assert!(error.contains("bench-build.json: missing field"), "{error}");
    }

    /// A run with KVM must not write over the other's results, whatever the options of the accelerator.
    #[test]
    fn each_accelerator_has_its_files() {
        let files = ["tcg", "tcg,thread=single", "kvm"].map(Report::file);
        assert_eq!(files, ["bench.json", "bench.json", "bench-kvm.json"]);
    }

    #[test]
    fn a_guest_is_found_by_its_name() {
        let report = sample::good();
        for guest in &report.guests {
            assert_eq!(report.guest(&guest.id).unwrap().about, guest.about);
        }
        assert!(report.guest("bsd").is_none());
    }

    #[test]
    fn today_is_a_date_in_utc() {
        let now = || TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
        let before = now();
        let date: Date = today().parse().unwrap();
        assert!((before..=now()).contains(&date), "{date}");
        assert_eq!(today().len(), "2026-11-24".len());
    }
}
