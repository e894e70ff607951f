//! OpenStack's own look at an image: the format inspector that Glance, Nova, Cinder and Ironic share.
//!
//! It is the Python package oslo.utils, in the folder that `make check-readers` installs it into.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{root, run};

/// The Python that has oslo.utils.
pub fn python() -> PathBuf {
    root().join("build/python/bin/python")
}

/// Prints the formats that the inspector finds, sorted, then the size that it believes, then what its
/// safety check says.
const PROGRAM: &str = "
import logging, sys
from oslo_utils.imageutils import format_inspector
logging.disable()
with open(sys.argv[1], 'rb') as image:
    wrapper = format_inspector.InspectWrapper(image)
    while wrapper.read(65536):
        pass
    wrapper.close()
found = sorted(wrapper.formats, key=str)
print(' '.join(str(format) for format in found))
for format in found:
    print(format.virtual_size)
    try:
        format.safety_check()
        print('safe')
    except format_inspector.SafetyCheckFailed as error:
        print('unsafe:', ', '.join(str(failure) for failure in error.failures.values()))
";

/// The inspector's view of a file, as lines.
fn inspect(path: &Path) -> Vec<String> {
    let output = run("python3-venv", Command::new(python()).arg("-c").arg(PROGRAM).arg(path));
    String::from_utf8(output).unwrap().lines().map(Into::into).collect()
}

/// The inspector finds one format, the disk's size, and nothing unsafe: such an image can be uploaded
/// under that format's name.
pub fn accepts(path: &Path, file: &str, size: u64) {
    let (format, size) = match file {
        "boot.qcow2" => ("qcow2", size),
        "boot.vdi" => ("vdi", size),
        "boot-stream.vmdk" | "boot.ova" => ("vmdk", size),
        // A disk with an MBR goes by the name of its successor; it is uploaded as raw.
        "boot.img" => ("gpt", size),
        other => panic!("oslo.utils is not asked about {other}"),
    };
    assert_eq!(inspect(path), [format, &size.to_string(), "safe"]);
}

/// What docs/formats.md says of the images that OpenStack does not take as what they are. If one of
/// these changes, the page has to.
pub fn refuses_what_the_page_says(build: impl Fn(&str) -> PathBuf) {
    // A hybrid is two formats at once. Nothing but the boot signature makes it one, and without that
    // it boots from no stick.
    assert_eq!(inspect(&build("boot.iso"))[0], "gpt iso");
    // A fixed VHD has its only mark at the end, where the inspector does not look: a disk of 20 MiB
    // and one sector.
    assert_eq!(inspect(&build("boot.vhd")), ["gpt", "20972032", "safe"]);
    assert_eq!(inspect(&build("boot.vmdk")), ["vmdk", "0", "unsafe: Unsupported subformat"]);
    assert_eq!(inspect(&build("boot-floppy.img"))[2], "unsafe: GPT MBR has no partitions defined");
}
