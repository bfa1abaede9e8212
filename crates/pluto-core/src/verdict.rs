//! Verdicts: whether an event that is in the set has effect.
//!
//! A verdict is computed in the fold, in canonical order, and is the same on every node that has the
//! same set. It is part of the event's leaf in the log tree, so its encoding never changes.

use crate::hash::Digest;
use crate::ids::EventId;

crate::domains! {
    LEAF = "pluto log leaf v1";
    DECISION_LEAF = "pluto decision leaf v1";
}

macro_rules! reasons {
    ($($name:ident = $number:literal, $text:literal;)+) => {
        /// Why an event has no effect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum VoidReason {
            $(#[doc = $text] $name = $number,)+
        }

        impl VoidReason {
            /// The reason with that number.
            #[must_use]
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }

            /// The reason in a few words.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

reasons! {
    UnknownKind = 1, "the kind is not known";
    MalformedPayload = 2, "the payload is malformed";
    PayloadAbsent = 3, "the payload is absent";
    NotMember = 4, "the author is not a member";
    NotAllowed = 5, "the author is not allowed to do this";
    AuthorFrozen = 6, "the author is frozen";
    SelfAttestation = 7, "nobody can attest to themselves";
    UnknownSubject = 8, "the subject is not known in the realm";
    OutOfRange = 9, "a value is out of range";
    AlreadyExists = 10, "it exists already";
    NotFound = 11, "it does not exist";
    PolicyDenied = 12, "a policy denied it";
    NoEffect = 13, "nothing gives this kind an effect";
    NotMonotone = 14, "a number does not go forward";
    InvalidProof = 15, "the proof does not hold";
    PolicyEscalated = 16, "a policy asks people first";
    PolicyFault = 17, "a policy could not decide";
    InvalidPolicy = 18, "the artifact is no valid policy";
    ExceedsParent = 19, "it goes beyond what its parent allows";
    Revoked = 20, "it is revoked";
    Expired = 21, "it is outside its time";
    LimitReached = 22, "a limit is reached";
    KeyInactive = 23, "the key is not the active one";
}

/// Whether an event has effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Its effects are in the state.
    Effective,
    /// It is in the set and changes nothing.
    Void(VoidReason),
}

impl Verdict {
    /// The two-byte code: 0 for effective, else the number of the reason.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Effective => 0,
            Self::Void(reason) => reason as u16,
        }
    }

    /// The verdict with that code.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            0 => Some(Self::Effective),
            _ => match VoidReason::from_number(code) {
                Some(reason) => Some(Self::Void(reason)),
                None => None,
            },
        }
    }

    /// Whether the event has effect.
    #[must_use]
    pub const fn is_effective(self) -> bool {
        matches!(self, Self::Effective)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Effective => f.write_str("effective"),
            Self::Void(reason) => write!(f, "void: {}", reason.as_str()),
        }
    }
}

/// Bytes hashed for one leaf: one BLAKE3 block.
pub type LeafBlock = [u8; 64];

/// The block of a leaf: event id ‖ verdict code ‖ 30 zero bytes.
#[must_use]
pub fn leaf_block(id: &EventId, verdict: Verdict) -> LeafBlock {
    let mut block = [0; 64];
    let code = verdict.code().to_be_bytes();
    for (to, from) in block.iter_mut().zip(id.0.iter().chain(&code)) {
        *to = *from;
    }
    block
}

/// The leaves of the log tree for `blocks`, appended to `out`.
pub fn leaf_digests(blocks: &[LeafBlock], out: &mut Vec<Digest>) {
    LEAF.hash_many(&blocks.iter().collect::<Vec<_>>(), out);
}

/// The leaf of a decision (kind 72): event id ‖ verdict code ‖ state root just before it.
#[must_use]
pub fn decision_leaf(id: &EventId, verdict: Verdict, judged_on: &Digest) -> Digest {
    DECISION_LEAF.hash_parts(&[&id.0, &verdict.code().to_be_bytes(), &judged_on.0])
}

/// The leaf in the log tree of one event that is no decision.
#[must_use]
pub fn leaf_digest(id: &EventId, verdict: Verdict) -> Digest {
    LEAF.hash_one(&leaf_block(id, verdict))
}
