//! What the program's source says: its functions, its assembly blocks, and their register contracts.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use proc_macro2::{Delimiter, Literal, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use boot256_kit::file;

/// A function of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// File, from the project's folder: `src/line.rs`.
    pub file: String,
    /// Full path in the crate: `line::Cursor::push`.
    pub path: String,
    /// The name that a reader knows it by: `Cursor::push`, `console::put`.
    pub name: String,
    /// Has it `#[no_mangle]`, so that its symbol is the last part of its path?
    pub unmangled: bool,
    /// Its first and its last line.
    pub lines: (usize, usize),
    /// Its assembly blocks in the order of the text. A naked function has one.
    pub blocks: Vec<Block>,
    /// Its registers, as its doc comment has them: `In: ... Out: ... Clobbers: ...`.
    pub contract: Option<String>,
}

/// An `asm!` or `naked_asm!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where the macro starts: line, and column from 1, as DWARF counts.
    pub place: (usize, usize),
    /// What the assembler makes bytes of.
    pub items: Vec<Item>,
    /// Its registers, as the comment above it has them.
    pub contract: Option<String>,
}

/// A line of assembly that makes bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The line of the source.
    pub line: usize,
    /// What it makes.
    pub kind: Kind,
}

/// What a line of assembly makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An instruction.
    Instruction {
        /// Its name in Intel's words, one of several equal ones chosen: see [`canonical`].
        mnemonic: String,
        /// The first operand in Intel's order, where it is a register and written as such.
        register: Option<String>,
    },
    /// So many bytes of data.
    Data(usize),
}

/// The functions of all files in `src/`.
#[derive(Clone, Debug, Default)]
pub struct Source {
    functions: Vec<Function>,
}

impl Source {
    /// Reads `src/*.rs` of the project in `root`.
    ///
    /// # Errors
    ///
    /// A file cannot be read or is no Rust, or has assembly in a form that is not known here.
    pub fn read(root: &Path) -> Result<Self> {
        let folder = root.join("src");
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "rs") {
                let name = path.file_name().and_then(|name| name.to_str()).context("a file's name is not UTF-8")?;
                files.insert(format!("src/{name}"), file::read_text(&path)?);
            }
        }
        let mut source = Self::default();
        for (name, text) in &files {
            source.add(name, text).with_context(|| name.clone())?;
        }
        Ok(source)
    }

    /// Adds the file `name`, as `src/line.rs`, with the content `text`.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub fn add(&mut self, name: &str, text: &str) -> Result<()> {
        let tree = syn::parse_file(text)?;
        let module = name.strip_prefix("src/").and_then(|n| n.strip_suffix(".rs")).filter(|&n| n != "main");
        let mut collector = Collector {
            file: name,
            lines: text.lines().collect(),
            module: module.into_iter().map(str::to_owned).collect(),
            kind: None,
            functions: Vec::new(),
            open: Vec::new(),
            error: None,
        };
        collector.visit_file(&tree);
        if let Some(error) = collector.error {
            return Err(error);
        }
        self.functions.append(&mut collector.functions);
        Ok(())
    }

    /// Every function.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The function with this path, or without mangling this name, as the symbol table has it.
    pub fn by_symbol(&self, name: &str) -> Option<&Function> {
        let by_path = self.functions.iter().find(|function| function.path == name);
        by_path.or_else(|| {
            let ends = |function: &&Function| function.path.rsplit("::").next() == Some(name);
            self.functions.iter().find(|function| function.unmangled && ends(function))
        })
    }

    /// The assembly block that starts at `place` of `file`.
    pub fn block_at(&self, file: &str, place: (usize, usize)) -> Option<&Block> {
        let of_file = self.functions.iter().filter(|function| function.file == file);
        of_file.flat_map(|function| &function.blocks).find(|block| block.place == place)
    }
}

struct Collector<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
    module: Vec<String>,
    /// The type whose `impl` is being read.
    kind: Option<String>,
    functions: Vec<Function>,
    /// Functions in functions: indices, innermost last.
    open: Vec<usize>,
    error: Option<anyhow::Error>,
}

