//! `pluto id`.

pub(super) mod document;
mod recover;

use pluto_core::payload::{GUARDIANS_MAX, Inception, Recovery};
use pluto_core::{Namespace, RealmId};
use pluto_error::Result;
use pluto_identity::{DidKey, IdentitySecret, Keystore, Origin, Purpose};
use serde_json::json;

use super::Context;
use crate::cli::{GuardianArgs, IdCommand};
use crate::error::NodeError;
use crate::node::{Author, Node, identity, store_dir};
use crate::output::table;

pub(super) fn run(context: &Context, command: IdCommand) -> Result<()> {
    match command {
        IdCommand::Create { name, namespace, guardians } => {
            create(context, &name, namespace, guardians)
        }
        IdCommand::Derive { owner, name, purpose } => {
            derive(context, &owner, &name, purpose.into())
        }
        IdCommand::Show { name } => show(context, &name),
        IdCommand::List => list(context),
        IdCommand::Rotate { name, realm } => rotate(context, &name, realm.as_deref()),
        IdCommand::Recover(command) => recover::run(context, command),
        IdCommand::Document { who, realm } => document::run(context, &who, realm.as_deref()),
        IdCommand::Import { key, name, namespace } => import(context, key, &name, namespace),
    }
}

fn create(
    context: &Context,
    name: &str,
    namespace: Namespace,
    guardians: GuardianArgs,
) -> Result<()> {
    let recovery = recovery(guardians)?;
    let mut keys = context.keys.open()?;
    let identity = IdentitySecret::generate(namespace)?;
    let identity = match recovery {
        Some(recovery) => identity.with_recovery(recovery),
        None => identity,
    };
    let did = identity.did().to_string();
    keys.add(name, identity)?;
    context.out.show(&json!({ "name": name, "did": did }), &format!("`{name}` is {did}"));
    Ok(())
}

fn recovery(args: GuardianArgs) -> Result<Option<Recovery>> {
    let Some(threshold) = args.threshold else { return Ok(None) };
    let mut guardians = args.guardians;
    guardians.sort_unstable();
    guardians.dedup();
    let fits = (1..=guardians.len()).contains(&usize::from(threshold));
    if !fits || guardians.len() > GUARDIANS_MAX {
        let why = format!(
            "expected at most `{GUARDIANS_MAX}` guardians and a threshold of 1 to their number, \
             found `{threshold}` of `{}`",
            guardians.len()
        );
        return Err(NodeError::BadArgument(why).into());
    }
    Ok(Some(Recovery { threshold, delay_h: args.delay_hours, guardians }))
}

fn derive(context: &Context, owner: &str, name: &str, purpose: Purpose) -> Result<()> {
    let mut keys = context.keys.open()?;
    let did = keys.derive(owner, name, purpose)?.to_string();
    let Origin::Derived { index, .. } = keys.get(name)?.origin() else {
        return Err(NodeError::BadArgument("the identity was not derived".into()).into());
    };
    let purpose = purpose.as_str();
    context.out.show(
        &json!({
            "name": name, "did": did, "owner": owner, "purpose": purpose, "index": index,
        }),
        &format!("`{name}` is {did}, {purpose} {index} of `{owner}`"),
    );
    Ok(())
}

fn show(context: &Context, name: &str) -> Result<()> {
    let keys = context.keys.open()?;
    let identity = keys.get(name)?;
    let inception = identity.inception();
    let key = DidKey(inception.key).to_string();
    let next = inception.next_key_digest.map(|digest| digest.to_string());
    let did = identity.did().to_string();
    let mut text = format!(
        "name      {name}\ndid       {did}\nkey       {key}\nnext key  {}",
        next.as_deref().unwrap_or("none: this identity never rotates")
    );
    if identity.active() > 0 {
        let active = DidKey(identity.key_pair().public_key());
        text.push_str(&format!("\nactive    {active} (key {})", identity.active()));
    }
    if let Some(recovery) = &inception.recovery {
        let (needed, all, hours) = (recovery.threshold, recovery.guardians.len(), recovery.delay_h);
        text.push_str(&format!("\nrecovery  {needed} of {all} guardians, after {hours} hours"));
    }
    context.out.show(
        &json!({
            "name": name,
            "did": did,
            "key": key,
            "next_key_digest": next,
            "active_key": DidKey(identity.key_pair().public_key()).to_string(),
            "active_index": identity.active(),
            "origin": origin(Some(identity.origin())),
            "recovery": inception.recovery.as_ref().map(|recovery| json!({
                "threshold": recovery.threshold,
                "delay_hours": recovery.delay_h,
                "guardians": recovery.guardians.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })),
        }),
        &text,
    );
    Ok(())
}

