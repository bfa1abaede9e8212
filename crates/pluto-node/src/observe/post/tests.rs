//! Addresses of collectors, and what they answer.

use std::net::TcpListener;

use super::*;

#[test]
fn an_address_is_read_or_refused() {
    let parsed = |text: &str| {
        let collector = Collector::parse(text).unwrap();
        (collector.authority, collector.prefix)
    };
    let is = |authority: &str, prefix: &str| (authority.to_owned(), prefix.to_owned());
    assert_eq!(parsed("http://127.0.0.1:4318"), is("127.0.0.1:4318", ""));
    assert_eq!(parsed("http://collector"), is("collector:4318", ""));
    assert_eq!(parsed("http://[::1]/"), is("[::1]:4318", ""));
    assert_eq!(parsed("http://[::1]:80/otlp/"), is("[::1]:80", "/otlp"));
    for bad in [
        "",
        "127.0.0.1:4318",
        "https://a",
        "http://",
        "http://a:b",
        "http://u:p@a",
        "http://a/\r\nX: y",
    ] {
        assert!(Collector::parse(bad).is_err(), "{bad}");
    }
}

/// What a collector that answers this is understood to say.
fn answered(answer: &'static str) -> Posted {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\nbody") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(head).unwrap()
    });
    let posted = Collector::parse(&address).unwrap().post("/v1/traces", b"body");
    let head = serving.join().unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Length: 4\r\n"), "{head}");
    posted
}

#[test]
fn the_status_says_what_becomes_of_it() {
    assert_eq!(answered("HTTP/1.1 200 OK\r\n\r\n"), Posted::Taken);
    assert_eq!(answered("HTTP/1.1 503 Busy\r\n\r\n"), Posted::Later);
    assert_eq!(answered("HTTP/1.1 400 No\r\n\r\n"), Posted::Refused);
    assert_eq!(answered("no HTTP at all"), Posted::Later);
    assert_eq!(answered(""), Posted::Later);
}

#[test]
fn a_collector_that_is_away_may_come_later() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(Collector::parse(&address).unwrap().post("/v1/logs", b""), Posted::Later);
}
