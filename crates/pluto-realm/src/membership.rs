//! The realm engine: genesis, joining, and changes of membership.
//!
//! Who may do what about members:
//!
//! | author    | assigns             | removes and bans      | lifts a ban |
//! |-----------|---------------------|-----------------------|-------------|
//! | owner     | any role            | anybody               | yes         |
//! | admin     | moderator, member   | moderators, members   | yes         |
//! | moderator | member              | members               | no          |
//! | member    | –                   | –                     | no          |
//!
//! Below an owner nobody touches a role as high as their own. Everybody may leave. A realm never
//! loses its last owner: the number of owners stands under [`OWNERS_KEY`], because a step reads single
//! entries and cannot count. A ban outlives membership: it is an entry of its own kind and stops an
//! open realm from letting the party in again.

use pluto_core::codec::Canonical;
use pluto_core::payload::{
    Admission, MembershipAction, MembershipChange, RealmGenesis, Role, payload_of,
};
use pluto_core::state::{MemberRecord, RULES_KEY, RulesRecord, member_key};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Component, Did, Event, Kind, Verdict, VoidReason};

use crate::governance::note_arrival;
use crate::rules::{active_member, member, rules};

/// Key of the number of owners (`u32`, big-endian) in component `Realm`.
pub const OWNERS_KEY: &[u8] = b"owners";

/// Keeps the rules of a realm and who belongs to it, in component `Realm`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealmEngine;

impl Engine for RealmEngine {
    fn component(&self) -> Component {
        Component::Realm
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::RealmGenesis, Kind::IdentityBootstrapped, Kind::MembershipChange]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = match event.header.kind.known() {
            Some(Kind::RealmGenesis) => found(view, event, out),
            Some(Kind::IdentityBootstrapped) => join(view, event, out),
            Some(Kind::MembershipChange) => change(view, event, out),
            _ => Err(VoidReason::NoEffect),
        };
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn found(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let genesis: RealmGenesis = payload_of(event)?;
    if !event.header.is_genesis() {
        return Err(VoidReason::NotAllowed);
    }
    if rules(view).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    let creator = event.header.author;
    let trust_roots =
        if genesis.trust_roots.is_empty() { vec![creator] } else { genesis.trust_roots };
    let rules = RulesRecord {
        name: genesis.name,
        admission: genesis.admission,
        creator,
        trust_roots,
        extended: false,
    };
    out.put(Component::Realm, RULES_KEY.to_vec(), rules.encode());
    put_owners(out, 1);
    put_member(out, creator, Role::Owner, false, event);
    Ok(())
}

fn join(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let rules = rules(view).ok_or(VoidReason::NotFound)?;
    let author = event.header.author;
    if rules.admission == Admission::Open && member(view, author).is_none() {
        take_in(view, event, author, out);
    }
    Ok(())
}

/// Makes somebody a member who is none.
pub(crate) fn take_in(view: &dyn StateView, event: &Event, did: Did, out: &mut Effects) {
    note_arrival(view, did, out);
    put_member(out, did, Role::Member, false, event);
}

fn change(view: &dyn StateView, event: &Event, out: &mut Effects) -> Result<(), VoidReason> {
    let change: MembershipChange = payload_of(event)?;
    let author = event.header.author;
    let actor = active_member(view, author).ok_or(VoidReason::NotMember)?.role;
    let before = member(view, change.subject);
    let leaves = change.action == MembershipAction::Remove && change.subject == author;
    if !leaves && !may(actor, before, change.action, change.role) {
        return Err(VoidReason::NotAllowed);
    }
    carry_out(view, event, &change, out)
}

/// Carries a change out, whoever decided it.
pub(crate) fn carry_out(
    view: &dyn StateView,
    event: &Event,
    change: &MembershipChange,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let MembershipChange { subject, action, role } = *change;
    let before = member(view, subject);
    let active = before.filter(|record| !record.banned).map(|record| record.role);
    let banned = before.is_some_and(|record| record.banned);
    match action {
        MembershipAction::Assign if active == Some(role) => return Err(VoidReason::AlreadyExists),
        MembershipAction::Ban if banned => return Err(VoidReason::AlreadyExists),
        MembershipAction::Remove if active.is_none() => return Err(VoidReason::NotFound),
        MembershipAction::Assign => {
            if active.is_none() {
                note_arrival(view, subject, out);
            }
            put_member(out, subject, role, false, event);
        }
        MembershipAction::Ban => put_member(out, subject, Role::Member, true, event),
        MembershipAction::Remove => out.remove(Component::Realm, member_key(subject).to_vec()),
    }
    let after = (action == MembershipAction::Assign).then_some(role);
    count_owners(view, active, after, out)
}

/// Whether `actor` may do this to a party whose entry is `before`.
fn may(actor: Role, before: Option<MemberRecord>, action: MembershipAction, role: Role) -> bool {
    let reaches = actor == Role::Owner
        || before.is_none_or(|record| {
            let lifts_ban = record.banned && actor < Role::Admin;
            record.role < actor && !lifts_ban
        });
    let permitted = match (actor, action) {
        (Role::Member, _) => false,
        (Role::Owner, _) | (_, MembershipAction::Remove | MembershipAction::Ban) => true,
        (_, MembershipAction::Assign) => role < actor,
    };
    reaches && permitted
}

fn count_owners(
    view: &dyn StateView,
    before: Option<Role>,
    after: Option<Role>,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let is_owner = |role| role == Some(Role::Owner);
    let owners = owners(view);
    match (is_owner(before), is_owner(after)) {
        (true, false) if owners <= 1 => return Err(VoidReason::NotAllowed),
        (true, false) => put_owners(out, owners - 1),
        (false, true) => put_owners(out, owners.checked_add(1).ok_or(VoidReason::OutOfRange)?),
        _ => {}
    }
    Ok(())
}

fn owners(view: &dyn StateView) -> u32 {
    let entry = view.get(Component::Realm, OWNERS_KEY);
    entry.and_then(|bytes| bytes.as_ref().try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn put_owners(out: &mut Effects, owners: u32) {
    out.put(Component::Realm, OWNERS_KEY.to_vec(), owners.to_be_bytes());
}

fn put_member(out: &mut Effects, did: Did, role: Role, banned: bool, event: &Event) {
    let record = MemberRecord { role, banned, event: event.id };
    out.put(Component::Realm, member_key(did).to_vec(), record.encode());
}

#[cfg(test)]
mod tests;
