//! `pluto sync`: what is here, and whether peers have the same.

use pluto_api::http::shape::{SyncPeer, SyncRealm, SyncShown, SyncStarted};
use pluto_core::payload::heads_root;
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::{Component, Digest, RealmId};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_p2p::driver::{NetworkStatus, PeerStatus, Standing, text_of};

use super::Context;
use super::realm::witness::final_shown;
use crate::cli::{Reading, SyncCommand};
use crate::node::Node;
use crate::output::{row, table};

pub(super) fn run(context: &Context, command: &SyncCommand) -> Result<()> {
    match command {
        SyncCommand::Status { reading } => status(context, reading),
        SyncCommand::Now { reading } => now(context, reading),
    }
}

fn realms(node: &Node, reading: &Reading) -> Result<Vec<RealmId>> {
    match &reading.realm {
        Some(name) => Ok(vec![node.realm(Some(name))?]),
        None => Ok(node.system().realms()),
    }
}

fn now(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realms = realms(&node, reading)?;
    let online = node.sync_now(&realms)?;
    node.stop()?;
    let text = match online {
        true => {
            format!("Comparing {} realms with all peers; see `pluto sync status`.", realms.len())
        }
        false => "The node is offline; run `pluto serve` with an address or a peer.".to_owned(),
    };
    let shown = SyncStarted { online, realms: realms.len(), event: None };
    context.out.show_as(&shown, &text);
    Ok(())
}

/// The last checkpoint of a realm that is final.
fn last_final(snapshot: &Snapshot) -> Option<FinalityRecord> {
    read(snapshot, Component::Consensus, FINALITY_KEY)
}

fn status(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let network = node.network_status()?;
    let mut values = Vec::new();
    let mut text = String::new();
    for realm in realms(&node, reading)? {
        let snapshot = node.snapshot(realm)?;
        let heads = heads_root(snapshot.heads());
        let name = node.realm_name(realm);
        let peers = peers_of(network.as_ref(), realm);
        text.push_str(&realm_text(&name, realm, &snapshot, heads, &peers));
        text.push('\n');
        values.push(realm_shown(&name, realm, &snapshot, heads, &peers));
    }
    let faults = node.network_faults();
    node.stop()?;
    faults.iter().for_each(|fault| text.push_str(&format!("FAULT  {fault}\n")));
    if network.is_none() {
        text.push_str("The node is offline: nothing is compared.\n");
    }
    let shown = SyncShown { online: network.is_some(), realms: values, faults };
    context.out.show_as(&shown, &text);
    Ok(())
}

/// The peers a realm is shared with, and how it stands with each.
fn peers_of(network: Option<&NetworkStatus>, realm: RealmId) -> Vec<(&PeerStatus, &Standing)> {
    let peers = network.into_iter().flat_map(|network| &network.peers);
    peers
        .filter_map(|peer| {
            let (_, standing) = peer.realms.iter().find(|(shared, _)| *shared == realm)?;
            Some((peer, standing))
        })
        .collect()
}

/// Whether a peer has the same events, as far as it has said.
fn is_equal(standing: &Standing, heads: Digest) -> Option<bool> {
    standing.heads_root.map(|root| root == heads)
}

fn realm_text(
    name: &str,
    realm: RealmId,
    snapshot: &Snapshot,
    heads: Digest,
    peers: &[(&PeerStatus, &Standing)],
) -> String {
    let roots = snapshot.roots();
    let checkpoint = match last_final(snapshot) {
        Some(last) => format!("{} ({})", last.number, crate::output::time(last.time_ms)),
        None => "none".to_owned(),
    };
    let mut rows = vec![
        row("realm", format!("{name} ({})", realm.short())),
        row("events", roots.position),
        row("heads root", heads),
        row("state root", roots.state),
        row("checkpoint", checkpoint),
    ];
    for (peer, standing) in peers {
        let said = match is_equal(standing, heads) {
            Some(true) => "equal".to_owned(),
            Some(false) => "differs".to_owned(),
            None => "not compared yet".to_owned(),
        };
        let came = match standing.events {
            0 => String::new(),
            events => format!(", {events} events came from it"),
        };
        rows.push(row("peer", format!("{}  {said}{came}", text_of(peer.peer))));
    }
    table(&rows)
}

fn realm_shown(
    name: &str,
    realm: RealmId,
    snapshot: &Snapshot,
    heads: Digest,
    peers: &[(&PeerStatus, &Standing)],
) -> SyncRealm {
    let roots = snapshot.roots();
    let peers = peers.iter().map(|(peer, standing)| SyncPeer {
        peer: text_of(peer.peer),
        owner: peer.owner.map(|owner| owner.to_string()),
        equal: is_equal(standing, heads),
        heads_root: standing.heads_root.map(|root| root.to_string()),
        last: standing.outcome.map(|outcome| format!("{outcome:?}").to_lowercase()),
        events: standing.events,
    });
    SyncRealm {
        name: name.to_owned(),
        realm: realm.to_string(),
        events: roots.position,
        heads_root: heads.to_string(),
        state_root: roots.state.to_string(),
        checkpoint: last_final(snapshot).map(|last| final_shown(&last)),
        peers: peers.collect(),
    }
}
