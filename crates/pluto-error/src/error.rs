//! The unified error: one pointer wide, with the leaf error, its code and where it was raised.
//!
//! `Display` states the innermost layer only; [`Error::chain`] walks the causes and the notes that
//! callers added on the way up.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

use crate::code::{Code, Kind, Subsystem};

/// The result of every call that crosses a crate boundary.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A leaf error that knows its stable code.
pub trait Coded: StdError + Send + Sync + 'static {
    /// The code of this very value.
    fn code(&self) -> Code;
}

/// The unified error.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    source: Box<dyn StdError + Send + Sync>,
    location: &'static Location<'static>,
    notes: Vec<String>,
}

const _: () = assert!(size_of::<Error>() <= 16, "the error must stay cheap to return");

impl Error {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What the caller can do.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.code.kind()
    }

    /// The subsystem that raised it.
    #[must_use]
    pub fn subsystem(&self) -> Subsystem {
        self.0.code.subsystem()
    }

    /// File and line at which the leaf error became this one.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// Adds what the caller was doing; shown by [`Error::chain`], outermost first.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// The leaf error, if it is of type `E`.
    #[must_use]
    pub fn leaf<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.downcast_ref::<E>()
    }

    /// Everything known, on one line: notes, the leaf error, then each cause.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut parts: Vec<String> = self.0.notes.iter().rev().cloned().collect();
        parts.push(self.0.source.to_string());
        let mut cause = self.0.source.source();
        while let Some(next) = cause {
            parts.push(next.to_string());
            cause = next.source();
        }
        parts.join(": ")
    }
}

impl<E: Coded> From<E> for Error {
    #[track_caller]
    fn from(leaf: E) -> Self {
        Self(Box::new(Inner {
            code: leaf.code(),
            source: Box::new(leaf),
            location: Location::caller(),
            notes: Vec::new(),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.source)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (at {})", self.0.code, self.chain(), self.0.location)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.source()
    }
}
