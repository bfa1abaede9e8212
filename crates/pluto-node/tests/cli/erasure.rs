//! Payloads erased twice in a realm with a witness: their bytes are nowhere on the disk, what came after is
//! proven as before, what came before says why it is not.

use std::path::Path;

use serde_json::Value;

use super::Pluto;

/// A person's name is written, overwritten, sealed in an epoch, and erased; gives its event.
fn erase(pluto: &Pluto, key: &str, name: &str) -> String {
    let at = |command: &[&str]| pluto.ok(&[command, &["--realm", "register"]].concat());
    let written = pluto.json(&["event", "append", "people", key, name, "--realm", "register"]);
    let event = written["event"].as_str().unwrap().to_owned();
    at(&["event", "append", "people", key, "gone"]);
    at(&["checkpoint", "--sign-as", "me"]);
    at(&["archive", "seal"]);
    at(&["archive", "erase", "--event", &event, "--reason", "asked for"]);
    at(&["checkpoint", "--sign-as", "me"]);
    event
}

/// A decision that a checkpoint covers.
fn decide(pluto: &Pluto) -> String {
    let said = pluto.run(&["--json", "act", "read", "register/people", "--realm", "register"]);
    let answer: Value = serde_json::from_str(&said.out).unwrap();
    pluto.ok(&["checkpoint", "--sign-as", "me", "--realm", "register"]);
    answer["decision"].as_str().unwrap().to_owned()
}

fn prove(pluto: &Pluto, decision: &str) {
    pluto.ok(&["prove", decision, "--out", "proof.pluto", "--realm", "register"]);
    pluto.ok(&["verify", "proof.pluto"]);
}

/// The files below a directory in which a text stands.
fn files_with(dir: &Path, text: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if std::fs::read(&path).unwrap().windows(text.len()).any(|w| w == text.as_bytes()) {
            found.push(path);
        }
    }
    found
}

#[test]
fn what_was_erased_is_nowhere_and_what_came_after_is_proven() {
    let pluto = Pluto::new();
    pluto.ok(&["init"]);
    pluto.ok(&["realm", "create", "register"]);
    pluto.ok(&["realm", "witness", "set", "me", "--realm", "register"]);
    let node = pluto.path("node");
    let ada = erase(&pluto, "1", "Ada Lovelace");
    let first = decide(&pluto);
    prove(&pluto, &first);
    let grace = erase(&pluto, "2", "Grace Hopper");
    let second = decide(&pluto);
    for event in [&ada, &grace] {
        let shown = pluto.ok(&["event", "show", event, "--realm", "register"]);
        assert!(shown.contains("erased: asked for") && shown.contains("effective"), "{shown}");
        let told = pluto.json(&["event", "show", event, "--realm", "register"]);
        assert!(told["payload"].is_null() && told["erased"] == "asked for", "{told}");
    }
    for name in ["Ada Lovelace", "Grace Hopper"] {
        assert!(files_with(&node, name).is_empty(), "{name}");
    }
    // The chain of witnesses leads over a border that no fold comes to any more.
    prove(&pluto, &second);
    let roots = pluto.ok(&["realm", "list"]);
    std::fs::remove_dir_all(node.join("store/index")).unwrap();
    assert_eq!(pluto.ok(&["realm", "list"]), roots);
    prove(&pluto, &second);
    let late = pluto.run(&["prove", &first, "--out", "late.pluto", "--realm", "register"]);
    assert!(late.err.contains("(DCN-0003"), "{}", late.err);
    let genesis = pluto.json(&["event", "log", "--realm", "register"]);
    let genesis = genesis.as_array().unwrap()[0]["event"].as_str().unwrap();
    let needed = ["archive", "erase", "--event", genesis, "--reason", "no", "--realm", "register"];
    assert!(pluto.run(&needed).err.contains("(NOD-0007"));
}
