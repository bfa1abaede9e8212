//! Stores of a realm: schemas, records and effects are the same on every node, in any order.

use pluto_core::payload::RecordPut;
use pluto_core::policy::Value;
use pluto_core::state::read;
use pluto_core::traits::StateView;
use pluto_core::{Canonical, Component, Event, Kind, Run, Verdict, VoidReason};
use pluto_ecl::artifact::Artifact;
use pluto_ecl::store::{Declared, TypedRecord};
use pluto_eclvm::effects::{AuditRecord, audit_key};
use pluto_eclvm::state::{JudgementRecord, judgement_key, store_judgement_key};
use pluto_eclvm::stores::{Place, StoredTyped, collection};
use pluto_eclvm::{ExecutionMode, PolicyInstalled};
use pluto_tests::{MemoryNode, Person, Shuffle, Store, Writer, person};

const NOTES: Place<'static> = Place { slot: "wiki", store: "notes" };

const V1: &str = r#"
store notes { title: text<32> words: int index title }
policy notes on store (key: text<128>, change: symbol, words: option<int>) {
  require known(subject)
  deny if change == remove && notes[key]?.words > 50, "too long to be thrown away"
  deny if words > 100, "too long"
  audit { key, change }
}
"#;

const V2: &str = r#"
store notes version 2 { name: text<32> long: bool index name }
migrate notes from 1 { title: text<32>, words: int } {
  name: old.title
  long: old.words > 20
}
policy notes on store (long: option<bool>) {
  require subject has role "owner" || or_else(long, false) == false, "owners write long ones"
}
"#;

/// Counts the records that others write.
const ADMISSION: &str = r#"
store seen { who: did times: int index who }
policy admission on custom (kind: symbol, key: option<text<128>>) {
  if kind == RecordPut {
    let name = or_else(key, "-")
    put seen[name] { who: subject, times: or_else(seen[name]?.times, 0) + 1 }
    emit written { name }
  }
  require balance(subject) > 0
}
"#;

fn artifact(source: &str) -> Artifact {
    let compiled = pluto_ecl::compile::compile(source);
    let (_, module) = compiled.result.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    Artifact { edition: 1, source: source.to_owned(), module, wasm: None }
}

fn install(writer: &mut Writer, author: &Person, slot: &str, source: &str) -> Run {
    let artifact = artifact(source).to_bytes().unwrap();
    let installed = PolicyInstalled { slot: slot.into(), artifact };
    let event = writer.event(author, Kind::PolicyInstalled, &installed.encode());
    author.sign(vec![event])
}

fn put(writer: &mut Writer, author: &Person, source: &str, key: &str, fields: Vec<Value>) -> Event {
    let declared = Declared::all(&artifact(source).module).unwrap().remove(0);
    let record = TypedRecord { version: declared.schema.version, fields };
    let value = record.to_bytes(&declared.schema).unwrap();
    let put = RecordPut { collection: collection(NOTES), key: key.as_bytes().to_vec(), value };
    writer.event(author, Kind::RecordPut, &put.encode())
}

fn note(title: &str, words: i64) -> Vec<Value> {
    vec![Value::Text(title.into()), Value::Int(words)]
}

/// Runs, and events with the verdicts they should have.
struct Story {
    writer: Writer,
    runs: Vec<Run>,
    expected: Vec<(Event, Verdict)>,
}

