//! The chains of one realm: which event each author wrote under which number.
//!
//! 40 bytes for each event, and the ends of chains. Everything here follows from the log; it is made
//! when the node goes online and kept in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pluto_core::{Did, EventId, Run};
use pluto_p2p::head::ChainEnd;

#[derive(Debug, Default)]
struct Chain {
    /// By number, with their Lamport times; the branch that came first where there are several.
    ids: Vec<(EventId, u64)>,
    /// What forks put beside it.
    beside: BTreeMap<u64, Vec<(EventId, u64)>>,
}

impl Chain {
    fn at(&self, seq: u64) -> impl Iterator<Item = (EventId, u64)> + '_ {
        let first = usize::try_from(seq).ok().and_then(|seq| self.ids.get(seq));
        let beside = self.beside.get(&seq).into_iter().flatten();
        first.into_iter().chain(beside).copied()
    }

    fn put(&mut self, seq: u64, id: (EventId, u64)) {
        // Admission lets nothing in before what it follows.
        if usize::try_from(seq) == Ok(self.ids.len()) {
            self.ids.push(id);
        } else {
            self.beside.entry(seq).or_default().push(id);
        }
    }
}

/// The chains of one realm.
#[derive(Debug, Default)]
pub(super) struct Chains {
    authors: HashMap<Did, Chain>,
    ends: BTreeMap<EventId, ChainEnd>,
    events: u64,
    absent: BTreeSet<EventId>,
}

impl Chains {
    /// Takes in the events of a run that are not here.
    pub(super) fn insert(&mut self, run: &Run) {
        let Some(author) = run.author() else { return };
        let chain = self.authors.entry(author).or_default();
        let mut end: Option<ChainEnd> = None;
        for event in &run.events {
            let (seq, id) = (event.header.author_seq, event.id);
            let is_here = chain.at(seq).any(|(here, _)| here == id);
            match &event.payload {
                Some(_) => drop(self.absent.remove(&id)),
                None if !is_here => drop(self.absent.insert(id)),
                None => {}
            }
            if is_here {
                continue;
            }
            chain.put(seq, (id, event.header.lamport));
            self.events += 1;
            // Within a run each event follows the one before it.
            if let (None, Some(prev)) = (&end, &event.header.prev) {
                self.ends.remove(prev);
            }
            end = Some(ChainEnd { author, seq, id });
        }
        self.ends.extend(end.map(|end| (end.id, end)));
    }

    /// Whether a run has events that are not here: if any, its last one is.
    pub(super) fn is_new(&self, run: &Run) -> bool {
        run.events.last().is_some_and(|event| {
            let chain = self.authors.get(&event.header.author);
            chain
                .is_none_or(|chain| chain.at(event.header.author_seq).all(|(id, _)| id != event.id))
        })
    }

    /// Events whose payloads are not here, ascending.
    pub(super) fn hollow(&self) -> impl Iterator<Item = &EventId> {
        self.absent.iter()
    }

    /// Whether a chain ends with that event.
    pub(super) fn ends_with(&self, id: &EventId) -> bool {
        self.ends.contains_key(id)
    }

    pub(super) fn at(&self, author: &Did, seq: u64) -> Vec<(EventId, u64)> {
        self.authors.get(author).map(|chain| chain.at(seq).collect()).unwrap_or_default()
    }

    pub(super) fn ends(&self) -> impl ExactSizeIterator<Item = &ChainEnd> {
        self.ends.values()
    }

    pub(super) fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn absent(&self) -> u64 {
        self.absent.len() as u64
    }
}
