//! `pluto demo`: a small story on real events, on a node of its own.

use std::path::PathBuf;

use pluto_core::payload::{Admission, Attestation, RealmGenesis, RecordPut};
use pluto_core::state::record_key;
use pluto_core::traits::Clock;
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, EventId, Kind, Namespace};
use pluto_engines::trust::{day, edge_prefix, explain, standing_key, value_ppm};
use pluto_error::Result;
use pluto_identity::IdentitySecret;
use pluto_storage::{LogOptions, Store};
use serde_json::json;

use super::Context;
use super::checkpoint::sign;
use super::verify::verify;
use crate::error::NodeError;
use crate::node::{Author, Node, SystemClock, load};
use crate::output::ppm;
use crate::proof_file::{ProofFile, Witness};

pub(super) fn run(context: &Context) -> Result<()> {
    let say = |text: &str| context.out.say(text);
    let dir = fresh_dir()?;
    let now_ms = SystemClock.now_ms();
    say(&format!("A node begins in {}\n", dir.display()));

    let node = Node::start(Store::open(&dir.join("store"), LogOptions::default())?, &|_| {})?;
    let (alice, bob, agent) = (
        IdentitySecret::generate(Namespace::Person)?,
        IdentitySecret::generate(Namespace::Person)?,
        IdentitySecret::generate(Namespace::Spirit)?,
    );
    let (alice, bob, agent) = (Author::new(&alice), Author::new(&bob), Author::new(&agent));
    say("1. Three parties, each with a key that never leaves them:");
    for (name, author) in [("Alice", &alice), ("Bob", &bob), ("an AI agent", &agent)] {
        say(&format!("   {name:<12} {}", author.did()));
    }

    let genesis = RealmGenesis {
        name: "workshop".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: alice.secret().inception().clone(),
    };
    let realm = alice.open_realm(&node, &genesis)?;
    say(&format!("\n2. Alice opens a realm; its id is the hash of its first event:\n   {realm}"));

    let put = |key: &str, value: &str| {
        let (key, value) = (key.as_bytes().to_vec(), value.as_bytes().to_vec());
        RecordPut { collection: "orders".into(), key, value }.encode()
    };
    bob.write(&node, realm, Kind::RecordPut, &put("4711", "ordered by Bob"))?;
    agent.write(&node, realm, Kind::RecordPut, &put("4711", "shipped by the agent"))?;
    sign(&node, &alice, realm, now_ms)?;
    let word = Attestation { subject: agent.did(), dimension: Dimension::Reliability, value: 8 };
    let attested = alice.write(&node, realm, Kind::Attestation, &word.encode())?;
    let word = Attestation { subject: bob.did(), dimension: Dimension::Integrity, value: 5 };
    alice.write(&node, realm, Kind::Attestation, &word.encode())?;
    let snapshot = node.snapshot(realm)?;
    say("\n3. Bob and the agent write, Alice attests to both. Every word is a signed event,");
    say(&format!("   folded into one state: {} events, root", snapshot.roots().position));
    say(&format!("   {}", snapshot.roots().state));

    let today = day(&*snapshot);
    let value = value_ppm(&*snapshot, agent.did(), Dimension::Reliability, today);
    let prefix = edge_prefix(Dimension::Reliability, agent.did());
    let entries = snapshot.entries(Component::Trust).iter();
    let reasons = explain(entries.filter(|(key, _)| key.starts_with(&prefix)), today)?;
    say(&format!("\n4. The agent's reliability is {} (a newcomer has 0.1000). Why?", ppm(value)));
    for reason in &reasons {
        let who = if reason.attester == alice.did() { "Alice" } else { "somebody" };
        say(&format!("   {who}, in event {}", reason.event.short()));
    }
    if reasons.iter().all(|reason| reason.event != attested.event.id) {
        return Err(NodeError::BadProof("the attestation is not among the reasons".into()).into());
    }

    let key = standing_key(Dimension::Reliability, agent.did());
    let proof = snapshot.proof(Component::Trust, &key)?;
    let (_, written) = sign(&node, &alice, realm, now_ms)?;
    let genesis = load(node.system(), EventId(realm.0))?;
    let witness = Some(Witness::new(genesis, &written.run)?);
    let file = dir.join("agent.proof");
    let bytes = ProofFile { root: snapshot.roots().state, state: proof, witness }.encode();
    std::fs::write(&file, &bytes).map_err(|error| NodeError::file("write", &file, error))?;
    node.stop()?;
    say(&format!(
        "\n5. A proof of that value is written, {} bytes, its root signed by Alice:\n   {}",
        bytes.len(),
        file.display()
    ));

    let shown = verify(&file)?;
    say("\n6. The node is stopped. A stranger verifies the file alone:");
    say(&format!("   every hash leads to root {}", shown.root));
    if let Some(signed) = &shown.signed {
        say(&format!("   signed by {}", signed.creator));
        say("   whose genesis hashes to the realm's id: nobody else can sign for this realm");
    }

    let refused = flip_every_byte(&bytes);
    say(&format!(
        "\n7. One byte flipped, at each of the {} places in turn: refused {} times.",
        bytes.len(),
        refused
    ));
    if refused != bytes.len() {
        return Err(NodeError::BadProof("a changed proof was accepted".into()).into());
    }

    let reopened = Node::open(&dir, &|_| {})?;
    let again = reopened.snapshot(realm)?;
    let order = again.entries(Component::KvStore).get(&record_key("orders", b"4711")).is_some();
    reopened.stop()?;
    say(&format!(
        "\n8. The node opens again: {} events, the order {}.\n",
        again.roots().position,
        if order { "is there" } else { "is LOST" }
    ));
    say(&format!("Check the proof yourself: pluto verify {}", file.display()));
    say("Then your own node:");
    say("   pluto init && pluto realm create home");
    say("   pluto event append notes hello \"first words\"");
    say("   pluto state prove KvStore record:notes/hello --sign-as me && pluto verify state.proof");
    say("On real data: pluto import ratings <soc-sign-bitcoinotc.csv> && pluto trust top");
    if context.out.json {
        let value = json!({
            "data": dir.display().to_string(),
            "realm": realm.to_string(),
            "events": again.roots().position,
            "state_root": again.roots().state.to_string(),
            "proof": file.display().to_string(),
            "proof_bytes": bytes.len(),
            "flips_refused": refused,
        });
        context.out.show(&value, "");
    }
    Ok(())
}

fn fresh_dir() -> Result<PathBuf> {
    let dir = std::env::temp_dir().join(format!("pluto-demo-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|error| NodeError::file("create", &dir, error))?;
    Ok(dir)
}

/// How many of the files with one byte changed are refused.
fn flip_every_byte(bytes: &[u8]) -> usize {
    let holds = |changed: &[u8]| {
        ProofFile::decode(changed).is_ok_and(|f| f.verify(&pluto_identity::Zip215Verifier).is_ok())
    };
    let mut changed = bytes.to_vec();
    let mut refused = 0;
    for index in 0..changed.len() {
        let Some(byte) = changed.get_mut(index) else { continue };
        *byte ^= 1;
        refused += usize::from(!holds(&changed));
        if let Some(byte) = changed.get_mut(index) {
            *byte ^= 1;
        }
    }
    refused
}
