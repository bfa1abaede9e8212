//! What can go wrong between an encoded run and a published root.

use pluto_core::{Digest, EventId, RealmId};
use pluto_error::{Code, Coded, Error};
use thiserror::Error;

use crate::codes;

/// Errors of event sourcing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NervousError {
    /// The signature over a run does not hold.
    #[error("signature over the run that begins with `{0}` does not hold")]
    BadSignature(EventId),
    /// An event contradicts its causal past.
    #[error("event `{id}`: {why}")]
    BadCausality {
        /// The event.
        id: EventId,
        /// The rule.
        why: &'static str,
    },
    /// A kind that is derived and never authored.
    #[error("event `{id}` is of kind `{kind}`, which is never authored")]
    NotAuthorable {
        /// The event.
        id: EventId,
        /// The kind.
        kind: &'static str,
    },
    /// The run waits for an event.
    #[error("the run waits for `{0}`")]
    PastMissing(EventId),
    /// The pool of waiting runs is full.
    #[error("`{waiting}` runs wait for their past, the bound is `{max}`")]
    PendingFull {
        /// Runs waiting.
        waiting: usize,
        /// The bound.
        max: usize,
    },
    /// A realm that is not here.
    #[error("no realm `{0}` here")]
    UnknownRealm(RealmId),
    /// An event that is not here.
    #[error("no event `{0}` here")]
    UnknownEvent(EventId),
    /// The writer has stopped.
    #[error("the writer has stopped: {0}")]
    Stopped(String),
    /// The log is damaged: what was whole is read, nothing is written.
    #[error("the node only reads: {why}; put the file back from a backup or a peer")]
    ReadOnly {
        /// The code of the damage.
        code: Code,
        /// The damage, with file and offset.
        why: String,
    },
    /// A stored checkpoint is not what it says.
    #[error("checkpoint of realm `{realm}`: {what} does not match")]
    CheckpointMismatch {
        /// The realm.
        realm: RealmId,
        /// Which part.
        what: &'static str,
    },
    /// The footing of a realm is not what was signed, or its parts do not fit each other.
    #[error("footing of realm `{realm}`: {what} does not match")]
    FootingMismatch {
        /// The realm.
        realm: RealmId,
        /// Which part.
        what: &'static str,
    },
    /// No border covers the event.
    #[error("event `{0}` can still be folded again: no final checkpoint covers it")]
    NotFinal(EventId),
    /// The payload of an event that says who may sign, or what is final.
    #[error("the payload of event `{0}` says who may sign or what is final: it stays")]
    Needed(EventId),
    /// A tile of the canonical order is missing or damaged.
    #[error(
        "tile `{tile}` of the canonical order of realm `{realm}` is missing or damaged; run `pluto fsck --rebuild`"
    )]
    TileMissing {
        /// The realm.
        realm: RealmId,
        /// The tile.
        tile: u64,
    },
    /// Two chains of checkpoints are final in a realm: more witnesses lied than it can bear.
    #[error(
        "realm `{realm}` takes no writes: checkpoint `{rival}` is final beside the last border"
    )]
    TwoChains {
        /// The realm.
        realm: RealmId,
        /// Payload hash of the final checkpoint that is beside the chain.
        rival: Digest,
    },
    /// A checkpoint that nothing may extend now.
    #[error("checkpoint `{0}` cannot be extended: it is neither the last border nor leads to it")]
    NotExtended(Digest),
    /// A state that cannot happen.
    #[error("internal rule broken: {0}")]
    Internal(&'static str),
}

impl NervousError {
    /// What a damaged log means for a node.
    pub(crate) fn read_only(damage: &Error) -> Self {
        Self::ReadOnly { code: damage.code(), why: damage.chain() }
    }
}

impl Coded for NervousError {
    fn code(&self) -> Code {
        match self {
            Self::BadSignature(_) => codes::BAD_SIGNATURE,
            Self::BadCausality { .. } => codes::BAD_CAUSALITY,
            Self::NotAuthorable { .. } => codes::NOT_AUTHORABLE,
            Self::PastMissing(_) => codes::PAST_MISSING,
            Self::PendingFull { .. } => codes::PENDING_FULL,
            Self::UnknownRealm(_) => codes::UNKNOWN_REALM,
            Self::UnknownEvent(_) => codes::UNKNOWN_EVENT,
            Self::Stopped(_) => codes::STOPPED,
            Self::ReadOnly { code, .. } => *code,
            Self::CheckpointMismatch { .. } => codes::CHECKPOINT_MISMATCH,
            Self::FootingMismatch { .. } => codes::FOOTING_MISMATCH,
            Self::NotFinal(_) => codes::NOT_FINAL,
            Self::Needed(_) => codes::NEEDED,
            Self::TileMissing { .. } => codes::TILE_MISSING,
            Self::TwoChains { .. } => codes::TWO_CHAINS,
            Self::NotExtended(_) => codes::NOT_EXTENDED,
            Self::Internal(_) => codes::INTERNAL,
        }
    }
}
