//! The desk: asks the judge about a version of a realm, and has what it decided recorded.
//!
//! Asking writes nothing and needs no key. Acting writes a decision that the actor signs; what counts
//! is the answer of the fold, not the one given before.

use std::sync::{Arc, Mutex, PoisonError};

use pluto_core::state::{MemberRecord, member_key, read};
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, Component, Did, Digest, EventId, Kind, RealmId, Verdict};
use pluto_decision::payload::{ActionDecided, ApprovalGiven, Claim, ExecutionCompleted};
use pluto_decision::record::{DecisionRecord, Escalation, decision_key};
use pluto_decision::{
    ACTIONS_SLOT, ActionRequest, Answer, Judge, Judgement, Question, READERS, Refusal, Said,
    acts_alone,
};
use pluto_eclvm::Vm;
use pluto_engines::finality::is_chained;
use pluto_error::Result;
use pluto_identity::grant::{self, GrantId};
use pluto_nervous_system::Snapshot;
use pluto_realm::quota::{Obstacle, obstacle};

use super::proposed::Proposed;
use super::{Author, Node, SystemClock, Written};
use crate::error::NodeError;
use crate::output::time;

/// How far the realm's time may stand back before it is too old to act on, in milliseconds.
pub const STALENESS_MS_MAX: u64 = 300_000;
/// Grants that are tried before the first refusal is the answer.
const GRANTS_TRIED_MAX: usize = 16;

/// What somebody wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What is to be done.
    pub request: ActionRequest,
    /// Under which grant; the desk looks for one where none is named.
    pub grant: Option<GrantId>,
    /// The decision that asked people first.
    pub approval: Option<EventId>,
}

/// On what knowledge an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// Events before the question.
    pub position: u64,
    /// The state root.
    pub state_root: Digest,
    /// Realm time in Unix milliseconds.
    pub realm_time_ms: u64,
    /// How far it stands behind this node's clock.
    pub age_ms: u64,
}

impl AsOf {
    /// Whether that is too old to act on.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.age_ms > STALENESS_MS_MAX
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// The reason in words.
    pub reason: String,
    /// The grant that was used.
    pub grant: Option<GrantId>,
    /// All grants of its chain, the actor's own first.
    pub path: Vec<GrantId>,
    /// What the policy asks for besides.
    pub obligations: Vec<pluto_core::policy::Effect>,
    /// What an escalation waits for.
    pub escalation: Option<Escalation>,
    /// On what knowledge.
    pub as_of: AsOf,
    /// What the realm's rules and quotas hold against any decision of the actor.
    pub obstacle: Option<Obstacle>,
}

/// A recorded decision.
#[derive(Clone, Debug)]
pub struct Acted {
    /// The event.
    pub decision: EventId,
    /// What the desk answered before it was recorded.
    pub claimed: Answered,
    /// The answer of the fold.
    pub answer: Answer,
    /// Whether the decision has effect: what its policy asks for may be out of bounds.
    pub verdict: Verdict,
}

impl Acted {
    /// Whether the action may be done.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.answer.said == Said::Allow && self.verdict.is_effective()
    }
}

/// Asks the judge on behalf of a node.
pub struct Desk {
    judge: Judge,
    /// Judges by policies that are merely proposed, so that these push out of memory none that holds.
    trial: Judge,
    /// The newest list of grants, by the root of the map it was made from.
    grants: Mutex<Option<(Digest, Arc<Grants>)>>,
}

type Grants = Vec<(Vec<u8>, Vec<u8>)>;

impl Desk {
    /// A desk whose policies are run by `vm`.
    #[must_use]
    pub fn new(vm: Arc<Vm>) -> Self {
        let trial = Judge::new(Arc::clone(&vm), READERS);
        Self { judge: Judge::new(vm, READERS), trial, grants: Mutex::new(None) }
    }

    /// What would be decided now; nothing is written.
    #[must_use]
    pub fn check(&self, snapshot: &Snapshot, actor: Did, wish: &Wish) -> Answered {
        self.check_in(snapshot, (&self.judge, snapshot), actor, wish)
    }

    /// What would be decided now if the artifact were the realm's policy of actions; nothing is written.
    #[must_use]
    pub fn try_on(
        &self,
        snapshot: &Snapshot,
        artifact: &[u8],
        actor: Did,
        wish: &Wish,
    ) -> Answered {
        let proposed = Proposed::new(snapshot, ACTIONS_SLOT, artifact);
        self.check_in(snapshot, (&self.trial, &proposed), actor, wish)
    }

