//! Who asks over HTTP: message signatures by DIDs, bearer tokens, the administrator's socket.
//!
//! [`Authenticator::authenticate`] is a function of the request, its body and the time; what it
//! remembers (nonces, verified tokens) is bounded. [`gate`] stands before the routes: it has the
//! request authenticated, asks the [`Authoriser`] about role, scopes and route, and answers 401 or 403
//! as problem details. Nothing here reads a file or a clock, and no error can hold a piece of a token.

mod authorise;
pub mod codes;
mod digest;
mod error;
mod gate;
mod keys;
mod memory;
mod message;
mod mint;
mod problem;
mod signature;
#[cfg(test)]
pub(crate) mod test_data;
mod token;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

pub use authorise::{Authoriser, ByRole, Need, has_scope};
pub use digest::check_digest;
pub use error::AuthError;
pub use gate::{Gate, Needs, gate};
pub use keys::{FILE_BYTES_MAX, Issuer, KEYS_MAX, TokenKey, TokenKeys};
pub use memory::{NONCES_MAX, NONCES_OF_KEY_MAX, REVOKED_MAX, VERIFIED_MAX};
pub(crate) use message::authority_of;
pub use mint::{AUDIENCE, LIFE_S_MAX, LOCAL_ISSUER, LocalIssuer, Wish};
pub use problem::problem;
pub use signature::{AGE_MS_MAX, AHEAD_MS_MAX, check_signature_fields};
pub use token::{SKEW_S, TOKEN_BYTES_MAX};

use crate::accept::Peer;
use crate::principal::{Principal, Role};
use memory::{Nonces, Verified, VerifiedTokens};
use signature::Claimed;

/// The name of the principal behind the administrator's socket.
pub const LOCAL: &str = "local";

/// Whose key it is that a signature names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatory {
    /// The key, active now.
    pub key: [u8; 32],
    /// Who signs with it, and what they may do.
    pub principal: Principal,
}

/// Knows the identities that may sign requests.
pub trait Directory: Send + Sync + 'static {
    /// The signatory behind a key id, `did` or `did#key`; keys that were rotated away are unknown.
    fn find(&self, key_id: &str) -> Option<Signatory>;
}

/// Nobody signs requests.
impl Directory for () {
    fn find(&self, _: &str) -> Option<Signatory> {
        None
    }
}

/// Keys of bearer tokens, and the ids of tokens that were taken back.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The keys.
    pub keys: TokenKeys,
    /// Ids (`jti`) of tokens that hold no longer.
    pub revoked: std::collections::HashSet<String>,
}

/// Finds out who asks.
pub struct Authenticator {
    directory: Arc<dyn Directory>,
    tokens: RwLock<Arc<Tokens>>,
    nonces: Mutex<Nonces>,
    verified: Mutex<VerifiedTokens>,
}

/// Who asks, and what is still to be checked about the body.
pub(crate) struct Asker {
    pub(crate) principal: Principal,
    claimed: Option<Claimed>,
}

impl Asker {
    /// Whether the body must be known before the request may go on.
    pub(crate) const fn signs_body(&self) -> bool {
        self.claimed.is_some()
    }

    /// Whether the body is the one that was signed.
    pub(crate) fn check_body(&self, parts: &Parts, body: &[u8]) -> Result<(), AuthError> {
        self.claimed.as_ref().map_or(Ok(()), |claimed| claimed.check_body(parts, body))
    }
}

impl Authenticator {
    /// With the identities that sign, and the keys of tokens.
    #[must_use]
    pub fn new(directory: Arc<dyn Directory>, tokens: Tokens) -> Self {
        Self {
            directory,
            tokens: RwLock::new(Arc::new(tokens)),
            nonces: Mutex::default(),
            verified: Mutex::default(),
        }
    }

