//! Whose key a signature may name.

use std::collections::BTreeSet;

use pluto_api::principal::Role;
use pluto_core::Namespace;
use pluto_core::payload::{Admission, RealmGenesis};
use pluto_identity::IdentitySecret;
use pluto_storage::LogOptions;

use super::*;
use crate::node::{Author, Node, Store};

fn opened(dir: &std::path::Path) -> Arc<Node> {
    let store = Store::open(dir, LogOptions::default()).unwrap();
    Arc::new(Node::start(store, &|_| {}).unwrap())
}

fn realm(author: &Author<'_>, node: &Node, name: &str) -> RealmId {
    let genesis = RealmGenesis {
        name: name.into(),
        admission: Admission::Open,
        trust_roots: Vec::new(),
        creator: author.secret().inception().clone(),
    };
    author.open_realm(node, &genesis).unwrap()
}

fn somebody() -> IdentitySecret {
    IdentitySecret::generate(Namespace::Person).unwrap()
}

fn setting(did: String, realm: Option<&str>) -> IdentityConfig {
    let scopes = BTreeSet::from(["events:write".to_owned()]);
    IdentityConfig { did, role: "writer".into(), scopes, realm: realm.map(str::to_owned) }
}

#[test]
fn keys_are_those_that_are_active_now() {
    let data = tempfile::tempdir().unwrap();
    let node = opened(data.path());
    let secret = somebody();
    let author = Author::new(&secret);
    let one = realm(&author, &node, "one");
    let two = realm(&author, &node, "two");
    let did = secret.did().to_string();
    let fixed = DidKey(somebody().key_pair_at(0).public_key());
    let settings = [setting(did.clone(), None), setting(fixed.to_string(), None)];
    let known = Identities::of(Arc::clone(&node), &settings).unwrap();
    let found = known.find(&did).unwrap();
    assert_eq!(found.key, secret.key_pair_at(0).public_key());
    assert_eq!((found.principal.name.as_str(), found.principal.role), (did.as_str(), Role::Writer));
    let event = identity(&node, one, secret.did()).unwrap().unwrap().key_event;
    assert!(known.find(&format!("{did}#{event}")).is_some());
    assert!(known.find(&format!("{did}#other")).is_none());
    assert_eq!(known.find(&fixed.to_string()).unwrap().key, fixed.0);
    assert!(known.find(&format!("{fixed}#{}", multibase(fixed))).is_some());
    assert!(known.find(&format!("{fixed}#")).is_none());
    // Nobody who was not named, however good their key.
    let stranger = somebody();
    assert!(known.find(&DidKey(stranger.key_pair_at(0).public_key()).to_string()).is_none());
    // Rotated in one realm: which key is active depends on whom one asks.
    author.catch_up(&node, one, 1).unwrap();
    assert!(known.find(&did).is_none());
    for (realm, index) in [("one", 1), ("two", 0)] {
        let setting = [setting(did.clone(), Some(realm))];
        let known = Identities::of(Arc::clone(&node), &setting).unwrap();
        assert_eq!(known.find(&did).unwrap().key, secret.key_pair_at(index).public_key());
    }
    author.catch_up(&node, two, 1).unwrap();
    assert_eq!(known.find(&did).unwrap().key, secret.key_pair_at(1).public_key());
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let node = opened(data.path());
    let did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK".to_owned();
    let fine = setting(did.clone(), None);
    for bad in [
        vec![setting("did:web:a.example".into(), None)],
        vec![fine.clone(), fine.clone()],
        vec![IdentityConfig { role: "root".into(), ..fine.clone() }],
        vec![setting("did:erynoa:self:11111111111111111111111111111111".into(), Some("none"))],
    ] {
        assert!(Identities::of(Arc::clone(&node), &bad).is_err(), "{bad:?}");
    }
}
