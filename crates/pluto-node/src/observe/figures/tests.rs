//! Figures as Prometheus reads them.

use std::collections::BTreeMap;

use pluto_core::payload::{Admission, RealmGenesis, RecordPut};
use pluto_core::{Canonical, Kind, Namespace};
use pluto_identity::{IdentitySecret, Rotation, SecretSeed};
use pluto_storage::{LogOptions, Store};

use super::*;
use crate::node::Author;

/// Reads the text format: names with their type, and values by name and labels.
fn read(text: &str) -> (BTreeMap<&str, &str>, BTreeMap<&str, u64>) {
    let (mut types, mut values) = (BTreeMap::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, measure) = rest.split_once(' ').unwrap();
            assert!(["gauge", "counter"].contains(&measure), "{line}");
            assert!(types.insert(name, measure).is_none(), "{line}");
        } else if !line.starts_with("# HELP ") {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            assert!(types.contains_key(name), "{line}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
            assert!(sample == name || sample.ends_with("\"}"), "{line}");
            assert!(values.insert(sample, value.parse().unwrap()).is_none(), "{line}");
        }
    }
    (types, values)
}

#[test]
fn a_node_shows_what_prometheus_reads_and_counts_go_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), LogOptions::default()).unwrap();
    let node = Node::start(store, &|_| {}).unwrap();
    let before = prometheus(&figures(&node));
    let (types, values) = read(&before);
    assert_eq!((values["pluto_live"], values["pluto_ready"]), (1, 1));
    assert_eq!(values["pluto_mode{mode=\"normal\"}"], 1);
    assert_eq!(types["pluto_component_events"], "counter");
    assert!(!before.contains("component="));

    let seed = SecretSeed::from([1; 32]);
    let secret = IdentitySecret::from_seed(seed, Namespace::Person, Rotation::Never);
    let author = Author::new(&secret);
    let genesis = RealmGenesis {
        name: "home".into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: secret.inception().clone(),
    };
    let realm = author.open_realm(&node, &genesis).unwrap();
    for _ in 0..3 {
        let put = RecordPut { collection: "c".into(), key: Vec::new(), value: Vec::new() };
        author.write(&node, realm, Kind::RecordPut, &put.encode()).unwrap();
    }
    // The node counts behind its commits; stopping it lets the hub finish.
    node.stop().unwrap();
    let after = prometheus(&figures(&node));
    let (_, values) = read(&after);
    let of_realm = format!("pluto_realm_events{{realm=\"{realm}\"}}");
    assert_eq!(values[of_realm.as_str()], 4, "{after}");
    assert_eq!(values["pluto_component_events{component=\"KvStore\",verdict=\"effective\"}"], 3);
}

#[test]
fn labels_are_escaped() {
    let row = Row { labels: vec![("a", "x\"\\\n".to_owned())], value: 1 };
    let text = prometheus(&[Figure::gauge("pluto_test", "", "Test.").rows([row])]);
    assert_eq!(text.lines().last(), Some("pluto_test{a=\"x\\\"\\\\\\n\"} 1"));
    read(&text);
}
