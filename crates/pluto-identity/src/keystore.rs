//! The keystore: one encrypted file with all identities of an owner.
//!
//! Names, DIDs and inceptions are readable without the passphrase, so that a list needs none; they
//! are authenticated when the keystore is opened. Seeds are sealed with XChaCha20-Poly1305 under a
//! key that Argon2id makes from the passphrase; layout in `docs/formats/keystore.md`.
//!
//! Every change takes the lock, reads the file again, and replaces it whole (write a new file, sync,
//! rename, sync the folder): two processes lose no change of each other, a crash leaves the old file
//! or the new one.

mod file;
mod kdf;
mod layout;
mod passphrase;
mod seal;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use pluto_core::Did;
use pluto_error::Result;

use crate::error::IdentityError;
use crate::secret::IdentitySecret;
use kdf::StoreKey;
use layout::{KeystoreFile, check_name};

pub use kdf::KdfParams;
pub use layout::{IDENTITIES_MAX, KEYSTORE_FORMAT, NAME_BYTES_MAX};
pub use passphrase::Passphrase;

type Identities = BTreeMap<String, IdentitySecret>;

/// What is known about an identity without the passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The owner's name for it.
    pub name: String,
    /// Its DID.
    pub did: Did,
}

/// An open keystore.
pub struct Keystore {
    path: PathBuf,
    key: StoreKey,
    identities: Identities,
}

impl Keystore {
    /// Creates an empty keystore that only its owner can read. [`KdfParams::DEFAULT`] is what
    /// everybody but a test wants.
    ///
    /// # Errors
    /// `IDN-0007` when there is a file already, `IDN-0001`, `IDN-0013`, `IDN-0014` and `IDN-0020`.
    pub fn create(path: &Path, passphrase: &Passphrase, params: KdfParams) -> Result<Self> {
        let key = StoreKey::fresh(passphrase, params)?;
        let _lock = file::lock(path)?;
        if file::exists(path)? {
            return Err(IdentityError::KeystoreExists(path.to_owned()).into());
        }
        let keystore = Self { path: path.to_owned(), key, identities: Identities::new() };
        keystore.write(&keystore.identities)?;
        Ok(keystore)
    }

    /// Opens a keystore and authenticates all of it.
    ///
    /// # Errors
    /// `IDN-0006` when there is none, `IDN-0008` when others can read it, `IDN-0009` when it is
    /// damaged, `IDN-0010` for another version, `IDN-0011` for a wrong passphrase, `IDN-0013` when it
    /// asks for more work than allowed, `IDN-0014` and `IDN-0020`.
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self> {
        let path = file::resolve(path)?;
        let stored = KeystoreFile::parse(&file::read(&path)?)?;
        let key = StoreKey::derive(passphrase, stored.params, stored.salt)?;
        let identities = stored.unseal(&key)?;
        Ok(Self { path, key, identities })
    }

    /// Names and DIDs, by name, without the passphrase. Accidental damage is found here too; that
    /// nobody changed the list on purpose is known only after [`Keystore::open`].
    ///
    /// # Errors
    /// As [`Keystore::open`], but never `IDN-0011` or `IDN-0014`.
    pub fn list(path: &Path) -> Result<Vec<KeyEntry>> {
        let stored = KeystoreFile::parse(&file::read(&file::resolve(path)?)?)?;
        Ok(stored.entries())
    }

    /// Names and DIDs, by name.
    pub fn entries(&self) -> impl Iterator<Item = KeyEntry> {
        self.identities
            .iter()
            .map(|(name, secret)| KeyEntry { name: name.clone(), did: secret.did() })
    }

    /// The identity of that name.
    ///
    /// # Errors
    /// `IDN-0015` when there is none.
    pub fn get(&self, name: &str) -> Result<&IdentitySecret> {
        let unknown = || IdentityError::NameUnknown(name.to_owned());
        Ok(self.identities.get(name).ok_or_else(unknown)?)
    }

    /// Adds an identity. Durable on return.
    ///
    /// # Errors
    /// `IDN-0016` when the name or the identity is there already, `IDN-0017` for a bad name,
    /// `IDN-0018` when the keystore is full, and as [`Keystore::rename`].
    pub fn add(&mut self, name: &str, identity: IdentitySecret) -> Result<()> {
        check_name(name)?;
        self.change(|identities| {
            let did = identity.did();
            if identities.contains_key(name) {
                return Err(IdentityError::NameTaken(name.to_owned()));
            }
            if identities.values().any(|other| other.did() == did) {
                return Err(IdentityError::NameTaken(did.to_string()));
            }
            if identities.len() >= IDENTITIES_MAX {
                return Err(IdentityError::KeystoreFull(IDENTITIES_MAX));
            }
            identities.insert(name.to_owned(), identity);
            Ok(())
        })
    }

    /// Forgets an identity. Durable on return; without a copy of the file the identity is lost.
    ///
    /// # Errors
    /// `IDN-0015` when there is none of that name, and as [`Keystore::rename`].
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.change(|identities| match identities.remove(name) {
            Some(_) => Ok(()),
            None => Err(IdentityError::NameUnknown(name.to_owned())),
        })
    }

    /// Gives an identity another name. Durable on return.
    ///
    /// # Errors
    /// `IDN-0015` to `IDN-0017` for the names; `IDN-0019` when the passphrase was changed by another
    /// process; and what [`Keystore::open`] says about the file.
    pub fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        check_name(new)?;
        self.change(|identities| {
            if identities.contains_key(new) {
                return Err(IdentityError::NameTaken(new.to_owned()));
            }
            let unknown = || IdentityError::NameUnknown(old.to_owned());
            let identity = identities.remove(old).ok_or_else(unknown)?;
            identities.insert(new.to_owned(), identity);
            Ok(())
        })
    }

    /// Seals everything under another passphrase. Durable on return; copies of the old file still
    /// open with the old one.
    ///
    /// # Errors
    /// `IDN-0001`, `IDN-0013`, `IDN-0014`, and as [`Keystore::rename`].
    pub fn change_passphrase(&mut self, new: &Passphrase, params: KdfParams) -> Result<()> {
        let key = StoreKey::fresh(new, params)?;
        let _lock = file::lock(&self.path)?;
        self.identities = self.read_again()?;
        let old = std::mem::replace(&mut self.key, key);
        self.write(&self.identities).inspect_err(|_| self.key = old)
    }

    fn change(
        &mut self,
        edit: impl FnOnce(&mut Identities) -> Result<(), IdentityError>,
    ) -> Result<()> {
        let _lock = file::lock(&self.path)?;
        let mut identities = self.read_again()?;
        edit(&mut identities)?;
        self.write(&identities)?;
        self.identities = identities;
        Ok(())
    }

    fn read_again(&self) -> Result<Identities> {
        let stored = KeystoreFile::parse(&file::read(&self.path)?)?;
        if stored.salt != self.key.salt {
            return Err(IdentityError::KeystoreChanged.into());
        }
        Ok(stored.unseal(&self.key)?)
    }

    fn write(&self, identities: &Identities) -> Result<()> {
        let bytes = KeystoreFile::seal(&self.key, identities)?.to_bytes();
        file::replace(&self.path, &bytes)
    }
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keystore({}, {} identities)", self.path.display(), self.identities.len())
    }
}

#[cfg(test)]
mod tests;
