//! The proof of a fork: two headers, two signatures, and the key that made both.

use std::path::Path;

use pluto_decision::forks::Equivocation;
use pluto_error::Result;
use pluto_identity::{DidKey, Zip215Verifier};
use serde_json::json;

use crate::commands::Context;
use crate::error::NodeError;
use crate::output::{row, table};

/// A proof names its key by an event and does not carry it, so whoever verifies says which it is.
pub(super) fn run(
    context: &Context,
    path: &Path,
    proof: &Equivocation,
    key: Option<&DidKey>,
) -> Result<()> {
    let Some(DidKey(key)) = key.copied() else {
        let why = "it is the proof of a fork: name the key of its author with `--key did:key:…`";
        return Err(NodeError::BadArgument(why.into()).into());
    };
    if let Err(error) = proof.verify(key, &Zip215Verifier) {
        let error = pluto_error::Error::from(error);
        return Err(error.note(format!("`{}` proves nothing", path.display())));
    }
    let header = &proof.first.header;
    let [first, second] = proof.ids();
    let realm = header.realm_of(first);
    let value = json!({
        "verified": true,
        "author": proof.author().to_string(),
        "realm": realm.to_string(),
        "author_seq": proof.seq(),
        "events": [first.to_string(), second.to_string()],
        "key": DidKey(key).to_string(),
        "key_ref": header.key_ref.to_string(),
    });
    let rows = vec![
        row("verified", "one key signed two events for one place"),
        row("author", proof.author()),
        row("realm", realm),
        row("place", proof.seq()),
        row("events", first),
        row("", second),
        row("key", DidKey(key)),
    ];
    context.out.show(&value, &table(&rows));
    Ok(())
}
