//! What a gate reports: where, which rule, what was found, and what to do about it.
//!
//! A rule carries its usual remedy, so that no finding can be reported without one.

use std::fmt;

use serde::Serialize;

/// One rule of one check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// The check it belongs to, as typed on the command line.
    pub(crate) check: &'static str,
    /// Its name, stable: fixtures and readers refer to it.
    pub(crate) name: &'static str,
    remedy: &'static str,
}

impl Rule {
    /// Declares a rule with the remedy that usually helps.
    pub(crate) const fn new(check: &'static str, name: &'static str, remedy: &'static str) -> Self {
        Self { check, name, remedy }
    }

    /// A violation at `line` (counted from 1) of `file` (relative to the root checked).
    pub(crate) fn at(self, file: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding {
            check: self.check,
            file: file.to_owned(),
            line,
            rule: self.name,
            message: message.into(),
            remedy: self.remedy.to_owned(),
        }
    }
}

/// One violation of one rule. Orders by place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Finding {
    /// The check that found it.
    pub(crate) check: &'static str,
    /// Path relative to the root checked, with `/`.
    pub(crate) file: String,
    /// Line in the file, counted from 1.
    pub(crate) line: usize,
    /// The rule broken.
    pub(crate) rule: &'static str,
    /// What was expected and what was found.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

impl Finding {
    /// Replaces the usual remedy by a more exact one.
    #[must_use]
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, message, remedy, .. } = self;
        write!(f, "{file}:{line}: {rule}: {message}\n    remedy: {remedy}")
    }
}
