//! Admission: may this run join the set? Decided by its bytes and its causal past alone.
//!
//! For every event: the kind may be authored; each parent and the author's previous event are known
//! and of this realm; Lamport time is 1 + the largest among the parents and above that of the previous
//! event; the first event of an author is an identity event, and `key_ref` names the identity event
//! whose key is active at that place of the author's chain, so it never goes back. What changes a key
//! ends its run and must prove that it may ([`KeyRules`]); its payload must be there. A fork passes:
//! all branches belong to the set, and the fold decides what follows from it.

use pluto_core::traits::KeyRules;
use pluto_core::{Class, Event, EventId, Kind, Run};
use pluto_error::Result;

use super::dag::{Dag, PastLog};
use super::realm_state::RealmState;
use crate::error::NervousError;

/// The answer for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The events from this index on are new and may join.
    New(usize),
    /// All its events are in the set already, and it brings payloads that are not here.
    Fills,
    /// All its events are in the set already, as they are here.
    Duplicate,
    /// All its events are in the set already, and the log does not have them all: the realm stands on a footing
    /// that came from elsewhere.
    Founded,
    /// This event must come first.
    Missing(EventId),
}

/// Decides on a run whose events follow each other (its decoder checked that).
pub(crate) fn admit(
    state: &RealmState,
    run: &Run,
    log: &PastLog<'_>,
    rules: &dyn KeyRules,
) -> Result<Answer> {
    let dag = &state.dag;
    let (mut first_new, mut fills, mut founded) = (None, false, false);
    for (index, event) in run.events.iter().enumerate() {
        if first_new.is_none()
            && let Some(presence) = present(state, event, log)?
        {
            fills |= presence == Presence::Hollow && event.payload.is_some();
            founded |= presence == Presence::Founded;
            continue;
        }
        first_new.get_or_insert(index);
        check_kind(event)?;
        let before = run.events.get(..index).unwrap_or_default();
        let past = Past { dag, log, before };
        let mut missing = past.check(event)?;
        if missing.is_none() && bears_on_keys(event) {
            missing = past.check_key(event, rules)?;
        }
        if let Some(missing) = missing {
            return Ok(Answer::Missing(missing));
        }
    }
    Ok(match first_new {
        Some(first) => Answer::New(first),
        None if founded => Answer::Founded,
        None if fills => Answer::Fills,
        None => Answer::Duplicate,
    })
}

/// How an event is in the set.
#[derive(PartialEq, Eq)]
enum Presence {
    /// As it should be.
    Here,
    /// Its payload is missed.
    Hollow,
    /// By the footing of the realm, not in the log.
    Founded,
}

fn present(state: &RealmState, event: &Event, log: &PastLog<'_>) -> Result<Option<Presence>> {
    if state.dag.extends_tip(event) {
        return Ok(None);
    }
    Ok(match state.dag.known(&event.id, log)? {
        Some(known) if known.is_hollow && !state.is_fast(event)? => Some(Presence::Hollow),
        Some(_) => Some(Presence::Here),
        None if state.is_fast(event)? => Some(Presence::Founded),
        None => None,
    })
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
        // Asked of what is new behind a known change too: a run can be signed again at greater length.
        if self.before.last().is_some_and(changes_key) {
            return Err(bad(event.id, "what changes a key ends its run").into());
        }
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
        let (author, author_seq, lamport, key_ref) = match tip {
            Some(tip) => (header.author, tip.author_seq, tip.lamport, tip.key_ref),
            None => match self.dag.known(&prev, self.log)? {
                Some(known) => (known.author, known.author_seq, known.lamport, known.key_ref),
                None => return Ok(Some(prev)),
            },
        };
        if author != header.author || author_seq.checked_add(1) != Some(header.author_seq) {
            return Err(bad(event.id, "prev is not the author's event before").into());
        }
        if lamport >= header.lamport {
            return Err(bad(event.id, "lamport is not above that of prev").into());
        }
        if key_ref != header.key_ref {
            return Err(bad(event.id, "key_ref is not the key active there").into());
        }
        Ok(None)
    }

    /// Asks the rules about an event that bears on keys; gives the first event it names and that is
    /// not here.
    fn check_key(&self, event: &Event, rules: &dyn KeyRules) -> Result<Option<EventId>> {
        if event.payload.is_none() {
            return Err(bad(event.id, "what bears on keys needs its payload").into());
        }
        if !changes_key(event) {
            return Ok(None);
        }
        if rules.own_key(event).is_some() && !self.before.is_empty() {
            return Err(bad(event.id, "a recovery stands alone in its run").into());
        }
        let mut named = Vec::new();
        for id in rules.named(event) {
            let here = self.before.iter().find(|event| event.id == id).cloned();
            let found = match here {
                Some(event) => Some(event),
                None => self.dag.event(&id, self.log)?,
            };
            let Some(found) = found else { return Ok(Some(id)) };
            if found.header.lamport >= event.header.lamport {
                return Err(bad(event.id, "lamport is not above that of what it names").into());
            }
            named.push(found);
        }
        rules.check(event, &named).map(|()| None).map_err(|why| bad(event.id, why).into())
    }
}

fn changes_key(event: &Event) -> bool {
    event.header.kind.known() == Some(Kind::KeyRotated)
}

fn bears_on_keys(event: &Event) -> bool {
    changes_key(event) || event.header.kind.known() == Some(Kind::RecoveryInitiated)
}

fn bad(id: EventId, why: &'static str) -> NervousError {
    NervousError::BadCausality { id, why }
}
