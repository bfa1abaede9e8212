//! Effects are carried out, all or none, and records keep their indexes.

use pluto_core::policy::{Effect, EffectKind, Value};
use pluto_core::traits::{Effects, StateView};
use pluto_core::{Canonical, Component, VoidReason};

use super::*;
use crate::store_engine::room::{Room, event};

const PEOPLE: &str = "store people { name: text<64> age: int index name }
policy open on custom (key: text<64>) { require present(people[key]) }";

fn put(key: &str, name: &str) -> Effect {
    let fields = vec![
        ("key".to_owned(), Value::Text(key.to_owned())),
        ("name".to_owned(), Value::Text(name.to_owned())),
        ("age".to_owned(), Value::Int(1)),
    ];
    Effect { kind: EffectKind::Put, name: "people".into(), fields }
}

fn delete(key: &str) -> Effect {
    let fields = vec![("key".to_owned(), Value::Text(key.to_owned()))];
    Effect { kind: EffectKind::Delete, name: "people".into(), fields }
}

#[test]
fn one_decision_may_write_a_record_more_than_once() {
    let mut room = Room::default();
    room.install("s", PEOPLE).unwrap();
    let mut out = Effects::default();
    let asked = [put("a", "Ann"), put("a", "Bob"), put("b", "Bob"), delete("b"), delete("c")];
    apply(&room, "s", &event(1), &asked, &mut out).unwrap();
    room.take(out);
    assert_eq!(room.found("s", "people", "name", &Value::Text("Ann".into())), [""; 0]);
    assert_eq!(room.found("s", "people", "name", &Value::Text("Bob".into())), ["a"]);
    room.check_indexes("s", "people");
}

#[test]
fn what_cannot_be_carried_out_is_void() {
    let mut room = Room::default();
    room.install("s", PEOPLE).unwrap();
    let check = |slot: &str, asked: &[Effect], expected| {
        let found = apply(&room, slot, &event(1), asked, &mut Effects::default());
        assert_eq!(found, Err(expected));
    };
    check("other", &[put("a", "Ann")], VoidReason::NotFound);
    check("s", &[put(&"k".repeat(129), "Ann")], VoidReason::OutOfRange);
    check("s", &[put("a", &"n".repeat(65))], VoidReason::MalformedPayload);
    let many: Vec<Effect> = (0..65).map(|at| put(&at.to_string(), "x")).collect();
    check("s", &many, VoidReason::OutOfRange);
}

#[test]
fn an_audit_is_an_entry_and_an_emission_a_fact() {
    let fields = vec![("amount".to_owned(), Value::Int(5))];
    let audit = Effect { kind: EffectKind::Audit, name: String::new(), fields: fields.clone() };
    let emit = Effect { kind: EffectKind::Emit, name: "moved".into(), fields };
    let mut out = Effects::default();
    let mut room = Room::default();
    apply(&room, "admission", &event(1), &[audit, emit], &mut out).unwrap();
    assert_eq!(out.facts[0].text, "admission emits moved { amount: 5 }");
    room.take(out);
    let key = audit_key(&event(1).id, "admission", 0);
    let record = AuditRecord::decode(&room.get(Component::EclPolicy, &key).unwrap()).unwrap();
    assert_eq!(record.fields, [("amount".to_owned(), "5".to_owned())]);
    assert_eq!(AuditRecord::decode(&record.encode()).unwrap(), record);
}
