//! The gate of a real data directory: what is let in, and what changes while it runs.

use std::os::unix::fs::FileTypeExt;

use pluto_api::auth::{LOCAL_ISSUER, Need, Wish};
use pluto_api::principal::Role;
use pluto_storage::LogOptions;

use super::*;
use crate::node::Store;

fn opened(dir: &Path) -> Arc<Node> {
    let store = Store::open(&dir.join("store"), LogOptions::default()).unwrap();
    Arc::new(Node::start(store, &|_| {}).unwrap())
}

fn needs() -> Box<Needs> {
    Box::new(|parts| {
        let route = parts.uri.path().to_owned();
        Need { route, role: Some(Role::Reader), scope: None, mutates: false, body_bytes_max: 0 }
    })
}

#[test]
fn a_token_is_let_in_until_it_is_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let front = FrontGate::open(opened(data.path()), data.path(), needs()).unwrap();
    let (subject, role, id) = ("me".to_owned(), Role::Admin, "the-id".to_owned());
    let wish = Wish { subject, role, scopes: Vec::new(), life_s: 60, id };
    let now_s = SystemClock.now_ms() / 1000;
    let token = local_issuer(data.path()).unwrap().mint(&wish, now_s).unwrap();
    let ask = || {
        let who = front.gate().authenticator.by_token(&token, now_s * 1000);
        who.map(|who| who.name)
    };
    assert_eq!(ask(), Ok(format!("{LOCAL_ISSUER} me")));
    assert!(!front.refresh().unwrap());
    revoke(data.path(), "the-id").unwrap();
    assert!(front.refresh().unwrap());
    assert!(ask().is_err());
    assert!(!front.refresh().unwrap());
}

#[test]
fn anything_wider_than_loopback_needs_names_and_a_certificate() {
    let data = tempfile::tempdir().unwrap();
    let front = FrontGate::open(opened(data.path()), data.path(), needs()).unwrap();
    assert!(front.check_address(SocketAddr::from(([127, 0, 0, 1], 4717))).is_ok());
    assert!(front.check_address(SocketAddr::from(([0, 0, 0, 0], 4717))).is_err());
    assert!(front.check_address(SocketAddr::from(([10, 0, 0, 1], 4717))).is_err());
}

#[test]
fn the_administrators_socket_is_for_the_owner_alone() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let socket = local_socket(data.path()).unwrap();
        let found = fs::metadata(data.path().join("http.sock")).unwrap();
        assert!(found.file_type().is_socket());
        assert_eq!(found.permissions().mode() & 0o777, 0o600);
        std::os::unix::net::UnixStream::connect(data.path().join("http.sock")).unwrap();
        drop(socket);
    }
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1);
}
