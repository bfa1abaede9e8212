//! `pluto peer`: whom this node meets, and whom it shuts out.
//!
//! What is said stands in `network.toml` and lasts; a node that runs does it at once.

use pluto_api::http::shape::{PeerShown, PeersShown};
use pluto_error::Result;
use pluto_p2p::PeerId;
use pluto_p2p::driver::{PeerStatus, node_of, parse_peer, text_of};
use serde_json::json;

use super::Context;
use crate::cli::{AllowCommand, PeerCommand};
use crate::error::NodeError;
use crate::node::{NetworkConfig, Node, bind, binding, node_key, store_dir};
use crate::output::table;

pub(super) fn run(context: &Context, command: PeerCommand) -> Result<()> {
    if !store_dir(&context.data).is_dir() {
        return Err(NodeError::NotInitialised(context.data.clone()).into());
    }
    match command {
        PeerCommand::Add { address } => add(context, &address),
        PeerCommand::Remove { peer } => remove(context, &peer),
        PeerCommand::List => list(context),
        PeerCommand::Ban { peer } => ban(context, &peer, true),
        PeerCommand::Unban { peer } => ban(context, &peer, false),
        PeerCommand::Allow(command) => allow(context, command),
        PeerCommand::Bind { identity } => bind_to(context, &identity),
    }
}

fn running(context: &Context) -> Option<&Node> {
    context.running.as_deref()
}

fn add(context: &Context, address: &str) -> Result<()> {
    let peer = parse_peer(address)?;
    if !address.starts_with('/') {
        let why = format!("expected an address with the id at its end, found `{address}`");
        return Err(NodeError::BadArgument(why).into());
    }
    let mut config = NetworkConfig::load(&context.data)?;
    if !config.peers.iter().any(|known| known == address) {
        config.peers.push(address.to_owned());
        config.save(&context.data)?;
    }
    let online = match running(context) {
        Some(node) => {
            node.dial(address)?;
            node.network_status()?.is_some()
        }
        None => false,
    };
    let peer = text_of(peer);
    let when = if online { "now" } else { "when `pluto serve` runs" };
    context.out.show(
        &json!({ "peer": peer, "address": address, "online": online }),
        &format!("peer  {peer}\nmet   {when}"),
    );
    Ok(())
}

fn remove(context: &Context, peer: &str) -> Result<()> {
    let peer = parse_peer(peer)?;
    let mut config = NetworkConfig::load(&context.data)?;
    config.peers.retain(|address| parse_peer(address).ok() != Some(peer));
    config.save(&context.data)?;
    let peer = text_of(peer);
    context.out.show(
        &json!({ "removed": peer }),
        &format!(
            "{peer} is not met any more; a connection that is open stays until the node stops."
        ),
    );
    Ok(())
}

fn ban(context: &Context, peer: &str, banned: bool) -> Result<()> {
    let peer = parse_peer(peer)?;
    let mut config = NetworkConfig::load(&context.data)?;
    config.banned.retain(|id| parse_peer(id).ok() != Some(peer));
    if banned {
        config.banned.push(text_of(peer));
        config.peers.retain(|address| parse_peer(address).ok() != Some(peer));
    }
    config.save(&context.data)?;
    if let Some(node) = running(context) {
        node.ban(peer, banned)?;
    }
    let peer = text_of(peer);
    let said = if banned { "is shut out" } else { "may connect again" };
    context.out.show(&json!({ "peer": peer, "banned": banned }), &format!("{peer} {said}."));
    Ok(())
}

