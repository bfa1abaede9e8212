//! What can be wrong with what a peer says, or with what a witness is asked.

use pluto_core::Digest;
use pluto_error::{Code, Coded};

use crate::codes;

/// The leaf error of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum P2pError {
    /// A frame above its bound; nothing of it was read.
    #[error("a frame of `{found}` bytes, the bound is `{max}`")]
    FrameTooLarge {
        /// Its length.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A message that answers no request.
    #[error("unexpected message: {0}")]
    Unexpected(&'static str),
    /// A sketch that no set can have made.
    #[error("the sketch contradicts itself: {0}")]
    BadSketch(&'static str),
    /// The peer has the same events and another state: a fault of one of the two programs, or a lie.
    #[error("same events, another state: ours is `{ours}`, theirs `{theirs}`")]
    StatesDiffer {
        /// The state root here.
        ours: Digest,
        /// The state root there.
        theirs: Digest,
    },
    /// Two events that prove nothing against their author.
    #[error("no equivocation: {0}")]
    NoEquivocation(&'static str),
    /// A witness set that cannot decide.
    #[error("`{witnesses}` witnesses with a threshold of `{threshold}` cannot decide")]
    BadWitnesses {
        /// How many witnesses.
        witnesses: usize,
        /// How many must sign.
        threshold: usize,
    },
    /// A witness was asked to sign what contradicts its memory.
    #[error("checkpoint `{number}` is not after `{signed}`, which was signed")]
    WitnessRefuses {
        /// The number asked for.
        number: u64,
        /// The last number signed.
        signed: u64,
    },
    /// An address that names no node.
    #[error(
        "`{0}` is no address with a node at its end, such as `/ip4/192.0.2.1/tcp/4100/p2p/12D3KooW…`"
    )]
    BadAddress(String),
    /// The network cannot be used.
    #[error("cannot {action}: {why}")]
    Network {
        /// What was tried.
        action: &'static str,
        /// What the system or libp2p says.
        why: String,
    },
    /// The network thread takes no commands.
    #[error("the network thread is gone, or has too much to do")]
    NetworkBusy,
}

impl Coded for P2pError {
    fn code(&self) -> Code {
        match self {
            Self::FrameTooLarge { .. } => codes::FRAME_TOO_LARGE,
            Self::Unexpected(_) => codes::UNEXPECTED,
            Self::BadSketch(_) => codes::BAD_SKETCH,
            Self::StatesDiffer { .. } => codes::STATES_DIFFER,
            Self::NoEquivocation(_) => codes::NO_EQUIVOCATION,
            Self::BadWitnesses { .. } => codes::BAD_WITNESSES,
            Self::WitnessRefuses { .. } => codes::WITNESS_REFUSES,
            Self::BadAddress(_) => codes::BAD_ADDRESS,
            Self::Network { .. } => codes::NETWORK,
            Self::NetworkBusy => codes::NETWORK_BUSY,
        }
    }
}
