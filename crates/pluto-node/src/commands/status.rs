//! `pluto status`.

use std::path::Path;

use pluto_error::{Coded, Result};
use serde_json::json;

use super::Context;
use super::realm::witness::{border_json, border_text, rival_text};
use crate::node::store_dir;
use crate::output::{count, row, size, table};

pub(super) fn run(context: &Context) -> Result<()> {
    let node = context.node()?;
    let mut realms = 0_u64;
    let mut events = 0;
    let mut entries = 0;
    let (mut borders, mut rivals) = (Vec::new(), Vec::new());
    for realm in node.system().realms() {
        let snapshot = node.snapshot(realm)?;
        realms += 1;
        events += snapshot.roots().position;
        entries += snapshot.entry_count() as u64;
        let name = node.realm_name(realm);
        if let Some(border) = snapshot.border() {
            borders.push((name.clone(), realm, border.clone()));
        }
        rivals.extend(snapshot.rival().map(|rival| (name, realm, rival)));
    }
    let log_bytes = node.system().log().end().0;
    let recovery = node.recovery;
    let mode = node.system().mode();
    let read_only = node.system().read_only().cloned();
    node.stop()?;
    let disk_bytes = disk_usage(&store_dir(&context.data));
    let mut rows = vec![
        row("version", env!("CARGO_PKG_VERSION")),
        row("data", context.data.display()),
        row("mode", mode),
        row("realms", count(realms)),
        row("events", count(events)),
        row("state entries", count(entries)),
        row("log", size(log_bytes)),
        row("disk", size(disk_bytes)),
        row(
            "opened",
            format!(
                "{} events from a checkpoint, {} folded again",
                count(recovery.from_checkpoint),
                count(recovery.replayed)
            ),
        ),
    ];
    if let Some(why) = &read_only {
        rows.insert(3, row("read only", why));
    }
    rows.extend(
        borders
            .iter()
            .map(|(name, _, border)| row("final", format!("{name}, {}", border_text(border)))),
    );
    rows.extend(
        rivals
            .iter()
            .map(|(name, _, rival)| row("stopped", format!("{name}, {}", rival_text(*rival)))),
    );
    context.out.show(
        &json!({
            "version": env!("CARGO_PKG_VERSION"),
            "data": context.data.display().to_string(),
            "mode": mode.as_str(),
            "read_only": read_only.map(|why| json!({
                "code": why.code().id(),
                "message": why.to_string(),
            })),
            "realms": realms,
            "events": events,
            "state_entries": entries,
            "log_bytes": log_bytes,
            "disk_bytes": disk_bytes,
            "final": borders.iter().map(|(_, realm, border)| json!({
                "realm": realm.to_string(),
                "border": border_json(border),
            })).collect::<Vec<_>>(),
            "stopped": rivals.iter().map(|(_, realm, rival)| json!({
                "realm": realm.to_string(),
                "rival": rival.to_string(),
            })).collect::<Vec<_>>(),
            "opened": { "from_checkpoint": recovery.from_checkpoint, "replayed": recovery.replayed },
        }),
        &table(&rows),
    );
    Ok(())
}

/// Bytes of all files below `dir`; files that vanish meanwhile count nothing.
pub(super) fn disk_usage(dir: &Path) -> u64 {
    let Ok(list) = std::fs::read_dir(dir) else { return 0 };
    list.flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => disk_usage(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
