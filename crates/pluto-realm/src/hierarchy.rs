//! Realms above and below each other: root ⊃ virtual ⊃ partition.
//!
//! A realm starts as a root without rules of its own. Three things can be said about it, each an event
//! of kind `RealmLifecycle`:
//!
//! 1. *Rules*: what it declares. An owner says so, unless the realm is `governed`: then a vote does.
//! 2. *Adopt*: a parent names a child realm. Without it nobody is anybody's child.
//! 3. *Inherit*: a child shows, under a final root of its parent, that it was adopted and by which rules
//!    the parent lives now. Once shown, the parent stays the parent, and later shows are of later
//!    checkpoints.
//!
//! A realm lives by the meet of what it declared and what it inherited ([`Lineage`]). Declaring less
//! than was inherited is void with `ExceedsParent`; [`may_declare`] names the rule beforehand. What a
//! parent adds later reaches the child with the next *Inherit*, which needs no consent: any member may
//! bring it.

mod record;

use std::sync::Arc;

use pluto_core::payload::{Role, payload_of};
use pluto_core::state::{RULES_KEY, RulesRecord, read};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Canonical, Component, Event, Kind, RealmId, Verdict, VoidReason};

use crate::final_state::{Claim, FinalState, believe};
use crate::rule_set::{RuleSet, Weakened};
use crate::rules::{active_member, rules};

pub use record::{
    ADOPTED, DECLARED_KEY, LINEAGE_KEY, Level, Lineage, PARENT_KEY, ParentRecord, RealmLifecycle,
    child_key,
};

/// Steps on `RealmLifecycle`: rules, children and parents, in component `Realm`.
pub struct HierarchyEngine {
    proofs: Arc<dyn FinalState>,
}

impl HierarchyEngine {
    /// Believes about parents what `proofs` says.
    #[must_use]
    pub const fn new(proofs: Arc<dyn FinalState>) -> Self {
        Self { proofs }
    }
}

