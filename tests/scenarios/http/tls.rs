//! TLS by the real binary: whom it convinces, what is spoken over it, and what goes on when it changes.

use std::future::poll_fn;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use h3_quinn::quinn;
use hyper::body::Buf;
use pluto_tests::pluto_binary;
use pluto_tests::web::{Answered, Web, read_head};
use quinn::crypto::rustls::QuicClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use tempfile::TempDir;

use super::{address_of, pluto, served};

const FILES: &str = "[tls]\ncertificate = \"tls/cert.pem\"\nkey = \"tls/key.pem\"\n";
const LIVE: &str = "GET /v1/health/live";

/// A node that is served with a certificate, by a process of its own.
struct Secure {
    folder: TempDir,
    child: Child,
    address: SocketAddr,
}

impl Secure {
    /// With the certificate that `pluto cert dev` makes.
    fn with_dev(settings: &str) -> Self {
        Self::start(settings, |data| drop(pluto(data, &["cert", "dev"])))
    }

    fn start(settings: &str, certify: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d");
        pluto(&data, &["init"]);
        pluto(&data, &["realm", "create", "ops"]);
        certify(&data);
        std::fs::write(data.join("http.toml"), settings).unwrap();
        let mut command = Command::new(pluto_binary());
        let (child, mut out, started) = served(&data, command.stderr(Stdio::null()));
        // Whoever ends it reads no more, and it must not wait for that.
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        Self { folder, child, address: address_of(&started) }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("d").join(name)
    }

    fn authority(&self) -> String {
        std::fs::read_to_string(self.path("tls/dev-ca.pem")).unwrap()
    }

    fn token(&self, role: &str) -> String {
        let words = ["token", "new", "somebody", "--role", role];
        let made = pluto(&self.folder.path().join("d"), &words);
        format!("Bearer {}", made["token"].as_str().unwrap())
    }

    /// Ends the process, as an operator does.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Trusts these authorities and nobody else.
fn trusting(authorities: &[&str], protocols: &[&str]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn connect(address: SocketAddr, trust: &ClientConfig) -> std::io::Result<Stream> {
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(trust.clone()), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

fn ask(stream: Stream, head: &str, fields: &str) -> std::io::Result<Answered> {
    let mut reader = BufReader::new(stream);
    let text = format!("{head} HTTP/1.0\r\nHost: localhost\r\n{fields}\r\n");
    reader.get_mut().write_all(text.as_bytes())?;
    answered(&mut reader)
}

fn answered(reader: &mut impl BufRead) -> std::io::Result<Answered> {
    let (status, headers) = read_head(reader)?;
    let mut body = Vec::new();
    let _ = reader.read_to_end(&mut body);
    Ok(Answered { status, headers, body })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn whoever_trusts_the_authority_of_the_command_reaches_the_node() {
    let served = Secure::with_dev(FILES);
    let authority = served.authority();
    let stream = connect(served.address, &trusting(&[&authority], &[])).unwrap();
    let answer = ask(stream, LIVE, "").unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), None, "it would bar other servers");
    assert_eq!(answer.header("alt-svc"), None, "nobody asked for HTTP/3");
    // Whoever trusts another authority of the same name does not.
    let other = Secure::with_dev(FILES);
    let stranger = connect(served.address, &trusting(&[&other.authority()], &[]));
    assert!(stranger.is_err());
    // Unencrypted there is nothing, and nothing that leads elsewhere.
    let mut plain = Web::at(served.address).send(LIVE, &[], &[]).unwrap();
    let mut told = Vec::new();
    let _ = plain.read_to_end(&mut told);
    assert!(!told.starts_with(b"HTTP/"), "{told:?}");
    other.stop();
    served.stop();
}

#[test]
fn both_agree_on_what_is_spoken() {
    let served = Secure::with_dev(FILES);
    let authority = served.authority();
    for (offered, agreed) in
        [(&["h2", "http/1.1"][..], Some("h2")), (&["http/1.1"], Some("http/1.1")), (&[], None)]
    {
        let stream = connect(served.address, &trusting(&[&authority], offered)).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), agreed.map(str::as_bytes), "{offered:?}");
    }
    let strange = connect(served.address, &trusting(&[&authority], &["h3"]));
    assert!(strange.is_err(), "nothing that both speak over TCP");
    runtime().block_on(async {
        let trust = Arc::new(trusting(&[&authority], &["h2"]));
        let stream = tokio::net::TcpStream::connect(served.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = tokio_rustls::TlsConnector::from(trust).connect(name, stream).await.unwrap();
        let (asking, talking) = h2::client::handshake(stream).await.unwrap();
        let talking = tokio::spawn(talking);
        let uri = format!("https://localhost:{}/v1/health/live", served.address.port());
        let request = axum::http::Request::get(uri).body(()).unwrap();
        let (answer, _) = asking.ready().await.unwrap().send_request(request, true).unwrap();
        assert_eq!(answer.await.unwrap().status(), 200);
        talking.abort();
    });
    served.stop();
}

/// A certificate that `pluto cert dev` did not make; its authority.
fn certify(data: &Path) -> String {
    let mut authority = rcgen::CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let authority = authority.self_signed(&authority_key).unwrap();
    let names = vec!["localhost".to_owned(), "node.example".to_owned()];
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(names).unwrap();
    let leaf = leaf.signed_by(&key, &authority, &authority_key).unwrap();
    let folder = data.join("tls");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("cert.pem"), leaf.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    let owners = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.join("key.pem"), owners).unwrap();
    authority.pem()
}

