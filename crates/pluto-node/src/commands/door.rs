//! The node as the HTTP face asks it: one answer for each question, read from one version of a realm.
//!
//! Where a command prints with `--json` what is asked here, the same function makes both. Writes are
//! signed by a key that the node holds open, and only for whom that key belongs to, or for an
//! administrator. What changes no realm leaves a record in the operator's realm instead.

mod blobs;
mod decisions;
mod events;
mod feed;
mod grants;
mod keys;
mod lists;
mod operate;
mod policies;
mod realms;
mod state;
mod trust;

use std::path::Path;
use std::sync::Arc;

use pluto_api::http::door::{Pending, Version};
use pluto_api::http::{Answer, Ask, Content, Door, Feed};
use pluto_api::principal::Principal;
use pluto_core::{Digest, RealmId};
use pluto_eclvm::ExecutionMode;
use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_nervous_system::Snapshot;
use serde_json::{Value, json};
use tracing::Instrument;

use super::{Context, run_in};
use crate::cli::{Command, GraphCommand, ModeCommand, PeerCommand, Reading, SyncCommand};
use crate::keys::{KeyAccess, PassphraseSource};
use crate::node::{Node, keystore_path};
use crate::output::Output;

/// A node behind the HTTP face.
pub struct NodeDoor {
    node: Arc<Node>,
    context: Context,
    keys: Option<Arc<Keystore>>,
}

impl NodeDoor {
    /// A door to the node over `data`; without `keys` it signs nothing.
    #[must_use]
    pub fn new(node: &Arc<Node>, data: &Path, mode: ExecutionMode, keys: Option<Keystore>) -> Self {
        let source = PassphraseSource::Caller(None);
        let context = Context {
            data: data.to_owned(),
            keys: KeyAccess { path: keystore_path(data), source },
            mode,
            out: Output::kept(true),
            running: Some(Arc::clone(node)),
            folder: data.to_owned(),
        };
        Self { node: Arc::clone(node), context, keys: keys.map(Arc::new) }
    }

    /// A context whose output is kept for one answer.
    fn context(&self) -> Context {
        Context { out: Output::kept(true), ..self.context.again() }
    }

    /// What a command says.
    fn said(&self, command: Command) -> Result<Value> {
        let context = self.context();
        run_in(&context, command)?;
        Ok(context.out.take_all().1)
    }

    /// What a command says.
    fn told(&self, command: Command) -> Result<Answer> {
        Ok(Answer::of(self.said(command)?))
    }

    /// The realm that a path names, and its newest version.
    fn realm(&self, name: &str) -> Result<(RealmId, Arc<Snapshot>)> {
        let realm = self.node.realm(Some(name))?;
        Ok((realm, self.node.snapshot(realm)?))
    }
}

/// The version an answer is read from.
fn version(snapshot: &Snapshot) -> Version {
    let roots = snapshot.roots();
    version_of(pluto_core::traits::StateView::realm(snapshot), roots.position, roots.state)
}

fn version_of(realm: RealmId, position: u64, root: Digest) -> Version {
    Version { realm: realm.to_string(), position, state_root: root.to_string() }
}

impl Door for NodeDoor {
    fn answer(&self, who: Option<&Principal>, ask: Ask) -> Result<Answer> {
        let _span = tracing::info_span!("answer").entered();
        match ask {
            Ask::Live => Ok(health(&self.node.health().live)),
            Ask::Ready => Ok(health(&self.node.health().ready)),
            Ask::Capabilities => self.capabilities(),
            Ask::Status => self.told(Command::Status),
            Ask::Metrics => Ok(self.metrics()),
            Ask::Graph => self.told(Command::Graph(GraphCommand::Show)),
            Ask::Impact { component } => self.impact(&component),
            Ask::Peers => self.told(Command::Peer(PeerCommand::List)),
            Ask::Sync => {
                self.told(Command::Sync(SyncCommand::Status { reading: Reading { realm: None } }))
            }
            Ask::SyncNow => self.sync_now(who),
            Ask::Mode => self.told(Command::Mode(ModeCommand::Show)),
            Ask::SetMode(body) => self.set_mode(who, &body.mode),
            Ask::Save => self.save(who),
            Ask::Names(page) => self.names(&page),
            Ask::Blobs(page) => self.blobs(&page),
            Ask::BlobAbout { blob } => self.blob_about(&blob),
            Ask::Blob { blob, from, to } => self.blob(&blob, from, to),
            Ask::Keep { bytes } => self.keep(who, &bytes),
            ask => self.about_realms(who, ask),
        }
    }

