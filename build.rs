//! Hands the linker script to the linker, and tells cargo to link again when it changes.

fn main() {
    let dir = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    println!("cargo:rerun-if-changed=linker.ld");
    println!("cargo:rustc-link-arg-bins=-T{dir}/linker.ld");

    // Set by the Makefile when a link has failed: how many bytes a program may have that is not to
    // boot but to be looked at. See linker.ld.
    println!("cargo:rerun-if-env-changed=BOOT256_LIMIT");
    if let Ok(limit) = std::env::var("BOOT256_LIMIT") {
        println!("cargo:rustc-link-arg-bins=--defsym=limit={limit}");
    }
}