impl Engine for HierarchyEngine {
    fn component(&self) -> Component {
        Component::Realm
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::RealmLifecycle]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = payload_of(event).and_then(|said| match said {
            RealmLifecycle::Rules(rules) => declare_by(view, event, &rules, out),
            RealmLifecycle::Adopt(child) => adopt(view, event, child, out),
            RealmLifecycle::Inherit { parent, lineage, proof } => {
                self.inherit(view, event, parent, &lineage, &proof, out)
            }
        });
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

impl HierarchyEngine {
    fn inherit(
        &self,
        view: &dyn StateView,
        event: &Event,
        parent: RealmId,
        lineage: &Lineage,
        proof: &[u8],
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let before = self::parent(view);
        // The first time binds the realm for ever, so an owner says it.
        let needed = if before.is_none() { Role::Owner } else { Role::Member };
        has_role(view, event, needed)?;
        let level = lineage.level.below().ok_or(VoidReason::OutOfRange)?;
        if parent == view.realm() || before.as_ref().is_some_and(|known| known.parent != parent) {
            return Err(VoidReason::NotAllowed);
        }
        let (child, above) = (child_key(&view.realm()), lineage.encode());
        let claims = [
            Claim { component: Component::Realm, key: &child, value: &ADOPTED },
            Claim { component: Component::Realm, key: LINEAGE_KEY, value: &above },
        ];
        let number = believe(&*self.proofs, view, (parent, &claims, proof), out)?;
        if before.is_some_and(|known| number <= known.number) {
            return Err(VoidReason::NotMonotone);
        }
        let known = ParentRecord { parent, level, number, rules: lineage.rules.clone() };
        out.put(Component::Realm, PARENT_KEY.to_vec(), known.encode());
        live_by(view, Lineage { level, rules: declared(view).meet(&known.rules) }, out)
    }
}

fn declare_by(
    view: &dyn StateView,
    event: &Event,
    rules: &RuleSet,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    has_role(view, event, Role::Owner)?;
    if lineage(view).rules.governed.0 {
        return Err(VoidReason::NotAllowed);
    }
    declare(view, rules, out)
}

/// Declares the rules of the realm, whoever decided it.
pub(crate) fn declare(
    view: &dyn StateView,
    rules: &RuleSet,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    may_declare(view, rules).map_err(|_| VoidReason::ExceedsParent)?;
    let level = lineage(view).level;
    out.put(Component::Realm, DECLARED_KEY.to_vec(), rules.encode());
    let inherited = parent(view).map(|parent| parent.rules).unwrap_or_default();
    live_by(view, Lineage { level, rules: rules.meet(&inherited) }, out)
}

/// Whether the realm may declare these rules: none is weaker than what it inherited.
///
/// # Errors
/// `RLM-0001` with the first rule that is weaker.
pub fn may_declare(view: &dyn StateView, rules: &RuleSet) -> Result<(), Weakened> {
    parent(view).map_or(Ok(()), |parent| rules.extends(&parent.rules))
}

fn adopt(
    view: &dyn StateView,
    event: &Event,
    child: RealmId,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    has_role(view, event, Role::Admin)?;
    let now = lineage(view);
    if child == view.realm() || parent(view).is_some_and(|parent| parent.parent == child) {
        return Err(VoidReason::NotAllowed);
    }
    now.level.below().ok_or(VoidReason::OutOfRange)?;
    let key = child_key(&child).to_vec();
    if view.get(Component::Realm, &key).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    out.put(Component::Realm, key, ADOPTED);
    live_by(view, now, out)
}

/// Writes by what the realm lives, and in its first entry that there is such a thing.
fn live_by(view: &dyn StateView, lineage: Lineage, out: &mut Effects) -> Result<(), VoidReason> {
    if !lineage.rules.fits() {
        return Err(VoidReason::OutOfRange);
    }
    out.put(Component::Realm, LINEAGE_KEY.to_vec(), lineage.encode());
    mark_extended(view, out)
}

/// Says in the realm's first entry that it has rules of its own, in entries of their own.
pub(crate) fn mark_extended(view: &dyn StateView, out: &mut Effects) -> Result<(), VoidReason> {
    let rules = rules(view).ok_or(VoidReason::NotFound)?;
    if !rules.extended {
        let rules = RulesRecord { extended: true, ..rules };
        out.put(Component::Realm, RULES_KEY.to_vec(), rules.encode());
    }
    Ok(())
}

fn has_role(view: &dyn StateView, event: &Event, needed: Role) -> Result<(), VoidReason> {
    let member = active_member(view, event.header.author).ok_or(VoidReason::NotMember)?;
    if member.role < needed { Err(VoidReason::NotAllowed) } else { Ok(()) }
}

/// By what the realm lives. A realm that declared nothing and has no children costs one read, of an
/// entry that every decision bundle shows.
#[must_use]
pub fn lineage(view: &dyn StateView) -> Lineage {
    let found = if is_extended(view) { read(view, Component::Realm, LINEAGE_KEY) } else { None };
    found.unwrap_or_default()
}

pub(crate) fn is_extended(view: &dyn StateView) -> bool {
    rules(view).is_some_and(|rules| rules.extended)
}

/// What the realm declared itself.
#[must_use]
pub fn declared(view: &dyn StateView) -> RuleSet {
    read(view, Component::Realm, DECLARED_KEY).unwrap_or_default()
}

/// Its parent, if it has shown one.
#[must_use]
pub fn parent(view: &dyn StateView) -> Option<ParentRecord> {
    read(view, Component::Realm, PARENT_KEY)
}

/// Whether it adopted `child`.
#[must_use]
pub fn has_adopted(view: &dyn StateView, child: &RealmId) -> bool {
    view.get(Component::Realm, &child_key(child)).is_some()
}

#[cfg(test)]
mod tests;
