//! Admission: may this run join the set? Decided by its bytes and its causal past alone.
//!
//! For every event: the kind may be authored; each parent, the author's previous event and the key
//! event are known and of this realm; Lamport time is 1 + the largest among the parents and above
//! that of the previous event; the first event of an author is an identity event, and `key_ref` names
//! an identity event of the same author. A fork passes: both branches belong to the set, and the fold
//! decides what follows from it.

use pluto_core::{Class, Event, EventId, Kind, Run};
use pluto_error::Result;

use super::dag::{Dag, PastLog};
use crate::error::NervousError;

/// The answer for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The events from this index on are new and may join.
    New(usize),
    /// All its events are in the set already.
    Duplicate,
    /// This event must come first.
    Missing(EventId),
}

/// Decides on a run whose events follow each other (its decoder checked that).
pub(crate) fn admit(dag: &Dag, run: &Run, log: &PastLog<'_>) -> Result<Answer> {
    let mut first_new = None;
    for (index, event) in run.events.iter().enumerate() {
        if first_new.is_none() && is_present(dag, event, log)? {
            continue;
        }
        first_new.get_or_insert(index);
        check_kind(event)?;
        let before = run.events.get(..index).unwrap_or_default();
        if let Some(missing) = (Past { dag, log, before }).check(event)? {
            return Ok(Answer::Missing(missing));
        }
    }
    Ok(first_new.map_or(Answer::Duplicate, Answer::New))
}

fn is_present(dag: &Dag, event: &Event, log: &PastLog<'_>) -> Result<bool> {
    if dag.extends_tip(event) {
        return Ok(false);
    }
    Ok(dag.known(&event.id, log)?.is_some())
}

fn check_kind(event: &Event) -> Result<()> {
    let id = event.id;
    let kind = event.header.kind.known();
    if let Some(kind) = kind.filter(|kind| kind.class() != Class::Authoritative) {
        return Err(NervousError::NotAuthorable { id, kind: kind.as_str() }.into());
    }
    let opens = matches!(kind, Some(Kind::IdentityBootstrapped | Kind::RealmGenesis));
    if event.header.author_seq == 0 && !opens {
        return Err(bad(id, "the first event of an author must carry an identity").into());
    }
    if event.header.is_genesis() != (kind == Some(Kind::RealmGenesis)) {
        return Err(bad(id, "a genesis, and nothing else, opens a realm").into());
    }
    Ok(())
}

struct Past<'a> {
    dag: &'a Dag,
    log: &'a PastLog<'a>,
    /// The events of the same run that stand before.
    before: &'a [Event],
}

impl Past<'_> {
    /// Gives the first missing event of the past, or an error when the past contradicts the event.
    ///
    /// An event that is not the first of its run follows the one before in everything but its parents
    /// (the decoder checked that), and the one before is in the set or was checked just now.
    fn check(&self, event: &Event) -> Result<Option<EventId>> {
        let header = &event.header;
        let mut lamport_max = 0;
        for parent in header.parents.iter() {
            let Some(lamport) = self.lamport(parent)? else { return Ok(Some(*parent)) };
            lamport_max = lamport_max.max(lamport);
        }
        if lamport_max.checked_add(1) != Some(header.lamport) {
            return Err(bad(event.id, "lamport is not 1 + the largest of the parents").into());
        }
        match header.prev {
            Some(prev) if self.before.is_empty() => self.check_prev(event, prev),
            _ => Ok(None),
        }
    }

    fn lamport(&self, id: &EventId) -> Result<Option<u64>> {
        match self.before.iter().rev().find(|event| event.id == *id) {
            Some(event) => Ok(Some(event.header.lamport)),
            None => self.dag.lamport(id, self.log),
        }
    }

    fn check_prev(&self, event: &Event, prev: EventId) -> Result<Option<EventId>> {
        let header = &event.header;
        let tip = self.dag.tip(&header.author).filter(|tip| tip.id == prev);
        let (author, author_seq, lamport) = match tip {
            Some(tip) => (header.author, tip.author_seq, tip.lamport),
            None => match self.dag.known(&prev, self.log)? {
                Some(known) => (known.author, known.author_seq, known.lamport),
                None => return Ok(Some(prev)),
            },
        };
        if author != header.author || author_seq.checked_add(1) != Some(header.author_seq) {
            return Err(bad(event.id, "prev is not the author's event before").into());
        }
        if lamport >= header.lamport {
            return Err(bad(event.id, "lamport is not above that of prev").into());
        }
        self.check_key(event)
    }

    fn check_key(&self, event: &Event) -> Result<Option<EventId>> {
        let key_ref = event.header.key_ref;
        if let Some((author, _)) = self.dag.key(&key_ref) {
            return key_of_author(event, author).map(|()| None);
        }
        let Some(known) = self.dag.known(&key_ref, self.log)? else { return Ok(Some(key_ref)) };
        let kind = known.kind.known();
        if !matches!(kind, Some(Kind::IdentityBootstrapped | Kind::RealmGenesis)) {
            return Err(bad(event.id, "key_ref is not an identity event").into());
        }
        key_of_author(event, known.author).map(|()| None)
    }
}

fn key_of_author(event: &Event, author: pluto_core::Did) -> Result<()> {
    if author == event.header.author {
        Ok(())
    } else {
        Err(bad(event.id, "key_ref is an event of another author").into())
    }
}

fn bad(id: EventId, why: &'static str) -> NervousError {
    NervousError::BadCausality { id, why }
}
