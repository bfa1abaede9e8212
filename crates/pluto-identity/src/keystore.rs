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
use pluto_core::payload::Inception;
use pluto_error::Result;

use crate::error::IdentityError;
use crate::secret::{IdentitySecret, Origin, Purpose};
use kdf::StoreKey;
use layout::{KeystoreFile, check_name};

pub use kdf::KdfParams;
pub use layout::{IDENTITIES_MAX, KEYSTORE_FORMAT, NAME_BYTES_MAX};
pub use passphrase::Passphrase;

type Identities = BTreeMap<String, IdentitySecret>;
type Contacts = BTreeMap<String, Inception>;

/// What is known about an identity without the passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The owner's name for it.
    pub name: String,
    /// Its DID.
    pub did: Did,
    /// Where its seed comes from; none for a contact, of whom no seed is here.
    pub origin: Option<Origin>,
}

/// An open keystore.
pub struct Keystore {
    path: PathBuf,
    key: StoreKey,
    identities: Identities,
    contacts: Contacts,
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
        let (identities, contacts) = (Identities::new(), Contacts::new());
        let keystore = Self { path: path.to_owned(), key, identities, contacts };
        keystore.write(&keystore.identities, &keystore.contacts)?;
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
        Ok(Self { path, key, identities, contacts: stored.contacts.into_iter().collect() })
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

    /// Names and DIDs of the identities whose seeds are here, by name.
    pub fn entries(&self) -> impl Iterator<Item = KeyEntry> {
        self.identities.iter().map(|(name, secret)| KeyEntry {
            name: name.clone(),
            did: secret.did(),
            origin: Some(secret.origin()),
        })
    }

    /// The name of an identity whose seed is here.
    #[must_use]
    pub fn name_of(&self, did: &Did) -> Option<&str> {
        let found = self.identities.iter().find(|(_, secret)| secret.did() == *did);
        found.map(|(name, _)| name.as_str())
    }

    /// The identity of that name.
    ///
    /// # Errors
    /// `IDN-0015` when there is none.
    pub fn get(&self, name: &str) -> Result<&IdentitySecret> {
        let unknown = || IdentityError::NameUnknown(name.to_owned());
        Ok(self.identities.get(name).ok_or_else(unknown)?)
    }

    /// The inception of the contact of that name.
    #[must_use]
    pub fn contact(&self, name: &str) -> Option<&Inception> {
        self.contacts.get(name)
    }

    /// Adds an identity. Durable on return.
    ///
    /// # Errors
    /// `IDN-0016` when the name or the identity is there already, `IDN-0017` for a bad name,
    /// `IDN-0018` when the keystore is full, and as [`Keystore::rename`].
    pub fn add(&mut self, name: &str, identity: IdentitySecret) -> Result<()> {
        check_name(name)?;
        self.change(|identities, contacts| {
            check_free(name, &identity.did(), identities, contacts)?;
            if identities.len() >= IDENTITIES_MAX {
                return Err(IdentityError::KeystoreFull(IDENTITIES_MAX));
            }
            identities.insert(name.to_owned(), identity);
            Ok(())
        })
    }

    /// Adds the next sub-identity of `owner` for `purpose` and gives its DID. Durable on return.
    ///
    /// # Errors
    /// `IDN-0015` when there is no such owner, and as [`Keystore::add`].
    pub fn derive(&mut self, owner: &str, name: &str, purpose: Purpose) -> Result<Did> {
        let parent = self.get(owner)?;
        let owner = parent.did();
        let taken = self.identities.values().filter_map(|secret| match secret.origin() {
            Origin::Derived { owner: of, purpose: what, index }
                if of == owner && what == purpose =>
            {
                Some(index)
            }
            _ => None,
        });
        let index = taken.max().map_or(0, |last| last.saturating_add(1));
        let identity = parent.derive(purpose, index);
        let did = identity.did();
        self.add(name, identity)?;
        Ok(did)
    }

