//! The gate before routes that say who came through: matrix, limits, bodies.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Extension;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};

use super::super::test_data::{DID, NOW_MS, SignedRequest, public, token, with_token};
use super::super::{
    ByRole, Directory, Issuer, Signatory, TokenKey, TokenKeys, Tokens, authorise::has_scope,
};
use super::*;
use crate::limits::Rate;
use crate::principal::Role;

/// Longest body.
const LONG: usize = 1000;

struct One;

impl Directory for One {
    fn find(&self, key_id: &str) -> Option<Signatory> {
        let (name, scopes) = (key_id.to_owned(), BTreeSet::new());
        let principal = Principal { name, role: Role::Writer, scopes };
        (key_id == DID).then(|| Signatory { key: public(1), principal })
    }
}

fn need(parts: &Parts) -> Need {
    let path = parts.uri.path();
    let (role, scope) = match path {
        "/open" => (None, None),
        "/write" => (Some(Role::Writer), Some("events:write")),
        "/admin" => (Some(Role::Admin), Some("node:admin")),
        _ => (Some(Role::Reader), None),
    };
    let mutates = parts.method == axum::http::Method::POST;
    Need { route: format!("{} {path}", parts.method), role, scope, mutates, body_bytes_max: LONG }
}

fn gate_with(rates: Rates) -> Arc<Gate> {
    let mut keys = TokenKeys::default();
    let (issuer, audience) = ("https://a.example".to_owned(), "node".to_owned());
    let issuer = Issuer { issuer, audience, role_max: Role::Admin };
    keys.add("k", TokenKey::Ed25519(public(1)), issuer).unwrap();
    let tokens = Tokens { keys, revoked: Default::default() };
    Arc::new(Gate {
        authenticator: Arc::new(Authenticator::new(Arc::new(One), tokens)),
        authoriser: Arc::new(ByRole),
        needs: Box::new(need),
        rates,
        limits: Limits::default(),
        now_ms: Box::new(|| NOW_MS),
    })
}

fn router(gate_: Arc<Gate>) -> Router {
    async fn who(principal: Option<Extension<Principal>>, body: Bytes) -> String {
        let name = principal.map_or_else(|| "nobody".to_owned(), |Extension(who)| who.name);
        format!("{name} {}", body.len())
    }
    Router::new()
        .route("/open", get(who))
        .route("/read", get(who))
        .route("/write", post(who).get(who))
        .route("/admin", get(who))
        .route("/v1/events", post(who).get(who))
        .layer(from_fn_with_state(gate_, gate))
}

/// Status, body and headers of the answer.
async fn ask(
    router: &Router,
    mut parts: Parts,
    body: impl Into<Body>,
) -> (u16, Value, axum::http::HeaderMap) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    if parts.extensions.get::<Peer>().is_none() {
        parts.extensions.insert(Peer::Network { address, is_encrypted: false });
    }
    let service = TowerToHyperService::new(router.clone());
    let response = service.call(Request::from_parts(parts, body.into())).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (head.status.as_u16(), value, head.headers)
}

fn bare(path: &str) -> Parts {
    axum::http::Request::builder().uri(path).body(()).unwrap().into_parts().0
}

fn by_token(path: &str, role: &str, scope: Option<&str>) -> Parts {
    let claims = json!({ "iss": "https://a.example", "sub": "a", "aud": "node", "role": role,
        "exp": NOW_MS / 1000 + 60, "scope": scope });
    let mut parts = with_token(&token(1, &json!({ "alg": "EdDSA", "kid": "k" }), &claims));
    parts.uri = path.parse().unwrap();
    parts
}

