//! `pluto verify`: needs no node, no network, no account.

mod audit;
pub(super) mod bundle;
mod fork;
pub(crate) mod witnesses;

use std::io::Read;
use std::path::Path;

use pluto_core::{Canonical, Component, Digest, hex};
use pluto_decision::audit::AUDIT_BYTES_MAX;
use pluto_decision::forks::Equivocation;
use pluto_error::Result;
use pluto_identity::{DidKey, Zip215Verifier};
use serde_json::json;

use super::Context;
use crate::describe::{Description, entry};
use crate::error::NodeError;
use crate::output::{row, table, time};
use crate::proof_file::{ProofFile, Shown, Signed};

pub(super) fn run(
    context: &Context,
    path: &Path,
    root: Option<&Digest>,
    key: Option<&DidKey>,
) -> Result<()> {
    let path = &context.file(path);
    let bytes = read(path, AUDIT_BYTES_MAX)?;
    match FileKind::of(&bytes) {
        FileKind::Bundle => return bundle::run(context, path, &bytes),
        FileKind::Audit => return audit::run(context, path, &bytes),
        FileKind::Fork(proof) => return fork::run(context, path, &proof, key),
        FileKind::Proof => {}
    }
    let shown = ProofFile::decode(&bytes)
        .and_then(|proof| proof.verify(&Zip215Verifier))
        .map_err(|error| error.note(format!("`{}` proves nothing", path.display())))?;
    if let Some(expected) = root.filter(|expected| **expected != shown.root) {
        let found = shown.root;
        let why = format!("expected root `{expected}`, the proof leads to `{found}`");
        return Err(NodeError::BadProof(why).into());
    }
    show(context, &shown);
    Ok(())
}

/// What a file says it is.
enum FileKind {
    Bundle,
    Audit,
    Fork(Box<Equivocation>),
    Proof,
}

impl FileKind {
    fn of(bytes: &[u8]) -> Self {
        match bytes.first_chunk() {
            Some(b"PLUTOBDL") => Self::Bundle,
            Some(b"PLUTOAUD") => Self::Audit,
            _ => match Equivocation::decode(bytes) {
                Ok(proof) => Self::Fork(Box::new(proof)),
                Err(_) => Self::Proof,
            },
        }
    }
}

/// Reads a file, no more of it than one byte above `max`.
pub(super) fn read(path: &Path, max: usize) -> Result<Vec<u8>> {
    let refused = |error| NodeError::file("read", path, error);
    let file = std::fs::File::open(path).map_err(refused)?;
    let mut bytes = Vec::new();
    file.take(max as u64 + 1).read_to_end(&mut bytes).map_err(refused)?;
    Ok(bytes)
}

fn show(context: &Context, shown: &Shown) {
    let proof = &shown.proof;
    let known = Component::from_number(proof.component);
    let component = known.map_or_else(|| proof.component.to_string(), |known| known.to_string());
    let value = proof.value.as_deref();
    let words = known.and_then(|known| entry(known, &proof.key, value));
    let claim = match value {
        Some(_) => "the entry is in the state under this root",
        None => "the entry is NOT in the state under this root",
    };
    let mut rows = vec![
        row("verified", claim),
        row("state root", shown.root),
        row("realm", hex::text(&proof.realm)),
        row("position", proof.position),
        row("component", &component),
        row("key", hex::text(&proof.key)),
        row("value", value.map_or_else(|| "absent".to_owned(), hex::text)),
    ];
    rows.extend(words.iter().flat_map(Description::rows));
    match &shown.signed {
        Some(signed) => {
            let Signed { creator, realm_name, checkpoint, attested, .. } = signed;
            let number = checkpoint.number;
            let at = time(checkpoint.time_ms);
            match attested.as_ref().filter(|attested| attested.declared) {
                Some(attested) => rows.extend(witnesses::rows(attested)),
                None => {
                    let said = format!("{creator}, creator of realm `{realm_name}`");
                    rows.push(row("signed by", said));
                }
            }
            rows.push(row("", format!("in checkpoint {number} at {at}")));
        }
        None => rows.push(row("signed by", "nobody: compare the root with one you trust")),
    }
    let witness = shown.signed.as_ref().map(|signed| {
        json!({
            "did": signed.creator.to_string(),
            "realm_name": signed.realm_name,
            "number": signed.checkpoint.number,
            "time_ms": signed.checkpoint.time_ms,
            "event": signed.event.to_string(),
            "witnesses": signed.attested.as_ref().map(witnesses::data),
        })
    });
    context.out.show(
        &json!({
            "verified": true,
            "present": value.is_some(),
            "state_root": shown.root.to_string(),
            "realm": hex::text(&proof.realm),
            "position": proof.position,
            "component": component,
            "key": hex::text(&proof.key),
            "value": value.map(hex::text),
            "described": words.map(|words| words.json()),
            "witness": witness,
        }),
        &table(&rows),
    );
}
