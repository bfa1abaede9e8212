//! Why a chain of grants does not allow what was asked.

use std::fmt;

use pluto_core::{Did, EventId, VoidReason};

use super::id::GrantId;

/// Why a chain does not allow a request. Each reason has a number that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such grant.
    NotFound {
        /// The grant.
        grant: GrantId,
    },
    /// It was revoked.
    Revoked {
        /// The grant.
        grant: GrantId,
        /// The event that revoked it.
        event: EventId,
    },
    /// Its time is over.
    Expired {
        /// The grant.
        grant: GrantId,
        /// When it ended.
        expires_ms: u64,
        /// The time it was asked for.
        at_ms: u64,
    },
    /// It was given to somebody else.
    NotDelegate {
        /// The grant.
        grant: GrantId,
        /// Who asked.
        actor: Did,
    },
    /// None of its patterns matches the action.
    Action {
        /// The grant.
        grant: GrantId,
    },
    /// None of its patterns matches the resource.
    Resource {
        /// The grant.
        grant: GrantId,
    },
    /// It was used as often as it may be in this window.
    Rate {
        /// The grant.
        grant: GrantId,
        /// Uses allowed in a window.
        count: u32,
        /// Length of a window in milliseconds of realm time.
        window_ms: u64,
    },
    /// The amount does not fit into what is left.
    Budget {
        /// The grant.
        grant: GrantId,
        /// What is left.
        left: u64,
        /// What was asked for.
        amount: u64,
    },
    /// Who gave the first grant is no administrator any more.
    Issuer {
        /// The first grant of the chain.
        grant: GrantId,
        /// Who gave it.
        issuer: Did,
    },
    /// Its entry cannot be read, or does not fit what stands below it.
    Damaged {
        /// The grant.
        grant: GrantId,
    },
}

impl Refusal {
    /// The stable number, from 1.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::NotFound { .. } => 1,
            Self::Revoked { .. } => 2,
            Self::Expired { .. } => 3,
            Self::NotDelegate { .. } => 4,
            Self::Action { .. } => 5,
            Self::Resource { .. } => 6,
            Self::Rate { .. } => 7,
            Self::Budget { .. } => 8,
            Self::Issuer { .. } => 9,
            Self::Damaged { .. } => 10,
        }
    }

    /// The reason in a few words, without what it is about.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        Self::text_of(self.number()).unwrap_or_default()
    }

    /// What the reason of that number says, without what it is about; none for no such number.
    #[must_use]
    pub const fn text_of(number: u8) -> Option<&'static str> {
        Some(match number {
            1 => "there is no such grant",
            2 => "the grant is revoked",
            3 => "the grant has expired",
            4 => "the grant is somebody else's",
            5 => "the grant does not cover the action",
            6 => "the grant does not cover the resource",
            7 => "the rate of the grant is used up",
            8 => "the budget of the grant does not suffice",
            9 => "the issuer is no administrator",
            10 => "the grant cannot be read",
            _ => return None,
        })
    }

    /// The grant of the chain that failed.
    #[must_use]
    pub const fn grant(&self) -> GrantId {
        match self {
            Self::NotFound { grant }
            | Self::Revoked { grant, .. }
            | Self::Expired { grant, .. }
            | Self::NotDelegate { grant, .. }
            | Self::Action { grant }
            | Self::Resource { grant }
            | Self::Rate { grant, .. }
            | Self::Budget { grant, .. }
            | Self::Issuer { grant, .. }
            | Self::Damaged { grant } => *grant,
        }
    }

    /// Why an event that rests on the grant has no effect.
    #[must_use]
    pub const fn void_reason(&self) -> VoidReason {
        match self {
            Self::NotFound { .. } | Self::Damaged { .. } => VoidReason::NotFound,
            Self::Revoked { .. } => VoidReason::Revoked,
            Self::Expired { .. } => VoidReason::Expired,
            Self::Rate { .. } | Self::Budget { .. } => VoidReason::LimitReached,
            Self::NotDelegate { .. }
            | Self::Action { .. }
            | Self::Resource { .. }
            | Self::Issuer { .. } => VoidReason::NotAllowed,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grant = self.grant().short();
        match self {
            Self::NotFound { .. } => write!(f, "grant `{grant}` does not exist"),
            Self::Revoked { event, .. } => {
                write!(f, "grant `{grant}` is revoked by event `{}`", event.short())
            }
            Self::Expired { expires_ms, at_ms, .. } => {
                write!(f, "grant `{grant}` expired at `{expires_ms}` ms, it is `{at_ms}` ms")
            }
            Self::NotDelegate { actor, .. } => {
                write!(f, "grant `{grant}` is not given to `{actor}`")
            }
            Self::Action { .. } => write!(f, "grant `{grant}` does not cover the action"),
            Self::Resource { .. } => write!(f, "grant `{grant}` does not cover the resource"),
            Self::Rate { count, window_ms, .. } => {
                write!(f, "grant `{grant}` is used up: `{count}` uses in `{window_ms}` ms")
            }
            Self::Budget { left, amount, .. } => {
                write!(f, "grant `{grant}` has `{left}` left of its budget, asked for `{amount}`")
            }
            Self::Issuer { issuer, .. } => {
                write!(f, "grant `{grant}` was given by `{issuer}`, who is no administrator now")
            }
            Self::Damaged { .. } => write!(f, "grant `{grant}` cannot be read"),
        }
    }
}
