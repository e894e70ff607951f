//! ELF files that are not what the project's `linker.ld` makes: the program's own, changed in one place.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use boot256_inspect::golden::golden;
use boot256_inspect::ledger::Ledger;
use boot256_inspect::listing::{Language, Listing};
use boot256_inspect::program::{CAPACITY, Program};
use boot256_inspect::source::Source;
use boot256_kit::root;
use object::read::elf::ElfFile32;
use object::{LittleEndian, Object, ObjectSection, ObjectSymbol};

/// The content of `boot.elf`, to be spoilt.
struct Elf(Vec<u8>);

/// A field of a symbol's entry (`Elf32_Sym`): where it begins in it.
const VALUE: usize = 4;
const SIZE: usize = 8;

/// A field of a section's header (`Elf32_Shdr`).
const SECTION_ADDRESS: usize = 12;
const SECTION_SIZE: usize = 20;

impl Elf {
    fn built() -> Self {
        let folder = std::env::var_os("BOOT256_BUILD").map_or_else(|| root().join("build"), PathBuf::from);
        let path = folder.join("boot.elf");
        Self(fs::read(&path).unwrap_or_else(|_| panic!("{} is not there: run `make all`", path.display())))
    }

    fn parsed(&self) -> ElfFile32<'_, LittleEndian> {
        ElfFile32::parse(&*self.0).unwrap()
    }

    /// Where in the file the entry of the symbol with this name is, or of the one whose name ends so.
    fn symbol(&self, name: &str) -> usize {
        let elf = self.parsed();
        let symbol = elf.symbols().find(|symbol| symbol.name().unwrap().ends_with(name)).expect(name);
        std::ptr::from_ref(symbol.elf_symbol()).addr() - self.0.as_ptr().addr()
    }

    /// Where the header of `.text` is.
    fn text_header(&self) -> usize {
        let elf = self.parsed();
        let section = elf.section_by_name(".text").unwrap();
        std::ptr::from_ref(section.elf_section_header()).addr() - self.0.as_ptr().addr()
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    fn set(mut self, at: usize, number: u32) -> Self {
        assert_ne!(self.number(at), number, "the change changes nothing");
        self.0[at..at + 4].copy_from_slice(&number.to_le_bytes());
        self
    }

    fn with_symbol(self, name: &str, field: usize, number: u32) -> Self {
        let at = self.symbol(name) + field;
        self.set(at, number)
    }

    /// A byte of the program, by its address.
    fn with_byte(mut self, address: u16, byte: u8) -> Self {
        let (at, _) = self.parsed().section_by_name(".text").unwrap().file_range().unwrap();
        let at = at as usize + usize::from(address - 0x7C00);
        assert_ne!(self.0[at], byte, "the change changes nothing");
        self.0[at] = byte;
        self
    }

    /// Another name of the same length wherever `name` stands.
    fn renamed(mut self, name: &str, other: &str) -> Self {
        assert_eq!(name.len(), other.len());
        let places: Vec<usize> =
            (0..self.0.len() - name.len()).filter(|&at| self.0[at..].starts_with(name.as_bytes())).collect();
        assert!(!places.is_empty());
        for at in places {
            self.0[at..at + name.len()].copy_from_slice(other.as_bytes());
        }
        self
    }

    /// One that needs 261 bytes: what lies behind the text in the file is loaded, too.
    fn too_big() -> Self {
        let elf = Self::built();
        let at = elf.text_header() + SECTION_SIZE;
        elf.set(at, 0x106).with_symbol("__used", VALUE, 261)
    }

    #[track_caller]
    fn refused(self, why: &str) {
        let error = format!("{:#}", Program::parse(&self.0).expect_err(why));
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn the_program_as_it_is_has_its_symbols_in_order() {
    let program = Program::parse(&Elf::built().0).unwrap();
    assert_eq!((program.origin, program.bytes.len()), (0x7C00, CAPACITY));
    for symbols in [&program.functions, &program.constants] {
        assert!(symbols.windows(2).all(|pair| pair[0].address + pair[0].size <= pair[1].address), "{symbols:?}");
    }
    assert!(program.functions.len() > 2 && program.constants.len() == 1);
}

#[test]
fn a_symbol_that_tells_where_the_program_ends_is_needed() {
    Elf::built().renamed("__used\0", "__uses\0").refused("no symbol __used: not linked by linker.ld");
    Elf::built().renamed("__code_end\0", "__code_eve\0").refused("no symbol __code_end");
    Elf::built().renamed("\0.text\0", "\0.tent\0").refused("no section .text");
}

#[test]
fn a_symbol_lies_in_the_program() {
    Elf::built().with_symbol("entry", VALUE, 0x7BFF).refused("entry is outside of the program");
    Elf::built().with_symbol("entry", SIZE, 0x101).refused("entry is outside of the program");
    // The text ends with the last byte: one more is too many.
    Elf::built().with_symbol("TEXT", SIZE, 14).refused("TEXT is outside of the program");
    Program::parse(&Elf::built().with_symbol("entry", SIZE, 0x100).0).unwrap();
}

#[test]
fn a_program_has_functions() {
    let mut elf = Elf::built();
    let symbols = elf.parsed().symbols().count();
    // Number 1 is the first: a file's name. A size of 0 is that of a label.
    for number in 2..=symbols {
        let elf_parsed = elf.parsed();
        let Some(symbol) = elf_parsed.symbols().nth(number - 1).filter(|symbol| symbol.size() > 0) else { continue };
        let name = symbol.name().unwrap().to_owned();
        drop(elf_parsed);
        elf = elf.with_symbol(&name, SIZE, 0);
    }
    elf.refused("no function in the symbol table");
}

#[test]
fn the_padding_is_where_the_linker_says_and_zero() {
    let end = Program::parse(&Elf::built().0).unwrap().free_at - 1;
    let ends = |at: u32| Elf::built().with_symbol("__used", VALUE, 255).with_symbol("__code_end", VALUE, at);
    let program = Program::parse(&ends(end.into()).with_byte(end, 0).0).unwrap();
    assert_eq!((program.free(), program.free_at), (1, end));
    // The last byte of the code is not 0.
    ends(end.into()).refused("bytes behind __code_end are not 0");
    ends(0x7BFF).refused("__code_end is before the program");
    ends(0x7D00).refused("no room for the padding");
    ends(0x1_7C00).refused("linked above the first 64 KiB");
}

#[test]
fn a_program_is_in_the_first_64_kib_and_in_its_section() {
    let elf = Elf::built();
    let at = elf.text_header() + SECTION_ADDRESS;
    elf.set(at, 0x1_7C00).refused("linked above the first 64 KiB");
    Elf::built().with_symbol("__used", VALUE, 257).refused("__used is 257, but .text has 256 bytes");
}

#[test]
fn a_file_without_debugging_information_has_no_listing() {
    let elf = Elf::built().renamed(".debug_info\0", ".debug_inf0\0");
    let error = Listing::new(&elf.0, &Source::read(&root()).unwrap()).unwrap_err();
    assert!(format!("{error:#}").contains("no DWARF"), "{error:#}");
}

#[test]
fn a_function_that_the_source_has_not_is_refused() {
    let elf = Elf::built().renamed("\0repl\0", "\0repr\0");
    let error = format!("{:#}", Listing::new(&elf.0, &Source::read(&root()).unwrap()).unwrap_err());
    assert!(error.contains("repr"), "{error}");
}

/// The source, with these changes in the start-up code.
fn source_with(changes: &[(&str, &str)]) -> Source {
    let mut source = Source::default();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        if name == "start.rs" {
            for (old, new) in changes {
                assert!(text.contains(old), "{old}");
                text = text.replacen(old, new, 1);
            }
        }
        source.add(&format!("src/{name}"), &text).unwrap();
    }
    source
}

/// Three bytes of data in the start-up code, which it jumps over.
#[test]
fn data_in_a_naked_function_is_what_its_directives_make() {
    let elf = Elf::built();
    // xor si, si; cld; mov ds, si
    assert_eq!(Program::parse(&elf.0).unwrap().bytes[..5], [0x31, 0xF6, 0xFC, 0x8E, 0xDE]);
    let elf = elf.with_byte(0x7C00, 0xEB).with_byte(0x7C01, 0x03);
    let listing = |cld: &str, mov: &str| {
        let changes = [("\"xor si, si\",", "\"jmp 1f\","), ("\"cld\",", cld), ("\"mov ds, si\",", mov)];
        Listing::new(&elf.0, &source_with(&changes))
    };
    let good = listing("\".byte 0xFC\",", "\".word 0xDE8E\", \"1:\",").unwrap();
    let line = &good.lines[1];
    assert_eq!((line.address, &*line.text, &*line.function), (0x7C02, "db 0FCh, 8Eh, 0DEh", "start::entry"));
    assert_eq!(line.language, Language::Data);
    let (file, number) = line.place.clone().unwrap();
    let text = fs::read_to_string(root().join(file)).unwrap();
    assert!(text.lines().nth(number.unwrap() - 1).unwrap().contains("\"cld\","), "{number:?}");
    assert_eq!(good.lines[2].language, Language::Assembly);
    let whole = listing("\".byte 0xFC, 0x8E, 0xDE\",", "\"1:\",").unwrap();
    assert_eq!(whole.lines, good.lines);

    for (cld, mov, why) in [
        ("\".byte 0xFC\",", "\"1:\",", "has 1 bytes"),
        ("\".byte 0xFC\",", "\".long 0xDE8E\", \"1:\",", "has 5 bytes"),
        ("\".long 0xDE8EFC\",", "\"1:\",", "has 4 bytes"),
        ("\"cld\",", "\"mov ds, si\",", "is code"),
    ] {
        let error = format!("{:#}", listing(cld, mov).expect_err(why));
        assert!(error.starts_with("7C02h, db 0FCh, 8Eh, 0DEh: ") && error.ends_with(why), "{error}");
    }
}

fn inspect(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boot256-inspect"));
    command.current_dir(root()).args(arguments).output().unwrap()
}

#[test]
fn of_a_program_that_is_too_big_it_says_by_how_much_and_what_takes_it() {
    let elf = Elf::too_big();
    let program = Program::parse(&elf.0).unwrap();
    assert_eq!((program.used, program.free(), program.bytes.len()), (261, 0, 261));
    assert!(golden(&program).is_err());
    let listing = Listing::new(&elf.0, &Source::read(&root()).unwrap()).unwrap();
    let ledger = Ledger::new(&listing).unwrap();
    assert_eq!(ledger.total.sum(), 261);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boot.elf");
    fs::write(&path, &elf.0).unwrap();
    let path = path.to_str().unwrap();
    let size = inspect(&["size", path]);
    assert_eq!(String::from_utf8_lossy(&size.stdout), "261 / 256 bytes (5 too many)\n");
    let oversize = inspect(&["oversize", path]);
    let said = String::from_utf8_lossy(&oversize.stdout);
    assert!(oversize.status.success() && said.ends_with("boot256: 261 bytes, 5 too many\n"), "{said}");
    assert!(said.starts_with(&ledger.by_function()) && said.contains("261 of 256 bytes, 5 too many: "), "{said}");
    for command in ["map", "map-json", "golden"] {
        let output = inspect(&[command, path]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(1), "boot256: the program has 261 bytes\n"), "{command}");
    }
}

#[test]
fn without_a_page_the_ledger_and_the_listings_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("boot.elf");
    fs::write(&path, &Elf::built().0).unwrap();
    let path = path.to_str().unwrap();
    let said = |command: &str| {
        let output = inspect(&[command, path]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let listing = Listing::read(path.as_ref(), &root()).unwrap();
    let ledger = Ledger::new(&listing).unwrap();
    assert_eq!(said("ledger"), format!("{}\n{}", ledger.by_function(), ledger.by_file()));
    assert_eq!(said("disasm"), boot256_inspect::disasm::disasm(&listing));
    assert_eq!(said("golden"), golden(&listing.program).unwrap());
    assert_eq!(said("map"), boot256_inspect::map_svg::map_svg(&listing).unwrap());
    assert_eq!(said("map-json"), format!("{}\n", boot256_inspect::map_json::map_json(&listing)));
}
