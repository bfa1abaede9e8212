//! People with keys, and runs they sign.

use pluto_core::payload::{
    Admission, Attestation, ChainedCheckpoint, CheckpointSigned, RealmGenesis, RecordPut, RoundVote,
};
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Did, Digest, Event, Kind, Namespace, RealmId, Run, Signature};
use pluto_identity::{IdentitySecret, KeyPair, Rotation, SecretSeed, sign_run};
use pluto_nervous_system::merkle_tracker::Roots;
use pluto_nervous_system::{Composer, Draft};

/// Somebody who signs.
pub struct Person {
    /// The identity.
    pub secret: IdentitySecret,
    keys: KeyPair,
}

/// The person with that number; the same each time.
#[must_use]
pub fn person(number: u8) -> Person {
    somebody(number, Namespace::Person)
}

/// The AI agent with that number; the same each time.
#[must_use]
pub fn spirit(number: u8) -> Person {
    somebody(number, Namespace::Spirit)
}

fn somebody(number: u8, namespace: Namespace) -> Person {
    let seed = SecretSeed::from([number; 32]);
    let secret = IdentitySecret::from_seed(seed, namespace, Rotation::Committed);
    let keys = secret.key_pair();
    Person { secret, keys }
}

impl Person {
    /// The DID.
    #[must_use]
    pub fn did(&self) -> Did {
        self.secret.did()
    }

    /// Signs with the key of that number from now on.
    pub fn turn_to(&mut self, index: u32) {
        self.keys = self.secret.key_pair_at(index);
    }

    /// Signs events as one run.
    #[must_use]
    pub fn sign(&self, events: Vec<Event>) -> Run {
        signed(&self.keys, events)
    }
}

fn signed(keys: &KeyPair, events: Vec<Event>) -> Run {
    let unsigned = Run { signature: Signature([0; 64]), events: events.clone() };
    sign_run(keys, events).unwrap_or(unsigned)
}

/// Writes runs for a realm, keeping its own picture of it; cloning it starts a branch.
#[derive(Clone)]
pub struct Writer {
    composer: Composer,
    wall_ms: u64,
}

impl Writer {
    /// Opens a realm that anybody may join.
    #[must_use]
    pub fn open(creator: &Person) -> (Self, Run) {
        let genesis = RealmGenesis {
            name: "scenario".into(),
            admission: Admission::Open,
            trust_roots: Vec::new(),
            creator: creator.secret.inception().clone(),
        };
        let (composer, event) = Composer::genesis(&genesis, 1_000);
        (Self { composer, wall_ms: 1_000 }, creator.sign(vec![event]))
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> RealmId {
        self.composer.realm()
    }

    /// `author` joins.
    pub fn join(&mut self, author: &Person) -> Run {
        let event = self.composer.inception(author.secret.inception(), self.wall_ms);
        author.sign(vec![event])
    }

    /// Somebody joins who is no [`Person`] because of other guardians or keys.
    pub fn join_as(&mut self, secret: &IdentitySecret) -> Run {
        let event = self.composer.inception(secret.inception(), self.wall_ms);
        signed(&secret.key_pair_at(0), vec![event])
    }

    /// `author` writes one event of any kind.
    pub fn event(&mut self, author: &Person, kind: Kind, payload: &[u8]) -> Event {
        self.event_of(author.did(), kind, payload)
    }

    /// The same, for whoever has that DID.
    pub fn event_of(&mut self, author: Did, kind: Kind, payload: &[u8]) -> Event {
        self.wall_ms += 1;
        self.composer.compose(author, kind, payload, self.wall_ms)
    }

    /// `author` puts `count` records under one signature.
    pub fn records(&mut self, author: &Person, count: u32) -> Run {
        let events = (0..count)
            .map(|index| {
                let put = RecordPut {
                    collection: "notes".into(),
                    key: vec![u8::try_from(index % 7).unwrap_or(0)],
                    value: self.wall_ms.to_be_bytes().to_vec(),
                };
                self.event(author, Kind::RecordPut, &put.encode())
            })
            .collect();
        author.sign(events)
    }

    /// `witness` proposes a checkpoint over everything this writer knows; gives it with its payload hash.
    pub fn propose(
        &mut self,
        witness: &Person,
        number: u64,
        extends: Digest,
    ) -> (ChainedCheckpoint, Digest, Run) {
        let (chained, hash) = self.checkpoint(number, extends);
        let run = self.cosign(witness, &chained);
        (chained, hash, run)
    }

    /// The same, with the roots that are signed.
    pub fn propose_over(
        &mut self,
        witness: &Person,
        number: u64,
        extends: Digest,
        roots: Roots,
    ) -> (ChainedCheckpoint, Digest, Run) {
        let (mut chained, _) = self.checkpoint(number, extends);
        let signed = &mut chained.checkpoint;
        signed.size = roots.position;
        (signed.log_root, signed.state_root) = (roots.log, roots.state);
        let (hash, run) = (chained.hash(), self.cosign(witness, &chained));
        (chained, hash, run)
    }

    /// A checkpoint over everything this writer knows, with its payload hash.
    #[must_use]
    pub fn checkpoint(&self, number: u64, extends: Digest) -> (ChainedCheckpoint, Digest) {
        let checkpoint = CheckpointSigned {
            number,
            time_ms: number * 1_000,
            size: 0,
            event_set_root: self.composer.event_set_root(),
            log_root: Digest::ZERO,
            state_root: Digest::ZERO,
        };
        let chained = ChainedCheckpoint { checkpoint, extends };
        let hash = chained.hash();
        (chained, hash)
    }

    /// `witness` says a word in a round.
    pub fn vote(&mut self, witness: &Person, vote: &RoundVote) -> Run {
        self.wall_ms += 1;
        let event = self.composer.vote(witness.did(), vote, self.wall_ms);
        witness.sign(vec![event])
    }

    /// The root of the set that the next event stands behind.
    #[must_use]
    pub fn event_set_root(&self) -> Digest {
        self.composer.event_set_root()
    }

    /// `witness` signs a checkpoint.
    pub fn cosign(&mut self, witness: &Person, checkpoint: &ChainedCheckpoint) -> Run {
        self.wall_ms += 1;
        let event = self.composer.sign(witness.did(), checkpoint, self.wall_ms);
        witness.sign(vec![event])
    }

    /// `author` attests to `subject`.
    pub fn attest(&mut self, author: &Person, subject: Did, value: i8) -> Run {
        let word = Attestation { subject, dimension: Dimension::Reliability, value };
        let event = self.event(author, Kind::Attestation, &word.encode());
        author.sign(vec![event])
    }

    /// Goes on from what a node knows of `author`.
    pub fn resume(&mut self, author: Did, draft: Draft) {
        self.composer = Composer::resume(self.realm(), author, draft);
    }

    /// Sees what another branch has written, so that the next event comes after both.
    pub fn merge(&mut self, other: &Self) {
        self.composer.merge(&other.composer);
    }
}

/// A seeded permutation (splitmix64 and Fisher-Yates).
pub struct Shuffle(pub u64);

impl Shuffle {
    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so it is no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or(0)
    }

    /// Puts `items` in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}
