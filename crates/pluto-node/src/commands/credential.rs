//! `pluto credential`.

use pluto_core::traits::Clock;
use pluto_core::{Canonical, Component, Digest, EventId, Kind};
use pluto_error::Result;
use pluto_identity::credential::{
    CredentialIssued, CredentialRecord, CredentialRevoked, SCHEMA_BYTES_MAX, holds,
};
use serde_json::json;

use super::Context;
use super::names::{Names, party};
use crate::cli::{Acting, CredentialCommand, Reading};
use crate::error::NodeError;
use crate::node::{Author, SystemClock};
use crate::output::{table, time};

const DAY_MS: u64 = 86_400_000;

pub(super) fn run(context: &Context, command: CredentialCommand) -> Result<()> {
    match command {
        CredentialCommand::Issue { subject, schema, claims, days, acting } => {
            issue(context, &subject, schema, claims.unwrap_or(Digest::ZERO), days, &acting)
        }
        CredentialCommand::Revoke { credential, acting } => revoke(context, credential, &acting),
        CredentialCommand::List(reading) => list(context, &reading),
    }
}

fn issue(
    context: &Context,
    subject: &str,
    schema: String,
    claims: Digest,
    days: u32,
    acting: &Acting,
) -> Result<()> {
    if schema.is_empty() || schema.len() > SCHEMA_BYTES_MAX {
        let why = format!("expected a schema of 1 to `{SCHEMA_BYTES_MAX}` bytes");
        return Err(NodeError::BadArgument(why).into());
    }
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let subject = party(context, &*node.snapshot(realm)?, subject)?;
    let expires_ms = SystemClock.now_ms().saturating_add(u64::from(days).saturating_mul(DAY_MS));
    let issued = CredentialIssued { subject, schema: schema.clone(), claims, expires_ms };
    let author = Author::new(keys.get(&acting.identity)?);
    let written = author.write(&node, realm, Kind::CredentialIssued, &issued.encode())?;
    node.stop()?;
    let credential = written.event.id.to_string();
    context.out.show(
        &json!({
            "credential": credential,
            "subject": subject.to_string(),
            "schema": schema,
            "expires_ms": expires_ms,
        }),
        &format!(
            "credential  {credential}\nsubject     {subject}\nschema      {schema}\nends        {}",
            time(expires_ms)
        ),
    );
    Ok(())
}

fn revoke(context: &Context, credential: EventId, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let payload = CredentialRevoked { credential }.encode();
    let written = author.write(&node, realm, Kind::CredentialRevoked, &payload)?;
    node.stop()?;
    let event = written.event.id.to_string();
    let value = json!({ "credential": credential.to_string(), "event": event });
    context.out.show(&value, &format!("{credential} is revoked\nevent  {event}"));
    Ok(())
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    let names = Names::of(context);
    let heading =
        ["CREDENTIAL", "SUBJECT", "SCHEMA", "ISSUER", "ENDS", "REVOKED", "SUBJECT HOLDS IT"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let mut values = Vec::new();
    for (key, value) in snapshot.entries(Component::Credential).iter() {
        let Some(id) = key.strip_prefix(b"c").and_then(|id| id.try_into().ok()) else { continue };
        let (id, record) = (EventId(id), CredentialRecord::decode(value)?);
        let issued = record.issued;
        let held = holds(&*snapshot, &issued.subject, &issued.schema);
        let yes = |answer: bool| if answer { "yes" } else { "no" }.to_owned();
        rows.push(vec![
            id.to_string(),
            names.short(&snapshot, issued.subject),
            issued.schema.clone(),
            names.short(&snapshot, record.issuer),
            time(issued.expires_ms),
            yes(record.revoked.is_some()),
            yes(held),
        ]);
        values.push(json!({
            "credential": id.to_string(),
            "subject": issued.subject.to_string(),
            "schema": issued.schema,
            "issuer": record.issuer.to_string(),
            "claims": issued.claims.to_string(),
            "expires_ms": issued.expires_ms,
            "revoked": record.revoked.map(|event| event.to_string()),
            "subject_holds_schema": held,
        }));
    }
    node.stop()?;
    let none = "No credential was issued; see `pluto credential issue --help`.";
    let text = if values.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&json!(values), &text);
    Ok(())
}
