//! `pluto archive footing`: what a node needs that joins after payloads were erased.

use std::path::Path;

use pluto_decision::realm_footing::{REALM_FOOTING_BYTES_MAX, RealmFooting};
use pluto_error::Result;
use serde_json::json;

use super::super::{Context, verify};
use crate::cli::{FootingCommand, Reading};
use crate::error::NodeError;
use crate::node::Adopted;
use crate::output::{row, size, table};

pub(super) fn run(context: &Context, command: &FootingCommand) -> Result<()> {
    match command {
        FootingCommand::Export { out, reading } => export(context, out, reading),
        FootingCommand::Import { file } => import(context, file),
    }
}

fn export(context: &Context, out: &Path, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let file = node.export_footing(realm)?;
    let position = node.system().stands_behind(&realm);
    node.stop()?;
    let (bytes, path) = (file.encode(), context.file(out));
    if bytes.len() > REALM_FOOTING_BYTES_MAX {
        let why =
            format!("the footing takes `{}`: too much for one file", size(bytes.len() as u64));
        return Err(NodeError::BadArgument(why).into());
    }
    std::fs::write(&path, &bytes).map_err(|error| NodeError::file("write", &path, error))?;
    let shown = out.display().to_string();
    context.out.show(
        &json!({ "file": shown, "bytes": bytes.len(), "position": position }),
        &format!(
            "wrote     {shown}, {}\nstands    behind the first {position} events\n\
             Next, where the realm was joined later: pluto archive footing import {shown}",
            size(bytes.len() as u64)
        ),
    );
    Ok(())
}

fn import(context: &Context, file: &Path) -> Result<()> {
    let bytes = verify::read(&context.file(file), REALM_FOOTING_BYTES_MAX)?;
    let file = RealmFooting::from_bytes(&bytes)?;
    let node = context.node()?;
    let Adopted { sealed, position } = node.adopt_footing(&file)?;
    node.stop()?;
    let (realm, attested) = (sealed.realm.to_string(), &sealed.attested);
    let (signed_by, checkpoint) = (attested.to_string(), &attested.last.checkpoint);
    let rows = [
        row("realm", format!("{}, {realm}", sealed.realm_name)),
        row("stands", format!("behind the first {position} events, from the next command on")),
        row("checkpoint", checkpoint.number),
        row("signed by", &signed_by),
        row("state root", checkpoint.state_root),
    ];
    context.out.show(
        &json!({
            "realm": realm,
            "position": position,
            "checkpoint": checkpoint.number,
            "signed_by": signed_by,
            "state_root": checkpoint.state_root.to_string(),
        }),
        &table(&rows),
    );
    Ok(())
}
