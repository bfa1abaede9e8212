//! The bytes of a keystore: a public head, the sealed seeds, a checksum.
//!
//! Layout (`docs/formats/keystore.md`), integers big-endian: `magic 8 · version u8 · memory_kib u32 ·
//! passes u32 · lanes u32 · salt 16 · key check 32 · nonce 24 · count u16 · for each identity, by
//! name: name length u32, name, inception, origin, active key u32 · count u16 · for each contact, by
//! name: name length u32, name, inception · sealed length u32 · sealed seeds · checksum 32`. Version 1
//! had neither origin, active key nor contacts; it is read, and written no more.
//!
//! Three answers to three questions: the checksum tells damage from everything else, without a
//! passphrase; the key check tells a wrong passphrase; the seal covers the head as associated data
//! and tells a change made on purpose.

use pluto_core::Did;
use pluto_core::codec::{Canonical, CodecError, Decoded, Reader, put_bytes};
use pluto_core::format::Format;
use pluto_core::payload::Inception;
use zeroize::Zeroizing;

use super::kdf::{CHECK_BYTES, KdfParams, SALT_BYTES, StoreKey};
use super::seal::{NONCE_BYTES, TAG_BYTES, seal, unseal};
use super::{Contacts, Identities, KeyEntry};
use crate::error::IdentityError;
use crate::secret::{IdentitySecret, Origin, Purpose, SEED_BYTES, SecretSeed};

/// The keystore file.
pub const KEYSTORE_FORMAT: Format = Format::new("keystore", 2);
/// The version before it, without origins and contacts.
const KEYSTORE_FORMAT_1: Format = Format::new("keystore", 1);
const VERSION_1: u8 = KEYSTORE_FORMAT_1.version;
/// Most identities, and most contacts, in one keystore.
pub const IDENTITIES_MAX: usize = 1024;
/// Longest name in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Largest file in bytes: above what 1,024 identities with 16 guardians each, and as many contacts,
/// take.
pub(super) const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;

const MAGIC: &[u8; 8] = b"plutokey";
const SEALED_BYTES_MAX: usize = IDENTITIES_MAX * SEED_BYTES + TAG_BYTES;

pluto_core::domains! {
    CHECKSUM = "pluto keystore checksum v1";
}

/// An identity without its seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicEntry {
    pub(super) name: String,
    pub(super) inception: Inception,
    pub(super) origin: Origin,
    pub(super) active: u32,
}

/// A keystore as it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeystoreFile {
    pub(super) version: u8,
    pub(super) params: KdfParams,
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) check: [u8; CHECK_BYTES],
    pub(super) nonce: [u8; NONCE_BYTES],
    /// Ascending by name.
    pub(super) public: Vec<PublicEntry>,
    /// Identities of others, ascending by name.
    pub(super) contacts: Vec<(String, Inception)>,
    /// The seeds in the same order, encrypted, and the tag.
    pub(super) sealed: Vec<u8>,
}

impl KeystoreFile {
    /// Seals `identities` under a fresh nonce.
    pub(super) fn seal(
        key: &StoreKey,
        identities: &Identities,
        contacts: &Contacts,
    ) -> Result<Self, IdentityError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(IdentityError::NoRandomness)?;
        let public = identities
            .iter()
            .map(|(name, secret)| PublicEntry {
                name: name.clone(),
                inception: secret.inception().clone(),
                origin: secret.origin(),
                active: secret.active(),
            })
            .collect();
        let contacts = contacts.iter().map(|(name, one)| (name.clone(), one.clone())).collect();
        let StoreKey { params, salt, check, .. } = *key;
        let version = KEYSTORE_FORMAT.version;
        let sealed = Vec::new();
        let mut file = Self { version, params, salt, check, nonce, public, contacts, sealed };
        let mut seeds = Vec::with_capacity(identities.len() * SEED_BYTES + TAG_BYTES);
        identities.values().for_each(|secret| seeds.extend_from_slice(secret.seed().as_bytes()));
        seal(&key.key, &nonce, &file.head(), &mut seeds)
            .ok_or(IdentityError::KeystoreFull(IDENTITIES_MAX))?;
        file.sealed = seeds;
        Ok(file)
    }

    /// The identities, authenticated: head and seeds are as they were sealed.
    pub(super) fn unseal(&self, key: &StoreKey) -> Result<Identities, IdentityError> {
        if self.check != key.check {
            return Err(IdentityError::WrongPassphrase);
        }
        let mut seeds = Zeroizing::new(self.sealed.clone());
        unseal(&key.key, &self.nonce, &self.head(), &mut seeds)
            .ok_or_else(|| damaged("the seal does not hold"))?;
        let (seeds, rest) = seeds.as_chunks::<SEED_BYTES>();
        if seeds.len() != self.public.len() || !rest.is_empty() {
            return Err(damaged("the number of seeds is not that of the names"));
        }
        let restore = |(entry, seed): (&PublicEntry, &[u8; SEED_BYTES])| {
            let PublicEntry { name, inception, origin, active } = entry.clone();
            IdentitySecret::restore(SecretSeed::from(*seed), inception, origin, active)
                .map(|secret| (name, secret))
                .ok_or_else(|| damaged("a seed is not that of its identity"))
        };
        self.public.iter().zip(seeds).map(restore).collect()
    }

    /// Reads a whole file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, IdentityError> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| damaged("it does not begin like a keystore"))?;
        let known = KEYSTORE_FORMAT.version;
        let version = match rest.first() {
            Some(found) if [VERSION_1, known].contains(found) => *found,
            Some(found) => return Err(IdentityError::KeystoreVersion { found: *found, known }),
            None => return Err(damaged("it is cut short")),
        };
        let (body, checksum) =
            bytes.split_last_chunk::<32>().ok_or_else(|| damaged("it is cut short"))?;
        if CHECKSUM.hash(body).0 != *checksum {
            return Err(damaged("the checksum does not match"));
        }
        let start = MAGIC.len() + size_of_val(&known);
        Self::decode(version, body.get(start..).unwrap_or_default())
            .map_err(|error| damaged(&error.to_string()))
    }

    /// Reads what stands between version and checksum.
    fn decode(version: u8, bytes: &[u8]) -> Decoded<Self> {
        let input = &mut Reader::new(bytes);
        let file = Self {
            version,
            params: KdfParams {
                memory_kib: input.u32()?,
                passes: input.u32()?,
                lanes: input.u32()?,
            },
            salt: input.array()?,
            check: input.array()?,
            nonce: input.array()?,
            public: decode_named(input, |input, name| decode_entry(version, input, name))?,
            contacts: decode_contacts(version, input)?,
            sealed: input.bytes("sealed seeds", SEALED_BYTES_MAX)?.to_vec(),
        };
        input.finish()?;
        Ok(file)
    }

    /// The whole file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        put_bytes(&mut bytes, &self.sealed);
        let checksum = CHECKSUM.hash(&bytes);
        bytes.extend_from_slice(&checksum.0);
        bytes
    }

    /// What `list` shows: by name, contacts among the others.
    pub(super) fn entries(&self) -> Vec<KeyEntry> {
        let own = |entry: &PublicEntry| KeyEntry {
            name: entry.name.clone(),
            did: entry.inception.did(),
            origin: Some(entry.origin),
        };
        let contact = |(name, inception): &(String, Inception)| KeyEntry {
            name: name.clone(),
            did: inception.did(),
            origin: None,
        };
        let all = self.public.iter().map(own).chain(self.contacts.iter().map(contact));
        let mut entries: Vec<KeyEntry> = all.collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }

    /// Everything before the sealed seeds: what the seal also covers.
    fn head(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(self.version);
        for number in [self.params.memory_kib, self.params.passes, self.params.lanes] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.check);
        out.extend_from_slice(&self.nonce);
        put_count(&mut out, self.public.len());
        for entry in &self.public {
            put_bytes(&mut out, entry.name.as_bytes());
            entry.inception.encode_into(&mut out);
            if self.version != VERSION_1 {
                put_origin(&mut out, entry.origin);
                out.extend_from_slice(&entry.active.to_be_bytes());
            }
        }
        if self.version != VERSION_1 {
            put_count(&mut out, self.contacts.len());
            for (name, inception) in &self.contacts {
                put_bytes(&mut out, name.as_bytes());
                inception.encode_into(&mut out);
            }
        }
        out
    }
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
}

