//! The formats of boot256: for whom each one is, how it is used, who read it.
//!
//! One place for these facts: the release's MANIFEST, the tables in docs/formats.md, `make check` and the test that
//! runs other people's readers go through [`FORMATS`].

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::disk::{DISK_SIZE, FLOPPY_SIZE};
use crate::gce::DISK_RAW_SIZE;
use crate::vhd;

const DISK: u64 = DISK_SIZE as u64;

/// What a release has besides images, where it has it: the name, and what it is.
pub const EXTRAS: &[(&str, &str)] = &[
    ("boot256-probe-x86_64", "the probe, which checks a machine over its serial line: a static program for Linux"),
    ("boot256-probe-aarch64", "the same for 64-bit ARM"),
    ("boot256-smoke.tar.gz", "smoke tests: shell scripts for eleven platforms, and the probe"),
    ("boot256.cdx.json", "what all of it is made of: a bill of materials by CycloneDX"),
    ("LICENSE", "what you may do with all of it"),
];

/// What a file of a release is, if anybody has described it.
pub fn describe(name: &str) -> Option<&'static str> {
    let format = FORMATS.iter().find(|format| format.file == name).map(|format| format.kind);
    format.or_else(|| EXTRAS.iter().find(|(extra, _)| *extra == name).map(|(_, what)| *what))
}

/// One file of a release.
pub struct Format {
    /// Its name in `build/`.
    pub file: &'static str,
    /// What it is.
    pub kind: &'static str,
    /// For whom it is.
    pub audience: &'static str,
    /// A command that uses it, if it is used by itself.
    pub command: Option<&'static str>,
    /// Bytes of the disk that a guest sees in it, 0 where there is none. `make check` opens all that have one.
    pub disk: u64,
    /// Other people's tools that agree on its size and content, none of which made it: `make check-readers`
    /// runs each one.
    pub readers: &'static [&'static str],
}

impl Format {
    const fn new(file: &'static str, disk: u64, kind: &'static str) -> Self {
        Self { file, kind, audience: "", command: None, disk, readers: &[] }
    }

    const fn audience(self, audience: &'static str) -> Self {
        Self { audience, ..self }
    }

    const fn command(self, command: &'static str) -> Self {
        Self { command: Some(command), ..self }
    }

    const fn readers(self, readers: &'static [&'static str]) -> Self {
        Self { readers, ..self }
    }
}

/// Every file that `make all` makes for users.
pub const FORMATS: &[Format] = &[
    Format::new("boot.bin", 0, "the program alone")
        .audience("a network boot (PXE, iPXE, PXELINUX, ISOLINUX); disassemblers, loaders of your own")
        .command("qemu-system-x86_64 -nic user,tftp=.,bootfile=boot.bin -boot n"),
    Format::new("boot.efi", 0, "the program for UEFI alone")
        .audience("a network boot under UEFI (PXE, HTTP, iPXE); its hash is what Secure Boot is told")
        .command("qemu-system-x86_64 -bios OVMF.fd -nic user,tftp=.,bootfile=boot.efi -boot n"),
    Format::new("boot.img", DISK, "raw disk")
        .audience("QEMU, Xen, Bochs, v86, EC2 import; USB sticks for PCs")
        .command("qemu-system-x86_64 -drive file=boot.img,format=raw")
        .readers(&["sfdisk", "fsck.fat", "7z", "oslo.utils"]),
    Format::new("boot-floppy.img", FLOPPY_SIZE as u64, "raw floppy, 1.44 MB")
        .audience("floppy drives, the virtual floppy of a server's remote console")
        .command("qemu-system-x86_64 -drive file=boot-floppy.img,format=raw,if=floppy"),
    Format::new("boot.iso", DISK, "CD and disk in one")
        .audience("the CD drive of a hypervisor; written raw, a disk or USB stick; not OpenStack's Glance")
        .command("qemu-system-x86_64 -cdrom boot.iso")
        .readers(&["isoinfo", "7z"]),
    Format::new("boot.qcow2", DISK, "qcow2")
        .audience("Proxmox VE, libvirt, OpenStack, KubeVirt by upload")
        .command("qm disk import 100 boot.qcow2 local-lvm --target-disk scsi0")
        .readers(&["libqcow", "7z", "oslo.utils"]),
    Format::new("boot.vmdk", DISK, "flat VMDK, its description")
        .audience("VMware Workstation, ESXi; keep it beside boot-flat.vmdk; not OpenStack")
        .command("vmkfstools -i boot.vmdk -d thin boot-esxi.vmdk")
        .readers(&["qemu-img", "libvmdk"]),
    Format::new("boot-flat.vmdk", DISK, "flat VMDK, its content").audience("boot.vmdk, which names it"),
    Format::new("boot-stream.vmdk", DISK, "VMDK in one file, compressed")
        .audience("vCenter content libraries, govc, OpenStack, cloud imports; VirtualBox")
        .command("govc import.vmdk boot-stream.vmdk boot256")
        .readers(&["qemu-img", "libvmdk", "7z", "oslo.utils"]),
    Format::new("boot.vhd", vhd::SIZE, "fixed VHD, 20 MiB")
        .audience("Hyper-V (generation 1), Azure; OpenStack takes it for a raw disk")
        .command("New-VM -Name boot256 -Generation 1 -MemoryStartupBytes 32MB -VHDPath boot.vhd")
        .readers(&["libvhdi", "7z"]),
    Format::new("boot.vdi", DISK, "VDI")
        .audience("VirtualBox; OpenStack")
        .command("VBoxManage storageattach boot256 --storagectl IDE --port 0 --device 0 --type hdd --medium boot.vdi")
        .readers(&["7z", "oslo.utils"]),
    Format::new("boot.ova", DISK, "appliance")
        .audience("VMware Workstation, Fusion, ESXi, vCenter; VirtualBox")
        .command("VBoxManage import boot.ova")
        .readers(&["tar", "qemu-img", "libvmdk", "7z", "oslo.utils", "virt-v2v"]),
    Format::new("boot-oci.tar", DISK, "container image with boot.qcow2 in it")
        .audience("KubeVirt (containerDisk), from any container registry")
        .command("skopeo copy oci-archive:boot-oci.tar docker://REGISTRY/boot256")
        .readers(&["skopeo", "podman", "buildah", "ctr"]),
    Format::new("boot-gce.tar.gz", DISK_RAW_SIZE, "disk.raw of 1 GiB, packed")
        .audience("Google Cloud")
        .command("gcloud compute images create boot256 --source-uri=gs://BUCKET/boot-gce.tar.gz")
        .readers(&["tar"]),
    Format::new("boot256.xml", 0, "libvirt domain")
        .audience("libvirt, virt-manager; it names boot.qcow2")
        .command("virsh define boot256.xml")
        .readers(&["virt-xml-validate", "virsh"]),
];

