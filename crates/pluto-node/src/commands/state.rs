//! `pluto state`.

use std::sync::Arc;

use pluto_api::http::shape::{ComponentRoot, StateShown};
use pluto_core::state::{member_key, record_key};
use pluto_core::traits::StateView;
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, EventId, RealmId, hex};
use pluto_decision::witnessing::Vouched;
use pluto_engines::finality::is_chained;
use pluto_engines::trust::{edge_key, standing_key};
use pluto_error::{Error, Result};
use pluto_identity::Zip215Verifier;
use pluto_nervous_system::Snapshot;
use serde_json::json;

use super::names::party;
use super::{Context, Session};
use crate::cli::{EntryArgs, StateCommand};
use crate::describe::{self, Description};
use crate::error::NodeError;
use crate::node::{Author, SystemClock, Witnessed, load};
use crate::output::{realm_time, row, table};
use crate::proof_file::{ProofFile, Witness};

pub(super) fn run(context: &Context, command: StateCommand) -> Result<()> {
    match command {
        StateCommand::Get(entry) => get(context, &entry),
        StateCommand::Root(reading) => root(context, reading.realm.as_deref()),
        StateCommand::Prove { entry, out, sign_as, witnessed } => {
            let by = match (witnessed, sign_as) {
                (true, _) => By::Witnesses,
                (false, Some(name)) => By::Creator(name),
                (false, None) => By::Nobody,
            };
            prove(context, &entry, &out, &by)
        }
    }
}

fn open(context: &Context, realm: Option<&str>) -> Result<(Session, RealmId)> {
    let node = context.node()?;
    let realm = node.realm(realm)?;
    Ok((node, realm))
}

fn get(context: &Context, entry: &EntryArgs) -> Result<()> {
    let (node, realm) = open(context, entry.reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    node.stop()?;
    let key = entry_key(context, &snapshot, &entry.key)?;
    let value = snapshot.get(entry.component, &key);
    let words = describe::entry(entry.component, &key, value.as_deref());
    let shown = value.as_deref().map_or_else(|| "absent".to_owned(), hex::text);
    let component = entry.component.as_str();
    let mut rows = vec![
        row("component", component),
        row("position", snapshot.roots().position),
        row("key", hex::text(&key)),
        row("value", shown),
    ];
    rows.extend(words.iter().flat_map(Description::rows));
    context.out.show(
        &json!({
            "realm": realm.to_string(),
            "position": snapshot.roots().position,
            "state_root": snapshot.roots().state.to_string(),
            "component": component,
            "key": hex::text(&key),
            "value": value.as_deref().map(hex::text),
            "described": words.map(|words| words.json()),
        }),
        &table(&rows),
    );
    Ok(())
}

fn root(context: &Context, realm: Option<&str>) -> Result<()> {
    let (node, realm) = open(context, realm)?;
    let snapshot = node.snapshot(realm)?;
    node.stop()?;
    let roots = snapshot.roots();
    let components: Vec<_> = Component::ALL
        .into_iter()
        .map(|component| (component, snapshot.entries(component)))
        .filter(|(_, map)| !map.is_empty())
        .collect();
    let mut rows = vec![
        row("realm", realm),
        row("position", roots.position),
        row("state root", roots.state),
        row("log root", roots.log),
        row("component tree", roots.tree),
        row("realm time", realm_time(snapshot.time_ms())),
        row("heads", snapshot.heads().len()),
    ];
    rows.extend(components.iter().map(|(component, map)| {
        vec![component.to_string(), format!("{} entries, root {}", map.len(), map.root())]
    }));
    context.out.show_as(&root_shown(&snapshot), &table(&rows));
    Ok(())
}

/// The roots of a version, and every component that holds something.
pub(super) fn root_shown(snapshot: &Snapshot) -> StateShown {
    let roots = snapshot.roots();
    let components = Component::ALL.into_iter().map(|one| (one, snapshot.entries(one)));
    let components = components.filter(|(_, map)| !map.is_empty());
    let components = components.map(|(component, map)| ComponentRoot {
        component: component.as_str(),
        entries: map.len(),
        root: map.root().to_string(),
    });
    StateShown {
        realm: snapshot.realm().to_string(),
        position: roots.position,
        state_root: roots.state.to_string(),
        log_root: roots.log.to_string(),
        component_tree_root: roots.tree.to_string(),
        realm_time_ms: snapshot.time_ms(),
        components: components.collect(),
    }
}

/// Who vouches for the root of a proof.
enum By {
    Nobody,
    Creator(String),
    Witnesses,
}

impl By {
    /// The version to prove in, and who signed or signs its root.
    fn vouch(
        &self,
        context: &Context,
        node: &Session,
        realm: RealmId,
    ) -> Result<(Arc<Snapshot>, Option<Witness>)> {
        let snapshot = node.snapshot(realm)?;
        let genesis = || load(node.system(), EventId(realm.0));
        match self {
            Self::Nobody => Ok((snapshot, None)),
            Self::Creator(_) if is_chained(&*snapshot) => {
                let why = "the realm has declared witnesses, who sign together: use `--witnessed`";
                Err(NodeError::BadArgument(why.to_owned()).into())
            }
            Self::Creator(name) => {
                let keys = context.keys.open()?;
                let author = Author::new(keys.get(name)?);
                let (_, written) = author.sign_checkpoint(node, realm, now_ms())?;
                Ok((snapshot, Some(Witness::new(genesis()?, &written.run)?)))
            }
            Self::Witnesses => {
                let (Witnessed { parties, witnessing, .. }, version) = node.chain(realm)?;
                let vouched = Vouched { genesis: genesis()?, parties, witnessing };
                Ok((Arc::new(version), Some(Witness::Chain(Box::new(vouched)))))
            }
        }
    }

    fn said(&self) -> &'static str {
        match self {
            Self::Nobody => "signed by nobody",
            Self::Creator(_) => "signed by the creator of the realm",
            Self::Witnesses => "signed by the witnesses of the realm",
        }
    }
}

