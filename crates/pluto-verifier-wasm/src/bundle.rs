//! Decision bundles (`docs/formats/decision-bundle.md`): every check, the run of the rules among them.

use pluto_decision::bundle::{Summary, verify as verify_bundle};
use pluto_decision::witnessing::Attested;
use pluto_identity::Zip215Verifier;

use crate::report::Report;

pub(crate) const MAGIC: &[u8] = b"PLUTOBDL";

pub(crate) fn verify(bytes: &[u8]) -> Report {
    let found = verify_bundle(bytes, &Zip215Verifier);
    let version = bytes.get(MAGIC.len()).copied().unwrap_or_default();
    let mut report = Report::new(format!("decision-bundle, version {version}"));
    for step in found.steps {
        let name = format!("{}: {}", step.check.as_str(), step.check.question());
        let _ = report.check(&name, step.found, Clone::clone);
    }
    if let Some(shown) = &found.shown {
        summarise(&mut report, shown);
    }
    report
}

/// The creator, or how many of which witnesses, and how the set came from the creator to them.
pub(crate) fn witnesses(report: &mut Report, attested: &Attested) {
    if !attested.declared {
        report.fact("witness", attested);
        return;
    }
    report.fact("signed by", &attested.last);
    attested.last.signers.iter().for_each(|signer| report.fact("witness", signer));
    for one in &attested.handovers {
        report.fact("handed over", format!("in checkpoint {}, by {one}", one.checkpoint.number));
    }
}

fn summarise(report: &mut Report, shown: &Summary) {
    let request = &shown.request;
    report.fact("actor", shown.actor);
    report.fact("asked to", format!("{} {}", request.action, request.resource));
    report.fact("answer", format!("{}: {}", shown.answer.said.as_str(), shown.reason));
    report.fact("rule", shown.answer.rule);
    report.fact("claimed then", shown.claim.answer.said.as_str());
    for grant in &shown.grants {
        let (actions, resources) = (grant.actions.join(", "), grant.resources.join(", "));
        report.fact("granted by", format!("{}: {actions} on {resources}", grant.issuer));
    }
    if let Some(approval) = &shown.approval {
        report.fact("approved by", approval.by);
    }
    if let Some((ended, result)) = &shown.completion {
        report.fact("it", format!("{ended}, result {result}"));
    }
    report.fact("facts", format!("{} entries of the state", shown.facts));
    report.fact("judged on", shown.judged_on);
    report.fact("realm", format!("{} `{}`", shown.realm, shown.realm_name));
    witnesses(report, &shown.attested);
    let last = &shown.attested.last.checkpoint;
    let (number, size) = (last.number, last.size);
    report.fact("checkpoint", format!("{number}, over {size} events"));
    report.fact("decision", shown.decision);
    report.fact("policy", &shown.source);
}
