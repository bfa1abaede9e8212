//! The node as the driver sees it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::{EventId, RealmId, Run};
use pluto_error::{Error, Kind, Result};
use pluto_identity::Zip215Verifier;
use pluto_nervous_system::event_bus::Source;
use pluto_nervous_system::{NervousSystem, Receipt, Ticket};
use pluto_p2p::PeerId;
use pluto_p2p::blob::BlobShelf;
use pluto_p2p::driver::{Applying, Grown, Host, Told, Welcome, text_of};
use pluto_p2p::hello::{Binding, Hello};
use pluto_p2p::message::ANNOUNCED_RUN_BYTES_MAX;
use pluto_p2p::store::EventStore;
use pluto_p2p::sync::{Incoming, RunOutcome};
use pluto_p2p::traced::Traceparent;
use pluto_realm::{Reader, may_read};
use pluto_storage::FileBlobs;

use super::arriving::Arriving;
use super::blobs::Shelf;
use super::view::{Joined, LogView};
use super::{Shared, UnreportedForks};
use crate::observe;

/// Runs that are announced whole in one go; of more the root alone is.
const RUNS_MAX: usize = 8;

/// The node around the network thread.
pub(super) struct NodeHost {
    pub(super) system: Arc<NervousSystem>,
    pub(super) node: PeerId,
    pub(super) binding: Option<Binding>,
    pub(super) view: LogView,
    pub(super) shared: Arc<Shared>,
    pub(super) blobs: Arc<FileBlobs>,
    /// Where proofs of forks wait until somebody reports them.
    pub(super) unreported: UnreportedForks,
    pub(super) arriving: Arc<Mutex<Arriving>>,
}

impl NodeHost {
    fn is_shared(&self, realm: RealmId) -> bool {
        self.shared.private() != Some(realm)
    }

    /// Whether the owner of a node may read a realm. What is only looked for here is shown to nobody,
    /// for there is nothing of it.
    fn may_read(&self, realm: RealmId, reader: Option<Reader<'_>>) -> bool {
        let version = self.system.version(realm);
        version.is_ok_and(|version| version.is_none_or(|version| may_read(&*version, reader)))
    }
}

impl Host for NodeHost {
    fn refresh(&mut self) -> Vec<Grown> {
        let mut grown: Vec<Grown> = Vec::new();
        let mut last: Vec<RealmId> = Vec::new();
        let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.view.refresh(&mut arriving, &mut |Joined { realm, bytes, is_own }| {
            let is_told = is_own && bytes.len() <= ANNOUNCED_RUN_BYTES_MAX;
            if is_told && grown.len() < RUNS_MAX {
                let context = self.shared.context_of(&bytes);
                grown.push(Grown { realm, run: Some(bytes), context });
            } else if last.last() != Some(&realm) && !last.contains(&realm) {
                last.push(realm);
            }
        });
        if let Err(error) = read {
            tracing::warn!(%error, "sync sees an older version");
        }
        grown.extend(last.into_iter().map(|realm| Grown { realm, run: None, context: None }));
        grown.retain(|grown| self.shared.private() != Some(grown.realm));
        grown
    }

    fn store(&self) -> &dyn EventStore {
        &self.view
    }

    fn hollow(&self, realm: RealmId) -> Vec<EventId> {
        self.view.hollow(realm)
    }

    fn shelf(&self) -> Arc<dyn BlobShelf> {
        Arc::new(Shelf(Arc::clone(&self.blobs)))
    }

    fn realms(&self) -> Vec<RealmId> {
        let here = self.view.realms().copied().filter(|realm| self.is_shared(*realm));
        let mut realms: BTreeSet<RealmId> = here.collect();
        realms.extend(self.shared.wanted());
        realms.into_iter().collect()
    }

    fn is_open(&self, realm: RealmId) -> bool {
        self.system.snapshot(realm).is_some_and(|version| may_read(&*version, None))
    }

    fn hello(&self, to: PeerId) -> Hello {
        Hello::new(&self.realms(), self.node, to, self.binding.clone())
    }

    fn welcome(&self, peer: PeerId, hello: &Hello) -> Welcome {
        let bound = hello.binding.as_ref();
        let owner = bound.and_then(|binding| binding.owner(peer, &Zip215Verifier));
        let reader = bound.zip(owner).map(|(binding, did)| Reader {
            did,
            key: &binding.key,
            first_key: &binding.inception.key,
        });
        let named = |realm: &RealmId| hello.names(*realm, peer, self.node);
        let allowed = |realm: &RealmId| self.may_read(*realm, reader);
        let realms = self.realms().into_iter().filter(|realm| named(realm) && allowed(realm));
        Welcome { owner, realms: realms.collect() }
    }

