//! Whose signatures a bundle shows: an identity from its inception to its latest key.

use std::collections::BTreeSet;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::payload::inception;
use pluto_core::traits::{KeyRules, PublicKey, SignatureVerifier};
use pluto_core::{Did, Event, EventId, Kind, RealmId};
use pluto_identity::KeyChain;

use super::shown::{Shown, put_event, read_event};

/// Most rotations of one party in a bundle.
pub const ROTATIONS_MAX: usize = 64;

/// An identity: the event it begins with in the realm, and the rotations of its key since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The event that carries the inception: its DID is the hash of it.
    pub inception: Event,
    /// The rotations, in order.
    pub rotations: Vec<Shown>,
}

/// The keys of a party, by the event that made each active.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) did: Did,
    by_event: Vec<(EventId, PublicKey)>,
}

impl Keys {
    /// The key that an event which names `key_ref` must be signed with.
    pub(crate) fn of(&self, event: &Event) -> Option<PublicKey> {
        let wanted = match event.header.author_seq {
            0 => event.id,
            _ => event.header.key_ref,
        };
        let found = self.by_event.iter().find(|(made, _)| *made == wanted);
        found.map(|(_, key)| *key).filter(|_| event.header.author == self.did)
    }
}

/// The keys of all parties of a file that begins with `genesis`, the creator's first; nobody is named
/// twice, and each but the creator has written one of the events `shown`.
///
/// # Errors
/// What does not hold, in a few words.
pub(crate) fn keys_of(
    parties: &[Party],
    genesis: &Event,
    shown: &[&Shown],
    verifier: &dyn SignatureVerifier,
) -> Result<Vec<Keys>, &'static str> {
    let realm = RealmId(genesis.id.0);
    let keys = parties.iter().map(|party| party.keys(realm, verifier));
    let keys = keys.collect::<Result<Vec<Keys>, _>>()?;
    if parties.first().is_none_or(|first| first.inception != *genesis) {
        return Err("the first party is not the creator of the realm");
    }
    let named: BTreeSet<Did> = keys.iter().map(|keys| keys.did).collect();
    if named.len() != keys.len() {
        return Err("a party is named twice");
    }
    let authors: BTreeSet<Did> = shown.iter().map(|shown| shown.event.header.author).collect();
    if !keys.iter().skip(1).all(|keys| authors.contains(&keys.did)) {
        return Err("a party has signed nothing that is shown");
    }
    Ok(keys)
}

impl Party {
    /// A party that has not rotated its key.
    #[must_use]
    pub const fn alone(inception: Event) -> Self {
        Self { inception, rotations: Vec::new() }
    }

    /// Checks every key against what the one before promised.
    ///
    /// # Errors
    /// What does not hold, in a few words.
    pub(crate) fn keys(
        &self,
        realm: RealmId,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Keys, &'static str> {
        let first = &self.inception;
        if first.header.realm_of(first.id) != realm {
            return Err("an inception is of another realm");
        }
        let opening = inception(first).map_err(|_| "an inception is not its author's own")?;
        if !verifier.accepts_key(&opening.key) {
            return Err("a first key is not acceptable");
        }
        let did = first.header.author;
        let mut keys = Keys { did, by_event: vec![(first.id, opening.key)] };
        let (mut before, mut key) = (first, opening.key);
        for shown in &self.rotations {
            let event = &shown.event;
            let ours = event.header.author == did && event.header.realm == realm;
            if !ours || event.header.kind.known() != Some(Kind::KeyRotated) {
                return Err("a rotation is not the party's own");
            }
            // A key that guardians named would need their words and keys as well.
            if KeyChain.named(event) != [before.id] {
                return Err("a rotation does not follow from the key before it");
            }
            KeyChain.check(event, std::slice::from_ref(before))?;
            let signed = shown.signed(key).ok_or("a path does not fit its run")?;
            if verifier.verify(&[signed]) != [true] {
                return Err("the signature of a rotation does not hold");
            }
            key = KeyChain.key_of(event).ok_or("a rotation is malformed")?;
            keys.by_event.push((event.id, key));
            before = event;
        }
        Ok(keys)
    }
}

impl Canonical for Party {
    fn encode_into(&self, out: &mut Vec<u8>) {
        put_event(out, &self.inception);
        out.push(u8::try_from(self.rotations.len()).unwrap_or(u8::MAX));
        self.rotations.iter().for_each(|rotation| rotation.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let inception = read_event(input)?;
        let count = usize::from(input.u8()?);
        if count > ROTATIONS_MAX {
            let max = ROTATIONS_MAX;
            return Err(CodecError::TooLarge { what: "rotations", found: count, max });
        }
        let rotations = (0..count).map(|_| Shown::decode_from(input)).collect::<Decoded<_>>()?;
        Ok(Self { inception, rotations })
    }
}
