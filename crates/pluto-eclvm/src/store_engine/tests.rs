//! Typed records through events, schemas that move on under them, and indexes that stay true.

use pluto_core::policy::{Facts as _, Fault, Value};
use pluto_core::traits::Effects;
use pluto_core::{Verdict, VoidReason};
use pluto_ecl::store::TypedRecord;

use super::room::Room;
use crate::stores::{Place, collection, install};

const PEOPLE: Place<'static> = Place { slot: "a/b", store: "people" };

/// Each may follow the one before.
const AGES: [&str; 5] = [
    "store people { name: text<64> age: int index name }",
    "store people { name: text<64> age: int city: symbol = here index age index name }",
    "store people { name: text<64> age: int city: symbol = here index age }",
    "enum level { low, high }
     store people version 2 { name: text<80> level: level index level index name }
     migrate people from 1 { name: text<64>, age: int, city: symbol } {
       name: old.name
       level: if old.age > 2 then high else low
     }",
    "enum level { low, high }
     store people version 3 { title: text<80> half: int index half }
     migrate people from 1 { name: text<64>, age: int, city: symbol } {
       name: old.name
       level: if old.age > 2 then high else low
     }
     migrate people from 2 { name: text<80>, level: level } {
       title: old.name
       half: if old.level == high then 10 / length(old.name) else 0
     }",
];

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn person(name: &str, age: i64) -> Vec<Value> {
    vec![text(name), Value::Int(age)]
}

fn fields(age: usize, name: &str, number: i64) -> Vec<Value> {
    match age {
        0 => person(name, number),
        1 | 2 if number % 2 == 0 => person(name, number),
        1 | 2 => [person(name, number), vec![Value::Symbol("there".into())]].concat(),
        3 => {
            let level = if number > 2 { "high" } else { "low" };
            vec![text(name), Value::Variant(level.into())]
        }
        _ => person(name, number),
    }
}

#[test]
fn what_was_written_first_reads_at_last() {
    let mut room = Room::default();
    room.install(PEOPLE.slot, AGES[0]).unwrap();
    assert!(room.put(PEOPLE, "1", person("Ann", 5)).is_effective());
    assert!(room.put(PEOPLE, "2", person("Bob", 1)).is_effective());
    assert!(room.put(PEOPLE, "3", person("", 9)).is_effective());
    for source in &AGES[1..] {
        room.install(PEOPLE.slot, source).unwrap();
        room.check_indexes(PEOPLE.slot, PEOPLE.store);
    }
    let read: Vec<_> = room.list(PEOPLE).into_iter().map(|found| found.fields).collect();
    let expected = [Ok(person("Ann", 3)), Ok(person("Bob", 0)), Err(Fault::DivisionByZero)];
    assert_eq!(read, expected);
    assert_eq!(room.found(PEOPLE.slot, PEOPLE.store, "half", &Value::Int(3)), ["1"]);
}

#[test]
fn only_typed_records_of_the_present_version_pass() {
    let mut room = Room::default();
    let name = collection(PEOPLE);
    assert_eq!(room.put_bytes(&name, "1", &[]), Verdict::Void(VoidReason::NotFound));
    room.install(PEOPLE.slot, AGES[3]).unwrap();
    let malformed = Verdict::Void(VoidReason::MalformedPayload);
    assert_eq!(room.put_bytes(&name, "1", b"anything"), malformed);
    let schema = PEOPLE.declared(&room).unwrap();
    let good = TypedRecord { version: 2, fields: fields(3, "Ann", 1) };
    let good = good.to_bytes(&schema).unwrap();
    for at in 0..good.len() {
        assert_eq!(room.put_bytes(&name, "1", &good[..at]), malformed, "cut at {at}");
    }
    assert_eq!(room.put_bytes(&name, "1", &[0, 2, 0]), malformed);
    let long = "k".repeat(129);
    assert_eq!(room.put_bytes(&name, &long, &good), Verdict::Void(VoidReason::OutOfRange));
    for other in ["store:a/b/people2", "store:a/people", "store:people", "store:"] {
        let verdict = room.put_bytes(other, "1", &good);
        assert_eq!(verdict, Verdict::Void(VoidReason::NotFound), "{other}");
    }
    assert!(room.put_bytes(&name, "1", &good).is_effective());
    assert_eq!(room.delete(PEOPLE, "2"), Verdict::Void(VoidReason::NotFound));
    assert!(room.delete(PEOPLE, "1").is_effective());
    room.check_indexes(PEOPLE.slot, PEOPLE.store);
}

