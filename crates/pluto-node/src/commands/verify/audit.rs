//! Verifying an audit file: every decision in it, and that none of its stretch is missing.

use std::path::Path;

use pluto_decision::audit::{Audited, verify};
use pluto_error::Result;
use pluto_identity::Zip215Verifier;
use serde_json::json;

use super::super::Context;
use super::witnesses;
use crate::output::{count, row, table, time};

pub(super) fn run(context: &Context, path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = verify(bytes, &Zip215Verifier)
        .map_err(|error| error.note(format!("`{}` proves nothing", path.display())))?;
    let Audited { realm, realm_name, attested, first, end, .. } = &shown;
    let (checkpoint, at) = (attested.last.checkpoint.number, attested.last.checkpoint.time_ms);
    let (decisions, unjudged) = (&shown.decisions, shown.unjudged);
    let mut rows = vec![
        row("complete", format!("events {first} to {end}: every decision is here")),
        row("decisions", count(decisions.len() as u64)),
        row("realm", format!("{realm} `{realm_name}`")),
    ];
    match witnesses::creator(attested) {
        Some(witness) => {
            let said = format!("{witness}, in checkpoint {checkpoint} at {}", time(at));
            rows.push(row("witness", said));
        }
        None => {
            rows.push(row("checkpoint", format!("{checkpoint} at {}", time(at))));
            rows.extend(witnesses::rows(attested));
        }
    }
    if unjudged > 0 {
        let kept = "by a key, a missing membership or a malformed payload";
        rows.push(row("not judged", format!("{unjudged}, kept from it {kept}")));
    }
    rows.extend(decisions.iter().map(|one| {
        let request = &one.request;
        let said = one.answer.said.as_str();
        row(said, format!("{} asked to {} {}", one.actor, request.action, request.resource))
    }));
    let list = decisions.iter().map(|one| {
        json!({
            "decision": one.decision.to_string(),
            "position": one.position,
            "actor": one.actor.to_string(),
            "action": one.request.action,
            "resource": one.request.resource,
            "outcome": one.answer.said.as_str(),
            "reason": one.reason,
        })
    });
    context.out.show(
        &json!({
            "verified": true,
            "realm": realm.to_string(),
            "realm_name": realm_name,
            "witness": witnesses::creator(attested),
            "witnesses": witnesses::data(attested),
            "checkpoint": checkpoint,
            "first": first,
            "end": end,
            "unjudged": unjudged,
            "decisions": list.collect::<Vec<_>>(),
        }),
        &table(&rows),
    );
    Ok(())
}
