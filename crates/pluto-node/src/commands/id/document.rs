//! `pluto id document`: a W3C DID document (DID Core 1.0, section 5; Multikey of Controlled Identifiers).

use pluto_api::http::shape::{DidDocument, MethodShown};
use pluto_core::{Did, payload::Inception};
use pluto_error::Result;
use pluto_identity::DidKey;

use super::super::Context;
use super::super::names::party;
use crate::error::NodeError;
use crate::node::identity;

const CONTEXTS: [&str; 2] =
    ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"];

pub(super) fn run(context: &Context, who: &str, realm: Option<&str>) -> Result<()> {
    let document = match realm {
        Some(realm) => in_realm(context, who, realm)?,
        None => from_inception(context, who)?,
    };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    context.out.show_as(&document, &text);
    Ok(())
}

/// As the realm knows it: with the key that is active there.
fn in_realm(context: &Context, who: &str, realm: &str) -> Result<DidDocument> {
    let node = context.node()?;
    let realm = node.realm(Some(realm))?;
    let did = party(context, &*node.snapshot(realm)?, who)?;
    let record = identity(&node, realm, did)?.ok_or_else(|| missing(who))?;
    node.stop()?;
    Ok(document(did, DidKey(record.key), &record.key_event.to_string()))
}

/// As its inception says, for identities in the keystore.
fn from_inception(context: &Context, who: &str) -> Result<DidDocument> {
    let keys = context.keys.open()?;
    let named = |did: Did| keys.name_of(&did).map(str::to_owned);
    let name = who.parse().ok().and_then(named).unwrap_or_else(|| who.to_owned());
    let inception: &Inception = match keys.contact(&name) {
        Some(contact) => contact,
        None => keys.get(&name).map_err(|_| missing(who))?.inception(),
    };
    Ok(document(inception.did(), DidKey(inception.key), "inception"))
}

fn missing(who: &str) -> NodeError {
    let hint = "give a name in the keystore, or a realm that knows the identity".to_owned();
    NodeError::NotFound { what: "identity", name: who.to_owned(), hint }
}

/// The document of an identity whose key that event made active.
pub(in crate::commands) fn document(did: Did, key: DidKey, fragment: &str) -> DidDocument {
    let method = format!("{did}#{fragment}");
    let text = key.to_string();
    let multibase = text.strip_prefix("did:key:").unwrap_or(&text);
    DidDocument {
        context: CONTEXTS.to_vec(),
        id: did.to_string(),
        verification_method: vec![MethodShown {
            id: method.clone(),
            kind: "Multikey",
            controller: did.to_string(),
            public_key: multibase.to_owned(),
        }],
        authentication: vec![method.clone()],
        assertion_method: vec![method.clone()],
        capability_invocation: vec![method.clone()],
        capability_delegation: vec![method],
    }
}
