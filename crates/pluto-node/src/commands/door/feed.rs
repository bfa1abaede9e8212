//! The log as a stream reads it: record after record, whatever the realm.
//!
//! News only wake the stream; what it is given comes out of the log, so that nothing can be lost between
//! the two.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Poll};

use pluto_api::http::{Chunk, Feed, Filter, Item, Mark, Reorganised};
use pluto_core::{Canonical, Did, Event, EventId, LogPosition, RealmId, Run, Verdict};
use pluto_error::Result;
use pluto_synapse::{Delivery, Lagged, Subscription};
use serde_json::Value;

use super::super::event::shown;
use crate::error::NodeError;
use crate::node::Node;

/// Most events of one chunk, beside the rest of the last run.
const EVENTS_MAX: usize = 256;
/// Most records that are looked at for one chunk, and most bytes of them.
const RECORDS_MAX: usize = 1_024;
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// The log of a node, from any mark on.
pub(super) struct LogFeed {
    node: Arc<Node>,
    news: Subscription,
    /// Whether the mark it began at was found to be one.
    is_checked: bool,
    /// How many events of each realm were heard of.
    ends: BTreeMap<RealmId, u64>,
    /// From where on places have changed, and nobody was told yet.
    moved: BTreeMap<RealmId, u64>,
}

/// The filter in the types of the log.
struct Wanted {
    realm: Option<RealmId>,
    kind: Option<String>,
    author: Option<Did>,
}

impl Wanted {
    fn of(node: &Node, filter: &Filter) -> Result<Self> {
        let Filter { realm, kind, author } = filter;
        Ok(Self {
            realm: realm.as_deref().map(|name| node.realm(Some(name))).transpose()?,
            kind: kind.clone(),
            author: author.as_deref().map(str::parse).transpose()?,
        })
    }

    fn fits(&self, event: &Event) -> bool {
        let header = &event.header;
        self.realm.is_none_or(|realm| realm == header.realm_of(event.id))
            && self.kind.as_ref().is_none_or(|kind| *kind == header.kind.to_string())
            && self.author.is_none_or(|author| author == header.author)
    }
}

impl LogFeed {
    pub(super) fn new(node: &Arc<Node>) -> Result<Self> {
        // One batch: what was missed is known by its range, and events come out of the log.
        let news = node.news(1)?;
        let outlines = node.system().outlines().into_iter();
        let ends = outlines.map(|(realm, outline)| (realm, outline.events)).collect();
        let (node, moved) = (Arc::clone(node), BTreeMap::new());
        Ok(Self { node, news, is_checked: false, ends, moved })
    }

    /// Whether a record, or a batch of them, begins there: a client can name any number.
    fn check(&mut self, after: Mark) -> Result<()> {
        let log = self.node.system().log();
        let found = match after.record > log.end().0 {
            true => None,
            false => log.scan(LogPosition(after.record), &mut |_, _| ControlFlow::Break(())).ok(),
        };
        let bad = || NodeError::BadArgument("expected the id of an event of this stream".into());
        found.ok_or_else(bad)?;
        self.is_checked = true;
        Ok(())
    }

    /// Hears where places have changed. Of what was missed the range is known and not why: it was new,
    /// unless it begins before the end that was known.
    fn hear(&mut self, delivery: &Delivery) {
        let (realm, from, to) = match delivery {
            Delivery::Batch(batch) => {
                let last = batch.events.last().map(|event| event.position.0 + 1);
                let from = batch.reorganised_from.map(|from| from.0);
                (batch.realm, from, last.unwrap_or_default())
            }
            Delivery::Lagged(Lagged { realm, from, to }) => {
                let end = self.ends.get(realm).copied().unwrap_or_default();
                (*realm, Some(from.0).filter(|from| *from < end), to.0)
            }
            Delivery::Idle | Delivery::Closed => return,
        };
        let end = self.ends.entry(realm).or_default();
        *end = to.max(*end);
        if let Some(from) = from {
            let first = self.moved.entry(realm).or_insert(from);
            *first = from.min(*first);
        }
    }

