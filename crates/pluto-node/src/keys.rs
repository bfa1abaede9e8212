//! Where the passphrase comes from: a file, the environment, or a prompt. Never the command line.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use pluto_error::Result;
use pluto_identity::{KdfParams, Keystore, Passphrase};
use zeroize::Zeroizing;

use crate::error::NodeError;

/// The variable that may hold the passphrase.
pub const PASSPHRASE_VARIABLE: &str = "PLUTO_PASSPHRASE";

/// How to get at the keys of a node.
#[derive(Clone, Debug)]
pub struct KeyAccess {
    /// The keystore.
    pub path: PathBuf,
    /// Where the passphrase comes from.
    pub source: PassphraseSource,
}

/// Where a passphrase comes from.
#[derive(Clone)]
pub enum PassphraseSource {
    /// A file whose first line it is, else the environment, else a prompt.
    Here(Option<PathBuf>),
    /// The caller of a running node gave it, or did not.
    Caller(Option<Zeroizing<String>>),
}

impl std::fmt::Debug for PassphraseSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here(file) => write!(f, "Here({file:?})"),
            Self::Caller(_) => f.write_str("Caller(..)"),
        }
    }
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
        if let Some(text) = self.unprompted()? {
            return Passphrase::new(text);
        }
        let first = self.prompted()?;
        if new && ask("The same again: ")? != first {
            return Err(NodeError::BadArgument("the passphrases differ".into()).into());
        }
        Passphrase::new(first)
    }

    /// The passphrase where nobody has to be asked for it.
    ///
    /// # Errors
    /// `NOD-0004` when the file that holds it cannot be read.
    pub fn unprompted(&self) -> Result<Option<String>> {
        match &self.source {
            PassphraseSource::Here(Some(file)) => from_file(file).map(Some),
            PassphraseSource::Here(None) => Ok(std::env::var(PASSPHRASE_VARIABLE).ok()),
            PassphraseSource::Caller(given) => Ok(given.as_ref().map(|given| given.to_string())),
        }
    }

    /// The passphrase as a person types it.
    ///
    /// # Errors
    /// `NOD-0005` where there is no terminal to ask at.
    pub fn prompted(&self) -> Result<String> {
        let asks = matches!(self.source, PassphraseSource::Here(_));
        if !asks || !std::io::stdin().is_terminal() {
            return Err(NodeError::NoPassphrase.into());
        }
        Ok(ask("Passphrase for the keystore: ")?)
    }
}

fn ask(prompt: &str) -> Result<String, NodeError> {
    rpassword::prompt_password(prompt).map_err(|_| NodeError::NoPassphrase)
}

fn from_file(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| NodeError::file("read", path, error))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
