//! Events: listed, shown, proven, taken in.

use std::collections::BTreeSet;
use std::sync::Arc;

use pluto_api::http::body::RecordBody;
use pluto_api::http::shape::{EventShown, InclusionShown, WrittenShown};
use pluto_api::http::{Answer, Page};
use pluto_api::principal::Principal;
use pluto_core::payload::RecordPut;
use pluto_core::{Canonical, Did, EventId, Kind, RealmId, Run, Verdict};
use pluto_error::Result;
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{NervousError, NervousSystem};
use tracing::Span;

use super::super::event::{judgement, shown};
use super::{NodeDoor, lists, version, version_of};
use crate::error::NodeError;
use crate::node::{Node, load};

impl NodeDoor {
    pub(super) fn events(&self, name: &str, page: &Page, newest: bool) -> Result<Answer> {
        let (realm, _) = self.realm(name)?;
        let (place, limit) = (lists::number(page)?, page.limit as u64);
        // Places and version are of one moment: what the writer says is durable when it is told.
        let (first, places, length, root) = self.node.system().ask(realm, move |view| {
            let (roots, length) = (view.roots(), view.roots().position);
            let (first, end) = match newest {
                true => {
                    let end = place.unwrap_or(length).min(length);
                    (end.saturating_sub(limit), end)
                }
                false => {
                    let first = place.unwrap_or(0).min(length);
                    (first, first.saturating_add(limit).min(length))
                }
            };
            Ok((first, view.places(first..end)?, length, roots.state))
        })?;
        let snapshot = self.node.snapshot(realm)?;
        let end = first + places.len() as u64;
        let shown = (first..).zip(&places).map(|(position, place)| {
            let event = load(self.node.system(), place.id)?;
            Ok(shown::of(&snapshot, &event, Some((position, place.verdict))))
        });
        let mut shown: Vec<EventShown> = shown.collect::<Result<_>>()?;
        let next = match newest {
            true => {
                shown.reverse();
                (first > 0).then_some(first)
            }
            false => (end < length).then_some(end),
        };
        let next = next.map(|next| next.to_be_bytes().to_vec());
        Ok(Answer::list(&shown, next)?.as_of(version_of(realm, length, root)))
    }

    pub(super) fn event(&self, text: &str) -> Result<Answer> {
        let id = event_id(text)?;
        let event = load(self.node.system(), id)?;
        let realm = event.header.realm_of(id);
        let place = shown::place(self.node.system(), &event)?.wait()?;
        let snapshot = self.node.snapshot(realm)?;
        let judged = judgement::of(&*snapshot, &event);
        let shown = shown::in_full(&snapshot, &event, place, &judged);
        Ok(Answer::shown(&shown)?.as_of(version(&snapshot)))
    }

    pub(super) fn event_proof(&self, text: &str) -> Result<Answer> {
        let id = event_id(text)?;
        let header = load(self.node.system(), id)?.header;
        let (realm, lamport) = (header.realm_of(id), header.lamport);
        let unknown = move || NervousError::UnknownEvent(id);
        let (shown, position, root) = self.node.system().ask(realm, move |view| {
            let position = view.position(lamport, id)?.ok_or_else(unknown)?;
            let place = view.place(position)?.ok_or_else(unknown)?;
            let ((log_root, proof), roots) = (view.inclusion(position)?, view.roots());
            let shown = InclusionShown {
                event: id.to_string(),
                position,
                verdict: place.verdict.to_string(),
                leaf: place.leaf().to_string(),
                size: roots.position,
                log_root: log_root.to_string(),
                path: proof.path.iter().map(ToString::to_string).collect(),
            };
            Ok((shown, roots.position, roots.state))
        })?;
        Ok(Answer::shown(&shown)?.as_of(version_of(realm, position, root)))
    }

    pub(super) fn event_run(&self, text: &str) -> Result<Answer> {
        let id = event_id(text)?;
        let at = self.node.system().log().find(&id)?;
        let at = at.ok_or(NervousError::UnknownEvent(id))?;
        let bytes = self.node.system().log().read(at.record)?;
        Ok(Answer::file(bytes, "application/octet-stream"))
    }

