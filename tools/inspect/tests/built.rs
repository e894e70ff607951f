//! The program as `make` has built it, looked at from all sides.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use boot256_facts::START;
use boot256_inspect::listing::{Language, Listing};
use boot256_inspect::program::{CAPACITY, Program};
use boot256_inspect::{ledger, source, write};
use boot256_kit::{page, root};
use object::read::elf::ElfFile32;
use object::{LittleEndian, Object};

/// A file of `build/`, or of the folder that `BOOT256_BUILD` names.
#[track_caller]
fn built(name: &str) -> PathBuf {
    let folder = std::env::var_os("BOOT256_BUILD").map_or_else(|| root().join("build"), PathBuf::from);
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not there: run `make all`", path.display());
    path
}

#[track_caller]
fn listing() -> Listing {
    Listing::read(&built("boot.elf"), &root()).unwrap()
}

#[track_caller]
fn program() -> Program {
    Program::read(&built("boot.elf")).unwrap()
}

fn inspect(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_boot256-inspect")).current_dir(root()).args(arguments).output().unwrap()
}

/// What to do to the file at `path` to make `new` of it; nothing if they are equal.
#[track_caller]
fn diff(path: &Path, new: &str) -> String {
    let mut diff =
        Command::new("diff").arg("-u").arg(path).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    diff.stdin.take().unwrap().write_all(new.as_bytes()).unwrap();
    String::from_utf8(diff.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn the_lines_are_the_bytes_without_gaps() {
    let listing = listing();
    let bytes: Vec<u8> = listing.lines.iter().flat_map(|line| line.own().to_vec()).collect();
    assert_eq!(bytes, fs::read(built("boot.bin")).unwrap());
    let mut address = 0x7C00;
    for line in &listing.lines {
        assert_eq!(line.address, address);
        address += line.own().len() as u16;
        assert_eq!(line.language == Language::Free, line.function.is_empty(), "{line:?}");
    }
    // The text is data and ends the program.
    let data: Vec<_> = listing.lines.iter().filter(|line| line.language == Language::Data).collect();
    assert_eq!((data.len(), data[0].function.as_str()), (1, "line::TEXT"), "{data:?}");
    assert!(data[0].bytes.iter().rev().eq(START));
}

/// What an instruction of either kind looks like is known of these, and LLVM never writes them itself.
#[test]
fn rust_and_assembly_are_told_apart() {
    let only_assembly = ["int ", "in ", "out ", "cli", "sti", "hlt", "sahf", "pusha", "popa", "ret", "cwd", "cld"];
    for line in &listing().lines {
        if only_assembly.iter().any(|start| line.text.starts_with(start)) {
            assert_eq!(line.language, Language::Assembly, "{line:?}");
        }
        if line.function == "repl" || line.function.starts_with("Byte::") {
            assert_eq!(line.language, Language::Rust, "there is no assembly in {line:?}");
        }
        if line.language == Language::Assembly {
            assert!(matches!(&line.place, Some((_, Some(_)))), "{line:?}");
        }
    }
}

#[test]
fn a_source_that_is_not_the_programs_is_refused() {
    let elf = fs::read(built("boot.elf")).unwrap();
    for (file, old, new) in [
        ("line.rs", "\"dec bx\"", "\"inc bx\""),
        ("line.rs", "\"mov [bx], al\", \"inc bx\"", "\"mov [bx], al\", \"inc bx\", \"nop\""),
        ("start.rs", "\"cld\",", ""),
        ("start.rs", "\"cwd\",", "\"cwd\", \"nop\","),
        ("console.rs", "fn teletype", "fn other"),
    ] {
        let text = fs::read_to_string(root().join("src").join(file)).unwrap();
        let changed = text.replacen(old, new, 1);
        assert_ne!(changed, text, "{file}: {old}");
        let mut blocks = source::read(&root()).unwrap();
        blocks.retain(|block| !block.file.ends_with(file));
        blocks.extend(source::scan(&format!("src/{file}"), &changed).unwrap());
        assert!(Listing::new(&elf, &blocks).is_err(), "{file}: {old} -> {new}");
    }
}

/// Whoever writes assembly says what it needs and what it destroys.
#[test]
fn each_block_of_assembly_has_a_contract_which_the_listing_shows() {
    let text = write::disasm(&listing());
    for block in source::read(&root()).unwrap().iter().filter(|block| !block.items.is_empty()) {
        let contract = block.contract.as_ref().filter(|contract| contract.contains("Clobbers: "));
        let contract = contract.unwrap_or_else(|| panic!("{}:{} has no contract", block.file, block.line));
        assert!(text.contains(&format!("; {contract}\n")), "{contract}");
    }
}

#[test]
fn the_golden_listing_is_the_program() {
    let path = root().join("tools/inspect/golden/boot.lst");
    let now = write::golden(&Listing::bare(program()).unwrap());
    let diff = diff(&path, &now);
    assert!(diff.is_empty(), "the program's bytes have changed; `make golden` accepts that\n{diff}");
}

#[test]
fn the_pages_ledgers_are_current_and_have_each_byte_once() {
    let listing = listing();
    let (functions, files) = (ledger::by_function(&listing), ledger::by_file(&listing));
    for table in [&functions, &files] {
        let rows = table.lines().filter(|line| line.starts_with("| `") || line.starts_with("| free"));
        let bytes = rows.map(|row| row.trim_end_matches(" |").rsplit("| ").next().unwrap().parse::<usize>().unwrap());
        let free = if table == &files { listing.program.free() } else { 0 };
        assert_eq!(bytes.sum::<usize>() + free, CAPACITY, "{table}");
    }
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for path in docs.chain([root().join("README.md")]).filter(|path| path.extension().is_some_and(|end| end == "md")) {
        let page = fs::read_to_string(&path).unwrap();
        let now = page::fill(&page::fill(&page, "ledger", &functions).unwrap(), "ledger-files", &files).unwrap();
        let diff = diff(&path, &now);
        assert!(diff.is_empty(), "`make ledger` brings it up to date\n{diff}");
    }
}

/// `boot.elf` with another number in a field of its symbol `name`, and as many bytes loaded.
fn elf_with(name: &str, number: u32, loaded: Option<u32>) -> Vec<u8> {
    /// Where the fields lie in a symbol's entry (`Elf32_Sym`) and in a section's header (`Elf32_Shdr`).
    const VALUE: usize = 4;
    const SECTION_SIZE: usize = 20;
    let mut content = fs::read(built("boot.elf")).unwrap();
    let elf: ElfFile32<LittleEndian> = ElfFile32::parse(&*content).unwrap();
    let from = content.as_ptr().addr();
    let entry = std::ptr::from_ref(elf.symbol_by_name(name).unwrap().elf_symbol()).addr() - from;
    let header = std::ptr::from_ref(elf.section_by_name(".text").unwrap().elf_section_header()).addr() - from;
    content[entry + VALUE..][..4].copy_from_slice(&number.to_le_bytes());
    if let Some(loaded) = loaded {
        content[header + SECTION_SIZE..][..4].copy_from_slice(&loaded.to_le_bytes());
    }
    content
}

#[test]
fn of_a_program_that_is_too_big_it_says_by_how_much_and_what_takes_it() {
    // What lies behind the text in the file is loaded, too.
    let elf = elf_with("__used", 261, Some(0x106));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boot.elf");
    fs::write(&path, elf).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(String::from_utf8_lossy(&inspect(&["size", path]).stdout), "261 / 256 bytes (5 too many)\n");
    let oversize = inspect(&["oversize", path]);
    let said = String::from_utf8_lossy(&oversize.stdout);
    assert!(oversize.status.success() && said.ends_with("boot256: 261 bytes, 5 too many\n"), "{said}");
    assert!(said.starts_with("| function |") && said.contains("261 of 256 bytes, 5 too many: "), "{said}");
    for command in ["map-json", "golden"] {
        let output = inspect(&[command, path]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(1), "boot256: the program has 261 bytes\n"), "{command}");
    }
}

#[test]
fn an_elf_file_that_linker_ld_has_not_made_is_refused() {
    let refused = |elf: &[u8], why: &str| {
        let error = format!("{:#}", Program::parse(elf).expect_err(why));
        assert!(error.contains(why), "{error}");
    };
    refused(&elf_with("entry", 0x7BFF, None), "entry is outside of the program");
    refused(&elf_with("__used", 300, None), "__used is 300, but .text has 256 bytes");
    let other = inspect(&["size", "Makefile"]);
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(
        other.status.code() == Some(1) && said.starts_with("boot256: Makefile: ") && said.lines().count() == 1,
        "{said}"
    );
}
