//! The passphrase: zeroed when dropped, never printed.
//!
//! It is taken from a terminal or a file descriptor by the caller and never from the arguments of a
//! process, which others can list.

use std::fmt;

use pluto_error::Result;
use zeroize::Zeroizing;

use crate::error::IdentityError;

/// Longest passphrase in bytes.
const PASSPHRASE_BYTES_MAX: usize = 1024;

/// A passphrase, byte for byte as it was typed.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes over `text`; the buffer is zeroed when the passphrase is dropped.
    ///
    /// # Errors
    /// `IDN-0012` when it is empty or longer than 1,024 bytes.
    pub fn new(text: String) -> Result<Self> {
        let text = Zeroizing::new(text);
        if text.is_empty() || text.len() > PASSPHRASE_BYTES_MAX {
            let (found, max) = (text.len(), PASSPHRASE_BYTES_MAX);
            return Err(IdentityError::BadPassphrase { found, max }.into());
        }
        Ok(Self(text))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}
