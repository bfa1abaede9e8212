//! Who vouches for a checkpoint: the realm's creator alone, or the witnesses that the realm declared,
//! shown from its genesis on.
//!
//! A checkpoint signs the state just before its own border. In that state the entry `witnesses` says who
//! signs it (nobody was declared as long as it is absent, and the creator signs alone), and the entry
//! `witnesses-next` who signs what comes after it, when a declaration waits there: at the border that set
//! takes effect. So a chain of links needs to hold only the checkpoints after which the set changed, and
//! last the one that is vouched for:
//!
//! 1. The first link is signed by the creator.
//! 2. Each link is signed by a quorum of the set in force, and its own state names that set.
//! 3. Each link but the last shows the set that follows, which is another one.
//!
//! A link that is left out would be missed: the next one names a set that nobody handed over to.

mod vouched;

use std::collections::BTreeSet;
use std::fmt;

use pluto_core::codec::{Canonical, CodecError, Decoded, Reader};
use pluto_core::payload::{CheckpointSigned, PAYLOAD_VERSION, RoundVote, payload_of, vote_of};
use pluto_core::traits::SignatureVerifier;
use pluto_core::{Component, Did, Digest, Event, EventId, Kind, RealmId};
use pluto_engines::finality::{NEXT_WITNESSES_KEY, WITNESSES_KEY, WITNESSES_MAX, WitnessSet};

use crate::bundle::{Keys, Party, ProvenState, Shown};

pub use vouched::Vouched;
pub(crate) use vouched::attested;

/// Most checkpoints of a chain after which the set of witnesses changed.
pub const HANDOVERS_MAX: usize = 64;

/// The version of bundles and audit files in which the creator signs alone.
pub(crate) const ALONE: u8 = 1;
/// The version of those that show a chain.
pub(crate) const CHAINED: u8 = 2;

/// What shows that the right ones signed a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witnessing {
    /// The creator signed it alone, in a realm that declared nobody.
    Creator(Shown),
    /// A chain of witness sets, from the creator on.
    Chain {
        /// Checkpoints after which the set changed, the oldest first.
        handovers: Vec<Link>,
        /// The checkpoint that is vouched for.
        last: Link,
    },
}

/// A chained checkpoint with who signed it, and what its state says of witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Events with the very same payload, ascending by author.
    pub cosignatures: Vec<Shown>,
    /// The two entries of [`places`] under the state root that they sign.
    pub state: ProvenState,
}

impl Link {
    /// The payload hash of the checkpoint that it shows signed.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Digest> {
        let first = self.cosignatures.first()?;
        vote_of(&first.event).ok().map(|vote| vote.chained.hash())
    }

    /// Leaves as many signatures as are needed, where that is known.
    fn trim(&mut self) {
        let set = self.set(WITNESSES_KEY).ok();
        let needed = set.map(|set| set.map_or(1, |set| set.threshold()));
        self.cosignatures.truncate(needed.unwrap_or(usize::MAX));
    }
}

/// A checkpoint that enough of a set signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The payload hash by which it is known.
    pub hash: Digest,
    /// What was signed.
    pub checkpoint: CheckpointSigned,
    /// Who signed it, as far as shown.
    pub signers: Vec<Did>,
    /// Who may, and how many must.
    pub set: WitnessSet,
    /// The first event shown that signs it.
    pub event: EventId,
}

/// What a verified [`Witnessing`] shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Whether the realm declared witnesses: if not, its creator signed alone.
    pub declared: bool,
    /// The checkpoints after which the set changed, the oldest first; none when the creator is alone.
    pub handovers: Vec<Cosigned>,
    /// The checkpoint that is vouched for.
    pub last: Cosigned,
}

/// The entries of a state that say who witnesses, in the order that a link shows them.
#[must_use]
pub fn places() -> BTreeSet<(Component, Vec<u8>)> {
    [WITNESSES_KEY, NEXT_WITNESSES_KEY].map(|key| (Component::Consensus, key.to_vec())).into()
}

/// What the checks of a chain share.
#[derive(Clone, Copy)]
struct Realm<'a> {
    id: RealmId,
    keys: &'a [Keys],
    verifier: &'a dyn SignatureVerifier,
}

impl Witnessing {
    /// An event that signs the checkpoint, the first that is shown.
    #[must_use]
    pub fn shown(&self) -> Option<&Shown> {
        match self {
            Self::Creator(shown) => Some(shown),
            Self::Chain { last, .. } => last.cosignatures.first(),
        }
    }

    /// All events that are shown.
    pub fn all_shown(&self) -> impl Iterator<Item = &Shown> {
        let (alone, links) = match self {
            Self::Creator(shown) => (Some(shown), None),
            Self::Chain { handovers, last } => (None, Some(handovers.iter().chain([last]))),
        };
        let cosignatures = links.into_iter().flatten().flat_map(|link| &link.cosignatures);
        alone.into_iter().chain(cosignatures)
    }

