//! A realm with a policy: every node judges every event alike, in any order, by any engine.

use pluto_core::payload::RecordPut;
use pluto_core::state::read;
use pluto_core::{Canonical, Component, Event, EventId, Kind, Run, Verdict, VoidReason};
use pluto_ecl::artifact::Artifact;
use pluto_eclvm::state::{GasRecord, JudgementRecord, ManaRecord, judgement_key};
use pluto_eclvm::{ExecutionMode, PolicyInstalled};
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};

const POLICY: &str = r#"
policy admission on controller (
  kind: symbol,
  size: int,
  role: symbol,
  collection: option<text<128>>,
  key: option<text<256>>,
  target: option<did>,
) {
  require size <= 200, "too large"
  deny if collection == "secret" && role != owner, "owners only"
  if kind == Attestation { require subject.trust.r >= 0.05, "too little standing" }
  if present(key) { require glob("??", or_else(key, "")), "keys have two letters" }
  if present(target) { require known(or_else(target, subject)), "a stranger" }
  cost { mana: 5 }
}
"#;

fn artifact(source: &str) -> Vec<u8> {
    let compiled = pluto_ecl::compile::compile(source);
    let (_, module) = compiled.result.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Artifact { edition: 1, source: source.to_owned(), module, wasm: None }.to_bytes().unwrap()
}

fn install(writer: &mut Writer, author: &Person, source: &str) -> Event {
    let installed = PolicyInstalled { slot: "admission".into(), artifact: artifact(source) };
    writer.event(author, Kind::PolicyInstalled, &installed.encode())
}

fn put(writer: &mut Writer, author: &Person, collection: &str, key: &str, bytes: usize) -> Event {
    let put = RecordPut {
        collection: collection.into(),
        key: key.as_bytes().to_vec(),
        value: vec![7; bytes],
    };
    writer.event(author, Kind::RecordPut, &put.encode())
}

/// Alice owns the realm and installs a policy while Carol, who does not know of it, writes on.
fn story() -> (Writer, Vec<Run>) {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let (mut main, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis, main.join(&bob), main.join(&carol)];
    let mut branch = main.clone();
    let installed = install(&mut main, &alice, POLICY);
    runs.push(alice.sign(vec![installed]));
    for (collection, key, bytes) in
        [("notes", "ab", 10), ("secret", "ab", 10), ("notes", "abc", 10), ("notes", "cd", 500)]
    {
        for author in [&alice, &bob] {
            let event = put(&mut main, author, collection, key, bytes);
            runs.push(author.sign(vec![event]));
        }
        let event = put(&mut branch, &carol, collection, key, bytes);
        runs.push(carol.sign(vec![event]));
    }
    runs.push(main.attest(&alice, bob.did(), 8));
    runs.push(main.attest(&bob, person(9).did(), 8));
    main.merge(&branch);
    let refused = install(&mut main, &bob, POLICY);
    runs.push(bob.sign(vec![refused]));
    runs.push(main.attest(&carol, bob.did(), 3));
    (main, runs)
}

fn verdicts(node: &MemoryNode, writer: &Writer) -> Vec<(EventId, Verdict)> {
    let realm = writer.realm();
    let places = node.system.ask(realm, |view| {
        (0..view.roots().position).filter_map(|at| view.place(at).transpose()).collect()
    });
    let places: Vec<pluto_nervous_system::event_sourcing::Place> = places.unwrap();
    places.into_iter().map(|place| (place.id, place.verdict)).collect()
}

