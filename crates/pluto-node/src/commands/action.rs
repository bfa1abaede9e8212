//! `pluto check`, `act`, `complete`, `approve`: what an agent may do, and what came of it.

use pluto_core::{Digest, RealmId};
use pluto_decision::payload::ExecutionCompleted;
use pluto_decision::{ActionRequest, Answer, Said};
use pluto_ecl::show;
use pluto_error::Result;
use pluto_identity::Keystore;
use serde_json::{Value, json};

use super::ecl::effect_data;
use super::{Context, Session};
use crate::cli::{ActionArgs, ApproveArgs, CompleteArgs, WishArgs, setting};
use crate::codes;
use crate::error::NodeError;
use crate::node::{Acted, Answered, AsOf, Author, STALENESS_MS_MAX, Wish, approve, complete};
use crate::output::{realm_time, row, table};

/// What is asked for, in the words of the desk.
pub(super) fn wish(action: &str, resource: &str, args: &WishArgs) -> Result<Wish> {
    let mut request = ActionRequest::new(action, resource);
    request.amount = args.amount;
    for text in &args.settings {
        let (name, value) = setting(text).map_err(|why| NodeError::BadArgument(why.to_owned()))?;
        request.set(name, value);
    }
    request.check()?;
    Ok(Wish { request, grant: args.grant, approval: args.approval })
}

pub(super) fn check(context: &Context, args: &ActionArgs) -> Result<()> {
    let wish = wish(&args.action, &args.resource, &args.wish)?;
    let node = context.node()?;
    let realm = node.realm(args.acting.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let actor = super::names::party(context, &snapshot, &args.acting.identity)?;
    let answered = node.desk().check(&snapshot, actor, &wish);
    node.stop()?;
    context.out.show(&json(&answered), &table(&rows(&answered)));
    allowed(answered.answer)
}

pub(super) fn act(context: &Context, args: &ActionArgs) -> Result<()> {
    let wish = wish(&args.action, &args.resource, &args.wish)?;
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(args.acting.realm.as_deref())?;
    let actor = Author::new(keys.get(&args.acting.identity)?);
    let acted = match decide(&node, realm, &keys, &actor, &wish) {
        // A decision would be void: there is an answer, and no event.
        Err(refused) if refused.code() == codes::NOT_ALLOWED => {
            let answered = node.desk().check(&*node.snapshot(realm)?, actor.did(), &wish);
            node.stop()?;
            context.out.show(&json(&answered), &table(&self::rows(&answered)));
            return Err(refused);
        }
        acted => acted?,
    };
    node.stop()?;
    let mut rows = vec![row("decision", acted.decision)];
    rows.extend(self::rows(&acted.claimed));
    if acted.answer != acted.claimed.answer {
        rows.push(row("in effect", acted.answer.said.as_str()));
    }
    context.out.show(&acted_json(&acted), &table(&rows));
    allowed(acted.answer)
}

/// Decides and records; whoever of the keystore opened the realm keeps its clock.
pub(super) fn decide(
    node: &Session,
    realm: RealmId,
    keys: &Keystore,
    actor: &Author<'_>,
    wish: &Wish,
) -> Result<Acted> {
    let creator = node.snapshot(realm)?.rules().map(|rules| rules.creator);
    let name = creator.and_then(|creator| keys.name_of(&creator));
    let witness = name.map(|name| keys.get(name)).transpose()?.map(Author::new);
    node.desk().act(node, realm, actor, witness.as_ref(), wish)
}

/// Anything but allow is an error: scripts go by the exit code.
pub(super) fn allowed(answer: Answer) -> Result<()> {
    match answer.said {
        Said::Allow => Ok(()),
        said => Err(NodeError::NotAllowed(said.as_str()).into()),
    }
}

pub(super) fn run_complete(context: &Context, args: &CompleteArgs) -> Result<()> {
    let (result, result_bytes) = match (&args.result, args.digest) {
        (None, Some(digest)) => (digest, args.bytes),
        (Some(path), _) => {
            let path = context.file(path);
            let bytes = std::fs::read(&path).map_err(|why| NodeError::file("read", &path, why))?;
            (Digest(*blake3::hash(&bytes).as_bytes()), bytes.len() as u64)
        }
        (None, None) => (Digest(*blake3::hash(&[]).as_bytes()), 0),
    };
    let (decision, ended) = (args.decision, args.ended);
    let completed = ExecutionCompleted { decision, ended, result, result_bytes };
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(args.acting.realm.as_deref())?;
    let actor = Author::new(keys.get(&args.acting.identity)?);
    let written = complete(&node, realm, &actor, &completed)?;
    node.stop()?;
    let event = written.event.id;
    context.out.show(
        &json!({ "event": event.to_string(), "decision": args.decision.to_string() }),
        &table(&[row("event", event), row("ended", completed.ended)]),
    );
    Ok(())
}

pub(super) fn run_approve(context: &Context, args: &ApproveArgs) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(args.acting.realm.as_deref())?;
    let person = Author::new(keys.get(&args.acting.identity)?);
    let written = approve(&node, realm, &person, args.decision, !args.deny)?;
    node.stop()?;
    let (event, said) = (written.event.id, if args.deny { "denied" } else { "approved" });
    let next = format!("`pluto act … --approval {}`", args.decision);
    let mut rows = vec![row("event", event), row("said", said)];
    if !args.deny {
        rows.push(row("next", next));
    }
    context.out.show(
        &json!({ "event": event.to_string(), "decision": args.decision.to_string(), "said": said }),
        &table(&rows),
    );
    Ok(())
}

