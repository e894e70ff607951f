//! tools/smoke/virtualbox.sh, as it is.

use std::process::{Command, Stdio};

use boot256_qemu::image::built;
use boot256_tests::virtualbox::Registry;

/// Where this tree is: tests/hypervisors/roots.
const SCRIPT: &str = "/mnt/tree/tools/smoke/virtualbox.sh";

#[track_caller]
fn passes((name, options): (&str, &[&str])) {
    let registry = Registry::empty();
    let mut command = Command::new(SCRIPT);
    command
        .args(options)
        .arg("--probe")
        .arg(built("boot256-probe"))
        .arg(built(name))
        .stdin(Stdio::null())
        .envs(registry.environment());
    let output = command.output().unwrap_or_else(|error| panic!("{SCRIPT}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.contains("smoke: ok"), "{SCRIPT}: {}\n{said}", output.status);
    let left = registry.run("list vms") + &registry.run("list hdds");
    assert_eq!(left, "", "left behind");
}

rows! {
    passes;
    vdi: ("boot.vdi", &["--chipset", "ich9"]);
    vmdk: ("boot.vmdk", &[]);
    vmdk_of_one_file: ("boot-stream.vmdk", &[]);
    vhd: ("boot.vhd", &[]);
    iso: ("boot.iso", &[]);
    // Its interpreter takes minutes for that firmware.
    uefi: ("boot.vdi", &["--uefi", "--timeout", "1200"]);
}
