//! Checkpoints that witnesses sign; the time they carry is the realm's clock.

use crate::codec::{Canonical, Decoded, Reader};
use crate::{Digest, EventId};

crate::domains! {
    HEADS = "pluto heads v1";
}

/// The payload of `CheckpointSigned`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointSigned {
    /// Number of the checkpoint, counted from 1; a witness signs each number once.
    pub number: u64,
    /// Realm time in Unix milliseconds; never before that of the checkpoint before.
    pub time_ms: u64,
    /// How many events it covers, in canonical order.
    pub size: u64,
    /// Root over the heads of the covered set, see [`heads_root`].
    pub event_set_root: Digest,
    /// Root of the log tree over the covered events.
    pub log_root: Digest,
    /// State root after the covered events.
    pub state_root: Digest,
}

/// The payload of `CheckpointSigned` in version 2: a checkpoint that names the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedCheckpoint {
    /// What is signed.
    pub checkpoint: CheckpointSigned,
    /// Payload hash of the checkpoint before it in its chain; zero for the first.
    pub extends: Digest,
}

/// The payload of `CheckpointSigned` in version 3: one of the two words of a witness in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundVote {
    /// What it is about.
    pub chained: ChainedCheckpoint,
    /// The round; a cosignature of version 2 is a commit in round 0, nothing else is of that.
    pub round: u64,
    /// The second word, which counts for finality; else the first, which prepares it.
    pub commits: bool,
}

impl ChainedCheckpoint {
    /// By what it is known: the payload hash that it has in version 2.
    #[must_use]
    pub fn hash(&self) -> Digest {
        crate::event::payload_hash(&self.encode())
    }
}

/// The root of an event set: hash over its heads in ascending order. Two sets are equal if and only
/// if their heads are, because every event names its causal past.
#[must_use]
pub fn heads_root(sorted_heads: &[EventId]) -> Digest {
    HEADS.hash_parts(&sorted_heads.iter().map(AsRef::as_ref).collect::<Vec<&[u8]>>())
}

impl Canonical for CheckpointSigned {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend([self.number, self.time_ms, self.size].into_iter().flat_map(u64::to_be_bytes));
        let roots = [self.event_set_root, self.log_root, self.state_root];
        out.extend(roots.into_iter().flat_map(|root| root.0));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        Ok(Self {
            number: input.u64()?,
            time_ms: input.u64()?,
            size: input.u64()?,
            event_set_root: Digest(input.array()?),
            log_root: Digest(input.array()?),
            state_root: Digest(input.array()?),
        })
    }
}

impl Canonical for RoundVote {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.chained.encode_into(out);
        out.extend_from_slice(&self.round.to_be_bytes());
        out.push(u8::from(self.commits));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let (chained, round) = (ChainedCheckpoint::decode_from(input)?, input.u64()?);
        Ok(Self { chained, round, commits: input.flag("word of a witness")? })
    }
}

impl Canonical for ChainedCheckpoint {
    fn encode_into(&self, out: &mut Vec<u8>) {
        self.checkpoint.encode_into(out);
        out.extend_from_slice(&self.extends.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let checkpoint = CheckpointSigned::decode_from(input)?;
        Ok(Self { checkpoint, extends: Digest(input.array()?) })
    }
}
