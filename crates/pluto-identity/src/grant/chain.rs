//! The check: from the grant an actor holds up to the member who gave the first one.
//!
//! 1. The first grant was given to the actor, each further one to the issuer of the one below it.
//! 2. Each is there, not revoked, not expired, covers action and resource, and has room for the amount.
//! 3. The issuer of the last one is an administrator of the realm now.
//!
//! Time is the later of realm time and the time the request claims: a claim can only shorten a grant.
//! Rates count windows of realm time alone, so that nobody chooses a window by claiming a time.

use pluto_core::codec::Canonical;
use pluto_core::payload::Role;
use pluto_core::state::{self, MemberRecord, member_key};
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Component, Did};

use super::CHAIN_GRANTS_MAX;
use super::id::{GrantId, usage_key};
use super::payload::{FACTOR_PPM_MAX, Grant, GrantRef};
use super::record::{GrantRecord, GrantRecordRef, UsageRecord, record_bytes, usage};
use super::refusal::Refusal;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Who.
    pub actor: Did,
    /// What.
    pub action: &'a str,
    /// On what.
    pub resource: &'a str,
    /// For how much; 0 when nothing is counted.
    pub amount: u64,
    /// When, in Unix milliseconds; realm time counts when it is later.
    pub at_ms: u64,
}

/// Grants that together allow a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The grants, the actor's first; at least one.
    pub hops: Vec<(GrantId, GrantRecord)>,
    grantor: Did,
}

impl Chain {
    /// The member who gave the first grant.
    #[must_use]
    pub const fn grantor(&self) -> Did {
        self.grantor
    }

    /// How much of the grantor's standing reaches the actor, in parts per million: the product of all
    /// factors, rounded down at each hop from the first grant on.
    #[must_use]
    pub fn factor_ppm(&self) -> u32 {
        let whole = u64::from(FACTOR_PPM_MAX);
        let product = self
            .hops
            .iter()
            .rev()
            .fold(whole, |all, (_, record)| all * u64::from(record.grant.factor_ppm) / whole);
        u32::try_from(product).unwrap_or(FACTOR_PPM_MAX)
    }

    /// Whether every grant of the chain covers the action, on some resource.
    #[must_use]
    pub fn carries(&self, action: &str) -> bool {
        let covers = |grant: &Grant| grant.actions.iter().any(|pattern| pattern.matches(action));
        self.hops.iter().all(|(_, record)| covers(&record.grant))
    }

    /// Who may approve what a policy hands to people: those the actor's own grant names, which holds
    /// everybody the grants above it name.
    #[must_use]
    pub fn approvers(&self) -> &[Did] {
        self.hops.first().map_or(&[], |(_, record)| &record.grant.approvers)
    }

    /// The ids, the actor's grant first.
    pub fn ids(&self) -> impl Iterator<Item = GrantId> + '_ {
        self.hops.iter().map(|(id, _)| *id)
    }
}

/// Whether the chain that ends in `leaf` allows what is asked.
///
/// # Errors
/// The first reason against it, from the actor's grant upwards.
pub fn authorise(
    view: &dyn StateView,
    leaf: &GrantId,
    asked: &Asked<'_>,
) -> Result<Chain, Refusal> {
    let mut hops = Vec::with_capacity(3);
    let grantor = climb(view, *leaf, asked.actor, &mut |id, record| {
        check(view, id, record, asked)?;
        hops.push((id, record.to_record()));
        Ok(())
    })?;
    Ok(Chain { hops, grantor })
}

/// Whether the chain that gives `leaf` to `holder` stands at `at_ms`, whatever it is asked for; the
/// member who gave the first grant.
///
/// # Errors
/// The first reason against it, from `leaf` upwards.
pub fn standing(
    view: &dyn StateView,
    leaf: &GrantId,
    holder: Did,
    at_ms: u64,
) -> Result<Did, Refusal> {
    climb(view, *leaf, holder, &mut |id, record| check_time(id, record, at_ms))
}