    /// What is to be told now, if it is wanted.
    fn reorganised(&mut self, wanted: &Wanted) -> Vec<Reorganised> {
        let moved = std::mem::take(&mut self.moved).into_iter();
        let moved = moved.filter(|(realm, _)| wanted.realm.is_none_or(|one| one == *realm));
        moved.map(|(realm, from)| Reorganised { realm: realm.to_string(), from }).collect()
    }

    /// Where events stand and what was said about them, by one question for each realm.
    fn places(&self, events: &[(Mark, Event)]) -> Result<HashMap<EventId, (u64, Verdict)>> {
        let mut by_realm: HashMap<RealmId, Vec<(u64, EventId)>> = HashMap::new();
        for (_, event) in events {
            let realm = event.header.realm_of(event.id);
            by_realm.entry(realm).or_default().push((event.header.lamport, event.id));
        }
        let mut places = HashMap::new();
        for (realm, ids) in by_realm {
            let found = self.node.system().ask(realm, move |view| {
                let mut found = Vec::with_capacity(ids.len());
                for (lamport, id) in ids {
                    let Some(position) = view.position(lamport, id)? else { continue };
                    let place = view.place(position)?;
                    found.extend(place.map(|place| (id, (position, place.verdict))));
                }
                Ok(found)
            })?;
            places.extend(found);
        }
        Ok(places)
    }

    fn shown(&self, event: &Event, places: &HashMap<EventId, (u64, Verdict)>) -> Result<Value> {
        let snapshot = self.node.snapshot(event.header.realm_of(event.id))?;
        let place = places.get(&event.id).copied();
        let shown = serde_json::to_value(shown::of(&snapshot, event, place));
        Ok(shown.map_err(|error| NodeError::Unanswered(error.to_string()))?)
    }
}

impl Feed for LogFeed {
    fn end(&self) -> Mark {
        Mark { record: self.node.system().log().end().0, slot: 0 }
    }

    fn read(&mut self, after: Mark, filter: &Filter) -> Result<Chunk> {
        if !self.is_checked {
            self.check(after)?;
        }
        let wanted = Wanted::of(&self.node, filter)?;
        let (mut events, mut next) = (Vec::new(), after);
        let (mut records, mut bytes_read, mut failed) = (0, 0, None);
        let mut is_end = true;
        let log = Arc::clone(self.node.system().log());
        log.scan(LogPosition(after.record), &mut |position, bytes| {
            if records >= RECORDS_MAX || bytes_read >= BYTES_MAX || events.len() >= EVENTS_MAX {
                is_end = false;
                return ControlFlow::Break(());
            }
            let run = match Run::decode(bytes) {
                Ok(run) => run,
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            };
            records += 1;
            bytes_read += bytes.len();
            let seen = if position.0 == after.record { after.slot } else { 0 };
            for (slot, event) in (1_u16..).zip(run.events) {
                let mark = Mark { record: position.0, slot };
                if slot > seen && wanted.fits(&event) {
                    events.push((mark, event));
                }
                next = next.max(mark);
            }
            ControlFlow::Continue(())
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let places = self.places(&events)?;
        let items = events
            .iter()
            .map(|(mark, event)| Ok(Item { mark: *mark, event: self.shown(event, &places)? }));
        let items = items.collect::<Result<_>>()?;
        Ok(Chunk { items, next, is_end, reorganised: self.reorganised(&wanted) })
    }

    fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let mut is_new = false;
        loop {
            match self.news.poll_next(context) {
                Poll::Ready(Delivery::Closed) => return Poll::Ready(false),
                Poll::Ready(delivery) => {
                    self.hear(&delivery);
                    is_new = true;
                }
                Poll::Pending if is_new => return Poll::Ready(true),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
