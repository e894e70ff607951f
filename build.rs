//! Hands the linker script to the linker, and tells cargo to link again when it changes.

fn main() {
    println!("cargo:rerun-if-changed=linker.ld");
    // Relative, for cargo links in the workspace's root and keeps this line: an absolute path would
    // be wrong once the project's folder has moved.
    println!("cargo:rustc-link-arg-bins=-Tlinker.ld");
}
