//! `make flash`: writes the raw disk to a USB stick, and to nothing else.
//!
//! What can be lost here is somebody's disk, so [`Target::refusal`] decides before anything is
//! opened for writing, the user is shown the model and asked, the kernel is asked for the
//! device as its only user, and what was written is read back from the device.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{Advice, OFlags, fadvise};
use serde_json::Value;

/// Bytes written between two reports of progress.
const CHUNK: usize = 64 * 1024;

/// Bytes of a sector, for a stick.
const SECTOR: usize = 512;
/// The sectors at a disk's end that hold the backup of a GPT: 32 of entries and its header (UEFI 2.10, section 5.3).
const BACKUP: usize = 33 * SECTOR;
/// How the header of a GPT begins.
const GPT: &[u8] = b"EFI PART";

/// What is to be written to. Two looks that are equal saw the same thing in the same state.
#[derive(PartialEq)]
pub struct Target {
    path: PathBuf,
    /// The device as lsblk knows it; none for a regular file.
    device: Option<Value>,
    size: u64,
    /// The kernel's number of this medium: another one, equal in all else, has another (Linux 5.15, `diskseq`).
    sequence: Option<String>,
}

impl Target {
    /// Looks at a path, through symbolic links.
    ///
    /// # Errors
    ///
    /// Nothing is there, it is neither a block device nor a regular file, or lsblk fails.
    pub fn look_at(path: &Path) -> Result<Self> {
        let path = fs::canonicalize(path).with_context(|| path.display().to_string())?;
        let metadata = fs::metadata(&path)?;
        let kind = metadata.file_type();
        if kind.is_file() {
            let size = metadata.len();
            return Ok(Self { path, device: None, size, sequence: None });
        }
        ensure!(kind.is_block_device(), "{} is no block device", path.display());
        let device =
            list(Some(&path))?.into_iter().next().with_context(|| format!("lsblk does not know {}", path.display()))?;
        Ok(Self::of_device(path, device))
    }

    fn of_device(path: PathBuf, device: Value) -> Self {
        let size = device["size"].as_u64().unwrap_or(0);
        let name = path.file_name().unwrap_or_default();
        let sequence = fs::read_to_string(Path::new("/sys/class/block").join(name).join("diskseq")).ok();
        Self { path, device: Some(device), size, sequence }
    }

    /// Why `bytes` bytes must not be written here, if so.
    ///
    /// `forced` is the path that the user named a second time: it lifts what may be a matter
    /// of opinion (a disk the kernel calls fixed, a loop device, a regular file), never what
    /// would destroy data in use or cannot work.
    pub fn refusal(&self, bytes: u64, forced: Option<&Path>) -> Option<String> {
        let name = self.path.display();
        let forced = forced.and_then(|path| fs::canonicalize(path).ok()).is_some_and(|path| path == self.path);
        let but_forced = format!("; if you are sure, add FORCE={name}");
        let small = (self.size < bytes).then(|| format!("{name} has {} bytes, the image needs {bytes}", self.size));

        let Some(device) = &self.device else {
            if !forced {
                return Some(format!("{name} is a regular file{but_forced}"));
            }
            return small;
        };
        let kind = device["type"].as_str().unwrap_or("device of no known type");
        if !matches!(kind, "disk" | "loop") {
            return Some(format!("{name} is not a whole disk but a {kind}"));
        }
        if let Some(user) = user_of(device) {
            return Some(format!("{name} is in use: {user}"));
        }
        if device["ro"].as_bool() != Some(false) {
            return Some(format!("{name} is write-protected"));
        }
        if small.is_some() {
            return small;
        }
        if (kind == "loop" || device["rm"].as_bool() != Some(true)) && !forced {
            return Some(format!("{name} is not removable{but_forced}"));
        }
        None
    }

