//! How a node is: whether it lives, whether it is ready for writes, and how well it does.
//!
//! Three answers, never mixed: a node that is restarted because it is merely unwell, or sent writes
//! because it merely lives, is worse off. Health is judged from what is so now or was so within five
//! minutes: what is past and mended is no sickness. Refusals are none either, nor is an author who
//! misbehaves: those are the rules at work.

use pluto_api::http::shape::{self, HealthShown, IndicatorsShown, PeerCount};
use pluto_nervous_system::Vitals;
use pluto_nervous_system::modes::{BUCKET_MS, BUCKETS, SystemMode};

/// Length of the window in seconds.
pub const WINDOW_S: u64 = BUCKET_MS * BUCKETS as u64 / 1_000;
/// A queue this full is a strain.
const QUEUE_STRAIN_PPM: u64 = 800_000;
/// A queue this full takes nothing more.
const QUEUE_FULL_PPM: u64 = 1_000_000;
/// Events that waited this long for a checkpoint are a strain.
const UNSAVED_STRAIN_MS: u64 = 5 * 60_000;

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indicators {
    /// Figures of the nervous system.
    pub vitals: Vitals,
    /// The mode.
    pub mode: SystemMode,
    /// Why the log takes no writes now.
    pub failure: Option<String>,
    /// Whether it never will before a restart.
    pub ended: bool,
    /// Why nothing is ever written: the log is damaged.
    pub read_only: Option<String>,
    /// Faults found with peers within the window.
    pub peer_faults: u64,
    /// Peers connected and known, if the node is online.
    pub peers: Option<[u64; 2]>,
    /// Observers that are no longer called.
    pub quarantined: Vec<String>,
}

/// A yes or no with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is so.
    pub holds: bool,
    /// Why, or why not.
    pub reason: String,
}

impl Answer {
    fn unless(fault: Option<String>, fine: &str) -> Self {
        Self { holds: fault.is_none(), reason: fault.unwrap_or_else(|| fine.to_owned()) }
    }

    /// As it is shown to programs.
    #[must_use]
    pub fn shown(&self) -> shape::Health {
        shape::Health { ok: self.holds, reason: self.reason.clone() }
    }
}

/// How well a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to be done.
    Healthy,
    /// It works, and somebody should look.
    Strained,
    /// It does not do what it is for.
    Sick,
}

impl Level {
    /// The lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Strained => "strained",
            Self::Sick => "sick",
        }
    }
}

/// All three answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it lives: if not, a restart is what helps.
    pub live: Answer,
    /// Whether it takes writes now.
    pub ready: Answer,
    /// How well it does.
    pub level: Level,
    /// What keeps it from being healthy, worst first.
    pub reasons: Vec<String>,
    indicators: Indicators,
}

impl Health {
    /// Judges what was looked at.
    #[must_use]
    pub fn of(indicators: Indicators) -> Self {
        let ended = indicators.failure.clone().filter(|_| indicators.ended);
        let mut found = findings(&indicators);
        found.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        Self {
            live: Answer::unless(ended, "the writer runs"),
            ready: Answer::unless(unready(&indicators), "writes are taken"),
            level: found.first().map_or(Level::Healthy, |(level, _)| *level),
            reasons: found.into_iter().map(|(_, reason)| reason).collect(),
            indicators,
        }
    }

    /// As it is printed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut words = vec![self.level.as_str().to_owned()];
        words.extend(self.reasons.iter().cloned());
        words.join("; ")
    }

    /// How well the node does and what that rests on, as it is shown to programs.
    #[must_use]
    pub fn shown(&self) -> HealthShown {
        let Indicators { vitals, peer_faults, peers, quarantined, .. } = &self.indicators;
        HealthShown {
            level: self.level.as_str(),
            reasons: self.reasons.clone(),
            window_s: WINDOW_S,
            indicators: IndicatorsShown {
                append_failure: self.indicators.failure.clone(),
                node_anomalies: vitals.anomalies.node,
                author_anomalies: vitals.anomalies.authors,
                peer_faults: *peer_faults,
                queue_ppm: vitals.queue_ppm,
                unsaved_ms: vitals.unsaved_ms,
                peers: peers.map(|[connected, known]| PeerCount { connected, known }),
                observers_quarantined: quarantined.clone(),
            },
        }
    }
}

fn unready(found: &Indicators) -> Option<String> {
    let emergency = || match found.mode {
        SystemMode::Emergency => Some("mode emergency: reads only".to_owned()),
        SystemMode::Normal | SystemMode::Degraded => None,
    };
    let full =
        || (found.vitals.queue_ppm >= QUEUE_FULL_PPM).then(|| "the queue is full".to_owned());
    let broken = found.read_only.clone().or_else(|| found.failure.clone());
    broken.or_else(emergency).or_else(full)
}

fn findings(found: &Indicators) -> Vec<(Level, String)> {
    use Level::{Sick, Strained};
    let mut list = Vec::new();
    let broken = found.read_only.iter().chain(&found.failure);
    list.extend(broken.map(|why| (Sick, why.clone())));
    match found.mode {
        SystemMode::Normal => {}
        SystemMode::Degraded => list.push((Strained, "mode degraded".to_owned())),
        SystemMode::Emergency => list.push((Sick, "mode emergency".to_owned())),
    }
    let mut counted = |number: u64, what: &str| {
        if number > 0 {
            list.push((Strained, format!("{number} {what} in {} minutes", WINDOW_S / 60)));
        }
    };
    counted(found.vitals.anomalies.node, "anomalies of the node");
    counted(found.peer_faults, "faults of peers");
    if found.vitals.queue_ppm >= QUEUE_STRAIN_PPM {
        list.push((
            Strained,
            format!("the queue is full to {} %", found.vitals.queue_ppm / 10_000),
        ));
    }
    if let Some(age_ms) = found.vitals.unsaved_ms.filter(|age_ms| *age_ms >= UNSAVED_STRAIN_MS) {
        let minutes = age_ms / 60_000;
        list.push((Strained, format!("events wait {minutes} minutes for a checkpoint")));
    }
    if !found.quarantined.is_empty() {
        list.push((Strained, format!("observers quarantined: {}", found.quarantined.join(", "))));
    }
    list
}

#[cfg(test)]
mod tests;
