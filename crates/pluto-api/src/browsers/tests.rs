//! What a browser is told, for each kind of page it may come from.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::*;

fn ours() -> Arc<Browsers> {
    let hosts = ["node.example".to_owned()].into();
    let origins = ["https://page.example".to_owned()].into();
    Arc::new(Browsers { hosts, origins, tls: None }.at(SocketAddr::from(([10, 0, 0, 1], 4717))))
}

async fn ask(method: &str, headers: &[(&str, &str)]) -> Response {
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .layer(from_fn_with_state(ours(), browsers));
    let mut request = axum::http::Request::builder().method(method).uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    request.extensions_mut().insert(Peer::Network { address, is_encrypted: false });
    TowerToHyperService::new(router).call(request).await.unwrap()
}

#[tokio::test]
async fn the_host_must_be_a_name_of_the_node() {
    for host in [
        "localhost",
        "localhost:4717",
        "LOCALHOST",
        "127.0.0.1:1",
        "[::1]:4717",
        "[::1]",
        "node.example",
        "node.example:443",
        "10.0.0.1:4717",
    ] {
        assert_eq!(ask("GET", &[("host", host)]).await.status(), 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:4717",
        "localhost.evil.example",
        "10.0.0.1:80",
        "",
        "::1",
        "node.example.evil.example",
        "xnode.example",
    ] {
        let response = ask("GET", &[("host", host)]).await;
        assert_eq!(response.status(), 403, "{host}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    assert_eq!(ask("GET", &[]).await.status(), 403);
}

#[tokio::test]
async fn the_origin_must_be_our_own_or_one_that_was_named() {
    let host = ("host", "localhost:4717");
    for origin in ["http://localhost:4717", "https://page.example"] {
        let response = ask("GET", &[host, ("origin", origin)]).await;
        assert_eq!(response.status(), 200, "{origin}");
        assert_eq!(response.headers()["access-control-allow-origin"], origin);
        assert_eq!(response.headers()["vary"], "Origin");
        assert!(!response.headers().contains_key("access-control-allow-credentials"));
    }
    for origin in [
        "https://localhost:4717",
        "http://localhost",
        "https://page.example.evil.example",
        "https://page.example:444",
        "http://page.example",
        "https://PAGE.example",
        "null",
        "*",
        "",
    ] {
        for method in ["GET", "OPTIONS"] {
            let preflight = ("access-control-request-method", "GET");
            let response = ask(method, &[host, ("origin", origin), preflight]).await;
            assert_eq!(response.status(), 403, "{origin}");
            assert!(!response.headers().contains_key("access-control-allow-origin"), "{origin}");
        }
    }
    let asked =
        [host, ("origin", "https://page.example"), ("access-control-request-method", "POST")];
    let response = ask("OPTIONS", &asked).await;
    assert_eq!(response.status(), 204);
    let allowed = response.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("signature-input") && !allowed.contains('*'));
}

#[tokio::test]
async fn every_answer_has_the_headers() {
    for host in ["localhost", "evil.example"] {
        let response = ask("GET", &[("host", host)]).await;
        for (name, value) in ALWAYS {
            assert_eq!(response.headers()[&name], value);
        }
        assert!(!response.headers().contains_key("strict-transport-security"));
    }
    assert!(CONTENT_SECURITY_POLICY.contains("'wasm-unsafe-eval'"));
    for bad in ["'unsafe-inline'", "'unsafe-eval'", "*", "http:"] {
        assert!(!CONTENT_SECURITY_POLICY.contains(bad), "{bad}");
    }
}

#[tokio::test]
async fn whoever_comes_unencrypted_is_sent_on_to_the_same_node() {
    let ask = |port, host: &'static str| {
        let there = Arc::new(ToHttps { browsers: ours(), port });
        let router = Router::new().fallback(to_https).with_state(there);
        let request = axum::http::Request::builder().uri("/v1/status?a=1").header("host", host);
        TowerToHyperService::new(router).call(request.body(Body::empty()).unwrap())
    };
    let response = ask(443, "node.example:80").await.unwrap();
    assert_eq!(response.status(), 308);
    assert_eq!(response.headers()["location"], "https://node.example/v1/status?a=1");
    let response = ask(4717, "node.example").await.unwrap();
    assert_eq!(response.headers()["location"], "https://node.example:4717/v1/status?a=1");
    assert_eq!(ask(443, "evil.example").await.unwrap().status(), 403);
}
