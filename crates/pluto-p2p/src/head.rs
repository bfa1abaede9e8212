//! Head tuples: what two nodes compare to find out whose chains differ.
//!
//! A *chain end* is an event that its author has not followed up: one for each author, more where an
//! author forked. The set of chain ends says what the whole set is, because every event of an author
//! stands behind one of them.
//!
//! A tuple is `author tag u64 · author_seq u64 · head tag u64`: 24 bytes for (author, sequence number,
//! head hash), which would be 73. The tags are the first 8 bytes of a hash under the key of the session.
//! That key is made of random bytes of both sides, so nobody can look for events or identities whose tags
//! meet before the session exists; two of a million heads meet by chance once in 10^7 sessions, and then
//! the next session, under another key, tells them apart. Short tuples are what makes a sketch cheaper
//! than the plain list for a small lag: a symbol is 34 bytes and not 83.

use pluto_core::codec::Decoded;
use pluto_core::{Canonical, Did, Digest, EventId, Reader, RealmId};

pluto_core::domains! {
    SESSION = "pluto sync session v1";
    AUTHOR = "pluto sync author v1";
    HEAD = "pluto sync head v1";
    SYMBOL = "pluto sync symbol v1";
}

/// Bytes of an encoded tuple.
pub const TUPLE_BYTES: usize = 24;

/// An event that its author has not followed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainEnd {
    /// The author.
    pub author: Did,
    /// The sequence number of the event.
    pub seq: u64,
    /// The event.
    pub id: EventId,
}

/// A chain end under the key of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadTuple {
    /// Tag of the author.
    pub author: u64,
    /// The sequence number.
    pub seq: u64,
    /// Tag of the event.
    pub head: u64,
}

impl HeadTuple {
    pub(crate) fn bytes(self) -> [u8; TUPLE_BYTES] {
        let mut out = [0; TUPLE_BYTES];
        let parts = [self.author, self.seq, self.head].map(u64::to_be_bytes);
        out.iter_mut().zip(parts.iter().flatten()).for_each(|(to, from)| *to = *from);
        out
    }

    pub(crate) const fn xor(self, other: Self) -> Self {
        Self {
            author: self.author ^ other.author,
            seq: self.seq ^ other.seq,
            head: self.head ^ other.head,
        }
    }
}

impl Canonical for HeadTuple {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes());
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self { author: input.u64()?, seq: input.u64()?, head: input.u64()? })
    }
}

/// Bytes one side draws for a session.
pub type Nonce = [u8; 16];

/// The key of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionKey(pub [u8; 32]);

/// What a tuple is in a sketch: its checksum, and the seed of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) check: u64,
    pub(crate) seed: u64,
}

impl SessionKey {
    /// The key that follows from what both sides drew.
    #[must_use]
    pub fn new(realm: RealmId, asking: &Nonce, answering: &Nonce) -> Self {
        let mut message = [0; 64];
        let parts = asking.iter().chain(answering).chain(&realm.0);
        message.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Self(SESSION.hash_one(&message).0)
    }

    /// The tag of an author.
    #[must_use]
    pub fn author(&self, author: &Did) -> u64 {
        // The id alone: it commits to the namespace, see `pluto_core::payload::Inception`.
        front(&AUTHOR.hash_one(&self.block(&author.id)))
    }

    /// The tuple of a chain end.
    #[must_use]
    pub fn tuple(&self, end: &ChainEnd) -> HeadTuple {
        HeadTuple { author: self.author(&end.author), seq: end.seq, head: self.head(&end.id) }
    }

    /// The tag of an event.
    #[must_use]
    pub fn head(&self, id: &EventId) -> u64 {
        front(&HEAD.hash_one(&self.block(&id.0)))
    }

    pub(crate) fn mark(&self, tuple: HeadTuple) -> Mark {
        let digest = SYMBOL.hash_one(&self.block(&tuple.bytes()));
        let (words, _) = digest.0.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_be_bytes(*word));
        Mark { check: words.next().unwrap_or(0), seed: words.next().unwrap_or(0) }
    }

    fn block(&self, rest: &[u8]) -> [u8; 64] {
        let mut message = [0; 64];
        message.iter_mut().zip(self.0.iter().chain(rest)).for_each(|(to, from)| *to = *from);
        message
    }
}

fn front(digest: &Digest) -> u64 {
    digest.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
