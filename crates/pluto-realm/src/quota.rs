//! Quotas inside the fold: who wrote how much, who wrote too much, and how they come back.
//!
//! Each party has one [`AccountRecord`], with a bucket for every limit the realm declares. The word of
//! [`Limits`] comes after membership and before any policy:
//!
//! 1. A realm without rules of its own, and an event that restores order ([`is_exempt`]): nothing.
//! 2. What rules forbid (parties, kinds, sizes) is void.
//! 3. A party in quarantine is void. Nothing is counted meanwhile.
//! 4. The cost is taken, or the event is void and counts as a violation. The tenth violation is a
//!    quarantine of a day of realm time; each hour without one forgives one.
//!
//! What a policy then costs is settled by [`settle`]: gas and mana are known only afterwards, so a
//! bucket must not be empty before, and is drained after. What is taken stays taken whatever becomes of
//! the event. Administrators quarantine, lift and refund ([`QuarantineEngine`]).

mod quarantine;
mod record;

use pluto_core::state;
use pluto_core::traits::{Effects, Fact, PolicyDecider, StateView};
use pluto_core::{Canonical, Component, Did, Event, Kind, KindNumber, Verdict, VoidReason};

use crate::bucket::DAY_MS;
use crate::hierarchy::{is_extended, lineage};
use crate::rule_set::{Limit, RuleSet};

pub(crate) use quarantine::apply;
pub use quarantine::{QuarantineChange, QuarantineEngine};
pub use record::{AccountRecord, RESOURCES, Resource, account_key};

/// How many violations are a quarantine.
pub const VIOLATIONS_MAX: u8 = 10;
/// Realm time that forgives one violation, in milliseconds.
pub const FORGIVEN_MS: u64 = 3_600_000;
/// Realm time that a quarantine lasts by itself, in milliseconds.
pub const QUARANTINE_MS: u64 = DAY_MS;

/// Tokens of each [`Resource`], in their order.
pub type Cost = [u64; RESOURCES];

/// Holds events against the rules of the realm and the quota of their author.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits;

