//! System modes: a node that sees too many critical anomalies does less, on its own.
//!
//! 1. Ten critical anomalies within 60 s lead from normal to degraded, fifty to emergency. An author
//!    counts once however much it does, and the authors of one realm together never reach fifty: what
//!    happens in one realm does not take the node away from the others.
//! 2. Without an operator the mode only goes up, except that a degraded mode the breaker itself
//!    entered ends after five minutes in which the threshold was not reached again.
//! 3. Emergency ends by an operator only, and only to normal: degraded would allow less than
//!    normal and yet more than the state of the node has earned.
//!
//! Pure: time is an argument in milliseconds, and time that runs backwards counts as standing still.
//! Every change is returned as a value; telling others is the caller's part. A mode limits what this
//! node does, never which events are members of the set.

mod guard;
mod window;

pub use guard::{Guard, Recent};
pub use window::{BUCKET_MS, BUCKETS, Window};

use pluto_core::{Did, RealmId};
use pluto_error::{Code, Coded, Error};

use crate::codes;

/// Length of the sliding window in milliseconds.
pub const WINDOW_MS: u64 = 60_000;
/// Critical anomalies within the window that degrade the node.
pub const DEGRADE_AT: usize = 10;
/// Critical anomalies within the window that stop the node.
pub const EMERGENCY_AT: usize = 50;
/// How long the node must be quiet before it leaves the degraded mode by itself.
pub const QUIET_MS: u64 = 5 * 60_000;

/// How much the node does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SystemMode {
    /// Everything.
    #[default]
    Normal = 0,
    /// No new executions, no crossings, no regeneration of mana.
    Degraded = 1,
    /// Reads and recovery by an operator.
    Emergency = 2,
}

impl SystemMode {
    /// All modes, mildest first.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Degraded, Self::Emergency];

    /// The mode stored under that number. An unknown number has no mode: a caller that finds one
    /// takes [`SystemMode::Emergency`].
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Normal),
            1 => Some(Self::Degraded),
            2 => Some(Self::Emergency),
            _ => None,
        }
    }

    /// The lower-case word for people and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Degraded => "degraded",
            Self::Emergency => "emergency",
        }
    }

    /// Whether the mode allows `operation`.
    #[must_use]
    pub const fn allows(self, operation: Operation) -> bool {
        match self {
            Self::Normal => true,
            Self::Degraded => !matches!(
                operation,
                Operation::Execute | Operation::Cross | Operation::RegenerateMana
            ),
            Self::Emergency => matches!(operation, Operation::Read | Operation::Recover),
        }
    }

    /// Refuses what the mode does not allow.
    ///
    /// # Errors
    /// `NRV-0104` when `operation` must wait for another mode.
    pub fn require(self, operation: Operation) -> Result<(), Error> {
        match self.allows(operation) {
            true => Ok(()),
            false => Err(ModeError::Refuses { mode: self, operation }.into()),
        }
    }
}

impl std::fmt::Display for SystemMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads the lower-case word.
impl std::str::FromStr for SystemMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        found.ok_or("expected `normal`, `degraded` or `emergency`")
    }
}

/// What a mode allows or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Read state, events and proofs.
    Read,
    /// Commands of an operator.
    Recover,
    /// Take in events, own or from peers.
    Append,
    /// Start an execution.
    Execute,
    /// Cross into another realm.
    Cross,
    /// Give mana back over time.
    RegenerateMana,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Recover, Self::Append, Self::Execute, Self::Cross, Self::RegenerateMana];
}

/// Why the mode changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// That many critical anomalies within the window; counted up to [`EMERGENCY_AT`].
    Anomalies(usize),
    /// Five quiet minutes.
    Quiet,
    /// A command.
    Operator,
}

/// A change of mode, to be told to observers and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The mode left.
    pub from: SystemMode,
    /// The mode entered.
    pub to: SystemMode,
    /// When, in the time the caller counts.
    pub at_ms: u64,
    /// Why.
    pub cause: Cause,
}

/// Why a mode stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModeError {
    /// The operation must wait.
    #[error("mode `{mode}` does not allow `{operation:?}`")]
    Refuses {
        /// The mode.
        mode: SystemMode,
        /// What was wanted.
        operation: Operation,
    },
    /// There is no way from one mode to the other.
    #[error("mode `{from}` cannot change to `{to}`, only to `normal`")]
    Forbidden {
        /// The mode now.
        from: SystemMode,
        /// The mode wanted.
        to: SystemMode,
    },
}

impl Coded for ModeError {
    fn code(&self) -> Code {
        match self {
            Self::Refuses { .. } => codes::MODE_REFUSES,
            Self::Forbidden { .. } => codes::MODE_FORBIDDEN,
        }
    }
}

