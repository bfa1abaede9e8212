//! The replay of a process log into a realm.
//!
//! Each step is named in the saga of its case too, under the same signature as the decision about it.
//!
//! A step is judged on what the steps before it left in the case file, so the answer to one must be
//! known before the next of that case is written. The replay writes on until a case comes a second
//! time (or somebody is new, or a day begins); then it has what is open folded by a rehearsal in memory,
//! looks at the answers, and has steps that were denied reported. The node is given each day at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pluto_core::payload::{Admission, RealmGenesis};
use pluto_core::state::read;
use pluto_core::{Canonical, Component, Did, Digest, EventId, Kind, RealmId};
use pluto_decision::payload::{ActionDecided, Claim};
use pluto_decision::record::{DecisionRecord, decision_key};
use pluto_decision::{ACTION_POLICY, ACTIONS_SLOT, ActionRequest, Answer, ContextValue, Said};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::PolicyInstalled;
use pluto_error::{Code, Coded, Result};
use pluto_identity::IdentitySecret;
use pluto_identity::credential::CredentialIssued;
use pluto_nervous_system::Snapshot;
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_realm::saga::SagaProgress;
use thiserror::Error;

use super::cases::Cases;
use super::phases::{Phases, timed};
use super::{Day, LogEvent, Tally, codes};
use crate::node::{Node, Rehearsal, Wish, checkpoint_over};
use crate::outbox::Outbox;
use crate::scribe::Scribe;

/// Numbers of people in process logs begin here: raters of `pluto import ratings` are below, so nobody
/// of one realm is somebody of the other.
const FIRST_NUMBER: u32 = 1 << 31;
/// The end of the year 9999: credentials of a log end by nothing it says.
const NEVER_MS: u64 = 253_402_300_799_999;
/// The action that tells of a step that was denied and done.
const REPORT: &str = "report";

/// A step whose answer is not known yet.
struct Asked<'e> {
    event: &'e LogEvent,
    actor: Did,
    decision: EventId,
    claimed: Answer,
}

/// A replay under way.
pub struct Replay<'a> {
    node: &'a Node,
    outbox: Outbox<'a>,
    name: String,
    scribe: Scribe<'a>,
    /// The number of each name.
    numbers: HashMap<String, u32>,
    rehearsal: Rehearsal,
    /// The newest version that was rehearsed.
    snapshot: Arc<Snapshot>,
    artifact: Artifact,
    cases: Cases,
    /// Who holds which credential.
    roles: HashSet<(Did, String)>,
    /// Rehearsed, and not given to the node yet.
    rehearsed: Vec<Arc<[u8]>>,
    checkpoints: u64,
    runs: usize,
    proven: String,
    tally: Tally,
    phases: Phases,
}

/// The node does not fold as the rehearsal did.
#[derive(Debug, Error)]
#[error("the node came to root `{found}`, the rehearsal to `{expected}`")]
struct FoldsDiffer {
    expected: Digest,
    found: Digest,
}

impl Coded for FoldsDiffer {
    fn code(&self) -> Code {
        codes::FOLDS_DIFFER
    }
}

