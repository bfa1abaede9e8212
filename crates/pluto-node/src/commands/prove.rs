//! `pluto prove`: one decision as a file that anybody can run again.

use pluto_decision::bundle::verify;
use pluto_error::Result;
use pluto_identity::Zip215Verifier;
use serde_json::json;

use super::Context;
use crate::cli::ProveArgs;
use crate::error::NodeError;
use crate::node::Author;

pub(super) fn run(context: &Context, args: &ProveArgs) -> Result<()> {
    let keys = args.sign_as.as_ref().map(|_| context.keys.open()).transpose()?;
    let node = context.node()?;
    let realm = node.realm(args.reading.realm.as_deref())?;
    let witness = match (&args.sign_as, &keys) {
        (Some(name), Some(keys)) => Some(Author::new(keys.get(name)?)),
        _ => None,
    };
    let position = node.position_of(realm, args.decision)?;
    let witnessed = node.witnessed(realm, position, witness.as_ref())?;
    let counter = context.out.counter("folding the log again");
    let bundles = node.bundles(realm, &[args.decision], &witnessed, &|events| {
        counter.set_position(events);
    });
    counter.finish_and_clear();
    let bytes = bundles?.first().map(pluto_decision::bundle::Bundle::encode).unwrap_or_default();
    node.stop()?;
    // What is handed out has been checked as a stranger would.
    let report = verify(&bytes, &Zip215Verifier);
    if let Some((check, why)) = report.failure() {
        let why = format!("the bundle fails its own check `{}`: {why}", check.as_str());
        return Err(NodeError::BadProof(why).into());
    }
    let path = context.file(&args.out);
    std::fs::write(&path, &bytes).map_err(|error| NodeError::file("write", &path, error))?;
    let (file, number) = (args.out.display().to_string(), witnessed.checkpoint.number);
    context.out.show(
        &json!({
            "file": file,
            "bytes": bytes.len(),
            "decision": args.decision.to_string(),
            "checkpoint": number,
        }),
        &format!(
            "{file}: {} bytes, under checkpoint {number}\nAnybody can run the decision again: \
             pluto verify {file}",
            bytes.len()
        ),
    );
    Ok(())
}
