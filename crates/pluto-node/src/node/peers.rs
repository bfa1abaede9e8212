//! The node online: what peers see of it, and what its operator can ask.

mod arriving;
mod blobs;
mod chains;
mod config;
mod contexts;
mod host;
mod invite;
mod unreported;
mod view;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pluto_core::traits::Clock;
use pluto_core::{BlobId, RealmId};
use pluto_error::Result;
use pluto_nervous_system::modes::Window;
use pluto_p2p::PeerId;
use pluto_p2p::blob::Outcome;
use pluto_p2p::driver::{Network, NetworkStatus, node_of};
use pluto_p2p::traced::Traceparent;

use super::{Node, SystemClock};
use crate::error::NodeError;
use crate::observe;
use contexts::Contexts;
use host::NodeHost;
use view::LogView;

pub use config::{NetworkConfig, bind, binding, node_key};
pub use invite::Invite;
pub use unreported::{Reported, UnreportedForks};

/// How long one who waits does so before looking again: peers tell something too.
const LOOK: Duration = Duration::from_millis(200);
/// Faults that are kept for the operator, and ends of blobs for whoever waits.
const KEPT_MAX: usize = 64;

/// What the network thread and the node share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    kept: Mutex<Kept>,
    published: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    /// The realm that nobody hears of: the operator's.
    private: Option<RealmId>,
    wanted: BTreeSet<RealmId>,
    faults: VecDeque<String>,
    /// How fetching blobs ended, until somebody asks.
    blobs: BTreeMap<BlobId, Outcome>,
    faults_lately: Window,
    contexts: Contexts,
}

impl Shared {
    fn with<T>(&self, ask: impl FnOnce(&mut Kept) -> T) -> T {
        ask(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Something was published: whoever waits looks again.
    pub(super) fn published(&self) {
        self.published.notify_all();
    }

    fn private(&self) -> Option<RealmId> {
        self.with(|kept| kept.private)
    }

    fn wanted(&self) -> BTreeSet<RealmId> {
        self.with(|kept| kept.wanted.clone())
    }

    /// Where in a trace a run was written, if peers may be told; once.
    fn context_of(&self, run: &[u8]) -> Option<Traceparent> {
        if observe::peers().is_empty() {
            return None;
        }
        self.with(|kept| kept.contexts.take(run))
    }

    fn keep_blob(&self, id: BlobId, outcome: Outcome) {
        self.with(|Kept { blobs, .. }| {
            if blobs.len() >= KEPT_MAX {
                blobs.pop_first();
            }
            blobs.insert(id, outcome);
        });
        self.published();
    }

    fn keep_fault(&self, fault: String) {
        self.with(|kept| {
            kept.faults_lately.add(SystemClock.now_ms());
            if kept.faults.len() >= KEPT_MAX {
                kept.faults.pop_front();
            }
            kept.faults.push_back(fault);
        });
    }
}

impl Node {
    /// A run is written, or taken in from whoever signed it, within that span, of which peers may be told.
    pub(crate) fn note_span(&self, run: &[u8], span: &tracing::Span) {
        if observe::peers().is_empty() {
            return;
        }
        if let Some(context) = observe::traceparent(span) {
            self.shared.with(|kept| kept.contexts.keep(run, context));
        }
    }

    /// Goes online with the settings of `data`.
    ///
    /// # Errors
    /// `NOD-0007` when it is online already; what the files and the network say.
    pub fn go_online(&self, data: &Path, config: &NetworkConfig) -> Result<()> {
        let mut online = self.online();
        if online.is_some() {
            return Err(NodeError::BadArgument("the node is online already".into()).into());
        }
        let key = node_key(data)?;
        let node = node_of(*key)?;
        let shared = Arc::clone(&self.shared);
        shared.with(|kept| -> Result<()> {
            kept.private = self.operator.get().copied();
            kept.wanted = config.wanted()?.into_iter().collect();
            Ok(())
        })?;
        let host = NodeHost {
            system: Arc::clone(&self.system),
            node,
            binding: binding(data, node),
            view: LogView::open(Arc::clone(&self.system))?,
            shared,
            blobs: Arc::clone(&self.blobs),
            unreported: UnreportedForks::of(data),
            arriving: Arc::default(),
        };
        *online = Some(Network::start(*key, config.settings()?, self.wake.clone(), host)?);
        Ok(())
    }

    fn online(&self) -> std::sync::MutexGuard<'_, Option<Network>> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the network; a node that is offline stays so.
    pub fn go_offline(&self) {
        let network = self.online().take();
        drop(network);
    }

    /// How the network stands; none for a node that is offline.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn network_status(&self) -> Result<Option<NetworkStatus>> {
        self.online().as_ref().map(Network::status).transpose()
    }

    /// Goes to a peer, if the node is online.
    ///
    /// # Errors
    /// As [`Network::dial`].
    pub fn dial(&self, address: &str) -> Result<()> {
        match &*self.online() {
            Some(network) => network.dial(address).map(drop),
            None => Ok(()),
        }
    }

    /// Shuts a peer out or lets it in, if the node is online.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn ban(&self, peer: PeerId, banned: bool) -> Result<()> {
        match &*self.online() {
            Some(network) => network.ban(peer, banned),
            None => Ok(()),
        }
    }

    /// Lets these peers in and no others, if the node is online; everybody, if there are none.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn allow(&self, peers: Vec<PeerId>) -> Result<()> {
        match &*self.online() {
            Some(network) => network.allow(peers),
            None => Ok(()),
        }
    }

    /// Looks for a realm at peers, if the node is online.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn look_for(&self, realm: RealmId) -> Result<()> {
        self.shared.with(|kept| kept.wanted.insert(realm));
        self.greet_again()
    }

    /// Tells peers anew which realms are here.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn greet_again(&self) -> Result<()> {
        self.shared.with(|kept| kept.private = self.operator.get().copied());
        match &*self.online() {
            Some(network) => network.greet_again(),
            None => Ok(()),
        }
    }

    /// Compares realms with all peers now; gives whether the node is online.
    ///
    /// # Errors
    /// `P2P-0010`.
    pub fn sync_now(&self, realms: &[RealmId]) -> Result<bool> {
        let online = self.online();
        let Some(network) = &*online else { return Ok(false) };
        realms.iter().try_for_each(|realm| network.sync_now(*realm))?;
        Ok(true)
    }

    /// Waits until something holds, at most for `timeout`; whether it does. It is looked at whenever the
    /// node has published something, and a few times a second.
    pub fn wait_until(&self, timeout: Duration, holds: impl Fn() -> bool) -> bool {
        let until = Instant::now() + timeout;
        loop {
            if holds() {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.shared.published.wait_timeout(kept, left.min(LOOK)));
        }
    }

    /// How many faults were found with peers within the last five minutes.
    #[must_use]
    pub fn network_faults_lately(&self) -> u64 {
        self.shared.with(|kept| kept.faults_lately.sum(SystemClock.now_ms()))
    }

    /// Faults that were found with peers since the node went online.
    #[must_use]
    pub fn network_faults(&self) -> Vec<String> {
        self.shared.with(|kept| kept.faults.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests;
