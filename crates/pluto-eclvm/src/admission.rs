//! The admission policy of a realm: judges every event inside the fold, the same on every node.
//!
//! 1. Kinds that keep a realm alive pass unasked, so that no policy can lock a realm for good: its
//!    genesis, keys, forks, checkpoints and their witnesses, revocations, and installing policies,
//!    which the install engine guards. So do decided actions and what comes of them: they have a judge of their own.
//! 2. Without a policy in the slot `admission`, everything passes.
//! 3. The author pays mana and gas for the judgement, whatever it is.
//! 4. Allow lets the event go on; anything else voids it. The judgement is written into the state.
//! 5. A change of a store is then put to the policy `on store` of the store's name, if its bundle has
//!    one, in the same way.
//! 6. What the policies ask for is carried out when the engines have found the event effective.

mod arguments;
mod question;

use std::sync::Arc;

use crate::loader::PolicyProgram;
use pluto_core::policy::{Decision, Effect, EffectKind, Fault, Gas, Outcome, Request, Value};
use pluto_core::traits::{Asked, Effects, Fact, PolicyDecider, StateView};
use pluto_core::{Canonical, Component, Digest, Event, Kind, Verdict, VoidReason};

use crate::accounts::{self, Accounts};
use crate::effects;
use crate::facts::{Readers, StateFacts};
use crate::program::Program;
use crate::programs::Programs;
use crate::state::JudgementRecord;
use crate::vm::Vm;

pub(crate) use arguments::check_signature;
use question::Question;
pub(crate) use question::check_guards;

/// The policy of the bundle in slot `admission` that judges.
pub const ADMISSION_POLICY: &str = "admission";

/// Judges events by the policies of their realms.
pub struct AdmissionPolicies {
    programs: Programs,
    readers: Readers,
}

/// What a slot holds.
struct Installed<'a> {
    artifact: Digest,
    program: Option<&'a Program>,
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

    /// Judges an event by a policy that is only proposed; none when nothing is to be judged.
    #[must_use]
    pub fn judge_proposed(
        &self,
        view: &dyn StateView,
        event: &Event,
        program: &Program,
    ) -> Option<Judgement> {
        let kind = event.header.kind.known()?;
        if passes_unasked(kind) {
            return None;
        }
        let accounts = self.accounts(view, event);
        let installed = Installed { artifact: program.id(), program: Some(program) };
        Some(self.judge(view, event, &Question::Admission, &installed, accounts))
    }

    fn accounts(&self, view: &dyn StateView, event: &Event) -> Accounts {
        let who = event.header.author;
        Accounts::read(view, who, &(self.readers.trust)(view, who))
    }

    fn judge(
        &self,
        view: &dyn StateView,
        event: &Event,
        question: &Question,
        installed: &Installed<'_>,
        accounts: Accounts,
    ) -> Judgement {
        let decision = if accounts.mana() < accounts::MANA_PER_JUDGEMENT_MIN {
            Decision::fault(Fault::OutOfMana, Gas::ZERO)
        } else {
            self.ask(view, event, question, installed.program, accounts.gas_left())
        };
        let mana = accounts::mana_of(decision.gas).saturating_add(asked_mana(&decision.effects));
        let decision = if mana > accounts.mana() {
            Decision::fault(Fault::OutOfMana, decision.gas)
        } else {
            decision
        };
        Judgement { artifact: installed.artifact, decision, accounts, mana }
    }

    fn ask(
        &self,
        view: &dyn StateView,
        event: &Event,
        question: &Question,
        program: Option<&Program>,
        limit: Gas,
    ) -> Decision {
        let Some((program, policy)) =
            program.and_then(|program| Some((program, program.policy(question.policy())?)))
        else {
            return Decision::fault(Fault::NoPolicy, Gas::ZERO);
        };
        match question.arguments(view, event, program.code().module(), policy) {
            Ok(arguments) => {
                let request = Request { subject: event.header.author, arguments };
                let facts = StateFacts::new(view, self.readers);
                let facts = facts.with_stores(question.slot(), program);
                program.decide(question.policy(), &request, &facts, limit)
            }
            Err(fault) => Decision::fault(fault, policy.bound.min(limit)),
        }
    }
}

impl PolicyDecider for AdmissionPolicies {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        if event.header.kind.known().is_none_or(passes_unasked) {
            return Verdict::Effective;
        }
        let mut answer = Verdict::Effective;
        let mut paid: Option<Accounts> = None;
        for question in Question::about(view, event) {
            let Some((artifact, program)) = self.programs.in_slot(view, question.slot()) else {
                continue;
            };
            let module = program.as_ref().map(|program| program.code().module());
            if module.is_some_and(|module| !question.is_for(module)) {
                continue;
            }
            let installed = Installed { artifact, program: program.as_deref() };
            let accounts = paid.unwrap_or_else(|| self.accounts(view, event));
            let mut judged = self.judge(view, event, &question, &installed, accounts);
            judged.accounts.charge(judged.decision.gas, judged.mana);
            paid = Some(judged.accounts);
            let record = record(artifact, &judged.decision);
            out.put(Component::EclPolicy, question.key(&event.id), record.encode());
            out.facts.push(Fact { kind: Kind::PolicyEvaluated, text: text(&judged.decision) });
            answer = verdict(judged.decision.outcome);
            if !answer.is_effective() {
                break;
            }
            if !judged.decision.effects.is_empty() {
                let (slot, effects) = (question.slot().to_owned(), judged.decision.effects);
                out.asked.push(Asked { slot, effects });
            }
        }
        if let Some(accounts) = paid {
            accounts.write(event.header.author, out);
        }
        answer
    }

    fn follow(
        &self,
        view: &dyn StateView,
        event: &Event,
        asked: &[Asked],
        out: &mut Effects,
    ) -> Verdict {
        let done = asked
            .iter()
            .try_for_each(|asked| effects::apply(view, &asked.slot, event, &asked.effects, out));
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
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
            | Kind::WitnessesDeclared
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
