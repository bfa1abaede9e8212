//! An event as the command line and `/v1` show it.

use pluto_api::http::shape::{EventDetail, EventShown};
use pluto_core::{Event, Verdict, hex};
use pluto_error::Result;
use pluto_nervous_system::{NervousSystem, Snapshot, Ticket};
use pluto_realm::archive::payload_erasure;

use super::judgement::Judged;
use crate::describe;
use crate::node::label;

/// An event with its place, in a list.
pub(in crate::commands) fn of(
    snapshot: &Snapshot,
    event: &Event,
    place: Option<(u64, Verdict)>,
) -> EventShown {
    let header = &event.header;
    let words = event.payload.as_deref().and_then(|bytes| describe::payload(header.kind, bytes));
    EventShown {
        event: event.id.to_string(),
        realm: header.realm_of(event.id).to_string(),
        kind: header.kind.to_string(),
        author: header.author.to_string(),
        label: label(snapshot, header.author),
        author_seq: header.author_seq,
        lamport: header.lamport,
        wall_ms: header.wall_ms,
        parents: header.parents.iter().map(ToString::to_string).collect(),
        payload_bytes: header.payload_len,
        position: place.map(|(position, _)| position),
        verdict: place.map(|(_, verdict)| verdict.to_string()),
        described: words.map(|words| words.json()),
    }
}

/// The place of an event in the canonical order and what came of it there, once it has one.
pub(in crate::commands) fn place(
    system: &NervousSystem,
    event: &Event,
) -> Result<Ticket<Option<(u64, Verdict)>>> {
    let (lamport, id) = (event.header.lamport, event.id);
    system.ask_later(event.header.realm_of(id), move |view| {
        let Some(position) = view.position(lamport, id)? else { return Ok(None) };
        Ok(view.place(position)?.map(|place| (position, place.verdict)))
    })
}

/// An event in full.
pub(in crate::commands) fn in_full(
    snapshot: &Snapshot,
    event: &Event,
    place: Option<(u64, Verdict)>,
    judged: &[Judged],
) -> EventDetail {
    let header = &event.header;
    // What was erased here may have come again with a run from elsewhere.
    let gone = event.payload.is_none().then(|| payload_erasure(snapshot, &event.id)).flatten();
    EventDetail {
        event: of(snapshot, event, place),
        judgements: judged.iter().map(Judged::shown).collect(),
        key_ref: header.key_ref.to_string(),
        prev: header.prev.map(|id| id.to_string()),
        payload_version: header.payload_version,
        payload_hash: header.payload_hash.to_string(),
        payload: event.payload.as_deref().map(hex::text),
        erased: gone.map(|erasure| erasure.reason),
    }
}
