//! Where the passphrase comes from: a file, the environment, or a prompt. Never the command line.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use pluto_error::Result;
use pluto_identity::{KdfParams, Keystore, Passphrase};

use crate::error::NodeError;

/// The variable that may hold the passphrase.
pub const PASSPHRASE_VARIABLE: &str = "PLUTO_PASSPHRASE";

/// How to get at the keys of a node.
#[derive(Clone, Debug)]
pub struct KeyAccess {
    /// The keystore.
    pub path: PathBuf,
    /// A file whose first line is the passphrase.
    pub passphrase_file: Option<PathBuf>,
}

impl KeyAccess {
    /// Opens the keystore.
    ///
    /// # Errors
    /// `NOD-0005` when no passphrase can be had; what the keystore says.
    pub fn open(&self) -> Result<Keystore> {
        Keystore::open(&self.path, &self.passphrase(false)?)
    }

    /// Creates an empty keystore.
    ///
    /// # Errors
    /// As [`KeyAccess::open`].
    pub fn create(&self) -> Result<Keystore> {
        Keystore::create(&self.path, &self.passphrase(true)?, KdfParams::DEFAULT)
    }

    fn passphrase(&self, new: bool) -> Result<Passphrase> {
        if let Some(file) = &self.passphrase_file {
            return from_file(file);
        }
        if let Ok(text) = std::env::var(PASSPHRASE_VARIABLE) {
            return Passphrase::new(text);
        }
        if !std::io::stdin().is_terminal() {
            return Err(NodeError::NoPassphrase.into());
        }
        let ask =
            |prompt: &str| rpassword::prompt_password(prompt).map_err(|_| NodeError::NoPassphrase);
        let first = ask("Passphrase for the keystore: ")?;
        if new && ask("The same again: ")? != first {
            return Err(NodeError::BadArgument("the passphrases differ".into()).into());
        }
        Passphrase::new(first)
    }
}

fn from_file(path: &Path) -> Result<Passphrase> {
    let text =
        std::fs::read_to_string(path).map_err(|error| NodeError::file("read", path, error))?;
    Passphrase::new(text.lines().next().unwrap_or_default().to_owned())
}
