//! `pluto attest` and `pluto trust`.

pub(super) mod why;

use pluto_api::http::shape::{RankedShown, RankingShown};
use pluto_core::payload::Attestation;
use pluto_core::traits::StateView;
use pluto_core::trust::{Dimension, TrustWeights};
use pluto_core::{Canonical, Component, Did, Kind, Reader};
use pluto_engines::trust::{Standing, day, is_root, value_ppm, vector};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::{Map, Value, json};

use super::Context;
use super::names::{Names, party, shown};
use crate::cli::{AttestArgs, TrustCommand};
use crate::error::NodeError;
use crate::node::{Author, label};
use crate::output::{count, ppm, realm_time, table};

pub(super) fn attest(context: &Context, args: &AttestArgs) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(args.acting.realm.as_deref())?;
    let before = node.snapshot(realm)?;
    let subject = party(context, &before, &args.subject)?;
    if before.get(Component::Identity, &subject.encode()).is_none() {
        let hint = "it joins with the first event it writes there".to_owned();
        let name = args.subject.clone();
        return Err(NodeError::NotFound { what: "party in this realm", name, hint }.into());
    }
    let author = Author::new(keys.get(&args.acting.identity)?);
    let word = Attestation { subject, dimension: args.dimension, value: args.value };
    let written = author.write(&node, realm, Kind::Attestation, &word.encode())?;
    let snapshot = node.snapshot(realm)?;
    let value = value_ppm(&*snapshot, subject, args.dimension, day(&*snapshot));
    node.stop()?;
    let event = written.event.id;
    context.out.show(
        &json!({
            "event": event.to_string(),
            "subject": subject.to_string(),
            "dimension": args.dimension.as_str(),
            "value_ppm": value,
            "state_root": written.receipt.root.to_string(),
        }),
        &format!(
            "event  {event}\n{}: {} is now {}",
            shown(&snapshot, subject),
            args.dimension.as_str(),
            ppm(value)
        ),
    );
    Ok(())
}

pub(super) fn run(context: &Context, command: TrustCommand) -> Result<()> {
    let reading = match &command {
        TrustCommand::Show { reading, .. }
        | TrustCommand::Top { reading, .. }
        | TrustCommand::Why { reading, .. } => reading,
    };
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    match &command {
        TrustCommand::Show { subject, .. } => show(context, &snapshot, subject)?,
        TrustCommand::Top { limit, dimension, .. } => top(context, &snapshot, *limit, *dimension),
        TrustCommand::Why { subject, dimension, limit, .. } => {
            let did = party(context, &snapshot, subject)?;
            why::run(context, &node, &snapshot, did, *dimension, *limit)?;
        }
    }
    node.stop()
}

fn show(context: &Context, snapshot: &Snapshot, subject: &str) -> Result<()> {
    let did = party(context, snapshot, subject)?;
    let values = vector(snapshot, did);
    let norm = values.norm(&TrustWeights::DEFAULT);
    let mut rows = vec![vec!["subject".to_owned(), shown(snapshot, did)]];
    let mut value = Map::new();
    value.insert("subject".to_owned(), json!(did.to_string()));
    value.insert("label".to_owned(), json!(label(snapshot, did)));
    value.insert("root".to_owned(), json!(is_root(snapshot, did)));
    value.insert("norm_ppm".to_owned(), json!(norm));
    for dimension in Dimension::ALL {
        rows.push(vec![dimension.as_str().to_owned(), ppm(values.get(dimension))]);
        value.insert(dimension.as_str().to_owned(), json!(values.get(dimension)));
    }
    rows.push(vec!["norm".to_owned(), ppm(norm)]);
    if is_root(snapshot, did) {
        rows.push(vec!["root".to_owned(), "trust flows from here".to_owned()]);
    }
    context.out.show(&Value::Object(value), &table(&rows));
    Ok(())
}

/// The most trusted, and the least.
pub(super) fn top(context: &Context, snapshot: &Snapshot, limit: usize, dimension: Dimension) {
    let today = day(snapshot);
    let prefix = pluto_engines::trust::standing_prefix(dimension);
    let entries = snapshot.entries(Component::Trust).iter();
    let mut ranked: Vec<(u32, Did)> = entries
        .filter_map(|(key, bytes)| {
            let did = Did::decode_from(&mut Reader::new(key.strip_prefix(&prefix[..])?)).ok()?;
            let mut standing = Standing::decode(bytes).ok()?;
            standing.bring_to(today);
            Some((standing.value_ppm(), did))
        })
        .collect();
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    let best = ranked.iter().take(limit);
    let worst_from = ranked.len().saturating_sub(limit).max(limit.min(ranked.len()));
    let worst = ranked.iter().skip(worst_from);
    let names = Names::of(context);
    let row = |place: String, (value, did): &(u32, Did)| {
        let root = if is_root(snapshot, *did) { "root" } else { "" };
        vec![place, ppm(*value), names.short(snapshot, *did), root.to_owned()]
    };
    let heading = ["", "VALUE", "WHO", ""].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    rows.extend(best.clone().zip(1..).map(|(one, place)| row(format!("{place}."), one)));
    if worst_from > limit {
        rows.push(vec!["…".to_owned()]);
    }
    rows.extend(
        worst.clone().zip(worst_from + 1..).map(|(one, place)| row(format!("{place}."), one)),
    );
    let one = |(value, did): &(u32, Did)| RankedShown {
        did: did.to_string(),
        label: label(snapshot, *did),
        value_ppm: *value,
    };
    let shown = RankingShown {
        dimension: dimension.as_str(),
        realm_time_ms: snapshot.time_ms(),
        ranked: ranked.len(),
        top: best.map(one).collect(),
        bottom: worst.map(one).collect(),
    };
    let text = format!(
        "{} of {} parties (realm time: {})\n{}",
        dimension.as_str(),
        count(ranked.len() as u64),
        realm_time(snapshot.time_ms()),
        table(&rows)
    );
    context.out.show_as(&shown, &text);
}