fn allow(context: &Context, command: AllowCommand) -> Result<()> {
    let mut config = NetworkConfig::load(&context.data)?;
    let change = match &command {
        AllowCommand::Add { peer } => Some((parse_peer(peer)?, true)),
        AllowCommand::Remove { peer } => Some((parse_peer(peer)?, false)),
        AllowCommand::List => None,
    };
    if let Some((peer, is_added)) = change {
        config.allowed.retain(|id| parse_peer(id).ok() != Some(peer));
        if is_added {
            config.allowed.push(text_of(peer));
        }
        config.save(&context.data)?;
        if let Some(node) = running(context) {
            node.allow(config.settings()?.allowed)?;
        }
    }
    let text = match config.allowed.as_slice() {
        [] => "Everybody may connect.".to_owned(),
        allowed => format!("Only these may connect:\n{}", allowed.join("\n")),
    };
    context.out.show(&json!({ "allowed": config.allowed }), &text);
    Ok(())
}

fn bind_to(context: &Context, identity: &str) -> Result<()> {
    let keys = context.keys.open()?;
    let owner = keys.get(identity)?;
    bind(&context.data, owner)?;
    let (node, owner) = (text_of(node_of(*node_key(&context.data)?)?), owner.did().to_string());
    let later = if running(context).is_some() {
        "\nPeers hear of it when the node starts anew."
    } else {
        ""
    };
    context.out.show(
        &json!({ "node": node, "owner": owner }),
        &format!("node   {node}\nowner  {owner}{later}"),
    );
    Ok(())
}

fn list(context: &Context) -> Result<()> {
    let node = node_of(*node_key(&context.data)?)?;
    let owner = binding(&context.data, node).map(|binding| binding.inception.did().to_string());
    let config = NetworkConfig::load(&context.data)?;
    let status = running(context).map(Node::network_status).transpose()?.flatten();
    let listening = status.as_ref().map(|status| status.listening.clone()).unwrap_or_default();
    let mut rows =
        vec![["PEER", "CONNECTED", "POINTS", "OWNER", "ADDRESS"].map(str::to_owned).to_vec()];
    let mut peers: Vec<PeerShown> = Vec::new();
    for peer in status.iter().flat_map(|status| &status.peers) {
        rows.push(peer_row(peer));
        peers.push(PeerShown {
            peer: text_of(peer.peer),
            connected: peer.connected,
            points: Some(peer.points),
            banned: peer.banned,
            owner: peer.owner.map(|owner| owner.to_string()),
            addresses: peer.addresses.clone(),
        });
    }
    if status.is_none() {
        for address in &config.peers {
            let peer = text_of(parse_peer(address)?);
            rows.push(vec![
                peer.clone(),
                "offline".into(),
                "-".into(),
                "-".into(),
                address.clone(),
            ]);
            peers.push(PeerShown {
                peer,
                connected: false,
                points: None,
                banned: false,
                owner: None,
                addresses: vec![address.clone()],
            });
        }
    }
    let mut text = format!(
        "node   {}\nowner  {}\n",
        text_of(node),
        owner.as_deref().unwrap_or("not said; see `pluto peer bind`")
    );
    for address in &listening {
        text.push_str(&format!("at     {address}\n"));
    }
    for allowed in &config.allowed {
        text.push_str(&format!("only   {allowed}\n"));
    }
    for banned in &config.banned {
        text.push_str(&format!("out    {banned}\n"));
    }
    let none = "There is no peer; add one with `pluto peer add <address>`.";
    text.push_str(&if peers.is_empty() { none.to_owned() } else { table(&rows) });
    let shown = PeersShown {
        node: text_of(node),
        owner,
        online: status.is_some(),
        listening,
        peers,
        banned: config.banned,
        allowed: config.allowed,
    };
    context.out.show_as(&shown, &text);
    Ok(())
}

fn peer_row(peer: &PeerStatus) -> Vec<String> {
    let connected = match (peer.connected, peer.banned) {
        (true, _) => "yes",
        (false, true) => "shut out",
        (false, false) => "no",
    };
    let owner = peer.owner.map_or_else(|| "-".to_owned(), |owner| owner.to_string());
    let address = peer.addresses.first().cloned().unwrap_or_default();
    vec![
        text_of(PeerId(peer.peer.0)),
        connected.to_owned(),
        peer.points.to_string(),
        owner,
        address,
    ]
}
