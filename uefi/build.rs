//! The linker's options. (LLD in Microsoft's manner; `/` stands for `-`.)

fn main() {
    for option in [
        // One section in the file, for the header of each costs 40 bytes. Nothing is written in it.
        "/MERGE:.rdata=.text",
        "/MERGE:.data=.text",
        // No hole in the file: nobody maps it, the firmware copies it. In memory the section has pages of
        // its own, so a firmware that protects pages by the section's flags can.
        "/FILEALIGN:32",
        "/ALIGN:4096",
        "/DEBUG:NONE",
        // The same program is the same file, whenever it is linked.
        "/TIMESTAMP:0",
    ] {
        println!("cargo:rustc-link-arg-bins={option}");
    }
}
