//! The images and the program in VirtualBox: every line of docs/guides/virtualbox.md that a machine can try.
//!
//! Marked as ignored, because they run inside the folder that `make test-virtualbox` makes and enters.

mod images;
mod machine;
mod smoke;
