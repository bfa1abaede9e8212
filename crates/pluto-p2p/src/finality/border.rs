//! What goes into a witness and what comes out of it, and what it keeps on the disk.

use pluto_core::codec::Decoded;
use pluto_core::format::Format;
use pluto_core::payload::CheckpointSigned;
use pluto_core::{Canonical, CodecError, Did, Digest, EventId, Reader};

use crate::error::P2pError;

/// The memory of a witness, as it stands on the disk.
pub const WITNESS_FORMAT: Format = Format::new("witness", 1);

/// Checkpoints that a witness may have signed beyond the last final one.
pub const SIGNED_MAX: usize = 1_024;

/// What a witness must never forget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What it signed and may still become final, by number, and what it signed last: at most
    /// [`SIGNED_MAX`].
    pub signed: Vec<CheckpointSigned>,
}

impl Memory {
    /// Takes in what is about to be signed; `last_final` is the number of the last final checkpoint.
    ///
    /// # Errors
    /// `P2P-0007` for a number that is final or that was signed or passed already, and when nothing more
    /// may be signed beyond the last final one.
    pub fn sign(&mut self, checkpoint: CheckpointSigned, last_final: u64) -> Result<(), P2pError> {
        let number = checkpoint.number;
        let signed = self.signed.last().map_or(0, |signed| signed.number).max(last_final);
        if number <= signed || self.signed.len() >= SIGNED_MAX {
            return Err(P2pError::WitnessRefuses { number, signed });
        }
        self.signed.push(checkpoint);
        Ok(())
    }

    /// Forgets what a final checkpoint of that number settled, but for what was signed last.
    pub fn settle(&mut self, last_final: u64) {
        let newest = self.signed.last().map_or(0, |signed| signed.number);
        self.signed.retain(|own| own.number == newest || own.number > last_final);
    }
}

/// What happens to a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Time passed.
    Tick,
    /// There are events that no final checkpoint covers; until then nobody's turn comes.
    Wanted,
    /// A witness signed a checkpoint, in that event; one's own too. Those of one witness come in the
    /// order of its chain.
    Signed(Did, CheckpointSigned, EventId),
    /// The answer to [`Output::Draft`].
    Drafted(CheckpointSigned),
    /// The other answer to [`Output::Draft`]: it cannot be made now.
    NoDraft,
    /// The answer to [`Output::Check`]: whether the roots are right and it extends what it must. Not
    /// given as long as events it covers are missing here.
    Checked(Digest, bool),
    /// The answer to [`Output::Remember`]: it is on the disk.
    Remembered(u64),
    /// The fold made a border of that checkpoint. Say again that one is wanted when there are events
    /// beyond it.
    Final(CheckpointSigned),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Make the checkpoint of that number over everything here, so that it extends that one.
    Draft {
        /// Its number.
        number: u64,
        /// What it must extend.
        extends: Option<CheckpointSigned>,
        /// What it should extend besides, if that extends the former.
        prefers: Option<CheckpointSigned>,
    },
    /// Fold exactly the events it covers and say whether the roots come out, and whether the order is
    /// that of the other one as far as that reaches.
    Check {
        /// The checkpoint.
        checkpoint: CheckpointSigned,
        /// What it must extend.
        extends: Option<CheckpointSigned>,
        /// The event that proposes it: its causal past is what it covers.
        event: EventId,
    },
    /// Write this to the disk.
    Remember(Memory),
    /// Submit the event that signs it.
    Sign(CheckpointSigned),
    /// A witness signed two checkpoints of one number, in these events, or went back.
    Contradiction {
        /// The witness.
        witness: Did,
        /// Its two events.
        events: [EventId; 2],
    },
    /// A witness covers the same events with other roots than the one that is final: a fault of a
    /// program, or a lie.
    Differs {
        /// The witness.
        witness: Did,
        /// What it signed.
        checkpoint: CheckpointSigned,
    },
}

impl Canonical for Memory {
    fn encode_into(&self, out: &mut Vec<u8>) {
        out.push(WITNESS_FORMAT.version);
        let count = u16::try_from(self.signed.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        self.signed.iter().for_each(|signed| signed.encode_into(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Decoded<Self> {
        let version = input.u8()?;
        if version != WITNESS_FORMAT.version {
            let known = WITNESS_FORMAT.version;
            return Err(CodecError::UnknownVersion { what: "witness", found: version, known });
        }
        let count = usize::from(input.u16()?);
        if count > SIGNED_MAX {
            return Err(CodecError::TooLarge { what: "signed", found: count, max: SIGNED_MAX });
        }
        let signed = (0..count).map(|_| CheckpointSigned::decode_from(input));
        let signed = signed.collect::<Decoded<Vec<_>>>()?;
        if !signed.is_sorted_by(|a, b| a.number < b.number) {
            return Err(CodecError::NotCanonical("order of what was signed"));
        }
        Ok(Self { signed })
    }
}