    /// Model, size and connection in one line.
    pub fn description(&self) -> String {
        let text = |key: &str| {
            self.device.as_ref().and_then(|device| device[key].as_str()).map(str::trim).filter(|text| !text.is_empty())
        };
        let mut words = vec![self.path.display().to_string()];
        match &self.device {
            None => words.push("a regular file".into()),
            Some(_) if text("vendor").or(text("model")).is_none() => {
                words.push("(no model known)".into());
            }
            Some(_) => words.extend(["vendor", "model"].iter().filter_map(|key| text(key)).map(Into::into)),
        }
        words.push(readable(self.size));
        words.extend(text("tran").map(|bus| format!("({bus})")));
        words.join(" ")
    }

    /// Writes the image, reporting progress to `log`, and compares what the device gives back. What is left of a GPT
    /// at the end goes, or a partition tool would bring the old table back.
    ///
    /// # Errors
    ///
    /// Another program has the device, it cannot be written, or it gives back other bytes.
    pub fn write(&self, image: &[u8], log: &mut impl Write) -> Result<()> {
        // Written is what the device has: progress is of the stick, not of the page cache.
        let mut flags = OFlags::DSYNC;
        if self.device.is_some() {
            // Only if nobody else has the device, not even the kernel for a mount.
            flags |= OFlags::EXCL;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits().cast_signed())
            .open(&self.path)
            .with_context(|| format!("cannot open {}{}", self.path.display(), root_hint()))?;
        for (number, chunk) in image.chunks(CHUNK).enumerate() {
            file.write_all(chunk).with_context(|| format!("cannot write {}", self.path.display()))?;
            let written = number * CHUNK + chunk.len();
            write!(log, "\rboot256: {} of {} KiB written", written / 1024, image.len() / 1024)?;
            log.flush()?;
        }
        writeln!(log)?;
        let at = self.size.saturating_sub(BACKUP as u64).max(image.len() as u64);
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(at))?;
        (&mut file).take(BACKUP as u64).read_to_end(&mut end)?;
        let is_backup = end.chunks(SECTOR).any(|sector| sector.starts_with(GPT));
        if is_backup {
            end.fill(0);
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&end).with_context(|| format!("cannot write {}", self.path.display()))?;
            writeln!(log, "boot256: the backup of an old partition table, at the end, is cleared")?;
        }
        file.sync_all().with_context(|| format!("cannot write {}", self.path.display()))?;
        compare(&mut file, 0, image)
            .and_then(|()| compare(&mut file, at, &end))
            .with_context(|| format!("{} did not keep what was written", self.path.display()))?;
        writeln!(log, "boot256: read back and compared")?;
        Ok(())
    }
}

/// What a user who is not root needs to hear when a device does not open.
fn root_hint() -> &'static str {
    if rustix::process::geteuid().is_root() { "" } else { " (as root: sudo make flash DEV=...)" }
}

/// Compares a file with `written` from byte `from` on, from the device and not from the page cache.
fn compare(file: &mut File, from: u64, written: &[u8]) -> Result<()> {
    fadvise(&*file, 0, None, Advice::DontNeed)?;
    file.seek(SeekFrom::Start(from))?;
    let mut back = vec![0; written.len()];
    file.read_exact(&mut back)?;
    if let Some(at) = back.iter().zip(written).position(|(a, b)| a != b) {
        bail!("byte {} is {:#04x} instead of {:#04x}", from + at as u64, back[at], written[at]);
    }
    Ok(())
}

/// Flashes `image` to the disk at `path`, after asking on `answers`.
///
/// # Errors
///
/// [`Target::refusal`]'s reason, another answer than `yes`, or what [`Target::write`] meets.
pub fn run(
    image: &[u8],
    path: &Path,
    forced: Option<&Path>,
    answers: &mut impl BufRead,
    log: &mut impl Write,
) -> Result<()> {
    ask_and_write(image, || Target::look_at(path), forced, answers, log)
}

