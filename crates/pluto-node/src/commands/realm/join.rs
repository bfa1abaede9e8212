//! `pluto realm invite` and `pluto realm join`.

use std::time::Duration;

use pluto_core::payload::{Admission, MembershipAction, MembershipChange, Role, heads_root};
use pluto_core::{Canonical, Did, Kind, RealmId};
use pluto_error::Result;
use pluto_p2p::driver::{node_of, parse_peer, text_of};
use pluto_realm::active_member;
use serde_json::json;

use super::super::Context;
use crate::cli::Acting;
use crate::error::NodeError;
use crate::node::{Author, Invite, NetworkConfig, Node, node_key};

pub(super) fn invite(
    context: &Context,
    who: Option<Did>,
    at: Vec<String>,
    acting: &Acting,
) -> Result<()> {
    let keys = who.map(|_| context.keys.open()).transpose()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    if let (Some(who), Some(keys)) = (who, &keys) {
        let author = Author::new(keys.get(&acting.identity)?);
        admit(&node, &author, realm, who)?;
    }
    let invite = Invite { realm, peers: addresses(context, &node, at)? };
    node.stop()?;
    let name = node.realm_name(realm);
    context.out.show(
        &json!({ "realm": realm.to_string(), "name": name, "invite": invite.to_string() }),
        &format!("{invite}\nThey type: pluto realm join <that line>"),
    );
    Ok(())
}

/// Makes somebody a member where only members may read.
fn admit(node: &Node, author: &Author<'_>, realm: RealmId, who: Did) -> Result<()> {
    let snapshot = node.snapshot(realm)?;
    let by_invitation = snapshot.rules().is_some_and(|rules| rules.admission == Admission::Invite);
    if !by_invitation || active_member(&*snapshot, who).is_some() {
        return Ok(());
    }
    let action = MembershipAction::Assign;
    let change = MembershipChange { subject: who, action, role: Role::Member };
    author.write(node, realm, Kind::MembershipChange, &change.encode()).map(drop)
}

/// Where this node is: what was said, else where it listens.
fn addresses(context: &Context, node: &Node, at: Vec<String>) -> Result<Vec<String>> {
    let id = text_of(node_of(*node_key(&context.data)?)?);
    if at.is_empty() {
        let status = node.network_status()?;
        let listening = status.map(|status| status.listening).unwrap_or_default();
        if listening.is_empty() {
            let why = "the node is offline: run `pluto serve --listen <address>`, or say `--at`";
            return Err(NodeError::BadArgument(why.to_owned()).into());
        }
        return Ok(listening);
    }
    at.into_iter()
        .map(|address| {
            let whole =
                if parse_peer(&address).is_ok() { address } else { format!("{address}/p2p/{id}") };
            parse_peer(&whole)?;
            Ok(whole)
        })
        .collect()
}

pub(super) fn join(context: &Context, text: &str, identity: &str, wait: Duration) -> Result<()> {
    let invite: Invite = text.parse()?;
    let realm = invite.realm;
    let mut config = NetworkConfig::load(&context.data)?;
    for peer in &invite.peers {
        if !config.peers.contains(peer) {
            config.peers.push(peer.clone());
        }
    }
    let name = realm.to_string();
    if !config.realms.contains(&name) {
        config.realms.push(name.clone());
    }
    config.save(&context.data)?;
    let Some(node) = context.running.as_deref() else {
        let said = "Noted. Run `pluto serve`, then type the same again.";
        context.out.show(&json!({ "realm": name, "joined": false }), said);
        return Ok(());
    };
    let keys = context.keys.open()?;
    let author = Author::new(keys.get(identity)?);
    invite.peers.iter().try_for_each(|peer| node.dial(peer))?;
    node.look_for(realm)?;
    if !node.wait_until(wait, || is_here(node, realm)) {
        let why = format!(
            "the realm did not come within `{}` s: is a node of the invitation online, and may you read it?",
            wait.as_secs()
        );
        return Err(NodeError::Offline(why).into());
    }
    author.introduce(node, realm)?;
    config.realms.retain(|wanted| *wanted != name);
    config.save(&context.data)?;
    let (title, who) = (node.realm_name(realm), author.did().to_string());
    context.out.show(
        &json!({ "realm": name, "name": title, "joined": true, "as": who }),
        &format!("realm  {realm}\nname   {title}\nas     {who}"),
    );
    Ok(())
}

/// Whether a realm is here, as whole as a peer has it.
fn is_here(node: &Node, realm: RealmId) -> bool {
    let Ok(snapshot) = node.snapshot(realm) else { return false };
    let heads = heads_root(snapshot.heads());
    let status = node.network_status().ok().flatten();
    let peers = status.iter().flat_map(|status| &status.peers);
    let mut roots = peers
        .flat_map(|peer| &peer.realms)
        .filter(|(shared, _)| *shared == realm)
        .filter_map(|(_, standing)| standing.heads_root);
    roots.any(|root| root == heads)
}