/// Whose anomaly it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspect {
    /// The node's own: each one counts.
    Node,
    /// That of an author in a realm: one within the window counts.
    Author(RealmId, Did),
}

/// The circuit breaker over critical anomalies.
#[derive(Clone, Debug)]
pub struct Breaker {
    mode: SystemMode,
    /// The last anomalies, a ring: no count above [`EMERGENCY_AT`] matters.
    recent: [Option<(u64, Suspect)>; EMERGENCY_AT],
    next: usize,
    now_ms: u64,
    /// When the degrading threshold was last met or the mode entered.
    loud_ms: u64,
    /// An operator asked for the degraded mode, so only an operator ends it.
    held: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::starting_in(SystemMode::Normal, 0)
    }
}

impl Breaker {
    /// A breaker in the mode that was kept over a restart. Nothing is known about who asked for it;
    /// a degraded mode therefore ends by quiet.
    #[must_use]
    pub const fn starting_in(mode: SystemMode, now_ms: u64) -> Self {
        let recent = [None; EMERGENCY_AT];
        Self { mode, recent, next: 0, now_ms, loud_ms: now_ms, held: false }
    }

    /// The mode.
    #[must_use]
    pub const fn mode(&self) -> SystemMode {
        self.mode
    }

    /// Critical anomalies within the window, counted up to [`EMERGENCY_AT`].
    #[must_use]
    pub fn count(&self) -> usize {
        self.fresh().count()
    }

    fn fresh(&self) -> impl Iterator<Item = Suspect> {
        let known = self.recent.iter().flatten();
        let fresh = known.filter(|(at_ms, _)| self.now_ms - at_ms < WINDOW_MS);
        fresh.map(|(_, suspect)| *suspect)
    }

    /// Whether one more of these says nothing new.
    fn is_counted(&self, suspect: Suspect) -> bool {
        let Suspect::Author(realm, _) = suspect else { return false };
        let of_realm = |one: &Suspect| matches!(one, Suspect::Author(other, _) if *other == realm);
        self.fresh().any(|one| one == suspect)
            || self.fresh().filter(of_realm).count() >= EMERGENCY_AT - 1
    }

    /// Counts one critical anomaly.
    pub fn anomaly(&mut self, suspect: Suspect, now_ms: u64) -> Option<Transition> {
        let calmed = self.tick(now_ms);
        if self.is_counted(suspect) {
            return calmed;
        }
        if let Some(slot) = self.recent.get_mut(self.next) {
            *slot = Some((self.now_ms, suspect));
        }
        self.next = (self.next + 1) % EMERGENCY_AT;
        let count = self.count();
        if count >= DEGRADE_AT {
            self.loud_ms = self.now_ms;
        }
        let earned = match count {
            EMERGENCY_AT.. => SystemMode::Emergency,
            DEGRADE_AT.. => SystemMode::Degraded,
            _ => SystemMode::Normal,
        };
        if earned > self.mode { self.enter(earned, Cause::Anomalies(count)) } else { calmed }
    }

    /// Lets time pass: leaves the degraded mode when it was quiet for long enough.
    pub fn tick(&mut self, now_ms: u64) -> Option<Transition> {
        self.now_ms = self.now_ms.max(now_ms);
        let calm = self.now_ms - self.loud_ms >= QUIET_MS;
        if self.mode == SystemMode::Degraded && calm && !self.held {
            return self.enter(SystemMode::Normal, Cause::Quiet);
        }
        None
    }

    /// Carries out an operator's command. Going back to normal forgets the anomalies counted so far,
    /// so that one more does not undo the command.
    ///
    /// # Errors
    /// `NRV-0103` for the way from emergency to degraded.
    pub fn command(&mut self, to: SystemMode, now_ms: u64) -> Result<Option<Transition>, Error> {
        self.now_ms = self.now_ms.max(now_ms);
        if self.mode == SystemMode::Emergency && to == SystemMode::Degraded {
            return Err(ModeError::Forbidden { from: self.mode, to }.into());
        }
        if to == SystemMode::Normal {
            self.recent = [None; EMERGENCY_AT];
        }
        self.held = to == SystemMode::Degraded;
        if to == self.mode { Ok(None) } else { Ok(self.enter(to, Cause::Operator)) }
    }

    fn enter(&mut self, to: SystemMode, cause: Cause) -> Option<Transition> {
        let transition = Transition { from: self.mode, to, at_ms: self.now_ms, cause };
        self.mode = to;
        self.loud_ms = self.now_ms;
        self.held &= to == SystemMode::Degraded;
        Some(transition)
    }
}

#[cfg(test)]
mod tests;
