//! The HTTP face of a node on a port of its own, and requests as they come over a socket.
//!
//! Who asks is what the header `x-asks` says, `admin`, `reader`, or `writer <did>`, unless a face with its
//! gate is served or asked. Requests are HTTP/1.0, so that an answer ends with its connection.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use pluto_api::accept;
use pluto_api::browsers::Browsers;
use pluto_api::front::{Places, serve, take};
use pluto_api::http::{Bounds, Door, router};
use pluto_api::principal::{Principal, Role};
use pluto_api::serve::{Stop, run};
use pluto_error::Result;
use serde_json::Value;

/// Everything an administrator may ask.
pub const ADMIN: &str = "admin";
/// Whoever reads.
pub const READER: &str = "reader";

/// A face that is served.
pub struct Web {
    /// Where.
    pub address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<Result<()>>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answered {
    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a problem.
    #[must_use]
    pub fn code(&self) -> String {
        self.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

async fn named(mut request: Request, next: Next) -> Response {
    let asks = request.headers().get("x-asks").and_then(|value| value.to_str().ok());
    let principal = asks.map(|text| {
        let (role, name) = text.split_once(' ').unwrap_or((text, text));
        let role = match role {
            "admin" => Role::Admin,
            "writer" => Role::Writer,
            _ => Role::Reader,
        };
        Principal { name: name.to_owned(), role, scopes: BTreeSet::new() }
    });
    if let Some(principal) = principal {
        request.extensions_mut().insert(principal);
    }
    next.run(request).await
}

impl Web {
    /// Serves a door on a port of its own.
    ///
    /// # Panics
    /// When there is no port.
    pub fn open(door: Arc<dyn Door>, bounds: Bounds) -> Self {
        Self::serve(|stop| router(door, bounds, stop).layer(from_fn(named)))
    }

    /// Serves a router, with whatever stands before its routes, on a port of its own.
    ///
    /// # Panics
    /// When there is no port.
    pub fn serve(make: impl FnOnce(Stop) -> Router) -> Self {
        let stop = Stop::new();
        let router = make(stop.clone());
        let face = take(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let address = face.local_addr().expect("an address");
        let places = Places { face, tls: None, quic: None, local: None, redirect: None };
        let (pages, bounds) = (Arc::new(Browsers::default()), accept::Bounds::default());
        let serving = serve(places, router, pages, bounds, stop.clone());
        let thread = std::thread::spawn(move || run(serving));
        Self { address, stop, thread: Some(thread) }
    }

    /// A face that somebody else serves.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { address, stop: Stop::new(), thread: None }
    }

    /// Sends a request and gives the connection.
    ///
    /// # Errors
    /// When there is no connection.
    pub fn send(
        &self,
        head: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address)?;
        let mut text = format!("{head} HTTP/1.0\r\n");
        let says = |wanted: &str| headers.iter().any(|(name, _)| *name == wanted);
        if !says("Host") {
            text.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !says("Content-Length") && (!body.is_empty() || !head.starts_with("GET")) {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        stream.write_all(text.as_bytes())?;
        // A server may refuse before it has read all.
        let _ = stream.write_all(body);
        Ok(stream)
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn call(&self, head: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        let stream = self.send(head, headers, body).expect("a connection");
        let mut reader = BufReader::new(stream);
        let (status, headers) = read_head(&mut reader).expect("a head");
        let mut body = Vec::new();
        let _ = reader.read_to_end(&mut body);
        Answered { status, headers, body }
    }

    /// Reads as somebody.
    #[must_use]
    pub fn get(&self, who: &str, path: &str) -> Answered {
        self.call(&format!("GET {path}"), &[("x-asks", who)], &[])
    }

    /// Sends JSON as somebody.
    #[must_use]
    pub fn send_json(&self, who: &str, head: &str, body: &Value) -> Answered {
        let headers = [("x-asks", who), ("Content-Type", "application/json")];
        self.call(head, &headers, body.to_string().as_bytes())
    }

    /// Sends bytes as somebody.
    #[must_use]
    pub fn send_bytes(&self, who: &str, head: &str, body: &[u8]) -> Answered {
        let headers = [("x-asks", who), ("Content-Type", "application/octet-stream")];
        self.call(head, &headers, body)
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The status and the headers of an answer.
///
/// # Errors
/// When the connection ends before.
pub fn read_head(reader: &mut impl BufRead) -> std::io::Result<(u16, Vec<(String, String)>)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            return Ok((status, headers));
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
}

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it says.
    pub data: Value,
}

/// The next event of a stream; comments are passed over. None at the end.
///
/// # Errors
/// When the connection fails.
pub fn read_event(reader: &mut impl BufRead) -> std::io::Result<Option<Sent>> {
    let mut sent = Sent::default();
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end_matches('\n').split_once(": ") {
            Some(("id", text)) => text.clone_into(&mut sent.id),
            Some(("event", text)) => text.clone_into(&mut sent.name),
            Some(("data", text)) => sent.data = serde_json::from_str(text).unwrap_or_default(),
            Some(_) => {}
            None if sent.name.is_empty() => {}
            None => return Ok(Some(sent)),
        }
    }
}
