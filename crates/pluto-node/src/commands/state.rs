//! `pluto state`.

use pluto_core::state::{member_key, record_key};
use pluto_core::traits::StateView;
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, RealmId};
use pluto_engines::trust::standing_key;
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::json;

use super::Context;
use super::checkpoint::sign;
use super::names::party;
use crate::cli::{EntryArgs, StateCommand};
use crate::error::NodeError;
use crate::node::{Author, Node, SystemClock};
use crate::output::{table, time};
use crate::proof_file::{ProofFile, Witness};

pub(super) fn run(context: &Context, command: StateCommand) -> Result<()> {
    match command {
        StateCommand::Get(entry) => get(context, &entry),
        StateCommand::Root(reading) => root(context, reading.realm.as_deref()),
        StateCommand::Prove { entry, out, sign_as } => {
            prove(context, &entry, &out, sign_as.as_deref())
        }
    }
}

fn open(context: &Context, realm: Option<&str>) -> Result<(Node, RealmId)> {
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
    let (component, hex_key) = (entry.component.as_str(), hex(&key));
    let hex_value = value.as_deref().map(hex);
    context.out.show(
        &json!({ "component": component, "key": hex_key, "value": hex_value }),
        &match &value {
            None => format!("{component} has no entry {hex_key}"),
            Some(bytes) => format!("{}\n{}", hex(bytes), text_of(bytes)),
        },
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
        vec!["realm".to_owned(), realm.to_string()],
        vec!["position".to_owned(), roots.position.to_string()],
        vec!["state root".to_owned(), roots.state.to_string()],
        vec!["log root".to_owned(), roots.log.to_string()],
        vec!["component tree".to_owned(), roots.tree.to_string()],
        vec!["realm time".to_owned(), time(snapshot.time_ms())],
        vec!["heads".to_owned(), snapshot.heads().len().to_string()],
    ];
    rows.extend(components.iter().map(|(component, map)| {
        vec![component.to_string(), format!("{} entries, root {}", map.len(), map.root())]
    }));
    let list: Vec<_> = components
        .iter()
        .map(|(component, map)| {
            json!({
                "component": component.as_str(),
                "entries": map.len(),
                "root": map.root().to_string(),
            })
        })
        .collect();
    context.out.show(
        &json!({
            "realm": realm.to_string(),
            "position": roots.position,
            "state_root": roots.state.to_string(),
            "log_root": roots.log.to_string(),
            "component_tree_root": roots.tree.to_string(),
            "realm_time_ms": snapshot.time_ms(),
            "components": list,
        }),
        &table(&rows),
    );
    Ok(())
}

fn prove(
    context: &Context,
    entry: &EntryArgs,
    out: &std::path::Path,
    sign_as: Option<&str>,
) -> Result<()> {
    let keys = sign_as.map(|_| context.keys.open()).transpose()?;
    let (node, realm) = open(context, entry.reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let key = entry_key(context, &snapshot, &entry.key)?;
    let proof = snapshot.proof(entry.component, &key)?;
    let present = proof.value.is_some();
    let witness = match (sign_as, &keys) {
        (Some(name), Some(keys)) => {
            let author = Author::new(keys.get(name)?);
            let (_, written) = sign(&node, &author, realm, now_ms())?;
            let inception = author.secret().inception().clone();
            Some(Witness { inception, run: written.run })
        }
        _ => None,
    };
    node.stop()?;
    let root = snapshot.roots().state;
    let signed = witness.is_some();
    let bytes = ProofFile { root, state: proof.encode(), witness }.encode();
    std::fs::write(out, &bytes).map_err(|error| NodeError::file(out, error))?;
    let file = out.display().to_string();
    let what = if present { "is in the state" } else { "is not in the state" };
    context.out.show(
        &json!({
            "file": file,
            "bytes": bytes.len(),
            "present": present,
            "state_root": root.to_string(),
            "signed": signed,
        }),
        &format!(
            "{file}: {} bytes show that the entry {what} under root {root}{}\n\
             Anybody can check it: pluto verify {file}",
            bytes.len(),
            if signed { ", signed by a witness" } else { "" }
        ),
    );
    Ok(())
}

fn now_ms() -> u64 {
    pluto_core::traits::Clock::now_ms(&SystemClock)
}

/// The key bytes that `text` means.
fn entry_key(context: &Context, snapshot: &Snapshot, text: &str) -> Result<Vec<u8>> {
    let (form, rest) = text.split_once(':').unwrap_or(("", text));
    match form {
        "hex" => unhex(rest),
        "did" => Ok(party(context, snapshot, text)?.encode()),
        "member" => Ok(member_key(party(context, snapshot, rest)?)),
        "record" => {
            let (collection, key) = rest.split_once('/').ok_or_else(|| {
                NodeError::BadArgument("expected `record:<collection>/<key>`".into())
            })?;
            Ok(record_key(collection, key.as_bytes()))
        }
        "trust" => {
            let (subject, dimension) = match rest.rsplit_once('/') {
                Some((subject, dimension)) => (subject, dimension.parse()?),
                None => (rest, Dimension::Reliability),
            };
            Ok(standing_key(dimension, party(context, snapshot, subject)?))
        }
        _ => Ok(text.as_bytes().to_vec()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    let bad = || NodeError::BadArgument(format!("`{text}` is not hexadecimal"));
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return Err(bad().into());
    }
    let byte = |pair: &[u8; 2]| {
        let text = std::str::from_utf8(pair).ok()?;
        pluto_core::hex::parse::<1>(text).map(|[byte]| byte)
    };
    pairs.iter().map(|pair| byte(pair).ok_or_else(|| bad().into())).collect()
}

/// The readable part of a value.
fn text_of(bytes: &[u8]) -> String {
    let printable = |byte: &u8| if (32..127).contains(byte) { char::from(*byte) } else { '.' };
    bytes.iter().map(printable).collect()
}