/// The same, where `look` looks at the target: before the question, and again after it.
fn ask_and_write(
    image: &[u8],
    look: impl Fn() -> Result<Target>,
    forced: Option<&Path>,
    answers: &mut impl BufRead,
    log: &mut impl Write,
) -> Result<()> {
    let target = look()?;
    if let Some(reason) = target.refusal(image.len() as u64, forced) {
        bail!("{reason}");
    }
    writeln!(log, "boot256: {}", target.description())?;
    write!(log, "boot256: what is on it will be lost. Write to it? (yes) ")?;
    log.flush()?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    ensure!(answer.trim() == "yes", "nothing was written");
    // While the question stood there, one stick may have gone and another come, or a desktop may
    // have mounted it: what was shown is what is written to.
    ensure!(look()? == target, "{} is not what it was a moment ago; nothing was written", target.path.display());
    target.write(image, log)
}

/// The removable disks of this machine, a line each.
///
/// # Errors
///
/// lsblk is missing or fails.
pub fn candidates() -> Result<Vec<String>> {
    Ok(list(None)?
        .into_iter()
        .filter(|device| device["rm"].as_bool() == Some(true) && device["type"].as_str() == Some("disk"))
        .map(|device| {
            let path = device["path"].as_str().unwrap_or_default().into();
            Target::of_device(path, device).description()
        })
        .collect())
}

/// What lsblk (util-linux 2.37 or later) says of one device, or of all, with their partitions
/// as `children`.
fn list(path: Option<&Path>) -> Result<Vec<Value>> {
    let output = Command::new("lsblk")
        .args(["--json", "--bytes", "--output", "PATH,TYPE,RM,RO,SIZE,VENDOR,MODEL,SERIAL,TRAN,MOUNTPOINTS"])
        .args(path)
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                anyhow::anyhow!("lsblk is missing (package util-linux): run 'make setup'")
            }
            _ => error.into(),
        })?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    let mut listing: Value = serde_json::from_slice(&output.stdout).context("lsblk printed no JSON")?;
    match listing["blockdevices"].take() {
        Value::Array(devices) => Ok(devices),
        _ => bail!("lsblk printed no devices"),
    }
}

/// What uses a device or a part of it: a mount, swap, a volume or RAID on top.
fn user_of(device: &Value) -> Option<String> {
    let path = device["path"].as_str().unwrap_or("a part of it");
    let mounts = device["mountpoints"].as_array().into_iter().flatten();
    if let Some(mount) = mounts.filter_map(Value::as_str).next() {
        return Some(format!("{path} is mounted at {mount}"));
    }
    device["children"].as_array().into_iter().flatten().find_map(|child| match child["type"].as_str() {
        Some("part") => user_of(child),
        kind => Some(format!("a {} on it", kind.unwrap_or("device"))),
    })
}