    /// From now on these keys hold, and nothing that others verified.
    pub fn replace_tokens(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Who sent this request; `None` when it does not say. The connection it came by is the [`Peer`]
    /// among its extensions: only the accept loop can put one there.
    ///
    /// # Errors
    /// `API-0102` to `API-0108` and `API-0115` when it says so and does not show it.
    pub fn authenticate(
        &self,
        parts: &Parts,
        body: &[u8],
        now_ms: u64,
    ) -> Result<Option<Principal>, AuthError> {
        let Some(asker) = self.head(parts, now_ms)? else { return Ok(None) };
        asker.check_body(parts, body)?;
        Ok(Some(asker.principal))
    }

    /// The same before the body has come, so that nobody has it held in memory without a signature.
    pub(crate) fn head(&self, parts: &Parts, now_ms: u64) -> Result<Option<Asker>, AuthError> {
        let peer = parts.extensions.get::<Peer>();
        if peer.is_some_and(Peer::is_local) {
            let name = LOCAL.to_owned();
            let principal = Principal { name, role: Role::Admin, scopes: Default::default() };
            return Ok(Some(Asker { principal, claimed: None }));
        }
        let bearer = bearer(parts)?;
        match (signature::is_signed(parts), bearer) {
            (false, None) => Ok(None),
            (true, Some(_)) => Err(AuthError::Signature("expected it or a token, found both")),
            (false, Some(token)) => {
                let principal = self.by_token(token, now_ms)?;
                Ok(Some(Asker { principal, claimed: None }))
            }
            (true, None) => {
                let is_encrypted = peer.is_some_and(Peer::is_encrypted);
                self.by_signature(parts, is_encrypted, now_ms).map(Some)
            }
        }
    }

    fn by_signature(&self, parts: &Parts, tls: bool, now_ms: u64) -> Result<Asker, AuthError> {
        let claimed = Claimed::read(parts, now_ms)?;
        let signatory = self.directory.find(&claimed.key_id).ok_or(AuthError::UnknownKey)?;
        claimed.verify(parts, tls, &signatory.key)?;
        // By the name of the signatory: one key may be named in more than one way.
        let name = &signatory.principal.name;
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        nonces.put(name, &claimed.nonce, claimed.forget_ms(), now_ms)?;
        Ok(Asker { principal: signatory.principal, claimed: Some(claimed) })
    }

    /// Whose bearer token this is.
    ///
    /// # Errors
    /// `API-0102`, `API-0105`, `API-0108`.
    pub fn by_token(&self, token: &str, now_ms: u64) -> Result<Principal, AuthError> {
        let tokens = Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner));
        let mark = *blake3::hash(token.as_bytes()).as_bytes();
        let known = {
            let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
            verified.get(&mark).cloned()
        };
        let is_new = known.is_none();
        let verified = match known {
            Some(known) => known,
            None => verify_token(token, &tokens)?,
        };
        token::check_time(verified.exp_s, verified.nbf_s, now_ms)?;
        if verified.id.as_ref().is_some_and(|id| tokens.revoked.contains(id)) {
            return Err(AuthError::Token("it was taken back"));
        }
        let principal = verified.principal.clone();
        if is_new {
            self.verified.lock().unwrap_or_else(PoisonError::into_inner).put(mark, verified);
        }
        Ok(principal)
    }
}

fn verify_token(token: &str, tokens: &Tokens) -> Result<Verified, AuthError> {
    let key_id = token::key_id(token)?;
    let (key, issuer) = tokens.keys.get(&key_id).ok_or(AuthError::UnknownKey)?;
    let text = token::verify(token, key)?;
    let claims = token::Claims::read(&text, &issuer.issuer, &issuer.audience)?;
    let role = claims.role.as_deref().map_or(Some(Role::Reader), Role::parse);
    let role = role.ok_or(AuthError::Token("its role is none of reader, writer, admin"))?;
    let principal = Principal {
        // An issuer has no white space, so this says one thing only.
        name: format!("{} {}", issuer.issuer, claims.sub),
        role: role.min(issuer.role_max),
        scopes: claims.scopes()?.map(str::to_owned).collect(),
    };
    Ok(Verified { principal, exp_s: claims.exp, nbf_s: claims.nbf, id: claims.jti })
}

/// The bearer token of a request; other schemes are refused rather than passed over.
fn bearer(parts: &Parts) -> Result<Option<&str>, AuthError> {
    const BAD: AuthError = AuthError::Token("expected one header `Authorization: Bearer <token>`");
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(BAD);
    }
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(BAD)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(token.trim_start())) } else { Err(BAD) }
}

#[cfg(test)]
mod tests;