#[test]
fn nodes_agree_in_any_order_and_mode() {
    let (writer, runs) = story();
    let mut expected = None;
    for mode in ExecutionMode::ALL {
        for order in 0..4 {
            let mut shuffled = runs.clone();
            if order > 0 {
                Shuffle(order).shuffle(&mut shuffled);
            }
            let node = MemoryNode::open_in(&Store::default(), 5_000, mode).unwrap();
            let mut tickets = Vec::new();
            for run in &shuffled {
                tickets.extend(node.submit(std::slice::from_ref(run)).unwrap());
                // One at a time, so that late runs really arrive after others were folded.
                let _ = node.system.draft(writer.realm(), person(1).did());
            }
            tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
            let found = (node.roots(writer.realm()), verdicts(&node, &writer));
            assert_eq!(*expected.get_or_insert_with(|| found.clone()), found, "{mode:?}, {order}");
        }
    }
    let (_, verdicts) = expected.unwrap();
    let void =
        |reason| verdicts.iter().filter(|(_, found)| *found == Verdict::Void(reason)).count();
    assert!(void(VoidReason::PolicyDenied) >= 5, "{verdicts:?}");
    assert_eq!(void(VoidReason::NotAllowed), 1, "only administrators install policies");
    assert!(verdicts.iter().filter(|(_, found)| found.is_effective()).count() >= 8);
}

#[test]
fn a_judgement_is_in_the_state_and_charged() {
    let (writer, runs) = story();
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let snapshot = node.system.snapshot(writer.realm()).unwrap();
    let denied = verdicts(&node, &writer)
        .into_iter()
        .find(|(_, verdict)| *verdict == Verdict::Void(VoidReason::PolicyDenied));
    let (event, _) = denied.unwrap();
    let record: JudgementRecord =
        read(&*snapshot, Component::EclPolicy, &judgement_key(&event)).unwrap();
    assert_eq!((record.outcome, record.fault), (0, 0));
    assert!(record.rule > 0 && record.gas.compute > 0);
    let bob = person(2).did().to_bytes();
    assert!(snapshot.proof(Component::Mana, &bob).is_ok());
    let mana: ManaRecord = read(&*snapshot, Component::Mana, &bob).unwrap();
    assert!(mana.level_milli > 0);
    let gas: GasRecord = read(&*snapshot, Component::Gas, &bob).unwrap();
    assert!(gas.used > 0 && gas.total.iter().sum::<u64>() == gas.used);
}

#[test]
fn a_policy_that_denies_everything_can_be_replaced() {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let nothing = "policy admission on controller { deny \"closed\" }";
    let everything = "policy admission on controller { allow }";
    let mut runs = vec![genesis, writer.join(&bob)];
    let closed = install(&mut writer, &alice, nothing);
    runs.push(alice.sign(vec![closed]));
    let refused = put(&mut writer, &bob, "notes", "ab", 1);
    let late = person(3);
    runs.push(bob.sign(vec![refused.clone()]));
    runs.push(writer.join(&late));
    let opened = install(&mut writer, &alice, everything);
    runs.push(alice.sign(vec![opened]));
    let taken = put(&mut writer, &bob, "notes", "ab", 1);
    runs.push(bob.sign(vec![taken.clone()]));
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let verdicts = verdicts(&node, &writer);
    let of = |event: &Event| verdicts.iter().find(|(id, _)| *id == event.id).unwrap().1;
    assert_eq!(of(&refused), Verdict::Void(VoidReason::PolicyDenied));
    assert_eq!(of(&taken), Verdict::Effective);
}

#[test]
fn what_is_no_policy_is_not_installed() {
    let alice = person(1);
    let (mut writer, genesis) = Writer::open(&alice);
    let good = artifact("policy admission on controller { allow }");
    let mut spoiled = good.clone();
    *spoiled.last_mut().unwrap() ^= 1;
    let unknown = artifact("policy admission on controller (colour: int) { require colour > 0 }");
    let other = artifact("policy something on controller { allow }");
    let mut runs = vec![genesis];
    for artifact in [vec![1, 2, 3], spoiled, unknown, other] {
        let installed = PolicyInstalled { slot: "admission".into(), artifact };
        let event = writer.event(&alice, Kind::PolicyInstalled, &installed.encode());
        runs.push(alice.sign(vec![event]));
    }
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    let refused: Vec<Verdict> =
        verdicts(&node, &writer).into_iter().skip(1).map(|(_, verdict)| verdict).collect();
    assert_eq!(refused, [Verdict::Void(VoidReason::InvalidPolicy); 4]);
}