    /// The checkpoints after which the witnesses changed, the oldest first.
    #[must_use]
    pub fn handovers(&self) -> Vec<Digest> {
        match self {
            Self::Creator(_) => Vec::new(),
            Self::Chain { handovers, .. } => {
                handovers.iter().filter_map(Link::checkpoint).collect()
            }
        }
    }

    /// Leaves as many signatures as are needed, and of `parties` the creator and whose they are.
    pub(crate) fn trim(&mut self, parties: &mut Vec<Party>) {
        if let Self::Chain { handovers, last } = self {
            handovers.iter_mut().chain([last]).for_each(Link::trim);
        }
        let authors: BTreeSet<Did> =
            self.all_shown().map(|shown| shown.event.header.author).collect();
        let mut first = true;
        parties.retain(|party| {
            std::mem::take(&mut first) || authors.contains(&party.inception.header.author)
        });
    }

    /// Checks the chain; `keys` are those of the parties, the creator's first.
    ///
    /// # Errors
    /// What does not hold, in a few words.
    pub(crate) fn verify(
        &self,
        id: RealmId,
        keys: &[Keys],
        verifier: &dyn SignatureVerifier,
    ) -> Result<Attested, String> {
        let realm = Realm { id, keys, verifier };
        let creator = keys.first().ok_or("the creator of the realm is not shown")?.did;
        let alone = WitnessSet::new([creator], None).map_err(|error| error.to_string())?;
        match self {
            Self::Creator(shown) => {
                let last = realm.creator(shown, alone)?;
                Ok(Attested { declared: false, handovers: Vec::new(), last })
            }
            Self::Chain { handovers, last } => realm.chain(handovers, last, alone),
        }
    }

    /// The version of a file that shows this.
    pub(crate) fn version(&self) -> u8 {
        match self {
            Self::Creator(_) => ALONE,
            Self::Chain { .. } => CHAINED,
        }
    }

    /// Reads what a file of that version shows.
    pub(crate) fn decode_from(input: &mut Reader<'_>, version: u8) -> Decoded<Self> {
        if version == ALONE {
            return Ok(Self::Creator(Shown::decode_from(input)?));
        }
        let count = usize::from(input.u8()?);
        if count > HANDOVERS_MAX {
            let max = HANDOVERS_MAX;
            return Err(CodecError::TooLarge { what: "handovers", found: count, max });
        }
        let handovers = (0..count).map(|_| Link::decode_from(input)).collect::<Decoded<_>>()?;
        Ok(Self::Chain { handovers, last: Link::decode_from(input)? })
    }

    pub(crate) fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Creator(shown) => shown.encode_into(out),
            Self::Chain { handovers, last } => {
                out.push(u8::try_from(handovers.len()).unwrap_or(u8::MAX));
                handovers.iter().chain([last]).for_each(|link| link.encode_into(out));
            }
        }
    }
}

