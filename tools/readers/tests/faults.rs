//! Images that are wrong in one way each, as another maker might have made them: the reader names the fault. An image
//! whose checksums hold, and one that is larger than any of the project's, is made here.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::process::Command;

use boot256_readers::iso::boot_entry;
use boot256_readers::medium::Medium;
use boot256_readers::{program, stream_vmdk};
use common::{Images, image};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use object::{Object, ObjectSection, ObjectSymbol};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

/// A file of an archive: its name, what kind of file, user, permissions, content.
#[derive(Clone)]
struct File {
    name: String,
    kind: EntryType,
    owner: u64,
    mode: u32,
    content: Vec<u8>,
}

fn file(name: &str, content: &[u8]) -> File {
    File { name: name.into(), kind: EntryType::Regular, owner: 0, mode: 0o644, content: content.to_vec() }
}

fn tar(files: &[File]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(file.kind);
        header.set_size(file.content.len() as u64);
        header.set_uid(file.owner);
        header.set_gid(file.owner);
        header.set_mode(file.mode);
        archive.append_data(&mut header, &file.name, file.content.as_slice()).expect("a short name");
    }
    archive.into_inner().expect("room in memory")
}

fn untar(archive: &[u8]) -> Vec<File> {
    let read = |entry: std::io::Result<tar::Entry<_>>| {
        let mut entry = entry.expect("a file");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its content");
        file(&entry.path().expect("its name").display().to_string(), &content)
    };
    tar::Archive::new(archive).entries().expect("files").map(read).collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(content).expect("room in memory");
    gzip.finish().expect("room in memory")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the reader says of `content` as a file of that name.
fn said(name: &str, content: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("room for a file");
    match Medium::open(&path) {
        Ok(medium) => format!("a disk of {} bytes, by {}", medium.size, medium.reader),
        Err(error) => format!("{error:#}"),
    }
}

#[track_caller]
fn assert_said(name: &str, content: &[u8], what: &str) {
    let said = said(name, content);
    assert!(said.contains(what), "{what}: {said}");
}

#[test]
fn the_file_s_name_chooses_the_reader() {
    let image = image("boot.img");
    assert_said("boot.img", &image, "a disk of 1048576 bytes, by file");
    assert_said("boot.iso", &image, "a disk of 1048576 bytes, by file");
    assert_said("boot-flat.vmdk", &image, "a disk of 1048576 bytes, by file");
    assert_said("boot.raw", &image, "no reader for this name");
    assert_said("boot", &image, "no reader for this name");
}

#[test]
fn an_appliance_is_an_ovf_first_and_a_manifest_that_holds() {
    let good = untar(&image("boot.ova"));
    let names: Vec<&str> = good.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["boot256.ovf", "boot256.mf", "boot256-disk1.vmdk"]);
    assert_said("boot.ova", &tar(&good), "a disk of 1048576 bytes, by tar, flate2");
    assert_said("boot.ova", &tar(&[]), "the OVF is not the first file");
    let mut turned = good.clone();
    turned.reverse();
    assert_said("boot.ova", &tar(&turned), "the OVF is not the first file");
    assert_said("boot.ova", &tar(&[good[0].clone(), good[2].clone()]), "no manifest");
    assert_said("boot.ova", &tar(&good[..2]), "no disk");
    let more = [&good[..], &[file("more", b"")]].concat();
    assert_said("boot.ova", &tar(&more), "the manifest has no line \"SHA256(more)= e3b0c442");
    for changed in [0, 2] {
        let mut files = good.clone();
        *files[changed].content.last_mut().expect("some content") ^= 1;
        assert_said("boot.ova", &tar(&files), &format!("the manifest has no line \"SHA256({})", names[changed]));
    }
}

/// A container image before it is packed: every checksum is made as it is.
struct Container {
    layout: Value,
    index: Value,
    manifest: Value,
    configuration: Value,
    layer: Vec<File>,
    more: Vec<File>,
}

