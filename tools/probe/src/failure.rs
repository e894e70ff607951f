//! What can be wrong, and the exit code of each.

use std::fmt;

// A kind, its exit code, and its two texts stand in one line.
macro_rules! kinds {
    ($($kind:ident = $code:literal, $name:literal, $meaning:literal;)*) => {
        /// What is wrong. The number is the program's exit code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = $meaning] $kind = $code,)*
        }

        impl Kind {
            /// All of them, by exit code.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// One word for scripts: the JSON member `failure`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What it means, in a line of the help text.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $meaning,)* }
            }

            pub fn exit_code(self) -> u8 {
                self as u8
            }
        }
    };
}

kinds! {
    Usage = 2, "usage", "the command line makes no sense";
    Open = 3, "open", "the serial line cannot be opened, or nobody connects to it";
    Start = 4, "start", "the --start command fails or does not return in time";
    Closed = 5, "closed", "the line ends before all is said";
    NoBanner = 6, "no-banner", "no banner in time";
    NoPrompt = 7, "no-prompt", "no prompt in time, or something else in its place";
    Echo = 8, "echo", "a typed byte does not come back, or not as it should";
    Answer = 9, "answer", "the answer is wrong or does not come";
    Press = 10, "press", "the power button cannot be pressed";
    StillOn = 11, "still-on", "the button is pressed and the machine stays on";
    OtherEnd = 12, "other-end", "the machine goes off, but not by its own doing";
}

/// A check that failed: its kind, and one line for the user.
#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    pub message: String,
}

impl Failure {
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