impl PolicyDecider for Limits {
    fn decide(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let known = event.header.kind.known();
        let Some(kind) = known.filter(|kind| !is_exempt(*kind)) else { return Verdict::Effective };
        // Not even the account is looked at: a bundle made before there were quotas does not show one.
        if !is_extended(view) {
            return Verdict::Effective;
        }
        let rules = lineage(view).rules;
        let (author, length) = (event.header.author, event.header.payload_len);
        let done = match forbids(&rules, author, event.header.kind, length) {
            Some(obstacle) => Err(obstacle.reason()),
            None => charge(view, &rules, kind, event, out),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

/// Kinds that make a realm, change keys, take rights away, or restore order: no quota stops them.
#[must_use]
pub const fn is_exempt(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::RealmGenesis
            | Kind::RealmLifecycle
            | Kind::MembershipChange
            | Kind::RealmQuarantineChange
            | Kind::IdentityBootstrapped
            | Kind::KeyRotated
            | Kind::RecoveryInitiated
            | Kind::DelegationRevoked
            | Kind::CredentialRevoked
            | Kind::CheckpointSigned
            | Kind::WitnessesDeclared
            | Kind::EquivocationProven
            | Kind::FreezeLifted
    )
}

/// Why the rules of a realm or its quotas make an event void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The rules give its author no voice.
    Silenced,
    /// The rules allow no event of its kind.
    ForbiddenKind,
    /// Its payload is longer than the rules allow.
    TooLong {
        /// The bytes they allow.
        bytes_max: u32,
    },
    /// Its author is in quarantine.
    Quarantined {
        /// Realm time at which that ends.
        until_ms: u64,
    },
    /// Its author has not enough left of this.
    UsedUp(Resource),
}

impl Obstacle {
    /// The reason in its verdict.
    #[must_use]
    pub const fn reason(self) -> VoidReason {
        match self {
            Self::Silenced | Self::ForbiddenKind => VoidReason::NotAllowed,
            Self::TooLong { .. } => VoidReason::OutOfRange,
            Self::Quarantined { .. } | Self::UsedUp(_) => VoidReason::LimitReached,
        }
    }
}

/// What [`Limits`] would hold against an event of that length, for whoever asks before there is one.
#[must_use]
pub fn obstacle(view: &dyn StateView, who: Did, kind: Kind, length: u32) -> Option<Obstacle> {
    if is_exempt(kind) || !is_extended(view) {
        return None;
    }
    let rules = lineage(view).rules;
    forbids(&rules, who, kind.number(), length).or_else(|| {
        let now_ms = view.time_ms();
        let mut account = account_now(view, who);
        if account.is_quarantined(now_ms) {
            let until_ms = account.quarantined_until_ms();
            return Some(Obstacle::Quarantined { until_ms });
        }
        account.take(&rules, &cost(kind, length)).map(Obstacle::UsedUp)
    })
}

/// What rules say without looking at an account.
pub(crate) fn forbids(
    rules: &RuleSet,
    who: Did,
    kind: KindNumber,
    length: u32,
) -> Option<Obstacle> {
    if rules.denied_parties.contains(&who) {
        return Some(Obstacle::Silenced);
    }
    if !rules.allowed_kinds.allows(&kind.0) {
        return Some(Obstacle::ForbiddenKind);
    }
    let bytes_max = rules.max_payload.0.filter(|bytes_max| length > *bytes_max)?;
    Some(Obstacle::TooLong { bytes_max })
}

fn charge(
    view: &dyn StateView,
    rules: &RuleSet,
    kind: Kind,
    event: &Event,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let who = event.header.author;
    let now_ms = view.time_ms();
    let found = account(view, who);
    if found.is_none() && Resource::ALL.iter().all(|resource| resource.limit(rules).is_none()) {
        return Ok(());
    }
    let mut account = found.unwrap_or_default();
    account.bring_to(rules, now_ms);
    if account.is_quarantined(now_ms) {
        return Err(VoidReason::LimitReached);
    }
    let lacking = account.take(rules, &cost(kind, event.header.payload_len));
    if let Some(resource) = lacking {
        account.violate(now_ms);
        out.facts.push(violation(resource, &account, now_ms));
    }
    out.put(Component::Realm, account_key(who), account.encode());
    lacking.map_or(Ok(()), |_| Err(VoidReason::LimitReached))
}

fn cost(kind: Kind, length: u32) -> Cost {
    let crosses = matches!(kind, Kind::CrossingOpened | Kind::CrossingEvaluated);
    [0, 0, 1, u64::from(length), u64::from(crosses)]
}

fn violation(resource: Resource, account: &AccountRecord, now_ms: u64) -> Fact {
    let what = if account.is_quarantined(now_ms) { ", quarantined" } else { "" };
    let text = format!("{} used up{what}", resource.as_str());
    Fact { kind: Kind::QuotaViolation, text }
}

/// Whether an event is charged to the account of `who`, as `out` has it.
#[must_use]
pub fn is_charged(who: Did, out: &Effects) -> bool {
    let key = account_key(who);
    out.writes.iter().any(|write| write.component == Component::Realm && write.key == key)
}

/// Takes what judging an event cost, from the account as `out` has it: at most what is left.
pub fn settle(view: &dyn StateView, who: Did, gas: u64, mana: u64, out: &mut Effects) {
    let key = account_key(who);
    let mut written = out.writes.iter_mut().rev();
    let slot = written.find(|write| write.component == Component::Realm && write.key == key);
    let Some(value) = slot.and_then(|write| write.value.as_mut()) else { return };
    let Ok(mut account) = AccountRecord::decode(value) else { return };
    account.drain(&lineage(view).rules, gas, mana);
    *value = account.encode().into();
}

/// The account of a party, as it was when it was last charged.
#[must_use]
pub fn account(view: &dyn StateView, who: Did) -> Option<AccountRecord> {
    state::read(view, Component::Realm, &account_key(who))
}

/// The account of a party as it is now, under the rules of now.
#[must_use]
pub fn account_now(view: &dyn StateView, who: Did) -> AccountRecord {
    let mut now = account(view, who).unwrap_or_default();
    now.bring_to(&lineage(view).rules, view.time_ms());
    now
}

impl Resource {
    /// Its limit under these rules.
    #[must_use]
    pub const fn limit(self, rules: &RuleSet) -> Option<Limit> {
        match self {
            Self::Gas => rules.max_gas.0,
            Self::Mana => rules.max_mana.0,
            Self::Events => rules.max_events.0,
            Self::Storage => rules.max_storage.0,
            Self::Crossings => rules.max_crossings.0,
        }
    }
}

#[cfg(test)]
mod tests;