    fn check_in(
        &self,
        snapshot: &Snapshot,
        by: (&Judge, &dyn StateView),
        actor: Did,
        wish: &Wish,
    ) -> Answered {
        let now_ms = SystemClock.now_ms();
        let answered = self.judged(snapshot, by, actor, wish, now_ms);
        let length = decided(wish, &answered, now_ms).encode().len();
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        match obstacle(snapshot, actor, Kind::ActionDecided, length) {
            // The fold would not even ask the policy.
            Some(found) => shut_out(answered.as_of, found),
            None => answered,
        }
    }

    fn judged(
        &self,
        snapshot: &Snapshot,
        (judge, view): (&Judge, &dyn StateView),
        actor: Did,
        wish: &Wish,
        now_ms: u64,
    ) -> Answered {
        let judged = |grant| {
            let (request, approval) = (&wish.request, wish.approval);
            let question = Question { actor, request, grant, approval, at_ms: now_ms };
            (grant, judge.judge(view, &question))
        };
        let named = wish.grant.or_else(|| granted_before(snapshot, wish.approval));
        let (grant, judgement) = match named {
            Some(grant) => judged(Some(grant)),
            None if acts_alone(actor, is_member(snapshot, actor)) => judged(None),
            None => {
                let candidates = self.candidates(snapshot, actor, &wish.request, now_ms);
                let mut tried = candidates.into_iter().map(|grant| judged(Some(grant)));
                let first = tried.next().unwrap_or_else(|| judged(None));
                let allows = |(_, one): &(_, Judgement)| one.answer.said != Said::Deny;
                if allows(&first) { first } else { tried.find(allows).unwrap_or(first) }
            }
        };
        answered(snapshot, grant, judgement, now_ms)
    }

    /// Grants that may carry a request, the nearest to the realm first.
    fn candidates(
        &self,
        snapshot: &Snapshot,
        actor: Did,
        request: &ActionRequest,
        at_ms: u64,
    ) -> Vec<GrantId> {
        let ActionRequest { action, resource, amount, .. } = request;
        let asked = grant::Asked { actor, action, resource, amount: *amount, at_ms };
        let grants = self.grants_of(snapshot);
        let entries = grants.iter().map(|(key, value)| (key.as_slice(), value.as_slice()));
        let mut found = grant::covering(entries, &asked);
        found.truncate(GRANTS_TRIED_MAX);
        found
    }

    fn grants_of(&self, snapshot: &Snapshot) -> Arc<Grants> {
        let map = snapshot.entries(Component::Controller);
        let root = map.root();
        let mut kept = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, grants)) = kept.as_ref().filter(|(known, _)| *known == root) {
            return Arc::clone(grants);
        }
        let entries = map.iter().filter(|(key, _)| key.first() == Some(&b'g'));
        let grants: Grants = entries.map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
        let grants = Arc::new(grants);
        *kept = Some((root, Arc::clone(&grants)));
        grants
    }

    /// Decides and records; `witness` may sign a checkpoint when the realm's time is too old.
    ///
    /// # Errors
    /// `NOD-0020` when it is and nobody can; `NOD-0021` when a quota or a quarantine makes any decision
    /// void; what the node says to a write.
    pub fn act(
        &self,
        node: &Node,
        realm: RealmId,
        actor: &Author<'_>,
        witness: Option<&Author<'_>>,
        wish: &Wish,
    ) -> Result<Acted> {
        wish.request.check()?;
        let snapshot = fresh(node, realm, witness)?;
        let claimed = self.check(&snapshot, actor.did(), wish);
        if let Some(found) = claimed.obstacle {
            return Err(NodeError::Refused(words_of(found)).into());
        }
        let decided = decided(wish, &claimed, SystemClock.now_ms());
        let written = actor.record(node, realm, Kind::ActionDecided, &decided.encode())?;
        let decision = written.event.id;
        let after = node.snapshot(realm)?;
        let record: Option<DecisionRecord> =
            read(&*after, Component::Execution, &decision_key(&decision));
        let missing = || NodeError::NoEffect {
            id: decision.to_string(),
            verdict: written.event.verdict.to_string(),
        };
        let answer = record.ok_or_else(missing)?.answer;
        let verdict = written.event.verdict;
        Ok(Acted { decision, claimed, answer, verdict })
    }
}

/// Records how an allowed action ended.
///
/// # Errors
/// `NOD-0008` when it was not allowed, is another actor's, or has been recorded before.
pub fn complete(
    node: &Node,
    realm: RealmId,
    actor: &Author<'_>,
    completed: &ExecutionCompleted,
) -> Result<Written> {
    actor.write(node, realm, Kind::ExecutionCompleted, &completed.encode())
}

