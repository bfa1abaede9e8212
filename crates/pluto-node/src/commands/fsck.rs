//! `pluto fsck`.

use std::path::Path;

use pluto_error::{Kind, Result};
use pluto_storage::disk::RealDisk;
use pluto_storage::{LogOptions, Report, Store, fsck, rebuild_indexes};
use serde_json::json;

use super::Context;
use crate::error::NodeError;
use crate::node::{Node, store_dir};
use crate::output::{count, row, size, table};

pub(super) fn run(context: &Context, rebuild: bool) -> Result<()> {
    let dir = store_dir(&context.data);
    if !dir.is_dir() {
        return Err(NodeError::NotInitialised(context.data.clone()).into());
    }
    let waiting = context.out.spinner("reading every byte of the log");
    let mut report = fsck(&dir)?;
    waiting.finish_and_clear();
    if rebuild && faults(&report) > 0 {
        rebuild_log_indexes(&dir)?;
        report = fsck(&dir)?;
    }
    let faults = faults(&report);
    let rebuilt = if rebuild && faults == 0 { Some(rebuild_index(context)?) } else { None };
    show(context, &report, rebuilt.as_deref());
    if faults == 0 { Ok(()) } else { Err(NodeError::Damaged(faults).into()) }
}

/// Findings that are not put right by the next start alone.
fn faults(report: &Report) -> usize {
    report.findings.iter().filter(|finding| finding.code.kind() != Kind::Retry).count()
}

/// Writes the indexes of the segments anew; what is wrong with a segment itself stays to be reported.
fn rebuild_log_indexes(store: &Path) -> Result<()> {
    let log = store.join("log");
    let disk = RealDisk::existing(&log).map_err(|error| NodeError::file("open", &log, error))?;
    match rebuild_indexes(&disk) {
        Err(error) if error.kind() != Kind::Corrupt => Err(error),
        _ => Ok(()),
    }
}

/// Throws the index away and folds every realm from the log.
fn rebuild_index(context: &Context) -> Result<Vec<(String, String)>> {
    let store = Store::open(&store_dir(&context.data), LogOptions::default())?;
    store.reset_index()?;
    let counter = context.out.counter("folding the log");
    let node = Node::start(store, &|events| counter.set_position(events))?;
    counter.finish_and_clear();
    let realms = node.system().realms().into_iter();
    let roots = realms
        .filter_map(|realm| node.system().snapshot(realm).map(|s| (realm, s.roots().state)))
        .map(|(realm, root)| (realm.to_string(), root.to_string()))
        .collect();
    node.stop()?;
    Ok(roots)
}

fn show(context: &Context, report: &Report, rebuilt: Option<&[(String, String)]>) {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "file": finding.file,
                "offset": finding.offset,
                "code": finding.code.id(),
                "message": finding.message,
                "repair": finding.repair,
            })
        })
        .collect();
    let roots = rebuilt.map(|roots| {
        roots
            .iter()
            .map(|(realm, root)| json!({ "realm": realm, "state_root": root }))
            .collect::<Vec<_>>()
    });
    let value = json!({
        "whole": report.findings.is_empty(),
        "segments": report.segments,
        "batches": report.frames,
        "events": report.events,
        "bytes": report.bytes,
        "blobs": report.blobs,
        "findings": findings,
        "rebuilt": roots,
    });
    let mut rows = vec![
        row("segments", count(report.segments)),
        row("batches", count(report.frames)),
        row("events", count(report.events)),
        row("log", size(report.bytes)),
        row("blobs", count(report.blobs)),
    ];
    for finding in &report.findings {
        let place = format!("{} at byte {}", finding.file, finding.offset);
        rows.push(vec![format!("{}", finding.code), format!("{place}: {}", finding.message)]);
        rows.push(vec![String::new(), finding.repair.to_owned()]);
    }
    for (realm, root) in rebuilt.unwrap_or_default() {
        rows.push(row("rebuilt", format!("realm {realm}")));
        rows.push(row("", format!("state root {root}")));
    }
    let verdict = if faults(report) == 0 { "whole" } else { "DAMAGED" };
    rows.push(row("the store is", verdict));
    context.out.show(&value, &table(&rows));
}