#[test]
fn a_real_certificate_brings_transport_security_and_leads_there() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let redirect = free.local_addr().unwrap();
    drop(free);
    let settings = format!("hosts = [\"node.example\"]\nredirect = \"{redirect}\"\n{FILES}");
    let mut authority = String::new();
    let served = Secure::start(&settings, |data| authority = certify(data));
    let stream = connect(served.address, &trusting(&[&authority], &["http/1.1"])).unwrap();
    let answer = ask(stream, LIVE, "").unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000"));
    let port = served.address.port();
    for (host, status) in [("localhost", 308), ("node.example", 308), ("evil.example", 403)] {
        let answer = Web::at(redirect).call("GET /v1/status?a=b", &[("Host", host)], &[]);
        assert_eq!(answer.status, status, "{host}");
        let place = format!("https://{host}:{port}/v1/status?a=b");
        assert_eq!(answer.header("location"), (status == 308).then_some(place.as_str()));
        assert_eq!(answer.header("strict-transport-security"), None, "not over what is open");
    }
    served.stop();
}

/// A record in two halves.
fn record(value: &str) -> (String, String) {
    let record = json!({ "identity": "me", "collection": "notes", "key": "k", "value": value });
    let mut first = record.to_string();
    let second = first.split_off(first.len() / 2);
    (first, second)
}

#[test]
fn a_certificate_is_replaced_while_requests_are_under_way_and_none_is_lost() {
    let served = Secure::with_dev(FILES);
    let next = tempfile::tempdir().unwrap();
    pluto(next.path(), &["init"]);
    pluto(next.path(), &["cert", "dev"]);
    let now = served.authority();
    let then = std::fs::read_to_string(next.path().join("tls/dev-ca.pem")).unwrap();
    let both = trusting(&[&now, &then], &[]);
    // One request is half sent before the certificate changes.
    let (first, second) = record("before and after");
    let token = served.token("admin");
    let mut under_way = BufReader::new(connect(served.address, &trusting(&[&now], &[])).unwrap());
    let head = format!(
        "POST /v1/realms/ops/events HTTP/1.0\r\nHost: localhost\r\nAuthorization: {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{first}",
        first.len() + second.len()
    );
    under_way.get_mut().write_all(head.as_bytes()).unwrap();
    // Others come all the time.
    let (address, is_over) = (served.address, Arc::new(AtomicBool::new(false)));
    let (ends, trust) = (Arc::clone(&is_over), both.clone());
    let others = std::thread::spawn(move || {
        let mut count = 0;
        while !ends.load(Ordering::Relaxed) {
            let answer = connect(address, &trust).and_then(|stream| ask(stream, LIVE, "")).unwrap();
            assert!([200, 429].contains(&answer.status), "{}", answer.status);
            count += 1;
        }
        count
    });
    // In the order of the command: between the two, certificate and key do not fit.
    for name in ["tls/key.pem", "tls/cert.pem"] {
        std::fs::rename(next.path().join(name), served.path(name)).unwrap();
    }
    let new_alone = trusting(&[&then], &[]);
    while connect(served.address, &new_alone).is_err() {}
    assert!(connect(served.address, &trusting(&[&now], &[])).is_err(), "the one before is gone");
    under_way.get_mut().write_all(second.as_bytes()).unwrap();
    let answer = answered(&mut under_way).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json());
    is_over.store(true, Ordering::Relaxed);
    assert!(others.join().unwrap() > 0);
    served.stop();
}