#[test]
fn a_store_without_its_bundle_is_closed_and_remembered() {
    let mut room = Room::default();
    room.install(PEOPLE.slot, AGES[3]).unwrap();
    assert!(room.put(PEOPLE, "1", fields(3, "Ann", 1)).is_effective());
    room.clear(PEOPLE.slot);
    assert_eq!(PEOPLE.declared(&room), Err(VoidReason::NotFound));
    assert_eq!(room.delete(PEOPLE, "1"), Verdict::Void(VoidReason::NotFound));
    let refused = room.install(PEOPLE.slot, AGES[0]).unwrap_err().to_string();
    assert!(refused.contains("expected version 2 or 3, found 1"), "{refused}");
    room.install(PEOPLE.slot, AGES[4]).unwrap();
    assert_eq!(room.list(PEOPLE)[0].fields, Ok(person("Ann", 0)));
}

#[test]
fn a_refused_bundle_leaves_nothing() {
    let mut room = Room::default();
    room.install(PEOPLE.slot, AGES[0]).unwrap();
    let before = room.digest();
    let module = pluto_ecl::compile::compile("store people { name: int }").result.unwrap().1;
    let mut out = Effects::default();
    assert!(install(&room, PEOPLE.slot, Some(&module), &mut out).is_err());
    assert!(out.writes.is_empty());
    assert_eq!(room.digest(), before);
}

/// Numbers that are the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn indexes_stay_true_through_any_history() {
    for seed in 0..64 {
        let (mut draw, mut room, mut age) = (Draw(seed), Room::default(), 0);
        room.install(PEOPLE.slot, AGES[0]).unwrap();
        for _ in 0..60 {
            let key = draw.below(6).to_string();
            match draw.below(12) {
                0 if age + 1 < AGES.len() => {
                    age += 1;
                    room.install(PEOPLE.slot, AGES[age]).unwrap();
                }
                1..=3 => drop(room.delete(PEOPLE, &key)),
                _ => {
                    let name = ["", "Ann", "Bob", "Céline"][draw.below(4) as usize];
                    let number = i64::try_from(draw.below(5)).unwrap();
                    assert!(room.put(PEOPLE, &key, fields(age, name, number)).is_effective());
                }
            }
            room.check_indexes(PEOPLE.slot, PEOPLE.store);
        }
    }
}

#[test]
fn names_never_reach_into_another_store() {
    let mut room = Room::default();
    let source = "store people { name: text<64> index name }";
    let places = [("a", "b"), ("a/b", "b"), ("ab", "b"), ("a", "bb")];
    for (slot, store) in places {
        room.install(slot, &source.replace("people", store)).unwrap();
        let place = Place { slot, store };
        assert!(room.put(place, "k", vec![text(slot)]).is_effective());
        assert!(room.put(place, "", vec![text(store)]).is_effective());
    }
    for (slot, store) in places {
        let keys: Vec<_> =
            room.list(Place { slot, store }).into_iter().map(|found| found.key).collect();
        assert_eq!(keys, ["", "k"], "{slot}/{store}");
    }
}

#[test]
fn facts_without_stores_say_so() {
    let room = Room::default();
    let trust = |_: &dyn pluto_core::traits::StateView, _| pluto_core::trust::TrustVector([0; 6]);
    let facts = crate::StateFacts::new(&room, crate::Readers::of_trust(trust));
    assert_eq!(facts.record("people", 1, "x"), Err(Fault::NotSupported));
    assert_eq!(facts.balance(&super::room::author()), Err(Fault::UnknownEntity));
}
