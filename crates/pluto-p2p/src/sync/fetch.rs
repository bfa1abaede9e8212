//! Takes in the pages of an exchange: checks that each run was asked for, holds what comes too early,
//! hands on the rest.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use pluto_core::{Canonical, EventId, Run};

use super::{Incoming, Outcome, Output, RunOutcome, Stop, Ticket, Turn, forks, order};
use crate::head::{HeadTuple, SessionKey};
use crate::message::{Exchange, IDS_MAX, Message, Range, SessionId};
use crate::score::Deed;

/// Runs of one exchange that wait for their past.
pub const HELD_RUNS_MAX: usize = 1_024;
/// Bytes of runs of one exchange that wait for their past.
pub const HELD_BYTES_MAX: usize = 4 << 20;
/// How often one round looks for what is missing.
pub const LOOKUPS_MAX: u32 = 24;
/// Pages handed on whose outcome is not known, before the next one is asked for.
const PAGES_APPLYING_MAX: usize = 4;
/// How far the first step back goes in a chain that parts from the one here; each next one is twice as
/// long.
const STEP_BACK: u64 = 8;

/// What one round fetches.
#[derive(Debug)]
pub(super) struct Fetch {
    session: SessionId,
    key: SessionKey,
    /// The first number wanted of each chain.
    ranges: BTreeMap<HeadTuple, u64>,
    /// Events asked for by id.
    asked: BTreeSet<EventId>,
    is_awaiting: bool,
    more: bool,
    /// Events that were handed on.
    coming: HashSet<EventId>,
    applying: BTreeMap<u32, Vec<Incoming>>,
    batches: u32,
    held: Vec<Incoming>,
    held_bytes: usize,
    lookups: u32,
    tally: Tally,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    new: u64,
    known: u64,
    gone: u64,
    refused: u64,
}

impl Fetch {
    pub(super) fn of_ranges(session: SessionId, key: SessionKey, ranges: &[Range]) -> Self {
        let ranges = ranges.iter().map(|range| (range.end, range.from)).collect();
        Self::new(session, key, ranges, BTreeSet::new())
    }

    pub(super) fn of_events(
        session: SessionId,
        key: SessionKey,
        ids: impl Iterator<Item = EventId>,
    ) -> Self {
        Self::new(session, key, BTreeMap::new(), ids.collect())
    }

    fn new(
        session: SessionId,
        key: SessionKey,
        ranges: BTreeMap<HeadTuple, u64>,
        asked: BTreeSet<EventId>,
    ) -> Self {
        Self {
            session,
            key,
            ranges,
            asked,
            is_awaiting: true,
            more: false,
            coming: HashSet::new(),
            applying: BTreeMap::new(),
            batches: 0,
            held: Vec::new(),
            held_bytes: 0,
            lookups: 0,
            tally: Tally::default(),
        }
    }

    /// Takes in a page.
    pub(super) fn receive(
        &mut self,
        more: bool,
        gone: u16,
        runs: Vec<Arc<[u8]>>,
        turn: &mut Turn<'_>,
    ) -> Result<(), Stop> {
        if !self.is_awaiting {
            return Err(Stop::Deed(Deed::Unexpected));
        }
        // A page with nothing in it after which there is more would go on for ever.
        if more && runs.is_empty() {
            return Err(Stop::Deed(Deed::Garbage));
        }
        self.is_awaiting = false;
        self.more = more;
        self.tally.gone += u64::from(gone);
        let mut incoming = Vec::with_capacity(runs.len());
        for bytes in runs {
            let run = Run::decode(&bytes).map_err(|_| Stop::Deed(Deed::Garbage))?;
            if !self.is_wanted(&run, turn) {
                return Err(Stop::Deed(Deed::Unexpected));
            }
            incoming.push(Incoming { bytes, run: Arc::new(run) });
        }
        self.hand_on(incoming, turn)
    }

    fn is_wanted(&self, run: &Run, turn: &Turn<'_>) -> bool {
        let (Some(first), Some(last)) = (run.events.first(), run.events.last()) else {
            return false;
        };
        if run.realm() != Some(turn.realm) {
            return false;
        }
        let author = self.key.author(&first.header.author);
        let [lowest, highest] = [0, u64::MAX].map(|n| HeadTuple { author, seq: n, head: n });
        let overlaps = |(end, from): (&HeadTuple, &u64)| {
            first.header.author_seq <= end.seq && last.header.author_seq >= *from
        };
        self.ranges.range(lowest..=highest).any(overlaps)
            || run.events.iter().any(|event| self.asked.contains(&event.id))
    }

    /// Hands on the runs whose past is here or handed on, and holds the others.
    fn hand_on(&mut self, runs: Vec<Incoming>, turn: &mut Turn<'_>) -> Result<(), Stop> {
        let mut ready = Vec::new();
        for incoming in runs {
            let Some(last) = incoming.run.events.last() else { continue };
            let is_here = self.coming.contains(&last.id) || turn.store.has(turn.realm, &last.id)?;
            // Of an event asked for by id the payload may be what is wanted.
            let is_asked = || incoming.run.events.iter().any(|one| self.asked.contains(&one.id));
            if is_here && !is_asked() {
                self.tally.known += 1;
                continue;
            }
            if order::missing(&incoming.run, &self.coming, turn)?.is_some() {
                self.hold(incoming);
                continue;
            }
            self.coming.extend(incoming.run.events.iter().map(|event| event.id));
            ready.push(incoming);
        }
        if ready.is_empty() {
            return Ok(());
        }
        let ready = order::critical_first(ready);
        self.batches = self.batches.wrapping_add(1);
        let (session, number) = (self.session, self.batches);
        let ticket = Ticket { peer: turn.peer, realm: turn.realm, session, number };
        turn.out.push(Output::Apply(ticket, ready.clone()));
        self.applying.insert(number, ready);
        Ok(())
    }

