//! `pluto checkpoint`.

use pluto_core::payload::CheckpointSigned;
use pluto_core::traits::Clock;
use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::cli::CheckpointArgs;
use crate::node::{Author, SystemClock};

pub(super) fn run(context: &Context, args: &CheckpointArgs) -> Result<()> {
    let keys = args.sign_as.as_ref().map(|_| context.keys.open()).transpose()?;
    let node = context.node()?;
    let signed = match (&args.sign_as, &keys) {
        (Some(name), Some(keys)) => {
            let realm = node.realm(args.realm.as_deref())?;
            let author = Author::new(keys.get(name)?);
            Some(author.sign_checkpoint(&node, realm, SystemClock.now_ms())?)
        }
        _ => None,
    };
    node.system().checkpoint()?;
    node.stop()?;
    let value = json!({
        "written": true,
        "signed": signed.as_ref().map(|(checkpoint, written)| json!({
            "number": checkpoint.number,
            "event": written.event.id.to_string(),
            "position": checkpoint.size,
            "state_root": checkpoint.state_root.to_string(),
        })),
    });
    let text = match &signed {
        None => "Checkpoint written.".to_owned(),
        Some((checkpoint, _)) => signed_text(checkpoint),
    };
    context.out.show(&value, &text);
    Ok(())
}

/// What was signed, for people.
pub(super) fn signed_text(checkpoint: &CheckpointSigned) -> String {
    let CheckpointSigned { number, size, state_root, .. } = checkpoint;
    format!("Checkpoint {number} signed over {size} events: {state_root}")
}
