//! Requests as they come over a socket, byte by byte.

use std::io::ErrorKind;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::desk::Desk;
use crate::fake_desk::FakeDesk;
use crate::mcp::DeskServer;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

struct Served {
    address: SocketAddr,
    stop: Stop,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn served() -> Served {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let face = HttpFace::bind(HttpOptions::new(loopback, TOKEN)).await.unwrap();
    let (address, stop) = (face.address().unwrap(), Stop::new());
    let desk = DeskServer::new(Arc::new(FakeDesk::default()) as Arc<dyn Desk>);
    tokio::spawn(face.serve(desk, stop.clone()));
    Served { address, stop }
}

impl Served {
    /// Status and body of the answer to one message.
    async fn post(&self, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut request = format!(
            "POST {PATH} HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !headers.iter().any(|(name, _)| *name == "Host") {
            request.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        // A server may refuse before it has read all.
        let _ = stream.write_all(body.as_bytes()).await;
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer).await {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status, body)
    }

    async fn authorised(&self, body: &Value) -> (u16, String) {
        let token = format!("Bearer {TOKEN}");
        let version = ("MCP-Protocol-Version", "2025-06-18");
        self.post(&[("Authorization", &token), version], &body.to_string()).await
    }
}

fn list() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })
}

#[tokio::test]
async fn whoever_has_the_token_can_ask() {
    let served = served().await;
    let hello = json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": { "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" } },
    });
    let (status, body) = served.authorised(&hello).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("\"pluto\""), "{body}");
    let (status, body) = served.authorised(&list()).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("\"approve\""), "{body}");
    let ask = json!({
        "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": { "name": "act", "arguments": { "action": "a", "resource": "r" } },
    });
    let (status, body) = served.authorised(&ask).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("decision-0") && body.contains("told to deny"), "{body}");
}

#[tokio::test]
async fn nobody_else_can() {
    let served = served().await;
    let body = list().to_string();
    let right = format!("Bearer {TOKEN}");
    let wrong = format!("Bearer {}", TOKEN.replace('0', "1"));
    let basic = format!("Basic {TOKEN}");
    for headers in [
        vec![],
        vec![("Authorization", wrong.as_str())],
        vec![("Authorization", basic.as_str())],
        vec![("Authorization", "Bearer")],
    ] {
        let (status, answer) = served.post(&headers, &body).await;
        assert_eq!(status, 401, "{answer}");
        assert!(answer.contains("API-0011"), "{answer}");
    }
    for header in [("Origin", "https://evil.example"), ("Origin", "null"), ("Host", "evil.example")]
    {
        let (status, answer) = served.post(&[("Authorization", &right), header], &body).await;
        assert_eq!(status, 403, "{header:?} {answer}");
    }
}

#[tokio::test]
async fn a_long_body_is_refused() {
    let served = served().await;
    let mut long = list();
    long["params"] = json!({ "cursor": "x".repeat(MESSAGE_BYTES_MAX) });
    assert_eq!(served.authorised(&long).await.0, 413);
}

#[tokio::test]
async fn unsafe_options_are_refused() {
    let any = SocketAddr::from(([0, 0, 0, 0], 0));
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let named = vec!["node.example".to_owned()];
    for options in [
        HttpOptions::new(any, TOKEN),
        HttpOptions::new(any, TOKEN).wider(Vec::new()),
        HttpOptions::new(loopback, "short"),
        HttpOptions::new(loopback, "with a space in it, and long enough"),
        HttpOptions::new(any, "x".repeat(TOKEN_BYTES_MAX + 1)).wider(named.clone()),
    ] {
        let refused = HttpFace::bind(options).await.err().unwrap();
        assert_eq!(refused.code().id(), "API-0009");
    }
    assert!(HttpFace::bind(HttpOptions::new(any, TOKEN).wider(named)).await.is_ok());
}
