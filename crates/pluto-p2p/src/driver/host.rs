//! What the driver asks of the node it runs in.

use std::sync::Arc;

use pluto_core::{BlobId, Did, EventId, RealmId};

use crate::blob::{BlobShelf, Outcome};
use crate::equivocation::Equivocation;
use crate::error::P2pError;
use crate::hello::Hello;
use crate::peer::PeerId;
use crate::store::EventStore;
use crate::sync::{Incoming, RunOutcome};
use crate::traced::Traceparent;

/// Brings runs into the set and waits for that, on a thread of its own: one outcome for each, or none
/// when the node takes nothing in.
pub type Applying = Box<dyn FnOnce() -> Option<Vec<RunOutcome>> + Send>;

/// A realm whose set has grown.
#[derive(Clone, Debug)]
pub struct Grown {
    /// The realm.
    pub realm: RealmId,
    /// The run that made it grow, when it was written here.
    pub run: Option<Arc<[u8]>>,
    /// Where in a trace it was written, if that is told.
    pub context: Option<Traceparent>,
}

/// Who a peer is to the node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Welcome {
    /// Whose node it is, if it has shown that.
    pub owner: Option<Did>,
    /// The realms that it names and may read.
    pub realms: Vec<RealmId>,
}

/// What the driver tells the node.
#[derive(Clone, Debug)]
pub enum Told {
    /// Somebody signed two events for one place.
    Fork(RealmId, Box<Equivocation>),
    /// A peer made another state of the same events.
    Fault(RealmId, PeerId, P2pError),
    /// A peer was shut out for what it did.
    ShutOut(PeerId),
    /// A blob is wanted no more.
    Blob(BlobId, Outcome),
}

/// The node around the driver. All calls come from one thread, and none may wait for long.
pub trait Host: Send + 'static {
    /// Brings what [`Host::store`] shows up to date, and says what grew since the last time.
    fn refresh(&mut self) -> Vec<Grown>;

    /// The events that are here, as of the last [`Host::refresh`].
    fn store(&self) -> &dyn EventStore;

    /// The events of a realm whose payloads never came; of those that were erased here none is named.
    fn hollow(&self, realm: RealmId) -> Vec<EventId>;

    /// The blobs that are here.
    fn shelf(&self) -> Arc<dyn BlobShelf>;

    /// The realms of this node that others may hear of, and those it looks for.
    fn realms(&self) -> Vec<RealmId>;

    /// Whether whoever knows the realm may read it: then it is announced to all at once.
    fn is_open(&self, realm: RealmId) -> bool;

    /// How this node greets a peer.
    fn hello(&self, to: PeerId) -> Hello;

    /// Who a peer is that greets so.
    fn welcome(&self, peer: PeerId, hello: &Hello) -> Welcome;

    /// How to bring runs into the set, in this order.
    fn apply(&mut self, peer: PeerId, runs: Vec<Incoming>) -> Applying;

    /// What a span is called in trace context; none where nothing is told of it.
    fn traceparent(&self, span: &tracing::Span) -> Option<Traceparent>;

    /// Hears of something that an operator wants to know.
    fn told(&mut self, what: Told);
}
