//! Each byte's instruction, function, source line and language: bytes and symbols joined with DWARF
//! and with the source.
//!
//! DWARF says for each address which functions were inlined there and which place of the source it
//! comes from. For an instruction of an `asm!` that is the place of the macro, but so it is for one
//! with which LLVM puts an operand in its register; so the names of the instructions of the
//! template are compared with what the bytes are. Naked functions have no DWARF: each instruction of
//! theirs is one of the template, in order.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use iced_x86::Instruction;
use object::{Object, ObjectSection};

use crate::flow::{self, Content, Writer};
use crate::program::{Program, plain_name};
use crate::source::{Block, Function, Item, Kind, Source, canonical};
use boot256_kit::file;

/// Who wrote the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// LLVM, from Rust.
    Rust,
    /// A person, in an assembly block.
    Assembly,
    /// Text and values.
    Data,
    /// Nobody: padding.
    Free,
}

/// An instruction, a run of data, or the free bytes before the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it is.
    pub address: u16,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Intel syntax for code, `db` for data, nothing for free bytes.
    pub text: String,
    /// Who wrote it.
    pub language: Language,
    /// The innermost function of the source, inlined or not: `Cursor::push`. Empty for free bytes.
    pub function: String,
    /// The source: `src/line.rs`, and the line where the compiler says one.
    pub place: Option<(String, Option<usize>)>,
    /// The registers of the function or assembly block that begins here.
    pub contract: Option<String>,
}

/// The whole program, lowest address first, without gaps.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What it is made of.
    pub program: Program,
    /// Its lines; together they have the bytes of `program`.
    pub lines: Vec<Line>,
}

/// A place in the project's own source that an address comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    function: String,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

impl Listing {
    /// Reads the ELF file, and the source in the project's folder `root` that it was built from.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or the two do not belong together.
    pub fn read(elf: &Path, root: &Path) -> Result<Self> {
        let content = file::read(elf)?;
        let source = Source::read(root)?;
        Self::new(&content, &source)
            .with_context(|| format!("{} and the source in {} (run `make`)", elf.display(), root.display()))
    }

    /// Joins the content of `boot.elf` with the source.
    ///
    /// # Errors
    ///
    /// They do not belong together, or the program has what [`flow::pieces`] does not take.
    pub fn new(elf: &[u8], source: &Source) -> Result<Self> {
        let program = Program::parse(elf)?;
        let frames = Frames::new(elf)?;
        let mut writer = Writer::new(&program);
        let mut lines = Vec::new();
        let mut stacks = Vec::new();
        let mut instructions = Vec::new();
        for piece in flow::pieces(&program)? {
            let offset = usize::from(piece.address - program.origin);
            let bytes = program.bytes[offset..offset + piece.len].to_vec();
            let (text, language, instruction) = match &piece.content {
                Content::Code(instruction) => (writer.write(instruction), Language::Rust, Some(*instruction)),
                Content::Data => (flow::write_data(&bytes), Language::Data, None),
                Content::Free => (String::new(), Language::Free, None),
            };
            let address = piece.address;
            lines.push(Line { address, bytes, text, language, function: String::new(), place: None, contract: None });
            stacks.push(if instruction.is_some() { frames.at(address, source)? } else { Vec::new() });
            instructions.push(instruction);
        }
        let mut listing = Self { program, lines };
        listing.attribute_naked(source, &instructions, &mut stacks)?;
        listing.attribute_inlined(source, &instructions, &stacks)?;
        Ok(listing)
    }

