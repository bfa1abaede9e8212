//! `pluto trust why`: everything behind a value, each part with the event that made it and the entry
//! that proves it.

use pluto_core::payload::Attestation;
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, Did};
use pluto_engines::trust::{
    Reason, Standing, day, edge_key, edge_prefix, explain, is_root, standing, standing_key,
};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::{Value, json};

use super::super::Context;
use super::super::names::{Names, shown};
use crate::describe::hex;
use crate::node::{Node, load};
use crate::output::{ppm, table};

/// A reason with the word that was said.
struct Said {
    reason: Reason,
    word: i8,
}

pub(super) fn run(
    context: &Context,
    node: &Node,
    snapshot: &Snapshot,
    did: Did,
    dimension: Dimension,
    limit: usize,
) -> Result<()> {
    let today = day(snapshot);
    let now = standing(snapshot, did, dimension, today);
    let prefix = edge_prefix(dimension, did);
    let entries = snapshot.entries(Component::Trust).iter();
    let reasons = explain(entries.filter(|(key, _)| key.starts_with(&prefix)), today)?;
    let all = reasons.len();
    let said = reasons.into_iter().take(limit);
    let said = said.map(|reason| said_in(node, reason)).collect::<Result<Vec<_>>>()?;
    let list: Vec<Value> = said.iter().map(|said| report(said, dimension, did)).collect();
    let value = json!({
        "subject": did.to_string(),
        "dimension": dimension.as_str(),
        "value_ppm": now.value_ppm(),
        "praise_ppm": now.pos,
        "complaint_ppm": now.neg,
        "root": is_root(snapshot, did),
        "attesters": all,
        "entry": { "component": "Trust", "key": hex(&standing_key(dimension, did)) },
        "reasons": list,
    });
    context.out.show(&value, &text(context, snapshot, did, dimension, &now, &said, all));
    Ok(())
}

/// Reads the attestation behind a reason from the log.
fn said_in(node: &Node, reason: Reason) -> Result<Said> {
    let event = load(node.system(), reason.event)?;
    let word = event.payload.as_deref().and_then(|bytes| Attestation::decode(bytes).ok());
    Ok(Said { reason, word: word.map_or(0, |word| word.value) })
}

fn report(said: &Said, dimension: Dimension, subject: Did) -> Value {
    let reason = &said.reason;
    json!({
        "attester": reason.attester.to_string(),
        "value": said.word,
        "contribution_ppm": reason.contribution_ppm,
        "vouched_ppm": reason.vouched_ppm,
        "event": reason.event.to_string(),
        "entry": {
            "component": "Trust",
            "key": hex(&edge_key(dimension, subject, reason.attester)),
        },
    })
}

fn text(
    context: &Context,
    snapshot: &Snapshot,
    did: Did,
    dimension: Dimension,
    now: &Standing,
    said: &[Said],
    all: usize,
) -> String {
    let amount = |amount: u64| ppm(u32::try_from(amount).unwrap_or(u32::MAX));
    let mut text = format!(
        "{}\n{} {}: praise {}, complaints {}, by {all} attesters\n",
        shown(snapshot, did),
        dimension.as_str(),
        ppm(now.value_ppm()),
        amount(now.pos),
        amount(now.neg),
    );
    let names = Names::of(context);
    let who = names.short(snapshot, did);
    let Some(first) = said.first() else {
        text.push_str("Nobody has attested to it: this is the value of a newcomer.\n");
        return text;
    };
    let heading = ["CONTRIBUTES", "SAID", "ATTESTER", "EVENT"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    rows.extend(said.iter().map(|Said { reason, word }| {
        let sign = if reason.contribution_ppm < 0 { '-' } else { '+' };
        vec![
            format!("{sign}{}", amount(reason.contribution_ppm.unsigned_abs())),
            format!("{word:+}"),
            names.short(snapshot, reason.attester),
            reason.event.to_string(),
        ]
    }));
    text.push_str(&table(&rows));
    if said.len() < all {
        text.push_str(&format!("and {} more: --limit {all}\n", all - said.len()));
    }
    let attester = names.short(snapshot, first.reason.attester);
    let suffix = match dimension {
        Dimension::Reliability => String::new(),
        other => format!("/{}", other.as_str()),
    };
    text.push_str(&format!(
        "Prove the value:  pluto state prove Trust trust:{who}{suffix}\n\
         Prove a reason:   pluto state prove Trust edge:{who}/{attester}{suffix}\n\
         See its event:    pluto event show {}\n",
        first.reason.event
    ));
    text
}