fn story() -> Story {
    let (alice, bob) = (person(1), person(2));
    let (mut writer, genesis) = Writer::open(&alice);
    let mut runs = vec![genesis, writer.join(&bob)];
    let mut expected = Vec::new();
    let mut say = |runs: &mut Vec<Run>, author: &Person, event: Event, verdict| {
        runs.push(author.sign(vec![event.clone()]));
        expected.push((event, verdict));
    };
    let void = Verdict::Void;
    let early = put(&mut writer, &bob, V1, "a", note("x", 1));
    say(&mut runs, &bob, early, void(VoidReason::NotFound));
    runs.push(install(&mut writer, &alice, "admission", ADMISSION));
    runs.push(install(&mut writer, &alice, NOTES.slot, V1));
    for (key, words, verdict) in [
        ("a", 30, Verdict::Effective),
        ("b", 5, Verdict::Effective),
        ("b", 500, void(VoidReason::PolicyDenied)),
    ] {
        let event = put(&mut writer, &bob, V1, key, note("x", words));
        say(&mut runs, &bob, event, verdict);
    }
    let mut branch = writer.clone();
    runs.push(install(&mut writer, &alice, NOTES.slot, V2));
    let late = put(&mut branch, &bob, V1, "c", note("late", 1));
    runs.push(bob.sign(vec![late]));
    writer.merge(&branch);
    let old = put(&mut writer, &bob, V1, "d", note("old", 1));
    say(&mut runs, &bob, old, void(VoidReason::MalformedPayload));
    let long = |name: &str, long| vec![Value::Text(name.into()), Value::Bool(long)];
    let refused = put(&mut writer, &bob, V2, "e", long("e", true));
    say(&mut runs, &bob, refused, void(VoidReason::PolicyDenied));
    let taken = put(&mut writer, &alice, V2, "e", long("e", true));
    say(&mut runs, &alice, taken, Verdict::Effective);
    runs.push(install(&mut writer, &alice, NOTES.slot, V1));
    Story { writer, runs, expected }
}

#[test]
fn stores_are_the_same_in_any_order_and_mode() {
    let Story { writer, runs, .. } = story();
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
                let _ = node.system.draft(writer.realm(), person(1).did());
            }
            tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
            let found = node.roots(writer.realm());
            assert_eq!(*expected.get_or_insert_with(|| found.clone()), found, "{mode:?}, {order}");
        }
    }
}

#[test]
fn records_are_judged_written_and_brought_to_the_present() {
    let Story { writer, runs, expected } = story();
    let node = MemoryNode::open(&Store::default(), 5_000).unwrap();
    node.write(&runs).unwrap();
    for (event, verdict) in &expected {
        let (lamport, id) = (event.header.lamport, event.id);
        let place = node.system.ask(writer.realm(), move |view| {
            let Some(position) = view.position(lamport, id)? else { return Ok(None) };
            view.place(position)
        });
        assert_eq!(place.unwrap().unwrap().verdict, *verdict, "{:?}", event.header.lamport);
    }
    let snapshot = node.system.snapshot(writer.realm()).unwrap();
    let view: &dyn StateView = &*snapshot;
    // The last bundle went back a version and was refused: the store is as it was.
    assert_eq!(NOTES.declared(view).unwrap().version, 2);
    let code = pluto_ecl::interpreter::Program::load(&artifact(V2).module).unwrap();
    let fields = |key: &str| -> (StoredTyped, Vec<Value>) {
        let entry = NOTES.stored(view, key).unwrap();
        let fields = NOTES.fields(view, &code, &entry).unwrap();
        (entry, fields)
    };
    let (entry, values) = fields("a");
    assert_eq!((entry.version, entry.author), (1, person(2).did()));
    assert_eq!(values, [Value::Text("x".into()), Value::Bool(true)]);
    assert_eq!(fields("b").1[1], Value::Bool(false));
    assert_eq!(fields("e").0.version, 2);
    let (written, denied) = (&expected[1].0, &expected[3].0);
    let judged =
        |key: Vec<u8>| -> Option<JudgementRecord> { read(view, Component::EclPolicy, &key) };
    assert_eq!(judged(judgement_key(&written.id)).unwrap().outcome, 1);
    assert_eq!(judged(store_judgement_key(&written.id)).unwrap().outcome, 1);
    assert_eq!(judged(store_judgement_key(&denied.id)).unwrap().outcome, 0);
    let audit: AuditRecord =
        read(view, Component::EclPolicy, &audit_key(&written.id, NOTES.slot, 0)).unwrap();
    assert_eq!(audit.fields[1], ("change".to_owned(), "write".to_owned()));
    // What the admission policy counts are events that had effect: the void ones count nothing.
    let seen = Place { slot: "admission", store: "seen" };
    let entry = seen.stored(view, "b").unwrap();
    let schema = seen.declared(view).unwrap();
    assert_eq!(schema.decode_fields(2, &entry.fields).unwrap()[1], Value::Int(1));
}
