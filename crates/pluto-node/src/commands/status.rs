//! `pluto status`.

use std::path::Path;

use pluto_api::http::shape::{
    Fault, FinalShown, LoadShown, OpenedShown, ResidentShown, RivalShown, ShardsShown, StatusShown,
};
use pluto_core::traits::StateView;
use pluto_core::{Digest, RealmId};
use pluto_error::{Coded, Result};
use pluto_nervous_system::event_sourcing::Border;
use pluto_nervous_system::{Resident, ShardStats, Snapshot};

use super::Context;
use super::realm::witness::{border_shown, border_text, rival_text, unlike_text};
use crate::health::Answer;
use crate::node::{Node, store_dir};
use crate::output::{count, row, size, table};

pub(super) fn run(context: &Context) -> Result<()> {
    let node = context.node()?;
    let Totals { realms, events, entries, finality } = Totals::of(&node)?;
    let shards = node.system().shard_stats();
    let log_bytes = node.system().log().end().0;
    let recovery = node.recovery;
    let mode = node.system().mode();
    let health = node.health();
    let read_only = node.system().read_only().cloned();
    node.stop()?;
    let disk_bytes = disk_usage(&store_dir(&context.data));
    let mut rows = vec![
        row("version", env!("CARGO_PKG_VERSION")),
        row("data", context.data.display()),
        row("mode", mode),
        row("health", health.text()),
        row("ready", yes_or_why(&health.ready)),
        row("live", yes_or_why(&health.live)),
        row("realms", count(realms)),
        row("events", count(events)),
        row("state entries", count(entries)),
        row("in memory", resident_text(&shards.writer, &shards.readers)),
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
    rows.extend(finality.rows());
    let shown = StatusShown {
        version: env!("CARGO_PKG_VERSION"),
        data: context.data.display().to_string(),
        mode: mode.as_str(),
        read_only: read_only.map(|why| Fault { code: why.code().id(), message: why.to_string() }),
        realms,
        events,
        state_entries: entries,
        log_bytes,
        disk_bytes,
        shards: shards_shown(&shards),
        finals: finality.borders(),
        stopped: finality.rivals(),
        signed_otherwise: finality.unlike(),
        opened: OpenedShown {
            from_checkpoint: recovery.from_checkpoint,
            replayed: recovery.replayed,
        },
        health: health.shown(),
        ready: health.ready.shown(),
        live: health.live.shown(),
    };
    context.out.show_as(&shown, &table(&rows));
    Ok(())
}

/// What all realms have together.
#[derive(Default)]
struct Totals {
    realms: u64,
    events: u64,
    entries: u64,
    finality: Finality,
}

impl Totals {
    fn of(node: &Node) -> Result<Self> {
        let mut totals = Self::default();
        for (realm, outline) in node.system().outlines() {
            totals.realms += 1;
            totals.events += outline.events;
            totals.entries += outline.entries;
            if outline.bordered {
                let unlike = node.signed_otherwise(realm)?;
                totals.finality.add(outline.name.clone(), &*node.snapshot(realm)?, unlike);
            }
        }
        Ok(totals)
    }
}

fn shards_shown(stats: &ShardStats) -> ShardsShown {
    let side = |side: &Resident| ResidentShown {
        resident: side.realms,
        bytes: side.bytes,
        bytes_max: side.bytes_max,
        hits: side.hits,
        loads: side.loads,
        folded: side.folded,
        evictions: side.evictions,
        load_us: LoadShown { p99: side.load_us_p99, max: side.load_us_max },
    };
    ShardsShown { stored: stats.stored, writer: side(&stats.writer), readers: side(&stats.readers) }
}

fn resident_text(writer: &Resident, readers: &Resident) -> String {
    format!(
        "{} realms for writing, {} for reading; {} of {}",
        count(writer.realms),
        count(readers.realms),
        size(writer.bytes + readers.bytes),
        size(writer.bytes_max.saturating_add(readers.bytes_max))
    )
}

fn yes_or_why(answer: &Answer) -> String {
    if answer.holds { "yes".to_owned() } else { format!("no: {}", answer.reason) }
}

/// How final a realm is.
struct Standing {
    name: String,
    realm: RealmId,
    border: Option<Border>,
    rival: Option<Digest>,
    /// The border, if what stands before it is not what was signed there.
    unlike: Option<Border>,
}

impl Standing {
    fn shown(&self, border: &Border) -> FinalShown {
        FinalShown { realm: self.realm.to_string(), border: border_shown(border) }
    }
}

/// The last border of each realm that has one, and what contradicts it.
#[derive(Default)]
struct Finality(Vec<Standing>);

impl Finality {
    fn add(&mut self, name: String, snapshot: &Snapshot, unlike: Option<Border>) {
        let (border, rival) = (snapshot.border().cloned(), snapshot.rival());
        if border.is_some() || rival.is_some() {
            self.0.push(Standing { name, realm: snapshot.realm(), border, rival, unlike });
        }
    }

    fn rows(&self) -> impl Iterator<Item = Vec<String>> {
        self.0.iter().flat_map(|Standing { name, border, rival, unlike, .. }| {
            let said = |what, text| row(what, format!("{name}, {text}"));
            let border = border.as_ref().map(|one| said("final", border_text(one)));
            let rival = rival.map(|one| said("stopped", rival_text(one)));
            let unlike = unlike.as_ref().map(|one| said("differs", unlike_text(one)));
            border.into_iter().chain(rival).chain(unlike)
        })
    }

    fn borders(&self) -> Vec<FinalShown> {
        self.0.iter().filter_map(|one| Some(one.shown(one.border.as_ref()?))).collect()
    }

    fn unlike(&self) -> Vec<FinalShown> {
        self.0.iter().filter_map(|one| Some(one.shown(one.unlike.as_ref()?))).collect()
    }

    fn rivals(&self) -> Vec<RivalShown> {
        let rivals = self.0.iter().filter_map(|one| {
            let rival = one.rival?.to_string();
            Some(RivalShown { realm: one.realm.to_string(), rival })
        });
        rivals.collect()
    }
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