/// Records a person's answer to a decision that asks people.
///
/// # Errors
/// `NOD-0008` when it does not ask, no longer asks, or asks others.
pub fn approve(
    node: &Node,
    realm: RealmId,
    person: &Author<'_>,
    decision: EventId,
    approve: bool,
) -> Result<Written> {
    let given = ApprovalGiven { decision, approve };
    person.write(node, realm, Kind::ApprovalGiven, &given.encode())
}

/// A version of the realm whose time is not too old, with a checkpoint signed for it if need be.
fn fresh(node: &Node, realm: RealmId, witness: Option<&Author<'_>>) -> Result<Arc<Snapshot>> {
    let snapshot = node.snapshot(realm)?;
    let now_ms = SystemClock.now_ms();
    let as_of = as_of(&snapshot, now_ms);
    if !as_of.is_stale() {
        return Ok(snapshot);
    }
    let creator = snapshot.rules().map(|rules| rules.creator);
    // Declared witnesses move the clock together.
    let alone = witness.filter(|_| !is_chained(&*snapshot));
    match alone.filter(|witness| Some(witness.did()) == creator) {
        Some(witness) => {
            witness.sign_checkpoint(node, realm, now_ms)?;
            node.snapshot(realm)
        }
        None => {
            let (age_s, bound_s) = (as_of.age_ms / 1_000, STALENESS_MS_MAX / 1_000);
            Err(NodeError::Stale { age_s, bound_s }.into())
        }
    }
}

fn as_of(snapshot: &Snapshot, now_ms: u64) -> AsOf {
    let (roots, realm_time_ms) = (snapshot.roots(), snapshot.time_ms());
    let age_ms = now_ms.saturating_sub(realm_time_ms);
    AsOf { position: roots.position, state_root: roots.state, realm_time_ms, age_ms }
}

fn is_member(snapshot: &Snapshot, who: Did) -> bool {
    let member: Option<MemberRecord> = read(snapshot, Component::Realm, &member_key(who));
    member.is_some_and(|member| !member.banned)
}

/// An approval is for the grant that was asked about.
fn granted_before(snapshot: &Snapshot, approval: Option<EventId>) -> Option<GrantId> {
    let record: DecisionRecord = read(snapshot, Component::Execution, &decision_key(&approval?))?;
    record.grant
}

fn answered(
    snapshot: &Snapshot,
    grant: Option<GrantId>,
    judgement: Judgement,
    now_ms: u64,
) -> Answered {
    let reason = judgement.reason();
    let Judgement { answer, escalation, effects, chain, .. } = judgement;
    let path = chain.as_ref().map(|chain| chain.ids().collect()).unwrap_or_default();
    let as_of = as_of(snapshot, now_ms);
    let (obligations, obstacle) = (effects, None);
    Answered { answer, reason, grant, path, obligations, escalation, as_of, obstacle }
}

/// The event that records an answer.
fn decided(wish: &Wish, claimed: &Answered, at_ms: u64) -> ActionDecided {
    let AsOf { position, state_root, .. } = claimed.as_of;
    ActionDecided {
        request: wish.request.clone(),
        grant: claimed.grant,
        approval: wish.approval,
        at_ms,
        claim: Claim { position, state_root, answer: claimed.answer },
    }
}

/// No, whatever the policy says: a decision would be void.
fn shut_out(as_of: AsOf, obstacle: Obstacle) -> Answered {
    // No refusal of the judge: in a recorded decision this answer cannot stand.
    let answer = Answer { refusal: None, ..Answer::refused(Refusal::NoStanding) };
    Answered {
        answer,
        reason: words_of(obstacle),
        grant: None,
        path: Vec::new(),
        obligations: Vec::new(),
        escalation: None,
        as_of,
        obstacle: Some(obstacle),
    }
}

fn words_of(obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle::Silenced => "the realm's rules deny the actor a voice".to_owned(),
        Obstacle::ForbiddenKind => "the realm's rules allow no decisions".to_owned(),
        Obstacle::TooLong { bytes_max } => {
            format!("the decision is longer than the {bytes_max} bytes the realm's rules allow")
        }
        Obstacle::Quarantined { until_ms } => {
            format!("the actor is in quarantine until {} (realm time)", time(until_ms))
        }
        Obstacle::UsedUp(resource) => {
            format!("the actor's quota of {} is used up", resource.as_str())
        }
    }
}