    pub(super) fn record(
        &self,
        who: Option<&Principal>,
        name: &str,
        body: RecordBody,
    ) -> Result<Answer> {
        let (realm, _) = self.realm(name)?;
        let RecordBody { identity, collection, key, value } = body;
        let put = RecordPut { collection, key: key.into_bytes(), value: value.into_bytes() };
        let payload = put.encode();
        // Its own decoder knows the bounds.
        RecordPut::decode(&payload)?;
        self.write_as(who, identity.as_deref(), realm, |author| {
            author.write(&self.node, realm, Kind::RecordPut, &payload)
        })
    }

    /// What an identity wrote, back along its own chain.
    pub(super) fn history(&self, name: &str, text: &str, page: &Page) -> Result<Answer> {
        let (realm, snapshot) = self.realm(name)?;
        let did: Did = super::super::names::party(&self.context, &snapshot, text)?;
        let mut next = match &page.after {
            Some(bytes) => {
                let bad = |_| NodeError::BadArgument("the cursor is none of this list".to_owned());
                Some(EventId(bytes.as_slice().try_into().map_err(bad)?))
            }
            None => {
                self.node.system().ask(realm, move |view| Ok(view.tip(&did)))?.map(|tip| tip.id)
            }
        };
        let mut items = Vec::new();
        while let Some(id) = next.filter(|_| items.len() < page.limit) {
            let event = load(self.node.system(), id)?;
            if event.header.author != did || event.header.realm_of(id) != realm {
                return Err(NodeError::BadArgument("the cursor is none of this list".into()).into());
            }
            let place = shown::place(self.node.system(), &event)?.wait()?;
            items.push(shown::of(&snapshot, &event, place));
            next = event.header.prev;
        }
        let next = next.map(|id| id.0.to_vec());
        Ok(Answer::list(&items, next)?.as_of(version(&snapshot)))
    }
}

/// Takes in a signed run. One that was known already is answered like one that is new; one whose past is
/// not here is refused at once, where one of a peer would wait for it and hold a place meanwhile.
pub(super) fn submit(
    node: &Arc<Node>,
    bytes: Arc<[u8]>,
) -> Result<impl Future<Output = Result<Answer>> + use<>> {
    let run = Run::decode(&bytes)?;
    check_past(node.system(), &run)?;
    node.note_span(&bytes, &Span::current());
    let ticket = node.system().submit_decoded(Source::Local, run, Arc::clone(&bytes))?;
    let node = Arc::clone(node);
    Ok(async move {
        let receipt = ticket.await?;
        let (realm, shown) = match receipt.events.last() {
            Some(last) => {
                let events = receipt.events.iter().map(|event| event.id.to_string()).collect();
                (receipt.realm, written(last.id, events, last.position.0, last.verdict))
            }
            None => known(&node, &bytes).await?,
        };
        Ok(Answer::shown(&shown)?.after(version(&*node.snapshot(realm)?)))
    })
}

/// What became of a run that was here before.
async fn known(node: &Node, bytes: &[u8]) -> Result<(RealmId, WrittenShown)> {
    let run = Run::decode(bytes)?;
    let unknown = || NodeError::BadArgument("expected a run with an event in it".to_owned());
    let event = run.events.last().ok_or_else(unknown)?;
    let place = shown::place(node.system(), event)?.await?;
    let (position, verdict) = place.ok_or_else(unknown)?;
    Ok((event.header.realm_of(event.id), written(event.id, Vec::new(), position, verdict)))
}

fn written(last: EventId, events: Vec<String>, position: u64, verdict: Verdict) -> WrittenShown {
    WrittenShown { event: last.to_string(), events, position, verdict: verdict.to_string() }
}

fn check_past(system: &NervousSystem, run: &Run) -> Result<()> {
    let own: BTreeSet<EventId> = run.events.iter().map(|event| event.id).collect();
    let mut past = BTreeSet::new();
    for event in run.events.iter().filter(|event| !event.header.is_genesis()) {
        let realm = event.header.realm_of(event.id);
        if system.outline(realm).is_none() {
            past.insert(EventId(realm.0));
        }
        past.extend(event.header.parents.iter().chain(&event.header.prev));
    }
    for id in past.difference(&own) {
        system.log().find(id)?.ok_or(NervousError::PastMissing(*id))?;
    }
    Ok(())
}

pub(super) fn event_id(text: &str) -> Result<EventId> {
    let bad = |_| NodeError::BadArgument("expected an event id of 64 hexadecimal digits".into());
    Ok(text.parse().map_err(bad)?)
}