impl Realm<'_> {
    fn creator(&self, shown: &Shown, set: WitnessSet) -> Result<Cosigned, String> {
        let event = &shown.event;
        if !set.contains(&event.header.author) {
            return Err("the checkpoint is not by the creator of the realm".to_owned());
        }
        self.signed(std::slice::from_ref(shown), PAYLOAD_VERSION)?;
        let checkpoint = payload_of(event).map_err(|why| why.as_str().to_owned())?;
        let (hash, signers) = (event.header.payload_hash, vec![event.header.author]);
        Ok(Cosigned { hash, checkpoint, signers, set, event: event.id })
    }

    fn chain(
        &self,
        handovers: &[Link],
        last: &Link,
        mut set: WitnessSet,
    ) -> Result<Attested, String> {
        let mut done: Vec<Cosigned> = Vec::with_capacity(handovers.len());
        let mut declared = false;
        for link in handovers {
            let one = self.link(link, &set, done.last())?;
            let next = link.set(NEXT_WITNESSES_KEY)?.filter(|next| *next != set);
            set = next.ok_or("a handover is shown that changes no witness")?;
            declared = true;
            done.push(one);
        }
        let shown = self.link(last, &set, done.last())?;
        declared |= last.set(WITNESSES_KEY)?.is_some();
        Ok(Attested { declared, handovers: done, last: shown })
    }

    /// One checkpoint, signed by a quorum of the set in force, which its own state names as well.
    fn link(
        &self,
        link: &Link,
        set: &WitnessSet,
        before: Option<&Cosigned>,
    ) -> Result<Cosigned, String> {
        let first = &link.cosignatures.first().ok_or("nobody signed a checkpoint")?.event;
        let authors = link.cosignatures.iter().map(|shown| shown.event.header.author);
        let signers: Vec<Did> = authors.collect();
        if !signers.is_sorted_by(|a, b| a < b) {
            return Err("a witness is shown twice, or out of order".to_owned());
        }
        if let Some(stranger) = signers.iter().find(|signer| !set.contains(signer)) {
            return Err(format!("`{stranger}` is no witness of the realm there"));
        }
        let (count, threshold) = (signers.len(), set.threshold());
        if count < threshold {
            return Err(format!("expected `{threshold}` signatures of witnesses, found `{count}`"));
        }
        let same = |shown: &Shown| shown.event.header.payload_hash == first.header.payload_hash;
        if !link.cosignatures.iter().all(same) {
            return Err("the witnesses signed different checkpoints".to_owned());
        }
        self.signed(&link.cosignatures, first.header.payload_version)?;
        let said = vote_of(first).map_err(|why| why.as_str().to_owned())?;
        let RoundVote { chained, commits: true, .. } = said else {
            return Err("a checkpoint was prepared, not signed".to_owned());
        };
        let (hash, checkpoint) = (chained.hash(), chained.checkpoint);
        if before.is_some_and(|before| !follows(&checkpoint, &before.checkpoint)) {
            return Err("a checkpoint does not follow the one before it".to_owned());
        }
        link.state_of(self.id, &checkpoint)?;
        let named = link.set(WITNESSES_KEY)?;
        // Without an entry it is the creator: the set that every chain begins with.
        let begins = before.is_none() && named.is_none();
        if !begins && named.as_ref() != Some(set) {
            return Err("the state that was signed names another set of witnesses".to_owned());
        }
        Ok(Cosigned { hash, checkpoint, signers, set: set.clone(), event: first.id })
    }

    /// Checks that events are checkpoints of the realm whose signatures hold.
    fn signed(&self, shown: &[Shown], version: u8) -> Result<(), String> {
        let message = |shown: &Shown| {
            let Event { header, .. } = &shown.event;
            let known = header.kind.known() == Some(Kind::CheckpointSigned);
            if !known || header.payload_version != version || header.realm != self.id {
                return Err("the checkpoint is none of this realm".to_owned());
            }
            let key = self.keys.iter().find_map(|keys| keys.of(&shown.event));
            let key = key.ok_or("the key of a witness is not shown")?;
            Ok(shown.signed(key).ok_or("the path of the checkpoint does not fit")?)
        };
        let messages = shown.iter().map(message).collect::<Result<Vec<_>, String>>()?;
        let holds = self.verifier.verify(&messages);
        match holds.len() == messages.len() && holds.iter().all(|holds| *holds) {
            true => Ok(()),
            false => Err("the signature of a checkpoint does not hold".to_owned()),
        }
    }
}

impl Link {
    /// Checks that the entries are those of the state that was signed.
    fn state_of(&self, realm: RealmId, checkpoint: &CheckpointSigned) -> Result<(), String> {
        let state = &self.state;
        let here = state.entries.iter().map(|entry| (entry.component, &entry.key));
        let wanted = places();
        if !here.eq(wanted.iter().map(|(component, key)| (*component, key))) {
            return Err("other entries are shown than those of the witnesses".to_owned());
        }
        state.verify_entries().map_err(|error| error.to_string())?;
        let root = state.state_root(realm).map_err(|error| error.to_string())?;
        let fits = state.position == checkpoint.size
            && state.log_root == checkpoint.log_root
            && root == checkpoint.state_root;
        match fits {
            true => Ok(()),
            false => Err("the witnesses are not under the root that was signed".to_owned()),
        }
    }

    /// The set under a key.
    fn set(&self, key: &[u8]) -> Result<Option<WitnessSet>, String> {
        let entry = self.state.entries.iter().find(|entry| entry.key == key);
        let value = entry.and_then(|entry| entry.value.as_deref());
        value.map(WitnessSet::decode).transpose().map_err(|error| error.to_string())
    }
}

fn follows(checkpoint: &CheckpointSigned, before: &CheckpointSigned) -> bool {
    checkpoint.number > before.number
        && checkpoint.time_ms >= before.time_ms
        && checkpoint.size >= before.size
}

impl fmt::Display for Cosigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (signed, all) = (self.signers.len(), self.set.witnesses().len());
        write!(f, "{signed} of {all} witnesses (threshold {})", self.set.threshold())
    }
}

impl fmt::Display for Attested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.declared, self.last.signers.first()) {
            (false, Some(creator)) => write!(f, "{creator}, creator of the realm"),
            _ => write!(f, "{}", self.last),
        }
    }
}

impl Canonical for Link {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.cosignatures.len()).unwrap_or(u8::MAX));
        self.cosignatures.iter().for_each(|shown| shown.encode_into(out));
        self.state.encode_into(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let count = usize::from(input.u8()?);
        if count > WITNESSES_MAX {
            let max = WITNESSES_MAX;
            return Err(CodecError::TooLarge { what: "cosignatures", found: count, max });
        }
        let cosignatures = (0..count).map(|_| Shown::decode_from(input)).collect::<Decoded<_>>()?;
        Ok(Self { cosignatures, state: ProvenState::decode_from(input)? })
    }
}
