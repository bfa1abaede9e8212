//! What goes into a witness and what comes out of it, and what it keeps on the disk.

use pluto_core::codec::Decoded;
use pluto_core::format::Format;
use pluto_core::payload::{ChainedCheckpoint, CheckpointSigned, RoundVote};
use pluto_core::{Canonical, CodecError, Did, Digest, EventId, Reader};

use crate::error::P2pError;

/// The memory of a witness, as it stands on the disk.
pub const WITNESS_FORMAT: Format = Format::new("witness", 2);
/// The version without rounds, which listed what was signed.
const LISTED: Format = Format::new("witness", 1);
/// Checkpoints that a memory of version 1 lists at most.
const LISTED_MAX: usize = 1_024;

/// What a witness must never forget: its last word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory {
    /// The round, 0 before the first.
    pub round: u64,
    /// Whether it was the second word of that round.
    pub commits: bool,
}

impl Memory {
    /// Takes in what is about to be said.
    ///
    /// # Errors
    /// `P2P-0007` for what does not come after the last word.
    pub fn sign(&mut self, round: u64, commits: bool) -> Result<(), P2pError> {
        let next = Self { round, commits };
        if next <= *self {
            return Err(P2pError::WitnessRefuses { number: round, signed: self.round });
        }
        *self = next;
        Ok(())
    }
}

/// What happens to a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Time passed, and everything that is known was told.
    Tick,
    /// There are events that no final checkpoint covers; until then nobody's turn comes.
    Wanted,
    /// Somebody wants a checkpoint now: the next round that is one's own begins.
    Propose,
    /// What a witness said, in that event; one's own too. Those of one witness come in the order of its
    /// chain.
    Signed(Did, RoundVote, EventId),
    /// The answer to [`Output::Draft`].
    Drafted(ChainedCheckpoint),
    /// The other answer to [`Output::Draft`]: it cannot be made now.
    NoDraft,
    /// The answer to [`Output::Check`]: whether the roots of that checkpoint come out here.
    Checked(Digest, bool),
    /// The answer to [`Output::Remember`]: it is on the disk.
    Remembered(Memory),
    /// The fold made a border of that checkpoint. Say again that one is wanted when there are events
    /// beyond it.
    Final(ChainedCheckpoint),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Make a checkpoint of that number over everything here, so that it extends the last final one.
    Draft {
        /// Its number.
        number: u64,
    },
    /// Fold exactly the events it covers and say whether the roots come out.
    Check(ChainedCheckpoint),
    /// Write this to the disk.
    Remember(Memory),
    /// Submit the event that says it, and let it be heard as [`Input::Signed`].
    Sign(RoundVote),
    /// A witness said two things in one round, in these events.
    Contradiction {
        /// The witness.
        witness: Did,
        /// Its two events.
        events: [EventId; 2],
    },
}

impl Canonical for Memory {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(WITNESS_FORMAT.version);
        out.extend_from_slice(&self.round.to_be_bytes());
        out.push(u8::from(self.commits));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let found = input.u8()?;
        if found != WITNESS_FORMAT.version {
            let known = WITNESS_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "witness", found, known });
        }
        Ok(Self { round: input.u64()?, commits: input.flag("phase of a witness")? })
    }
}

impl Memory {
    /// Reads a memory of this version or of version 1, of which the last number counts.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(bytes: &[u8]) -> Decoded<Self> {
        if bytes.first() != Some(&LISTED.version) {
            return Self::decode(bytes);
        }
        let mut input = Reader::new(bytes);
        let (_, count) = (input.u8()?, usize::from(input.u16()?));
        if count > LISTED_MAX {
            return Err(CodecError::TooLarge { what: "signed", found: count, max: LISTED_MAX });
        }
        let signed = (0..count).map(|_| CheckpointSigned::decode_from(&mut input));
        let signed = signed.collect::<Decoded<Vec<_>>>()?;
        input.finish()?;
        if !signed.is_sorted_by(|a, b| a.number < b.number) {
            return Err(CodecError::NotCanonical("order of what was signed"));
        }
        let round = signed.last().map_or(0, |signed| signed.number);
        Ok(Self { round, commits: round > 0 })
    }
}