/// The MANIFEST of a release: each file of the folder with its format, size, audience, command.
///
/// # Errors
///
/// A file is missing, or one is there that nobody describes.
pub fn manifest(release: &Path) -> Result<String> {
    let mut text = format!(
        "boot256 {}: every file of this release\nCheck them with: sha256sum -c SHA256SUMS\n",
        env!("CARGO_PKG_VERSION")
    );
    for entry in fs::read_dir(release).with_context(|| release.display().to_string())? {
        let name = entry?.file_name();
        let known = name.to_str().and_then(describe);
        ensure!(known.is_some(), "{} is in the release, but not in the list of formats", name.display());
    }
    for format in FORMATS {
        let size = size(release, format)?;
        write!(
            text,
            "\n{}\n  format  {}\n  size    {size} bytes\n  for     {}\n",
            format.file, format.kind, format.audience
        )?;
        if let Some(command) = format.command {
            writeln!(text, "  use     {command}")?;
        }
    }
    for (name, what) in EXTRAS.iter().filter(|(name, _)| release.join(name).exists()) {
        write!(text, "\n{name}\n  {what}\n")?;
    }
    Ok(text)
}

/// The table of formats as Markdown, with the sizes that the files in `build` have.
///
/// # Errors
///
/// A file is missing.
pub fn table(build: &Path) -> Result<String> {
    let mut text = String::from("| File | What | Size | For | Use |\n|---|---|---|---|---|\n");
    for format in FORMATS {
        writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            format.file,
            format.kind,
            rounded(size(build, format)?),
            format.audience,
            format.command.map(|command| format!("`{command}`")).unwrap_or_default()
        )?;
    }
    Ok(text)
}

/// The table of readers as Markdown.
pub fn readers_table() -> String {
    let mut text = String::from("| File | Read and compared by |\n|---|---|\n");
    for format in FORMATS.iter().filter(|format| !format.readers.is_empty()) {
        writeln!(text, "| `{}` | {} |", format.file, format.readers.join(", ")).expect("a String takes everything");
    }
    text
}

fn size(build: &Path, format: &Format) -> Result<u64> {
    let path = build.join(format.file);
    Ok(fs::metadata(&path).with_context(|| format!("{} is missing: run 'make all'", path.display()))?.len())
}

/// A size for people: exact below 1 KiB and in whole MiB, else in KiB, rounded up, so that
/// the table does not change with each byte that compresses differently.
fn rounded(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match bytes {
        0..KIB => format!("{bytes} bytes"),
        _ if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        _ if bytes % MIB == 512 => format!("{} MiB + 512 bytes", bytes / MIB),
        _ => format!("{} KiB", bytes.div_ceil(KIB)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(rounded(1023), "1023 bytes");
        assert_eq!(rounded(1024), "1 KiB");
        assert_eq!(rounded(1 << 20), "1 MiB");
        assert_eq!(rounded(20_972_032), "20 MiB + 512 bytes");
        assert_eq!(rounded(1_474_560), "1440 KiB");
    }

    /// The table and the MANIFEST of a release: each file is described, and nothing undescribed is in it.
    #[test]
    fn each_file_is_described_and_none_may_be_missing_or_unknown() {
        let release = tempfile::tempdir().unwrap();
        for format in FORMATS {
            for error in [table(release.path()).unwrap_err(), manifest(release.path()).unwrap_err()] {
                assert!(error.to_string().contains("is missing: run 'make all'"), "{error}");
            }
            fs::write(release.path().join(format.file), [0; 300]).unwrap();
        }
        let table = table(release.path()).unwrap();
        let row = "| `boot.ova` | appliance | 300 bytes | VMware Workstation, Fusion, ESXi, vCenter; VirtualBox \
                   | `VBoxManage import boot.ova` |\n";
        assert!(table.contains(row) && table.lines().count() == 2 + FORMATS.len(), "{table}");
        assert!(readers_table().contains("| `boot.vhd` | libvhdi, 7z |\n"));
        let text = manifest(release.path()).unwrap();
        assert!(text.contains("\nboot.img\n  format  raw disk\n  size    300 bytes\n  for     QEMU"), "{text}");
        assert!(text.contains("\n  use     VBoxManage import boot.ova\n") && !text.contains("LICENSE"), "{text}");
        fs::write(release.path().join("LICENSE"), "").unwrap();
        assert!(manifest(release.path()).unwrap().contains("\nLICENSE\n  what you may do with all of it\n"));
        fs::write(release.path().join("other"), "").unwrap();
        assert!(manifest(release.path()).unwrap_err().to_string().contains("other is in the release"));
    }
}
