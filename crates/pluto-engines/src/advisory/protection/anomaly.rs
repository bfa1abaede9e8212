//! Anomalies: authors who write too fast, who suddenly write much more than they did, or among whom
//! what is given goes round in circles.
//!
//! | detector | looks at | warning | critical |
//! |---|---|---|---|
//! | [`Rate`] | events of an author by realm time | above 60 a minute or 500 an hour | above ten times that |
//! | [`Burst`] | events of an author in a window of 256 positions, against its own past windows | z above 3 | |
//! | [`Circular`] | rings of at least three parties closed by an author among the last 1,024 gifts | 3 and 10 rings | |
//!
//! Only a flood is critical: bursts and rings also come about where people mean well, and a node that
//! stopped for them could be stopped by them.
//!
//! A popular recipient is no ring: nothing comes back from it. Two who praise each other are none
//! either: that is what a trade looks like. Events without effect count for nothing: a refusal is the
//! rules at work.

mod burst;
mod circular;
mod rate;

pub use burst::{Burst, SAMPLES_MIN, WINDOW};
pub use circular::{Circular, GIFTS_MAX, RING_MAX, VISITS_MAX};
pub use rate::{HOUR_MAX, MINUTE_MAX, Rate};

use pluto_core::{Component, Did, Position};

use super::super::{Advisor, Alert, Alerts, Measure, Report, Severity, Sighting};

/// What a detector found about an author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is.
    pub what: &'static str,
    /// About whom.
    pub author: Did,
    /// The figure: events a minute or an hour, z in thousandths, rings.
    pub value: u64,
}

/// All detectors of one realm.
#[derive(Clone, Debug, Default)]
pub struct Anomalies {
    rate: Rate,
    burst: Burst,
    circular: Circular,
    alerts: Alerts,
    warnings: u64,
    critical: u64,
    at: Position,
}

impl Anomalies {
    /// Shows an event to all detectors; gives what they find.
    pub fn find(&mut self, seen: &Sighting) -> Vec<Finding> {
        if !seen.effective {
            return Vec::new();
        }
        self.at = seen.position;
        let mut found = self.rate.observe(seen);
        found.extend(self.burst.observe(seen));
        found.extend(self.circular.observe(seen));
        for finding in &found {
            match finding.severity {
                Severity::Warning => self.warnings += 1,
                Severity::Critical => self.critical += 1,
            }
            let Finding { severity, what, author, value } = *finding;
            let position = seen.position;
            self.alerts.push(Alert { severity, what, author: Some(author), position, value });
        }
        found
    }
}

impl Advisor for Anomalies {
    fn component(&self) -> Component {
        Component::Anomaly
    }

    fn observe(&mut self, seen: &Sighting) {
        self.find(seen);
    }

    fn report(&self) -> Report {
        let measures = vec![
            Measure { name: "warnings", value: Some(self.warnings) },
            Measure { name: "critical", value: Some(self.critical) },
            Measure { name: "rings", value: Some(self.circular.rings()) },
        ];
        Report { component: self.component(), measures, alerts: self.alerts.to_vec() }
    }
}

#[cfg(test)]
mod tests;
