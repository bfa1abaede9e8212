//! A node that joins after an erasure, as its operator meets it.

use std::ops::ControlFlow;

use pluto_core::LogPosition;
use pluto_nervous_system::event_bus::Source;
use pluto_node::node::Node;

use super::Pluto;

/// A node with a payload of a sealed epoch erased.
fn erased() -> Pluto {
    let pluto = Pluto::new();
    pluto.ok(&["init"]);
    pluto.ok(&["realm", "create", "register"]);
    pluto.ok(&["realm", "witness", "set", "me"]);
    let note = pluto.json(&["event", "append", "people", "1", "Ada Lovelace"]);
    let note = note["event"].as_str().unwrap();
    pluto.ok(&["event", "append", "people", "1", "gone"]);
    pluto.ok(&["checkpoint", "--sign-as", "me"]);
    pluto.ok(&["archive", "seal"]);
    pluto.ok(&["archive", "erase", "--event", note, "--reason", "asked for"]);
    pluto.ok(&["checkpoint", "--sign-as", "me"]);
    assert!(pluto.ok(&["event", "show", note]).contains("erased"));
    pluto
}

fn node_of(pluto: &Pluto) -> Node {
    Node::open(&pluto.path("node"), &|_| {}).unwrap()
}

/// Brings what the log of one node has to another one, as sync does.
fn carry(from: &Pluto, to: &Pluto) {
    let (from, to) = (node_of(from), node_of(to));
    let mut visit = |_: LogPosition, run: &[u8]| {
        to.system().submit(Source::Peer(1), run.to_vec()).unwrap().wait().unwrap();
        ControlFlow::Continue(())
    };
    from.system().log().scan(LogPosition(0), &mut visit).unwrap();
    from.stop().unwrap();
    to.stop().unwrap();
}

/// The state root of the realm `register`.
fn root_of(pluto: &Pluto) -> String {
    let node = node_of(pluto);
    let realm = node.realm(Some("register")).unwrap();
    node.snapshot(realm).unwrap().roots().state.to_string()
}

#[test]
fn who_joins_after_an_erasure_is_told_so_and_takes_over_the_footing() {
    let (had, joined) = (erased(), Pluto::new());
    joined.ok(&["init"]);
    carry(&had, &joined);
    assert_ne!(root_of(&joined), root_of(&had));
    let status = joined.json(&["status"]);
    let realm = &status["signed_otherwise"][0]["realm"];
    assert!(realm.is_string(), "{status}");
    let differs = joined.shown(&["realm", "witness", "show", "--realm", "register"]);
    assert!(differs.contains("pluto archive footing import"), "{differs}");

    let nothing =
        joined.run(&["archive", "footing", "export", "--out", "f", "--realm", "register"]);
    assert!(nothing.err.contains("NOD-0003"), "{}", nothing.err);
    had.ok(&["archive", "footing", "export", "--out", "register.footing"]);
    let bytes = std::fs::read(had.path("register.footing")).unwrap();
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    std::fs::write(joined.path("damaged.footing"), damaged).unwrap();
    std::fs::write(joined.path("register.footing"), bytes).unwrap();
    let import = |file| joined.shown(&["archive", "footing", "import", file]);
    insta::assert_snapshot!([import("damaged.footing"), import("register.footing")].concat());

    assert_eq!(root_of(&joined), root_of(&had));
    assert_eq!(joined.json(&["status"])["signed_otherwise"], serde_json::json!([]));
    assert_eq!(had.json(&["status"])["signed_otherwise"], serde_json::json!([]));
    joined.ok(&["fsck", "--rebuild"]);
    assert_eq!(root_of(&joined), root_of(&had));
}
