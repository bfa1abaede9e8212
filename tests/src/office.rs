//! A realm in which agents act under grants: an owner, two agents, somebody who approves, a policy.
//!
//! Seeds and times are fixed, so every event, proof and file is the same each time.

use std::sync::{Arc, LazyLock};

use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned, RoundVote};
use pluto_core::{Canonical, Did, Digest, EventId, Kind, RealmId, Run, Verdict};
use pluto_decision::audit::{Audit, Leaf};
use pluto_decision::bundle::Bundle;
use pluto_decision::payload::{ActionDecided, ApprovalGiven, Claim, Ended, ExecutionCompleted};
use pluto_decision::{ActionRequest, Judge, Question, READERS};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::{ExecutionMode, PolicyInstalled, Vm};
use pluto_engines::finality::WitnessSet;
use pluto_error::Result;
use pluto_identity::grant::{Grant, GrantId, GrantRevoked, grant_id};
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::{Node, Witnessed};
use pluto_storage::{LogOptions, Store};
use tempfile::TempDir;

use crate::people::{Person, Writer, person, spirit};

/// Realm time of the first checkpoint in Unix milliseconds.
pub const OPENED_MS: u64 = 1_700_000_000_000;
/// How long people have for an answer.
pub const HOUR_MS: u64 = 3_600_000;
/// Nobody drops anything, large amounts are for people to decide, everything else is allowed.
pub const POLICY: &str = r#"
policy action on controller (action: text<128>, amount: int, env: option<symbol>) {
  deny if action == "drop", "nobody drops anything"
  if amount > 100 { escalate { timeout: 1h, fallback: deny } }
  deny if env == sandbox, "not in the sandbox"
  allow
}
"#;

static VM: LazyLock<Arc<Vm>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "nothing can be tested without it")]
    Arc::new(Vm::new(ExecutionMode::Legacy, None).expect("an engine for policies"))
});

/// Who is there.
pub struct Staff {
    /// Opened the realm, and signs its checkpoints.
    pub owner: Person,
    /// An AI agent.
    pub agent: Person,
    /// An AI agent that gets its grants from the other one.
    pub helper: Person,
    /// May approve where a grant says so.
    pub approver: Person,
}

impl Staff {
    /// Four people, from number `first` on.
    #[must_use]
    pub fn from(first: u8) -> Self {
        Self {
            owner: person(first),
            agent: spirit(first + 1),
            helper: spirit(first + 2),
            approver: person(first + 3),
        }
    }
}

/// The realm on a node of its own.
pub struct Office {
    /// The node.
    pub node: Node,
    /// Its own picture of the realm.
    pub writer: Writer,
    /// Everything that was written.
    pub runs: Vec<Run>,
    pub(crate) dir: TempDir,
}

/// A grant for reading and writing in production.
#[must_use]
pub fn grant(parent: Option<GrantId>, delegate: Did) -> Grant {
    let patterns = |texts: &[&str]| texts.iter().flat_map(|text| text.parse()).collect();
    Grant {
        nonce: [7; 16],
        parent,
        delegate,
        actions: patterns(&["read", "write", "drop"]),
        resources: patterns(&["prod/**"]),
        expires_ms: OPENED_MS + 1_000 * HOUR_MS,
        hops: u8::from(parent.is_none()),
        rate: None,
        budget: None,
        approvers: Vec::new(),
        factor_ppm: 1_000_000,
    }
}

/// What somebody asks for in production.
#[must_use]
pub fn request(action: &str, amount: u64) -> ActionRequest {
    ActionRequest { amount, ..ActionRequest::new(action, "prod/users") }
}