    fn submit(&self, run: Arc<[u8]>) -> Result<Pending> {
        let span = tracing::info_span!("answer");
        let pending = span.in_scope(|| events::submit(&self.node, run))?;
        Ok(Box::pin(pending.instrument(span)))
    }

    fn feed(&self) -> Result<Box<dyn Feed>> {
        Ok(Box::new(feed::LogFeed::new(&self.node)?))
    }
}

impl NodeDoor {
    fn about_realms(&self, who: Option<&Principal>, ask: Ask) -> Result<Answer> {
        match ask {
            Ask::Realms(page) => self.realms(&page),
            Ask::Realm { realm } => self.one_realm(&realm),
            Ask::Members { realm, page } => self.members(&realm, &page),
            Ask::Quotas { realm, page } => self.quotas(&realm, &page),
            Ask::Checkpoints { realm } => self.checkpoints(&realm),
            Ask::Sign { realm, body } => self.sign(who, &realm, body.identity.as_deref()),
            Ask::Events { realm, page, newest } => self.events(&realm, &page, newest),
            Ask::Event { event } => self.event(&event),
            Ask::EventProof { event } => self.event_proof(&event),
            Ask::EventRun { event } => self.event_run(&event),
            Ask::Record { realm, body } => self.record(who, &realm, body),
            Ask::Identities { realm, page } => self.identities(&realm, &page),
            Ask::Identity { realm, did } => self.identity(&realm, &did),
            Ask::History { realm, did, page } => self.history(&realm, &did, &page),
            Ask::Ranking { realm, dimension, limit } => {
                self.ranking(&realm, dimension.as_deref(), limit)
            }
            Ask::Trust { realm, did } => self.trust(&realm, &did),
            Ask::Why { realm, did, dimension, limit } => {
                self.why(&realm, &did, dimension.as_deref(), limit)
            }
            Ask::State { realm } => self.roots(&realm),
            Ask::Entries { realm, component, page } => self.entries(&realm, &component, &page),
            Ask::Entry { realm, component, key, prove } => {
                self.entry(&realm, &component, &key, prove)
            }
            ask => self.about_decisions(who, ask),
        }
    }

    fn about_decisions(&self, who: Option<&Principal>, ask: Ask) -> Result<Answer> {
        match ask {
            Ask::Check { realm, body } => self.check(who, &realm, &body),
            Ask::Act { realm, body } => self.act(who, &realm, &body),
            Ask::Complete { decision, body } => self.complete(who, &decision, &body),
            Ask::Approve { decision, body } => self.approve(who, &decision, &body),
            Ask::Decisions { realm, page } => self.decisions(&realm, &page),
            Ask::Bundle { decision } => self.bundle(&decision),
            Ask::Verify { file } => verified(&file),
            Ask::Grants { realm, of, page } => self.grants(&realm, of.as_deref(), &page),
            Ask::Grant { realm, grant } => self.grant(&realm, &grant),
            Ask::Give { realm, body } => self.give(who, &realm, &body),
            Ask::Revoke { realm, grant, body } => {
                self.revoke(who, &realm, &grant, body.identity.as_deref())
            }
            Ask::Policies { realm, page } => self.policies(&realm, &page),
            Ask::Policy { realm, slot } => self.policy(&realm, &slot),
            Ask::Install { realm, slot, body } => self.install(who, &realm, slot, body),
            Ask::Simulate { realm, body } => self.simulate(&realm, &body),
            Ask::Compile(body) => Answer::shown(&super::ecl::compiled_data(body.source)?),
            Ask::Explain(body) => {
                let ask = super::ecl::explained_data(body.source, body.policy, &body.given);
                Answer::shown(&ask?)
            }
            other => Err(crate::NodeError::Unanswered(format!("{other:?}")).into()),
        }
    }
}

fn health(answer: &crate::health::Answer) -> Answer {
    let value = json!(answer.shown());
    match answer.holds {
        true => Answer::of(value),
        false => Answer { content: Content::Unavailable(value), ..Answer::of(Value::Null) },
    }
}

/// Every check of a bundle and what it found. A file that proves nothing is an answer, not an error.
fn verified(file: &[u8]) -> Result<Answer> {
    let report = pluto_decision::bundle::verify(file, &pluto_identity::Zip215Verifier);
    Answer::shown(&super::verify::bundle::data(&report))
}
