//! What callers show over HTTP before anybody knows who they are, and key files.

use std::sync::Arc;

use pluto_api::Role;
use pluto_api::auth::{Authenticator, Issuer, TokenKey, TokenKeys, Tokens, check_signature_fields};
use pluto_node::observe::context::TraceContext;

const NOW_MS: u64 = 1_800_000_000_000;

fn issuer() -> Issuer {
    Issuer { issuer: "i".to_owned(), audience: "a".to_owned(), role_max: Role::Admin }
}

/// Nobody signs with a key of zeros: whatever comes, it names nobody.
pub(super) fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut keys = TokenKeys::default();
    if keys.add("k", TokenKey::Ed25519([0x11; 32]), issuer()).is_err() {
        return;
    }
    let tokens = Tokens { keys, revoked: Default::default() };
    assert!(Authenticator::new(Arc::new(()), tokens).by_token(text, NOW_MS).is_err());
}

/// The two fields of a signature, one in a line: what is accepted names a DID.
pub(super) fn signature(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (input, signature) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(key_id) = check_signature_fields(input, signature, NOW_MS) {
        assert!(key_id.starts_with("did:"));
    }
}

/// A `traceparent`: what continues a trace names one.
pub(super) fn trace(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(context) = TraceContext::continuing(text) {
        assert!(context.is_continued && context.trace != [0; 16]);
        assert!(context.parent.is_some_and(|parent| parent != [0; 8]));
    }
}

pub(super) fn keys(bytes: &[u8]) {
    let _ = TokenKey::from_pem(bytes);
    let _ = TokenKeys::default().add_jwks(bytes, &issuer());
}