fn prove(context: &Context, entry: &EntryArgs, out: &std::path::Path, by: &By) -> Result<()> {
    let (node, realm) = open(context, entry.reading.realm.as_deref())?;
    let key = entry_key(context, &*node.snapshot(realm)?, &entry.key)?;
    let (snapshot, witness) = by.vouch(context, &node, realm)?;
    let proof = snapshot.proof(entry.component, &key)?;
    let present = proof.value.is_some();
    node.stop()?;
    let root = snapshot.roots().state;
    let signed = witness.is_some();
    let file = ProofFile { root, state: proof, witness };
    // What is handed out has been checked as a stranger would.
    file.clone().verify(&Zip215Verifier)?;
    let bytes = file.encode();
    let path = context.file(out);
    std::fs::write(&path, &bytes).map_err(|error| NodeError::file("write", out, error))?;
    let file = out.display().to_string();
    let what = if present { "is in the state" } else { "is not in the state" };
    context.out.show(
        &json!({
            "file": file,
            "bytes": bytes.len(),
            "present": present,
            "state_root": root.to_string(),
            "position": snapshot.roots().position,
            "signed": signed,
        }),
        &format!(
            "{file}: {} bytes show that the entry {what} under root {root}, {}\n\
             Anybody can check it: pluto verify {file}",
            bytes.len(),
            by.said()
        ),
    );
    Ok(())
}

fn now_ms() -> u64 {
    pluto_core::traits::Clock::now_ms(&SystemClock)
}

/// The key bytes that `text` means.
pub(super) fn entry_key(context: &Context, snapshot: &Snapshot, text: &str) -> Result<Vec<u8>> {
    let (form, rest) = text.split_once(':').unwrap_or(("", text));
    match form {
        "hex" => unhex(rest),
        "did" => Ok(party(context, snapshot, text)?.encode()),
        "member" => Ok(member_key(party(context, snapshot, rest)?).to_vec()),
        "record" => {
            let (collection, key) =
                rest.split_once('/').ok_or_else(|| expected("record:<collection>/<key>", text))?;
            Ok(record_key(collection, key.as_bytes()))
        }
        "trust" => {
            let (subject, dimension) = match rest.split_once('/') {
                Some((subject, dimension)) => (subject, dimension.parse()?),
                None => (rest, Dimension::Reliability),
            };
            Ok(standing_key(dimension, party(context, snapshot, subject)?))
        }
        "edge" => {
            let mut parts = rest.splitn(3, '/');
            let (Some(subject), Some(attester)) = (parts.next(), parts.next()) else {
                return Err(expected("edge:<subject>/<attester>[/<dimension>]", text));
            };
            let dimension =
                parts.next().map_or(Ok(Dimension::Reliability), |dimension| dimension.parse())?;
            let subject = party(context, snapshot, subject)?;
            Ok(edge_key(dimension, subject, party(context, snapshot, attester)?))
        }
        _ => Ok(text.as_bytes().to_vec()),
    }
}

fn expected(form: &str, found: &str) -> Error {
    NodeError::BadArgument(format!("expected `{form}`, found `{found}`")).into()
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    let bad = || expected("hex:<pairs of hexadecimal digits>", text);
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return Err(bad());
    }
    let byte = |pair: &[u8; 2]| {
        let text = std::str::from_utf8(pair).ok()?;
        pluto_core::hex::parse::<1>(text).map(|[byte]| byte)
    };
    pairs.iter().map(|pair| byte(pair).ok_or_else(bad)).collect()
}
