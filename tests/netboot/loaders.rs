//! The folder that a machine loads from, and the loaders in it, as Debian's packages have them.

use std::fs;
use std::path::Path;
use std::process::Command;

use boot256_qemu::image::{Image, built};
use boot256_qemu::machine::Machine;
use tempfile::TempDir;

use crate::{WEB_SERVER, card};

/// What a machine can load by TFTP or finds on a CD: the images and memdisk, and what else a loader needs.
pub struct Folder(TempDir);

impl Folder {
    #[track_caller]
    pub fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        for name in ["boot.bin", "boot.efi", "boot.img", "boot-floppy.img", "boot.iso"] {
            folder.holds(name, fs::read(built(name)).expect("an image"));
        }
        folder.holds("boot.0", fs::read(built("boot.bin")).expect("the program"));
        folder.holds("boot.bs", &fs::read(built("boot.img")).expect("the disk image")[..512]);
        folder.has_of("syslinux-common", "/usr/lib/syslinux/memdisk");
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    #[track_caller]
    fn holds(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("room for a file");
    }

    /// A file of a Debian package.
    #[track_caller]
    fn has_of(&self, package: &str, source: &str) {
        let content = fs::read(source);
        let content =
            content.unwrap_or_else(|error| panic!("{source}: {error} (package {package}): run 'make setup-all'"));
        self.holds(source.rsplit('/').next().expect("a name"), content);
    }
}

/// iPXE, which is in QEMU's network cards, with its commands as the file to boot.
#[track_caller]
pub fn ipxe(folder: &Folder, commands: &str) -> Machine {
    folder.holds("script.ipxe", format!("#!ipxe\n{commands}\n"));
    card(folder, "e1000", "script.ipxe")
}

/// iPXE's command with the address of the folder in place of `URL`.
#[track_caller]
pub fn ipxe_by_http(folder: &Folder, command: &str) -> Machine {
    let applets = run("busybox", Command::new("busybox").arg("--list"));
    assert!(applets.lines().any(|applet| applet == "httpd"), "this busybox has no httpd (package busybox)");
    ipxe(folder, &command.replace("URL", &format!("http://{WEB_SERVER}")))
}

/// A configuration of SYSLINUX's family that starts one thing at once.
fn configuration(entry: &str) -> String {
    format!("DEFAULT boot256\nPROMPT 0\nLABEL boot256\n{entry}\n")
}

/// PXELINUX over the network.
#[track_caller]
pub fn pxelinux(folder: &Folder, entry: &str) -> Machine {
    folder.has_of("pxelinux", "/usr/lib/PXELINUX/pxelinux.0");
    folder.has_of("syslinux-common", "/usr/lib/syslinux/modules/bios/ldlinux.c32");
    folder.holds("pxelinux.cfg/default", configuration(entry));
    card(folder, "e1000", "pxelinux.0")
}

/// ISOLINUX on a CD with what the folder holds.
#[track_caller]
pub fn isolinux(folder: &Folder, entry: &str) -> Machine {
    folder.has_of("isolinux", "/usr/lib/ISOLINUX/isolinux.bin");
    folder.has_of("syslinux-common", "/usr/lib/syslinux/modules/bios/ldlinux.c32");
    folder.holds("isolinux.cfg", configuration(entry));
    let cd = folder.path().join("cd.iso");
    let mut xorriso = Command::new("xorriso");
    xorriso
        .args(["-no_rc", "-as", "mkisofs", "-quiet", "-b", "isolinux.bin", "-c", "boot.cat", "-no-emul-boot"])
        .args(["-boot-load-size", "4", "-boot-info-table", "-m", "cd.iso", "-o"])
        .arg(&cd)
        .arg(folder.path());
    run("xorriso", &mut xorriso);
    Machine::pc().backend(&Image::at(cd), "readonly=on").device("ide-cd,drive=boot")
}

/// GRUB as one file that PXE loads, with its commands inside.
#[track_caller]
pub fn grub(folder: &Folder, commands: &str) -> Machine {
    folder.holds("grub.cfg", format!("{commands}\nboot\n"));
    let modules = Path::new("/usr/lib/grub/i386-pc");
    assert!(modules.is_dir(), "{} is missing (package grub-pc-bin): run 'make setup-all'", modules.display());
    let mut mkimage = Command::new("grub-mkimage");
    mkimage
        .args(["--format", "i386-pc-pxe", "--prefix", "(pxe)/", "--config"])
        .arg(folder.path().join("grub.cfg"))
        .arg("--output")
        .arg(folder.path().join("grub.0"))
        .args(["pxe", "tftp", "boot", "chain", "loopback", "linux16"]);
    run("grub-common", &mut mkimage);
    card(folder, "e1000", "grub.0")
}

#[track_caller]
fn run(package: &str, command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error} (package {package}): run 'make setup-all'"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
