//! `pluto id recover`.

use pluto_core::traits::Clock;
use pluto_core::{Did, Digest};
use pluto_error::Result;
use pluto_identity::{DidKey, IdentitySecret, RecoveryInitiated, SecretSeed};
use serde_json::json;

use super::super::Context;
use crate::cli::{Acting, Reading, RecoverCommand};
use crate::error::NodeError;
use crate::node::{Author, SystemClock, inception_in};

pub(super) fn run(context: &Context, command: RecoverCommand) -> Result<()> {
    match command {
        RecoverCommand::Begin { did, name, reading } => begin(context, did, &name, &reading),
        RecoverCommand::Approve { did, key, next, acting } => {
            approve(context, did, key, next, &acting)
        }
        RecoverCommand::Finish { name, reading } => finish(context, &name, &reading),
    }
}

fn begin(context: &Context, did: Did, name: &str, reading: &Reading) -> Result<()> {
    let mut keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let inception = inception_in(&node, realm, did)?;
    node.stop()?;
    let Some(recovery) = inception.recovery.clone() else {
        let why = format!("`{did}` was created without guardians and cannot be recovered");
        return Err(NodeError::BadArgument(why).into());
    };
    let secret = IdentitySecret::adopt(SecretSeed::generate()?, inception);
    let key = DidKey(secret.key_pair_at(0).public_key()).to_string();
    let next = secret.next_key_digest_at(0).unwrap_or_default().to_string();
    keys.add(name, secret)?;
    context.out.show(
        &json!({
            "name": name,
            "did": did.to_string(),
            "key": key,
            "next_key_digest": next,
            "threshold": recovery.threshold,
            "delay_hours": recovery.delay_h,
        }),
        &format!(
            "`{name}` has new keys. {} of {} guardians must say, each on their own node:\n\
             pluto id recover approve {did} --key {key} --next {next}\n\
             and {} hours of realm time later: pluto id recover finish {name}",
            recovery.threshold,
            recovery.guardians.len(),
            recovery.delay_h
        ),
    );
    Ok(())
}

fn approve(
    context: &Context,
    subject: Did,
    key: DidKey,
    next: Digest,
    acting: &Acting,
) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let at_ms = SystemClock.now_ms();
    let said = RecoveryInitiated { subject, key: key.0, next_key_digest: Some(next), at_ms };
    let written = author.approve_recovery(&node, realm, &said)?;
    node.stop()?;
    let event = written.event.id.to_string();
    let value = json!({ "did": subject.to_string(), "key": key.to_string(), "event": event });
    context.out.show(&value, &format!("You agree that {subject} gets {key}.\nevent  {event}"));
    Ok(())
}

fn finish(context: &Context, name: &str, reading: &Reading) -> Result<()> {
    let keys = context.keys.open()?;
    let secret = keys.get(name)?;
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let written = Author::new(secret).take_over(&node, realm)?;
    node.stop()?;
    let (did, event) = (secret.did().to_string(), written.event.id.to_string());
    let value = json!({ "name": name, "did": did, "event": event });
    context.out.show(&value, &format!("`{name}` is {did} again.\nevent  {event}"));
    Ok(())
}
