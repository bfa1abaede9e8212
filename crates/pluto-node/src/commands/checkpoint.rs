//! `pluto checkpoint`.

use pluto_core::payload::{CheckpointSigned, heads_root};
use pluto_core::state::{FINALITY_KEY, FinalityRecord, read};
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Component, Kind, RealmId};
use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::cli::CheckpointArgs;
use crate::node::{Author, Node, SystemClock, Written};

pub(super) fn run(context: &Context, args: &CheckpointArgs) -> Result<()> {
    let keys = args.sign_as.as_ref().map(|_| context.keys.open()).transpose()?;
    let node = context.node()?;
    let signed = match (&args.sign_as, &keys) {
        (Some(name), Some(keys)) => {
            let realm = node.realm(args.realm.as_deref())?;
            let author = Author::new(keys.get(name)?);
            Some(sign(&node, &author, realm, SystemClock.now_ms())?)
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
        Some((checkpoint, _)) => format!(
            "Checkpoint {} signed over {} events: {}",
            checkpoint.number, checkpoint.size, checkpoint.state_root
        ),
    };
    context.out.show(&value, &text);
    Ok(())
}

/// Signs the roots of a realm as they are now, at `time_ms` of realm time.
pub(crate) fn sign(
    node: &Node,
    author: &Author<'_>,
    realm: RealmId,
    time_ms: u64,
) -> Result<(CheckpointSigned, Written)> {
    let snapshot = node.snapshot(realm)?;
    let last: FinalityRecord =
        read(&*snapshot, Component::Consensus, FINALITY_KEY).unwrap_or_default();
    let roots = snapshot.roots();
    let checkpoint = CheckpointSigned {
        number: last.number + 1,
        time_ms: time_ms.max(last.time_ms),
        size: roots.position,
        event_set_root: heads_root(snapshot.heads()),
        log_root: roots.log,
        state_root: roots.state,
    };
    let written = author.write(node, realm, Kind::CheckpointSigned, &checkpoint.encode())?;
    Ok((checkpoint, written))
}
