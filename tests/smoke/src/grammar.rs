//! Command lines: what a tool takes, as its documentation has it, and the check of one.

use std::collections::BTreeMap;
use std::path::Path;

/// What a word must be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Anything but nothing.
    Text,
    /// Letters, digits and hyphens, a letter or digit first: a machine's name.
    Name,
    /// A decimal number.
    Number,
    /// A file that is there.
    File,
    /// A path that may be there.
    Path,
    /// One of these.
    Of(&'static [&'static str]),
    /// It starts with this, and more follows.
    Starts(&'static str),
}

impl Kind {
    fn takes(self, word: &str) -> bool {
        match self {
            Self::Text => !word.is_empty(),
            Self::Name => {
                word.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            }
            Self::Number => !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()),
            Self::File => word.starts_with('/') && Path::new(word).is_file(),
            Self::Path => word.starts_with('/'),
            Self::Of(words) => words.contains(&word),
            Self::Starts(start) => word.len() > start.len() && word.starts_with(start),
        }
    }
}

/// An option: its name, and the kinds of the words that are its value.
pub type Opt = (&'static str, &'static [Kind]);

/// One command of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The words that name it.
    pub words: &'static [&'static str],
    /// The words that must follow, besides options.
    pub operands: &'static [Kind],
    /// Options, with their hyphens.
    pub options: &'static [Opt],
    /// Options without which it makes no sense here.
    pub needs: &'static [&'static str],
}

/// A tool.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name on PATH.
    pub name: &'static str,
    /// Options before the command.
    pub before: &'static [Opt],
    /// What it can do, as far as the scripts ask for it.
    pub commands: &'static [Command],
}

/// A command line that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The command, its words with blanks between.
    pub command: String,
    /// The operands.
    pub operands: Vec<String>,
    /// The options; one without a value has an empty one.
    pub options: BTreeMap<&'static str, Vec<String>>,
}

impl Call {
    /// The last value of an option.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).and_then(|values| values.last()).map(String::as_str)
    }
}

impl Tool {
    /// Checks a command line, without the tool's name.
    ///
    /// # Errors
    /// What does not make sense.
    pub fn parse(&self, words: &[String]) -> Result<Call, String> {
        let wrong = |what: String| format!("{} {}: {what}", self.name, words.join(" "));
        let mut rest = words.iter().peekable();
        let mut options: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        while let Some(word) = rest.next_if(|word| word.len() > 1 && word.starts_with('-') && !self.before.is_empty()) {
            take(word, &mut rest, self.before, &mut options).map_err(wrong)?;
        }
        let rest: Vec<&String> = rest.collect();
        let command = self
            .commands
            .iter()
            .filter(|command| {
                rest.len() >= command.words.len() && command.words.iter().zip(&rest).all(|(a, b)| *a == b.as_str())
            })
            .max_by_key(|command| command.words.len())
            .ok_or_else(|| wrong("no such command".into()))?;
        let mut rest = rest[command.words.len()..].iter().copied().peekable();
        let mut operands = Vec::new();
        while let Some(word) = rest.next() {
            if word.starts_with('-') && word != "-" {
                take(word, &mut rest, command.options, &mut options).map_err(wrong)?;
            } else {
                operands.push(word.clone());
            }
        }
        if operands.len() != command.operands.len() {
            return Err(wrong(format!("{} operands, {} expected", operands.len(), command.operands.len())));
        }
        for (operand, kind) in operands.iter().zip(command.operands) {
            if !kind.takes(operand) {
                return Err(wrong(format!("{operand} is no {kind:?}")));
            }
        }
        for need in command.needs {
            if !options.contains_key(need) {
                return Err(wrong(format!("{need} is missing")));
            }
        }
        Ok(Call { command: command.words.join(" "), operands, options })
    }
}

/// Takes the option `word`, and its value from `rest` unless it is in the word.
fn take<'a>(
    word: &str,
    rest: &mut impl Iterator<Item = &'a String>,
    known: &'static [Opt],
    options: &mut BTreeMap<&'static str, Vec<String>>,
) -> Result<(), String> {
    let (name, within) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    let (name, kinds) =
        known.iter().find(|(known, _)| *known == name).ok_or_else(|| format!("{name}: no such option"))?;
    if kinds.is_empty() && within.is_some() {
        return Err(format!("{name} takes no value"));
    }
    let mut words: Vec<String> = within.into_iter().collect();
    while words.len() < kinds.len() {
        words.push(rest.next().ok_or_else(|| format!("{name} needs a value"))?.clone());
    }
    for (word, kind) in words.iter().zip(*kinds) {
        if !kind.takes(word) {
            return Err(format!("{name}: {word} is no {kind:?}"));
        }
    }
    let value = words.join(" ");
    options.entry(name).or_default().push(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOL: Tool = Tool {
        name: "tool",
        before: &[("-T", &[Kind::Of(&["a", "b"])])],
        commands: &[
            Command { words: &["go"], operands: &[Kind::Number], options: &[("--fast", &[])], needs: &[] },
            Command {
                words: &["go", "on"],
                operands: &[],
                options: &[("--to", &[Kind::Name]), ("--by", &[Kind::Text, Kind::Number])],
                needs: &["--to"],
            },
        ],
    };

    fn parse(line: &str) -> Result<Call, String> {
        TOOL.parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_makes_sense() {
        let call = parse("-T a go 7 --fast").unwrap();
        assert_eq!((call.command.as_str(), call.operands.as_slice()), ("go", &["7".to_owned()][..]));
        assert_eq!((call.option("--fast"), call.option("-T"), call.option("--to")), (Some(""), Some("a"), None));
        assert_eq!(parse("go on --to x --by foot 3").unwrap().option("--by"), Some("foot 3"));
        for line in ["go on --to x", "go on --to=x"] {
            assert_eq!(parse(line).unwrap().option("--to"), Some("x"), "{line}");
        }
    }

    #[test]
    fn what_does_not() {
        for (line, why) in [
            ("", "no such command"),
            ("stop", "no such command"),
            ("go", "0 operands, 1 expected"),
            ("go x", "x is no Number"),
            ("go 7 --slow", "--slow: no such option"),
            ("go 7 --fast=1", "--fast takes no value"),
            ("go on", "--to is missing"),
            ("go on --to", "--to needs a value"),
            ("go on --to x --by foot", "--by needs a value"),
            ("go on --to x --by foot far", "far is no Number"),
            ("go on --to -x", "--to: -x is no Name"),
            ("-T c go 7", "-T: c is no Of"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
