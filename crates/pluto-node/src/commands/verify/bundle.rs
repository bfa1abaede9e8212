//! Verifying a decision bundle: every check in order, then what it shows.

use std::path::Path;

use pluto_api::http::shape::{BundleGrant, BundleReport, BundleShown, CheckShown};
use pluto_decision::bundle::{Report, Summary, verify};
use pluto_error::Result;
use pluto_identity::Zip215Verifier;

use super::super::Context;
use super::witnesses;
use crate::error::NodeError;
use crate::output::{realm_time, row, table, time};

pub(super) fn run(context: &Context, path: &Path, bytes: &[u8]) -> Result<()> {
    let report = verify(bytes, &Zip215Verifier);
    context.out.show_as(&data(&report), &text(&report));
    match report.failure() {
        None => Ok(()),
        Some((check, why)) => {
            let file = path.display();
            let why = format!("`{file}` proves nothing: check `{}`: {why}", check.as_str());
            Err(NodeError::BadProof(why).into())
        }
    }
}

/// The checks, a line each, then the summary.
pub(crate) fn text(report: &Report) -> String {
    let mut rows: Vec<Vec<String>> = report
        .steps
        .iter()
        .map(|step| {
            let (mark, said) = match &step.found {
                Ok(said) => ("ok", said),
                Err(why) => ("FAILS", why),
            };
            let number = (step.check as u8).to_string();
            vec![number, step.check.as_str().to_owned(), mark.to_owned(), said.clone()]
        })
        .collect();
    let Some(shown) = &report.shown else { return table(&rows) };
    let checks = table(&rows);
    rows = summary(shown);
    format!("{checks}\n{}", table(&rows))
}

fn summary(shown: &Summary) -> Vec<Vec<String>> {
    let mut rows = vec![
        row("actor", shown.actor),
        row("asked to", format!("{} {}", shown.request.action, shown.request.resource)),
        row("at", time(shown.at_ms)),
        row("answer", format!("{}: {}", shown.answer.said.as_str(), shown.reason)),
        row("claimed then", shown.claim.answer.said.as_str()),
    ];
    for grant in &shown.grants {
        let rights = format!("{} on {}", grant.actions.join(", "), grant.resources.join(", "));
        let until = time(grant.expires_ms);
        rows.push(row("granted by", format!("{}: {rights}, until {until}", grant.issuer)));
    }
    if let Some(approval) = &shown.approval {
        rows.push(row("approved by", approval.by));
    }
    if let Some((ended, result)) = &shown.completion {
        rows.push(row("it", format!("{ended}, result {result}")));
    }
    if let Some(artifact) = shown.answer.artifact {
        rows.push(row("policy", artifact));
    }
    rows.extend([
        row("facts", format!("{} entries under state root {}", shown.facts, shown.judged_on)),
        row("realm", format!("{} `{}`", shown.realm, shown.realm_name)),
    ]);
    rows.extend(witnesses::rows(&shown.attested));
    let last = &shown.attested.last.checkpoint;
    let (number, at, size) = (last.number, realm_time(last.time_ms), last.size);
    rows.push(row("checkpoint", format!("{number} at {at}, over {size} events")));
    rows
}

/// The report for programs.
pub(crate) fn data(report: &Report) -> BundleReport {
    let steps = report.steps.iter().map(|step| CheckShown {
        check: step.check.as_str(),
        holds: step.found.is_ok(),
        found: step.found.as_ref().map_or_else(Clone::clone, Clone::clone),
    });
    BundleReport {
        verified: report.holds(),
        checks: steps.collect(),
        shown: report.shown.as_ref().map(shown_data),
    }
}

fn shown_data(shown: &Summary) -> BundleShown {
    let grants = shown.grants.iter().map(|grant| BundleGrant {
        grant: grant.id.to_string(),
        issuer: grant.issuer.to_string(),
        delegate: grant.delegate.to_string(),
        actions: grant.actions.clone(),
        resources: grant.resources.clone(),
        expires_ms: grant.expires_ms,
        event: grant.event.to_string(),
    });
    let last = &shown.attested.last.checkpoint;
    BundleShown {
        decision: shown.decision.to_string(),
        actor: shown.actor.to_string(),
        action: shown.request.action.clone(),
        resource: shown.request.resource.clone(),
        amount: shown.request.amount,
        at_ms: shown.at_ms,
        outcome: shown.answer.said.as_str(),
        rule: shown.answer.rule,
        reason: shown.reason.clone(),
        gas: shown.answer.gas.total(),
        claimed: shown.claim.answer.said.as_str(),
        grants: grants.collect(),
        artifact: shown.answer.artifact.map(|artifact| artifact.to_string()),
        source: shown.source.clone(),
        approved_by: shown.approval.map(|approval| approval.by.to_string()),
        ended: shown.completion.map(|(ended, _)| ended.to_string()),
        result: shown.completion.map(|(_, result)| result.to_string()),
        facts: shown.facts,
        judged_on: shown.judged_on.to_string(),
        realm: shown.realm.to_string(),
        realm_name: shown.realm_name.clone(),
        witness: witnesses::creator(&shown.attested),
        witnesses: witnesses::data(&shown.attested),
        checkpoint: last.number,
        checkpoint_ms: last.time_ms,
        log_size: last.size,
        position: shown.position,
    }
}
