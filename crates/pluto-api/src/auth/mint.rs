//! Tokens that a node makes itself, for programs and for its own dashboard: EdDSA by a key of its own.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::error::AuthError;
use super::keys::{Issuer, TokenKey, TokenKeys};
use super::token::{NAME_BYTES_MAX, SCOPES_MAX};
use crate::principal::Role;

/// `iss` of tokens that a node makes.
pub const LOCAL_ISSUER: &str = "urn:pluto:node";
/// `aud` of tokens that a node makes, and of others unless the operator says otherwise.
pub const AUDIENCE: &str = "pluto";
/// The longest that a token of a node holds, in seconds.
pub const LIFE_S_MAX: u64 = 366 * 86_400;

/// What a token is to say.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Whose it is.
    pub subject: String,
    /// What it may do at most.
    pub role: Role,
    /// Narrower rights; none are all of the role.
    pub scopes: Vec<String>,
    /// How long it holds, in seconds.
    pub life_s: u64,
    /// Its id, by which it can be taken back: different for each.
    pub id: String,
}

/// Makes tokens with one secret key.
pub struct LocalIssuer {
    pair: Ed25519KeyPair,
    id: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: &'a str,
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl LocalIssuer {
    /// With a secret of 32 bytes.
    ///
    /// # Errors
    /// `API-0113` when there is no such key.
    pub fn new(secret: &[u8; 32]) -> Result<Self, AuthError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(secret);
        let pair = pair.map_err(|_| AuthError::BadKeys("expected a secret key of 32 bytes"))?;
        let hash = digest(&SHA256, pair.public_key().as_ref());
        let id = URL_SAFE_NO_PAD.encode(hash.as_ref().get(..12).unwrap_or_default());
        Ok(Self { pair, id: format!("node-{id}") })
    }

    /// Lets tokens of this issuer in.
    ///
    /// # Errors
    /// `API-0113` when there are too many keys.
    pub fn allow(&self, keys: &mut TokenKeys) -> Result<(), AuthError> {
        let key = self.pair.public_key().as_ref().try_into();
        let key = key.map_err(|_| AuthError::BadKeys("expected a public key of 32 bytes"))?;
        let (issuer, audience) = (LOCAL_ISSUER.to_owned(), AUDIENCE.to_owned());
        let issuer = Issuer { issuer, audience, role_max: Role::Admin };
        keys.add(&self.id, TokenKey::Ed25519(key), issuer)
    }

    /// A token.
    ///
    /// # Errors
    /// `API-0113` for a wish that no node would accept.
    pub fn mint(&self, wish: &Wish, now_s: u64) -> Result<String, AuthError> {
        let fits = |text: &str| {
            (1..=NAME_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
        };
        let is_scope = |scope: &String| fits(scope) && !scope.contains(char::is_whitespace);
        let fits = fits(&wish.subject)
            && fits(&wish.id)
            && wish.scopes.len() <= SCOPES_MAX
            && wish.scopes.iter().all(is_scope)
            && (1..=LIFE_S_MAX).contains(&wish.life_s);
        if !fits {
            return Err(AuthError::BadKeys(
                "expected a subject, at most 64 scopes without spaces, and at most 366 days",
            ));
        }
        let claims = Claims {
            iss: LOCAL_ISSUER,
            sub: &wish.subject,
            aud: AUDIENCE,
            iat: now_s,
            exp: now_s.saturating_add(wish.life_s),
            jti: &wish.id,
            role: wish.role.as_str(),
            scope: (!wish.scopes.is_empty()).then(|| wish.scopes.join(" ")),
        };
        let header = serde_json::json!({ "alg": "EdDSA", "kid": self.id, "typ": "JWT" });
        let part = |text: String| URL_SAFE_NO_PAD.encode(text);
        let claims = serde_json::to_string(&claims);
        let claims = claims.map_err(|_| AuthError::BadKeys("the claims are no JSON"))?;
        let text = format!("{}.{}", part(header.to_string()), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(text.as_bytes()));
        Ok(format!("{text}.{signature}"))
    }
}

#[cfg(test)]
mod tests;
