//! Where each line comes from: bytes and symbols joined with DWARF and with the source.
//!
//! DWARF says for each address which functions were inlined there and which place of the source it
//! comes from. For an instruction of an `asm!` that is the place of the macro, but so it is for one
//! with which LLVM puts an operand in its register; so the names of the instructions of the
//! template are compared with what the bytes are. Naked functions have no DWARF: each instruction of
//! theirs is one of the template, in order.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use boot256_kit::file;
use object::{Object, ObjectSection};

use crate::listing::{Language, Line, Listing};
use crate::program::{Program, plain_name};
use crate::source::{self, Block, Item, Kind};

/// A place in the project's own source that an address comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    function: String,
    file: String,
    line: Option<usize>,
}

impl Frame {
    fn block<'a>(&self, blocks: &'a [Block]) -> Option<&'a Block> {
        blocks.iter().find(|block| block.file == self.file && Some(block.line) == self.line)
    }
}

impl Listing {
    /// Reads the ELF file, and the source in the project's folder `root` that it was built from.
    ///
    /// # Errors
    /// A file cannot be read, or the two do not belong together.
    pub fn read(elf: &Path, root: &Path) -> Result<Self> {
        let content = file::read(elf)?;
        let blocks = source::read(root)?;
        let context = || format!("{} and the source in {} (run `make`)", elf.display(), root.display());
        Self::new(&content, &blocks).with_context(context)
    }

    /// Joins the content of `boot.elf` with the source.
    ///
    /// # Errors
    /// They do not belong together, or the program has what [`bare`](Self::bare) does not take.
    pub fn new(elf: &[u8], blocks: &[Block]) -> Result<Self> {
        let mut listing = Self::bare(Program::parse(elf)?)?;
        let stacks = listing.stacks(elf)?;
        listing.attribute_naked(blocks, &stacks)?;
        listing.attribute_inlined(blocks, &stacks)?;
        listing.attribute_constants();
        Ok(listing)
    }

    /// For each line the functions of the project that it was inlined in, the innermost first; none for what
    /// the compiler has not made.
    fn stacks(&self, elf: &[u8]) -> Result<Vec<Vec<Frame>>> {
        let elf = object::File::parse(elf)?;
        let load = |id: gimli::SectionId| -> Result<_> {
            let data = elf.section_by_name(id.name()).map(|section| section.data()).transpose()?;
            Ok(gimli::EndianSlice::new(data.unwrap_or_default(), gimli::LittleEndian))
        };
        let dwarf = addr2line::Context::from_dwarf(gimli::Dwarf::load(load)?)?;
        let mut stacks = Vec::new();
        for line in &self.lines {
            let mut stack = Vec::new();
            let mut frames = dwarf.find_frames(line.address.into()).skip_all_loads()?;
            while let Some(frame) = frames.next()? {
                // Functions of `core` are inlined like others; what counts is who called them.
                let raw = frame.function.as_ref().map(addr2line::FunctionName::raw_name).transpose()?;
                let Some(function) = raw.and_then(|raw| plain_name(&raw)) else { continue };
                // DWARF's line 0 says that the compiler knows of no place: the file beside it means nothing.
                let place = frame.location.and_then(|place| {
                    let file = place.file?;
                    Some((file[file.rfind("src/")?..].to_owned(), place.line? as usize))
                });
                let (file, line) = match place {
                    Some((file, line)) => (file, Some(line)),
                    None => {
                        (format!("src/{}.rs", function.split_once("::").map_or("main", |(module, _)| module)), None)
                    }
                };
                stack.push(Frame { function, file, line });
            }
            stacks.push(stack);
        }
        ensure!(stacks.iter().any(|stack| !stack.is_empty()), "no DWARF: the profile `boot` has debug = 2");
        Ok(stacks)
    }

