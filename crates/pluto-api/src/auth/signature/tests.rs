//! The signatures of RFC 9421 by Ed25519, and every way in which one of ours can be wrong.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::FieldType;

use super::*;
use crate::auth::test_data::{BODY, NONCE, NOW_MS, SignedRequest, signer};

/// Appendix B.1.4.
const KEY: &str = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";

fn rfc_key() -> [u8; 32] {
    STANDARD.decode(KEY).unwrap().try_into().unwrap()
}

fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// Base and verdict of a request that is signed by the key of the RFC.
fn checked(parts: &Parts) -> (String, bool) {
    let mut inputs = dictionary(parts, "signature-input").unwrap();
    let (label, ListEntry::InnerList(input)) = inputs.pop().unwrap() else { panic!() };
    let mut signatures = dictionary(parts, "signature").unwrap();
    let Some(ListEntry::Item(item)) = signatures.swap_remove(&label) else { panic!() };
    let BareItem::ByteSequence(signature) = item.bare_item else { panic!() };
    let base = Message::new(parts, true).base(&input).unwrap();
    let holds = verify_ed25519(&rfc_key(), base.as_bytes(), &signature);
    (base, holds)
}

#[test]
fn the_request_of_appendix_b_2_6_holds() {
    let headers = [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-length", "18"),
        (
            "signature-input",
            "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
             \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"",
        ),
        (
            "signature",
            "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPp\
             BKRCw==:",
        ),
    ];
    let (base, holds) = checked(&parts("POST", "/foo?param=Value&Pet=dog", &headers));
    let expected = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\
         \"@authority\": example.com\n\"content-type\": application/json\n\"content-length\": 18\n\
         \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
         \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    assert_eq!(base, expected);
    assert!(holds);
    assert!(!checked(&parts("PUT", "/foo?param=Value&Pet=dog", &headers)).1);
}

/// Appendix B.4: which changes on the way a signature outlives.
#[test]
fn the_requests_of_appendix_b_4_hold_or_not_as_they_should() {
    let signed = [
        (
            "signature-input",
            "transform=(\"@method\" \"@path\" \"@authority\" \"accept\");created=1618884473;\
             keyid=\"test-key-ed25519\"",
        ),
        (
            "signature",
            "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0\
             pmj3NDA==:",
        ),
    ];
    let holds = |method: &str, uri: &str, headers: &[(&str, &str)]| {
        checked(&parts(method, uri, &[headers, &signed].concat())).1
    };
    let (json, any) = (("accept", "application/json"), ("accept", "*/*"));
    let host = ("host", "example.org");
    assert!(holds("GET", "/demo?name1=Value1&Name2=value2", &[host, json, any]));
    assert!(holds("GET", "/demo?name1=Value1&Name2=value2&param=added", &[host, json, any]));
    assert!(holds("GET", "/demo", &[host, ("accept", "application/json, */*")]));
    assert!(holds("GET", "https://EXAMPLE.org:443/demo", &[json, any]));
    assert!(!holds("POST", "/demo", &[host, json, any]));
    assert!(!holds("GET", "/demo", &[("host", "example.com"), json, any]));
    assert!(!holds("GET", "/demo", &[host, any, json]));
}

#[test]
fn components_are_those_of_the_request() {
    // Sections 2.2.1 to 2.2.7.
    let parts = parts("POST", "/path?param=value&foo=bar", &[("host", "WWW.example.com:443")]);
    for (name, expected) in [
        ("@method", "POST"),
        ("@target-uri", "https://www.example.com/path?param=value&foo=bar"),
        ("@authority", "www.example.com"),
        ("@scheme", "https"),
        ("@request-target", "/path?param=value&foo=bar"),
        ("@path", "/path"),
        ("@query", "?param=value&foo=bar"),
    ] {
        let mut input = InnerList::new(Vec::new());
        input.items.push(sfv::Item::new(sfv::String::try_from(name.to_owned()).unwrap()));
        let base = Message::new(&parts, true).base(&input).unwrap();
        let params = vec![ListEntry::InnerList(input)].serialize().unwrap();
        assert_eq!(base, format!("\"{name}\": {expected}\n\"@signature-params\": {params}"));
    }
}

fn check(what: &str, request: &SignedRequest, expected: Result<(), &str>) {
    let (parts, body) = request.made();
    let found = Claimed::read(&parts, NOW_MS).and_then(|claimed| {
        claimed.verify(&parts, false, &signer().1)?;
        claimed.check_body(&parts, &body)
    });
    let found = found.map_err(|error| pluto_error::Coded::code(&error).id());
    assert_eq!(found, expected, "{what}");
}

