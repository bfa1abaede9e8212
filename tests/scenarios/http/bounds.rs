//! What is refused, and how: nothing that a client sends is answered by a 5xx.

use pluto_api::http::{BLOB_BYTES_MAX, Bounds, JSON_BYTES_MAX, Takes, routes};
use pluto_tests::web::{ADMIN, READER};
use serde_json::json;

use super::House;

#[test]
fn nothing_that_is_sent_is_answered_by_a_fault_of_the_node() {
    let house = House::open(Bounds::default());
    let long = "a".repeat(3_000);
    let words = [
        "x",
        "..%2F..%2Fkeys",
        "%00",
        "%ff",
        "%F0%9F%92%A9",
        "ops",
        "0",
        "hex:zz",
        "member:nobody",
        "18446744073709551616",
        &long,
    ];
    for route in routes().iter().filter(|route| route.name != "stream" && route.name != "set_mode")
    {
        for word in words {
            let mut path = String::new();
            for part in route.path.split('/').skip(1) {
                let part = if part.starts_with('{') { word } else { part };
                path.push_str(&format!("/{part}"));
            }
            let head = format!("{} {path}", route.method.as_str());
            let bodies: &[&[u8]] = match route.takes {
                Takes::Nothing => &[b""],
                Takes::Json(_) => {
                    &[b"", b"{", b"[]", b"{\"x\":1}", b"\xff", b"{\"source\":\"\\u0000\"}"]
                }
                Takes::Bytes(_) => &[b"", b"nonsense", b"PLUTOBDL\x01\xff\xff\xff\xff"],
            };
            for body in bodies {
                let answer = match route.takes {
                    Takes::Bytes(_) => house.web.send_bytes(ADMIN, &head, body),
                    _ => {
                        let headers = [("x-asks", ADMIN), ("Content-Type", "application/json")];
                        house.web.call(&head, &headers, body)
                    }
                };
                let told = String::from_utf8_lossy(&answer.body);
                let shown: String = told.chars().take(300).collect();
                assert!(answer.status < 500, "{head} {:?}: {} {shown}", body, answer.status);
                assert!(answer.status > 0, "{head}: no answer");
                if answer.status >= 400 {
                    assert!(!answer.code().is_empty(), "{head}: {shown}");
                }
            }
        }
    }
}

