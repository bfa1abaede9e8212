//! `pluto demo`: a small story on real events, on a node of its own.

use std::path::{Path, PathBuf};

use pluto_core::payload::{Admission, Attestation, RealmGenesis, RecordPut};
use pluto_core::state::record_key;
use pluto_core::traits::Clock;
use pluto_core::trust::Dimension;
use pluto_core::{Canonical, Component, EventId, Kind, Namespace, RealmId};
use pluto_engines::trust::{day, edge_prefix, explain, standing_key, value_ppm};
use pluto_error::Result;
use pluto_identity::IdentitySecret;
use pluto_nervous_system::merkle_tracker::Roots;
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
    let dir = fresh_dir()?;
    context.out.say(&format!("A node begins in {}\n", dir.display()));
    let node = Node::start(Store::open(&dir.join("store"), LogOptions::default())?, &|_| {})?;
    let (alice, bob, agent) = (
        IdentitySecret::generate(Namespace::Person)?,
        IdentitySecret::generate(Namespace::Person)?,
        IdentitySecret::generate(Namespace::Spirit)?,
    );
    let story = Story {
        context,
        alice: Author::new(&alice),
        bob: Author::new(&bob),
        agent: Author::new(&agent),
        now_ms: SystemClock.now_ms(),
    };
    let realm = story.begin(&node)?;
    let attested = story.write(&node, realm)?;
    story.explain(&node, realm, attested)?;
    let file = dir.join("agent.proof");
    let bytes = story.prove(&node, realm, &file)?;
    node.stop()?;
    let refused = story.verify(&file, &bytes)?;
    let again = story.reopen(&dir, realm)?;
    story.farewell(&file);
    if context.out.json {
        let value = json!({
            "data": dir.display().to_string(),
            "realm": realm.to_string(),
            "events": again.position,
            "state_root": again.state.to_string(),
            "proof": file.display().to_string(),
            "proof_bytes": bytes.len(),
            "flips_refused": refused,
        });
        context.out.show(&value, "");
    }
    Ok(())
}

/// Who takes part, and where it is told.
struct Story<'a> {
    context: &'a Context,
    alice: Author<'a>,
    bob: Author<'a>,
    agent: Author<'a>,
    now_ms: u64,
}