    /// Remembers which key of an identity is active. Durable on return.
    ///
    /// # Errors
    /// `IDN-0015` when there is none of that name, and as [`Keystore::rename`].
    pub fn activate(&mut self, name: &str, index: u32) -> Result<()> {
        self.change(|identities, _| {
            let unknown = || IdentityError::NameUnknown(name.to_owned());
            identities.get_mut(name).ok_or_else(unknown)?.activate(index);
            Ok(())
        })
    }

    /// Names an identity of somebody else. Durable on return.
    ///
    /// # Errors
    /// As [`Keystore::add`].
    pub fn add_contact(&mut self, name: &str, inception: Inception) -> Result<()> {
        check_name(name)?;
        self.change(|identities, contacts| {
            check_free(name, &inception.did(), identities, contacts)?;
            if contacts.len() >= IDENTITIES_MAX {
                return Err(IdentityError::KeystoreFull(IDENTITIES_MAX));
            }
            contacts.insert(name.to_owned(), inception);
            Ok(())
        })
    }

    /// Forgets an identity or a contact. Durable on return; without a copy of the file, or its owner's
    /// seed, the identity is lost.
    ///
    /// # Errors
    /// `IDN-0015` when there is none of that name, and as [`Keystore::rename`].
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.change(|identities, contacts| {
            match identities.remove(name).is_some() || contacts.remove(name).is_some() {
                true => Ok(()),
                false => Err(IdentityError::NameUnknown(name.to_owned())),
            }
        })
    }

    /// Gives an identity another name. Durable on return.
    ///
    /// # Errors
    /// `IDN-0015` to `IDN-0017` for the names; `IDN-0019` when the passphrase was changed by another
    /// process; and what [`Keystore::open`] says about the file.
    pub fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        check_name(new)?;
        self.change(|identities, contacts| {
            if identities.contains_key(new) || contacts.contains_key(new) {
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
        (self.identities, self.contacts) = self.read_again()?;
        let old = std::mem::replace(&mut self.key, key);
        self.write(&self.identities, &self.contacts).inspect_err(|_| self.key = old)
    }

    fn change(
        &mut self,
        edit: impl FnOnce(&mut Identities, &mut Contacts) -> Result<(), IdentityError>,
    ) -> Result<()> {
        let _lock = file::lock(&self.path)?;
        let (mut identities, mut contacts) = self.read_again()?;
        edit(&mut identities, &mut contacts)?;
        self.write(&identities, &contacts)?;
        (self.identities, self.contacts) = (identities, contacts);
        Ok(())
    }

    fn read_again(&self) -> Result<(Identities, Contacts)> {
        let stored = KeystoreFile::parse(&file::read(&self.path)?)?;
        if stored.salt != self.key.salt {
            return Err(IdentityError::KeystoreChanged.into());
        }
        let identities = stored.unseal(&self.key)?;
        Ok((identities, stored.contacts.into_iter().collect()))
    }

    fn write(&self, identities: &Identities, contacts: &Contacts) -> Result<()> {
        let bytes = KeystoreFile::seal(&self.key, identities, contacts)?.to_bytes();
        file::replace(&self.path, &bytes)
    }
}

/// Neither the name nor the identity is here yet.
fn check_free(
    name: &str,
    did: &Did,
    identities: &Identities,
    contacts: &Contacts,
) -> Result<(), IdentityError> {
    if identities.contains_key(name) || contacts.contains_key(name) {
        return Err(IdentityError::NameTaken(name.to_owned()));
    }
    let own = identities.values().map(IdentitySecret::did);
    if own.chain(contacts.values().map(Inception::did)).any(|other| other == *did) {
        return Err(IdentityError::NameTaken(did.to_string()));
    }
    Ok(())
}

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keystore({}, {} identities)", self.path.display(), self.identities.len())
    }
}

#[cfg(test)]
mod tests;
