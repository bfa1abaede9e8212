//! The judge: may this actor do this, on this state? Pure, the same on every node and in every
//! verifier.
//!
//! 1. The actor is not shut out of the realm.
//! 2. What the actor stands on: a chain of grants that carries the request, or membership. An AI
//!    agent (namespace `spirit`) always needs a grant, member or not.
//! 3. The policy `action` of the realm's slot `actions`; a realm without one allows nothing.
//! 4. Where the policy asks people: the answer they gave to the same request before, once.
//!
//! The actor pays mana and gas for being judged, whatever the answer.

use std::sync::Arc;

use pluto_core::payload::Role;
use pluto_core::policy::{Decision, Effect, Fallback, Fault, Gas, Outcome, Request};
use pluto_core::state::{self, MemberRecord, member_key};
use pluto_core::traits::StateView;
use pluto_core::{Component, Did, EventId, Namespace};
use pluto_ecl::code;
use pluto_eclvm::PolicyProgram;
use pluto_eclvm::accounts::{self, Accounts};
use pluto_eclvm::{Program, Programs, Readers, StateFacts, Vm, asked_mana};
use pluto_identity::grant::{self, Chain, GrantId};

use crate::answer::{Answer, Said};
use crate::arguments::Told;
use crate::facts::ActionFacts;
use crate::record::{ApprovalRecord, DecisionRecord, Escalation, approval_key, decision_key};
use crate::refusal::Refusal;
use crate::request::ActionRequest;

/// The slot whose bundle judges actions.
pub const ACTIONS_SLOT: &str = "actions";
/// The policy of that bundle that is asked.
pub const ACTION_POLICY: &str = "action";

/// Judges actions by the grants and the policy of a realm.
pub struct Judge {
    programs: Programs,
    readers: Readers,
}

/// Who wants to do what, and on what grounds.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who acts.
    pub actor: Did,
    /// What is to be done.
    pub request: &'a ActionRequest,
    /// Under which grant; none for members in their own right.
    pub grant: Option<GrantId>,
    /// The decision that asked people first.
    pub approval: Option<EventId>,
    /// The clock of who asks, in Unix milliseconds.
    pub at_ms: u64,
}

/// A judgement, before anything is written.
pub struct Judgement {
    /// The answer.
    pub answer: Answer,
    /// What an escalation waits for.
    pub escalation: Option<Escalation>,
    /// What follows if the action is allowed.
    pub effects: Vec<Effect>,
    /// The grants it stands on.
    pub chain: Option<Chain>,
    /// The decision whose approval it stands on.
    pub approval: Option<EventId>,
    /// The program that judged.
    pub program: Option<Arc<Program>>,
    accounts: Accounts,
    mana: u64,
}

impl Judge {
    /// Judges with `vm`; `readers` say how facts are read from the state.
    #[must_use]
    pub const fn new(vm: Arc<Vm>, readers: Readers) -> Self {
        Self { programs: Programs::new(vm), readers }
    }

    /// Judges, without writing.
    #[must_use]
    pub fn judge(&self, view: &dyn StateView, question: &Question<'_>) -> Judgement {
        let trust = (self.readers.trust)(view, question.actor);
        let accounts = Accounts::read(view, question.actor, &trust);
        let mana = accounts::MANA_PER_JUDGEMENT_MIN;
        let mut judgement = Judgement {
            answer: Answer::refused(Refusal::NoStanding),
            escalation: None,
            effects: Vec::new(),
            chain: None,
            approval: None,
            program: None,
            accounts,
            mana,
        };
        if let Err(refusal) = self.decide(view, question, &mut judgement) {
            judgement.answer.said = Said::Deny;
            judgement.answer.fault = None;
            judgement.answer.refusal = Some(refusal);
            judgement.escalation = None;
            judgement.effects.clear();
        }
        judgement
    }

    fn decide(
        &self,
        view: &dyn StateView,
        question: &Question<'_>,
        judgement: &mut Judgement,
    ) -> Result<(), Refusal> {
        let role = standing(view, question)?;
        judgement.chain =
            question.grant.map(|leaf| authorise(view, &leaf, question)).transpose()?;
        let (artifact, program) =
            self.programs.in_slot(view, ACTIONS_SLOT).ok_or(Refusal::NoPolicy)?;
        let decision = if judgement.accounts.mana() < judgement.mana {
            Decision::fault(Fault::OutOfMana, Gas::ZERO)
        } else {
            let told = Told { request: question.request, role, chain: judgement.chain.as_ref() };
            let limit = judgement.accounts.gas_left();
            self.ask(view, question.actor, &told, program.as_deref(), limit)
        };
        judgement.program = program;
        judgement.take(decision, artifact);
        judgement.consult(view, question)
    }

    fn ask(
        &self,
        view: &dyn StateView,
        actor: Did,
        told: &Told<'_>,
        program: Option<&Program>,
        limit: Gas,
    ) -> Decision {
        let Some((program, policy)) =
            program.and_then(|program| Some((program, program.policy(ACTION_POLICY)?)))
        else {
            return Decision::fault(Fault::NoPolicy, Gas::ZERO);
        };
        match told.arguments(&policy.params) {
            Ok(arguments) => {
                let request = Request { subject: actor, arguments };
                let facts = StateFacts::new(view, self.readers);
                let facts = facts.with_stores(ACTIONS_SLOT, program);
                let facts = ActionFacts { state: &facts, actor, chain: told.chain };
                program.decide(ACTION_POLICY, &request, &facts, limit)
            }
            Err(fault) => Decision::fault(fault, policy.bound.min(limit)),
        }
    }
}