impl Collector<'_> {
    fn open(&mut self, attrs: &[syn::Attribute], ident: &syn::Ident, whole: proc_macro2::Span) {
        let mut path = self.module.clone();
        path.extend(self.kind.clone());
        path.push(ident.to_string());
        let name = path[path.len().saturating_sub(2)..].join("::");
        let meta = |attr: &syn::Attribute| match &attr.meta {
            syn::Meta::List(list) => list.tokens.to_string(),
            other => other.path().get_ident().map(ToString::to_string).unwrap_or_default(),
        };
        let doc = attrs.iter().filter_map(|attr| match &attr.meta {
            syn::Meta::NameValue(syn::MetaNameValue {
                path,
                value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }),
                ..
            }) if path.is_ident("doc") => Some(text.value().trim().to_owned()),
            _ => None,
        });
        self.functions.push(Function {
            file: self.file.to_owned(),
            path: path.join("::"),
            name,
            unmangled: attrs.iter().any(|attr| meta(attr) == "no_mangle"),
            lines: (whole.start().line, whole.end().line),
            blocks: Vec::new(),
            contract: contract(&doc.collect::<Vec<_>>()),
        });
        self.open.push(self.functions.len() - 1);
    }

    /// The comment above the statement that the macro in this line belongs to.
    fn comment_above(&self, line: usize) -> Vec<String> {
        let mut comment = Vec::new();
        for text in self.lines[..line - 1].iter().rev().map(|text| text.trim()) {
            match text.strip_prefix("//") {
                Some(text) => comment.push(text.trim().to_owned()),
                None if !comment.is_empty() => break,
                // The statement may begin above the macro, and an assertion may stand between.
                None if text.starts_with("unsafe") || text.starts_with("const {") => {}
                None => break,
            }
        }
        comment.reverse();
        comment
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        self.module.push(node.ident.to_string());
        visit::visit_item_mod(self, node);
        self.module.pop();
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        let outer = self.kind.take();
        if let syn::Type::Path(of) = &*node.self_ty {
            self.kind = of.path.segments.last().map(|segment| segment.ident.to_string());
        }
        visit::visit_item_impl(self, node);
        self.kind = outer;
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.open(&node.attrs, &node.sig.ident, node.span());
        visit::visit_item_fn(self, node);
        self.open.pop();
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.open(&node.attrs, &node.sig.ident, node.span());
        visit::visit_impl_item_fn(self, node);
        self.open.pop();
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        let Some(name) = node.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        let (Some(&function), "asm" | "naked_asm" | "global_asm") = (self.open.last(), name.as_str()) else {
            if name == "global_asm" {
                self.error.get_or_insert(anyhow::anyhow!("global_asm! belongs to no function"));
            }
            return;
        };
        let start = node.path.span().start();
        let contract = contract(&self.comment_above(start.line));
        match items(node.tokens.clone()) {
            Ok(items) => {
                self.functions[function].blocks.push(Block { place: (start.line, start.column + 1), items, contract });
            }
            Err(error) => {
                self.error.get_or_insert(error.context(format!("line {}", start.line)));
            }
        }
    }
}

/// The part of a comment that tells of registers: from `In:`, `Out:` or `Clobbers:` at the start of a
/// line to the end of the paragraph.
fn contract(comment: &[String]) -> Option<String> {
    let starts = |line: &String| ["In:", "In, out:", "Out:", "Clobbers:"].iter().any(|start| line.starts_with(start));
    let from = comment.iter().position(starts)?;
    let lines: Vec<_> = comment[from..].iter().map(String::as_str).take_while(|line| !line.is_empty()).collect();
    Some(lines.join(" "))
}

/// The lines of a template that make bytes.
fn items(tokens: proc_macro2::TokenStream) -> Result<Vec<Item>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let att = |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.stream().into_iter().any(|t| t.to_string() == "att_syntax"));
    let mut att_syntax = tokens.iter().any(att);
    let mut items = Vec::new();
    let mut left_out = false;
    for tree in &tokens {
        match tree {
            TokenTree::Literal(_) if left_out => left_out = false,
            TokenTree::Literal(literal) => template(literal, &mut att_syntax, &mut items)?,
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | '#') => {}
            // `#[cfg(...)]` before a line. The program that is looked at is built with no feature.
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                left_out = group.stream().to_string().replace(' ', "").starts_with("cfg(feature=");
            }
            // The operands follow.
            _ => break,
        }
    }
    Ok(items)
}

