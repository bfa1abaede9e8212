//! The stream: from the first event on, resumed, filtered, behind, stalled.

use std::io::{BufReader, Read};
use std::net::TcpStream;
use std::time::Duration;

use pluto_api::http::Bounds;
use pluto_core::payload::RecordPut;
use pluto_core::{Canonical, Kind};
use pluto_nervous_system::{Composer, Draft};
use pluto_node::node::Author;
use pluto_tests::web::{ADMIN, READER, Sent, read_event, read_head};

use serde_json::json;

use super::House;

fn open(house: &House, path: &str, last: Option<&str>) -> BufReader<TcpStream> {
    let mut headers = vec![("x-asks", READER)];
    headers.extend(last.map(|last| ("Last-Event-ID", last)));
    let stream = house.web.send(&format!("GET {path}"), &headers, &[]).unwrap();
    let mut reader = BufReader::new(stream);
    let (status, _) = read_head(&mut reader).unwrap();
    assert_eq!(status, 200);
    reader
}

fn next(reader: &mut BufReader<TcpStream>) -> Sent {
    read_event(reader).unwrap().unwrap()
}

#[test]
fn a_stream_goes_on_where_it_was_cut() {
    let house = House::open(Bounds::default());
    let count = house.written().0;
    let mut first = open(&house, "/v1/stream?after=0", None);
    let before: Vec<Sent> = (0..count).map(|_| next(&mut first)).collect();
    assert!(before.iter().all(|one| one.name == "event" && one.data["verdict"].is_string()));
    house.write_records(0, 3).unwrap();
    let live: Vec<Sent> = (0..3).map(|_| next(&mut first)).collect();
    assert_eq!(live[2].data["kind"], "RecordPut");
    drop(first);
    house.write_records(3, 2).unwrap();

    let mut resumed = open(&house, "/v1/stream", Some(&live[0].id));
    let after: Vec<Sent> = (0..4).map(|_| next(&mut resumed)).collect();
    assert_eq!(after[..2], live[1..], "nothing is missing, nothing comes twice");
    let until = format!("/v1/stream?after={}&until={}", live[0].id, live[2].id);
    let mut part = open(&house, &until, None);
    let names: Vec<String> =
        std::iter::from_fn(|| read_event(&mut part).unwrap()).map(|one| one.name).collect();
    assert_eq!(names, ["event", "event", "end"]);
}

#[test]
fn a_stream_shows_only_what_is_asked_for() {
    let house = House::open(Bounds::default());
    house.write_records(0, 2).unwrap();
    let end = open(&house, "/v1/stream?after=0&kind=RecordPut&realm=ops", None);
    let mut end = end;
    let found = [next(&mut end), next(&mut end)];
    assert!(found.iter().all(|one| one.data["kind"] == "RecordPut"));
    let by = format!("/v1/stream?after=0&until={}&author={}", found[1].id, house.bot);
    let mut nobody = open(&house, &by, None);
    assert_eq!(next(&mut nobody).name, "end", "the agent wrote nothing");
}

#[test]
fn whoever_falls_behind_is_told_what_was_missed() {
    let house = House::open(Bounds { lag_bytes: 8 * 1024, ..Bounds::default() });
    let mut live = open(&house, "/v1/stream", None);
    house.write_records(0, 1).unwrap();
    let first = next(&mut live);
    assert_eq!(first.name, "event", "a small step is no lag");
    house.write_runs(512).unwrap();
    let mut last = first.id;
    let lag = loop {
        let sent = next(&mut live);
        if sent.name == "lag" {
            break sent;
        }
        last = sent.id;
    };
    assert_eq!(lag.data["from"], last);
    house.write_records(1_000, 1).unwrap();
    // The second run may be another step that is too long.
    let goes_on = std::iter::repeat_with(|| next(&mut live)).take(4).any(|one| one.name == "event");
    assert!(goes_on, "the stream goes on");
    let mut missed = open(&house, lag.data["read"].as_str().unwrap(), None);
    let count = std::iter::from_fn(|| read_event(&mut missed).unwrap())
        .filter(|sent| sent.name == "event")
        .count();
    assert!((1..=512).contains(&count), "{count}");
}

#[test]
fn a_client_that_takes_nothing_loses_the_stream_and_not_its_place() {
    let house = House::open(Bounds { stall: Duration::from_millis(200), ..Bounds::default() });
    house.write_runs(20_000).unwrap();
    let all = house.written().0;
    let mut stalled = open(&house, "/v1/stream?after=0", None);
    // The stream ends when what the sockets hold is full; others are served meanwhile.
    let mut buffer = [0; 1];
    let _ = stalled.get_ref().peek(&mut buffer);
    while house.web.get(READER, "/v1/status").status != 200 {}
    let mut taken = 0;
    let mut last = String::new();
    let full = loop {
        match read_event(&mut stalled) {
            Ok(Some(sent)) if sent.name == "event" => {
                (taken, last) = (taken + 1, sent.id);
                if taken == all {
                    break true;
                }
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break false,
        }
    };
    if !full {
        let mut resumed = open(&house, "/v1/stream", Some(&last));
        while taken < all {
            assert_eq!(next(&mut resumed).name, "event");
            taken += 1;
        }
    }
    assert_eq!(taken, all);
    let _ = stalled.get_mut().read(&mut buffer);
}

/// A signed run of that many records by an identity that knows what the draft knows.
fn run_of(house: &House, name: &str, draft: Draft, count: usize) -> Vec<u8> {
    let (keys, realm) = (house.keys(), house.realm());
    let secret = keys.get(name).unwrap();
    let mut composer = Composer::resume(realm, secret.did(), draft);
    let put = RecordPut { collection: "notes".into(), key: b"k".to_vec(), value: b"v".to_vec() };
    let one = |_| composer.compose(secret.did(), Kind::RecordPut, &put.encode(), 1);
    Author::new(secret).sign((0..count).map(one).collect()).unwrap().encode()
}

#[test]
fn events_that_change_their_places_are_told_with_the_first_of_them() {
    let house = House::open(Bounds::default());
    // Whoever writes for the first time introduces itself, which is no part of this.
    let act = json!({ "identity": "bot", "action": "read", "resource": "prod" });
    assert_eq!(house.web.send_json(ADMIN, "POST /v1/realms/ops/act", &act).status, 200);
    let mut live = open(&house, "/v1/stream?realm=ops", None);
    // Two who know nothing of each other: the second one's event stands before the last of the first.
    let runs = [("me", 2), ("bot", 1)].map(|(name, count)| {
        let did = house.keys().get(name).unwrap().did();
        let draft = house.node.system().draft(house.realm(), did).unwrap();
        run_of(&house, name, draft, count)
    });
    let [_, late] = runs.map(|run| house.web.send_bytes(ADMIN, "POST /v1/events", &run));
    assert_eq!(late.status, 200, "{}", late.json());
    let late = late.json();
    let moved = std::iter::repeat_with(|| next(&mut live)).find(|one| one.name == "reorganised");
    let moved = moved.unwrap();
    assert_eq!(moved.id, "", "it is in no log");
    assert_eq!(moved.data, json!({ "realm": house.realm().to_string(), "from": late["position"] }));
}

#[test]
fn streams_end_when_the_node_stops_serving() {
    let house = House::open(Bounds::default());
    let mut live = open(&house, "/v1/stream", None);
    drop(house.web);
    assert!(read_event(&mut live).unwrap().is_none());
}
