//! Realms beside each other: on two nodes that share nothing but files, on a node that runs, and where
//! nothing must be written.

use serde_json::Value;

use super::{Pluto, copy, serving};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn events(pluto: &Pluto) -> u64 {
    pluto.json(&["status"])["events"].as_u64().unwrap()
}

/// Two realms on one node, of one creator, each with a time; bob is a member of the first.
fn two_realms() -> Pluto {
    let pluto = Pluto::new();
    pluto.ok(&["init"]);
    pluto.ok(&["id", "create", "bob"]);
    for realm in ["east", "west"] {
        pluto.ok(&["realm", "create", realm]);
        pluto.ok(&["checkpoint", "--sign-as", "me", "--realm", realm]);
    }
    pluto.ok(&["event", "append", "notes", "a", "b", "--realm", "east", "--as", "bob"]);
    pluto
}

#[test]
fn two_nodes_know_of_each_other_by_files_alone() {
    let here = two_realms();
    let there = Pluto::new();
    copy(&here.path("node"), &there.path("node"));
    let send = |name: &str, from: &Pluto, to: &Pluto| {
        std::fs::copy(from.path(name), to.path(name)).unwrap();
    };

    // A child elsewhere: there only the file tells of the adoption.
    here.ok(&["realm", "rules", "set", "max_payload=4096", "--realm", "east"]);
    here.ok(&["realm", "child", "adopt", "west", "--realm", "east"]);
    here.ok(&["realm", "child", "prove", "west", "--realm", "east", "--out", "east.proof"]);
    send("east.proof", &here, &there);
    let child = there.json(&["realm", "inherit", "--proof", "east.proof", "--realm", "west"]);
    assert_eq!((text(&child, "level"), &child["holds"]["max_payload"]), ("virtual", &4096.into()));
    let old = there.run(&["realm", "inherit", "--proof", "east.proof", "--realm", "west"]);
    assert!(old.err.contains("NOD-0026") && old.err.contains("newer rules"), "{}", old.err);

    // And over: out here, in there, and the receipt back.
    let out = ["crossing", "open", "--to", "west", "--realm", "east", "--as", "bob"];
    let opened = here.json(&[&out[..], &["--out", "exit.proof"]].concat());
    send("exit.proof", &here, &there);
    let enter = ["crossing", "enter", "exit.proof", "--realm", "west", "--as", "bob"];
    let entered = there.json(&[&enter[..], &["--out", "entry.proof"]].concat());
    assert_eq!(entered["crossing"], opened["crossing"]);
    send("entry.proof", &there, &here);
    let confirm = ["crossing", "confirm", "entry.proof", "--realm", "east", "--as", "bob"];
    assert_eq!(here.json(&confirm)["crossing"], opened["crossing"]);
    let crossing = text(&opened, "crossing");
    let receipts = here.json(&["crossing", "show", crossing]);
    let kinds: Vec<&str> =
        receipts.as_array().unwrap().iter().map(|r| text(r, "receipt")).collect();
    assert_eq!(kinds, ["exit", "confirmation"]);
    assert!(there.ok(&["realm", "members", "--realm", "west"]).contains("bob"));
}

#[test]
fn a_forged_file_writes_nothing() {
    let pluto = two_realms();
    let open = ["crossing", "open", "--to", "west", "--realm", "east", "--as", "bob"];
    pluto.ok(&[&open[..], &["--out", "exit.proof"]].concat());
    // Bob is known in the realm already: whoever is not is introduced first.
    pluto.ok(&["event", "append", "notes", "a", "b", "--realm", "west", "--as", "bob"]);
    let good = std::fs::read(pluto.path("exit.proof")).unwrap();
    let before = events(&pluto);
    let enter = ["crossing", "enter", "forged.proof", "--realm", "west", "--as", "bob"];
    for at in (0..good.len()).step_by(good.len() / 24) {
        let mut forged = good.clone();
        forged[at] ^= 1;
        std::fs::write(pluto.path("forged.proof"), &forged).unwrap();
        let said = pluto.run(&enter);
        assert_ne!(said.code, 0, "byte {at}: {}", said.out);
        assert_eq!(events(&pluto), before, "byte {at}");
    }
    std::fs::write(pluto.path("forged.proof"), &good).unwrap();
    pluto.ok(&enter);
    assert_eq!(events(&pluto), before + 1);
}