fn template(literal: &Literal, att_syntax: &mut bool, items: &mut Vec<Item>) -> Result<()> {
    let text = syn::parse_str::<syn::LitStr>(&literal.to_string())?.value();
    let first = literal.span().start().line;
    for (i, line) in text.split('\n').enumerate() {
        // Escaped line ends stay in the literal's line.
        let line_number = if literal.span().end().line > first { first + i } else { first };
        let line = without_comments(line)?;
        for statement in line.split(';').map(str::trim) {
            // A label, then the instruction.
            let statement = match statement.split_once(':') {
                Some((label, rest)) if label.chars().all(|c| c.is_alphanumeric() || c == '_') => rest.trim(),
                _ => statement,
            };
            let (word, operands) = statement.split_once(char::is_whitespace).unwrap_or((statement, ""));
            if word.is_empty() {
                continue;
            }
            let kind = if word.starts_with('.') {
                match directive(word, operands, att_syntax)? {
                    0 => continue,
                    bytes => Kind::Data(bytes),
                }
            } else {
                let first = operands.split(',').next().unwrap_or_default().trim().to_ascii_lowercase();
                let plain = !first.is_empty() && first.chars().all(|c| c.is_ascii_lowercase());
                Kind::Instruction {
                    mnemonic: canonical(word, *att_syntax),
                    register: (plain && !*att_syntax).then_some(first),
                }
            };
            items.push(Item { line: line_number, kind });
        }
    }
    Ok(())
}

fn without_comments(line: &str) -> Result<String> {
    let mut line = line.to_owned();
    while let Some(from) = line.find("/*") {
        let end = line[from..].find("*/").context("a comment in assembly that does not end in its line")?;
        line.replace_range(from..from + end + 2, " ");
    }
    if let Some(from) = line.find("//") {
        line.truncate(from);
    }
    Ok(line)
}

/// How many bytes a directive makes.
fn directive(word: &str, operands: &str, att_syntax: &mut bool) -> Result<usize> {
    let count = operands.split(',').count();
    Ok(match word {
        ".att_syntax" => {
            *att_syntax = true;
            0
        }
        ".intel_syntax" => {
            *att_syntax = false;
            0
        }
        ".code16" | ".code32" => 0,
        ".byte" => count,
        ".word" | ".short" | ".2byte" => 2 * count,
        ".long" | ".int" | ".4byte" => 4 * count,
        ".ascii" => string_len(operands)?,
        ".asciz" | ".string" => string_len(operands)? + 1,
        _ => bail!("directive {word} is not known here"),
    })
}