impl Office {
    /// An empty node beside others.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn node() -> Result<(Node, TempDir)> {
        #[expect(clippy::expect_used, reason = "nothing can be tested without it")]
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path(), LogOptions::default())?;
        Ok((Node::start_with(store, &VM, &|_| {})?, dir))
    }

    /// Everybody joins, the owner installs the policy and signs the first checkpoint.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn open(staff: &Staff) -> Result<Self> {
        let (node, dir) = Self::node()?;
        let (mut writer, genesis) = Writer::open(&staff.owner);
        let mut runs = vec![genesis];
        runs.extend([&staff.agent, &staff.helper, &staff.approver].map(|one| writer.join(one)));
        let mut office = Self { node, writer, runs: Vec::new(), dir };
        for run in runs {
            office.submit(run)?;
        }
        office.install(&staff.owner, POLICY)?;
        office.checkpoint(&staff.owner, 1, OPENED_MS)?;
        Ok(office)
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> RealmId {
        self.writer.realm()
    }

    /// Writes a run and waits; the verdict on its last event.
    ///
    /// # Errors
    /// What admission says.
    pub fn submit(&mut self, run: Run) -> Result<Verdict> {
        let receipt = self.node.system().submit(Source::Local, run.encode())?.wait()?;
        self.runs.push(run);
        Ok(receipt.events.last().map_or(Verdict::Effective, |event| event.verdict))
    }

    /// Writes one event.
    ///
    /// # Errors
    /// What admission says.
    pub fn write(
        &mut self,
        author: &Person,
        kind: Kind,
        payload: &[u8],
    ) -> Result<(EventId, Verdict)> {
        let event = self.writer.event(author, kind, payload);
        let id = event.id;
        Ok((id, self.submit(author.sign(vec![event]))?))
    }

    /// Puts a policy into the slot of actions.
    ///
    /// # Errors
    /// What admission says.
    ///
    /// # Panics
    /// When it does not compile.
    pub fn install(&mut self, author: &Person, source: &str) -> Result<(EventId, Verdict)> {
        let compiled = pluto_ecl::compile::compile(source);
        #[expect(clippy::panic, reason = "policies of tests compile")]
        let (_, module) = compiled.result.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let artifact = Artifact { edition: 1, source: source.to_owned(), module, wasm: None };
        let installed = PolicyInstalled { slot: "actions".into(), artifact: artifact.to_bytes()? };
        self.write(author, Kind::PolicyInstalled, &installed.encode())
    }

    /// Gives a grant.
    ///
    /// # Errors
    /// What admission says.
    pub fn give(&mut self, issuer: &Person, grant: &Grant) -> Result<GrantId> {
        self.write(issuer, Kind::DelegationCreated, &grant.encode())?;
        Ok(grant_id(self.realm(), issuer.did(), grant))
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// What admission says.
    pub fn revoke(&mut self, author: &Person, grant: GrantId) -> Result<(EventId, Verdict)> {
        self.write(author, Kind::DelegationRevoked, &GrantRevoked { grant }.encode())
    }

    /// What a decision says that is made now.
    ///
    /// # Errors
    /// When the realm is not here.
    pub fn decided(
        &self,
        actor: Did,
        grant: Option<GrantId>,
        approval: Option<EventId>,
        request: &ActionRequest,
    ) -> Result<ActionDecided> {
        let snapshot = self.node.snapshot(self.realm())?;
        let at_ms = OPENED_MS + 1;
        let question = Question { actor, request, grant, approval, at_ms };
        let answer = Judge::new(Arc::clone(&VM), READERS).judge(&*snapshot, &question).answer;
        let roots = snapshot.roots();
        let claim = Claim { position: roots.position, state_root: roots.state, answer };
        Ok(ActionDecided { request: request.clone(), grant, approval, at_ms, claim })
    }

    /// Decides and records.
    ///
    /// # Errors
    /// What admission says.
    pub fn act(
        &mut self,
        actor: &Person,
        grant: Option<GrantId>,
        approval: Option<EventId>,
        request: &ActionRequest,
    ) -> Result<(EventId, Verdict)> {
        let decided = self.decided(actor.did(), grant, approval, request)?;
        self.write(actor, Kind::ActionDecided, &decided.encode())
    }

    /// Records that an action ended well.
    ///
    /// # Errors
    /// What admission says.
    pub fn complete(&mut self, actor: &Person, decision: EventId) -> Result<(EventId, Verdict)> {
        let (ended, result) = (Ended::Exited(0), Digest([5; 32]));
        let done = ExecutionCompleted { decision, ended, result, result_bytes: 42 };
        self.write(actor, Kind::ExecutionCompleted, &done.encode())
    }

    /// Answers a decision that asks people.
    ///
    /// # Errors
    /// What admission says.
    pub fn approve(&mut self, who: &Person, decision: EventId) -> Result<(EventId, Verdict)> {
        let given = ApprovalGiven { decision, approve: true };
        self.write(who, Kind::ApprovalGiven, &given.encode())
    }

    /// Signs a checkpoint over everything so far.
    ///
    /// # Errors
    /// What admission says.
    pub fn checkpoint(
        &mut self,
        owner: &Person,
        number: u64,
        time_ms: u64,
    ) -> Result<(EventId, Verdict)> {
        let roots = self.node.snapshot(self.realm())?.roots();
        let signed = CheckpointSigned {
            number,
            time_ms,
            size: roots.position,
            event_set_root: Digest::ZERO,
            log_root: roots.log,
            state_root: roots.state,
        };
        self.write(owner, Kind::CheckpointSigned, &signed.encode())
    }

    /// Declares who witnesses from the next border on.
    ///
    /// # Errors
    /// What admission says.
    pub fn declare(
        &mut self,
        author: &Person,
        witnesses: &[&Person],
        threshold: Option<usize>,
    ) -> Result<(EventId, Verdict)> {
        let set = WitnessSet::new(witnesses.iter().map(|one| one.did()), threshold)?;
        self.write(author, Kind::WitnessesDeclared, &set.encode())
    }

    /// Has witnesses sign a chained checkpoint over everything so far, the first of them proposes it;
    /// gives its payload hash.
    ///
    /// # Errors
    /// What admission says.
    pub fn cosign(
        &mut self,
        signers: &[&Person],
        number: u64,
        time_ms: u64,
        extends: Digest,
    ) -> Result<Digest> {
        let chained = self.chained(number, time_ms, extends)?;
        for signer in signers {
            let run = self.writer.cosign(signer, &chained);
            self.submit(run)?;
        }
        Ok(chained.hash())
    }

    /// The same in a round: all prepare it, then all commit it.
    ///
    /// # Errors
    /// What admission says.
    pub fn agree(
        &mut self,
        signers: &[&Person],
        number: u64,
        time_ms: u64,
        extends: Digest,
    ) -> Result<Digest> {
        let chained = self.chained(number, time_ms, extends)?;
        for commits in [false, true] {
            for signer in signers {
                let vote = RoundVote { chained: chained.clone(), round: number, commits };
                let run = self.writer.vote(signer, &vote);
                self.submit(run)?;
            }
        }
        Ok(chained.hash())
    }

    fn chained(&self, number: u64, time_ms: u64, extends: Digest) -> Result<ChainedCheckpoint> {
        let roots = self.node.snapshot(self.realm())?.roots();
        let checkpoint = CheckpointSigned {
            number,
            time_ms,
            size: roots.position,
            event_set_root: self.writer.event_set_root(),
            log_root: roots.log,
            state_root: roots.state,
        };
        Ok(ChainedCheckpoint { checkpoint, extends })
    }

    /// The bundle of a decision under the newest checkpoint.
    ///
    /// # Errors
    /// When that does not cover it.
    pub fn bundle(&self, decision: EventId) -> Result<Bundle> {
        let position = self.node.position_of(self.realm(), decision)?;
        let witnessed = self.node.witnessed(self.realm(), position, None)?;
        let mut bundles = self.node.bundles(self.realm(), &[decision], &witnessed, &|_| {})?;
        bundles.pop().ok_or_else(|| {
            pluto_decision::DecisionError::NotProvable("no bundle was made".into()).into()
        })
    }

    /// The audit file from place `first` on under the newest checkpoint.
    ///
    /// # Errors
    /// When there is none.
    pub fn audit(&self, first: u64) -> Result<Audit> {
        let realm = self.realm();
        let witnessed = self.node.witnessed(realm, first, None)?;
        let end = witnessed.checkpoint.size;
        let (places, range) = self.node.system().ask(realm, move |view| {
            Ok((view.places(first..end)?, view.range_proof(first..end, end)?))
        })?;
        let leaves = places.iter().map(|place| Leaf {
            id: place.id,
            verdict: place.verdict,
            judged_on: place.judged_on.as_deref().copied(),
        });
        let leaves: Vec<Leaf> = leaves.collect();
        let decisions: Vec<EventId> =
            leaves.iter().filter(|leaf| leaf.is_judged()).map(|leaf| leaf.id).collect();
        let bundles = self.node.bundles(realm, &decisions, &witnessed, &|_| {})?;
        let no_bundle = || pluto_decision::DecisionError::NotProvable("no decision".into());
        let shown = bundles.first().ok_or_else(no_bundle)?;
        let genesis = shown.genesis.clone();
        let Witnessed { parties, witnessing, .. } = witnessed;
        Ok(Audit { genesis, parties, witnessing, first, leaves, range, bundles })
    }
}