#[test]
fn a_running_node_takes_the_same_words() {
    let pluto = two_realms();
    serving(&pluto, || {
        pluto.ok(&["realm", "rules", "set", "max_events=5", "--realm", "west"]);
        let rules = pluto.json(&["realm", "rules", "show", "--realm", "west"]);
        assert_eq!(rules["holds"]["max_events"]["capacity"], 5);
        pluto.ok(&["realm", "child", "create", "below", "--realm", "west"]);
        pluto.ok(&["room", "open", "board", "--realm", "west"]);
        let step = ["saga", "start", "--step", "do it", "--realm", "west"];
        let saga = pluto.json(&step);
        let report = ["saga", "report", text(&saga, "saga"), "running", "--realm", "west"];
        assert_eq!(pluto.json(&report)["next"]["what"], "take");
        let proposal = pluto.json(&["proposal", "create", "Words", "--realm", "west"]);
        let id = text(&proposal, "proposal");
        assert_eq!(pluto.json(&["proposal", "vote", id, "yes", "--realm", "west"])["ballots"], 1);
        // Files are where the caller stands.
        let open = ["crossing", "open", "--to", "west", "--realm", "east", "--as", "bob"];
        pluto.ok(&[&open[..], &["--out", "exit.proof"]].concat());
        assert!(pluto.path("exit.proof").exists());
        pluto.ok(&["crossing", "enter", "exit.proof", "--realm", "west", "--as", "bob"]);
        // A quarantine is the answer to whoever asks, and nothing is written.
        pluto.ok(&["realm", "quota", "quarantine", "bob", "--until", "24h", "--realm", "west"]);
        let before = events(&pluto);
        for word in ["check", "act"] {
            let said = pluto.run(&[word, "read", "notes", "--realm", "west", "--as", "bob"]);
            assert_eq!(said.code, 4, "{}", said.err);
            let told = "outcome  deny\nreason   the actor is in quarantine until ";
            assert!(said.out.starts_with(told), "{}{}", said.out, said.err);
        }
        assert_eq!(events(&pluto), before);
    });
}

#[test]
fn a_case_is_named_by_others_and_closed_by_its_owner() {
    let pluto = two_realms();
    let east = ["--realm", "east"];
    let open = ["saga", "open", "permits/17", "--by", "anybody", "--within", "400d"];
    let opened = pluto.json(&[&open[..], &east].concat());
    assert_eq!((&opened["about"], &opened["next"]["what"]), (&"permits/17".into(), &"name".into()));
    let bob = ["--realm", "east", "--as", "bob"];
    let name = ["saga", "name", "permits/17", "T02 Check"];
    assert_eq!(pluto.json(&[&name[..], &bob].concat())["next"]["what"], "take");
    let early = pluto.run(&[&["saga", "close", "permits/17"][..], &east].concat());
    assert!(early.err.contains("NOD-0026"), "{}", early.err);
    pluto.ok(&[&["saga", "report", "permits/17", "done"][..], &bob].concat());
    let taken = ["saga", "name", "permits/17", "T04 Determine", "--taken"];
    pluto.ok(&[&taken[..], &bob].concat());
    let before = events(&pluto);
    let foreign = pluto.run(&[&["saga", "close", "permits/17"][..], &bob].concat());
    assert!(foreign.err.contains("its owner gives up and closes"), "{}", foreign.err);
    assert_eq!(events(&pluto), before);
    let closed = pluto.json(&[&["saga", "close", "permits/17"][..], &east].concat());
    let said: Vec<(&str, &str)> = closed["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (text(step, "action"), text(step, "status")))
        .collect();
    assert_eq!(said, [("T02 Check", "done"), ("T04 Determine", "done")]);
    assert_eq!(closed["status"], "completed");
    let shown = pluto.ok(&["saga", "show", "permits/17", "--realm", "east"]);
    assert!(shown.contains("step 2    done         T04 Determine, bob"), "{shown}");

    // Steps of a plan that only a holder of a credential reports.
    let step = "check permits/18 undo reopen by Group 4";
    let start = ["saga", "start", "--step", step, "--within", "90d"];
    let started = pluto.json(&[&start[..], &east].concat());
    assert_eq!(started["steps"][0]["reporter"], "Group 4");
    let report = ["saga", "report", text(&started, "saga"), "running"];
    let refused = pluto.run(&[&report[..], &bob].concat());
    assert!(refused.err.contains("its reporters report"), "{}", refused.err);
    pluto.ok(&[&["credential", "issue", "bob", "Group 4"][..], &east].concat());
    assert_eq!(pluto.json(&[&report[..], &bob].concat())["next"]["what"], "take");
}
