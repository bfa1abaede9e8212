//! What a verification found: every check in the order it was made, and what the file then shows.
//!
//! The JSON form is what pages and scripts read. Fields may be added; none changes its meaning.

use std::fmt::Display;

use serde::Serialize;

/// What one check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    Ok,
    /// It does not, so the file proves nothing.
    Refused,
    /// It was not made; its detail says why and who can make it.
    Open,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was asked.
    pub check: String,
    /// What it came to.
    pub outcome: Outcome,
    /// What was found; for a refusal, why.
    pub detail: String,
}

/// One line of the summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it says something about.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Version of this verifier.
    pub verifier: &'static str,
    /// The kind of file and its version.
    pub format: String,
    /// No check was refused, and at least one holds.
    pub holds: bool,
    /// In the order they were made. The first refusal is the last check.
    pub checks: Vec<Check>,
    /// What the file shows; empty unless it holds.
    pub summary: Vec<Fact>,
}

impl Report {
    /// A report without checks, which does not hold.
    #[must_use]
    pub fn new(format: impl Into<String>) -> Self {
        Self {
            verifier: env!("CARGO_PKG_VERSION"),
            format: format.into(),
            holds: false,
            checks: Vec::new(),
            summary: Vec::new(),
        }
    }

    /// Records a check and passes on what it gave, or nothing if it was refused. The error says why.
    pub fn check<T>(
        &mut self,
        check: &str,
        made: Result<T, String>,
        detail: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        match made {
            Ok(value) => {
                self.record(check, Outcome::Ok, detail(&value));
                Some(value)
            }
            Err(why) => {
                self.record(check, Outcome::Refused, why);
                None
            }
        }
    }

    /// Records a check that does not hold.
    pub fn refuse(&mut self, check: &str, why: &str) {
        self.record(check, Outcome::Refused, why.to_owned());
    }

    /// Records a check that was not made.
    pub fn leave_open(&mut self, check: &str, why: &str) {
        self.record(check, Outcome::Open, why.to_owned());
    }

    /// Adds a line to the summary.
    pub fn fact(&mut self, name: &str, value: impl Display) {
        self.summary.push(Fact { name: name.to_owned(), value: value.to_string() });
    }

    /// The report as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Text and numbers alone cannot fail; were it otherwise, the reader must see a refusal.
        serde_json::to_string(self).unwrap_or_else(|_| r#"{"holds":false}"#.to_owned())
    }

    fn record(&mut self, check: &str, outcome: Outcome, detail: String) {
        self.checks.push(Check { check: check.to_owned(), outcome, detail });
        let any = |outcome| self.checks.iter().any(|check| check.outcome == outcome);
        self.holds = any(Outcome::Ok) && !any(Outcome::Refused);
    }
}
