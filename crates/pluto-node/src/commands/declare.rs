//! One rule of a realm changed, the others as they are: what several commands need.

use pluto_error::Result;
use pluto_realm::RuleSet;
use pluto_realm::hierarchy::lineage;

use super::Context;
use super::realm::rules;
use super::writing::Writing;
use crate::cli::Acting;

/// Declares the rules that a realm lives by with `change` made to them; gives those it lives by then, and
/// the event.
///
/// # Errors
/// `RLM-0001` for a rule weaker than that of the parent; `NOD-0026` when it would have no effect.
pub(super) fn declare(
    context: &Context,
    acting: &Acting,
    change: impl FnOnce(&mut RuleSet),
) -> Result<(RuleSet, String)> {
    let writing = Writing::open(context, acting)?;
    let mut rules = lineage(&*writing.snapshot()?).rules;
    change(&mut rules);
    let (event, holds) = rules::declare(&writing, &rules)?;
    writing.node.stop()?;
    Ok((holds, event))
}