impl Story<'_> {
    fn say(&self, text: &str) {
        self.context.out.say(text);
    }

    fn begin(&self, node: &Node) -> Result<RealmId> {
        self.say("1. Three parties, each with a key that never leaves them:");
        for (name, author) in
            [("Alice", &self.alice), ("Bob", &self.bob), ("an AI agent", &self.agent)]
        {
            self.say(&format!("   {name:<12} {}", author.did()));
        }
        let genesis = RealmGenesis {
            name: "workshop".into(),
            admission: Admission::Open,
            trust_roots: Vec::new(),
            creator: self.alice.secret().inception().clone(),
        };
        let realm = self.alice.open_realm(node, &genesis)?;
        self.say("\n2. Alice opens a realm; its id is the hash of its first event:");
        self.say(&format!("   {realm}"));
        Ok(realm)
    }

    /// Gives the event in which Alice attests to the agent.
    fn write(&self, node: &Node, realm: RealmId) -> Result<EventId> {
        let put = |value: &str| {
            let (key, value) = (b"4711".to_vec(), value.as_bytes().to_vec());
            RecordPut { collection: "orders".into(), key, value }.encode()
        };
        self.bob.write(node, realm, Kind::RecordPut, &put("ordered by Bob"))?;
        self.agent.write(node, realm, Kind::RecordPut, &put("shipped by the agent"))?;
        sign(node, &self.alice, realm, self.now_ms)?;
        let attest = |subject, dimension, value| {
            let word = Attestation { subject, dimension, value };
            self.alice.write(node, realm, Kind::Attestation, &word.encode())
        };
        let attested = attest(self.agent.did(), Dimension::Reliability, 8)?;
        attest(self.bob.did(), Dimension::Integrity, 5)?;
        let roots = node.snapshot(realm)?.roots();
        self.say(
            "\n3. Bob and the agent write, Alice attests to both. Every word is a signed event,",
        );
        self.say(&format!("   folded into one state: {} events, root", roots.position));
        self.say(&format!("   {}", roots.state));
        Ok(attested.event.id)
    }

    fn explain(&self, node: &Node, realm: RealmId, attested: EventId) -> Result<()> {
        let snapshot = node.snapshot(realm)?;
        let today = day(&*snapshot);
        let value = value_ppm(&*snapshot, self.agent.did(), Dimension::Reliability, today);
        let prefix = edge_prefix(Dimension::Reliability, self.agent.did());
        let entries = snapshot.entries(Component::Trust).iter();
        let reasons = explain(entries.filter(|(key, _)| key.starts_with(&prefix)), today)?;
        let value = ppm(value);
        self.say(&format!("\n4. The agent's reliability is {value} (a newcomer has 0.1000). Why?"));
        for reason in &reasons {
            let who = if reason.attester == self.alice.did() { "Alice" } else { "somebody" };
            self.say(&format!("   {who}, in event {}", reason.event.short()));
        }
        if reasons.iter().all(|reason| reason.event != attested) {
            let why = "the attestation is not among the reasons".to_owned();
            return Err(NodeError::BadProof(why).into());
        }
        Ok(())
    }

    fn prove(&self, node: &Node, realm: RealmId, file: &Path) -> Result<Vec<u8>> {
        let snapshot = node.snapshot(realm)?;
        let key = standing_key(Dimension::Reliability, self.agent.did());
        let state = snapshot.proof(Component::Trust, &key)?;
        let (_, written) = sign(node, &self.alice, realm, self.now_ms)?;
        let genesis = load(node.system(), EventId(realm.0))?;
        let witness = Some(Witness::new(genesis, &written.run)?);
        let bytes = ProofFile { root: snapshot.roots().state, state, witness }.encode();
        std::fs::write(file, &bytes).map_err(|error| NodeError::file("write", file, error))?;
        let length = bytes.len();
        self.say(&format!(
            "\n5. A proof of that value is written, {length} bytes, its root signed by Alice:\n   {}",
            file.display()
        ));
        Ok(bytes)
    }

    /// Verifies the file, then every file with one byte changed; gives how many were refused.
    fn verify(&self, file: &Path, bytes: &[u8]) -> Result<usize> {
        let shown = verify(file)?;
        self.say("\n6. The node is stopped. A stranger verifies the file alone:");
        self.say(&format!("   every hash leads to root {}", shown.root));
        if let Some(signed) = &shown.signed {
            self.say(&format!("   signed by {}", signed.creator));
            self.say(
                "   whose genesis hashes to the realm's id: nobody else can sign for this realm",
            );
        }
        let (refused, places) = (flip_every_byte(bytes), bytes.len());
        self.say(&format!(
            "\n7. One byte flipped, at each of the {places} places in turn: refused {refused} times."
        ));
        if refused != places {
            return Err(NodeError::BadProof("a changed proof was accepted".into()).into());
        }
        Ok(refused)
    }

    fn reopen(&self, dir: &Path, realm: RealmId) -> Result<Roots> {
        let node = Node::open(dir, &|_| {})?;
        let snapshot = node.snapshot(realm)?;
        node.stop()?;
        let key = record_key("orders", b"4711");
        let order = match snapshot.entries(Component::KvStore).get(&key) {
            Some(_) => "is there",
            None => "is LOST",
        };
        let events = snapshot.roots().position;
        self.say(&format!("\n8. The node opens again: {events} events, the order {order}.\n"));
        Ok(snapshot.roots())
    }

    fn farewell(&self, file: &Path) {
        self.say(&format!("Check the proof yourself: pluto verify {}", file.display()));
        self.say("Then your own node:");
        self.say("   pluto init && pluto realm create home");
        self.say("   pluto event append notes hello \"first words\"");
        self.say("   pluto state prove KvStore record:notes/hello --sign-as me");
        self.say("   pluto verify state.proof");
        self.say("On real data: pluto import ratings <soc-sign-bitcoinotc.csv>");
        self.say("              pluto trust top --realm ratings");
    }
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
