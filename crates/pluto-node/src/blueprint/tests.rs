//! Descriptions become blueprints with one encoding; parts that a blueprint must not have are refused.

use std::path::Path;

use pluto_core::payload::RecordDeleted;
use pluto_realm::RuleSet;
use pluto_realm::lattice::AtLeast;

use super::*;

const DESCRIPTION: &str = r#"{
    "name": "permits", "version": 2,
    "rules": { "min_retention_days": 30, "required_attestations": ["auditor"] },
    "rooms": [{ "place": "desk", "rules": { "members_only": true } }],
    "policies": [{ "slot": "admission", "file": "permits.ecl" }],
    "records": [{ "collection": "notes", "key": "a", "value": "b" }],
    "sagas": [{ "timeout_hours": 24, "steps": [
        { "action": "stock:reserve", "resource": "depot", "amount": 5, "compensation": "stock:release" },
        { "action": "stock:ship", "resource": "depot" }
    ]}]
}"#;

fn compile(file: &Path) -> pluto_error::Result<Vec<u8>> {
    assert_eq!(file, Path::new("permits.ecl"));
    Ok(vec![1, 2, 3])
}

fn permits() -> Blueprint {
    described(DESCRIPTION.as_bytes(), None, &compile).unwrap()
}

#[test]
fn a_description_becomes_parts_in_order() {
    let blueprint = permits();
    let kinds: Vec<Kind> = blueprint.parts.iter().map(Part::kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::RealmLifecycle,
            Kind::RoomChange,
            Kind::PolicyInstalled,
            Kind::RecordPut,
            Kind::SagaProgress
        ]
    );
    let Part::Rules(RealmLifecycle::Rules(RuleSet { min_retention_ms, .. })) = &blueprint.parts[0]
    else {
        panic!("rules first");
    };
    assert_eq!(*min_retention_ms, AtLeast(30 * 86_400_000));
}

#[test]
fn there_is_one_encoding() {
    let blueprint = Blueprint { parent: Some(BlobId([7; 32])), ..permits() };
    let bytes = blueprint.encode();
    assert_eq!(Blueprint::decode(&bytes).as_ref(), Ok(&blueprint));
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        if let Ok(other_one) = Blueprint::decode(&other) {
            assert_eq!(other_one.encode(), other, "byte {at}");
            assert_ne!(other_one, blueprint);
        }
        assert!(Blueprint::decode(&bytes[..at]).is_err(), "{at} bytes");
    }
}

#[test]
fn parts_about_one_realm_alone_are_refused() {
    let gone = RecordDeleted { collection: "notes".into(), key: vec![1] };
    let adopt = RealmLifecycle::Adopt(pluto_core::RealmId([1; 32]));
    let empty = PolicyInstalled { slot: "admission".into(), artifact: Vec::new() };
    for (kind, payload) in [
        (Kind::RecordDeleted, gone.encode()),
        (Kind::RealmLifecycle, adopt.encode()),
        (Kind::PolicyInstalled, empty.encode()),
        (Kind::MembershipChange, Vec::new()),
    ] {
        assert!(Part::of(kind.number().0, &payload).is_err(), "{kind:?}");
    }
}

#[test]
fn a_description_that_does_not_fit_is_refused() {
    for (from, to) in [
        ("\"version\": 2", "\"version\": 0"),
        ("\"permits\"", "\"\""),
        ("\"rooms\"", "\"rules2\""),
        ("desk", "Desk/"),
        ("stock:ship", ""),
    ] {
        let text = DESCRIPTION.replace(from, to);
        assert!(described(text.as_bytes(), None, &compile).is_err(), "{to}");
    }
    assert!(described(br#"{ "name": "a", "version": 1 }"#, None, &compile).is_err(), "no part");
}

#[test]
fn golden_blueprint() {
    let golden = "../../docs/formats/golden/blueprint-v1.bin";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(golden);
    let bytes = Blueprint { parent: Some(BlobId([7; 32])), ..permits() }.encode();
    if std::env::var_os("PLUTO_BLESS").is_some() {
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(std::fs::read(path).unwrap(), bytes);
}
