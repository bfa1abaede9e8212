//! The node's own watch over its realms: detectors of anomalies that feed the breaker, and the same
//! detectors over a stretch of a realm's past.
//!
//! While a node runs, an observer shows every committed event to the advisors of its realm; a critical
//! finding is told to the breaker, once for each author and minute. What is caught up from peers or read
//! from a file is past: as long as realm time is far behind the clock nothing is told.
//!
//! [`Node::board`] shows the newest events of a realm to fresh advisors. Its figures depend on the events
//! alone, so every node gives the same.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pluto_core::payload::{Attestation, CheckpointSigned, payload_of};
use pluto_core::traits::{Clock, Committed, StateView};
use pluto_core::{Component, ComponentSet, Did, Event, EventId, Kind, Position, RealmId};
use pluto_engines::advisory::{Board, Severity, Sighting};
use pluto_error::Result;
use pluto_nervous_system::NervousSystem;
use pluto_nervous_system::modes::WINDOW_MS;
use pluto_synapse::{Priority, StateObserver};

use super::{Node, SystemClock, load};

/// Realms that are watched at a time; the one watched longest makes room.
const REALMS_MAX: usize = 64;
/// Events remembered as seen: a reorganisation publishes events again.
const SEEN_MAX: usize = 4_096;
/// Newest events of a realm that a report looks at.
pub const BOARD_EVENTS_MAX: u64 = 16_384;

/// Whom an event gives something to: an attestation of praise its subject.
fn toward(event: &Event) -> Option<Did> {
    let said: Attestation = payload_of(event).ok()?;
    (said.value > 0).then_some(said.subject)
}

/// Shows committed events to advisors, and tells the breaker of floods.
pub(super) struct Watch {
    system: Weak<NervousSystem>,
    state: Mutex<Watched>,
}

#[derive(Default)]
struct Watched {
    boards: HashMap<RealmId, Board>,
    order: VecDeque<RealmId>,
    seen: HashSet<EventId>,
    seen_order: VecDeque<EventId>,
}

impl Watched {
    /// The advisors of a realm, for an event that is new to them.
    fn board(&mut self, realm: RealmId, id: EventId) -> Option<&mut Board> {
        if !self.seen.insert(id) {
            return None;
        }
        self.seen_order.push_back(id);
        if self.seen_order.len() > SEEN_MAX
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        if !self.boards.contains_key(&realm) {
            if self.order.len() >= REALMS_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.boards.remove(&oldest);
            }
            self.order.push_back(realm);
        }
        Some(self.boards.entry(realm).or_default())
    }
}

impl Watch {
    pub(super) fn new(system: &Arc<NervousSystem>) -> Self {
        Self { system: Arc::downgrade(system), state: Mutex::default() }
    }
}

impl StateObserver for Watch {
    fn name(&self) -> &str {
        "protection"
    }

    fn interests(&self) -> ComponentSet {
        ComponentSet::ALL
    }

    fn priority(&self) -> Priority {
        Priority::Critical
    }

    fn on_event(&self, event: &Committed, _because: Component) {
        let Some(system) = self.system.upgrade() else { return };
        let Some(snapshot) = system.snapshot(event.realm) else { return };
        let time_ms = snapshot.time_ms();
        // Gifts only give warnings, which a report finds in the log: nothing is read here for them.
        let seen = Sighting {
            position: event.position,
            time_ms,
            author: event.author,
            kind: event.kind,
            effective: event.verdict.is_effective(),
            toward: None,
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(board) = state.board(event.realm, event.id) else { return };
        let found = board.show(&seen);
        drop(state);
        if is_past(time_ms, SystemClock.now_ms()) {
            return;
        }
        for finding in found.iter().filter(|one| one.severity == Severity::Critical) {
            system.guard().anomaly_of(event.realm, finding.author, finding.what);
        }
    }
}

/// Whether realm time is so far behind the clock that events of it are no news.
const fn is_past(time_ms: u64, now_ms: u64) -> bool {
    now_ms.saturating_sub(time_ms) > 10 * WINDOW_MS
}

impl Node {
    /// The advisors of a realm after its newest [`BOARD_EVENTS_MAX`] events; gives how many those are.
    ///
    /// Realm time is taken from the signed checkpoints among them.
    ///
    /// # Errors
    /// `NOD-0003` when the realm is not here; what reading the log says.
    pub fn board(&self, realm: RealmId) -> Result<(Board, u64)> {
        let end = self.snapshot(realm)?.roots().position;
        let first = end.saturating_sub(BOARD_EVENTS_MAX);
        let places = self.system.ask(realm, move |view| view.places(first..end))?;
        let mut board = Board::default();
        let mut time_ms = 0;
        for (position, place) in (first..).zip(&places) {
            let event = load(&self.system, place.id)?;
            let effective = place.verdict.is_effective();
            if event.header.kind == Kind::CheckpointSigned.number() && effective {
                let signed = payload_of::<CheckpointSigned>(&event);
                time_ms = signed.map_or(time_ms, |signed| signed.time_ms.max(time_ms));
            }
            let is_word = event.header.kind == Kind::Attestation.number();
            board.show(&Sighting {
                position: Position(position),
                time_ms,
                author: event.header.author,
                kind: event.header.kind,
                effective,
                toward: if is_word { toward(&event) } else { None },
            });
        }
        Ok((board, end - first))
    }
}

#[cfg(test)]
mod tests;