    fn apply(&mut self, peer: PeerId, runs: Vec<Incoming>) -> Applying {
        let system = Arc::clone(&self.system);
        let arriving = Arc::clone(&self.arriving);
        arriving.lock().unwrap_or_else(PoisonError::into_inner).extend(&runs);
        let came: Vec<Arc<[u8]>> = runs.iter().map(|one| Arc::clone(&one.bytes)).collect();
        let source = peer.0.first_chunk().map_or(0, |front| u64::from_be_bytes(*front));
        Box::new(move || {
            let outcomes = submit_all(&system, Source::Peer(source), runs);
            let mut arriving = arriving.lock().unwrap_or_else(PoisonError::into_inner);
            let outcome = |at: usize| outcomes.as_ref().and_then(|all| all.get(at));
            for (at, bytes) in came.iter().enumerate() {
                // What joined is taken out when it is seen.
                if !matches!(outcome(at), Some(RunOutcome::New(_))) {
                    arriving.forget(bytes);
                }
            }
            outcomes
        })
    }

    fn traceparent(&self, span: &tracing::Span) -> Option<Traceparent> {
        observe::traceparent(span)
    }

    fn told(&mut self, what: Told) {
        let system = &self.system;
        match what {
            Told::Fork(realm, proof) => {
                let author = proof.author().to_string();
                tracing::warn!(realm = %realm.short(), %author, seq = proof.seq(), "a fork is proven");
                if let Err(error) = self.unreported.keep(realm, &proof) {
                    tracing::error!(%error, "a proof of a fork is lost");
                }
            }
            Told::Fault(realm, peer, error) => {
                let (realm, peer) = (realm.short(), text_of(peer));
                tracing::error!(%realm, %peer, %error, "a peer made another state of the same events");
                system.guard().anomaly("states differ");
                self.shared.keep_fault(format!("{realm}, {peer}: {error}"));
            }
            Told::Blob(id, outcome) => self.shared.keep_blob(id, outcome),
            Told::ShutOut(peer) => tracing::warn!(peer = %text_of(peer), "a peer is shut out"),
        }
    }
}

/// Submits the runs in order, as many at once as the bus takes.
fn submit_all(
    system: &NervousSystem,
    source: Source,
    runs: Vec<Incoming>,
) -> Option<Vec<RunOutcome>> {
    let mut outcomes = Vec::with_capacity(runs.len());
    let mut waiting: std::collections::VecDeque<Ticket<Receipt>> =
        std::collections::VecDeque::new();
    for Incoming { bytes, run } in runs {
        let realm = run.realm()?;
        let ticket = loop {
            match system.submit_decoded(source, Run::clone(&run), Arc::clone(&bytes)) {
                Ok(ticket) => break Ok(ticket),
                Err(error) if error.kind() != Kind::Busy => break Err(error),
                Err(_) => match waiting.pop_front() {
                    Some(earlier) => outcomes.push(outcome_of(earlier.wait())?),
                    // Others fill the bus: a question is answered when it has moved on.
                    None => drop(system.draft(realm, run.author()?)),
                },
            }
        };
        match ticket {
            Ok(ticket) => waiting.push_back(ticket),
            Err(error) => {
                for earlier in waiting.drain(..) {
                    outcomes.push(outcome_of(earlier.wait())?);
                }
                outcomes.push(outcome_of(Err(error))?);
            }
        }
    }
    for earlier in waiting {
        outcomes.push(outcome_of(earlier.wait())?);
    }
    Some(outcomes)
}

/// What an answer of the nervous system means for sync; none when it says nothing about the run.
fn outcome_of(answer: Result<Receipt>) -> Option<RunOutcome> {
    match answer {
        Ok(receipt) if receipt.events.is_empty() => Some(RunOutcome::Known),
        Ok(receipt) => {
            Some(RunOutcome::New(u32::try_from(receipt.events.len()).unwrap_or(u32::MAX)))
        }
        Err(error) => outcome_of_error(&error),
    }
}

fn outcome_of_error(error: &Error) -> Option<RunOutcome> {
    match error.kind() {
        Kind::Reject => Some(RunOutcome::Refused),
        _ if error.code() == pluto_nervous_system::codes::PAST_MISSING => {
            Some(RunOutcome::Waits(EventId::default()))
        }
        _ => None,
    }
}
