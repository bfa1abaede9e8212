//! Spans of what is exchanged with the peers that an operator names for it, and the trace context that
//! goes along. Of other peers nothing is told, and what they say about traces is passed over.
//!
//! | span | kind | what it lies around |
//! |---|---|---|
//! | `sync` | client | an exchange that this node asks for, from its first request to its end |
//! | `serve` | server | one request of such an exchange, on the other side |
//! | `take in` | consumer | an announcement with a context, and bringing its run in |

use std::collections::{BTreeMap, BTreeSet};

use pluto_core::RealmId;
use tracing::Span;
use tracing::field::{Empty, debug};

use super::address::text_of;
use crate::message::{Message, SessionId};
use crate::peer::PeerId;
use crate::sync::{Outcome, Ticket};
use crate::traced::Traceparent;

/// Exchanges under way that have a span; of more nothing is told.
const ASKING_MAX: usize = 256;

/// An exchange that this node asked for.
struct Asking {
    /// The round it is in.
    session: SessionId,
    span: Span,
    context: Option<Traceparent>,
}

/// With whom trace context is exchanged, and the exchanges under way with them.
pub(super) struct Traces {
    named: BTreeSet<PeerId>,
    asking: BTreeMap<(PeerId, RealmId), Asking>,
}

impl Traces {
    /// Trace context is exchanged with these peers.
    pub(super) fn with(named: &[PeerId]) -> Self {
        Self { named: named.iter().copied().collect(), asking: BTreeMap::new() }
    }

    pub(super) fn names(&self, peer: &PeerId) -> bool {
        self.named.contains(peer)
    }

    /// A frame goes out: the context of the exchange that it is a request of.
    pub(super) fn asked(
        &mut self,
        peer: PeerId,
        frame: &[u8],
        context_of: impl Fn(&Span) -> Option<Traceparent>,
    ) -> Option<Traceparent> {
        if !self.names(&peer) || Message::is_answer(frame) {
            return None;
        }
        let session = SessionId::from_be_bytes(*frame.get(2..)?.first_chunk()?);
        if frame.get(1) == Some(&1)
            && let Ok(Message::Open { realm, .. }) = Message::from_frame(frame)
        {
            if let Some(asking) = self.asking.get_mut(&(peer, realm)) {
                asking.session = session;
            } else if self.asking.len() < ASKING_MAX {
                let span = begun(peer);
                let context = context_of(&span);
                self.asking.insert((peer, realm), Asking { session, span, context });
            }
        }
        let mut asking = self.asking.iter();
        asking.find(|((of, _), asking)| *of == peer && asking.session == session)?.1.context
    }

    /// A comparison came to an end.
    pub(super) fn ended(&mut self, peer: PeerId, realm: RealmId, outcome: Outcome, events: u64) {
        let Some(Asking { span, .. }) = self.asking.remove(&(peer, realm)) else { return };
        span.record("outcome", debug(outcome));
        span.record("events", events);
        if outcome == Outcome::Unread {
            span.record("otel.status_code", "ERROR");
        }
    }

    /// These realms alone are shared with a peer: exchanges about others are no more.
    pub(super) fn keep(&mut self, peer: PeerId, realms: &[RealmId]) {
        self.asking.retain(|(of, realm), _| *of != peer || realms.contains(realm));
    }

    /// The span around what is done about a frame that came with a context.
    pub(super) fn heard(&self, from: PeerId, frame: &[u8], context: &Traceparent) -> Span {
        let traceparent = match context.text() {
            Some(text) if self.names(&from) && !Message::is_answer(frame) => text,
            _ => return Span::none(),
        };
        let peer = text_of(from);
        if Message::is_announcement(frame) {
            tracing::info_span!("take in", otel.kind = "consumer", peer, traceparent)
        } else {
            tracing::info_span!("serve", otel.kind = "server", peer, traceparent)
        }
    }

    /// The span around bringing runs in: that of their exchange, or of the announcement being heard.
    pub(super) fn applying(&self, ticket: &Ticket) -> Span {
        if self.named.is_empty() {
            return Span::none();
        }
        if ticket.session == 0 {
            return Span::current();
        }
        let asking = self.asking.get(&(ticket.peer, ticket.realm));
        asking.map_or_else(Span::none, |asking| asking.span.clone())
    }
}

fn begun(peer: PeerId) -> Span {
    tracing::info_span!(
        "sync",
        otel.kind = "client",
        otel.status_code = Empty,
        peer = text_of(peer),
        outcome = Empty,
        events = Empty,
    )
}

#[cfg(test)]
mod tests;
