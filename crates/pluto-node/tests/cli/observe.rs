//! What a node tells: to a collector that speaks OTLP, into a file, and never a secret.

#[path = "observe/messages.rs"]
mod messages;

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use prost::Message;
use tracing_subscriber::layer::SubscriberExt;

use super::*;
use messages::{LogRecord, Logs, Metric, Metrics, Span, Traces, attribute};
use pluto_core::hex;
use pluto_node::observe::deliver::{Deliveries, Outlets};
use pluto_node::observe::layer::Telemetry;
use pluto_node::observe::otlp::Otlp;
use pluto_node::observe::post::Collector;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const SECRET: &str = "a-secret-that-nobody-tells";

/// What a collector was told.
#[derive(Default)]
struct Heard {
    spans: Vec<Span>,
    lines: Vec<LogRecord>,
    metrics: Vec<Metric>,
    services: Vec<String>,
    bytes: Vec<u8>,
}

/// A collector on a port of its own, until it is closed.
struct Receiver {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
    thread: JoinHandle<()>,
}

impl Receiver {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let hearing = Arc::clone(&heard);
        let thread = std::thread::spawn(move || {
            // A connection without a word closes the collector.
            while hear(&listener, &hearing) {}
        });
        Self { address, heard, thread }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn close(self) -> Heard {
        drop(TcpStream::connect(self.address).unwrap());
        self.thread.join().unwrap();
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

fn hear(listener: &TcpListener, heard: &Mutex<Heard>) -> bool {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut path, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        match line.split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            Some(("Content-Type", value)) => assert_eq!(value, "application/x-protobuf"),
            _ if line.is_empty() && path.is_empty() => return false,
            _ if line.is_empty() => break,
            _ if path.is_empty() => path = line.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let heard = &mut *heard.lock().unwrap();
    heard.bytes.extend(&body);
    let resource = match path.as_str() {
        "POST /v1/traces HTTP/1.1" => {
            let one = Traces::decode(&*body).unwrap().resources.remove(0);
            heard.spans.extend(one.scopes.into_iter().flat_map(|scope| scope.spans));
            one.resource
        }
        "POST /v1/logs HTTP/1.1" => {
            let one = Logs::decode(&*body).unwrap().resources.remove(0);
            heard.lines.extend(one.scopes.into_iter().flat_map(|scope| scope.lines));
            one.resource
        }
        "POST /v1/metrics HTTP/1.1" => {
            let one = Metrics::decode(&*body).unwrap().resources.remove(0);
            heard.metrics.extend(one.scopes.into_iter().flat_map(|scope| scope.metrics));
            one.resource
        }
        other => panic!("{other}"),
    };
    heard.services.push(attribute(&resource.unwrap().attributes, "service.name"));
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    true
}

/// Runs `pluto serve` over HTTP with these arguments, and gives what it answers to a request.
fn asked(pluto: &Pluto, arguments: &[&str], path: &str, headers: &str) -> String {
    let words = [&["--json", "serve", "--http", "127.0.0.1:0"], arguments].concat();
    let mut serving = pluto.command(&words).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(serving.stdout.take().unwrap());
    let mut shown = String::new();
    for line in said.lines() {
        let line = line.unwrap();
        shown.push_str(&line);
        if line == "}" {
            break;
        }
    }
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let url = shown["http"].as_str().unwrap();
    let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let id = serving.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    assert!(serving.wait().unwrap().success());
    answer
}

#[test]
fn a_collector_hears_spans_and_figures_in_the_trace_of_the_request() {
    let pluto = Pluto::begun();
    let receiver = Receiver::open();
    let headers = format!("traceparent: {TRACEPARENT}\r\ncookie: session={SECRET}\r\n");
    let file = pluto.path("trace.jsonl");
    let arguments = ["--otlp", &receiver.url(), "--trace-file", file.to_str().unwrap()];
    let answer = asked(&pluto, &arguments, "/v1/health/live", &headers);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let heard = receiver.close();

    assert!(heard.services.iter().all(|service| service == "pluto"));
    let request = heard.spans.iter().find(|span| span.name == "GET /v1/health/live").unwrap();
    assert_eq!(hex::text(&request.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(hex::text(&request.parent), "00f067aa0ba902b7");
    assert_eq!((request.kind, request.flags, request.id.len()), (2, 0x301, 8));
    assert!(request.begun > 0 && request.begun <= request.ended);
    let said = |key| attribute(&request.attributes, key);
    assert_eq!(said("http.route"), "/v1/health/live");
    assert_eq!(
        (said("http.request.method"), said("http.response.status_code")),
        ("GET".into(), "200".into())
    );
    let answer = heard.spans.iter().find(|span| span.name == "answer").unwrap();
    assert_eq!((&answer.trace, &answer.parent, answer.kind), (&request.trace, &request.id, 1));

    let metric = |name: &str| heard.metrics.iter().find(|metric| metric.name == name).unwrap();
    let live = metric("pluto_live").gauge.clone().unwrap();
    assert_eq!((live.points.len(), live.points[0].value), (1, 1));
    let lost = metric("pluto_telemetry_lost").sum.clone().unwrap();
    assert_eq!((lost.temporality, lost.is_monotonic), (2, true));
    assert!(lost.points[0].since > 0 && lost.points[0].since <= lost.points[0].at);

    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    assert!(of("span") >= 2 && of("metric") >= 6, "{text}");
    let same = lines.iter().find(|line| line["name"] == "GET /v1/health/live").unwrap();
    assert_eq!(same["span"], hex::text(&request.id));

    for secret in [SECRET, "a test"] {
        assert!(!text.contains(secret), "{text}");
        let found = heard.bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "a collector is told a secret");
    }
}

#[test]
fn what_is_refused_is_seen_and_counted() {
    let pluto = Pluto::begun();
    let receiver = Receiver::open();
    let headers = format!("traceparent: {TRACEPARENT}\r\nauthorization: Bearer {SECRET}\r\n");
    let path = format!("/v1/realms/{SECRET}?of={SECRET}");
    let answer = asked(&pluto, &["--otlp", &receiver.url()], &path, &headers);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let heard = receiver.close();
    let refused = heard.spans.iter().find(|span| span.name == "GET /v1/realms/{realm}").unwrap();
    assert_eq!(hex::text(&refused.parent), "00f067aa0ba902b7");
    let said = |key| attribute(&refused.attributes, key);
    assert_eq!(
        (said("http.response.status_code"), said("error.type")),
        ("401".into(), "API-0102".into())
    );
    let counted = heard.metrics.iter().rfind(|metric| metric.name == "pluto_http_problems");
    let point = counted.unwrap().sum.clone().unwrap().points.remove(0);
    assert_eq!((attribute(&point.attributes, "code"), point.value), ("API-0102".into(), 1));
    let found = heard.bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
    assert!(!found, "a collector is told a secret");
}

#[test]
fn a_collector_that_is_away_harms_no_node() {
    let pluto = Pluto::begun();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let answer = asked(&pluto, &["--otlp", &url], "/v1/health/ready", "");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let said = pluto.run(&["serve", "--otlp", "https://collector"]);
    assert_eq!((said.code, said.err.contains("NOD-0007")), (1, true), "{}", said.err);
}

#[test]
fn lines_of_the_log_arrive_in_their_span() {
    let receiver = Receiver::open();
    let (mut outlets, mut deliveries) = (Outlets::default(), Deliveries::default());
    let collector = Collector::parse(&receiver.url()).unwrap();
    deliveries.add(&mut outlets, Otlp::new(collector, "test".to_owned())).unwrap();
    let subscriber = tracing_subscriber::registry().with(Telemetry::new(outlets));
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("outer", traceparent = TRACEPARENT);
        let _in = span.enter();
        let inner = tracing::info_span!("inner", failed = tracing::field::Empty).entered();
        tracing::warn!(code = "NOD-0001", count = 3, is_new = true, "something happened");
        inner.record("failed", true);
        inner.record("failed", false);
    });
    drop(deliveries);
    let heard = receiver.close();
    let of = |name: &str| heard.spans.iter().find(|span| span.name == name).unwrap();
    let (outer, inner) = (of("outer"), of("inner"));
    assert_eq!((&inner.trace, &inner.parent), (&outer.trace, &outer.id));
    assert_eq!(attribute(&inner.attributes, "failed"), "false");
    assert!(outer.status.is_none());
    let line = &heard.lines[0];
    assert_eq!((line.severity, line.severity_text.as_str()), (13, "WARN"));
    let body = messages::Value::Text("something happened".to_owned());
    assert_eq!(line.body.clone().unwrap().value, Some(body));
    assert_eq!((&line.trace, &line.span), (&inner.trace, &inner.id));
    let said = |key| attribute(&line.attributes, key);
    assert_eq!(
        (said("code"), said("count"), said("is_new")),
        ("NOD-0001".into(), "3".into(), "true".into())
    );
    assert!(line.at > 0);
}
