//! One rule of a realm changed, the others as they are: what several commands need.

use pluto_core::{Canonical, Kind};
use pluto_error::Result;
use pluto_realm::RuleSet;
use pluto_realm::hierarchy::{RealmLifecycle, declared, lineage, may_declare};

use super::Context;
use crate::cli::Acting;
use crate::node::{Author, Written};

/// Declares the rules of a realm with `change` made to them; gives the rules it lives by then.
///
/// # Errors
/// `RLM-0001` for a rule weaker than that of the parent; what writing says.
pub(super) fn declare(
    context: &Context,
    acting: &Acting,
    change: impl FnOnce(&mut RuleSet),
) -> Result<(RuleSet, Written)> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let mut rules = declared(&*snapshot);
    change(&mut rules);
    may_declare(&*snapshot, &rules)?;
    let author = Author::new(keys.get(&acting.identity)?);
    let payload = RealmLifecycle::Rules(rules).encode();
    let written = author.write(&node, realm, Kind::RealmLifecycle, &payload)?;
    let rules = lineage(&*node.snapshot(realm)?).rules;
    node.stop()?;
    Ok((rules, written))
}
