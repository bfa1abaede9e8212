//! `pluto init`.

use pluto_core::Namespace;
use pluto_error::Result;
use pluto_identity::IdentitySecret;
use pluto_storage::{LogOptions, Store};
use serde_json::json;

use super::Context;
use crate::error::NodeError;
use crate::node::{OPERATOR, store_dir};

pub(super) fn run(context: &Context) -> Result<()> {
    let store = store_dir(&context.data);
    if store.exists() || context.keys.path.exists() {
        return Err(NodeError::AlreadyInitialised(context.data.clone()).into());
    }
    std::fs::create_dir_all(&context.data)
        .map_err(|error| NodeError::file("create", &context.data, error))?;
    let mut keys = context.keys.create()?;
    let identity = IdentitySecret::generate(Namespace::Person)?;
    let did = identity.did();
    keys.add(OPERATOR, identity)?;
    drop(Store::open(&store, LogOptions::default())?);
    let data = context.data.display().to_string();
    context.out.show(
        &json!({ "data": data, "identity": { "name": OPERATOR, "did": did.to_string() } }),
        &format!(
            "A node begins in `{data}`.\nYou are `{OPERATOR}`: {did}\n\
             Next: pluto realm create <name>"
        ),
    );
    Ok(())
}
