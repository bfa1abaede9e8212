//! `pluto id`.

use pluto_error::Result;
use pluto_identity::{IdentitySecret, Keystore};
use serde_json::json;

use super::Context;
use crate::cli::IdCommand;
use crate::output::table;

pub(super) fn run(context: &Context, command: IdCommand) -> Result<()> {
    match command {
        IdCommand::Create { name, namespace } => {
            let mut keys = context.keys.open()?;
            let identity = IdentitySecret::generate(namespace)?;
            let did = identity.did().to_string();
            keys.add(&name, identity)?;
            let text = format!("`{name}` is {did}");
            context.out.show(&json!({ "name": name, "did": did }), &text);
        }
        IdCommand::Show { name } => {
            let keys = context.keys.open()?;
            let identity = keys.get(&name)?;
            let inception = identity.inception();
            let key = pluto_identity::DidKey(inception.key).to_string();
            let next = inception.next_key_digest.map(|digest| digest.to_string());
            let did = identity.did().to_string();
            context.out.show(
                &json!({ "name": name, "did": did, "key": key, "next_key_digest": next }),
                &format!(
                    "name      {name}\ndid       {did}\nkey       {key}\nnext key  {}",
                    next.as_deref().unwrap_or("none: this identity never rotates")
                ),
            );
        }
        IdCommand::List => {
            let entries = Keystore::list(&context.keys.path)?;
            let mut rows = vec![vec!["NAME".to_owned(), "DID".to_owned()]];
            rows.extend(entries.iter().map(|e| vec![e.name.clone(), e.did.to_string()]));
            let list: Vec<_> = entries
                .iter()
                .map(|entry| json!({ "name": entry.name, "did": entry.did.to_string() }))
                .collect();
            context.out.show(&json!(list), &table(&rows));
        }
    }
    Ok(())
}
