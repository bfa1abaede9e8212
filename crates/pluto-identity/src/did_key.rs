//! `did:key`: an identity that is its key, and therefore never rotates.
//!
//! W3C CCG did:key method v0.9: `did:key:` ‖ multibase `z` (base58btc) ‖ multicodec of the key type as
//! an unsigned varint ‖ key bytes. Only Ed25519 (multicodec `0xed`) is used here; other types are
//! recognised so that the refusal can name them.

use std::fmt;
use std::str::FromStr;

use pluto_core::traits::{PublicKey, SignatureVerifier};

use crate::error::IdentityError;
use crate::verifier::Zip215Verifier;

const METHOD: &str = "did:key:z";
const ED25519: [u8; 2] = [0xed, 0x01];
/// Longest text that is decoded: an RSA key of 8,192 bits takes about 1,450 characters.
const TEXT_BYTES_MAX: usize = 2048;
/// Key types by multicodec (<https://github.com/multiformats/multicodec/blob/master/table.csv>).
const OTHER_TYPES: [(u64, &str); 9] = [
    (0xe7, "secp256k1-pub"),
    (0xea, "bls12_381-g1-pub"),
    (0xeb, "bls12_381-g2-pub"),
    (0xec, "x25519-pub"),
    (0xee, "bls12_381-g1g2-pub"),
    (0x1200, "p256-pub"),
    (0x1201, "p384-pub"),
    (0x1202, "p521-pub"),
    (0x1205, "rsa-pub"),
];

/// An Ed25519 key as a `did:key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DidKey(pub PublicKey);

impl fmt::Display for DidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&ED25519[..], &self.0].concat();
        write!(f, "{METHOD}{}", bs58::encode(bytes).into_string())
    }
}

impl FromStr for DidKey {
    type Err = IdentityError;

    /// # Errors
    /// `IDN-0003` for text that is no `did:key`, `IDN-0004` for another key type, `IDN-0005` for a
    /// key that is not canonical or of small order.
    fn from_str(text: &str) -> Result<Self, IdentityError> {
        const BAD: fn(&'static str) -> IdentityError = IdentityError::BadDidKey;
        let encoded = text.strip_prefix(METHOD).ok_or(BAD("another prefix"))?;
        if encoded.len() > TEXT_BYTES_MAX {
            return Err(BAD("a longer text than any key needs"));
        }
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| BAD("no base58btc"))?;
        let Some(key) = bytes.strip_prefix(&ED25519) else {
            return Err(read_varint(&bytes).map_or(BAD("no multicodec"), other_type));
        };
        let key: PublicKey = key.try_into().map_err(|_| BAD("a key of another length"))?;
        if Zip215Verifier.accepts_key(&key) {
            Ok(Self(key))
        } else {
            Err(IdentityError::KeyRefused)
        }
    }
}

fn other_type(code: u64) -> IdentityError {
    let name = OTHER_TYPES.iter().find(|(number, _)| *number == code);
    IdentityError::KeyType(
        name.map_or_else(|| format!("{code:#x}"), |(_, name)| (*name).to_owned()),
    )
}

/// The unsigned varint at the front, at most three bytes: no key type has a longer one.
fn read_varint(bytes: &[u8]) -> Option<u64> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(3).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests;
