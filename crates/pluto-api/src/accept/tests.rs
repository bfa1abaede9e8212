//! Real connections: what is spoken, what is bounded, and what is never logged.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Extension;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use pluto_error::Coded;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::auth::test_data::{SignedRequest, public, token};
use crate::auth::{
    Authenticator, ByRole, Gate, Issuer, Need, TokenKey, TokenKeys, Tokens, gate as gate_,
};
use crate::browsers::{Browsers, browsers};
use crate::limits::{Limits, Rates};
use crate::principal::Role;
use crate::tls::dev;

struct Served {
    address: SocketAddr,
    stop: Stop,
    task: JoinHandle<()>,
}

async fn served(bounds: Bounds, router: Router, tls: Option<Arc<Tls>>) -> Served {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), Stop::new());
    let listener = match tls {
        None => Listener::Tcp(listener),
        Some(tls) => Listener::Tls(listener, tls),
    };
    let task = tokio::spawn(serve(listener, router, bounds, stop.clone()));
    Served { address, stop, task }
}

pub(super) fn who() -> Router {
    Router::new().route("/", get(async |Extension(peer): Extension<Peer>| format!("{peer:?}")))
}

async fn talked<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_knows_the_connection_it_came_by() {
    let served = served(Bounds::default(), who(), None).await;
    let answer = talked(TcpStream::connect(served.address).await.unwrap(), GET).await;
    assert!(answer.contains("is_encrypted: false"), "{answer}");
    served.stop.cancel();
    served.task.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let listener = Listener::Local(UnixListener::bind(&path).unwrap());
    let stop = Stop::new();
    let task = tokio::spawn(serve(listener, who(), Bounds::default(), stop.clone()));
    let answer = talked(UnixStream::connect(&path).await.unwrap(), GET).await;
    assert!(answer.ends_with("Local"), "{answer}");
    stop.cancel();
    task.await.unwrap();
}

