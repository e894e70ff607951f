//! Makes Rust constants of `cases.toml`. A file that breaks its own rules does not build.

use std::path::PathBuf;
use std::{env, fs, process};

#[path = "src/read.rs"]
mod read;

fn main() {
    println!("cargo::rerun-if-changed=cases.toml");
    println!("cargo::rerun-if-changed=src/read.rs");
    let text = fs::read_to_string("cases.toml").expect("cases.toml can be read");
    let facts = read::read(&text).unwrap_or_else(|error| {
        println!("cargo::error=tools/facts/cases.toml: {error}");
        process::exit(1);
    });
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("constants.rs"), read::constants(&facts)).expect("the constants can be written");
}
