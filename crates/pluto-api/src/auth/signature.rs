//! Message signatures, RFC 9421, as this node takes them.
//!
//! 1. One signature whose `keyid` is a DID, of whatever else the request carries.
//! 2. Ed25519, and no other algorithm: `alg` may be left out and may not say anything else.
//! 3. It covers `@method`, and the address: `@target-uri`, or `@authority`, `@path` and, where there is
//!    one, `@query`. Without the name of the node a request to one node would hold at another.
//! 4. It covers `content-digest` when there is a body, and the digest is the body's.
//! 5. `created` lies in a window about now, `expires` (if given) is not over, `nonce` is new.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use axum::http::Request;
use axum::http::request::Parts;
use sfv::{BareItem, Dictionary, InnerList, KeyRef, ListEntry, Parser};

use super::digest::check_digest;
use super::error::AuthError;
use super::message::{Message, component_name};

/// Longest `Signature-Input` or `Signature` in bytes, all lines together.
const FIELD_BYTES_MAX: usize = 4096;
/// Signatures that a request may carry.
const SIGNATURES_MAX: usize = 4;
/// Oldest signature in milliseconds.
pub const AGE_MS_MAX: u64 = 300_000;
/// How far ahead of this node's clock a signature may be made, in milliseconds.
pub const AHEAD_MS_MAX: u64 = 30_000;
/// Longest nonce in bytes.
const NONCE_BYTES_MAX: usize = 128;
const NONCE_BYTES_MIN: usize = 8;
const KEY_ID_BYTES_MAX: usize = 512;

/// What a request claims to be signed by; nothing of it is checked yet.
pub(super) struct Claimed {
    input: InnerList,
    signature: Vec<u8>,
    /// The key.
    pub(super) key_id: String,
    /// The nonce.
    pub(super) nonce: String,
    created_s: u64,
}

/// The key that the two fields of a signature name, if they have the form that this node takes; whether
/// the key made it is another question.
///
/// # Errors
/// `API-0103` to `API-0105`.
pub fn check_signature_fields(
    input: &str,
    signature: &str,
    now_ms: u64,
) -> Result<String, AuthError> {
    const BAD: fn(axum::http::Error) -> AuthError = |_| AuthError::Signature("a field is not text");
    let request = Request::builder().uri("/").header("signature-input", input);
    let request = request.header("signature", signature).body(()).map_err(BAD)?;
    Ok(Claimed::read(&request.into_parts().0, now_ms)?.key_id)
}

/// Whether a request carries a signature at all.
pub(super) fn is_signed(parts: &Parts) -> bool {
    parts.headers.contains_key("signature-input") || parts.headers.contains_key("signature")
}

impl Claimed {
    /// Reads the fields, and refuses what covers too little or is outside of its time.
    pub(super) fn read(parts: &Parts, now_ms: u64) -> Result<Self, AuthError> {
        let (label, input) = one_of(dictionary(parts, "signature-input")?)?;
        let mut signatures = dictionary(parts, "signature")?;
        let key_id = text(&input, "keyid", KEY_ID_BYTES_MAX)?;
        let key_id = key_id.ok_or(AuthError::Signature("no key id"))?.to_owned();
        let Some(ListEntry::Item(item)) = signatures.swap_remove(label.as_str()) else {
            return Err(AuthError::Signature("no signature of that label"));
        };
        let BareItem::ByteSequence(signature) = item.bare_item else {
            return Err(AuthError::Signature("the signature is not a sequence of bytes"));
        };
        if text(&input, "alg", KEY_ID_BYTES_MAX)?.is_some_and(|alg| alg != "ed25519") {
            return Err(AuthError::Signature("expected the algorithm ed25519"));
        }
        let nonce = text(&input, "nonce", NONCE_BYTES_MAX)?;
        let nonce = nonce.filter(|nonce| nonce.len() >= NONCE_BYTES_MIN);
        let nonce = nonce.ok_or(AuthError::Signature("expected a nonce of 8 to 128 bytes"))?;
        let nonce = nonce.to_owned();
        let created_s = check_time(&input, now_ms)?;
        check_coverage(&input, parts)?;
        Ok(Self { input, signature, key_id, nonce, created_s })
    }

    /// Whether the key made the signature over the request.
    pub(super) fn verify(
        &self,
        parts: &Parts,
        is_encrypted: bool,
        key: &[u8; 32],
    ) -> Result<(), AuthError> {
        let base = Message::new(parts, is_encrypted).base(&self.input)?;
        verify_ed25519(key, base.as_bytes(), &self.signature)
            .then_some(())
            .ok_or(AuthError::Signature("it is not that of the key over this request"))
    }

