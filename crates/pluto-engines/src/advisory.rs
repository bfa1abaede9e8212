//! Advisors: measures of a realm that inform people and the node's own guard, and decide nothing.
//!
//! An [`Advisor`] is not an `Engine`. It is told what is committed, after the fold, and gives a
//! [`Report`]; neither its input nor its output has a place for a verdict or a write, so that there is
//! no way from here into admission or state. `cargo xtask verify layers` keeps the crates that decide
//! from naming this module at all.
//!
//! All advisors are functions of the events they are shown, in integers: two nodes that show the same
//! stretch of the canonical order get the same report to the last unit. Time is realm time, which only
//! signed checkpoints move; where a realm has none, windows are counted in positions. Memory is bounded
//! by the constants beside each structure. ADR 0019 says which of several published formulas each uses.

mod board;
pub mod fixed;
pub mod protection;
pub mod surprisal;
pub mod world_formula;

pub use board::Board;

use pluto_core::kind::KindNumber;
use pluto_core::{Component, Did, Position};

/// Most authors that one advisor keeps apart; those beyond count as none.
pub const AUTHORS_MAX: usize = 4_096;
/// Most alerts that one advisor keeps, the newest.
pub const ALERTS_MAX: usize = 64;

/// One committed event, as an advisor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Its place in the canonical order.
    pub position: Position,
    /// Realm time in milliseconds; 0 in a realm that has none yet.
    pub time_ms: u64,
    /// Who wrote it.
    pub author: Did,
    /// What it is.
    pub kind: KindNumber,
    /// Whether it has effect.
    pub effective: bool,
    /// Whom it passes something on to: for an attestation of praise, the subject.
    pub toward: Option<Did>,
}

/// Told what is committed; reports.
pub trait Advisor: Send {
    /// The component it reports on.
    fn component(&self) -> Component;

    /// Hears of one committed event. Events come in canonical order.
    fn observe(&mut self, seen: &Sighting);

    /// What it makes of what it has seen.
    fn report(&self) -> Report;
}

/// What an advisor found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The component it is about.
    pub component: Component,
    /// Named figures.
    pub measures: Vec<Measure>,
    /// What deserves a look, oldest first, at most [`ALERTS_MAX`].
    pub alerts: Vec<Alert>,
}

/// A named figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its name, with the unit at the end.
    pub name: &'static str,
    /// Its value; none when there is too little to go by.
    pub value: Option<u64>,
}

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a look.
    Warning,
    /// Counted by the breaker of the node.
    Critical,
}

impl Severity {
    /// The lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Something that deserves a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// How much it matters.
    pub severity: Severity,
    /// What was found, in a few words.
    pub what: &'static str,
    /// About whom, if about one.
    pub author: Option<Did>,
    /// Where it was found.
    pub position: Position,
    /// The figure that gave the alert, in the unit of its detector.
    pub value: u64,
}

/// Keeps the newest [`ALERTS_MAX`] alerts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alerts(std::collections::VecDeque<Alert>);

impl Alerts {
    pub(crate) fn push(&mut self, alert: Alert) {
        if self.0.len() >= ALERTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(alert);
    }

    pub(crate) fn to_vec(&self) -> Vec<Alert> {
        self.0.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests;