    /// Naked functions: those without DWARF.
    fn attribute_naked(&mut self, blocks: &[Block], stacks: &[Vec<Frame>]) -> Result<()> {
        for symbol in &self.program.functions {
            let range = symbol.address..symbol.address + symbol.size;
            let from = self.lines.partition_point(|line| line.address < range.start);
            let to = self.lines.partition_point(|line| line.address < range.end);
            if stacks[from..to].iter().any(|stack| !stack.is_empty()) {
                continue;
            }
            let own_name = symbol.name.rsplit("::").next().unwrap_or_default();
            let block = blocks.iter().find(|block| block.naked && block.function == own_name);
            let block = block.with_context(|| format!("{} has no DWARF and is no naked function", symbol.name))?;
            let lines = &mut self.lines[from..to];
            let places = follow(&block.items, lines).filter(|places| places.len() == lines.len());
            let places =
                places.with_context(|| format!("{} is not what {}:{} has", symbol.name, block.file, block.line))?;
            lines[0].contract.clone_from(&block.contract);
            for (line, place) in lines.iter_mut().zip(places) {
                line.written(&symbol.name, (&block.file, place));
            }
        }
        Ok(())
    }

    /// Functions with DWARF, and what was inlined in them.
    fn attribute_inlined(&mut self, blocks: &[Block], stacks: &[Vec<Frame>]) -> Result<()> {
        let mut from = 0;
        while from < self.lines.len() {
            // A run of instructions that all come from the same place by the same calls.
            let stack = &stacks[from];
            let run = stacks[from..].iter().take_while(|other| *other == stack).count();
            let to = from + run;
            let Some(innermost) = stack.first() else {
                from = to;
                continue;
            };
            let block = innermost.block(blocks).filter(|block| !block.items.is_empty());
            // A block without instructions is there for the optimiser: what carries its place
            // prepares it, for the function that called.
            let empty = |frame: &&Frame| frame.block(blocks).is_some_and(|block| block.items.is_empty());
            let caller = stack.iter().find(|frame| !empty(frame)).unwrap_or(innermost);
            let mut found = block.is_none();
            while from < to {
                let places = block.and_then(|block| follow(&block.items, &self.lines[from..to]));
                if let (Some(block), Some(places)) = (block, places) {
                    found = true;
                    self.lines[from].contract.clone_from(&block.contract);
                    for place in places {
                        self.lines[from].written(&innermost.function, (&block.file, place));
                        from += 1;
                    }
                } else {
                    let line = &mut self.lines[from];
                    line.function = display_name(&caller.function, None);
                    line.place = Some((caller.file.clone(), caller.line));
                    from += 1;
                }
            }
            let Frame { file, line, .. } = innermost;
            let before = self.lines[to - 1].address;
            ensure!(found, "the assembly in {file}, line {line:?}, is not what the program has up to {before:04X}h");
        }
        Ok(())
    }

    /// Constants: a name says the module that has it. One without a symbol is the compiler's own.
    fn attribute_constants(&mut self) {
        for line in self.lines.iter_mut().filter(|line| line.language == Language::Data && line.function.is_empty()) {
            let symbol = self.program.symbols().find(|f| f.has(line.address));
            line.function = symbol.map_or_else(|| "constants".to_owned(), |symbol| symbol.name.clone());
            let module = symbol.and_then(|symbol| symbol.name.rsplit_once("::"));
            line.place = module.map(|(module, _)| (format!("src/{module}.rs"), None));
        }
    }
}

impl Line {
    /// A person has written it, there.
    fn written(&mut self, function: &str, (file, number): (&str, usize)) {
        if self.language != Language::Data {
            self.language = Language::Assembly;
        }
        self.function = display_name(function, Some(file));
        self.place = Some((file.to_owned(), Some(number)));
    }
}

