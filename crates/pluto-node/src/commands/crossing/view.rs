//! Receipts of crossings, in the realms that are here.

use pluto_core::{Canonical, Component, Did, EventId, RealmId};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;
use pluto_realm::gateway::{EntryReceipt, ExitReceipt};
use serde_json::{Value, json};

use crate::cli::Reading;
use crate::commands::Context;
use crate::commands::names::Names;
use crate::commands::writing::{by_prefix, named};
use crate::describe;
use crate::error::NodeError;
use crate::node::Node;
use crate::output::{row, table};

/// A receipt that a realm keeps.
pub(super) struct Receipt {
    /// The crossing.
    pub(super) id: EventId,
    /// Whether it is the other realm's, shown here.
    pub(super) confirms: bool,
    party: Did,
    other: RealmId,
    what: &'static str,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Receipt {
    fn of(key: &[u8], value: &[u8]) -> Option<Self> {
        let (tag, id) = key.split_first()?;
        let id = EventId(id.try_into().ok()?);
        let (party, other, what) = match tag {
            b'x' => {
                let exit = ExitReceipt::decode(value).ok()?;
                (exit.party, exit.to, "exit")
            }
            b'e' | b'c' => {
                let entry = EntryReceipt::decode(value).ok()?;
                (entry.party, entry.from, if *tag == b'e' { "entry" } else { "confirmation" })
            }
            _ => return None,
        };
        let confirms = *tag == b'c';
        Some(Self { id, confirms, party, other, what, key: key.to_vec(), value: value.to_vec() })
    }

    fn json(&self, realm: RealmId) -> Value {
        json!({
            "crossing": self.id.to_string(),
            "realm": realm.to_string(),
            "receipt": self.what,
            "party": self.party.to_string(),
            "described": describe::entry(Component::Gateway, &self.key, Some(&self.value))
                .map(|words| words.json()),
        })
    }
}

/// All receipts that a realm keeps.
pub(super) fn receipts(snapshot: &Snapshot) -> Vec<Receipt> {
    let entries = snapshot.entries(Component::Gateway).iter();
    entries.filter_map(|(key, value)| Receipt::of(key, value)).collect()
}

/// All receipts in all realms that are here.
pub(super) fn everywhere(node: &Node) -> Result<Vec<(RealmId, Receipt)>> {
    let mut found = Vec::new();
    for realm in node.system().realms() {
        let snapshot = node.snapshot(realm)?;
        found.extend(receipts(&snapshot).into_iter().map(|receipt| (realm, receipt)));
    }
    Ok(found)
}

pub(super) fn show(context: &Context, id: &str) -> Result<()> {
    let node = context.node()?;
    let mut found = everywhere(&node)?;
    let ids = found.iter().map(|(_, receipt)| receipt.id.0);
    let id = EventId(by_prefix("crossing", id, "see `pluto crossing list`", ids)?);
    found.retain(|(_, receipt)| receipt.id == id);
    let order = |what: &str| ["exit", "entry", "confirmation"].iter().position(|one| *one == what);
    found.sort_by_key(|(_, receipt)| order(receipt.what));
    let mut rows = vec![row("crossing", id)];
    for (realm, receipt) in &found {
        rows.push(row("in realm", named(&node, *realm)));
        let words = describe::entry(Component::Gateway, &receipt.key, Some(&receipt.value));
        rows.extend(words.iter().flat_map(describe::Description::rows));
    }
    let missing = || NodeError::NotFound {
        what: "crossing",
        name: id.to_string(),
        hint: "see `pluto crossing list`".to_owned(),
    };
    let (_, first) = found.first().ok_or_else(missing)?;
    let names = found.iter().map(|(_, receipt)| receipt.what).collect::<Vec<_>>();
    let next = match names.as_slice() {
        ["exit"] => {
            format!("pluto crossing enter {} --realm {}", id.short(), named(&node, first.other))
        }
        ["exit", "entry"] => format!("pluto crossing confirm {}", id.short()),
        _ => "nothing here".to_owned(),
    };
    rows.push(row("next", next));
    node.stop()?;
    let value = found.iter().map(|(realm, receipt)| receipt.json(*realm)).collect();
    context.out.show(&value, &table(&rows));
    Ok(())
}

pub(super) fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let names = Names::of(context);
    let mut rows =
        vec![["CROSSING", "RECEIPT", "PARTY", "OTHER REALM"].map(str::to_owned).to_vec()];
    let mut values: Vec<Value> = Vec::new();
    for receipt in receipts(&snapshot) {
        let party = names.short(&snapshot, receipt.party);
        // A confirmation is the entry of the other side: its realm stands in the exit.
        let other = if receipt.confirms { "-".to_owned() } else { named(&node, receipt.other) };
        rows.push(vec![receipt.id.short(), receipt.what.to_owned(), party, other]);
        values.push(receipt.json(realm));
    }
    node.stop()?;
    let none = "No crossing leads from or to this realm; see `pluto crossing open --help`.";
    let text = if values.is_empty() { none.to_owned() } else { table(&rows) };
    context.out.show(&values.into(), &text);
    Ok(())
}