#[test]
fn a_request_that_is_signed_as_it_must_be_holds() {
    check("with a body", &SignedRequest::post(), Ok(()));
    check("without", &SignedRequest::get(), Ok(()));
    let target = "\"@method\" \"@target-uri\"";
    check("by target", &SignedRequest { covered: target.into(), ..SignedRequest::get() }, Ok(()));
    let alg = format!(";created={};nonce=\"{NONCE}\";alg=\"ed25519\"", NOW_MS / 1000);
    check("alg", &SignedRequest { params: alg, ..SignedRequest::get() }, Ok(()));
}

#[test]
fn what_covers_too_little_does_not() {
    for covered in [
        "",
        "\"@path\" \"@query\" \"@authority\"",
        "\"@method\"",
        "\"@method\" \"@path\" \"@query\"",
        "\"@method\" \"@authority\" \"@path\"",
        "\"@method\" \"@authority\" \"@query\"",
    ] {
        let request = SignedRequest { covered: covered.into(), ..SignedRequest::get() };
        check(covered, &request, Err("API-0104"));
    }
    let no_digest = SignedRequest::get().covered;
    let request = SignedRequest { covered: no_digest, ..SignedRequest::post() };
    check("a body without digest", &request, Err("API-0104"));
}

#[test]
fn what_is_not_understood_or_is_changed_does_not() {
    let now_s = NOW_MS / 1000;
    let get = SignedRequest::get;
    let with = |params: String| SignedRequest { params, ..get() };
    let nonce = format!(";nonce=\"{NONCE}\"");
    check("no time", &with(nonce.clone()), Err("API-0103"));
    check("text as time", &with(format!(";created=\"{now_s}\"{nonce}")), Err("API-0103"));
    check("before 1970", &with(format!(";created=-1{nonce}")), Err("API-0103"));
    check("no nonce", &with(format!(";created={now_s}")), Err("API-0103"));
    check("short nonce", &with(format!(";created={now_s};nonce=\"1\"")), Err("API-0103"));
    let long = "x".repeat(NONCE_BYTES_MAX + 1);
    check("long nonce", &with(format!(";created={now_s};nonce=\"{long}\"")), Err("API-0103"));
    check("hmac", &with(format!(";created={now_s}{nonce};alg=\"hmac-sha256\"")), Err("API-0103"));
    let old = now_s - AGE_MS_MAX / 1000 - 1;
    check("old", &with(format!(";created={old}{nonce}")), Err("API-0105"));
    let ahead = now_s + AHEAD_MS_MAX / 1000 + 1;
    check("ahead", &with(format!(";created={ahead}{nonce}")), Err("API-0105"));
    check("over", &with(format!(";created={now_s};expires={now_s}{nonce}")), Err("API-0105"));
    for more in
        ["\"@query-param\";name=\"a\"", "\"@status\"", "\"x-absent\"", "\"@method\"", "\"Host\""]
    {
        let covered = format!("{} {more}", get().covered);
        check(more, &SignedRequest { covered, ..get() }, Err("API-0103"));
    }
    check("another key", &SignedRequest { seed: 2, ..get() }, Err("API-0103"));
    check("no did", &SignedRequest { key_id: "test-key".into(), ..get() }, Err("API-0103"));
    let body = SignedRequest { sent: b"{}".to_vec(), ..SignedRequest::post() };
    check("another body", &body, Err("API-0107"));
    let none = SignedRequest { sent: Vec::new(), ..SignedRequest::post() };
    check("no body", &none, Err("API-0107"));
    assert_ne!(BODY, b"{}");
}

#[test]
fn every_changed_part_of_a_request_is_found() {
    let (parts, _) = SignedRequest::post().made();
    let fails = |what: &str, change: &dyn Fn(&mut Parts)| {
        let mut changed = parts.clone();
        change(&mut changed);
        let found = Claimed::read(&changed, NOW_MS)
            .and_then(|claimed| claimed.verify(&changed, false, &signer().1));
        assert!(found.is_err(), "{what}");
    };
    fails("method", &|parts| parts.method = axum::http::Method::PUT);
    fails("path", &|parts| parts.uri = "/v1/other?a=1".parse().unwrap());
    fails("query", &|parts| parts.uri = "/v1/events?a=2".parse().unwrap());
    fails("host", &|parts| drop(parts.headers.insert("host", "other".parse().unwrap())));
    fails("digest", &|parts| {
        drop(parts.headers.insert("content-digest", "sha-256=:AAAA:".parse().unwrap()));
    });
    fails("signature", &|parts| drop(parts.headers.remove("signature")));
    fails("input", &|parts| drop(parts.headers.remove("signature-input")));
    fails("label", &|parts| drop(parts.headers.insert("signature", "b=:AAAA:".parse().unwrap())));
    fails("second", &|parts| {
        let input = parts.headers["signature-input"].to_str().unwrap().replace("sig=", "two=");
        parts.headers.append("signature-input", input.parse().unwrap());
    });
    fails("long", &|parts| {
        let long = format!("x=\"{}\"", "x".repeat(FIELD_BYTES_MAX));
        parts.headers.append("signature-input", long.parse().unwrap());
    });
}
