//! The program as `make` has built it, looked at from all sides.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use boot256_facts::START;
use boot256_inspect::golden::diff;
use boot256_inspect::ledger::Ledger;
use boot256_inspect::listing::{Language, Listing};
use boot256_inspect::map_json::map_json;
use boot256_inspect::map_svg::map_svg;
use boot256_inspect::program::{CAPACITY, Program};
use boot256_inspect::source::{Source, canonical};
use boot256_inspect::{disasm, golden};
use boot256_kit::{page, root};

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

/// The source, `file` changed by `change`, and whether the ELF file is still said to come from it.
#[track_caller]
fn listing_of(file: &str, change: impl Fn(&str) -> String) -> anyhow::Result<Listing> {
    let mut source = Source::default();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let changed = if name == file { change(&text) } else { text.clone() };
        assert_eq!(name == file, changed != text, "{name}: the change changes nothing");
        source.add(&format!("src/{name}"), &changed)?;
    }
    Listing::new(&fs::read(built("boot.elf")).unwrap(), &source)
}

#[test]
fn the_lines_are_the_bytes_without_gaps() {
    let listing = listing();
    let bin = fs::read(built("boot.bin")).unwrap();
    let bytes: Vec<u8> = listing.lines.iter().flat_map(|line| line.bytes.clone()).collect();
    assert_eq!(bytes, bin);
    let mut address = 0x7C00;
    for line in &listing.lines {
        assert_eq!(line.address, address);
        address += line.bytes.len() as u16;
        let free = line.language == Language::Free;
        assert_eq!(free, line.function.is_empty(), "{line:?}");
        assert_eq!(free, line.address == listing.program.free_at && listing.program.free() > 0, "{line:?}");
    }
    assert_eq!(address, 0x7D00);
}

/// DWARF's line table has an entry only where an instruction begins: a check of the decoder.
#[test]
fn the_line_table_begins_where_instructions_do() {
    use object::{Object, ObjectSection};
    let listing = listing();
    let content = fs::read(built("boot.elf")).unwrap();
    let elf = object::File::parse(&*content).unwrap();
    let dwarf = gimli::Dwarf::load(|id| {
        let data = elf.section_by_name(id.name()).map_or(&[][..], |section| section.data().unwrap());
        Ok::<_, gimli::Error>(gimli::EndianSlice::new(data, gimli::LittleEndian))
    })
    .unwrap();
    let context = addr2line::Context::from_dwarf(dwarf).unwrap();
    let rows: Vec<u64> = context.find_location_range(0x7C00, 0x7D00).unwrap().map(|(start, ..)| start).collect();
    assert!(rows.len() > 20, "{rows:x?}");
    for row in rows {
        assert!(listing.lines.iter().any(|line| u64::from(line.address) == row), "{row:X}h");
    }
}

#[test]
fn the_text_is_data_and_ends_the_program() {
    let listing = listing();
    let data: Vec<_> = listing.lines.iter().filter(|line| line.language == Language::Data).collect();
    assert_eq!(data.len(), 1, "{data:?}");
    assert_eq!((data[0].address, data[0].function.as_str()), (0x7CF3, "line::TEXT"));
    let mut text = data[0].bytes.clone();
    text.reverse();
    assert_eq!(text, START);
}

/// What an instruction of either kind looks like is known of these, and LLVM never writes them itself.
#[test]
fn rust_and_assembly_are_told_apart() {
    let only_assembly = ["int ", "in ", "out ", "cli", "sti", "hlt", "sahf", "pusha", "popa", "ret", "cwd", "cld"];
    let listing = listing();
    for line in &listing.lines {
        if only_assembly.iter().any(|start| line.text.starts_with(start)) {
            assert_eq!(line.language, Language::Assembly, "{line:?}");
        }
        if line.function == "repl" || line.function.starts_with("Byte::") {
            assert_eq!(line.language, Language::Rust, "there is no assembly in {line:?}");
        }
    }
}