impl Container {
    fn new() -> Self {
        let of_qemu = |name: &str, kind, mode, content: &[u8]| File { kind, mode, owner: 107, ..file(name, content) };
        Self {
            layout: json!({ "imageLayoutVersion": "1.0.0" }),
            index: json!({ "manifests": [{ "mediaType": "application/vnd.oci.image.manifest.v1+json" }] }),
            manifest: json!({
                "config": { "mediaType": "application/vnd.oci.image.config.v1+json" },
                "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip" }],
            }),
            configuration: json!({ "architecture": "amd64", "os": "linux", "rootfs": { "diff_ids": [null] } }),
            layer: vec![
                of_qemu("disk/", EntryType::Directory, 0o555, b""),
                of_qemu("disk/boot.img", EntryType::Regular, 0o440, &[7; 1024]),
            ],
            more: Vec::new(),
        }
    }

    /// Fills in what is not there yet, packs all, and breaks what `break_it` breaks of the files.
    fn pack(mut self, break_it: impl FnOnce(&mut Vec<File>)) -> Vec<u8> {
        let mut files = Vec::new();
        let mut blob = |descriptor: &mut Value, content: &[u8]| {
            let digest = sha256(content);
            files.push(file(&format!("blobs/sha256/{digest}"), content));
            if let Some(descriptor) = descriptor.as_object_mut() {
                descriptor.entry("digest").or_insert(format!("sha256:{digest}").into());
                descriptor.entry("size").or_insert(content.len().into());
            }
        };
        let layer = tar(&self.layer);
        blob(&mut self.manifest["layers"][0], &gzip(&layer));
        let id = &mut self.configuration["rootfs"]["diff_ids"][0];
        if id.is_null() {
            *id = format!("sha256:{}", sha256(&layer)).into();
        }
        blob(&mut self.manifest["config"], self.configuration.to_string().as_bytes());
        blob(&mut self.index["manifests"][0], self.manifest.to_string().as_bytes());
        files.push(file("oci-layout", self.layout.to_string().as_bytes()));
        files.push(file("index.json", self.index.to_string().as_bytes()));
        files.extend(self.more);
        break_it(&mut files);
        tar(&files)
    }
}

/// What is made here is such an image, so what is found below is what was changed.
#[test]
fn a_container_image_holds_one_disk() {
    assert_said("boot-oci.tar", &Container::new().pack(|_| {}), "a disk of 1024 bytes, by flate2, tar, imago");
    assert_said("boot-oci.tar", &image("boot-oci.tar"), "a disk of 1048576 bytes, by flate2, tar, imago");
}

