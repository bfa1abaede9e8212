//! `pluto realm rules`: what a realm declares, what it inherits, and what holds.

use pluto_core::{Kind, VoidReason};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::hierarchy::{self, RealmLifecycle, declared, lineage};
use pluto_realm::{Rule, RuleSet};
use serde_json::json;

use crate::cli::{Acting, Reading, RulesCommand};
use crate::commands::Context;
use crate::commands::names::party;
use crate::commands::writing::{Writing, named, realm_or_id};
use crate::error::NodeError;
use crate::node::Node;
use crate::output::{row, table};
use crate::rule_words;

pub(super) fn run(context: &Context, command: RulesCommand) -> Result<()> {
    match command {
        RulesCommand::Show(reading) => show(context, &reading),
        RulesCommand::Set { rules, acting } => set(context, &rules, &acting),
    }
}

fn show(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let parent = hierarchy::parent(&*snapshot);
    let above = parent.as_ref().map(|parent| named(&node, parent.parent));
    node.stop()?;
    let (declared, holds) = (declared(&*snapshot), lineage(&*snapshot));
    let inherited = parent.as_ref().map(|parent| parent.rules.clone()).unwrap_or_default();
    let mut rows = vec![row("level", holds.level.as_str())];
    if let (Some(parent), Some(name)) = (&parent, &above) {
        rows.push(row("parent", format!("{name}, as of its checkpoint {}", parent.number)));
    }
    let mut text = table(&rows);
    let heading = ["RULE", "DECLARED", "INHERITED", "HOLDS"].map(str::to_owned).to_vec();
    let cell = |rules: &RuleSet, rule| rule_words::text(rules, rule).unwrap_or_else(|| "-".into());
    let restricting =
        Rule::ALL.iter().filter(|rule| rule_words::text(&holds.rules, **rule).is_some());
    let line = |rule: &Rule| {
        let cells = [&declared, &inherited, &holds.rules].map(|rules| cell(rules, *rule));
        std::iter::once(rule.to_string()).chain(cells).collect::<Vec<_>>()
    };
    let rules: Vec<Vec<String>> = std::iter::once(heading).chain(restricting.map(line)).collect();
    match rules.len() {
        1 => text.push_str("No rule restricts anything; see `pluto realm rules set --help`.\n"),
        _ => text.push_str(&table(&rules)),
    }
    let value = json!({
        "realm": realm.to_string(),
        "level": holds.level.as_str(),
        "parent": parent.as_ref().map(|parent| json!({
            "realm": parent.parent.to_string(),
            "checkpoint": parent.number,
        })),
        "declared": rule_words::json(&declared),
        "inherited": rule_words::json(&inherited),
        "holds": rule_words::json(&holds.rules),
    });
    context.out.show(&value, &text);
    Ok(())
}

fn set(context: &Context, words: &[String], acting: &Acting) -> Result<()> {
    let writing = Writing::open(context, acting)?;
    let before = writing.snapshot()?;
    // A child says all that it inherits and what is stricter: less would be weaker.
    let holds = lineage(&*before).rules;
    let rules = changed(context, &writing.node, &before, holds, words)?;
    let (event, holds) = declare(&writing, &rules)?;
    writing.node.stop()?;
    let mut rows = said(words, &holds)?;
    rows.push(row("event", &event));
    let value = json!({
        "event": event,
        "declared": rule_words::json(&rules),
        "holds": rule_words::json(&holds),
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

/// Declares rules; gives the event, and what holds then.
pub(in crate::commands) fn declare(
    writing: &Writing,
    rules: &RuleSet,
) -> Result<(String, RuleSet)> {
    let before = writing.snapshot()?;
    if lineage(&*before).rules.governed.0 {
        let why = "the realm is governed: its rules change by vote".to_owned();
        let hint = "propose it: `pluto proposal create <title> --rule <rule>=<value>`".to_owned();
        return Err(NodeError::NotWritten { why, hint }.into());
    }
    may_stand(rules, &hierarchy::parent(&*before).map(|one| one.rules).unwrap_or_default())?;
    let said = RealmLifecycle::Rules(rules.clone());
    let event = writing.say(Kind::RealmLifecycle, &said, |reason| match reason {
        VoidReason::NotAllowed => Some("an owner declares rules: see `pluto realm members`"),
        VoidReason::OutOfRange => Some("a list has at most 96 entries, with what is inherited"),
        _ => None,
    })?;
    Ok((event.to_string(), lineage(&*writing.snapshot()?).rules))
}

/// Refuses rules of which one is weaker than above.
pub(in crate::commands) fn may_stand(rules: &RuleSet, above: &RuleSet) -> Result<()> {
    rules.extends(above).map_err(|weakened| {
        let rule = weakened.rule;
        let above = rule_words::text(above, rule).unwrap_or_default();
        NodeError::Weakened { rule, above }.into()
    })
}

/// `rules` with those that `words` name in their place; parties and realms in lists by name.
pub(in crate::commands) fn changed(
    context: &Context,
    node: &Node,
    snapshot: &Snapshot,
    mut rules: RuleSet,
    words: &[String],
) -> Result<RuleSet> {
    for words in words {
        let (rule, value) = rule_words::parts(words)?;
        let is_list = !matches!(value, "none" | "nothing");
        let each = |id: &dyn Fn(&str) -> Result<String>| -> Result<String> {
            let ids: Vec<String> = value.split(',').map(id).collect::<Result<_>>()?;
            Ok(format!("{rule}={}", ids.join(",")))
        };
        let words = match rule {
            Rule::DeniedParties if is_list => {
                each(&|name: &str| party(context, snapshot, name).map(|did| did.to_string()))?
            }
            Rule::AllowedRealms | Rule::DeniedRealms if is_list => {
                each(&|name: &str| realm_or_id(node, name).map(|realm| realm.to_string()))?
            }
            _ => words.clone(),
        };
        rule_words::set(&mut rules, &words)?;
    }
    Ok(rules)
}

/// What the rules that were named say now.
pub(in crate::commands) fn said(words: &[String], holds: &RuleSet) -> Result<Vec<Vec<String>>> {
    let line = |words: &String| -> Result<Vec<String>> {
        let (rule, _) = rule_words::parts(words)?;
        let text = rule_words::text(holds, rule).unwrap_or_else(|| "no limit".to_owned());
        Ok(row(rule.as_str(), text))
    };
    words.iter().map(line).collect()
}

/// Rules as rows, one for each that restricts something.
pub(in crate::commands) fn rows(rules: &RuleSet) -> Vec<Vec<String>> {
    let line = |rule: &Rule| Some(row(rule.as_str(), rule_words::text(rules, *rule)?));
    Rule::ALL.iter().filter_map(line).collect()
}
