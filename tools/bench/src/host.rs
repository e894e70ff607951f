//! The machine that measures, and what a process takes of it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// Where the figures come from.
#[derive(Clone, Debug)]
pub struct Host {
    /// The processor's model, as it names itself.
    pub cpu: String,
    /// Cores this process may use.
    pub cores: usize,
    /// The kernel's name and release.
    pub kernel: String,
    /// The first line of `qemu-system-x86_64 --version`.
    pub qemu: String,
    /// QEMU's accelerator: `tcg` or `kvm`.
    pub accelerator: String,
    /// The load average of the last minute when the run began.
    pub load: f64,
}

impl Host {
    /// This machine, now.
    ///
    /// # Errors
    /// If it has no `/proc` or no QEMU.
    pub fn here() -> Result<Self> {
        let read = |path: &str| fs::read_to_string(path).with_context(|| format!("cannot read {path}"));
        let cpuinfo = read("/proc/cpuinfo")?;
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let load = read("/proc/loadavg")?;
        let program = std::env::var("BOOT256_QEMU").unwrap_or_else(|_| "qemu-system-x86_64".into());
        let version = Command::new(&program)
            .arg("--version")
            .output()
            .with_context(|| format!("{program} is missing (package qemu-system-x86): run `make setup`"))?;
        ensure!(version.status.success(), "{program} --version fails");
        let version = String::from_utf8_lossy(&version.stdout);
        Ok(Self {
            cpu: model.map_or("unknown", |(_, model)| model).to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            kernel: format!("Linux {}", read("/proc/sys/kernel/osrelease")?.trim()),
            qemu: version.lines().next().unwrap_or_default().replace("QEMU emulator version", "QEMU"),
            accelerator: std::env::var("BOOT256_ACCEL").unwrap_or_else(|_| "tcg".into()),
            load: load.split_whitespace().next().unwrap_or_default().parse().context("no number in /proc/loadavg")?,
        })
    }
}

/// CPU time that all threads of a process have had so far, ended ones too.
///
/// In nanoseconds as the scheduler counts them, by the process's CPU clock (clock_getcpuclockid(3)): `/proc/PID/stat`
/// counts in 10 ms, `schedstat` one thread, without those that have ended.
/// What the host's kernel does in interrupts on its behalf is not in it.
///
/// # Errors
/// If the process is gone.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: both write to the variable that they are given and to nothing else.
    let errors =
        unsafe { [libc::clock_getcpuclockid(pid.cast_signed(), &mut clock), libc::clock_gettime(clock, &mut time)] };
    ensure!(errors == [0, 0], "process {pid} is gone");
    Ok(Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec.cast_unsigned().try_into()?))
}

/// Memory of a process in MiB: its proportional set size, in which a page that n processes share
/// counts as one nth.
///
/// # Errors
/// If the process is gone or another user's.
pub fn memory(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    pss(&text).with_context(|| format!("no Pss in {path}"))
}

/// The proportional set size in the text of a `smaps_rollup`, in MiB.
fn pss(text: &str) -> Option<f64> {
    let kib = text.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB"))?;
    Some(kib.trim().parse::<f64>().ok()? / 1024.0)
}

/// Time that the cores of this machine have not been idle, all added, since it started. In ticks of
/// 10 ms: good for a look at what else is going on.
///
/// # Errors
/// If `/proc/stat` is not as it should be.
pub fn busy_time() -> Result<Duration> {
    busy(&fs::read_to_string("/proc/stat").context("cannot read /proc/stat")?)
}

/// The same in the text of a `/proc/stat`.
fn busy(text: &str) -> Result<Duration> {
    // cpu user nice system idle iowait irq softirq steal; guest times are in user and nice already.
    let first = text.lines().next().and_then(|line| line.strip_prefix("cpu ")).context("no cpu line in /proc/stat")?;
    let ticks: Vec<u64> = first.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    ensure!(ticks.len() >= 8, "too few numbers in /proc/stat");
    let busy: u64 = ticks[..8].iter().sum::<u64>() - ticks[3] - ticks[4];
    Ok(Duration::from_millis(busy * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_says() {
        let rollup = "7f-80 ---p 00000000 00:00 0 [rollup]\nRss:  9000 kB\nPss:             2560 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(pss(rollup), Some(2.5));
        assert_eq!(pss("Rss: 9000 kB\nPss_Anon: 1 kB\n"), None);
        // user nice system idle iowait irq softirq steal guest guest_nice
        let stat = "cpu  100 20 30 9000 500 4 5 6 70 8\ncpu0 1 2 3 4 5 6 7 8\n";
        assert_eq!(busy(stat).unwrap(), Duration::from_millis(1650));
        assert!(busy("cpu  1 2 3\n").is_err());
    }
}