#[test]
fn a_container_image_of_other_words_is_refused() {
    /// What is changed, and what is said of it.
    type Fault = (fn(&mut Container), &'static str);
    fn push(list: &mut Value) {
        list.as_array_mut().expect("a list").push(json!({}));
    }
    let faults: [Fault; 21] = [
        (|it| it.layout = json!({}), "another image layout"),
        (|it| it.layout["imageLayoutVersion"] = "2.0.0".into(), "another image layout"),
        (
            |it| it.index["manifests"][0]["mediaType"] = "x".into(),
            "\"x\" instead of application/vnd.oci.image.manifest",
        ),
        (|it| push(&mut it.index["manifests"]), "2 elements instead of one"),
        (|it| it.manifest["config"]["mediaType"] = "x".into(), "\"x\" instead of application/vnd.oci.image.config"),
        (|it| it.manifest["config"]["size"] = 1.into(), "has another size"),
        (|it| it.manifest["config"]["digest"] = "sha256:00".into(), "no blobs/sha256/00"),
        (|it| it.manifest["config"]["digest"] = "md5:00".into(), "no digest"),
        (|it| it.manifest["layers"][0]["mediaType"] = "x".into(), "\"x\" instead of application/vnd.oci.image.layer"),
        (|it| push(&mut it.manifest["layers"]), "2 elements instead of one"),
        (|it| it.configuration["architecture"] = "arm64".into(), "another platform"),
        (|it| it.configuration["os"] = "windows".into(), "another platform"),
        (|it| it.configuration["rootfs"]["diff_ids"][0] = "x".into(), "the layer is not the configuration's"),
        (|it| it.layer.truncate(1), "1 entries in the layer instead of a folder and a file"),
        (|it| it.layer[0].name = "disc/".into(), "disc/ is not the folder"),
        (|it| it.layer[1].name = "disc/boot.img".into(), "the disk is not in /disk"),
        (|it| it.layer[1].name = "disk/more/boot.img".into(), "the disk is not in /disk"),
        (|it| it.layer[1].name = "disk/boot.vhd".into(), "boot.vhd is neither qcow2 nor raw"),
        (|it| it.layer[0].owner = 0, "user 107 cannot read boot.img"),
        (|it| it.layer[1].owner = 0, "user 107 cannot read boot.img"),
        (|it| it.layer[1].mode = 0o044, "user 107 cannot read boot.img"),
    ];
    for (change, fault) in faults {
        let mut container = Container::new();
        change(&mut container);
        assert_said("boot-oci.tar", &container.pack(|_| {}), fault);
    }
    let mut folders = Container::new();
    folders.layer[1].kind = EntryType::Directory;
    folders.layer[1].content.clear();
    assert_said("boot-oci.tar", &folders.pack(|_| {}), "disk/boot.img is no file");
    let mut no_folder = Container::new();
    no_folder.layer[0].kind = EntryType::Fifo;
    assert_said("boot-oci.tar", &no_folder.pack(|_| {}), "disk/ is not the folder");
}

#[test]
fn a_container_image_of_other_files_is_refused() {
    let broken = |break_it: fn(&mut Vec<File>)| Container::new().pack(break_it);
    let twice = broken(|files| files.push(file("index.json", b"{}")));
    assert_said("boot-oci.tar", &twice, "index.json twice");
    assert_said("boot-oci.tar", &broken(|files| files.retain(|file| file.name != "oci-layout")), "no oci-layout");
    // The first is the layer: as long as before, and another.
    let other = broken(|files| *files[0].content.last_mut().expect("some content") ^= 1);
    assert_said("boot-oci.tar", &other, "has another content");
    let no_list = broken(|files| {
        let index = files.iter_mut().find(|file| file.name == "index.json").expect("an index");
        index.content = br#"{"manifests":{}}"#.to_vec();
    });
    assert_said("boot-oci.tar", &no_list, "0 elements instead of one");
    let no_json = broken(|files| {
        files.iter_mut().filter(|file| file.name == "index.json").for_each(|file| file.content[0] = b'x')
    });
    assert_said("boot-oci.tar", &no_json, "no JSON");
}

/// Numbers of the boot catalog and where they are, with the checksum made to hold again.
#[test]
fn a_cd_that_no_bios_boots_is_refused() {
    let iso = image("boot.iso");
    let record = 17 * 2048;
    let catalog = 2048 * u32::from_le_bytes(iso[record + 71..record + 75].try_into().expect("four bytes")) as usize;
    let with = |changes: &[(usize, &[u8])]| {
        let images = Images::of(&["boot.iso"]);
        images.change("boot.iso", |iso| {
            for (at, bytes) in changes {
                iso[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        });
        boot_entry(&images.path("boot.iso"))
    };
    let refused = |at: usize, bytes: &[u8], why: &str| {
        let error = with(&[(at, bytes)]).err().unwrap_or_else(|| panic!("{why}"));
        assert!(format!("{error:#}").contains(why), "{why}: {error:#}");
    };
    let entry = catalog + 32;
    refused(record, b"\x01", "no El Torito boot record");
    refused(record + 7, b"el", "no El Torito boot record");
    refused(catalog + 28, b"\x01", "the catalog's checksum does not hold");
    refused(catalog + 4, b"X", "the catalog's checksum does not hold");
    refused(entry, b"\x00", "the entry is not bootable");
    refused(entry + 1, b"\x02", "the entry wants a disk emulated");
    refused(entry + 6, b"\x00\x00", "0 sectors to load");
    refused(entry + 6, b"\x01\x04", "1025 sectors to load");
    refused(entry + 8, b"\xFF\xFF\xFF\x00", "boot.iso");

    let good = with(&[]).expect("the project's CD");
    assert_eq!((good.segment, good.image.len()), (0, 2048));
    let one = with(&[(entry + 2, b"\xC0\x07"), (entry + 6, b"\x01\x00")]).expect("another segment, one sector");
    assert_eq!((one.segment, one.image.as_slice()), (0x07C0, &good.image[..512]));
    // The sector before: a volume descriptor.
    let record_itself = with(&[(entry + 8, &17u32.to_le_bytes())]).expect("another sector");
    assert_eq!(record_itself.image, iso[record..record + 2048]);
}

/// A stream-optimized VMDK of any measures: `grains` in the order of the disk, zeros where there is none.
struct Stream {
    capacity: u64,
    grain: u64,
    entries: u32,
    grains: Vec<Option<Vec<u8>>>,
}

impl Stream {
    const SECTOR: usize = 512;

    /// The header or the footer, after the fields of `struct SparseExtentHeader`.
    fn header(&self, directory: u64) -> Vec<u8> {
        let mut header = b"KDMV\x03\0\0\0\x01\0\x03\0".to_vec();
        for number in [self.capacity, self.grain, 1, 1] {
            header.extend(number.to_le_bytes());
        }
        header.extend(self.entries.to_le_bytes());
        header.extend(0u64.to_le_bytes());
        header.extend(directory.to_le_bytes());
        header.resize(Self::SECTOR, 0);
        header
    }

    fn pack(&self) -> Vec<u8> {
        let mut file = self.header(u64::MAX);
        let pad = |file: &mut Vec<u8>| file.resize(file.len().next_multiple_of(Self::SECTOR), 0);
        file.extend(b"createType=\"streamOptimized\"");
        pad(&mut file);
        let mut places = Vec::new();
        for (index, grain) in self.grains.iter().enumerate() {
            let Some(grain) = grain else {
                places.push(0u32);
                continue;
            };
            places.push((file.len() / Self::SECTOR) as u32);
            let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
            zlib.write_all(grain).expect("room in memory");
            let packed = zlib.finish().expect("room in memory");
            file.extend((index as u64 * self.grain).to_le_bytes());
            file.extend((packed.len() as u32).to_le_bytes());
            file.extend(packed);
            pad(&mut file);
        }
        let mut tables = Vec::new();
        for table in places.chunks(self.entries as usize) {
            tables.push((file.len() / Self::SECTOR) as u32);
            file.extend(table.iter().flat_map(|place| place.to_le_bytes()));
            pad(&mut file);
        }
        let directory = (file.len() / Self::SECTOR) as u64;
        file.extend(tables.iter().flat_map(|table| table.to_le_bytes()));
        pad(&mut file);
        let marker = |kind: u8| {
            let mut marker = vec![0; Self::SECTOR];
            marker[12] = kind;
            marker
        };
        file.extend(marker(3));
        file.extend(self.header(directory));
        file.extend(marker(0));
        file
    }
}

/// Five grains of two sectors, two in a table, the third of zeros, and the last one half beyond the end.
fn stream() -> Stream {
    let grain = |byte| Some(vec![byte; 1024]);
    Stream { capacity: 9, grain: 2, entries: 2, grains: vec![grain(1), grain(2), None, grain(4), grain(5)] }
}

#[test]
fn a_disk_of_several_tables_is_put_together() {
    let medium = stream_vmdk::disk(&stream().pack()).expect("a VMDK");
    let expected = [[1; 1024], [2; 1024], [0; 1024], [4; 1024], [5; 1024]].concat();
    assert_eq!(medium.size, 9 * 512);
    assert!(medium.start == expected[..9 * 512]);
    // A grain that is shorter ends in zeros; one of the largest size is one.
    let short = Stream { grains: vec![Some(vec![7; 100])], capacity: 2, ..stream() };
    let medium = stream_vmdk::disk(&short.pack()).expect("a VMDK");
    assert!(medium.start[..100] == [7; 100] && medium.start[100..] == [0; 924]);
    let large = Stream { grains: vec![Some(vec![7; 1 << 20])], capacity: 2048, grain: 2048, entries: 1 };
    assert!(stream_vmdk::disk(&large.pack()).expect("a VMDK").start == vec![7; 1 << 20]);
}

#[test]
fn a_vmdk_that_does_not_hold_is_refused() {
    let refused = |vmdk: &[u8], why: &str| {
        let error = stream_vmdk::disk(vmdk).err().unwrap_or_else(|| panic!("{why}"));
        assert!(format!("{error:#}").contains(why), "{why}: {error:#}");
    };
    let good = stream().pack();
    let end = good.len();
    let changed = |at: usize, byte: u8, why: &str| {
        let mut bad = good.clone();
        bad[at] = byte;
        refused(&bad, why);
    };
    changed(0, b'k', "no VMDK");
    changed(10, 1, "not compressed with markers");
    changed(10, 2, "not compressed with markers");
    changed(56, 0, "the directory is not at the end");
    changed(512, b'C', "the descriptor is of another kind");
    changed(28, 200, "sector 200 is beyond the end");
    changed(end - 3 * 512 + 12, 2, "no marker 3");
    changed(end - 3 * 512 + 8, 1, "no marker 3");
    changed(end - 512 + 12, 3, "no marker 0");
    changed(end - 2 * 512, b'k', "no VMDK");
    changed(end - 2 * 512 + 12, 8, "header and footer differ");
    changed(end - 2 * 512 + 20, 3, "header and footer differ");
    changed(end - 2 * 512 + 56, 250, "a table beyond the end");
    refused(&good[..2 * 512], "no footer");
    // The first grain: its marker is in the third sector.
    changed(2 * 512, 2, "a grain of another place");
    changed(2 * 512 + 10, 1, "a grain beyond the end");
    for (stream, why) in [
        (Stream { capacity: 0, ..stream() }, "a disk of 0 sectors"),
        (Stream { capacity: (16 << 20) / 512 + 1, ..stream() }, "a disk of 32769 sectors"),
        (Stream { grain: 0, ..stream() }, "grains of 0 sectors"),
        (Stream { grain: 2049, ..stream() }, "grains of 2049 sectors"),
        (Stream { grains: vec![Some(vec![1; 1025])], ..stream() }, "a grain of 1025 bytes"),
    ] {
        refused(&stream.pack(), why);
    }
    let mut no_entries = good.clone();
    no_entries[end - 2 * 512 + 44] = 0;
    refused(&no_entries, "0 in a table");
}

#[test]
fn a_vdi_of_no_identity_or_of_more_than_it_has_is_refused() {
    let good = image("boot.vdi");
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        bad
    };
    assert_said("boot.vdi", &good, "a disk of 1048576 bytes, by vdi");
    for uuid in [0x188, 0x198] {
        assert_said("boot.vdi", &with(uuid, &[0; 16]), "VirtualBox refuses a VDI whose UUIDs are zero");
    }
    assert_said("boot.vdi", &with(0x178, &[0; 4]), "1 blocks of 0 bytes");
    assert_said("boot.vdi", &with(0x178, &0x0200_0000u32.to_le_bytes()), "1 blocks of 33554432 bytes");
    assert_said("boot.vdi", &with(0x180, &0x0100_0000u32.to_le_bytes()), "16777216 blocks of 1048576 bytes");
}

#[test]
fn a_vhd_that_azure_does_not_take_is_refused() {
    assert_said("boot.vhd", &image("boot.vhd"), "a disk of 20971520 bytes, by vhd");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dynamic = folder.path().join("dynamic.vhd");
    let mut qemu_img = Command::new("qemu-img");
    let output =
        qemu_img.args(["create", "-q", "-f", "vpc", "-o", "subformat=dynamic"]).arg(&dynamic).arg("20M").output();
    let output = output.unwrap_or_else(|error| panic!("{error}: qemu-img (package qemu-utils): run 'make setup'"));
    assert!(output.status.success(), "{qemu_img:?}: {output:?}");
    assert_said("boot.vhd", &fs::read(dynamic).expect("a VHD"), "not a fixed VHD: Azure takes no other");
}

/// The symbols of the linker script, moved.
#[test]
fn a_program_whose_parts_lie_elsewhere_is_refused() {
    let elf = image("boot.elf");
    let read = object::File::parse(elf.as_slice()).expect("an ELF");
    let origin = read.section_by_name(".text").expect("the code").address();
    let (table, _) = read.section_by_name(".symtab").expect("symbols").file_range().expect("in the file");
    let with = |name: &str, address: u64| {
        let symbol = read.symbols().find(|symbol| symbol.name() == Ok(name)).expect("a symbol of the linker script");
        // `Elf32_Sym` has 16 bytes, and the address behind the name's 4.
        let at = usize::try_from(table).expect("a small file") + symbol.index().0 * 16 + 4;
        let mut moved = elf.clone();
        moved[at..at + 4].copy_from_slice(&u32::try_from(address).expect("32 bits").to_le_bytes());
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), moved).expect("room for a file");
        program::padding(file.path()).map_err(|error| format!("{error:#}"))
    };
    let good = with("__text", read.symbols().find(|symbol| symbol.name() == Ok("__text")).expect("it").address())
        .expect("an ELF");
    assert_eq!(with("__code_end", origin), Ok(0..good.end));
    assert_eq!(with("__text", origin + 256), Ok(good.start..256));
    assert_eq!(with("__text", origin), Err("the code runs into the text".into()));
    for outside in [origin - 1, origin + 257] {
        assert_eq!(with("__text", outside), Err("__text is not in the 256 bytes".into()));
    }
}

#[test]
fn an_archive_that_google_cloud_does_not_take_is_refused() {
    let mut good = Vec::new();
    GzDecoder::new(image("boot-gce.tar.gz").as_slice()).read_to_end(&mut good).expect("an archive");
    assert_said("boot-gce.tar.gz", &gzip(&good), "a disk of 1073741824 bytes, by flate2, tar");
    assert_said("boot-gce.tar.gz", &gzip(&tar(&[file("boot.raw", b"x")])), "wants a file named disk.raw");
    assert_said("boot-gce.tar.gz", &gzip(&tar(&[file("disk.raw", b"x")])), "wants the GNU flavour");
    assert_said("boot-gce.tar.gz", &gzip(&tar(&[])), "an empty archive");
}
