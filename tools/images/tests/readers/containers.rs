//! The tools that load a container image, and what they find in it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::run;

fn json(output: &[u8]) -> Value {
    serde_json::from_slice(output).unwrap()
}

const NAME: &str = concat!("docker.io/library/boot256:", env!("CARGO_PKG_VERSION"));

/// skopeo copies the image, its digests hold, and GNU tar finds the one file of QEMU's user in it. What `docker load`
/// would find is the same.
pub fn skopeo(path: &Path, qcow2: &Path) {
    let source = format!("oci-archive:{}", path.display());
    let skopeo = |arguments: &[&str]| run("skopeo", Command::new("skopeo").args(arguments));
    let image = json(&skopeo(&["inspect", &source]));
    assert_eq!((&image["Os"], &image["Architecture"]), (&"linux".into(), &"amd64".into()));
    assert_eq!(image["Created"], "2023-11-14T22:13:20Z");
    let of_docker = json(&skopeo(&["inspect", "--config", &format!("docker-archive:{}:{NAME}", path.display())]));
    assert_eq!(of_docker, json(&skopeo(&["inspect", "--config", &source])));
    let [layer] = image["Layers"].as_array().unwrap().as_slice() else { panic!("{image}") };

    let folder = tempfile::tempdir().unwrap();
    // Without a policy file, which says whose images may be copied, skopeo copies none.
    skopeo(&["--insecure-policy", "copy", &source, &format!("dir:{}", folder.path().display())]);
    let layer = folder.path().join(layer.as_str().unwrap().trim_start_matches("sha256:"));
    let list = run("tar", Command::new("tar").args(["--numeric-owner", "-tvzf"]).arg(&layer));
    let list = String::from_utf8(list).unwrap();
    let entries: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    let [folder_entry, file] = entries.as_slice() else { panic!("{list}") };
    assert_eq!((folder_entry[0], folder_entry[1], folder_entry[5]), ("dr-xr-xr-x", "107/107", "disk/"));
    assert_eq!((file[0], file[1], file[5]), ("-r--r-----", "107/107", "disk/boot.qcow2"));
    let disk = run("tar", Command::new("tar").arg("-xzOf").arg(&layer).arg("disk/boot.qcow2"));
    assert!(disk == fs::read(qcow2).unwrap(), "the disk in the image is not boot.qcow2");
}

/// podman or buildah load the image into a store of the test's own, under its name.
pub fn store(tool: &str, path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name).display().to_string();
    // vfs: the storage driver that works in any folder of any file system.
    let command = |arguments: &[&str]| {
        let mut command = Command::new(tool);
        command.args(["--root", &of("root"), "--runroot", &of("run"), "--storage-driver", "vfs"]).args(arguments);
        String::from_utf8(run(tool, &mut command)).unwrap()
    };
    let archive = path.display().to_string();
    if tool == "podman" {
        let loaded = command(&["load", "--input", &archive]);
        assert_eq!(loaded.trim(), format!("Loaded image: {NAME}"));
        let image = json(command(&["image", "inspect", NAME]).as_bytes());
        let image = &image[0];
        assert_eq!((&image["Os"], &image["Architecture"]), (&"linux".into(), &"amd64".into()));
        assert_eq!(image["Annotations"]["org.opencontainers.image.title"], "boot256");
        assert_eq!(image["Annotations"]["org.opencontainers.image.licenses"], "Apache-2.0");
    } else {
        let id = command(&["pull", &format!("oci-archive:{archive}")]);
        let image = json(command(&["inspect", "--type", "image", id.trim()]).as_bytes());
        assert_eq!((&image["OCIv1"]["os"], &image["OCIv1"]["architecture"]), (&"linux".into(), &"amd64".into()));
    }
    // What vfs leaves has the modes of the image, which not everybody may remove.
    run("coreutils", Command::new("chmod").args(["-R", "u+w"]).arg(folder.path()));
}

/// A containerd of the test's own imports the image as the kubelet's does, under the name that the kubelet asks for.
pub fn ctr(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name).display().to_string();
    let settings = format!(
        "version = 2\nroot = '{}'\nstate = '{}'\n[grpc]\naddress = '{}'\n[ttrpc]\naddress = '{}'\n",
        of("root"),
        of("state"),
        of("socket"),
        of("ttrpc")
    );
    fs::write(of("settings"), settings).unwrap();
    let mut containerd =
        Command::new("containerd").args(["--config", &of("settings")]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(containerd.stderr.take().unwrap()).lines().map(Result::unwrap);
    let up = log.any(|line| line.contains("containerd successfully booted"));
    let rest = std::thread::spawn(move || log.for_each(drop));
    let ctr = |arguments: &[&str]| {
        let output =
            Command::new("ctr").args(["--address", &of("socket"), "--namespace", "k8s.io"]).args(arguments).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    ctr(&["images", "import", "--no-unpack", &path.display().to_string()]);
    let images = ctr(&["images", "list", "--quiet"]);
    containerd.kill().unwrap();
    containerd.wait().unwrap();
    rest.join().unwrap();
    assert!(up && images.lines().any(|image| image == NAME), "{images}");
}