/// What a place in the source has is what the instruction is, under one of its names.
#[test]
fn each_instruction_of_assembly_has_the_line_that_has_it() {
    for line in listing().lines.iter().filter(|line| line.language == Language::Assembly) {
        let Some((file, Some(number))) = &line.place else { panic!("{line:?} has no line") };
        let text = fs::read_to_string(root().join(file)).unwrap();
        let source = text.lines().nth(number - 1).unwrap();
        let name = canonical(line.text.split(' ').next().unwrap(), false);
        let mut words = source.split(|c: char| !c.is_alphanumeric());
        assert!(words.any(|word| [false, true].map(|att| canonical(word, att)).contains(&name)), "{line:?}: {source}");
    }
}

#[test]
fn a_source_that_is_not_the_programs_is_refused() {
    for (file, old, new) in [
        ("line.rs", "\"dec bx\"", "\"inc bx\""),
        ("line.rs", "\"mov [bx], al\", \"inc bx\"", "\"mov [bx], al\", \"inc bx\", \"nop\""),
        ("start.rs", "\"cld\",", ""),
        ("start.rs", "\"cwd\",", "\"cwd\", \"nop\","),
        ("console.rs", "fn teletype", "fn other"),
        ("wait.rs", "pub fn receive", "pub fn take"),
        ("wait.rs", "//! COM1", "//!\n//!\n//!\n//!\n//!\n//!\n//!\n//!\n//! COM1"),
    ] {
        assert!(listing_of(file, |text| text.replacen(old, new, 1)).is_err(), "{file}: {old} -> {new}");
    }
    // A change that makes no other program is none.
    listing_of("idle.rs", |text| format!("{text}// The end.\n")).unwrap();
}

#[test]
fn the_ledger_has_each_byte_once() {
    let listing = listing();
    let ledger = Ledger::new(&listing).unwrap();
    for rows in [&ledger.functions, &ledger.files] {
        assert_eq!(rows.iter().map(|row| row.bytes.sum()).sum::<usize>(), listing.program.used);
        assert_eq!(rows.iter().map(|row| row.bytes.rust).sum::<usize>(), ledger.total.rust);
        assert_eq!(rows.iter().map(|row| row.bytes.assembly).sum::<usize>(), ledger.total.assembly);
        let mut names: Vec<_> = rows.iter().map(|row| (&row.name, &row.file)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), rows.len(), "each name has one row");
    }
    // The printed table, added up by a reader of the last column.
    let table = ledger.by_function();
    let last: usize = table
        .lines()
        .filter(|line| line.starts_with("| `") || line.starts_with("| free"))
        .map(|line| line.trim_end_matches(" |").rsplit("| ").next().unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(last, CAPACITY, "{table}");
    for file in ledger.files {
        assert!(root().join(&file.name).is_file(), "{}", file.name);
    }
}

#[test]
fn a_sum_that_is_wrong_is_refused() {
    let mut listing = listing();
    listing.lines[3].bytes.push(0);
    assert!(Ledger::new(&listing).is_err());
}

#[test]
fn the_map_for_the_page_has_256_bytes_without_gaps() {
    let listing = listing();
    let map = map_json(&listing);
    let bin = fs::read(built("boot.bin")).unwrap();
    let bytes = map["bytes"].as_array().unwrap();
    assert_eq!((map["size"].as_u64().unwrap() as usize, bytes.len()), (listing.program.used, 256));
    let mut counts = BTreeMap::<_, usize>::new();
    for (offset, byte) in bytes.iter().enumerate() {
        assert_eq!(byte["offset"], offset);
        assert_eq!(byte["value"], bin[offset]);
        *counts.entry(byte["lang"].as_str().unwrap()).or_default() += 1;
        let starts = byte["address"].as_u64().unwrap() as usize == 0x7C00 + offset;
        assert_eq!(byte["first"], starts, "{byte}");
        assert!(starts || byte["address"] == bytes[offset - 1]["address"], "{byte}");
        assert_eq!(byte["function"] == "", byte["lang"] == "free", "{byte}");
        assert_eq!(byte["instruction"] == "", byte["lang"] == "free", "{byte}");
    }
    let total = Ledger::new(&listing).unwrap().total;
    assert_eq!((counts["rust"], counts["asm"], counts["data"]), (total.rust, total.assembly, total.data));
}

