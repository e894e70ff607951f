//! The numbers in the headers of the disk images that a hypervisor acts on and no reader compares with anything.

mod common;

use std::fs::File;

use common::{Images, image};

/// By the vdi crate, which knows each field of the header; the values are those that VirtualBox wants of a dynamic
/// image (VirtualBox, `VDICore.h`).
#[test]
fn the_vdi_is_a_dynamic_disk_of_one_block_with_no_parent() {
    let images = Images::of(&["boot.vdi"]);
    let disk = vdi::VdiDisk::open(Box::new(File::open(images.path("boot.vdi")).expect("a copy"))).expect("a VDI");
    let header = disk.header;
    assert_eq!((header.signature, header.version, header.header_size), (0xBEDA_107F, 0x0001_0001, 0x190));
    assert_eq!((header.image_type, header.image_flags), (1, 0), "1: dynamic");
    assert_eq!((header.block_offsets_offset, header.data_offset), (0x200, 0x400));
    assert_eq!((header.sector_size, header.block_size, header.block_extra), (512, 1 << 20, 0));
    assert_eq!((header.disk_size, header.blocks_in_image, header.blocks_allocated), (1 << 20, 1, 1));
    assert!(header.uuid_image != header.uuid_last_snap);
    assert!(header.uuid_link.is_nil() && header.uuid_parent.is_nil());
    // The geometry that the BIOS shows is behind what the crate knows: cylinders, heads, sectors, bytes of a sector.
    let geometry: Vec<u8> = [1u32, 64, 32, 512].iter().flat_map(|word| word.to_le_bytes()).collect();
    assert_eq!(image("boot.vdi")[0x1C8..0x1D8], geometry);
}

/// No reader gives all of these: by the offsets of Microsoft's "Virtual Hard Disk Image Format Specification" 1.0.
/// The vhd crate holds the checksum, `make check-readers` has 7-Zip and libvhdi.
#[test]
fn the_vhd_is_a_fixed_disk_with_the_geometry_of_20_mebibytes() {
    let vhd = image("boot.vhd");
    let footer = &vhd[vhd.len() - 512..];
    assert_eq!(footer[..8], *b"conectix");
    assert_eq!(footer[8..12], [0, 0, 0, 2], "features: none but the reserved bit");
    assert_eq!(footer[12..16], [0, 1, 0, 0], "version");
    assert_eq!(footer[16..24], [0xFF; 8], "no dynamic header");
    // 14 November 2023, in seconds since 2000.
    assert_eq!(footer[24..28], (1_700_000_000u32 - 946_684_800).to_be_bytes());
    // A size that QEMU takes as it is, not from the geometry (`block/vpc.c`: the creator "qem2").
    assert_eq!(footer[28..32], *b"qem2");
    assert_eq!(
        (&footer[40..48], &footer[48..56]),
        (&(20u64 << 20).to_be_bytes()[..], &(20u64 << 20).to_be_bytes()[..])
    );
    assert_eq!(footer[56..60], [602u16.to_be_bytes()[0], 602u16.to_be_bytes()[1], 4, 17]);
    assert_eq!(footer[60..64], [0, 0, 0, 2], "fixed");
    // A UUID of version 8 and of RFC 9562's variant: the identity of the content.
    assert_eq!((footer[74] >> 4, footer[76] >> 6), (8, 2));
    assert_eq!(footer[84], 0, "no saved state");
    assert!(footer[85..].iter().all(|byte| *byte == 0), "reserved");
}
