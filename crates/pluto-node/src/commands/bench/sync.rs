//! `pluto bench sync`: an empty node catches up from a peer over loopback, beside an empty node that is
//! handed the same runs from memory.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pluto_core::{Canonical, RealmId};
use pluto_error::Result;
use pluto_storage::{LogOptions, Store};
use serde_json::json;

use super::Context;
use super::ingest::{authors, compose, submit};
use crate::error::NodeError;
use crate::node::{NetworkConfig, Node};

/// The longest that catching up may take.
const PATIENCE: Duration = Duration::from_secs(600);
const LISTEN: &str = "/ip4/127.0.0.1/tcp/0";

pub(super) fn run(context: &Context, events: usize, per_run: usize) -> Result<()> {
    let runs = compose(&authors(), events, per_run)?;
    let no_realm = || NodeError::BadArgument("no events to sync".to_owned());
    let realm = runs.first().and_then(pluto_core::Run::realm).ok_or_else(no_realm)?;
    let encoded: Vec<Vec<u8>> = runs.iter().map(Canonical::encode).collect();
    let bytes: usize = encoded.iter().map(Vec::len).sum();
    let dir = std::env::temp_dir().join(format!("pluto-bench-{}", std::process::id()));
    let (_, giver) = open(&dir, "giver")?;
    submit(&giver, encoded.clone())?;
    let (_, alone) = open(&dir, "alone")?;
    let begun = Instant::now();
    submit(&alone, encoded)?;
    let ingest = begun.elapsed();
    alone.stop()?;
    let sync = catch_up(&dir, &giver, realm)?;
    giver.stop()?;
    std::fs::remove_dir_all(&dir).map_err(|error| NodeError::file("remove", &dir, error))?;
    let ratio = sync.as_secs_f64() / ingest.as_secs_f64();
    context.out.show(
        &json!({
            "events": events,
            "events_per_run": per_run,
            "bytes": bytes,
            "ingest_ms": ingest.as_millis(),
            "sync_ms": sync.as_millis(),
            "ratio": ratio,
        }),
        &format!(
            "{events} events, {per_run} under each signature, {bytes} bytes\n\
             from memory            {:>6} ms\n\
             from a peer, loopback  {:>6} ms, connecting and greeting included\n\
             ratio                  {ratio:>6.2}",
            ingest.as_millis(),
            sync.as_millis()
        ),
    );
    Ok(())
}

fn open(dir: &Path, name: &str) -> Result<(PathBuf, Node)> {
    let data = dir.join(name);
    let node = Node::start(Store::open(&data.join("store"), LogOptions::default())?, &|_| {})?;
    Ok((data, node))
}

/// How long it takes until an empty node has what the other one has.
fn catch_up(dir: &Path, giver: &Node, realm: RealmId) -> Result<Duration> {
    let listen = vec![LISTEN.to_owned()];
    giver.go_online(&dir.join("giver"), &NetworkConfig { listen, ..NetworkConfig::default() })?;
    let listening = || giver.network_status().ok().flatten().map(|now| now.listening);
    let is_there = || listening().is_some_and(|addresses| !addresses.is_empty());
    let late = |what: &str| NodeError::Offline(format!("{what} took more than `{PATIENCE:?}`"));
    if !giver.wait_until(PATIENCE, is_there) {
        return Err(late("listening").into());
    }
    let (data, taker) = open(dir, "taker")?;
    let config = NetworkConfig {
        peers: listening().unwrap_or_default(),
        realms: vec![realm.to_string()],
        ..NetworkConfig::default()
    };
    let root = |node: &Node| node.system().snapshot(realm).map(|now| now.roots().state);
    let whole = root(giver);
    let begun = Instant::now();
    taker.go_online(&data, &config)?;
    if !taker.wait_until(PATIENCE, || root(&taker) == whole) {
        return Err(late("catching up").into());
    }
    let took = begun.elapsed();
    taker.stop()?;
    Ok(took)
}
