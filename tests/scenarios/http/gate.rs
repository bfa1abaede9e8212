//! What stands before the face, by the real binary: who asks, from where, how often, and what is never said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pluto_api::http::{Access, Route, routes};
use pluto_api::principal::Role;
use pluto_core::traits::Signer;
use pluto_identity::{KeyPair, Keystore, Passphrase};
use pluto_node::node::keystore_path;
use pluto_tests::pluto_binary;
use pluto_tests::web::{Answered, Web, read_head};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PASSPHRASE, address_of, pluto, served};

/// A node that is served by a process of its own.
pub(super) struct Served {
    folder: TempDir,
    child: Child,
    out: BufReader<ChildStdout>,
    started: Value,
    web: Web,
    keys: KeyPair,
}

impl Served {
    fn start() -> Self {
        Self::start_with("")
    }

    /// With more settings.
    pub(super) fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d");
        pluto(&data, &["init"]);
        pluto(&data, &["realm", "create", "ops"]);
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let keystore = Keystore::open(&keystore_path(&data), &passphrase).unwrap();
        let keys = keystore.get("me").unwrap().key_pair();
        let settings = format!(
            "origins = [\"https://page.example\"]\n[[identity]]\ndid = \"{}\"\nrole = \"writer\"\n{more}",
            keys.did()
        );
        std::fs::write(data.join("http.toml"), settings).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(pluto_binary());
        let (child, out, started) = served(&data, command.env("RUST_LOG", "trace").stderr(log));
        let web = Web::at(address_of(&started));
        Self { folder, child, out, started, web, keys }
    }

    /// Where it is served.
    pub(super) fn url(&self) -> &str {
        self.started["http"].as_str().unwrap()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("d")
    }

    /// A new token with its id, by the command.
    pub(super) fn token(&self, role: &str, more: &[&str]) -> (String, String) {
        let words = [&["token", "new", "somebody", "--role", role], more].concat();
        let made = pluto(&self.data(), &words);
        (made["token"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
    }

    /// Asks with a token, or without.
    fn ask(&self, head: &str, token: Option<&str>) -> Answered {
        let value = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = value.iter().map(|value| ("Authorization", value.as_str())).collect();
        self.web.call(head, &headers, &[])
    }

    /// Asks over the administrator's socket.
    fn ask_locally(&self, head: &str) -> Answered {
        let mut stream = UnixStream::connect(self.data().join("http.sock")).unwrap();
        let text = format!("{head} HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let (status, headers) = read_head(&mut reader).unwrap();
        let mut body = Vec::new();
        reader.read_to_end(&mut body).unwrap();
        Answered { status, headers, body }
    }

    /// The fields of a request that is signed by the owner's key.
    fn sign(&self, head: &str, nonce: &str, body: &[u8]) -> Vec<(&'static str, String)> {
        let (method, path) = head.split_once(' ').unwrap();
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut lines = format!(
            "\"@method\": {method}\n\"@authority\": {}\n\"@path\": {path}\n",
            self.web.address
        );
        let mut covered = "\"@method\" \"@authority\" \"@path\"".to_owned();
        let mut fields = Vec::new();
        if !body.is_empty() {
            let value = format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)));
            lines.push_str(&format!("\"content-digest\": {value}\n"));
            covered.push_str(" \"content-digest\"");
            fields.push(("Content-Digest", value));
            fields.push(("Content-Type", "application/json".to_owned()));
        }
        let did = self.keys.did();
        let input = format!("({covered});created={created};nonce=\"{nonce}\";keyid=\"{did}\"");
        lines.push_str(&format!("\"@signature-params\": {input}"));
        let signature = STANDARD.encode(self.keys.sign(lines.as_bytes()).unwrap().0);
        fields.push(("Signature-Input", format!("sig={input}")));
        fields.push(("Signature", format!("sig=:{signature}:")));
        fields
    }

    fn send(&self, head: &str, fields: &[(&'static str, String)], body: &[u8]) -> Answered {
        let headers: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.web.call(head, &headers, body)
    }

    /// Ends the process; what it printed, the document at its start left out.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let mut text = String::new();
        self.out.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success(), "{text}");
        assert!(!self.data().join("http.sock").exists());
        let log = std::fs::read(self.folder.path().join("log")).unwrap();
        text + &String::from_utf8_lossy(&log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request of the route that everybody who gets through is told is wrong.
fn head_of(route: &Route) -> String {
    let path = route.path.replace(['{', '}'], "");
    format!("{} {path}?nothing=1", route.method.as_str())
}

#[test]
fn rights_are_those_of_the_table() {
    let served = Served::start();
    let tokens = Role::ALL.map(|role| (role, served.token(role.as_str(), &[]).0));
    for route in routes() {
        let head = head_of(route);
        let nobody = served.ask(&head, None);
        let expected = if route.access == Access::Everybody { "API-0025" } else { "API-0101" };
        assert_eq!(nobody.code(), expected, "{} as nobody", route.name);
        assert_eq!(nobody.header("content-type"), Some("application/problem+json"));
        for (role, token) in &tokens {
            let answer = served.ask(&head, Some(token));
            let expected = match route.access {
                Access::Needs(needed, _) if *role < needed => "API-0109",
                // The parameter that no route has is looked at only then.
                _ => "API-0025",
            };
            assert_eq!(answer.code(), expected, "{} as {role:?}", route.name);
            assert!(answer.header("ratelimit").is_some() && answer.header("vary").is_some());
        }
        assert_eq!(served.ask_locally(&head).code(), "API-0025", "{} locally", route.name);
    }
    let (reader, admin) = (&tokens[0].1, &tokens[2].1);
    for head in ["GET /v1/nowhere", "DELETE /v1/realms", "PATCH /v1/health/live", "GET /v2"] {
        assert_eq!(served.ask(head, None).status, 401, "{head}");
        assert!(matches!(served.ask(head, Some(reader)).status, 404 | 405), "{head}");
    }
    // The face reads bodies only for who may send them, and as much as the route takes.
    let value = format!("Bearer {admin}");
    let headers = [("Authorization", value.as_str()), ("Content-Length", "99999999")];
    let answer = served.web.call("POST /v1/events", &headers, &[]);
    assert_eq!((answer.status, answer.code().as_str()), (413, "API-0022"));
    let link = served.started["dashboard"].as_str().unwrap().to_owned();
    let (front, link) = link.split_once("/#token=").unwrap();
    assert_eq!(front, format!("http://{}", served.web.address));
    assert_eq!(served.ask("GET /v1/status", Some(link)).status, 200);
    assert_eq!(served.ask("POST /v1/events", Some(link)).code(), "API-0109");
    served.stop();
}

#[test]
fn a_scope_opens_the_routes_that_are_about_it() {
    let served = Served::start();
    let scopes = routes().iter().filter_map(|route| match route.access {
        Access::Needs(_, scope) => Some(scope),
        Access::Everybody => None,
    });
    let scopes: BTreeSet<&str> = scopes.chain(["*:read", "events:*"]).collect();
    let made = |scope| (scope, served.token("admin", &["--scope", scope]).0);
    let tokens: BTreeMap<&str, String> = scopes.into_iter().map(made).collect();
    for route in routes() {
        let Access::Needs(_, needed) = route.access else { continue };
        for (scope, is_open) in [
            (needed, true),
            ("*:read", !route.mutates()),
            ("events:*", needed.starts_with("events:")),
            ("node:operate", needed == "node:operate"),
        ] {
            let answer = served.ask(&head_of(route), Some(&tokens[scope]));
            // The parameter that no route has is looked at only then.
            let expected = if is_open { "API-0025" } else { "API-0109" };
            assert_eq!(answer.code(), expected, "{} by {scope}", route.name);
        }
    }
    let reader = &tokens["*:read"];
    assert_eq!(served.ask("GET /v1/nowhere", Some(reader)).code(), "API-0109", "no route");
    // Whoever shows something means to be somebody, also where nobody need be.
    for head in ["GET /v1/health/live", "GET /v1/capabilities"] {
        assert_eq!(served.ask(head, Some(reader)).status, 200);
        assert_eq!(served.ask(head, Some("none")).status, 401);
    }
    served.stop();
}

#[test]
fn scopes_narrow_a_token_and_taking_it_back_ends_it() {
    let served = Served::start();
    let (token, id) = served.token("writer", &["--scope", "events:write"]);
    let ask = |head: &str| served.ask(head, Some(&token));
    assert_eq!(ask("POST /v1/events?nothing=1").code(), "API-0025");
    assert_eq!(ask("GET /v1/status").code(), "API-0109");
    assert_eq!(ask("GET /v1/health/live").status, 200);
    pluto(&served.data(), &["token", "revoke", &id]);
    // The running node looks at the file each second; meanwhile the limit may be met.
    while ask("GET /v1/health/live").status != 401 {}
    served.stop();
}

#[test]
fn an_identity_signs_its_requests() {
    let served = Served::start();
    let status = "GET /v1/status";
    let fields = served.sign(status, "nonce-0001", &[]);
    assert_eq!(served.send(status, &fields, &[]).status, 200);
    assert_eq!(served.send(status, &fields, &[]).code(), "API-0106", "once");
    let other = served.sign("GET /v1/realms", "nonce-0002", &[]);
    assert_eq!(served.send(status, &other, &[]).code(), "API-0103", "for this request");
    let record = json!({ "collection": "notes", "key": "one", "value": "signed" }).to_string();
    let write = "POST /v1/realms/ops/events";
    let fields = served.sign(write, "nonce-0003", record.as_bytes());
    let changed = record.replace("signed", "forged");
    assert_eq!(served.send(write, &fields, changed.as_bytes()).code(), "API-0107");
    let fields = served.sign(write, "nonce-0004", record.as_bytes());
    let written = served.send(write, &fields, record.as_bytes());
    assert_eq!(written.status, 200, "{}", String::from_utf8_lossy(&written.body));
    let event = written.json()["event"].as_str().unwrap().to_owned();
    let path = format!("GET /v1/events/{event}");
    let shown = served.send(&path, &served.sign(&path, "nonce-0005", &[]), &[]).json();
    assert_eq!(shown["author"], served.keys.did().to_string());
    let mode = "POST /v1/admin/mode";
    let fields = served.sign(mode, "nonce-0006", b"{}");
    assert_eq!(served.send(mode, &fields, b"{}").code(), "API-0109", "a writer is no admin");
    served.stop();
}

#[test]
fn pages_and_names_from_elsewhere_are_refused() {
    let served = Served::start();
    let ask = |head: &str, headers: &[(&str, &str)]| served.web.call(head, headers, &[]);
    let live = "GET /v1/health/live";
    let own = format!("http://{}", served.web.address);
    for (headers, status) in [
        (vec![], 200),
        (vec![("Host", "evil.example")], 403),
        (vec![("Host", "localhost:1")], 200),
        (vec![("Origin", "https://evil.example")], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Origin", own.as_str())], 200),
        (vec![("Origin", "https://page.example")], 200),
    ] {
        let answer = ask(live, &headers);
        assert_eq!(answer.status, status, "{headers:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("content-security-policy").is_some());
        let allowed = answer.header("access-control-allow-origin");
        let origin = headers.iter().find(|(name, _)| *name == "Origin").map(|(_, value)| *value);
        assert_eq!(allowed, origin.filter(|_| status == 200));
        if status == 403 {
            assert_eq!(answer.code(), "API-0112");
        }
    }
    let preflight = [("Origin", "https://page.example"), ("Access-Control-Request-Method", "POST")];
    assert_eq!(ask("OPTIONS /v1/events", &preflight).status, 204);
    served.stop();
}

#[test]
fn whoever_asks_too_often_is_told_when_to_come_again() {
    let served = Served::start();
    let stream = TcpStream::connect(served.web.address).unwrap();
    let mut writing = stream.try_clone().unwrap();
    let request = format!("GET /v1/health/live HTTP/1.1\r\nHost: {}\r\n\r\n", served.web.address);
    let sender = std::thread::spawn(move || writing.write_all(request.repeat(4_000).as_bytes()));
    let mut reader = BufReader::new(stream);
    let (mut allowed, mut refused) = (0, 0);
    // It is met by whoever asks faster than the bucket fills, however slow the machine is.
    while refused == 0 && allowed < 4_000 {
        let (status, headers) = read_head(&mut reader).unwrap();
        let header = |name: &str| {
            headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        assert_eq!(header("ratelimit-policy"), Some("\"read\";q=200;w=2"));
        match status {
            200 => allowed += 1,
            429 => {
                refused += 1;
                assert_eq!(header("retry-after"), Some("1"));
            }
            other => panic!("{other}"),
        }
        let length = header("content-length").unwrap().parse().unwrap();
        reader.read_exact(&mut vec![0; length]).unwrap();
    }
    drop(reader);
    let _ = sender.join().unwrap();
    assert!(allowed >= 200 && refused > 0, "{allowed} {refused}");
    assert_eq!(served.web.call("GET /v1/capabilities", &[], &[]).status, 200, "other routes");
    served.stop();
}

#[test]
fn no_secret_is_in_anything_that_is_printed() {
    let served = Served::start();
    let good = served.token("admin", &[]).0;
    let link = served.started["dashboard"].as_str().unwrap();
    let mut secrets = vec![
        PASSPHRASE.to_owned(),
        good.clone(),
        link.split_once('=').unwrap().1.to_owned(),
        std::fs::read_to_string(served.data().join("token.key")).unwrap().trim().to_owned(),
        "PLANTED".to_owned(),
    ];
    let record = json!({ "collection": "notes", "key": "one", "value": "PLANTED" }).to_string();
    let write = "POST /v1/realms/ops/events";
    let signed = served.sign(write, "nonce-PLANTED", record.as_bytes());
    secrets.push(signed.last().unwrap().1.clone());
    assert_eq!(served.send(write, &signed, record.as_bytes()).status, 200);
    assert_eq!(served.send(write, &signed, record.as_bytes()).status, 401);
    let mut answers = String::new();
    for (name, value) in [
        ("Authorization", format!("Bearer {good}")),
        ("Authorization", format!("Bearer {good}PLANTED")),
        ("Authorization", "Basic PLANTED".to_owned()),
        ("Signature", "sig=:PLANTED:".to_owned()),
        ("Cookie", "PLANTED".to_owned()),
        ("Idempotency-Key", "PLANTED".to_owned()),
        ("Origin", "https://PLANTED.example".to_owned()),
    ] {
        let headers = [(name, value.as_str()), ("Content-Type", "application/json")];
        for head in [write, "GET /v1/status"] {
            let answer = served.web.call(head, &headers, br#"{"collection":"PLANTED""#);
            answers.push_str(&String::from_utf8_lossy(&answer.body));
        }
    }
    let log = served.stop();
    assert!(log.contains("API-0102"), "something is logged: {log}");
    for secret in &secrets {
        let tail = &secret[secret.len().saturating_sub(24)..];
        assert!(!log.contains(secret) && !log.contains(tail), "{secret}");
        assert!(!answers.contains(secret), "{secret}: {answers}");
    }
}

#[test]
fn what_would_be_open_to_others_is_not_served_by_accident() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    pluto(&data, &["init"]);
    pluto(&data, &["cert", "dev"]);
    let tls = "[tls]\ncertificate = \"tls/cert.pem\"\nkey = \"tls/key.pem\"\n";
    for (settings, address, expected) in [
        (String::new(), "0.0.0.0:0", "NOD-0007"),
        (tls.to_owned(), "0.0.0.0:0", "NOD-0007"),
        (format!("redirect = \"127.0.0.1:0\"\n{tls}"), "127.0.0.1:0", "NOD-0007"),
        ("hosts = 1".to_owned(), "127.0.0.1:0", "NOD-0007"),
    ] {
        std::fs::write(data.join("http.toml"), &settings).unwrap();
        let output = Command::new(pluto_binary())
            .env("PLUTO_PASSPHRASE", PASSPHRASE)
            .env("PLUTO_DATA", &data)
            .args(["--json", "serve", "--http", address])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(expected), "{settings}: {told}");
    }
}
