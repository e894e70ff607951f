//! Hands the linker script to the linker, and tells cargo to link again when it changes.

fn main() {
    println!("cargo:rerun-if-changed=linker.ld");
    // Read by LLVM, which cargo knows nothing of: see .cargo/boot.toml.
    println!("cargo:rerun-if-changed=.cargo/boot.csv");
    // Relative, for cargo links in the workspace's root and keeps this line: an absolute path would
    // be wrong once the project's folder has moved.
    println!("cargo:rustc-link-arg-bins=-Tlinker.ld");

    // Set by the Makefile when a link has failed: how many bytes a program may have that is only
    // to be looked at and will not boot. See linker.ld.
    println!("cargo:rerun-if-env-changed=BOOT256_LIMIT");
    if let Ok(limit) = std::env::var("BOOT256_LIMIT") {
        println!("cargo:rustc-link-arg-bins=--defsym=limit={limit}");
    }
}