fn rows(answered: &Answered) -> Vec<Vec<String>> {
    let Answered { answer, reason, path, obligations, escalation, as_of, .. } = answered;
    let mut rows = vec![row("outcome", answer.said.as_str()), row("reason", reason)];
    if answer.rule > 0 {
        rows.push(row("rule", answer.rule));
    }
    if !path.is_empty() {
        let ids: Vec<String> = path.iter().map(|id| id.short()).collect();
        rows.push(row("grants", ids.join(" from ")));
    }
    rows.push(row("gas", answer.gas.total()));
    if let Some(waits) = escalation {
        rows.push(row("people have until", realm_time(waits.until_ms)));
    }
    rows.extend(obligations.iter().map(|effect| row("obligation", show::effect(effect))));
    rows.push(row("as of", as_of_text(as_of)));
    rows
}

fn as_of_text(as_of: &AsOf) -> String {
    let age = match as_of.is_stale() {
        true => format!(", STALE: more than {} s old", STALENESS_MS_MAX / 1_000),
        false => String::new(),
    };
    format!("event {}, realm time {}{age}", as_of.position, realm_time(as_of.realm_time_ms))
}

/// An answer for programs.
pub(crate) fn json(answered: &Answered) -> Value {
    let Answered { answer, reason, grant, path, obligations, escalation, as_of, .. } = answered;
    json!({
        "outcome": answer.said.as_str(),
        "reason": reason,
        "rule": answer.rule,
        "refusal": answer.refusal.map(pluto_decision::Refusal::number),
        "fault": answer.fault.map(pluto_core::policy::Fault::as_str),
        "grant": grant.map(|grant| grant.to_string()),
        "grant_path": path.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "obligations": obligations.iter().map(effect_data).collect::<Vec<_>>(),
        "gas": answer.gas.total(),
        "artifact": answer.artifact.map(|artifact| artifact.to_string()),
        "escalation": escalation.map(|waits| json!({
            "until_ms": waits.until_ms,
            "fallback": match waits.fallback {
                pluto_core::policy::Fallback::Allow => "allow",
                pluto_core::policy::Fallback::Deny => "deny",
            },
        })),
        "as_of": {
            "position": as_of.position,
            "state_root": as_of.state_root.to_string(),
            "realm_time_ms": as_of.realm_time_ms,
            "age_ms": as_of.age_ms,
            "stale": as_of.is_stale(),
        },
    })
}

/// A recorded decision for programs: the answer that has effect, and the one claimed before.
pub(crate) fn acted_json(acted: &Acted) -> Value {
    let mut value = json(&acted.claimed);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("decision".to_owned(), acted.decision.to_string().into());
        fields.insert("claimed".to_owned(), acted.claimed.answer.said.as_str().into());
        fields.insert("outcome".to_owned(), acted.answer.said.as_str().into());
    }
    value
}