fn put_origin(out: &mut Vec<u8>, origin: Origin) {
    match origin {
        Origin::Seed => out.push(0),
        Origin::Derived { owner, purpose, index } => {
            out.push(1);
            owner.encode_into(out);
            out.push(purpose as u8);
            out.extend_from_slice(&index.to_be_bytes());
        }
        Origin::Adopted => out.push(2),
    }
}

fn read_origin(input: &mut Reader<'_>) -> Decoded<Origin> {
    match input.u8()? {
        0 => Ok(Origin::Seed),
        1 => {
            let owner = Did::decode_from(input)?;
            let number = input.u8()?;
            let purpose = Purpose::ALL.into_iter().find(|purpose| *purpose as u8 == number);
            let bad = CodecError::BadValue { what: "purpose", found: u64::from(number) };
            Ok(Origin::Derived { owner, purpose: purpose.ok_or(bad)?, index: input.u32()? })
        }
        2 => Ok(Origin::Adopted),
        other => Err(CodecError::BadValue { what: "origin", found: u64::from(other) }),
    }
}

/// Reads a counted list of things with names, ascending by name.
fn decode_named<T>(
    input: &mut Reader<'_>,
    item: impl Fn(&mut Reader<'_>, String) -> Decoded<T>,
) -> Decoded<Vec<T>> {
    let count = usize::from(input.u16()?);
    if count > IDENTITIES_MAX {
        let max = IDENTITIES_MAX;
        return Err(CodecError::TooLarge { what: "identity count", found: count, max });
    }
    let mut items = Vec::with_capacity(count);
    let mut last: Option<String> = None;
    for _ in 0..count {
        let name = input.text("name", NAME_BYTES_MAX)?.to_owned();
        let ascending = last.is_none_or(|last| last < name);
        if !ascending || check_name(&name).is_err() {
            return Err(CodecError::NotCanonical("name"));
        }
        items.push(item(input, name.clone())?);
        last = Some(name);
    }
    Ok(items)
}

fn decode_entry(version: u8, input: &mut Reader<'_>, name: String) -> Decoded<PublicEntry> {
    let inception = Inception::decode_from(input)?;
    let (origin, active) = match version {
        VERSION_1 => (Origin::Seed, 0),
        _ => (read_origin(input)?, input.u32()?),
    };
    Ok(PublicEntry { name, inception, origin, active })
}

fn decode_contacts(version: u8, input: &mut Reader<'_>) -> Decoded<Vec<(String, Inception)>> {
    match version {
        VERSION_1 => Ok(Vec::new()),
        _ => decode_named(input, |input, name| Ok((name, Inception::decode_from(input)?))),
    }
}

/// Names are safe on a terminal and in a path: 1 to 64 ASCII letters, digits, `.`, `_`, `-`.
pub(super) fn check_name(name: &str) -> Result<(), IdentityError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(IdentityError::BadName { found: name.to_owned(), max: NAME_BYTES_MAX })
}

fn damaged(why: &str) -> IdentityError {
    IdentityError::KeystoreDamaged(why.to_owned())
}

#[cfg(test)]
mod tests;