/// The name that a reader knows a function by: `Cursor::push`, `console::put`; of one whose symbol is not
/// mangled with the name of its module, if the file is known: `start::entry`.
fn display_name(path: &str, file: Option<&str>) -> String {
    let module = file.and_then(|file| file.strip_prefix("src/")?.strip_suffix(".rs")).filter(|&name| name != "main");
    match (path.rsplitn(3, "::").collect::<Vec<_>>().as_slice(), module) {
        ([name], Some(module)) => format!("{module}::{name}"),
        ([name, of, ..], _) => format!("{of}::{name}"),
        _ => path.to_owned(),
    }
}

/// Are these lines, from the first on, what the template makes? The line of the source of each, if they are.
fn follow(items: &[Item], lines: &[Line]) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    let (mut items, mut lines) = (items.iter(), lines.iter());
    while let Some(item) = items.next() {
        let line = lines.next()?;
        let fits = match &item.kind {
            Kind::Instruction(text) => line.language != Language::Data && is_same(text, &line.text),
            // What is given as bytes may be data, or an instruction in whose middle another one begins.
            Kind::Bytes(count) => {
                let mut count = *count;
                while count < line.own().len() {
                    let Some(Item { kind: Kind::Bytes(more), .. }) = items.next() else { return None };
                    count += more;
                }
                count == line.own().len()
            }
        };
        if !fits {
            return None;
        }
        places.push(item.line);
    }
    Some(places)
}

/// Can this line of assembly have made that instruction? Both have a name first; AT&T's and the disassembler's
/// differ in a suffix, conditional jumps have many names. Where the first operand is a register in both it is
/// compared, too.
fn is_same(source: &str, instruction: &str) -> bool {
    let parts = |text: &str| -> (String, String) {
        let (name, operands) = text.split_once(' ').unwrap_or((text, ""));
        (name.to_owned(), operands.split(',').next().unwrap_or_default().trim().to_owned())
    };
    let ((name, operand), (other, other_operand)) = (parts(source), parts(instruction));
    let register = operand.len() == 2 && operand.chars().all(|c| c.is_ascii_lowercase());
    let same_name = name == other || name.strip_suffix(['b', 'w']) == Some(&other);
    let jumps = |name: &str| name.starts_with('j') && name != "jmp";
    // XCHG has no first operand: the assembler may swap them.
    (same_name && (!register || name == "xchg" || operand == other_operand)) || (jumps(&name) && jumps(&other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tests::program;

    #[test]
    fn a_line_of_assembly_is_known_in_the_instruction_it_makes() {
        for (source, instruction, same) in [
            ("jnz {yes}", "jne 7C00h", true),
            ("callw {ready}", "call wait::ready", true),
            ("retw", "ret", true),
            ("xchg ax, bp", "xchg bp, ax", true),
            ("mov word ptr [bx], {line_end}", "mov word [bx], 0D0Ah", true),
            ("mov al, [bx]", "mov bx, 7CFFh", false),
            ("jmp 2f", "je 7C00h", false),
            ("cli", "cld", false),
        ] {
            assert_eq!(is_same(source, instruction), same, "{source}");
        }
    }

    #[test]
    fn bytes_in_a_template_may_be_data_or_begin_an_instruction() {
        // jz 7C03h; test al, 0ECh with in al, dx in it; jmp 7C08h; two bytes; ret
        let lines = Listing::bare(program(&[0x74, 0x01, 0xA8, 0xEC, 0xEB, 0x02, b'a', b'b', 0xC3])).unwrap().lines;
        let follow = |last: &str| {
            let template = format!(r#""jz 2f", ".byte 0xA8", "2: in al, dx", "jmp 3f", ".byte 1", {last}, "ret""#);
            let blocks = source::scan("src/m.rs", &format!("fn f() {{ asm!({template}) }}")).unwrap();
            follow(&blocks[0].items, &lines)
        };
        assert_eq!(follow("\".byte 2\"").map(|places| places.len()), Some(lines.len() - 1));
        assert_eq!(follow("\".byte 2, 3\""), None);
    }
}