#[test]
fn the_picture_is_well_formed_and_shows_each_byte() {
    let listing = listing();
    let svg = map_svg(&listing).unwrap();
    let tree = roxmltree::Document::parse(&svg).unwrap();
    let class =
        |node: &roxmltree::Node, name: &str| node.attribute("class").is_some_and(|c| c.split(' ').any(|c| c == name));
    let shown: Vec<u8> = tree
        .descendants()
        .filter(|node| class(node, "byte"))
        .map(|node| u8::from_str_radix(node.text().unwrap(), 16).unwrap())
        .collect();
    assert_eq!(shown, fs::read(built("boot.bin")).unwrap());
    // One group for an instruction, with its words.
    let groups: Vec<_> = tree.descendants().filter(|node| node.has_tag_name("g")).collect();
    assert_eq!(groups.len(), listing.lines.len());
    let hatched = |node: &&roxmltree::Node| node.children().any(|shape| class(&shape, "hatch"));
    let assembly = listing.lines.iter().filter(|line| line.language == Language::Assembly).count();
    assert_eq!(groups.iter().filter(hatched).count(), assembly);
    for line in listing.lines.iter().filter(|line| line.language != Language::Free) {
        let tip = format!("{:04X}h: {} ({})", line.address, line.text, line.function);
        assert!(tree.descendants().any(|node| node.has_tag_name("title") && node.text() == Some(&tip)), "{tip}");
    }
    // GitHub shows no picture that runs or loads anything.
    for node in tree.descendants() {
        assert!(!node.has_tag_name("script") && !node.has_tag_name("image") && !node.has_tag_name("foreignObject"));
        assert!(node.attributes().all(|a| !a.name().starts_with("on") && a.name() != "href"));
    }
    assert!(!svg.contains("@import") && !svg.contains("@font-face"));
    assert_eq!(svg.matches("url(").count(), svg.matches("url(#hatch)").count());
    assert!(svg.contains("@media (prefers-color-scheme: dark)"));
}

#[test]
fn the_listing_has_every_instruction_and_contract() {
    let listing = listing();
    let text = disasm::disasm(&listing);
    for line in listing.lines.iter().filter(|line| line.language != Language::Free) {
        let row = text.lines().find(|row| row.starts_with(&format!("{:04X}  ", line.address))).expect("a row");
        assert!(row.contains(&format!("  {}  ", line.text)) && row.contains(&line.function), "{row}");
    }
    for symbol in listing.program.symbols() {
        assert!(text.lines().any(|row| row == format!("{}:", symbol.name)), "{}", symbol.name);
    }
    // Whoever writes assembly says what it needs and what it destroys.
    let source = Source::read(&root()).unwrap();
    for function in source.functions() {
        for block in function.blocks.iter().filter(|block| !block.items.is_empty()) {
            let contract = block.contract.as_ref().or(function.contract.as_ref());
            let contract = contract.unwrap_or_else(|| panic!("{}:{} has no contract", function.file, block.place.0));
            assert!(contract.contains("Clobbers: "), "{}:{}: {contract}", function.file, block.place.0);
            if listing.lines.iter().any(|line| line.function == function.name) {
                assert!(text.contains(&format!("; {contract}\n")), "{contract}");
            }
        }
    }
}

#[test]
fn the_golden_listing_is_the_program() {
    let path = root().join("tools/inspect/golden/boot.lst");
    let accepted = fs::read_to_string(&path).unwrap_or_default();
    let now = golden::golden(&Program::read(&built("boot.elf")).unwrap()).unwrap();
    let diff = diff(&accepted, &now, "tools/inspect/golden/boot.lst", "build/boot.bin");
    assert!(diff.is_empty(), "the program's bytes have changed; `make golden` accepts that\n{diff}");
}

#[test]
fn a_changed_byte_shows_in_the_golden_listing() {
    let program = Program::read(&built("boot.elf")).unwrap();
    let accepted = golden::golden(&program).unwrap();
    for offset in 0..CAPACITY {
        let mut changed = program.clone();
        changed.bytes[offset] ^= 0x01;
        // A change may make it a program that cannot be followed: that is seen, too.
        if let Ok(now) = golden::golden(&changed) {
            assert_ne!(now, accepted, "byte {offset}");
        }
    }
}

