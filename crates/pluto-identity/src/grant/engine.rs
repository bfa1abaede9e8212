//! The grant engine: makes and revokes grants.
//!
//! A first grant is made by an administrator; every other one by the holder of its parent, and allows
//! no more than that. A grant is revoked by its issuer, by the issuer of any grant above it, or by an
//! administrator; nothing below it needs to be touched.

use pluto_core::codec::Canonical;
use pluto_core::payload::payload_of;
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Component, Did, Event, Kind, Verdict, VoidReason};

use super::chain::{is_administrator, standing};
use super::id::{GrantId, grant_id, grant_key};
use super::pattern::Pattern;
use super::payload::{Grant, GrantRevoked, HOPS_MAX};
use super::record::{GrantRecord, record_bytes};
use super::{CHAIN_GRANTS_MAX, Rate};

/// Keeps grants in component `Controller`.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrantEngine;

impl Engine for GrantEngine {
    fn component(&self) -> Component {
        Component::Controller
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::DelegationCreated, Kind::DelegationRevoked]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::DelegationCreated) => create(view, event, out),
            Some(Kind::DelegationRevoked) => revoke(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn create(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let grant: Grant = payload_of(event)?;
    let issuer = event.header.author;
    let (id, depth) = may_give(view, issuer, &grant)?;
    let record = GrantRecord { issuer, event: event.id, depth, revoked: None, grant };
    out.put(Component::Controller, grant_key(&id), record.encode());
    Ok(())
}

fn revoke(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let GrantRevoked { grant: id } = payload_of(event)?;
    let mut record = may_revoke(view, event.header.author, &id)?;
    record.revoked = Some(event.id);
    out.put(Component::Controller, grant_key(&id), record.encode());
    Ok(())
}

/// Whether `issuer` may give this grant now; its id, and how many grants stand above it.
///
/// # Errors
/// The reason for which the event would have no effect.
pub fn may_give(
    view: &dyn StateView,
    issuer: Did,
    grant: &Grant,
) -> Result<(GrantId, u8), VoidReason> {
    let id = grant_id(view.realm(), issuer, grant);
    if record_bytes(view, &id).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    if view.time_ms() >= grant.expires_ms {
        return Err(VoidReason::Expired);
    }
    let depth = match grant.parent {
        Some(parent) => below(view, parent, issuer, grant)?,
        None if is_administrator(view, issuer) => 0,
        None => return Err(VoidReason::NotAllowed),
    };
    Ok((id, depth))
}

/// Whether `author` may revoke that grant now; what the state says about it.
///
/// # Errors
/// The reason for which the event would have no effect.
pub fn may_revoke(
    view: &dyn StateView,
    author: Did,
    id: &GrantId,
) -> Result<GrantRecord, VoidReason> {
    let found = record(view, *id).ok_or(VoidReason::NotFound)?;
    if !issued_above(view, &found, author) && !is_administrator(view, author) {
        return Err(VoidReason::NotAllowed);
    }
    match found.revoked {
        Some(_) => Err(VoidReason::Revoked),
        None => Ok(found),
    }
}

/// The depth of a grant below `parent`, whose whole chain must stand.
fn below(
    view: &dyn StateView,
    parent: GrantId,
    issuer: Did,
    grant: &Grant,
) -> Result<u8, VoidReason> {
    standing(view, &parent, issuer, view.time_ms()).map_err(|refusal| refusal.void_reason())?;
    let above = record(view, parent).ok_or(VoidReason::NotFound)?;
    let depth = above.depth.saturating_add(1);
    if above.grant.hops == 0 || depth > HOPS_MAX {
        return Err(VoidReason::LimitReached);
    }
    match beyond(&above.grant, grant) {
        None => Ok(depth),
        Some(_) => Err(VoidReason::ExceedsParent),
    }
}

/// In what `child` goes beyond `parent`, if it does. Factors never do: none is above 1.
#[must_use]
pub fn beyond(parent: &Grant, child: &Grant) -> Option<&'static str> {
    let rate_fits =
        parent.rate.is_none_or(|above| child.rate.is_some_and(|rate| slower(above, rate)));
    let budget_fits =
        parent.budget.is_none_or(|above| child.budget.is_some_and(|budget| budget <= above));
    let fits = [
        ("actions", all_covered(&parent.actions, &child.actions)),
        ("resources", all_covered(&parent.resources, &child.resources)),
        ("expiry", child.expires_ms <= parent.expires_ms),
        ("hops", child.hops < parent.hops),
        ("rate", rate_fits),
        ("budget", budget_fits),
        ("approvers", parent.approvers.iter().all(|one| child.approvers.contains(one))),
    ];
    fits.into_iter().find(|(_, fits)| !fits).map(|(what, _)| what)
}

fn all_covered(parent: &[Pattern], child: &[Pattern]) -> bool {
    child.iter().all(|one| parent.iter().any(|above| above.covers(one)))
}

const fn slower(above: Rate, rate: Rate) -> bool {
    rate.count <= above.count && rate.window_ms >= above.window_ms
}

/// Whether `did` gave this grant or one above it.
fn issued_above(view: &dyn StateView, first: &GrantRecord, did: Did) -> bool {
    let above = |one: &GrantRecord| one.grant.parent.and_then(|parent| record(view, parent));
    std::iter::successors(Some(first.clone()), above)
        .take(CHAIN_GRANTS_MAX)
        .any(|one| one.issuer == did)
}

fn record(view: &dyn StateView, id: GrantId) -> Option<GrantRecord> {
    GrantRecord::decode(&record_bytes(view, &id)?).ok()
}

#[cfg(test)]
mod tests;
