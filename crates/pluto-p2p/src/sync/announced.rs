//! Runs that came with an announcement: handed on at once when their past is here.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use pluto_core::{Canonical, Digest, Run};

use super::{Incoming, Output, RunOutcome, Ticket, Turn, forks, order};
use crate::score::Deed;

/// Announced runs on their way into the set; beyond that they are fetched like any other.
const WAITING_MAX: usize = 256;

/// The announced runs that were handed on, each with the root its sender has with it.
#[derive(Debug, Default)]
pub(super) struct Announced {
    waiting: BTreeMap<Ticket, (Arc<Run>, Digest)>,
    last: u32,
}

impl Announced {
    /// Hands on a run; false when there is more to fetch.
    pub(super) fn take(
        &mut self,
        bytes: Arc<[u8]>,
        heads_root: Digest,
        turn: &mut Turn<'_>,
    ) -> bool {
        let run = match Run::decode(&bytes) {
            Ok(run) if run.realm() == Some(turn.realm) => run,
            _ => {
                turn.did(Deed::Garbage);
                return true;
            }
        };
        // A store that cannot be read has nothing; fetching will say so.
        let is_here = |run: &Run| {
            let last = run.events.last().map(|event| event.id);
            last.is_none_or(|id| turn.store.has(turn.realm, &id).unwrap_or(true))
        };
        let is_ready = || matches!(order::missing(&run, &HashSet::new(), turn), Ok(None));
        if self.waiting.len() >= WAITING_MAX || is_here(&run) || !is_ready() {
            return false;
        }
        self.last = self.last.wrapping_add(1);
        let ticket = Ticket { peer: turn.peer, realm: turn.realm, session: 0, number: self.last };
        let run = Arc::new(run);
        self.waiting.insert(ticket, (Arc::clone(&run), heads_root));
        turn.out.push(Output::Apply(ticket, vec![Incoming { bytes, run }]));
        true
    }

    /// Whether the set here is that of the sender now.
    pub(super) fn applied(
        &mut self,
        ticket: &Ticket,
        outcomes: &[RunOutcome],
        turn: &mut Turn<'_>,
    ) -> bool {
        let Some((run, heads_root)) = self.waiting.remove(ticket) else { return true };
        match outcomes.first() {
            Some(RunOutcome::New(new)) => {
                turn.did(Deed::Useful);
                // A fork that cannot be read now is found when the set is compared.
                let _ = forks::report(&run, *new, turn);
            }
            Some(RunOutcome::Refused) => turn.did(Deed::Invalid),
            Some(RunOutcome::Known | RunOutcome::Waits(_)) | None => {}
        }
        heads_root == turn.summary().heads_root
    }
}
