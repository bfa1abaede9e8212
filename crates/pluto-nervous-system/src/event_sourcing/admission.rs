//! Admission: may this run join the set? Decided by its bytes and its causal past alone.
//!
//! For every event: the kind may be authored; each parent, the author's previous event and the key
//! event are known and of this realm; Lamport time is 1 + the largest among the parents and above
//! that of the previous event; the first event of an author is an identity event, and `key_ref` names
//! an identity event of the same author. A fork passes: both branches belong to the set, and the fold
//! decides what follows from it.

use pluto_core::{Class, Event, EventId, Kind, Run};
use pluto_error::Result;

use super::dag::{Dag, Known, PastLog};
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
        if let Some(missing) = check_past(&Past { dag, log, before }, event)? {
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
    fn known(&self, id: &EventId) -> Result<Option<Known>> {
        match self.before.iter().rev().find(|event| event.id == *id) {
            Some(event) => Ok(Some(Known::of(&event.header))),
            None => self.dag.known(id, self.log),
        }
    }
}

/// Gives the first missing event of the past, or an error when the past contradicts the event.
fn check_past(past: &Past<'_>, event: &Event) -> Result<Option<EventId>> {
    let header = &event.header;
    let mut lamport_max = 0;
    for parent in &header.parents {
        let Some(known) = past.known(parent)? else { return Ok(Some(*parent)) };
        lamport_max = lamport_max.max(known.lamport);
    }
    if lamport_max.checked_add(1) != Some(header.lamport) {
        return Err(bad(event.id, "lamport is not 1 + the largest of the parents").into());
    }
    let Some(prev) = header.prev else { return Ok(None) };
    let Some(before) = past.known(&prev)? else { return Ok(Some(prev)) };
    if before.author != header.author || before.author_seq.checked_add(1) != Some(header.author_seq)
    {
        return Err(bad(event.id, "prev is not the author's event before").into());
    }
    if before.lamport >= header.lamport {
        return Err(bad(event.id, "lamport is not above that of prev").into());
    }
    check_key(past, event)
}

fn check_key(past: &Past<'_>, event: &Event) -> Result<Option<EventId>> {
    let key_ref = event.header.key_ref;
    if past.before.first().is_some_and(|first| first.id == key_ref) {
        return Ok(None);
    }
    if let Some((author, _)) = past.dag.key(&key_ref) {
        return key_of_author(event, author).map(|()| None);
    }
    let Some(known) = past.known(&key_ref)? else { return Ok(Some(key_ref)) };
    let kind = known.kind.known();
    if !matches!(kind, Some(Kind::IdentityBootstrapped | Kind::RealmGenesis)) {
        return Err(bad(event.id, "key_ref is not an identity event").into());
    }
    key_of_author(event, known.author).map(|()| None)
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
