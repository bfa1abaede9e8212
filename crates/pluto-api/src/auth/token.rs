//! Bearer tokens: JSON web tokens (RFC 7519) in compact form, RS256 or EdDSA, as RFC 8725 advises.
//!
//! The key decides the algorithm, not the token. A token that brings a key or names a place to fetch
//! one from (`jwk`, `jku`, `x5u`, `x5c`) is refused, and so is one with extensions (`crit`, `b64`).
//! A hundred lines over the signatures that TLS brings anyway, instead of a library that knows twelve
//! algorithms of which ten must be forbidden.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::error::AuthError;
use super::keys::TokenKey;

/// Longest token in bytes.
pub const TOKEN_BYTES_MAX: usize = 8192;
/// How far the clocks of an issuer and this node may be apart, in seconds.
pub const SKEW_S: u64 = 30;
/// Longest subject, token id, or scope in bytes.
pub(super) const NAME_BYTES_MAX: usize = 256;
/// Scopes in a token.
pub(super) const SCOPES_MAX: usize = 64;

const MALFORMED: AuthError = AuthError::Token("expected a JSON web token in compact form");

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    jwk: Option<Value>,
    jku: Option<Value>,
    x5u: Option<Value>,
    x5c: Option<Value>,
    crit: Option<Value>,
    b64: Option<Value>,
}

impl Header {
    fn read(token: &str) -> Result<Self, AuthError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(AuthError::Token("it is too long"));
        }
        let (header, _) = token.split_once('.').ok_or(MALFORMED)?;
        let header: Self = json(header)?;
        let brings_key = [&header.jwk, &header.jku, &header.x5u, &header.x5c];
        if brings_key.iter().any(|field| field.is_some()) {
            return Err(AuthError::Token("it brings or names a key of its own"));
        }
        if header.crit.is_some() || header.b64.is_some() {
            return Err(AuthError::Token("it has extensions that are not understood"));
        }
        Ok(header)
    }
}

/// The id of the key that a token names.
pub(super) fn key_id(token: &str) -> Result<String, AuthError> {
    Header::read(token)?.kid.ok_or(AuthError::Token("it names no key"))
}

/// What is signed, if the key signed it by its own algorithm.
pub(super) fn verify(token: &str, key: &TokenKey) -> Result<Vec<u8>, AuthError> {
    let header = Header::read(token)?;
    if header.alg != key.algorithm() {
        return Err(AuthError::Token("it is signed by another algorithm than its key has"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
    let (_, payload) = signed.split_once('.').ok_or(MALFORMED)?;
    if payload.contains('.') {
        return Err(MALFORMED);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| MALFORMED)?;
    if !key.verifies(signed.as_bytes(), &signature) {
        return Err(AuthError::Token("it is not signed by the key that it names"));
    }
    URL_SAFE_NO_PAD.decode(payload).map_err(|_| MALFORMED)
}

/// What a token says.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    pub(super) exp: u64,
    pub(super) nbf: Option<u64>,
    pub(super) jti: Option<String>,
    pub(super) role: Option<String>,
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// What the signed text claims, if it was issued by whom the key is of, for `audience`.
    pub(super) fn read(text: &[u8], issuer: &str, audience: &str) -> Result<Self, AuthError> {
        let claims: Self = serde_json::from_slice(text)
            .map_err(|_| AuthError::Token("expected `iss`, `sub`, `aud` and `exp`"))?;
        if claims.iss != issuer {
            return Err(AuthError::Token("it is issued by somebody else than its key is of"));
        }
        let is_for_us = match &claims.aud {
            Audience::One(one) => one == audience,
            Audience::Many(many) => many.iter().any(|one| one == audience),
        };
        if !is_for_us {
            return Err(AuthError::Token("it is meant for somebody else"));
        }
        let fits = |text: &str| {
            (1..=NAME_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
        };
        if !fits(&claims.sub) || !claims.jti.as_deref().is_none_or(fits) {
            return Err(AuthError::Token("its subject or id is empty, too long, or not text"));
        }
        Ok(claims)
    }

    /// The scopes, none of them empty.
    pub(super) fn scopes(&self) -> Result<impl Iterator<Item = &str>, AuthError> {
        let scopes = self.scope.as_deref().unwrap_or_default();
        let is_bounded = scopes.split_ascii_whitespace().take(SCOPES_MAX + 1).count() <= SCOPES_MAX
            && scopes.split_ascii_whitespace().all(|scope| scope.len() <= NAME_BYTES_MAX);
        if is_bounded && (self.scope.is_none() || scopes.split_ascii_whitespace().next().is_some())
        {
            Ok(scopes.split_ascii_whitespace())
        } else {
            Err(AuthError::Token("its scopes are none, too many, or too long"))
        }
    }
}

/// Whether a token with these times holds now.
pub(super) fn check_time(exp_s: u64, nbf_s: Option<u64>, now_ms: u64) -> Result<(), AuthError> {
    let now_s = now_ms / 1000;
    if exp_s.saturating_add(SKEW_S) <= now_s {
        return Err(AuthError::OutOfTime("the bearer token has expired"));
    }
    if nbf_s.is_some_and(|nbf_s| nbf_s > now_s.saturating_add(SKEW_S)) {
        return Err(AuthError::OutOfTime("the bearer token does not hold yet"));
    }
    Ok(())
}

fn json<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, AuthError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| MALFORMED)?;
    serde_json::from_slice(&bytes).map_err(|_| MALFORMED)
}

#[cfg(test)]
mod tests;
