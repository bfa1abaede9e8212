//! `pluto fork`.

use std::path::Path;

use pluto_core::codec::Reader;
use pluto_core::state::IdentityRecord;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Did, Kind, Verdict};
use pluto_decision::forks::{
    EQUIVOCATION_BYTES_MAX, Equivocation, FreezeLifted, FreezeRecord, ProvenRecord, frozen, judge,
};
use pluto_error::Result;
use pluto_identity::DidKey;
use pluto_nervous_system::Snapshot;
use serde_json::{Value, json};

use super::Context;
use super::names::{Names, party, shown};
use crate::cli::{Acting, ForkCommand, Reading};
use crate::error::NodeError;
use crate::node::{Author, Reported, UnreportedForks, load};
use crate::output::{row, table};

pub(super) fn run(context: &Context, command: ForkCommand) -> Result<()> {
    match command {
        ForkCommand::List(reading) => list(context, &reading),
        ForkCommand::Show { who, out, reading } => show(context, &who, out.as_deref(), &reading),
        ForkCommand::Report { proof: Some(proof), acting } => report(context, &proof, &acting),
        ForkCommand::Report { proof: None, acting } => report_all(context, &acting),
        ForkCommand::Lift { who, acting } => lift(context, &who, &acting),
    }
}

/// A proven fork.
struct Fork {
    author: Did,
    seq: u64,
    proven: ProvenRecord,
    freeze: Option<FreezeRecord>,
}

impl Fork {
    fn all(snapshot: &Snapshot) -> Vec<Self> {
        let entries = snapshot.entries(Component::Event).iter();
        let fork = |(key, value): (&[u8], &[u8])| {
            let mut place = Reader::new(key.strip_prefix(b"p")?);
            let author = Did::decode_from(&mut place).ok()?;
            let (seq, proven) = (place.u64().ok()?, ProvenRecord::decode(value).ok()?);
            Some(Self { author, seq, proven, freeze: frozen(snapshot, author) })
        };
        entries.filter_map(|(key, value)| fork((key, value))).collect()
    }

    fn json(&self) -> Value {
        json!({
            "author": self.author.to_string(),
            "author_seq": self.seq,
            "events": [self.proven.first.to_string(), self.proven.second.to_string()],
            "proof": self.proven.event.to_string(),
            "frozen": self.freeze.is_some(),
        })
    }
}

/// As [`Fork::json`], of a fork that no event proves yet.
fn unreported_json(proof: &Equivocation) -> Value {
    json!({
        "author": proof.author().to_string(),
        "author_seq": proof.seq(),
        "events": proof.ids().map(|id| id.to_string()),
        "proof": null,
        "frozen": false,
    })
}