#[tokio::test]
async fn every_role_against_every_route() {
    let router = router(gate_with(Rates::default()));
    let routes = [("/open", None), ("/read", Some(0)), ("/write", Some(1)), ("/admin", Some(2))];
    for (path, needed) in routes {
        let (status, body, headers) = ask(&router, bare(path), "").await;
        let expected = if needed.is_none() { 200 } else { 401 };
        assert_eq!(status, expected, "nobody {path} {body}");
        if status == 401 {
            assert_eq!(body["code"], "API-0101");
            assert_eq!(headers["content-type"], "application/problem+json");
            assert!(headers.contains_key("www-authenticate"));
        }
        for (has, role) in Role::ALL.into_iter().enumerate() {
            let (status, body, headers) =
                ask(&router, by_token(path, role.as_str(), None), "").await;
            let expected = if needed.is_none_or(|needed| has >= needed) { 200 } else { 403 };
            assert_eq!(status, expected, "{role:?} {path} {body}");
            assert!(headers.contains_key("ratelimit"), "{role:?} {path}");
            if status == 403 {
                assert_eq!(body["code"], "API-0109");
            }
        }
    }
    for (path, scope, expected) in [
        ("/write", "events:write", 200),
        ("/write", "events:*", 200),
        ("/write", "node:admin", 403),
        ("/admin", "events:write", 403),
        ("/read", "events:write", 403),
        ("/open", "events:write", 200),
    ] {
        let (status, ..) = ask(&router, by_token(path, "admin", Some(scope)), "").await;
        assert_eq!(status, expected, "{path} {scope}");
    }
    assert!(!has_scope(
        &Principal { name: "".into(), role: Role::Admin, scopes: ["x".to_owned()].into() },
        None
    ));
}

#[tokio::test]
async fn a_signed_body_reaches_its_route_and_another_does_not() {
    let router = router(gate_with(Rates::default()));
    let (parts, body) = SignedRequest::post().made();
    let (status, found, _) = ask(&router, parts, body.clone()).await;
    assert_eq!((status, found), (200, json!(format!("{DID} {}", body.len()))));
    let (parts, _) = SignedRequest::post().nonce("another-nonce").made();
    let (status, found, _) = ask(&router, parts, "other").await;
    assert_eq!((status, &found["code"]), (401, &json!("API-0107")));
    let (parts, _) = SignedRequest::post().nonce("a-third-nonce").made();
    let (status, found, _) = ask(&router, parts, vec![0; LONG + 1]).await;
    assert_eq!((status, &found["code"]), (413, &json!("API-0022")));
    // A credential that does not hold is refused where nobody needs one, too.
    let mut parts = with_token("nonsense");
    parts.uri = "/open".parse().unwrap();
    assert_eq!(ask(&router, parts, "").await.0, 401);
    let mut parts = bare("/admin");
    parts.extensions.insert(Peer::Local);
    assert_eq!(ask(&router, parts, "").await.1, json!("local 0"));
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_again() {
    let rate = Rate { burst: 2, per_s: 1 };
    let router = router(gate_with(Rates { read: rate, ..Rates::default() }));
    for left in ["r=1", "r=0"] {
        let (status, _, headers) = ask(&router, by_token("/read", "reader", None), "").await;
        assert_eq!(status, 200);
        assert!(headers["ratelimit"].to_str().unwrap().contains(left));
    }
    let (status, body, headers) = ask(&router, by_token("/read", "reader", None), "").await;
    assert_eq!((status, &body["code"]), (429, &json!("API-0110")));
    assert_eq!(headers["retry-after"], "1");
    assert_eq!(headers["ratelimit-policy"], "\"read\";q=2;w=2");
    assert_eq!(ask(&router, by_token("/open", "reader", None), "").await.0, 200, "other routes");
    let mut elsewhere = by_token("/read", "reader", None);
    let address = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 1), 1));
    elsewhere.extensions.insert(Peer::Network { address, is_encrypted: false });
    assert_eq!(ask(&router, elsewhere, "").await.0, 200, "other addresses");
    let router = super::tests::router(gate_with(Rates { address: rate, ..Rates::default() }));
    for expected in [401, 401, 429] {
        assert_eq!(ask(&router, with_token("nonsense"), "").await.0, expected);
    }
}