    /// Naked functions, and data that lies in a function or by itself.
    fn attribute_naked(
        &mut self,
        source: &Source,
        instructions: &[Option<Instruction>],
        stacks: &mut [Vec<Frame>],
    ) -> Result<()> {
        for symbol in self.program.functions.clone() {
            let range = symbol.address..symbol.address + symbol.size;
            let inside: Vec<usize> =
                (0..self.lines.len()).filter(|&i| range.contains(&self.lines[i].address)).collect();
            if inside.iter().any(|&i| !stacks[i].is_empty()) {
                continue;
            }
            let function = source.by_symbol(&symbol.name).with_context(|| format!("no function {}", symbol.name))?;
            let [block] = function.blocks.as_slice() else {
                bail!("{} has no DWARF and is no naked function", function.name);
            };
            let mut items = block.items.iter().peekable();
            for &i in &inside {
                let line = &mut self.lines[i];
                let of = format!("{:04X}h, {}", line.address, line.text);
                let item = items.next().with_context(|| format!("{of}: {} has ended", function.name))?;
                match instructions[i] {
                    Some(instruction) => {
                        ensure!(is_same(item, &instruction), "{of}: {}:{} is another", function.file, item.line);
                        line.language = Language::Assembly;
                    }
                    None => {
                        let Kind::Data(mut len) = item.kind else {
                            bail!("{of}: {}:{} is code", function.file, item.line)
                        };
                        while len < line.bytes.len() {
                            let Some(Item { kind: Kind::Data(more), .. }) = items.next() else { break };
                            len += more;
                        }
                        ensure!(len == line.bytes.len(), "{of}: {}:{} has {len} bytes", function.file, item.line);
                    }
                }
                line.function = function.name.clone();
                line.place = Some((function.file.clone(), Some(item.line)));
            }
            ensure!(items.next().is_none(), "{} has more instructions than the program", function.name);
            if let Some(&first) = inside.first() {
                self.lines[first].contract = block.contract.clone().or_else(|| function.contract.clone());
            }
        }
        // Constants: a name says the module that has it. One without a symbol is the compiler's own.
        for line in self.lines.iter_mut().filter(|line| line.language == Language::Data && line.function.is_empty()) {
            let symbol = self.program.symbols().find(|f| (f.address..f.address + f.size).contains(&line.address));
            line.function = symbol.map_or_else(|| "constants".to_owned(), |symbol| symbol.name.clone());
            let module = symbol.and_then(|symbol| symbol.name.rsplit_once("::"));
            line.place = module.map(|(module, _)| (format!("src/{}.rs", module.replace("::", "/")), None));
        }
        Ok(())
    }

    /// Functions with DWARF, and what was inlined in them.
    fn attribute_inlined(
        &mut self,
        source: &Source,
        instructions: &[Option<Instruction>],
        stacks: &[Vec<Frame>],
    ) -> Result<()> {
        let mut from = 0;
        while from < self.lines.len() {
            // A run of instructions that all come from the same place by the same calls.
            let stack = &stacks[from];
            let run = (from..self.lines.len()).take_while(|&i| !stack.is_empty() && stacks[i] == *stack).count();
            if run == 0 {
                from += 1;
                continue;
            }
            let to = from + run;
            let block = stack[0].block(source);
            let mut at = from;
            while at < to {
                let written = block.map_or(0, |block| block.matches(&instructions[at..to]));
                if let Some(block) = block.filter(|_| written > 0) {
                    for (line, item) in self.lines[at..at + written].iter_mut().zip(&block.items) {
                        line.attribute(source, &stack[0], Some(item.line))?;
                        line.language = Language::Assembly;
                    }
                    self.lines[at].contract = block.contract.clone();
                    at += written;
                } else {
                    // A block without instructions is there for the optimiser: what carries its place
                    // prepares it, for the function that called.
                    let empty = |frame: &&Frame| frame.block(source).is_some_and(|block| block.items.is_empty());
                    let own = stack.iter().find(|frame| !empty(frame)).unwrap_or(&stack[0]);
                    self.lines[at].attribute(source, own, own.line)?;
                    at += 1;
                }
            }
            if let Some(block) = block.filter(|block| !block.items.is_empty()) {
                let any = self.lines[from..to].iter().any(|line| line.language == Language::Assembly);
                ensure!(
                    any,
                    "the assembly at {:?}:{:?} is not what {:04X}h has",
                    stack[0].file,
                    block.place,
                    self.lines[from].address
                );
            }
            from = to;
        }
        Ok(())
    }
}

impl Line {
    fn attribute(&mut self, source: &Source, frame: &Frame, line: Option<usize>) -> Result<()> {
        let function = frame.source(source)?;
        let (first, last) = function.lines;
        let inside = |line| (first..=last).contains(&line) && frame.file.as_ref() == Some(&function.file);
        ensure!(
            frame.line.is_none_or(inside),
            "{:04X}h comes from {:?}:{:?}, but {} is in {}:{first}",
            self.address,
            frame.file,
            frame.line,
            function.name,
            function.file
        );
        self.function = function.name.clone();
        self.place = Some((function.file.clone(), line));
        Ok(())
    }
}

