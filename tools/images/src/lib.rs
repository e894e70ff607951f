//! What qemu-img and xorriso cannot do for the images of boot256.
//!
//! The Makefile lets those two tools make every image they know, from one raw disk. This crate
//! makes that disk ([`disk`], [`fat`]), gives the images identities that follow from their content where
//! the tools invent random ones ([`vhd`], [`vdi`]), writes the formats they do not know or not well
//! enough ([`vmdk`], [`vmdk_stream`], [`ova`], [`oci`], [`gce`]), and describes the result
//! ([`formats`], [`sbom`]). [`check`] reads every image by other means, [`flash`] writes the raw disk to a USB stick.
//!
//! Everything here is a function of the program's bytes alone: two builds anywhere give the
//! same files. Every file is written under a temporary name and renamed when it is whole
//! ([`boot256_kit::file`]).

pub mod archive;
pub mod check;
pub mod disk;
pub mod fat;
pub mod flash;
pub mod formats;
pub mod gce;
pub mod identity;
pub mod oci;
pub mod ova;
pub mod program;
pub mod sbom;
pub mod vdi;
pub mod vhd;
pub mod vmdk;
pub mod vmdk_stream;