    /// Whether the body is the one that was signed; none needs no digest.
    pub(super) fn check_body(&self, parts: &Parts, body: &[u8]) -> Result<(), AuthError> {
        if !covers(&self.input, "content-digest") {
            let none = AuthError::NotCovered("`content-digest` when there is a body");
            return if body.is_empty() { Ok(()) } else { Err(none) };
        }
        let mut fields = parts.headers.get_all("content-digest").iter();
        let field = fields.next().and_then(|field| field.to_str().ok());
        let field = field.ok_or(AuthError::BodyChanged("the field is not text"))?;
        if fields.next().is_some() {
            return Err(AuthError::BodyChanged("the field is there twice"));
        }
        check_digest(field, body)
    }

    /// Until when the nonce must be remembered.
    pub(super) const fn forget_ms(&self) -> u64 {
        self.created_s.saturating_mul(1000).saturating_add(AGE_MS_MAX + 1000)
    }
}

pub(super) fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
}

/// The one signature by a DID.
fn one_of(inputs: Dictionary) -> Result<(String, InnerList), AuthError> {
    if inputs.len() > SIGNATURES_MAX {
        return Err(AuthError::Signature("too many signatures"));
    }
    let mut ours = inputs.into_iter().filter_map(|(label, entry)| match entry {
        ListEntry::InnerList(input) if is_by_did(&input) => {
            Some((label.as_str().to_owned(), input))
        }
        _ => None,
    });
    let first = ours.next().ok_or(AuthError::Signature("expected one by a DID, found none"))?;
    match ours.next() {
        None => Ok(first),
        Some(_) => Err(AuthError::Signature("expected one by a DID, found more")),
    }
}

fn is_by_did(input: &InnerList) -> bool {
    text(input, "keyid", KEY_ID_BYTES_MAX).ok().flatten().is_some_and(|id| id.starts_with("did:"))
}

fn dictionary(parts: &Parts, name: &str) -> Result<Dictionary, AuthError> {
    let mut field = String::new();
    for value in parts.headers.get_all(name) {
        let line = value.to_str().map_err(|_| AuthError::Signature("a field is not text"))?;
        if field.len() + line.len() > FIELD_BYTES_MAX {
            return Err(AuthError::Signature("a field is too long"));
        }
        if !field.is_empty() {
            field.push_str(", ");
        }
        field.push_str(line);
    }
    let parsed = Parser::new(&field).parse::<Dictionary>();
    parsed.map_err(|_| AuthError::Signature("a field is not a dictionary"))
}

fn parameter<'i>(input: &'i InnerList, name: &'static str) -> Option<&'i BareItem> {
    input.params.get(KeyRef::from_str(name).ok()?)
}

fn text<'i>(
    input: &'i InnerList,
    name: &'static str,
    bytes_max: usize,
) -> Result<Option<&'i str>, AuthError> {
    match parameter(input, name) {
        None => Ok(None),
        Some(BareItem::String(text)) if text.as_str().len() <= bytes_max => Ok(Some(text.as_str())),
        Some(_) => Err(AuthError::Signature("a parameter is not a text within its bound")),
    }
}

fn seconds(input: &InnerList, name: &'static str) -> Result<Option<u64>, AuthError> {
    const BAD: AuthError = AuthError::Signature("a time is not a number of seconds");
    match parameter(input, name) {
        None => Ok(None),
        Some(BareItem::Integer(value)) => {
            u64::try_from(i64::from(*value)).map(Some).map_err(|_| BAD)
        }
        Some(_) => Err(BAD),
    }
}

/// When it was created, if now is a time at which it holds.
fn check_time(input: &InnerList, now_ms: u64) -> Result<u64, AuthError> {
    let created_s =
        seconds(input, "created")?.ok_or(AuthError::Signature("no time of creation"))?;
    let created_ms = created_s.saturating_mul(1000);
    if created_ms > now_ms.saturating_add(AHEAD_MS_MAX) {
        return Err(AuthError::OutOfTime("the signature is made later than now"));
    }
    if created_ms.saturating_add(AGE_MS_MAX) < now_ms {
        return Err(AuthError::OutOfTime("the signature is older than 300 s"));
    }
    if seconds(input, "expires")?.is_some_and(|expires_s| expires_s.saturating_mul(1000) <= now_ms)
    {
        return Err(AuthError::OutOfTime("the signature has expired"));
    }
    Ok(created_s)
}

fn covers(input: &InnerList, name: &str) -> bool {
    input.items.iter().any(|item| component_name(item) == Ok(name))
}

fn check_coverage(input: &InnerList, parts: &Parts) -> Result<(), AuthError> {
    if !covers(input, "@method") {
        return Err(AuthError::NotCovered("`@method`"));
    }
    if !covers(input, "@target-uri") {
        let path = covers(input, "@authority") && covers(input, "@path");
        let query = parts.uri.query().is_none() || covers(input, "@query");
        if !path || !query {
            return Err(AuthError::NotCovered(
                "`@target-uri`, or `@authority`, `@path` and `@query`",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
