//! What can be wrong, and the exit code of each.

use std::fmt;

/// What is wrong. The number is the program's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The command line makes no sense.
    Usage = 2,
    /// The serial line cannot be opened, or nobody connects to it.
    Open = 3,
    /// The `--start` command fails or does not return.
    Start = 4,
    /// The line ends, or fails, before all is said.
    Closed = 5,
    /// No banner in time.
    NoBanner = 6,
    /// No prompt in time, or something else in its place.
    NoPrompt = 7,
    /// A typed byte does not come back, or not as it should.
    Echo = 8,
    /// The answer is wrong, or does not come.
    Answer = 9,
    /// The power button cannot be pressed.
    Press = 10,
    /// The button has been pressed and the machine is still on.
    StillOn = 11,
    /// The machine went off, but not by its own doing.
    OtherEnd = 12,
}

impl Kind {
    /// All of them, by exit code.
    pub const ALL: [Self; 11] = [
        Self::Usage,
        Self::Open,
        Self::Start,
        Self::Closed,
        Self::NoBanner,
        Self::NoPrompt,
        Self::Echo,
        Self::Answer,
        Self::Press,
        Self::StillOn,
        Self::OtherEnd,
    ];

    /// The program's exit code.
    pub fn exit_code(self) -> u8 {
        self as u8
    }

    /// One word for scripts: the JSON member `failure`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Open => "open",
            Self::Start => "start",
            Self::Closed => "closed",
            Self::NoBanner => "no-banner",
            Self::NoPrompt => "no-prompt",
            Self::Echo => "echo",
            Self::Answer => "answer",
            Self::Press => "press",
            Self::StillOn => "still-on",
            Self::OtherEnd => "other-end",
        }
    }

    /// What it means, in a line of the help text.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Usage => "the command line makes no sense",
            Self::Open => "the serial line cannot be opened, or nobody connects to it",
            Self::Start => "the --start command fails or does not return in time",
            Self::Closed => "the line ends before all is said",
            Self::NoBanner => "no banner in time",
            Self::NoPrompt => "no prompt in time, or something else in its place",
            Self::Echo => "a typed byte does not come back, or not as it should",
            Self::Answer => "the answer is wrong or does not come",
            Self::Press => "the power button cannot be pressed",
            Self::StillOn => "the button is pressed and the machine stays on",
            Self::OtherEnd => "the machine goes off, but not by its own doing",
        }
    }
}

/// A check that failed: its kind, and one line for the user.
#[derive(Debug)]
pub struct Failure {
    /// What is wrong.
    pub kind: Kind,
    /// What exactly, in one line.
    pub message: String,
}

impl Failure {
    /// A failure of `kind` that says `message`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The same, with more behind it.
    pub fn with(self, more: &str) -> Self {
        Self { message: self.message + more, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // One line, whatever an operating system's message holds.
        write!(f, "{}", self.message.replace('\n', " "))
    }
}
