//! Signing in the name of one identity.
//!
//! Signatures are deterministic (RFC 8032): signing draws no randomness and cannot fail.

use std::fmt;

use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pluto_core::limits::RUN_EVENTS_MAX;
use pluto_core::traits::{PublicKey, Signer};
use pluto_core::{Did, Event, Run, Signature};
use pluto_error::Result;
use zeroize::Zeroizing;

use crate::error::IdentityError;
use crate::secret::SecretSeed;

/// The signing key of one identity, zeroed when dropped; `Debug` shows the DID only.
pub struct KeyPair {
    did: Did,
    signing: Zeroizing<SigningKey>,
}

impl KeyPair {
    pub(crate) fn new(did: Did, seed: &SecretSeed) -> Self {
        Self { did, signing: Zeroizing::new(SigningKey::from_bytes(seed.as_bytes())) }
    }

    pub(crate) fn public_of(seed: &SecretSeed) -> PublicKey {
        let signing = Zeroizing::new(SigningKey::from_bytes(seed.as_bytes()));
        VerificationKeyBytes::from(&*signing).into()
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        VerificationKeyBytes::from(&*self.signing).into()
    }
}

impl Signer for KeyPair {
    fn did(&self) -> Did {
        self.did
    }

    fn sign(&self, message: &[u8]) -> Result<Signature> {
        Ok(Signature(self.signing.sign(message).to_bytes()))
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.did)
    }
}

/// Puts `events` under one signature. That they follow each other is the caller's part and checked
/// by whoever decodes the run.
///
/// # Errors
/// `IDN-0002` for no events or more than 256, and whatever the signer says.
pub fn sign_run(signer: &dyn Signer, events: Vec<Event>) -> Result<Run> {
    let bad = IdentityError::RunLength { found: events.len(), max: RUN_EVENTS_MAX };
    if events.len() > RUN_EVENTS_MAX {
        return Err(bad.into());
    }
    let message = Run::signing_message(&events).ok_or(bad)?;
    Ok(Run { signature: signer.sign(&message)?, events })
}

#[cfg(test)]
mod tests;
