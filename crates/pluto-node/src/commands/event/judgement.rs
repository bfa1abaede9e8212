//! How an event was judged, with the rule as its source has it.

use pluto_api::http::shape::JudgementShown;
use pluto_core::payload::{RecordDeleted, RecordPutRef};
use pluto_core::policy::Fault;
use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Event, Kind};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::ADMISSION_POLICY;
use pluto_eclvm::accounts::mana_of;
use pluto_eclvm::state::{JudgementRecord, artifact_key, judgement_key, store_judgement_key};
use pluto_eclvm::stores::of_collection;

use super::super::ecl;
use crate::output::row;

/// One judgement in words.
pub(in crate::commands) struct Judged {
    policy: String,
    record: JudgementRecord,
    rule: Option<Rule>,
}

struct Rule {
    reason: String,
    line: usize,
    text: String,
}

/// The judgements of an event, in the order in which they were made.
pub(in crate::commands) fn of(view: &dyn StateView, event: &Event) -> Vec<Judged> {
    let own = [(judgement_key(&event.id), ADMISSION_POLICY.to_owned())];
    let store = store_of(event).map(|store| (store_judgement_key(&event.id), store));
    own.into_iter()
        .chain(store)
        .filter_map(|(key, policy)| {
            let record: JudgementRecord = read(view, Component::EclPolicy, &key)?;
            let rule = rule(view, &record, &policy);
            Some(Judged { policy, record, rule })
        })
        .collect()
}

fn store_of(event: &Event) -> Option<String> {
    let payload = event.payload.as_deref()?;
    let collection = match event.header.kind.known()? {
        Kind::RecordPut => RecordPutRef::decode(payload).ok()?.collection.to_owned(),
        Kind::RecordDeleted => RecordDeleted::decode(payload).ok()?.collection,
        _ => return None,
    };
    of_collection(&collection).map(|place| place.store.to_owned())
}

fn rule(view: &dyn StateView, record: &JudgementRecord, policy: &str) -> Option<Rule> {
    let bytes = view.get(Component::EclPolicy, &artifact_key(&record.artifact))?;
    let Artifact { source, module, .. } = Artifact::from_bytes(&bytes).ok()?;
    let policy = module.policies.into_iter().find(|known| known.name == policy)?;
    let rule = policy.rules.into_iter().nth(usize::from(record.rule).checked_sub(1)?)?;
    let before = source.get(..rule.span.0 as usize)?;
    let line = before.matches('\n').count();
    let text = source.lines().nth(line).unwrap_or_default().trim().to_owned();
    Some(Rule { reason: rule.reason, line: line + 1, text })
}

impl Judged {
    fn outcome(&self) -> String {
        match self.record.outcome {
            0 => "deny".to_owned(),
            1 => "allow".to_owned(),
            2 => "escalate".to_owned(),
            _ => {
                let fault = Fault::from_number(self.record.fault);
                format!("fault {}", fault.map_or("unknown", Fault::as_str))
            }
        }
    }

    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let number = self.record.rule;
        let mut rows = vec![row("judged", format!("{} by `{}`", self.outcome(), self.policy))];
        if self.record.outcome < 3 {
            rows.push(row(
                "rule",
                match &self.rule {
                    Some(rule) => {
                        format!("{number}, line {}: {}", rule.line, ecl::plain(&rule.text))
                    }
                    None => "the end of the policy".to_owned(),
                },
            ));
        }
        if let Some(rule) = self.rule.as_ref().filter(|rule| !rule.reason.is_empty()) {
            rows.push(row("reason", ecl::plain(&rule.reason)));
        }
        rows.push(row("gas", ecl::gas_text(self.record.gas)));
        rows.push(row("mana", format!("{} and what the policy asked", mana_of(self.record.gas))));
        rows.push(row("artifact", self.record.artifact));
        rows
    }

    pub(in crate::commands) fn shown(&self) -> JudgementShown {
        JudgementShown {
            policy: self.policy.clone(),
            outcome: self.outcome(),
            rule: self.record.rule,
            reason: self.rule.as_ref().map(|rule| rule.reason.clone()),
            line: self.rule.as_ref().map(|rule| rule.line),
            text: self.rule.as_ref().map(|rule| rule.text.clone()),
            gas: ecl::gas_data(self.record.gas),
            mana_min: mana_of(self.record.gas),
            artifact: self.record.artifact.to_string(),
        }
    }
}
