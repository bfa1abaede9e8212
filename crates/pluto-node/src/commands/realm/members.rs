//! `pluto realm members`.

use pluto_core::state::{MemberRecord, member_key};
use pluto_core::{Canonical, Component, Did};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use serde_json::json;

use super::super::Context;
use super::super::names::Names;
use crate::output::table;

pub(super) fn run(context: &Context, realm: Option<&str>) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(realm)?)?;
    node.stop()?;
    let names = Names::of(context);
    let mut rows = vec![["WHO", "ROLE", "DID"].map(str::to_owned).to_vec()];
    let mut members = Vec::new();
    for (did, record) in members_of(&snapshot) {
        let role = if record.banned { "banned" } else { record.role.as_str() };
        let name = names.short(&snapshot, did);
        let name = if name == did.to_string() { "-".to_owned() } else { name };
        rows.push(vec![name.clone(), role.to_owned(), did.to_string()]);
        members.push(json!({
            "did": did.to_string(),
            "name": name,
            "role": record.role.as_str(),
            "banned": record.banned,
            "event": record.event.to_string(),
        }));
    }
    context.out.show(&json!(members), &table(&rows));
    Ok(())
}

fn members_of(snapshot: &Snapshot) -> Vec<(Did, MemberRecord)> {
    let entries = snapshot.entries(Component::Realm).iter();
    entries
        .filter_map(|(key, value)| {
            let did = Did::decode(key.get(1..)?).ok()?;
            (key == member_key(did)).then_some(())?;
            Some((did, MemberRecord::decode(value).ok()?))
        })
        .collect()
}
