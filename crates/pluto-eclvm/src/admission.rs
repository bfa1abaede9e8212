//! The admission policy of a realm: judges every event inside the fold, the same on every node.
//!
//! 1. Kinds that keep a realm alive pass unasked, so that no policy can lock a realm for good: its
//!    genesis, keys, forks, checkpoints, revocations, and installing policies, which the install
//!    engine guards. So do decided actions and what comes of them: they have a judge of their own.
//! 2. Without a policy in the slot `admission`, everything passes.
//! 3. The author pays mana and gas for the judgement, whatever it is.
//! 4. Allow lets the event go on; anything else voids it. The judgement is written into the state.

mod arguments;

use std::sync::Arc;

use pluto_core::policy::{Decision, Effect, EffectKind, Fault, Gas, Outcome, Request, Value};
use pluto_core::state::read;
use pluto_core::traits::{Effects, Fact, PolicyDecider, PolicyProgram, StateView};
use pluto_core::{Canonical, Component, Digest, Event, Kind, Verdict, VoidReason};

use crate::accounts::{self, Accounts};
use crate::facts::{Readers, StateFacts};
use crate::program::Program;
use crate::programs::Programs;
use crate::state::{
    ADMISSION_SLOT, JudgementRecord, SlotRecord, judgement_key, slot_key,
};
use crate::vm::Vm;

pub(crate) use arguments::check_signature;

/// The policy of the bundle in slot `admission` that judges.
pub const ADMISSION_POLICY: &str = "admission";

/// Judges events by the policies of their realms.
pub struct AdmissionPolicies {
    programs: Programs,
    readers: Readers,
}

/// One judgement, before anything is written.
pub struct Judgement {
    /// The artifact that judged.
    pub artifact: Digest,
    /// Its answer.
    pub decision: Decision,
    accounts: Accounts,
    mana: u64,
}

impl AdmissionPolicies {
    /// Judges with `vm`; `readers` say how facts are read from the state.
    #[must_use]
    pub const fn new(vm: Arc<Vm>, readers: Readers) -> Self {
        Self { programs: Programs::new(vm), readers }
    }

    /// Judges an event by the policy installed, without writing; none when nothing is to be judged.
    #[must_use]
    pub fn judge(&self, view: &dyn StateView, event: &Event) -> Option<Judgement> {
        let kind = event.header.kind.known()?;
        if passes_unasked(kind) {
            return None;
        }
        let slot: SlotRecord = read(view, Component::EclPolicy, &slot_key(ADMISSION_SLOT))?;
        let program = self.programs.get(view, slot.artifact);
        Some(self.judge_by(view, event, slot.artifact, program.as_deref()))
    }

    /// Judges an event by a policy that is only proposed; none when nothing is to be judged.
    #[must_use]
    pub fn judge_proposed(
        &self,
        view: &dyn StateView,
        event: &Event,
        program: &Program,
    ) -> Option<Judgement> {
        let kind = event.header.kind.known()?;
        (!passes_unasked(kind)).then(|| self.judge_by(view, event, program.id(), Some(program)))
    }

    fn judge_by(
        &self,
        view: &dyn StateView,
        event: &Event,
        artifact: Digest,
        program: Option<&Program>,
    ) -> Judgement {
        let who = event.header.author;
        let accounts = Accounts::read(view, who, &(self.readers.trust)(view, who));
        let decision = if accounts.mana() < accounts::MANA_PER_JUDGEMENT_MIN {
            Decision::fault(Fault::OutOfMana, Gas::ZERO)
        } else {
            self.ask(view, event, program, accounts.gas_left())
        };
        let mana = accounts::mana_of(decision.gas).saturating_add(asked_mana(&decision.effects));
        let decision = if mana > accounts.mana() {
            Decision::fault(Fault::OutOfMana, decision.gas)
        } else {
            decision
        };
        Judgement { artifact, decision, accounts, mana }
    }

    fn ask(
        &self,
        view: &dyn StateView,
        event: &Event,
        program: Option<&Program>,
        limit: Gas,
    ) -> Decision {
        let Some((program, policy)) =
            program.and_then(|program| Some((program, program.policy(ADMISSION_POLICY)?)))
        else {
            return Decision::fault(Fault::NoPolicy, Gas::ZERO);
        };
        match arguments::of_event(view, event, &policy.params) {
            Ok(arguments) => {
                let request = Request { subject: event.header.author, arguments };
                let facts = StateFacts::new(view, self.readers);
                program.decide(ADMISSION_POLICY, &request, &facts, limit)
            }
            Err(fault) => Decision::fault(fault, policy.bound.min(limit)),
        }
    }
}

impl PolicyDecider for AdmissionPolicies {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let Some(mut judgement) = self.judge(view, event) else { return Verdict::Effective };
        let decision = &judgement.decision;
        judgement.accounts.charge(decision.gas, judgement.mana);
        judgement.accounts.write(event.header.author, out);
        let record = record(judgement.artifact, decision);
        out.put(Component::EclPolicy, judgement_key(&event.id), record.encode());
        out.facts.push(Fact { kind: Kind::PolicyEvaluated, text: text(decision) });
        verdict(decision.outcome)
    }
}

/// The verdict on an event whose policy answers so.
#[must_use]
pub const fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Allow => Verdict::Effective,
        Outcome::Deny => Verdict::Void(VoidReason::PolicyDenied),
        Outcome::Escalate { .. } => Verdict::Void(VoidReason::PolicyEscalated),
        Outcome::Indeterminate(_) => Verdict::Void(VoidReason::PolicyFault),
    }
}

const fn passes_unasked(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::RealmGenesis
            | Kind::IdentityBootstrapped
            | Kind::KeyRotated
            | Kind::RecoveryInitiated
            | Kind::EquivocationProven
            | Kind::CheckpointSigned
            | Kind::PolicyInstalled
            | Kind::DelegationRevoked
            | Kind::CredentialRevoked
            | Kind::ActionDecided
            | Kind::ExecutionCompleted
            | Kind::ApprovalGiven
    )
}

fn record(artifact: Digest, decision: &Decision) -> JudgementRecord {
    let (outcome, fault) = match decision.outcome {
        Outcome::Deny => (0, 0),
        Outcome::Allow => (1, 0),
        Outcome::Escalate { .. } => (2, 0),
        Outcome::Indeterminate(fault) => (3, fault as u8),
    };
    JudgementRecord { outcome, fault, rule: decision.rule, gas: decision.gas, artifact }
}

fn text(decision: &Decision) -> String {
    match decision.outcome {
        Outcome::Indeterminate(fault) => format!("indeterminate: {}", fault.as_str()),
        outcome => format!("{} by rule {}", outcome.as_str(), decision.rule),
    }
}

/// Mana that the policy asks for by `cost { mana: … }`; less than nothing counts as nothing.
#[must_use]
pub fn asked_mana(effects: &[Effect]) -> u64 {
    let asked = effects.iter().filter(|effect| effect.kind == EffectKind::Cost);
    asked
        .flat_map(|effect| &effect.fields)
        .filter(|(name, _)| name == "mana")
        .map(|(_, value)| match value {
            Value::Int(mana) => u64::try_from(*mana).unwrap_or_default(),
            _ => 0,
        })
        .fold(0, u64::saturating_add)
}