/// A certificate in files, and a client that trusts it and nothing else.
pub(super) fn certificate() -> (tempfile::TempDir, Arc<Tls>, rustls::ClientConfig) {
    use std::os::unix::fs::PermissionsExt;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let made = dev::make(&["localhost".to_owned()], now.as_secs() as i64).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, &made.certificate).unwrap();
    std::fs::write(&key, made.key.as_bytes()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let tls = Arc::new(Tls::load(&certificate, &key).unwrap());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(made.authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (folder, tls, config)
}

async fn over_tls(address: SocketAddr, mut config: rustls::ClientConfig) -> TlsStream<TcpStream> {
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn tls_agrees_on_http_2_and_speaks_it() {
    let (_folder, tls, trusting) = certificate();
    let served = served(Bounds::default(), who(), Some(tls)).await;
    let mut stream = over_tls(served.address, trusting).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "SETTINGS");
    served.stop.cancel();
    served.task.await.unwrap();
}

pub(super) const SOON: Duration = Duration::from_millis(100);

fn hasty() -> Bounds {
    Bounds { head: SOON, drain: SOON, ..Bounds::default() }
}

/// For clients that must get through a handshake, however busy the machine is.
pub(super) fn brisk() -> Bounds {
    Bounds { head: Duration::from_secs(2), drain: SOON, ..Bounds::default() }
}

#[tokio::test]
async fn whoever_says_nothing_or_too_slowly_is_let_go() {
    let (_folder, tls, _) = certificate();
    let plain = served(hasty(), who(), None).await;
    let secret = served(hasty(), who(), Some(tls)).await;
    for (address, said) in [
        (plain.address, ""),
        (plain.address, "GET / HT"),
        (plain.address, "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "),
        // Done with one, and silent about the next.
        (plain.address, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (secret.address, ""),
        (secret.address, "\x16\x03\x01"),
    ] {
        let stream = TcpStream::connect(address).await.unwrap();
        // It ends: whoever is not let go would hold this test for ever.
        let answer = talked(stream, said).await;
        assert_eq!(answer.contains("200 OK"), said.ends_with("\r\n\r\n"), "{answer}");
    }
    plain.stop.cancel();
    secret.stop.cancel();
    plain.task.await.unwrap();
    secret.task.await.unwrap();
}

/// A route that takes a body of 1 KiB within a time.
pub(super) fn takes_a_body(within: Duration) -> Router {
    let take = async move |request: axum::extract::Request| {
        let (parts, body) = request.into_parts();
        match crate::intake::read(&parts, body, 1024, within).await {
            Ok(bytes) => bytes.into_response(),
            Err(error) => (error.status(), error.code().id()).into_response(),
        }
    };
    Router::new().route("/", get(async || "here").post(take))
}

/// Byte after byte, each in time, as long as somebody takes them.
pub(super) async fn dribble<F: Future<Output = bool>>(mut next: impl FnMut() -> F) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    loop {
        ticks.tick().await;
        if !next().await {
            return;
        }
    }
}

#[tokio::test]
async fn heads_and_bodies_that_dribble_are_let_go_over_http_1() {
    let served = served(hasty(), takes_a_body(SOON), None).await;
    let body = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
    for (said, expected) in [("GET / HTTP/1.1\r\nX-A: ", ""), (body, "408 Request Timeout")] {
        let (mut reading, writing) = TcpStream::connect(served.address).await.unwrap().into_split();
        let writing = tokio::sync::Mutex::new(writing);
        writing.lock().await.write_all(said.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = async {
            let _ = reading.read_to_string(&mut answer).await;
        };
        let writing = dribble(async || writing.lock().await.write_all(b"a").await.is_ok());
        // It ends: whoever is not let go would hold this test for ever.
        tokio::select! { () = read => {}, () = writing => {} }
        assert!(answer.contains(expected), "{answer}");
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    served.stop.cancel();
    served.task.await.unwrap();
}

/// One frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], bytes].concat()
}

#[tokio::test]
async fn heads_and_bodies_that_dribble_are_let_go_over_http_2() {
    let (_folder, tls, trusting) = certificate();
    let served = served(brisk(), takes_a_body(SOON), Some(tls)).await;
    // A head that never ends: while it goes on, no other frame may, so no ping is answered.
    let stream = over_tls(served.address, trusting.clone()).await;
    let (mut reading, mut writing) = tokio::io::split(stream);
    writing.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let (settings, begun) = (frame(4, 0, 0, &[]), frame(1, 0, 1, &[0x82]));
    writing.write_all(&[settings, begun].concat()).await.unwrap();
    let writing = tokio::sync::Mutex::new(writing);
    let (more, mut rest) = (frame(9, 0, 1, &[0x84]), Vec::new());
    tokio::select! {
        _ = reading.read_to_end(&mut rest) => {}
        () = dribble(async || writing.lock().await.write_all(&more).await.is_ok()) => {}
    }
    // A body that never ends, from a client that does everything else as it should.
    let stream = over_tls(served.address, trusting).await;
    let (asking, talking) = h2::client::handshake(stream).await.unwrap();
    let talking = tokio::spawn(talking);
    let mut asking = asking.ready().await.unwrap();
    let request = Request::post("https://localhost/").body(()).unwrap();
    let (answer, mut body) = asking.send_request(request, false).unwrap();
    let writing = dribble(|| std::future::ready(body.send_data("a".into(), false).is_ok()));
    let status = tokio::select! {
        answer = answer => answer.unwrap().status(),
        () = writing => panic!("the body was refused before the answer came"),
    };
    assert_eq!(status, 408);
    // The others on the connection are answered meanwhile and afterwards.
    let request = Request::get("https://localhost/").body(()).unwrap();
    let (answer, _) = asking.send_request(request, true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    drop((asking, body));
    served.stop.cancel();
    served.task.await.unwrap();
    let _ = talking.await.unwrap();
}

#[tokio::test]
async fn there_are_as_many_connections_as_there_may_be() {
    let bounds = Bounds { of_address_max: 2, ..Bounds::default() };
    let served = served(bounds, who(), None).await;
    let keep = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(keep.as_bytes()).await.unwrap();
        stream.read_exact(&mut [0; 8]).await.unwrap();
        kept.push(stream);
    }
    let mut third = TcpStream::connect(served.address).await.unwrap();
    let _ = third.write_all(keep.as_bytes()).await;
    assert!(!matches!(third.read(&mut [0; 8]).await, Ok(1..)), "no place");
    drop(kept.pop());
    // The place is free when the server has seen the end.
    loop {
        let mut next = TcpStream::connect(served.address).await.unwrap();
        let _ = next.write_all(keep.as_bytes()).await;
        if matches!(next.read(&mut [0; 8]).await, Ok(1..)) {
            break;
        }
    }
    served.stop.cancel();
    served.task.await.unwrap();
}

#[tokio::test]
async fn what_never_ends_is_ended_after_its_bound() {
    let router = Router::new().route("/", get(async || std::future::pending::<()>().await));
    let served = served(hasty(), router, None).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(GET.as_bytes()).await.unwrap();
    tokio::task::yield_now().await;
    served.stop.cancel();
    served.task.await.unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
}

/// Writes down everything that anybody logs, at every level.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>, Arc<AtomicU64>);

impl tracing::field::Visit for Everything {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{field}={value:?}");
    }
}

impl tracing::Subscriber for Everything {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(self.1.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let _ = writeln!(self.0.lock().unwrap(), "{}", event.metadata().name());
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

fn guarded() -> Router {
    let mut keys = TokenKeys::default();
    let (issuer, audience) = ("https://a.example".to_owned(), "node".to_owned());
    let issuer = Issuer { issuer, audience, role_max: Role::Admin };
    keys.add("k", TokenKey::Ed25519(public(1)), issuer).unwrap();
    let tokens = Tokens { keys, revoked: ["revoked-SECRET".to_owned()].into() };
    let gate = Gate {
        authenticator: Arc::new(Authenticator::new(Arc::new(()), tokens)),
        authoriser: Arc::new(ByRole),
        needs: Box::new(|parts| {
            let (route, role) = (parts.uri.path().to_owned(), Some(Role::Writer));
            Need { route, role, scope: None, mutates: false, body_bytes_max: 0 }
        }),
        rates: Rates::default(),
        limits: Limits::default(),
        now_ms: Box::new(|| crate::auth::test_data::NOW_MS),
    };
    who()
        .layer(from_fn_with_state(Arc::new(gate), gate_))
        .layer(from_fn_with_state(Arc::new(Browsers::default()), browsers))
}

/// Every token, nonce and header below ends in SECRET, or is made of something that does.
#[test]
fn no_secret_is_in_any_log() {
    let everything = Everything::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let claims = json!({ "iss": "https://a.example", "sub": "a", "aud": "node", "exp": 2_000_000_000,
        "role": "writer", "jti": "id-SECRET" });
    let header = json!({ "alg": "EdDSA", "kid": "k" });
    let (good, bad) = (token(1, &header, &claims), token(2, &header, &claims));
    let revoked = token(
        1,
        &header,
        &json!({ "iss": "https://a.example", "sub": "a", "aud": "node",
        "exp": 2_000_000_000, "jti": "revoked-SECRET" }),
    );
    let (signed, _) = SignedRequest::get().nonce("nonce-SECRET").made();
    let field = |name: &str| signed.headers[name].to_str().unwrap().to_owned();
    let signatures = [field("signature-input"), field("signature")];
    let heads = [
        format!("Authorization: Bearer {good}"),
        format!("Authorization: Bearer {bad}"),
        format!("Authorization: Bearer {revoked}"),
        "Authorization: Bearer SECRET".to_owned(),
        "Authorization: Basic SECRET".to_owned(),
        format!("Signature-Input: {}\r\nSignature: {}", signatures[0], signatures[1]),
        "Signature-Input: SECRET\r\nSignature: SECRET".to_owned(),
        "Idempotency-Key: SECRET\r\nCookie: SECRET".to_owned(),
        "Origin: https://SECRET.example".to_owned(),
        "Broken SECRET".to_owned(),
    ];
    let answers = tracing::subscriber::with_default(everything.clone(), || {
        runtime.block_on(async {
            let served = served(Bounds::default(), guarded(), None).await;
            let mut answers = String::new();
            for head in &heads {
                let text = GET.replace("\r\n\r\n", &format!("\r\n{head}\r\n\r\n"));
                let stream = TcpStream::connect(served.address).await.unwrap();
                answers.push_str(&talked(stream, &text).await);
            }
            served.stop.cancel();
            served.task.await.unwrap();
            answers
        })
    });
    assert!(answers.contains("200 OK") && answers.contains("API-0102"), "{answers}");
    let log = everything.0.lock().unwrap();
    assert!(log.contains("API-0102") && log.contains("API-0103"), "something is logged: {log}");
    let secrets = [&good, &bad, &revoked, &signatures[1]].into_iter().flat_map(|secret| {
        // Neither whole nor in its telling part.
        [secret.as_str(), &secret[secret.len() - 20..]]
    });
    for secret in secrets.chain(["SECRET"]) {
        assert!(!log.contains(secret), "{secret}: {log}");
        assert!(!answers.contains(secret), "{secret}: {answers}");
    }
}
