//! Opens a node and prints all it holds: `inspect <data>`.
//!
//! One line per realm, with its roots and a digest over its events in canonical order, and one line per
//! blob. Two nodes that hold the same print the same. Runs as a process of its own so that a test can
//! tell an error with a code (exit 1) from a panic, an abort and a hang.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use pluto_core::traits::BlobStore;
use pluto_core::{Canonical, Digest, LogPosition, RealmId, Run};
use pluto_error::Result;
use pluto_merkle::log_tree::{Blake3Log, verify_inclusion};
use pluto_node::node::Node;

pluto_core::domains! {
    EVENTS = "pluto tests inspect v1";
}

/// Places per proof: several in every tile.
const PROOF_ONE_IN: u64 = 16;

fn main() -> ExitCode {
    let Some(data) = std::env::args_os().nth(1) else { return ExitCode::from(2) };
    match inspect(Path::new(&data)) {
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{} {}", error.code(), error.chain());
            ExitCode::FAILURE
        }
    }
}

fn inspect(data: &Path) -> Result<String> {
    let node = Node::open(data, &|_| {})?;
    let mut text = String::new();
    for realm in node.system().realms() {
        let roots = node.snapshot(realm)?.roots();
        let events = events(&node, realm)?;
        let (position, state) = (roots.position, roots.state);
        text.push_str(&format!("realm {realm} {position} {state} events {events}\n"));
    }
    for id in node.blobs.ids()? {
        let bytes = node.blobs.get(&id)?.unwrap_or_default();
        text.push_str(&format!("blob {id} {} {}\n", bytes.len(), EVENTS.hash(&bytes)));
    }
    // A node that only reads has told what it has: its answers are not the whole truth, and it says so.
    let damage = node.system().read_only().cloned();
    node.stop()?;
    damage.map_or(Ok(text), |damage| Err(damage.into()))
}

/// A digest over every event of the realm in canonical order, read from the log, some of them proven.
fn events(node: &Node, realm: RealmId) -> Result<Digest> {
    let proven = node.system().ask(realm, move |view| {
        let roots = view.roots();
        let mut proven = Vec::new();
        for position in 0..roots.position {
            let Some(place) = view.place(position)? else { break };
            if position % PROOF_ONE_IN == 0 {
                let (root, proof) = view.inclusion(position)?;
                let leaf = place.leaf();
                verify_inclusion::<Blake3Log>(&root, roots.position, position, &leaf, &proof)?;
            }
            proven.push(place);
        }
        Ok(proven)
    })?;
    let log = node.system().log();
    let mut all = Vec::new();
    let mut last: Option<(LogPosition, Run)> = None;
    for place in proven {
        let Some(at) = log.find(&place.id)? else {
            all.extend_from_slice(b"an event is not in the log");
            continue;
        };
        let run = match last.take() {
            Some((position, run)) if position == at.record => run,
            _ => Run::decode(&log.read(at.record)?)?,
        };
        if let Some(event) = run.events.get(usize::from(at.slot)) {
            all.extend_from_slice(&event.header.encode());
            all.extend_from_slice(event.payload.as_deref().unwrap_or_default());
        }
        last = Some((at.record, run));
    }
    Ok(EVENTS.hash(&all))
}
