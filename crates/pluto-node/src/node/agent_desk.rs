//! The desk as agents reach it over MCP: one actor, one realm, on a node that runs.

use std::sync::Arc;

use pluto_api::{
    ActionQuestion, Answer, AsOf, Completion, Fact, GrantSummary, Obligation, Outcome, RateSummary,
    Receipt, Recorded, Status, TypedFact,
};
use pluto_core::state::read;
use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, Component, Digest, EventId, RealmId};
use pluto_decision::payload::{Ended, ExecutionCompleted};
use pluto_decision::record::{DecisionRecord, approval_key, decision_key};
use pluto_decision::{ActionRequest, ContextValue, Said};
use pluto_ecl::show;
use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_identity::grant::{self, GrantId, GrantRecord, UsageRecord, usage_key};
use pluto_nervous_system::Snapshot;

use super::desk::{approve, complete};
use super::{Answered, Author, Node, SystemClock, Wish};
use crate::error::NodeError;

/// Decides for one actor in one realm.
pub struct AgentDesk {
    node: Arc<Node>,
    realm: RealmId,
    keys: Arc<Keystore>,
    actor: String,
}

impl AgentDesk {
    /// A desk for `actor` of the keystore.
    ///
    /// # Errors
    /// `IDN-0015` when the keystore has no such identity.
    pub fn new(
        node: Arc<Node>,
        realm: RealmId,
        keys: impl Into<Arc<Keystore>>,
        actor: &str,
    ) -> Result<Self> {
        let keys = keys.into();
        keys.get(actor)?;
        Ok(Self { node, realm, keys, actor: actor.to_owned() })
    }

    fn author(&self) -> Result<Author<'_>> {
        Ok(Author::new(self.keys.get(&self.actor)?))
    }

    fn realm(&self, name: Option<&str>) -> Result<RealmId> {
        name.map_or(Ok(self.realm), |name| self.node.realm(Some(name)))
    }

    /// The creator of the realm, if this keystore has the key: keeps the realm's clock.
    fn witness(&self, snapshot: &Snapshot) -> Result<Option<Author<'_>>> {
        let creator = snapshot.rules().map(|rules| rules.creator);
        let name = creator.and_then(|creator| self.keys.name_of(&creator));
        name.map(|name| Ok(Author::new(self.keys.get(name)?))).transpose()
    }
}

impl pluto_api::Desk for AgentDesk {
    fn check(&self, question: &ActionQuestion) -> Result<Answer> {
        let snapshot = self.node.snapshot(self.realm(question.realm.as_deref())?)?;
        let wish = wish(question)?;
        let actor = self.author()?.did();
        Ok(answer(&self.node.desk().check(&snapshot, actor, &wish)))
    }

    fn act(&self, question: &ActionQuestion) -> Result<Receipt> {
        let realm = self.realm(question.realm.as_deref())?;
        let snapshot = self.node.snapshot(realm)?;
        let wish = wish(question)?;
        let author = self.author()?;
        if let Some(asked) = wish.approval.filter(|asked| still_waits(&snapshot, asked)) {
            let answered = self.node.desk().check(&snapshot, author.did(), &wish);
            return Ok(Receipt { decision: asked.to_string(), answer: answer(&answered) });
        }
        let witness = self.witness(&snapshot)?;
        let acted = self.node.desk().act(&self.node, realm, &author, witness.as_ref(), &wish)?;
        let mut told = answer(&acted.claimed);
        told.outcome = outcome(acted.answer.said);
        Ok(Receipt { decision: acted.decision.to_string(), answer: told })
    }

    fn complete(&self, decision: &str, completion: &Completion) -> Result<Recorded> {
        let id = event_id(decision)?;
        let completed = completed(id, completion)?;
        let realm = self.realm_of(id)?;
        let written = complete(&self.node, realm, &self.author()?, &completed)?;
        Ok(Recorded { event: written.event.id.to_string(), decision: decision.to_owned() })
    }

    fn grants(&self, realm: Option<&str>) -> Result<Vec<GrantSummary>> {
        let snapshot = self.node.snapshot(self.realm(realm)?)?;
        let actor = self.author()?.did();
        let entries = snapshot.entries(Component::Controller).iter();
        let grants = entries.filter_map(|(key, value)| {
            let id = GrantId(key.strip_prefix(b"g")?.try_into().ok()?);
            Some((id, GrantRecord::decode(value).ok()?))
        });
        let own =
            grants.filter(|(_, record)| record.grant.delegate == actor || record.issuer == actor);
        Ok(own.map(|(id, record)| summary(&snapshot, id, &record)).collect())
    }

    fn prove(&self, decision: &str) -> Result<Vec<u8>> {
        let id = event_id(decision)?;
        let realm = self.realm_of(id)?;
        let snapshot = self.node.snapshot(realm)?;
        let position = self.node.position_of(realm, id)?;
        let witness = self.witness(&snapshot)?;
        let witnessed = self.node.witnessed(realm, position, witness.as_ref())?;
        let bundles = self.node.bundles(realm, &[id], &witnessed, &|_| {})?;
        Ok(bundles.first().map(pluto_decision::bundle::Bundle::encode).unwrap_or_default())
    }

    fn approve(&self, decision: &str, yes: bool) -> Result<Recorded> {
        let id = event_id(decision)?;
        let written = approve(&self.node, self.realm_of(id)?, &self.author()?, id, yes)?;
        Ok(Recorded { event: written.event.id.to_string(), decision: decision.to_owned() })
    }
}