fn list(context: &Context, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let realm = node.realm(reading.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    node.stop()?;
    let names = Names::of(context);
    let forks = Fork::all(&snapshot);
    let unreported = UnreportedForks::of(&context.data).open_in(&snapshot, realm)?;
    let mut rows = vec![["AUTHOR", "PLACE", "PROOF", "FROZEN"].map(str::to_owned).to_vec()];
    rows.extend(forks.iter().map(|fork| {
        let state = if fork.freeze.is_some() { "yes" } else { "no" };
        let author = names.short(&snapshot, fork.author);
        vec![author, fork.seq.to_string(), fork.proven.event.to_string(), state.to_owned()]
    }));
    rows.extend(unreported.iter().map(|proof| {
        let author = names.short(&snapshot, proof.author());
        vec![author, proof.seq().to_string(), "not reported".to_owned(), "no".to_owned()]
    }));
    let none = "No fork is proven in this realm.";
    let text = if rows.len() == 1 { none.to_owned() } else { table(&rows) };
    let shown = forks.iter().map(Fork::json).chain(unreported.iter().map(unreported_json));
    context.out.show(&shown.collect(), &text);
    Ok(())
}

fn show(context: &Context, who: &str, out: Option<&Path>, reading: &Reading) -> Result<()> {
    let node = context.node()?;
    let snapshot = node.snapshot(node.realm(reading.realm.as_deref())?)?;
    let did = party(context, &snapshot, who)?;
    let mut forks = Fork::all(&snapshot);
    forks.retain(|fork| fork.author == did);
    let freeze = frozen(&*snapshot, did);
    let newest = freeze.map(|freeze| freeze.event);
    let newest = newest.or_else(|| forks.last().map(|fork| fork.proven.event));
    let payload = match newest {
        Some(event) => load(node.system(), event)?.payload,
        None => None,
    };
    node.stop()?;
    if let Some(path) = out {
        let hint = "see `pluto fork list`".to_owned();
        let missing = NodeError::NotFound { what: "proof", name: who.to_owned(), hint };
        let path = context.file(path);
        std::fs::write(&path, &*payload.ok_or(missing)?)
            .map_err(|error| NodeError::file("write", path, error))?;
    }
    let key = key_of(&*snapshot, did);
    let mut rows = vec![
        row("author", shown(&snapshot, did)),
        row("frozen", if freeze.is_some() { "yes" } else { "no" }),
    ];
    rows.extend(key.map(|key| row("active key", key)));
    for fork in &forks {
        rows.push(row("place", fork.seq));
        rows.push(row("  events", fork.proven.first));
        rows.push(row("", fork.proven.second));
        rows.push(row("  proof", fork.proven.event));
    }
    let value = json!({
        "author": did.to_string(),
        "frozen": freeze.is_some(),
        "active_key": key.map(|key| key.to_string()),
        "forks": forks.iter().map(Fork::json).collect::<Vec<_>>(),
    });
    context.out.show(&value, &table(&rows));
    Ok(())
}

fn key_of(view: &dyn StateView, did: Did) -> Option<DidKey> {
    let record = pluto_core::state::read(view, Component::Identity, &did.to_bytes());
    record.map(|record: IdentityRecord| DidKey(record.key))
}

fn report(context: &Context, path: &Path, acting: &Acting) -> Result<()> {
    let path = context.file(path);
    let bytes = super::verify::read(&path, EQUIVOCATION_BYTES_MAX)?;
    let proof = Equivocation::decode(&bytes)?;
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let author = Author::new(keys.get(&acting.identity)?);
    let lamport = node.system().draft(realm, author.did())?.lamport;
    // What would be void is not written at all.
    judge(&*node.snapshot(realm)?, &proof, lamport)
        .map_err(|reason| NodeError::BadProof(Verdict::Void(reason).to_string()))?;
    let written = author.write(&node, realm, Kind::EquivocationProven, &bytes)?;
    let snapshot = node.snapshot(realm)?;
    node.stop()?;
    let event = written.event.id.to_string();
    let value = json!({
        "event": event,
        "author": proof.author().to_string(),
        "author_seq": proof.seq(),
        "events": proof.ids().map(|id| id.to_string()),
    });
    let who = shown(&snapshot, proof.author());
    context.out.show(&value, &format!("{who} is frozen\nproof  {event}"));
    Ok(())
}

/// Reports what this node met.
fn report_all(context: &Context, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let only = acting.realm.as_deref().map(|name| node.realm(Some(name))).transpose()?;
    let author = Author::new(keys.get(&acting.identity)?);
    let forks = UnreportedForks::of(&context.data);
    let reported = node.report_forks(&forks, &author, only)?;
    node.stop()?;
    let value = reported.iter().map(|one| {
        json!({
            "realm": one.realm.to_string(),
            "event": one.event.to_string(),
            "author": one.proof.author().to_string(),
            "author_seq": one.proof.seq(),
            "events": one.proof.ids().map(|id| id.to_string()),
        })
    });
    let line = |one: &Reported| format!("{} is frozen, proof {}", one.proof.author(), one.event);
    let lines: Vec<String> = reported.iter().map(line).collect();
    let none = "Nothing to report here.";
    let text = if lines.is_empty() { none.to_owned() } else { lines.join("\n") };
    context.out.show(&value.collect(), &text);
    Ok(())
}

fn lift(context: &Context, who: &str, acting: &Acting) -> Result<()> {
    let keys = context.keys.open()?;
    let node = context.node()?;
    let realm = node.realm(acting.realm.as_deref())?;
    let snapshot = node.snapshot(realm)?;
    let subject = party(context, &snapshot, who)?;
    let Some(freeze) = frozen(&*snapshot, subject) else {
        let hint = "see `pluto fork list`".to_owned();
        let name = who.to_owned();
        return Err(NodeError::NotFound { what: "frozen author", name, hint }.into());
    };
    let author = Author::new(keys.get(&acting.identity)?);
    let payload = FreezeLifted { subject, proof: freeze.event }.encode();
    let written = author.write(&node, realm, Kind::FreezeLifted, &payload)?;
    node.stop()?;
    let event = written.event.id.to_string();
    let value = json!({
        "event": event,
        "author": subject.to_string(),
        "proof": freeze.event.to_string(),
    });
    let who = shown(&snapshot, subject);
    context.out.show(&value, &format!("{who} is frozen no more\nevent  {event}"));
    Ok(())
}