/// How many bytes the assembler makes of one string in quotes.
fn string_len(text: &str) -> Result<usize> {
    let inner = text.trim().strip_prefix('"').and_then(|t| t.strip_suffix('"')).context("one string in quotes")?;
    let bytes = inner.as_bytes();
    let (mut at, mut len) = (0, 0);
    while at < bytes.len() {
        at += 1;
        if bytes[at - 1] == b'\\' {
            ensure!(at < bytes.len(), "a string ends in a backslash");
            let digits = bytes[at..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
            ensure!(bytes[at] != b'x', "\\x in a string is not known here");
            at += digits.max(1);
        }
        len += 1;
    }
    Ok(len)
}

/// One name for an instruction that has several, and in AT&T syntax without the operand's size:
/// the names that iced-x86 uses.
pub fn canonical(mnemonic: &str, att_syntax: bool) -> String {
    let name = mnemonic.to_ascii_lowercase();
    let name = if att_syntax {
        ["call", "ret", "jmp", "push", "pop", "iret"]
            .into_iter()
            .find(|&base| name == format!("{base}w"))
            .unwrap_or(&name)
    } else {
        &name
    };
    match name {
        "jz" => "je",
        "jnz" => "jne",
        "jc" | "jnae" => "jb",
        "jnc" | "jnb" => "jae",
        "jna" => "jbe",
        "jnbe" => "ja",
        "jpe" => "jp",
        "jpo" => "jnp",
        "jnge" => "jl",
        "jnl" => "jge",
        "jng" => "jle",
        "jnle" => "jg",
        "loopz" => "loope",
        "loopnz" => "loopne",
        "sal" => "shl",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(text: &str) -> Vec<Function> {
        let mut source = Source::default();
        source.add("src/m.rs", text).unwrap();
        source.functions
    }

    fn instruction(mnemonic: &str, register: Option<&str>) -> Kind {
        Kind::Instruction { mnemonic: mnemonic.into(), register: register.map(Into::into) }
    }

    #[test]
    fn a_line_with_a_feature_is_not_in_the_program() {
        let functions = functions(
            "fn f() { asm!(\"cli\", #[cfg(feature = \"x\")] \"nop\", #[cfg(not(feature = \"x\"))] \"hlt\") }",
        );
        assert_eq!(functions[0].blocks[0].items.len(), 2);
    }

    fn kinds(asm: &str) -> Vec<Kind> {
        let functions = functions(&format!("fn f() {{ unsafe {{ asm!({asm}) }} }}"));
        functions[0].blocks[0].items.iter().map(|item| item.kind.clone()).collect()
    }

    #[test]
    fn functions_have_paths_and_lines() {
        let found = functions(
            "fn free() {}\nimpl<T> Type<T> {\n/// Doc.\n#[inline]\nfn method() {\nfn inner() {}\n}\n}\n\
             impl Trait for Other { fn f() {} }\n#[unsafe(no_mangle)] fn entry() {}",
        );
        let summary: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.name.as_str(), f.lines)).collect();
        assert_eq!(
            summary,
            [
                ("m::free", "m::free", (1, 1)),
                ("m::Type::method", "Type::method", (3, 7)),
                ("m::Type::inner", "Type::inner", (6, 6)),
                ("m::Other::f", "Other::f", (9, 9)),
                ("m::entry", "m::entry", (10, 10)),
            ]
        );
        let mut source = Source::default();
        source.add("src/main.rs", "fn plain() {} #[unsafe(no_mangle)] extern \"C\" fn repl() {}").unwrap();
        assert_eq!(source.by_symbol("repl").unwrap().path, "repl");
        let mut source = Source { functions: found };
        assert_eq!(source.by_symbol("entry").unwrap().path, "m::entry");
        assert!(source.by_symbol("method").is_none(), "a mangled name is known by its path only");
        source.functions.clear();
        assert!(source.by_symbol("entry").is_none());
    }

    #[test]
    fn a_template_is_what_the_assembler_makes_bytes_of() {
        assert_eq!(
            kinds(r#""2: in al, dx", "test al, {thre}", "loopz 2b", "/* {place} */", "", thre = const 1"#),
            [instruction("in", Some("al")), instruction("test", Some("al")), instruction("loope", None)]
        );
        assert_eq!(kinds(r#""cli; hlt // sleep""#), [instruction("cli", None), instruction("hlt", None)]);
        assert_eq!(kinds(r#""out {mask}, al", "mov [bx], al""#), [instruction("out", None), instruction("mov", None)]);
        assert_eq!(kinds(r#""callw {f}", f = sym f, options(att_syntax)"#), [instruction("call", None)]);
        assert_eq!(
            kinds(r#""popa", ".att_syntax", "retw", ".intel_syntax noprefix", "dec bx""#),
            [instruction("popa", None), instruction("ret", None), instruction("dec", Some("bx"))]
        );
        assert_eq!(
            kinds(r#"".ascii \" $\\n\\r\"", ".asciz \"\\101b\"", ".word 1, 2", ".byte 3""#),
            [4, 3, 4, 1].map(Kind::Data)
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for asm in [r#"".p2align 4""#, r#""/* open""#, r#"".ascii 5""#] {
            let text = format!("fn f() {{ asm!({asm}) }}");
            assert!(Source::default().add("src/m.rs", &text).is_err(), "{asm}");
        }
        assert!(Source::default().add("src/m.rs", "global_asm!(\"nop\");").is_err());
        assert!(Source::default().add("src/m.rs", "fn f( {").is_err());
    }

    #[test]
    fn items_and_blocks_have_their_places() {
        let found = functions("fn f() {\n    unsafe { asm!(\n        \"cli\",\n        \"hlt\",\n    ) }\n}");
        assert_eq!(found[0].blocks[0].place, (2, 14));
        assert_eq!(found[0].blocks[0].items.iter().map(|item| item.line).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn contracts_stand_above_the_block_or_in_the_doc_comment() {
        let found = functions(
            "/// Prints.\n///\n/// In: AL. Clobbers: flags.\n/// (All of them.)\n///\n/// More.\n\
             fn f() {\n    // Why.\n    // In: BX. Out: AL.\n    // Clobbers: nothing.\n    const { assert!(true) }\n\
             \x20   unsafe {\n        asm!(\"cli\")\n    }\n    let x = 1;\n    unsafe { asm!(\"sti\") }\n}",
        );
        assert_eq!(found[0].contract.as_deref(), Some("In: AL. Clobbers: flags. (All of them.)"));
        assert_eq!(found[0].blocks[0].contract.as_deref(), Some("In: BX. Out: AL. Clobbers: nothing."));
        assert_eq!(found[0].blocks[1].contract, None);
    }

    #[test]
    fn equal_instructions_have_one_name() {
        assert_eq!(canonical("JNZ", false), "jne");
        assert_eq!(canonical("retw", true), "ret");
        assert_eq!(canonical("loopz", true), "loope");
        assert_eq!(canonical("cbw", true), "cbw");
    }

    #[test]
    fn a_string_is_as_long_as_the_assembler_makes_it() {
        for (text, len) in [
            (r#""""#, 0),
            (r#" "abc" "#, 3),
            (r#""\n\r""#, 2),
            (r#""\\a""#, 2),
            (r#""\1""#, 1),
            (r#""\12""#, 1),
            (r#""\1234""#, 2), // three digits at most
            (r#""\18""#, 2),   // 8 is no digit of an octal number
            (r#""\7\0z""#, 3),
        ] {
            assert_eq!(string_len(text).unwrap(), len, "{text}");
        }
        for (text, why) in [
            (r#""abc"#, "one string in quotes"),
            (r#"abc""#, "one string in quotes"),
            (r#""abc\""#, "a string ends in a backslash"),
            (r#""\x41""#, "\\x in a string is not known here"),
        ] {
            assert_eq!(string_len(text).unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn directives_make_bytes_or_set_the_syntax() {
        for (word, operands, bytes) in [
            (".code16", "", 0),
            (".code32", "", 0),
            (".byte", "1, 2, 3", 3),
            (".word", "1, 2, 3", 6),
            (".short", "1", 2),
            (".2byte", "1, 2", 4),
            (".long", "1, 2, 3", 12),
            (".int", "1", 4),
            (".4byte", "1, 2", 8),
            (".ascii", "\"abc\"", 3),
            (".asciz", "\"abc\"", 4),
            (".string", "\"abc\"", 4),
        ] {
            let mut att_syntax = false;
            assert_eq!(directive(word, operands, &mut att_syntax).unwrap(), bytes, "{word} {operands}");
            assert!(!att_syntax);
        }
        let mut att_syntax = false;
        assert_eq!(directive(".att_syntax", "", &mut att_syntax).unwrap(), 0);
        assert!(att_syntax);
        assert_eq!(directive(".intel_syntax", "noprefix", &mut att_syntax).unwrap(), 0);
        assert!(!att_syntax);
        let error = directive(".p2align", "4", &mut att_syntax).unwrap_err().to_string();
        assert_eq!(error, "directive .p2align is not known here");
    }

    /// What stands in a comment, behind a label or in the operands of another block is no instruction of this one.
    #[test]
    fn comments_and_labels_make_no_bytes() {
        assert_eq!(without_comments("cli /* one */ /* two */ hlt // three").unwrap(), "cli     hlt ");
        assert_eq!(without_comments("// all").unwrap(), "");
        assert!(without_comments("cli */ /* one").is_err());
        assert_eq!(
            kinds(r#""a_1: cli", "2:", "mov ax, es:[bx]""#),
            [instruction("cli", None), instruction("mov", Some("ax"))]
        );
        // A colon of a segment is none of a label.
        assert_eq!(kinds(r#""inc byte ptr es:[di]", "jmp 1f""#), [instruction("inc", None), instruction("jmp", None)]);
        assert_eq!(kinds(r#""MOV AX, 1", "push 5""#), [instruction("mov", Some("ax")), instruction("push", None)]);
    }

    /// AT&T syntax holds from its directive, or for the whole block by its option; then operands come in another order.
    #[test]
    fn the_syntax_decides_which_operand_is_the_first() {
        assert_eq!(
            kinds(r#""pushw ax", "dec bx""#),
            [instruction("pushw", Some("ax")), instruction("dec", Some("bx"))]
        );
        assert_eq!(
            kinds(r#""pushw ax", "decw bx", options(att_syntax)"#),
            [instruction("push", None), instruction("decw", None)]
        );
        assert_eq!(kinds(r#""push ax", options(nostack)"#), [instruction("push", Some("ax"))]);
    }

    #[test]
    fn a_raw_string_of_many_lines_has_one_for_each_instruction() {
        let found = functions("fn f() {\n    unsafe { asm!(r\"cli\n\n        hlt; nop\", \"sti\\ncld\") }\n}");
        // `sti\\ncld` stands in one line of the file, the fourth.
        let lines: Vec<_> = found[0].blocks[0].items.iter().map(|item| item.line).collect();
        assert_eq!(lines, [2, 4, 4, 4, 4]);
    }

    #[test]
    fn assembly_belongs_to_the_function_around_it() {
        let found = functions(
            "mod inner { fn f() { asm!(\"cli\"); fn g() { naked_asm!(\"hlt\") } asm!(\"sti\"); } }\n\
             fn h() { println!(\"cli\"); core::arch::asm!(\"cld\") }",
        );
        let blocks: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.blocks.len())).collect();
        assert_eq!(blocks, [("m::inner::f", 2), ("m::inner::g", 1), ("m::h", 1)]);
        assert_eq!(found[2].blocks[0].items[0].kind, instruction("cld", None));
        // In a macro's own body, outside of any function, it is nobody's.
        assert_eq!(functions("const _: () = { asm!(\"cli\") };"), []);
    }

    #[test]
    fn the_type_of_an_impl_names_its_functions_and_no_others() {
        let found =
            functions("impl A { fn f() {} }\nfn g() {}\nimpl b::B { fn f() {} }\nimpl T for [u8] { fn h() {} }");
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["m::A::f", "m::g", "m::B::f", "m::h"]);
    }

    #[test]
    fn an_error_in_assembly_names_its_line() {
        let text = "fn f() {\n    unsafe {\n        asm!(\".p2align 4\")\n    }\n}";
        let error = format!("{:#}", Source::default().add("src/m.rs", text).unwrap_err());
        assert_eq!(error, "line 3: directive .p2align is not known here");
        let error = format!("{:#}", Source::default().add("src/m.rs", "global_asm!(\"nop\");").unwrap_err());
        assert_eq!(error, "global_asm! belongs to no function");
    }

    #[test]
    fn a_block_is_found_by_its_file_and_place() {
        let mut source = Source::default();
        source.add("src/a.rs", "fn f() { asm!(\"cli\") }").unwrap();
        source.add("src/b.rs", "fn f() { asm!(\"hlt\") }").unwrap();
        let first = |block: Option<&Block>| block.map(|block| block.items[0].kind.clone());
        assert_eq!(first(source.block_at("src/b.rs", (1, 10))), Some(instruction("hlt", None)));
        assert_eq!(first(source.block_at("src/a.rs", (1, 10))), Some(instruction("cli", None)));
        assert_eq!(source.block_at("src/a.rs", (1, 9)), None);
        assert_eq!(source.block_at("src/c.rs", (1, 10)), None);
    }

    #[test]
    fn only_rust_files_are_the_source() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join("src").join(name), text).unwrap();
        write("main.rs", "fn repl() {}");
        write("line.rs", "fn f() {}");
        write("notes.txt", "no Rust");
        let source = Source::read(folder.path()).unwrap();
        let paths: Vec<_> = source.functions().iter().map(|f| (f.file.as_str(), f.path.as_str())).collect();
        assert_eq!(paths, [("src/line.rs", "line::f"), ("src/main.rs", "repl")]);
        write("bad.rs", "fn f( {");
        let error = format!("{:#}", Source::read(folder.path()).unwrap_err());
        assert!(error.starts_with("src/bad.rs: "), "{error}");
    }

    #[test]
    fn only_what_is_said_of_a_function_is_its_contract() {
        let found = functions("/// Waits.\n#[link_section = \"In: a section\"]\n/// More.\nfn f() {}");
        assert_eq!(found[0].contract, None);
        let found = functions("fn f() {\n    // In: AX.\n\n    unsafe { asm!(\"cli\") }\n}");
        assert_eq!(found[0].blocks[0].contract, None, "a blank line lies between");
        let found = functions("fn f() {\n    // In: AX.\n    let x = 1;\n    unsafe { asm!(\"cli\") }\n}");
        assert_eq!(found[0].blocks[0].contract, None, "it is of another statement");
        let found = functions("// In: AX.\nconst _: () = ();\n// Out: BX.\nfn f() {\n    unsafe { asm!(\"cli\") }\n}");
        assert_eq!(found[0].blocks[0].contract, None, "it is of the function");
        let found =
            functions("fn f() {\n    // In: AX.\n    unsafe {\n        // Why.\n        asm!(\"cli\")\n    }\n}");
        assert_eq!(found[0].blocks[0].contract, None, "the block has a comment of its own");
    }
}