/// A size as the sticker on the stick has it: powers of 1000.
fn readable(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    units.iter().find(|(_, unit)| bytes >= *unit).map_or(format!("{bytes} bytes"), |(name, unit)| {
        format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    const IMAGE: u64 = 1 << 20;
    /// A stick of which nothing is there: what opens it fails.
    const PATH: &str = "/nowhere/sdx";

    fn stick(change: impl FnOnce(&mut Value)) -> Target {
        let mut device = json!({
            "path": PATH, "type": "disk", "rm": true, "ro": false, "size": 15_728_640_000u64,
            "vendor": "SanDisk ", "model": "Cruzer Blade", "serial": "1", "tran": "usb", "mountpoints": [null],
            "children": [{"path": "/nowhere/sdx1", "type": "part", "mountpoints": [null]}],
        });
        change(&mut device);
        Target::of_device(PATH.into(), device)
    }

    #[test]
    fn takes_an_unused_stick_and_nothing_else() {
        assert_eq!(stick(|_| {}).refusal(IMAGE, None), None);
        let crypt = json!([{"path": "/dev/mapper/x", "type": "crypt", "mountpoints": [null]}]);
        // What lsblk does not say counts as the worse.
        for (pointer, value, said) in [
            ("/type", json!("part"), "is not a whole disk but a part"),
            ("/type", json!("lvm"), "is not a whole disk but a lvm"),
            ("/type", Value::Null, "is not a whole disk but a device of no known type"),
            ("/type", json!("loop"), "is not removable"),
            ("/rm", json!(false), "is not removable"),
            ("/rm", Value::Null, "is not removable"),
            ("/ro", json!(true), "is write-protected"),
            ("/ro", Value::Null, "is write-protected"),
            ("/size", json!(IMAGE - 1), "has 1048575 bytes, the image needs 1048576"),
            ("/size", Value::Null, "has 0 bytes"),
            ("/mountpoints", json!([null, "/media/x"]), "is in use: /nowhere/sdx is mounted at /media/x"),
            ("/children/0/mountpoints", json!(["[SWAP]"]), "is in use: /nowhere/sdx1 is mounted at [SWAP]"),
            ("/children/0/type", Value::Null, "is in use: a device on it"),
            ("/children/0", json!({"type": "part", "children": crypt}), "is in use: a crypt on it"),
        ] {
            let refusal = stick(|device| *device.pointer_mut(pointer).unwrap() = value).refusal(IMAGE, None);
            assert!(refusal.as_ref().is_some_and(|refusal| refusal.contains(said)), "{pointer} {said}: {refusal:?}");
        }
    }

    #[test]
    fn force_never_lifts_a_mount() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refusal = |mount: Value| {
            let device = json!({"type": "disk", "rm": false, "ro": false, "size": IMAGE, "mountpoints": [mount]});
            Target::of_device(fs::canonicalize(file.path()).unwrap(), device).refusal(IMAGE, Some(file.path()))
        };
        assert_eq!(refusal(Value::Null), None);
        assert!(refusal(json!("/home")).unwrap().contains("/home"));
    }

    /// While the question stands there, an equal stick comes in the place of the first, or a desktop mounts it.
    #[test]
    fn another_stick_or_a_mount_after_the_question_is_not_written_to() {
        let said = |second: fn() -> Target| {
            let looks = Cell::new(0);
            let look = || Ok(if looks.replace(looks.get() + 1) == 0 { stick(|_| {}) } else { second() });
            let error = ask_and_write(&[0; 512], look, None, &mut &b"yes\n"[..], &mut Vec::new()).unwrap_err();
            format!("{error:#}")
        };
        assert!(said(|| stick(|_| {})).contains("cannot open"), "the same stick is written to");
        for other in [
            || stick(|device| device["serial"] = json!("2")),
            || Target { sequence: Some("2".into()), ..stick(|_| {}) },
            || stick(|device| device["size"] = json!(IMAGE)),
            || stick(|device| device["children"][0]["mountpoints"] = json!(["/media/x"])),
        ] {
            assert_eq!(said(other), format!("{PATH} is not what it was a moment ago; nothing was written"));
        }
    }

    #[test]
    fn finds_the_first_byte_that_was_not_kept() {
        let mut file = tempfile::tempfile().unwrap();
        let image: Vec<u8> = (0..CHUNK * 3).map(|at| at as u8).collect();
        file.write_all(&image).unwrap();
        compare(&mut file, 0, &image).unwrap();
        file.seek(SeekFrom::Start(70_000)).unwrap();
        file.write_all(&[!image[70_000]]).unwrap();
        file.sync_all().unwrap();
        for from in [0, 512] {
            let error = compare(&mut file, from, &image[from as usize..]).unwrap_err().to_string();
            assert_eq!(error, "byte 70000 is 0x8f instead of 0x70");
        }
    }

    #[test]
    fn describes_a_stick_by_its_sticker() {
        assert_eq!(stick(|_| {}).description(), format!("{PATH} SanDisk Cruzer Blade 15.7 GB (usb)"));
        let unknown = Target::of_device(PATH.into(), json!({"size": 1_474_560, "vendor": " "}));
        assert_eq!(unknown.description(), format!("{PATH} (no model known) 1.4 MB"));
    }
}
