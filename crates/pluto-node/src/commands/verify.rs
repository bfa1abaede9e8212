//! `pluto verify`: needs no node, no network, no account.

use std::path::Path;

use pluto_core::{Canonical, Component};
use pluto_error::Result;
use pluto_identity::Zip215Verifier;
use serde_json::json;

use super::Context;
use crate::error::NodeError;
use crate::output::{table, time};
use crate::proof_file::{PROOF_FILE_BYTES_MAX, ProofFile, Shown};

pub(super) fn run(context: &Context, path: &Path, root: Option<&str>) -> Result<()> {
    let shown = verify(path)?;
    if let Some(expected) = root.filter(|expected| **expected != shown.root.to_string()) {
        let found = shown.root;
        let why = format!("expected root `{expected}`, the proof leads to `{found}`");
        return Err(NodeError::BadProof(why).into());
    }
    show(context, &shown);
    Ok(())
}

/// Reads and checks a proof file.
pub(super) fn verify(path: &Path) -> Result<Shown> {
    let length = std::fs::metadata(path).map_err(|error| NodeError::file(path, error))?.len();
    if length > PROOF_FILE_BYTES_MAX as u64 {
        let why = format!("`{length}` bytes, the bound is `{PROOF_FILE_BYTES_MAX}`");
        return Err(NodeError::BadProof(why).into());
    }
    let bytes = std::fs::read(path).map_err(|error| NodeError::file(path, error))?;
    ProofFile::decode(&bytes)?.verify(&Zip215Verifier)
}

fn show(context: &Context, shown: &Shown) {
    let proof = &shown.proof;
    let component = Component::from_number(proof.component)
        .map_or_else(|| proof.component.to_string(), |component| component.to_string());
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let value = proof.value.as_deref().map(hex);
    let mut rows = vec![
        vec!["verified".to_owned(), "every hash leads to the root".to_owned()],
        vec!["state root".to_owned(), shown.root.to_string()],
        vec!["realm".to_owned(), hex(&proof.realm)],
        vec!["position".to_owned(), proof.position.to_string()],
        vec!["component".to_owned(), component.clone()],
        vec!["key".to_owned(), hex(&proof.key)],
        vec!["value".to_owned(), value.clone().unwrap_or_else(|| "absent".to_owned())],
    ];
    rows.push(match &shown.witness {
        Some((did, checkpoint)) => vec![
            "signed by".to_owned(),
            format!("{did}, checkpoint {} at {}", checkpoint.number, time(checkpoint.time_ms)),
        ],
        None => {
            vec!["signed by".to_owned(), "nobody: compare the root with one you trust".to_owned()]
        }
    });
    let witness = shown.witness.as_ref().map(|(did, checkpoint)| {
        json!({
            "did": did.to_string(),
            "number": checkpoint.number,
            "time_ms": checkpoint.time_ms,
        })
    });
    context.out.show(
        &json!({
            "verified": true,
            "state_root": shown.root.to_string(),
            "realm": hex(&proof.realm),
            "position": proof.position,
            "component": component,
            "key": hex(&proof.key),
            "value": value,
            "witness": witness,
        }),
        &table(&rows),
    );
}