/// Walks from `leaf` upwards: each grant belongs to the issuer of the one below it, and the last
/// issuer is an administrator.
fn climb(
    view: &dyn StateView,
    leaf: GrantId,
    holder: Did,
    visit: &mut dyn FnMut(GrantId, &GrantRecordRef<'_>) -> Result<(), Refusal>,
) -> Result<Did, Refusal> {
    let (mut id, mut holder) = (leaf, holder);
    for _ in 0..CHAIN_GRANTS_MAX {
        let bytes = record_bytes(view, &id).ok_or(Refusal::NotFound { grant: id })?;
        let record = GrantRecordRef::decode(&bytes).map_err(|_| Refusal::Damaged { grant: id })?;
        if record.grant.delegate != holder {
            return Err(Refusal::NotDelegate { grant: id, actor: holder });
        }
        visit(id, &record)?;
        holder = record.issuer;
        match record.grant.parent {
            Some(parent) => id = parent,
            None if is_administrator(view, holder) => return Ok(holder),
            None => return Err(Refusal::Issuer { grant: id, issuer: holder }),
        }
    }
    Err(Refusal::Damaged { grant: id })
}

fn check(
    view: &dyn StateView,
    id: GrantId,
    record: &GrantRecordRef<'_>,
    asked: &Asked<'_>,
) -> Result<(), Refusal> {
    check_time(id, record, view.time_ms().max(asked.at_ms))?;
    if !record.grant.allows_action(asked.action) {
        return Err(Refusal::Action { grant: id });
    }
    if !record.grant.allows_resource(asked.resource) {
        return Err(Refusal::Resource { grant: id });
    }
    check_usage(view, id, &record.grant, asked.amount)
}

fn check_time(id: GrantId, record: &GrantRecordRef<'_>, at_ms: u64) -> Result<(), Refusal> {
    if let Some(event) = record.revoked {
        return Err(Refusal::Revoked { grant: id, event });
    }
    let expires_ms = record.grant.expires_ms;
    if at_ms >= expires_ms {
        return Err(Refusal::Expired { grant: id, expires_ms, at_ms });
    }
    Ok(())
}

fn check_usage(
    view: &dyn StateView,
    id: GrantId,
    grant: &GrantRef<'_>,
    amount: u64,
) -> Result<(), Refusal> {
    if grant.rate.is_none() && grant.budget.is_none() {
        return Ok(());
    }
    let used = usage(view, &id);
    if let Some(rate) = grant.rate {
        let in_window = used.window == view.time_ms().checked_div(rate.window_ms).unwrap_or(0);
        if in_window && used.count >= rate.count {
            let (count, window_ms) = (rate.count, rate.window_ms);
            return Err(Refusal::Rate { grant: id, count, window_ms });
        }
    }
    if let Some(budget) = grant.budget {
        let left = budget.saturating_sub(used.spent);
        if amount > left {
            return Err(Refusal::Budget { grant: id, left, amount });
        }
    }
    Ok(())
}

/// Writes down that the chain was used once for `amount`: at every grant with a rate or a budget.
pub fn charge(view: &dyn StateView, chain: &Chain, amount: u64, out: &mut Effects) {
    for (id, record) in &chain.hops {
        let grant = &record.grant;
        if grant.rate.is_none() && grant.budget.is_none() {
            continue;
        }
        let before = usage(view, id);
        // Without a rate nothing is counted by window: all uses stand in window 0.
        let window =
            grant.rate.map_or(0, |rate| view.time_ms().checked_div(rate.window_ms).unwrap_or(0));
        let counted = if before.window == window { before.count } else { 0 };
        let after = UsageRecord {
            window,
            count: counted.saturating_add(1),
            spent: before.spent.saturating_add(amount),
        };
        out.put(Component::Controller, usage_key(id), after.encode());
    }
}

/// Whether `did` may give rights of its own: an active member, administrator or owner.
pub(super) fn is_administrator(view: &dyn StateView, did: Did) -> bool {
    state::read(view, Component::Realm, &member_key(did))
        .is_some_and(|member: MemberRecord| !member.banned && member.role >= Role::Admin)
}

#[cfg(test)]
mod tests;