    /// Above the bounds a run is let go; the next round asks for it again.
    fn hold(&mut self, incoming: Incoming) {
        let bytes = self.held_bytes + incoming.bytes.len();
        if self.held.len() < HELD_RUNS_MAX && bytes <= HELD_BYTES_MAX {
            self.held_bytes = bytes;
            self.held.push(incoming);
        }
    }

    /// Takes note of what became of a batch; gives the number of new events.
    pub(super) fn applied(
        &mut self,
        number: u32,
        outcomes: &[RunOutcome],
        turn: &mut Turn<'_>,
    ) -> Result<u64, Stop> {
        let before = self.tally.new;
        let batch = self.applying.remove(&number).unwrap_or_default();
        for incoming in &batch {
            for event in &incoming.run.events {
                self.coming.remove(&event.id);
            }
        }
        for (incoming, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                RunOutcome::New(new) => {
                    self.tally.new += u64::from(*new);
                    forks::report(&incoming.run, *new, turn)?;
                }
                RunOutcome::Known => self.tally.known += 1,
                RunOutcome::Waits(_) => self.hold(incoming),
                RunOutcome::Refused => {
                    self.tally.refused += 1;
                    turn.did(Deed::Invalid);
                }
            }
        }
        let new = self.tally.new - before;
        if new > 0 {
            turn.did(Deed::Useful);
            self.held_bytes = 0;
            let held = std::mem::take(&mut self.held);
            self.hand_on(held, turn)?;
        }
        Ok(new)
    }

    /// Whether an answer or an outcome is awaited.
    pub(super) fn is_busy(&self) -> bool {
        self.is_awaiting || !self.applying.is_empty()
    }

    /// What to ask for now, if anything.
    pub(super) fn next_request(&mut self, turn: &Turn<'_>) -> Result<Option<Message>, Stop> {
        let session = Exchange { id: self.session, number: 0 };
        if self.is_awaiting || self.applying.len() >= PAGES_APPLYING_MAX {
            return Ok(None);
        }
        let request = if self.more {
            Some(Message::AskMore { session })
        } else if self.applying.is_empty() && self.lookups < LOOKUPS_MAX {
            self.look_up(turn)?
        } else {
            None
        };
        self.is_awaiting = request.is_some();
        Ok(request)
    }

    /// Asks for what the held runs wait for: a chain that parts from the one here further back, or
    /// single events.
    fn look_up(&mut self, turn: &Turn<'_>) -> Result<Option<Message>, Stop> {
        let back = STEP_BACK.saturating_mul(1 << self.lookups);
        let mut ids = BTreeSet::new();
        let mut ranges = BTreeMap::new();
        self.held_bytes = 0;
        for incoming in std::mem::take(&mut self.held) {
            let Some((id, is_own)) = order::missing(&incoming.run, &self.coming, turn)? else {
                self.hold(incoming);
                continue;
            };
            let first = incoming.run.events.first().map(|event| &event.header);
            let chain = first.filter(|_| is_own).and_then(|header| {
                let author = self.key.author(&header.author);
                let seq = header.author_seq;
                let mut chains = self.ranges.iter();
                let (end, _) = chains.find(|(end, _)| end.author == author && end.seq >= seq)?;
                Some((*end, seq.saturating_sub(back)))
            });
            match chain {
                // The chain comes again from further back, and what is held of it too.
                Some((end, from)) => {
                    ranges.insert(end, from);
                }
                None => {
                    ids.insert(id);
                    self.hold(incoming);
                }
            }
        }
        self.lookups += 1;
        let session = Exchange { id: self.session, number: 0 };
        if !ranges.is_empty() {
            self.ranges.extend(ranges.iter().map(|(end, from)| (*end, *from)));
            let ranges = ranges.into_iter().map(|(end, from)| Range { end, from }).collect();
            return Ok(Some(Message::AskRanges { session, more: false, ranges }));
        }
        let ids: Vec<EventId> =
            ids.into_iter().filter(|id| self.asked.insert(*id)).take(IDS_MAX).collect();
        Ok((!ids.is_empty()).then_some(Message::AskEvents { session, ids }))
    }

    /// How the round ended; none when it brought something and another one follows.
    pub(super) fn ended(&self) -> Result<Option<Outcome>, Stop> {
        let Tally { new, known, gone, refused } = self.tally;
        match () {
            () if refused > 0 => Ok(Some(Outcome::Misbehaved)),
            () if new > 0 => Ok(None),
            () if gone > 0 => Ok(Some(Outcome::Partial)),
            () if known > 0 => Ok(Some(Outcome::Overtaken)),
            () => Err(Stop::Deed(Deed::Stale)),
        }
    }
}