impl Frame {
    fn source<'a>(&self, source: &'a Source) -> Result<&'a Function> {
        source.by_symbol(&self.function).with_context(|| format!("no function {} in the source", self.function))
    }

    fn block<'a>(&self, source: &'a Source) -> Option<&'a Block> {
        source.block_at(self.file.as_deref()?, (self.line?, self.column?))
    }
}

impl Block {
    /// How many of the instructions are the block's, from its first to its last: all or none.
    fn matches(&self, instructions: &[Option<Instruction>]) -> usize {
        let same = |(item, instruction): (&Item, &Option<Instruction>)| instruction.is_some_and(|i| is_same(item, &i));
        let whole = self.items.len() <= instructions.len() && self.items.iter().zip(instructions).all(same);
        if whole { self.items.len() } else { 0 }
    }
}

/// Can this line of assembly have made that instruction?
fn is_same(item: &Item, instruction: &Instruction) -> bool {
    let Kind::Instruction { mnemonic, register } = &item.kind else { return false };
    let name = canonical(&format!("{:?}", instruction.mnemonic()), false);
    let first = format!("{:?}", instruction.op0_register()).to_ascii_lowercase();
    // XCHG has no first operand: the assembler may swap them.
    name == *mnemonic && (name == "xchg" || register.as_ref().is_none_or(|register| *register == first))
}

/// The DWARF of the program.
struct Frames<'a> {
    context: addr2line::Context<gimli::EndianSlice<'a, gimli::LittleEndian>>,
    /// Where the compiler ran, for each unit of the project; paths of the source begin with it.
    folders: Vec<String>,
}

impl<'a> Frames<'a> {
    fn new(elf: &'a [u8]) -> Result<Self> {
        let elf = object::File::parse(elf)?;
        let load = |id: gimli::SectionId| -> Result<_> {
            let data = elf.section_by_name(id.name()).map(|section| section.data()).transpose()?;
            Ok(gimli::EndianSlice::new(data.unwrap_or_default(), gimli::LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(load)?;
        let mut folders = Vec::new();
        let mut units = dwarf.units();
        while let Some(header) = units.next()? {
            let unit = dwarf.unit(header)?;
            // The units of `core` have folders called `src`, too; but their own paths are absolute.
            let own = unit.name.is_some_and(|name| name.starts_with(b"src/"));
            if let Some(folder) = unit.comp_dir.filter(|_| own) {
                folders.push(format!("{}/", folder.to_string_lossy().trim_end_matches('/')));
            }
        }
        ensure!(!folders.is_empty(), "no DWARF: the profile `boot` has debug = 2");
        Ok(Self { context: addr2line::Context::from_dwarf(dwarf)?, folders })
    }

    /// The functions of the project that are at `address`, the innermost first; none for what the
    /// compiler has not made.
    fn at(&self, address: u16, source: &Source) -> Result<Vec<Frame>> {
        let mut found = Vec::new();
        let mut frames = self.context.find_frames(address.into()).skip_all_loads()?;
        while let Some(frame) = frames.next()? {
            let Some(function) = frame.function else { continue };
            let name = plain_name(&function.raw_name()?);
            // No line (DWARF's line 0) says that the compiler knows of no place: the file beside it means nothing.
            let place = frame.location.as_ref().filter(|place| place.line.is_some());
            let file = place.and_then(|place| place.file).map(|file| {
                let own = self.folders.iter().find_map(|folder| file.strip_prefix(folder.as_str()));
                own.unwrap_or(file).to_owned()
            });
            // Functions of `core` are inlined like others; what counts is who called them.
            let own = match &file {
                Some(file) => file.starts_with("src/"),
                None => source.by_symbol(&name).is_some(),
            };
            if own {
                found.push(Frame {
                    function: name,
                    file,
                    line: place.and_then(|place| place.line).map(|line| line as usize),
                    column: place.and_then(|place| place.column).map(|column| column as usize),
                });
            }
        }
        Ok(found)
    }
}
