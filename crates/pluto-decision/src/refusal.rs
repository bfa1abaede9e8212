//! Why something is denied without, or beside, the word of a policy.

use pluto_identity::grant;

/// Numbers from here on are those of the grants, moved up.
const GRANT_NUMBERS: u8 = 64;

/// Why a request is denied before any rule of the policy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The actor is shut out of the realm.
    NoStanding,
    /// The actor names no grant, and is no member or an AI agent.
    NoGrant,
    /// The realm has no policy for actions.
    NoPolicy,
    /// There is no decision to approve under that id, or it was about something else.
    ApprovalMismatch,
    /// People said no.
    Rejected,
    /// Nobody answered in time, and then it is no.
    NotApproved,
    /// The approval was used before.
    ApprovalUsed,
    /// The grant does not carry it: the number of the refusal of [`grant`].
    Grant(u8),
}

impl Refusal {
    const OWN: [Self; 7] = [
        Self::NoStanding,
        Self::NoGrant,
        Self::NoPolicy,
        Self::ApprovalMismatch,
        Self::Rejected,
        Self::NotApproved,
        Self::ApprovalUsed,
    ];

    /// The stable number; never 0.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::NoStanding => 1,
            Self::NoGrant => 2,
            Self::NoPolicy => 3,
            Self::ApprovalMismatch => 4,
            Self::Rejected => 5,
            Self::NotApproved => 6,
            Self::ApprovalUsed => 7,
            Self::Grant(number) => GRANT_NUMBERS.saturating_add(number),
        }
    }

    /// The refusal with that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        match number.checked_sub(GRANT_NUMBERS) {
            Some(number) => grant::Refusal::text_of(number).map(|_| Self::Grant(number)),
            None => Self::OWN.into_iter().find(|refusal| refusal.number() == number),
        }
    }

    /// The reason in a few words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoStanding => "the actor is shut out of the realm",
            Self::NoGrant => "the actor has no grant that covers it, and may not act without one",
            Self::NoPolicy => "the realm has no policy in the slot `actions`",
            Self::ApprovalMismatch => "the approval is for another request",
            Self::Rejected => "people said no",
            Self::NotApproved => "nobody has approved it",
            Self::ApprovalUsed => "the approval has been used",
            Self::Grant(number) => grant::Refusal::text_of(number).unwrap_or_default(),
        }
    }
}