#[test]
fn the_pages_ledgers_and_picture_are_current() {
    let listing = listing();
    let ledger = Ledger::new(&listing).unwrap();
    let docs = fs::read_dir(root().join("docs")).into_iter().flatten().map(|entry| entry.unwrap().path());
    for path in docs.chain([root().join("README.md")]).filter(|path| path.extension().is_some_and(|end| end == "md")) {
        let Ok(page) = fs::read_to_string(&path) else { continue };
        if page::has(&page, "ledger") || page::has(&page, "ledger-files") {
            let now = ledger.fill_in(&page).unwrap();
            let diff = diff(&page, &now, &path.display().to_string(), "build/boot.elf");
            assert!(diff.is_empty(), "`make ledger` brings it up to date\n{diff}");
        }
    }
    let picture = fs::read_to_string(root().join("docs/images/map.svg")).unwrap();
    assert!(picture == map_svg(&listing).unwrap(), "docs/images/map.svg is not the program: `make map` draws it anew");
}

fn inspect(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-inspect"));
    command.current_dir(root()).args(arguments).output().unwrap()
}

#[test]
fn a_page_is_checked_and_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    let (elf, name) = (built("boot.elf"), page.to_str().unwrap());
    let elf = elf.to_str().unwrap();
    fs::write(
        &page,
        "# A\n<!-- ledger:begin -->\n| old |\n<!-- ledger:end -->\n<!-- ledger-files:begin --><!-- ledger-files:end -->\nend\n",
    )
    .unwrap();

    let check = inspect(&["ledger", elf, "--check", name]);
    let said = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.status.code(), Some(1));
    assert!(said.contains("\n-| old |\n") && said.contains("\n+| `repl` | `src/main.rs` |"), "{said}");
    assert!(fs::read_to_string(&page).unwrap().contains("| old |"), "a check changes nothing");

    let update = inspect(&["ledger", elf, "--update", name]);
    assert!(update.status.success(), "{update:?}");
    let text = fs::read_to_string(&page).unwrap();
    let ledger = Ledger::new(&listing()).unwrap();
    assert!(
        text.starts_with("# A\n<!-- ledger:begin -->\n\n| function |")
            && text.ends_with("<!-- ledger-files:end -->\nend\n")
    );
    assert!(text.contains(&ledger.by_function()) && text.contains(&ledger.by_file()) && !text.contains("| old |"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

    let check = inspect(&["ledger", elf, "--check", name]);
    assert_eq!((check.status.code(), check.stdout.len()), (Some(0), 0));
}

#[test]
fn a_listing_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (elf, golden) = (built("boot.elf"), folder.path().join("boot.lst"));
    let (elf, name) = (elf.to_str().unwrap(), golden.to_str().unwrap());
    let now = inspect(&["golden", elf]).stdout;
    fs::write(&golden, &now).unwrap();
    assert!(inspect(&["golden", elf, "--check", name]).status.success());
    fs::write(&golden, String::from_utf8(now).unwrap().replacen("cld", "std", 1)).unwrap();
    let check = inspect(&["golden", elf, "--check", name]);
    let said = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.status.code(), Some(1));
    assert!(said.contains("\n-  FC                        std\n+  FC                        cld\n"), "{said}");
}

#[test]
fn what_goes_wrong_is_said() {
    let elf = built("boot.elf");
    let elf = elf.to_str().unwrap();
    let fails = |code, start: &str, arguments: &[&str]| {
        let output = inspect(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.starts_with(start), "{arguments:?}: {said}");
        said
    };
    for arguments in [
        &["nothing", elf][..],
        &["ledger"],
        &["size", elf, "extra"],
        &["size", elf, "--check", "x"],
        &["disasm", elf, "--update", "x"],
        &["ledger", elf, "--update", "x", "--check", "x"],
    ] {
        fails(2, "error: ", arguments);
    }
    for arguments in [
        &["map", "no-such-file.elf"][..],
        &["size", "Makefile"],
        &["oversize", elf],
        &["ledger", elf, "--check", "no-such-page.md"],
    ] {
        let said = fails(1, "boot256: ", arguments);
        assert_eq!(said.trim_end().lines().count(), 1, "{arguments:?}: {said}");
    }
    let size = inspect(&["size", elf]);
    assert_eq!(String::from_utf8(size.stdout).unwrap().trim_end(), Program::read(Path::new(elf)).unwrap().size());
}