#[test]
fn bodies_queries_and_cursors_have_bounds() {
    let house = House::open(Bounds::default());
    let web = &house.web;
    let check = |answer: pluto_tests::web::Answered, status: u16, code: &str| {
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    };
    let head = "POST /v1/policies/compile";
    let long = json!({ "source": "x".repeat(JSON_BYTES_MAX) });
    check(web.send_json(READER, head, &long), 413, "API-0022");
    check(web.send_bytes(ADMIN, "POST /v1/blobs", &vec![0; BLOB_BYTES_MAX + 1]), 413, "API-0022");
    let json = [("x-asks", READER), ("Content-Type", "application/json")];
    check(web.call(head, &json, "[".repeat(100_000).as_bytes()), 400, "API-0023");
    check(web.call(head, &json, br#"{"source":"","more":1}"#), 400, "API-0023");
    check(web.send_bytes(READER, head, b"{}"), 415, "API-0024");
    check(web.get(READER, "/v1/nowhere"), 404, "API-0020");
    let wrong = web.call("DELETE /v1/realms", &[("x-asks", ADMIN)], &[]);
    assert_eq!(wrong.header("allow"), Some("GET, HEAD"));
    check(wrong, 405, "API-0021");
    check(web.get(READER, "/v1/realms?limits=1"), 400, "API-0025");
    check(web.get(READER, "/v1/realms?limit=0"), 400, "API-0025");
    check(web.get(READER, "/v1/realms?limit=1&limit=2"), 400, "API-0025");
    check(web.get(READER, "/v1/realms?cursor=nonsense"), 400, "API-0026");
    let events = web.get(READER, "/v1/realms/ops/events?limit=1").json();
    let cursor = events["next"].as_str().unwrap();
    check(web.get(READER, &format!("/v1/realms?cursor={cursor}")), 400, "API-0026");
    check(web.get(READER, "/v1/realms/nothing"), 404, "NOD-0003");
    check(web.get(READER, "/v1/stream?after=100-7"), 400, "NOD-0007");
    check(web.get(READER, "/v1/stream?after=x"), 400, "API-0025");
}

#[test]
fn a_blob_is_given_in_part_and_nothing_else_is() {
    let house = House::open(Bounds::default());
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_be_bytes()[3]).collect();
    let kept = house.web.send_bytes(ADMIN, "POST /v1/blobs", &bytes).json();
    let path = format!("GET /v1/blobs/{}", kept["blob"].as_str().unwrap());
    let part = |range| house.web.call(&path, &[("x-asks", READER), ("Range", range)], &[]);
    let middle = part("bytes=1048570-2097160");
    assert_eq!(middle.status, 206);
    assert_eq!(middle.header("content-range"), Some("bytes 1048570-2097160/3000000"));
    assert_eq!(middle.body, bytes[1_048_570..2_097_161]);
    assert_eq!(part("bytes=-5").body, bytes[2_999_995..]);
    assert_eq!(
        (part("bytes=3000000-").status, part("bytes=3000000-").code().as_str()),
        (416, "API-0027")
    );
    let whole = house.web.call(&path, &[("x-asks", READER)], &[]);
    assert_eq!((whole.status, whole.body.len()), (200, bytes.len()));
    for name in ["..%2F..%2Fkeys", "..", "%2e%2e%2fkeys", "/etc/passwd", "manifest-00"] {
        let answer = house.web.get(READER, &format!("/v1/blobs/{name}"));
        assert!(matches!(answer.status, 400 | 404), "{name}: {}", answer.status);
    }
}

#[test]
fn a_write_that_is_sent_twice_is_done_once() {
    let house = House::open(Bounds::default());
    let send = |key: &str, value: &str| {
        let headers =
            [("x-asks", ADMIN), ("Content-Type", "application/json"), ("Idempotency-Key", key)];
        let body = json!({ "collection": "notes", "key": "one", "value": value });
        house.web.call("POST /v1/realms/ops/events", &headers, body.to_string().as_bytes())
    };
    let (first, count) = (send("a", "1"), house.written().0);
    let again = send("a", "1");
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(house.written().0, count);
    let other = send("a", "2");
    assert_eq!((other.status, other.code().as_str()), (422, "API-0028"));
    assert_eq!(send("b", "2").status, 200);
    assert_eq!(house.written().0, count + 1);
}

#[test]
fn a_key_signs_for_whom_it_belongs_to() {
    let house = House::open(Bounds::default());
    let body = |identity: Option<&str>| json!({ "identity": identity, "collection": "notes", "key": "one", "value": "1" });
    let write = |who: &str, identity| {
        house.web.send_json(who, "POST /v1/realms/ops/events", &body(identity))
    };
    let me = format!("writer {}", house.me);
    assert_eq!(write(&me, None).status, 200);
    assert_eq!(write(&me, Some("me")).status, 200);
    for (who, identity) in [
        (me.as_str(), Some("bot")),
        ("writer somebody", None),
        ("writer somebody", Some("me")),
        ("writer me", Some("me")),
    ] {
        let answer = write(who, identity);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "NOD-0050"),
            "{who} {identity:?}"
        );
    }
    let closed = House::over(Bounds::default(), false);
    let answer = closed.web.send_json(ADMIN, "POST /v1/realms/ops/events", &body(None));
    assert_eq!((answer.status, answer.code().as_str()), (403, "NOD-0050"));
    let offered = closed.web.call("GET /v1/capabilities", &[], &[]).json();
    assert_eq!(offered["missing"][0]["feature"], "intents");
}