/// What a list says about where an identity comes from.
fn origin(origin: Option<Origin>) -> String {
    match origin {
        None => "contact".to_owned(),
        Some(Origin::Seed) => "own seed".to_owned(),
        Some(Origin::Adopted) => "recovered".to_owned(),
        Some(Origin::Derived { purpose, index, .. }) => format!("{} {index}", purpose.as_str()),
    }
}

fn list(context: &Context) -> Result<()> {
    let entries = Keystore::list(&context.keys.path)?;
    let mut rows = vec![["NAME", "DID", "ORIGIN"].map(str::to_owned).to_vec()];
    rows.extend(entries.iter().map(|e| vec![e.name.clone(), e.did.to_string(), origin(e.origin)]));
    let list: Vec<_> = entries
        .iter()
        .map(|entry| {
            let owner = match entry.origin {
                Some(Origin::Derived { owner, .. }) => Some(owner.to_string()),
                _ => None,
            };
            json!({
                "name": entry.name,
                "did": entry.did.to_string(),
                "origin": origin(entry.origin),
                "owner": owner,
            })
        })
        .collect();
    context.out.show(&json!(list), &table(&rows));
    Ok(())
}

fn rotate(context: &Context, name: &str, realm: Option<&str>) -> Result<()> {
    let mut keys = context.keys.open()?;
    let secret = keys.get(name)?;
    if secret.next_key_digest_at(0).is_none() {
        let why = format!("`{name}` has a single key and never rotates");
        return Err(NodeError::BadArgument(why).into());
    }
    let mut target = secret.active().saturating_add(1);
    let mut done = Vec::new();
    if store_dir(&context.data).is_dir() {
        let node = context.node()?;
        let author = Author::new(secret);
        let realms = match realm {
            Some(realm) => vec![node.realm(Some(realm))?],
            None => known_in(&node, &author)?,
        };
        if realm.is_some() {
            for realm in &realms {
                target = author.key_in(&node, *realm)?.saturating_add(1);
            }
        }
        for realm in realms {
            if let Some(written) = author.catch_up(&node, realm, target)? {
                done.push((realm, written.event.id));
            }
        }
        node.stop()?;
    }
    let active = target.max(secret.active());
    let key = DidKey(secret.key_pair_at(target).public_key()).to_string();
    keys.activate(name, active)?;
    let events: Vec<_> = done
        .iter()
        .map(|(realm, event)| json!({ "realm": realm.to_string(), "event": event.to_string() }))
        .collect();
    context.out.show(
        &json!({ "name": name, "key": key, "index": target, "rotations": events }),
        &format!("`{name}` signs with {key} (key {target}) in {} realms", done.len()),
    );
    Ok(())
}

/// The realms that know an author.
fn known_in(node: &Node, author: &Author<'_>) -> Result<Vec<RealmId>> {
    let mut known = Vec::new();
    for realm in node.system().realms() {
        if identity(node, realm, author.did())?.is_some() {
            known.push(realm);
        }
    }
    Ok(known)
}

fn import(context: &Context, key: DidKey, name: &str, namespace: Namespace) -> Result<()> {
    let inception = Inception { namespace, key: key.0, next_key_digest: None, recovery: None };
    let did = inception.did().to_string();
    context.keys.open()?.add_contact(name, inception)?;
    context.out.show(
        &json!({ "name": name, "did": did, "key": key.to_string() }),
        &format!("`{name}` is {did}, with the single key {key}"),
    );
    Ok(())
}