/// Who the actor is to the realm: the name of a role, when that is enough to be judged at all.
fn standing(view: &dyn StateView, question: &Question<'_>) -> Result<&'static str, Refusal> {
    let actor = question.actor;
    let member: Option<MemberRecord> = state::read(view, Component::Realm, &member_key(actor));
    match member {
        Some(record) if record.banned => Err(Refusal::NoStanding),
        // In an open realm whoever introduces itself is a member: that must not free an agent.
        _ if question.grant.is_none() && !acts_alone(actor, member.is_some()) => {
            Err(Refusal::NoGrant)
        }
        Some(record) => Ok(record.role.as_str()),
        None => Ok("stranger"),
    }
}

/// Whether somebody may act without a grant: members may, but for AI agents, which never do.
#[must_use]
pub fn acts_alone(actor: Did, is_member: bool) -> bool {
    is_member && actor.namespace != Namespace::Spirit
}

fn authorise(
    view: &dyn StateView,
    leaf: &GrantId,
    question: &Question<'_>,
) -> Result<Chain, Refusal> {
    let ActionRequest { action, resource, amount, .. } = question.request;
    let (actor, at_ms) = (question.actor, question.at_ms);
    let asked = grant::Asked { actor, action, resource, amount: *amount, at_ms };
    grant::authorise(view, leaf, &asked).map_err(|refusal| Refusal::Grant(refusal.number()))
}

impl Judgement {
    /// Takes over what the policy said, as far as the actor can pay for it.
    fn take(&mut self, decision: Decision, artifact: pluto_core::Digest) {
        let asked = asked_mana(&decision.effects);
        let mana = accounts::mana_of(decision.gas).saturating_add(asked);
        let decision = match mana > self.accounts.mana() {
            true => Decision::fault(Fault::OutOfMana, decision.gas),
            false => decision,
        };
        self.mana = mana;
        self.answer = Answer::of(&decision, artifact);
        if let Outcome::Escalate { timeout_ms, fallback } = decision.outcome {
            let timeout_ms = u64::try_from(timeout_ms).unwrap_or_default();
            let until_ms = self.accounts.at_ms().saturating_add(timeout_ms);
            self.escalation = Some(Escalation { until_ms, fallback });
        }
        self.effects = decision.effects;
    }

    /// Where the policy asks people: what they said to the same request before.
    fn consult(&mut self, view: &dyn StateView, question: &Question<'_>) -> Result<(), Refusal> {
        let Some(asked) = question.approval else { return Ok(()) };
        if self.answer.said != Said::Escalate {
            return Ok(());
        }
        let record: DecisionRecord = state::read(view, Component::Execution, &decision_key(&asked))
            .ok_or(Refusal::ApprovalMismatch)?;
        let same = record.actor == question.actor
            && record.request == question.request.digest()
            && record.grant == question.grant;
        let waits = record.escalation.filter(|_| same).ok_or(Refusal::ApprovalMismatch)?;
        if record.settled.is_some() {
            return Err(Refusal::ApprovalUsed);
        }
        let said: Option<ApprovalRecord> =
            state::read(view, Component::Execution, &approval_key(&asked));
        match said {
            Some(ApprovalRecord { approve: true, .. }) => {}
            Some(_) => return Err(Refusal::Rejected),
            None if view.time_ms() < waits.until_ms => return Ok(()),
            None if waits.fallback == Fallback::Allow => {}
            None => return Err(Refusal::NotApproved),
        }
        self.answer.said = Said::Allow;
        self.approval = Some(asked);
        self.escalation = None;
        Ok(())
    }

    /// Charges the actor and, if the action is allowed, the grants.
    pub(crate) fn settle(
        &mut self,
        view: &dyn StateView,
        question: &Question<'_>,
        out: &mut pluto_core::traits::Effects,
    ) {
        self.accounts.charge(self.answer.gas, self.mana);
        self.accounts.write(question.actor, out);
        if let Some(chain) = self.chain.as_ref().filter(|_| self.answer.said == Said::Allow) {
            grant::charge(view, chain, question.request.amount, out);
        }
    }

    /// The reason in words: that of the refusal, the fault, or the rule.
    #[must_use]
    pub fn reason(&self) -> String {
        if let Some(refusal) = self.answer.refusal {
            return refusal.as_str().to_owned();
        }
        if let Some(fault) = self.answer.fault {
            return format!("fault {}", fault.as_str());
        }
        let policy = self.program.as_ref().and_then(|program| program.policy(ACTION_POLICY));
        rule_reason(policy, self.answer.rule)
    }
}

/// What a policy says about its rule `number`; that of its end where the number is 0.
#[must_use]
pub fn rule_reason(policy: Option<&code::Policy>, number: u16) -> String {
    let place = number.checked_sub(1).map(usize::from);
    match place.and_then(|place| policy?.rules.get(place)) {
        Some(rule) if !rule.reason.is_empty() => rule.reason.clone(),
        Some(_) => format!("rule {number}"),
        None => "the end of the policy".to_owned(),
    }
}

/// Whether somebody may answer for people who are asked about `record`.
pub(crate) fn may_approve(view: &dyn StateView, who: Did, record: &DecisionRecord) -> bool {
    if who == record.actor {
        return false;
    }
    let member: Option<MemberRecord> = state::read(view, Component::Realm, &member_key(who));
    let owner = member.is_some_and(|member| !member.banned && member.role == Role::Owner);
    let named = record
        .grant
        .and_then(|id| state::read(view, Component::Controller, &grant::grant_key(&id)))
        .is_some_and(|grant: grant::GrantRecord| grant.grant.approvers.contains(&who));
    let banned = member.is_some_and(|member| member.banned);
    owner || !banned && (named || record.grantor == Some(who))
}

#[cfg(test)]
mod tests;
