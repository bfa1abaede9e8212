//! Requests and tokens for tests, signed by keys made from small numbers; published vectors.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::Request;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sfv::{FieldType, InnerList, ListEntry, Parser};

use super::message::Message;

/// The time of all tests.
pub(crate) const NOW_MS: u64 = 1_800_000_000_000;
/// The nonce that requests have.
pub(crate) const NONCE: &str = "0123456789abcdef";
/// The body of requests that have one.
pub(crate) const BODY: &[u8] = br#"{"hello": "world"}"#;
/// The key id of requests.
pub(crate) const DID: &str = "did:key:one";

/// The key made from a number.
pub(crate) fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

/// The public half of the key made from a number.
pub(crate) fn public(seed: u8) -> [u8; 32] {
    key(seed).public_key().as_ref().try_into().unwrap()
}

/// The key of signed requests, and its public half.
pub(crate) fn signer() -> (Ed25519KeyPair, [u8; 32]) {
    (key(1), public(1))
}

/// A request to be signed.
pub(crate) struct SignedRequest {
    pub(crate) method: &'static str,
    pub(crate) uri: String,
    pub(crate) covered: String,
    pub(crate) params: String,
    pub(crate) key_id: String,
    pub(crate) seed: u8,
    /// The body that is signed, and the one that is sent.
    pub(crate) body: Vec<u8>,
    pub(crate) sent: Vec<u8>,
}

impl SignedRequest {
    pub(crate) fn get() -> Self {
        Self {
            method: "GET",
            uri: "/v1/events?a=1".into(),
            covered: "\"@method\" \"@authority\" \"@path\" \"@query\"".into(),
            params: format!(";created={};nonce=\"{NONCE}\"", NOW_MS / 1000),
            key_id: DID.into(),
            seed: 1,
            body: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn post() -> Self {
        let covered = format!("{} \"content-digest\"", Self::get().covered);
        Self { method: "POST", covered, body: BODY.into(), sent: BODY.into(), ..Self::get() }
    }

    /// The same with another nonce.
    pub(crate) fn nonce(mut self, nonce: &str) -> Self {
        self.params = format!(";created={};nonce=\"{nonce}\"", NOW_MS / 1000);
        self
    }

    /// The request as it is sent, its signature made over whatever can be covered.
    pub(crate) fn made(&self) -> (Parts, Vec<u8>) {
        let mut request =
            Request::builder().method(self.method).uri(&self.uri).header("host", "localhost:4717");
        if !self.body.is_empty() {
            let hash = STANDARD.encode(digest(&SHA256, &self.body));
            request = request.header("content-digest", format!("sha-256=:{hash}:"));
        }
        let params = format!("({}){};keyid=\"{}\"", self.covered, self.params, self.key_id);
        let mut parts = request.body(()).unwrap().into_parts().0;
        let inner: InnerList = match Parser::new(&params).parse::<sfv::List>().unwrap().remove(0) {
            ListEntry::InnerList(inner) => inner,
            ListEntry::Item(_) => panic!("no inner list"),
        };
        let base = Message::new(&parts, false).base(&inner).unwrap_or_default();
        let signature = STANDARD.encode(key(self.seed).sign(base.as_bytes()));
        let params = vec![ListEntry::InnerList(inner)].serialize().unwrap();
        parts.headers.insert("signature-input", format!("sig={params}").parse().unwrap());
        parts.headers.insert("signature", format!("sig=:{signature}:").parse().unwrap());
        (parts, self.sent.clone())
    }
}

/// Header and claims as the part of a token that is signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// A token with its signature.
pub(crate) fn joined(unsigned: &str, signature: &[u8]) -> String {
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token signed by the key made from a number.
pub(crate) fn token(seed: u8, header: &Value, claims: &Value) -> String {
    let text = unsigned(header, claims);
    joined(&text, key(seed).sign(text.as_bytes()).as_ref())
}

/// A request with a bearer token.
pub(crate) fn with_token(token: &str) -> Parts {
    let request = Request::builder().uri("/v1/events").header("host", "localhost:4717");
    let request = request.header("authorization", format!("Bearer {token}"));
    request.body(()).unwrap().into_parts().0
}