impl AgentDesk {
    /// The realm that a decision stands in.
    fn realm_of(&self, decision: EventId) -> Result<RealmId> {
        Ok(super::load(self.node.system(), decision)?.header.realm)
    }
}

/// Whether a decision asks people and nobody has answered yet.
fn still_waits(snapshot: &Snapshot, asked: &EventId) -> bool {
    let record: Option<DecisionRecord> = read(snapshot, Component::Execution, &decision_key(asked));
    let waits = record.and_then(|record| record.escalation);
    let answered = snapshot.get(Component::Execution, &approval_key(asked)).is_some();
    waits.is_some_and(|waits| !answered && snapshot.time_ms() < waits.until_ms)
}

/// The payload that records how an action ended.
pub(crate) fn completed(decision: EventId, completion: &Completion) -> Result<ExecutionCompleted> {
    let digest = pluto_core::hex::parse(&completion.result_digest);
    let digest = digest.ok_or_else(|| bad("the digest of a result", "64 hexadecimal digits"))?;
    Ok(ExecutionCompleted {
        decision,
        ended: match completion.status {
            Status::Exited(code) => Ended::Exited(code),
            Status::Signalled(signal) => Ended::Signalled(signal),
            Status::TimedOut => Ended::TimedOut,
            Status::Failed | Status::NotRun => Ended::Failed,
        },
        result: Digest(digest),
        result_bytes: completion.result_len,
    })
}

/// A question in the words of the desk.
pub(crate) fn wish(question: &ActionQuestion) -> Result<Wish> {
    let mut request = ActionRequest::new(&question.action, &question.resource);
    request.amount = question.amount;
    for (name, fact) in &question.context {
        request.set(name, value(fact)?);
    }
    request.check()?;
    let approval = question.escalated.as_deref().map(event_id).transpose()?;
    Ok(Wish { request, grant: None, approval })
}

fn value(fact: &Fact) -> Result<ContextValue> {
    Ok(match fact {
        Fact::Bool(truth) => ContextValue::Bool(*truth),
        Fact::Int(number) => ContextValue::Int(*number),
        Fact::Text(text) => ContextValue::Text(text.clone()),
        Fact::Typed(TypedFact::Symbol(text)) => ContextValue::Symbol(text.clone()),
        Fact::Typed(TypedFact::Did(text)) => ContextValue::Did(text.parse()?),
        Fact::Typed(TypedFact::TimeMs(ms)) => {
            ContextValue::Time(i64::try_from(*ms).unwrap_or(i64::MAX))
        }
        Fact::Typed(TypedFact::Fixed(text)) => match ContextValue::of_word(text) {
            ContextValue::Fixed(number) => ContextValue::Fixed(number),
            ContextValue::Int(number) => {
                let number = number.checked_mul(1_000_000);
                ContextValue::Fixed(number.ok_or_else(|| bad("a decimal number", "less of it"))?)
            }
            _ => return Err(bad("a decimal number", "at most six places").into()),
        },
    })
}

fn event_id(text: &str) -> Result<EventId> {
    Ok(text.parse().map_err(|_| bad("the id of a decision", "64 hexadecimal digits"))?)
}

fn bad(what: &str, expected: &str) -> NodeError {
    NodeError::BadArgument(format!("expected {expected} for {what}"))
}

const fn outcome(said: Said) -> Outcome {
    match said {
        Said::Allow => Outcome::Allow,
        Said::Deny => Outcome::Deny,
        Said::Escalate => Outcome::Escalate,
        Said::Indeterminate => Outcome::Indeterminate,
    }
}

/// An answer in the words of the faces.
pub(crate) fn answer(answered: &Answered) -> Answer {
    let Answered { answer, reason, path, obligations, as_of, .. } = answered;
    let obligations = obligations.iter().map(|effect| {
        let text = show::effect(effect);
        let kind = text.split(' ').next().unwrap_or_default().to_owned();
        Obligation { kind, text }
    });
    Answer {
        outcome: outcome(answer.said),
        rule: (answer.rule > 0).then(|| answer.rule.to_string()),
        reason: Some(reason.clone()),
        grant_path: path.iter().map(ToString::to_string).collect(),
        obligations: obligations.collect(),
        gas: answer.gas.total(),
        as_of: AsOf {
            position: as_of.position,
            state_root: as_of.state_root.to_string(),
            realm_time_ms: as_of.realm_time_ms,
            age_ms: as_of.age_ms,
            stale: as_of.is_stale(),
            realm: None,
        },
    }
}

fn summary(snapshot: &Snapshot, id: GrantId, record: &GrantRecord) -> GrantSummary {
    let grant = &record.grant;
    let texts = |patterns: &[grant::Pattern]| patterns.iter().map(ToString::to_string).collect();
    let used: UsageRecord =
        read(snapshot, Component::Controller, &usage_key(&id)).unwrap_or_default();
    let at_ms = snapshot.time_ms().max(SystemClock.now_ms());
    GrantSummary {
        id: id.to_string(),
        issuer: record.issuer.to_string(),
        delegate: grant.delegate.to_string(),
        parent: grant.parent.map(|parent| parent.to_string()),
        actions: texts(&grant.actions),
        resources: texts(&grant.resources),
        expires_ms: grant.expires_ms,
        hops: grant.hops,
        rate: grant.rate.map(|rate| RateSummary { count: rate.count, window_ms: rate.window_ms }),
        budget_left: grant.budget.map(|budget| budget.saturating_sub(used.spent)),
        active: grant::standing(snapshot, &id, grant.delegate, at_ms).is_ok(),
    }
}