/// A client over QUIC.
struct Http3 {
    asking: h3::client::SendRequest<h3_quinn::OpenStreams, axum::body::Bytes>,
    port: u16,
}

impl Http3 {
    async fn connect(address: SocketAddr, authority: &str) -> Self {
        let crypto = QuicClientConfig::try_from(trusting(&[authority], &["h3"])).unwrap();
        let mut endpoint = quinn::Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(crypto)));
        let connection = endpoint.connect(address, "localhost").unwrap().await.unwrap();
        let quic = h3_quinn::Connection::new(connection);
        let (mut driver, asking) = h3::client::new(quic).await.unwrap();
        tokio::spawn(async move { poll_fn(|cx| driver.poll_close(cx)).await });
        Self { asking, port: address.port() }
    }

    async fn call(&mut self, head: &str, fields: &[(&str, &str)], body: Vec<u8>) -> Answered {
        let (method, path) = head.split_once(' ').unwrap();
        let uri = format!("https://localhost:{}{path}", self.port);
        let mut request = axum::http::Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let mut asked = self.asking.send_request(request.body(()).unwrap()).await.unwrap();
        // Whoever is refused need not send all.
        let _ = asked.send_data(body.into()).await;
        let _ = asked.finish().await;
        let response = asked.recv_response().await.unwrap();
        let mut body = Vec::new();
        while let Some(mut data) = asked.recv_data().await.unwrap() {
            body.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
        let headers = response.headers().iter();
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        Answered { status: response.status().as_u16(), headers, body }
    }
}

#[test]
fn the_face_is_the_same_over_http_3() {
    let served = Secure::with_dev(&format!("{FILES}http3 = true\n"));
    let (authority, port) = (served.authority(), served.address.port());
    let stream = connect(served.address, &trusting(&[&authority], &[])).unwrap();
    let told = ask(stream, LIVE, "").unwrap();
    assert_eq!(told.header("alt-svc"), Some(format!("h3=\":{port}\"; ma=3600").as_str()));
    let (reader, admin) = (served.token("reader"), served.token("admin"));
    runtime().block_on(async {
        let mut client = Http3::connect(served.address, &authority).await;
        let live = client.call(LIVE, &[], vec![]).await;
        assert_eq!(live.status, 200);
        for name in ["content-security-policy", "ratelimit", "date", "vary"] {
            assert!(live.header(name).is_some(), "{name}");
        }
        let nobody = client.call("GET /v1/status", &[], vec![]).await;
        assert_eq!((nobody.status, nobody.code().as_str()), (401, "API-0101"));
        let status = client.call("GET /v1/status", &[("authorization", &reader)], vec![]).await;
        assert_eq!(status.status, 200);
        let elsewhere = [("origin", "https://evil.example")];
        assert_eq!(client.call(LIVE, &elsewhere, vec![]).await.code(), "API-0112");
        let (first, second) = record("over HTTP/3");
        let write = "POST /v1/realms/ops/events";
        let json = ("content-type", "application/json");
        for (token, status) in [(&reader, 403), (&admin, 200)] {
            let body = [first.as_bytes(), second.as_bytes()].concat();
            let answer = client.call(write, &[json, ("authorization", token)], body).await;
            assert_eq!(answer.status, status, "{}", answer.json());
        }
        let fields = [json, ("authorization", admin.as_str())];
        let large = client.call(write, &fields, vec![b' '; (1 << 20) + 1]).await;
        assert_eq!((large.status, large.code().as_str()), (413, "API-0022"));
    });
    served.stop();
}
