//! `pluto attest` and `pluto trust`.

use pluto_core::payload::Attestation;
use pluto_core::trust::{Dimension, TrustWeights};
use pluto_core::{Canonical, Component, Did, Kind, Reader};
use pluto_engines::trust::{
    Standing, day, edge_prefix, explain, is_root, standing, value_ppm, vector,
};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::json;

use super::Context;
use super::names::{party, shown};
use crate::cli::{AttestArgs, TrustCommand};
use crate::node::{Author, label};
use crate::output::{ppm, table, time};

pub(super) fn attest(context: &Context, args: &AttestArgs) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(args.acting.realm.as_deref())?;
    let subject = party(context, &*node.snapshot(realm)?, &args.subject)?;
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
    node.stop()?;
    match &command {
        TrustCommand::Show { subject, .. } => show(context, &snapshot, subject),
        TrustCommand::Top { limit, dimension, .. } => {
            top(context, &snapshot, *limit, *dimension);
            Ok(())
        }
        TrustCommand::Why { subject, dimension, limit, .. } => {
            why(context, &snapshot, subject, *dimension, *limit)
        }
    }
}

fn show(context: &Context, snapshot: &Snapshot, subject: &str) -> Result<()> {
    let did = party(context, snapshot, subject)?;
    let values = vector(snapshot, did);
    let norm = values.norm(&TrustWeights::DEFAULT);
    let mut rows = vec![vec!["subject".to_owned(), shown(snapshot, did)]];
    let mut value = json!({
        "subject": did.to_string(),
        "label": label(snapshot, did),
        "root": is_root(snapshot, did),
        "norm_ppm": norm,
    });
    for dimension in Dimension::ALL {
        rows.push(vec![dimension.as_str().to_owned(), ppm(values.get(dimension))]);
        value[dimension.as_str()] = json!(values.get(dimension));
    }
    rows.push(vec!["norm".to_owned(), ppm(norm)]);
    if is_root(snapshot, did) {
        rows.push(vec!["root".to_owned(), "trust flows from here".to_owned()]);
    }
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn top(context: &Context, snapshot: &Snapshot, limit: usize, dimension: Dimension) {
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
    let row = |place: String, (value, did): &(u32, Did)| {
        vec![place, ppm(*value), label(snapshot, *did).unwrap_or_default(), did.to_string()]
    };
    let heading = ["", "VALUE", "LABEL", "DID"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    rows.extend(best.clone().zip(1..).map(|(one, place)| row(format!("{place}."), one)));
    rows.push(vec!["…".to_owned()]);
    rows.extend(
        worst.clone().zip(worst_from + 1..).map(|(one, place)| row(format!("{place}."), one)),
    );
    let list = |(value, did): &(u32, Did)| json!({ "did": did.to_string(), "label": label(snapshot, *did), "value_ppm": value });
    let value = json!({
        "dimension": dimension.as_str(),
        "realm_time_ms": pluto_core::traits::StateView::time_ms(snapshot),
        "ranked": ranked.len(),
        "top": best.map(list).collect::<Vec<_>>(),
        "bottom": worst.map(list).collect::<Vec<_>>(),
    });
    let text = format!(
        "{} of {} parties at realm time {}\n{}",
        dimension.as_str(),
        ranked.len(),
        time(pluto_core::traits::StateView::time_ms(snapshot)),
        table(&rows)
    );
    context.out.show(&value, &text);
}

fn why(
    context: &Context,
    snapshot: &Snapshot,
    subject: &str,
    dimension: Dimension,
    limit: usize,
) -> Result<()> {
    let did = party(context, snapshot, subject)?;
    let today = day(snapshot);
    let now = standing(snapshot, did, dimension, today);
    let prefix = edge_prefix(dimension, did);
    let entries = snapshot.entries(Component::Trust).iter();
    let edges = entries.filter(|(key, _)| key.starts_with(&prefix));
    let reasons = explain(edges, today)?;
    let heading = ["CONTRIBUTES", "ATTESTER", "EVENT"].map(str::to_owned).to_vec();
    let mut rows = vec![heading];
    rows.extend(reasons.iter().take(limit).map(|reason| {
        let sign = if reason.contribution_ppm < 0 { '-' } else { '+' };
        let size = u32::try_from(reason.contribution_ppm.unsigned_abs()).unwrap_or(u32::MAX);
        vec![
            format!("{sign}{}", ppm(size)),
            shown(snapshot, reason.attester),
            reason.event.to_string(),
        ]
    }));
    let list: Vec<_> = reasons
        .iter()
        .map(|reason| {
            json!({
                "attester": reason.attester.to_string(),
                "contribution_ppm": reason.contribution_ppm,
                "vouched_ppm": reason.vouched_ppm,
                "event": reason.event.to_string(),
            })
        })
        .collect();
    let value = json!({
        "subject": did.to_string(),
        "dimension": dimension.as_str(),
        "value_ppm": now.value_ppm(),
        "praise_ppm": now.pos,
        "complaint_ppm": now.neg,
        "reasons": list,
    });
    let text = format!(
        "{}\n{} {} from praise {} and complaints {} by {} attesters\n{}\
         Each event: pluto event show <event>. The entry itself: pluto state prove Trust trust:{}\n",
        shown(snapshot, did),
        dimension.as_str(),
        ppm(now.value_ppm()),
        ppm(u32::try_from(now.pos).unwrap_or(u32::MAX)),
        ppm(u32::try_from(now.neg).unwrap_or(u32::MAX)),
        reasons.len(),
        table(&rows),
        label(snapshot, did).unwrap_or_else(|| did.to_string()),
    );
    context.out.show(&value, &text);
    Ok(())
}