impl<'a> Replay<'a> {
    /// Opens the realm and installs the policy. Of the steps allowed, the first whose name begins with
    /// `proven` is kept.
    ///
    /// # Errors
    /// `NOD-0012` when a realm of that name is here; when it cannot be written.
    pub fn begin(
        node: &'a Node,
        owner: &'a IdentitySecret,
        name: &str,
        artifact: Artifact,
        proven: &str,
        wall_ms: u64,
    ) -> Result<Self> {
        node.check_new_name(name)?;
        let genesis = RealmGenesis {
            name: name.to_owned(),
            admission: Admission::Open,
            trust_roots: Vec::new(),
            creator: owner.inception().clone(),
        };
        let mut scribe = Scribe::open(owner, &genesis, wall_ms);
        let (slot, bytes) = (ACTIONS_SLOT.to_owned(), artifact.to_bytes()?);
        let installed = PolicyInstalled { slot, artifact: bytes };
        scribe.write(owner.did(), Kind::PolicyInstalled, &installed.encode(), wall_ms)?;
        let rehearsal = Rehearsal::open()?;
        let rehearsed = scribe.take()?;
        rehearse(&rehearsal, &rehearsed)?;
        Ok(Self {
            node,
            outbox: Outbox::new(node),
            name: name.to_owned(),
            numbers: HashMap::new(),
            snapshot: rehearsal.snapshot(scribe.realm())?,
            runs: rehearsed.len(),
            scribe,
            rehearsal,
            artifact,
            cases: Cases::default(),
            roles: HashSet::new(),
            rehearsed,
            checkpoints: 0,
            proven: proven.to_owned(),
            tally: Tally::default(),
            phases: Phases::default(),
        })
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> RealmId {
        self.scribe.realm()
    }

    /// How many people have appeared.
    #[must_use]
    pub fn people(&self) -> usize {
        self.scribe.people()
    }

    /// How many credentials were issued.
    #[must_use]
    pub fn credentials(&self) -> usize {
        self.roles.len()
    }

    /// How many signatures all that has taken.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// What was found.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Where the time went.
    #[must_use]
    pub fn phases(&self) -> Phases {
        self.phases
    }

    /// Writes one day: the checkpoint that opens it, what times out and begins, then its steps, then what
    /// ends.
    ///
    /// # Errors
    /// When the node takes no writes.
    pub fn day(&mut self, day: &Day<'_>) -> Result<()> {
        let (realm, owner, steps) = (self.realm(), self.scribe.owner(), day.steps);
        self.checkpoint(day.start_ms)?;
        let said = self.cases.morning(realm, &self.name, day.start_ms, steps, owner);
        self.say_all(said, day.start_ms)?;
        self.fold()?;
        let (mut asked, mut touched) = (Vec::new(), HashSet::new());
        for event in steps {
            let is_news = self.meet(event)?;
            if is_news || !touched.insert(event.case.as_str()) {
                self.learn(&mut asked)?;
                touched.clear();
                touched.insert(event.case.as_str());
            }
            asked.push(self.ask(event)?);
        }
        self.learn(&mut asked)?;
        let said = self.cases.evening(&day.ends);
        self.say_all(said, steps.last().map_or(day.start_ms, |step| step.time_ms))?;
        self.fold()?;
        let runs = std::mem::take(&mut self.rehearsed);
        timed(&mut self.phases.storing, || self.outbox.send(runs))
    }

    /// Waits until everything is durable, and compares the roots.
    ///
    /// # Errors
    /// `NOD-0117` when the node came to another root; when it takes no writes.
    pub fn finish(&mut self) -> Result<Roots> {
        self.tally.cases = self.cases.count(&*self.snapshot);
        timed(&mut self.phases.storing, || self.outbox.settle())?;
        let (expected, found) = (self.snapshot.roots(), self.node.snapshot(self.realm())?.roots());
        if expected != found {
            let (expected, found) = (expected.state, found.state);
            return Err(FoldsDiffer { expected, found }.into());
        }
        Ok(found)
    }

    fn checkpoint(&mut self, time_ms: u64) -> Result<()> {
        self.checkpoints += 1;
        let (roots, heads) = (self.snapshot.roots(), self.snapshot.heads());
        let checkpoint = checkpoint_over(&roots, heads, self.checkpoints, time_ms);
        let (owner, kind) = (self.scribe.owner(), Kind::CheckpointSigned);
        self.scribe.write(owner, kind, &checkpoint.encode(), time_ms).map(drop)
    }

    /// What the owner says about cases.
    fn say_all(&mut self, said: Vec<SagaProgress>, at_ms: u64) -> Result<()> {
        let (owner, kind) = (self.scribe.owner(), Kind::SagaProgress);
        let mut write = |word: SagaProgress| self.scribe.write(owner, kind, &word.encode(), at_ms);
        said.into_iter().try_for_each(|word| write(word).map(drop))
    }

    /// Introduces who appears for the first time, and certifies the group. Whether there was news.
    fn meet(&mut self, event: &LogEvent) -> Result<bool> {
        let people = self.people();
        let subject = self.person(&event.person, event.time_ms)?;
        let is_new = self.people() > people;
        let Some(group) = &event.group else { return Ok(is_new) };
        if !self.roles.insert((subject, group.clone())) {
            return Ok(is_new);
        }
        let issued = CredentialIssued {
            subject,
            schema: group.clone(),
            claims: Digest::ZERO,
            expires_ms: NEVER_MS,
        };
        let (owner, kind) = (self.scribe.owner(), Kind::CredentialIssued);
        self.scribe.write(owner, kind, &issued.encode(), event.time_ms)?;
        Ok(true)
    }

    fn person(&mut self, name: &str, wall_ms: u64) -> Result<Did> {
        let next = FIRST_NUMBER | u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = self.numbers.get(name).copied().unwrap_or(next);
        if number == next {
            self.numbers.insert(name.to_owned(), number);
        }
        self.scribe.person(number, name, wall_ms)
    }

    fn request(&self, event: &LogEvent) -> ActionRequest {
        let resource = format!("{}/{}", self.name, event.case);
        let mut request = ActionRequest::new(&event.activity, resource);
        request.set("at", moment(event.time_ms));
        if let Some(deadline_ms) = event.deadline_ms {
            request.set("deadline", moment(deadline_ms));
        }
        request
    }

    /// Writes the decision about a step, with the answer on the version at hand as its claim, and the step
    /// into the saga of its case: the log shows that it was done.
    fn ask<'e>(&mut self, event: &'e LogEvent) -> Result<Asked<'e>> {
        let actor = self.person(&event.person, event.time_ms)?;
        let (decision, claimed) = self.decide(actor, self.request(event), event.time_ms)?;
        if let Some(word) = self.cases.step(event, decision) {
            self.scribe.write(actor, Kind::SagaProgress, &word.encode(), event.time_ms)?;
        }
        Ok(Asked { event, actor, decision, claimed })
    }

    fn decide(
        &mut self,
        actor: Did,
        request: ActionRequest,
        at_ms: u64,
    ) -> Result<(EventId, Answer)> {
        let wish = Wish { request, grant: None, approval: None };
        let (desk, snapshot) = (self.node.desk(), &self.snapshot);
        let judge = || desk.check(snapshot, actor, &wish).answer;
        let answer = timed(&mut self.phases.judging, judge);
        let roots = self.snapshot.roots();
        let claim = Claim { position: roots.position, state_root: roots.state, answer };
        let request = wish.request;
        let decided = ActionDecided { request, grant: None, approval: None, at_ms, claim };
        let id = self.scribe.write(actor, Kind::ActionDecided, &decided.encode(), at_ms)?;
        Ok((id, answer))
    }

    /// Learns what the fold says about the steps asked for; those it denies are reported.
    fn learn(&mut self, asked: &mut Vec<Asked<'_>>) -> Result<()> {
        self.fold()?;
        let mut reports = Vec::new();
        for Asked { event, actor, decision, claimed } in asked.drain(..) {
            let answer = self.answer(decision).unwrap_or(claimed);
            self.tally.mistaken += usize::from(answer.said != claimed.said);
            let policy = self.artifact.module.policies.iter();
            let policy = policy.into_iter().find(|policy| policy.name == ACTION_POLICY);
            self.tally.count(event, decision, &answer, policy, &self.proven);
            if answer.said != Said::Allow {
                let ActionRequest { resource, context, .. } = self.request(event);
                let (action, amount) = (REPORT.to_owned(), 0);
                let mut request = ActionRequest { action, resource, amount, context };
                request.set("reported", ContextValue::Text(event.activity.clone()));
                reports.push(self.decide(actor, request, event.time_ms)?.0);
            }
        }
        if !reports.is_empty() {
            self.fold()?;
            let told = |id: &EventId| self.answer(*id).is_some_and(|it| it.said == Said::Allow);
            self.tally.reported += reports.iter().filter(|id| told(id)).count();
        }
        Ok(())
    }

    /// The answer of the fold.
    fn answer(&self, decision: EventId) -> Option<Answer> {
        let key = decision_key(&decision);
        let record: Option<DecisionRecord> = read(&*self.snapshot, Component::Execution, &key);
        record.map(|record| record.answer)
    }

    /// Has what was written folded by the rehearsal.
    fn fold(&mut self) -> Result<()> {
        let runs = self.scribe.take()?;
        if !runs.is_empty() {
            timed(&mut self.phases.rehearsing, || rehearse(&self.rehearsal, &runs))?;
            self.phases.folds += 1;
            self.snapshot = self.rehearsal.snapshot(self.realm())?;
            self.runs += runs.len();
            self.rehearsed.extend(runs);
        }
        Ok(())
    }
}

fn rehearse(rehearsal: &Rehearsal, runs: &[Arc<[u8]>]) -> Result<()> {
    let tickets: Result<Vec<_>> =
        runs.iter().map(|run| rehearsal.submit(Arc::clone(run))).collect();
    tickets?.into_iter().try_for_each(|ticket| ticket.wait().map(drop))
}

fn moment(ms: u64) -> ContextValue {
    ContextValue::Time(i64::try_from(ms).unwrap_or(i64::MAX))
}
