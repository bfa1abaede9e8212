//! `pluto blob`: bytes by the hash of what is in them.

use std::path::Path;
use std::time::Duration;

use pluto_core::BlobId;
use pluto_error::Result;
use serde_json::{Value, json};

use super::Context;
use crate::cli::BlobCommand;
use crate::error::NodeError;
use crate::output::{count, table};
use crate::replace::replace;

pub(super) fn run(context: &Context, command: BlobCommand) -> Result<()> {
    match command {
        BlobCommand::Put { file } => put(context, &file),
        BlobCommand::Get { id, out, bytes_max, wait } => {
            get(context, &id, &out, bytes_max, Duration::from_secs(wait))
        }
        BlobCommand::List => list(context),
    }
}

fn put(context: &Context, file: &Path) -> Result<()> {
    let bytes = super::verify::read(&context.file(file), pluto_storage::BLOB_BYTES_MAX)?;
    let node = context.node()?;
    let id = node.put_blob(&bytes)?;
    node.stop()?;
    let value = json!({ "blob": id.to_string(), "bytes": bytes.len() });
    context.out.show(&value, &format!("blob   {id}\nbytes  {}", count(bytes.len() as u64)));
    Ok(())
}

fn get(
    context: &Context,
    id: &BlobId,
    out: &Path,
    bytes_max: u64,
    patience: Duration,
) -> Result<()> {
    let node = context.node()?;
    let found = node.blob(id, bytes_max, patience)?;
    node.stop()?;
    let missing = || NodeError::NotFound {
        what: "blob",
        name: id.to_string(),
        hint: "peers are asked while `pluto serve` runs online".to_owned(),
    };
    let bytes = found.ok_or_else(missing)?;
    replace(&context.file(out), &bytes)?;
    let (file, length) = (out.display().to_string(), bytes.len());
    let value = json!({ "blob": id.to_string(), "bytes": length, "file": file });
    context.out.show(&value, &format!("{file}: {} bytes", count(length as u64)));
    Ok(())
}

fn list(context: &Context) -> Result<()> {
    let node = context.node()?;
    let mut blobs = Vec::new();
    for id in node.blobs.ids()? {
        blobs.push((id, node.blobs.bytes(&id)?.unwrap_or_default()));
    }
    node.stop()?;
    let mut rows = vec![["BLOB", "BYTES"].map(str::to_owned).to_vec()];
    rows.extend(blobs.iter().map(|(id, bytes)| vec![id.to_string(), count(*bytes)]));
    let values: Vec<Value> =
        blobs.iter().map(|(id, bytes)| json!({ "blob": id.to_string(), "bytes": bytes })).collect();
    let text = if blobs.is_empty() { "There is no blob here.".to_owned() } else { table(&rows) };
    context.out.show(&values.into(), &text);
    Ok(())
}
