//! Keys that bearer tokens are signed with: out of a JWKS (RFC 7517) or PEM file of the operator.
//!
//! A key has one algorithm, one issuer, one audience and a role that its tokens never exceed.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;

use super::error::AuthError;
use super::signature::verify_ed25519;
use crate::principal::Role;

/// Longest key file in bytes.
pub const FILE_BYTES_MAX: usize = 256 * 1024;
/// Keys that are known at once.
pub const KEYS_MAX: usize = 64;
/// A modulus of 2048 to 8192 bits, in bytes.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
const EXPONENT_BYTES_MAX: usize = 8;
/// `SubjectPublicKeyInfo` of an Ed25519 key up to its 32 bytes, RFC 8410.
const ED25519_PREFIX: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The algorithm `rsaEncryption` with no parameters, RFC 8017.
const RSA_ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// A public key with the one algorithm that it is used by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKey {
    /// `EdDSA` over Ed25519.
    Ed25519([u8; 32]),
    /// `RS256`: modulus and exponent, big-endian.
    Rs256 {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// `RS256`: a `RSAPublicKey` in DER.
    Rs256Der(Vec<u8>),
}

/// Whose tokens a key makes, for whom, and what they may do at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// The highest role.
    pub role_max: Role,
}

/// All keys, by id.
#[derive(Clone, Debug, Default)]
pub struct TokenKeys {
    keys: BTreeMap<String, (TokenKey, Issuer)>,
}

impl TokenKey {
    /// The name of its algorithm (RFC 7518, RFC 8037).
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::Rs256 { .. } | Self::Rs256Der(_) => "RS256",
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => verify_ed25519(key, message, signature),
            Self::Rs256 { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Self::Rs256Der(key) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(message, signature)
                .is_ok(),
        }
    }

    /// The key of a PEM file (`PUBLIC KEY`).
    ///
    /// # Errors
    /// `API-0113` for anything but one Ed25519 or RSA key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthError> {
        const BAD: AuthError = AuthError::BadKeys("expected one Ed25519 or RSA public key in PEM");
        if pem.len() > FILE_BYTES_MAX {
            return Err(AuthError::BadKeys("the file is too long"));
        }
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| BAD)?;
        if let Some(key) = der.strip_prefix(&ED25519_PREFIX) {
            return key.try_into().map(Self::Ed25519).map_err(|_| BAD);
        }
        let content = der_content(&der, 0x30).ok_or(BAD)?;
        let bits = content.strip_prefix(&RSA_ALGORITHM).and_then(|rest| der_content(rest, 0x03));
        let key = bits.and_then(|bits| bits.strip_prefix(&[0])).ok_or(BAD)?;
        Ok(Self::Rs256Der(key.to_vec()))
    }
}

/// The content of the one DER value that is all of `bytes`.
fn der_content(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (_, rest) = bytes.split_first().filter(|(first, _)| **first == tag)?;
    let (length, rest) = rest.split_first()?;
    let (length, content) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x82 => {
            let (digits, content) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), content)
        }
        _ => return None,
    };
    (content.len() == length).then_some(content)
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    x: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// Secret parts: a file with one does not belong here.
    d: Option<serde::de::IgnoredAny>,
    k: Option<serde::de::IgnoredAny>,
}

impl Jwk {
    fn key(&self) -> Result<TokenKey, AuthError> {
        const BAD: AuthError = AuthError::BadKeys("expected keys for `RS256` or `EdDSA`");
        let is_meant = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !is_meant {
            return Err(AuthError::BadKeys("a key is not meant for signatures"));
        }
        let bytes = |text: &Option<String>| {
            text.as_ref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(BAD)
        };
        match (self.kty.as_str(), self.alg.as_deref(), self.crv.as_deref()) {
            ("OKP", None | Some("EdDSA" | "Ed25519"), Some("Ed25519")) => {
                let key = bytes(&self.x)?.try_into().map_err(|_| BAD)?;
                Ok(TokenKey::Ed25519(key))
            }
            // A key without an algorithm would let its tokens choose one.
            ("RSA", Some("RS256"), _) => {
                let (n, e) = (bytes(&self.n)?, bytes(&self.e)?);
                if !MODULUS_BYTES.contains(&n.len()) || e.is_empty() || e.len() > EXPONENT_BYTES_MAX
                {
                    return Err(AuthError::BadKeys("expected RSA keys of 2048 to 8192 bits"));
                }
                Ok(TokenKey::Rs256 { n, e })
            }
            _ => Err(BAD),
        }
    }
}

impl TokenKeys {
    /// Adds a key.
    ///
    /// # Errors
    /// `API-0113` for an id that is there, too many keys, or an issuer that is no name.
    pub fn add(&mut self, id: &str, key: TokenKey, issuer: Issuer) -> Result<(), AuthError> {
        let is_name = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        if !is_name(&issuer.issuer) || !is_name(&issuer.audience) || !is_name(id) {
            return Err(AuthError::BadKeys("expected an issuer, an audience and a key id"));
        }
        if self.keys.len() >= KEYS_MAX {
            return Err(AuthError::BadKeys("there are too many"));
        }
        if self.keys.insert(id.to_owned(), (key, issuer)).is_some() {
            return Err(AuthError::BadKeys("two have one id"));
        }
        Ok(())
    }

    /// Adds the keys of a JWKS document that are for `RS256` or `EdDSA`; others, which documents of
    /// identity providers have as well, are left out.
    ///
    /// # Errors
    /// `API-0113` when there is none, for one without an id, and for secret ones.
    pub fn add_jwks(&mut self, text: &[u8], issuer: &Issuer) -> Result<(), AuthError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(AuthError::BadKeys("the file is too long"));
        }
        let parsed = serde_json::from_slice::<Jwks>(text);
        let jwks = parsed.map_err(|_| AuthError::BadKeys("expected a JWKS document"))?;
        let mut added = 0;
        for jwk in &jwks.keys {
            if jwk.d.is_some() || jwk.k.is_some() {
                return Err(AuthError::BadKeys("expected public keys, found a secret one"));
            }
            let Ok(key) = jwk.key() else { continue };
            let id = jwk.kid.as_deref().ok_or(AuthError::BadKeys("a key has no id"))?;
            self.add(id, key, issuer.clone())?;
            added += 1;
        }
        if added == 0 {
            return Err(AuthError::BadKeys("none is for `RS256` or `EdDSA`"));
        }
        Ok(())
    }

    pub(super) fn get(&self, id: &str) -> Option<&(TokenKey, Issuer)> {
        self.keys.get(id)
    }
}

#[cfg(test)]
mod tests;
