//! MCP over HTTP ("streamable HTTP"), for agents that cannot start a process.
//!
//! Who may ask: whoever holds the bearer token. Beside that, `Host` must name this server and `Origin`,
//! which only browsers send, must be allowed by name, so that no web page reaches a server on the
//! loopback interface through its visitor's browser. Sessions are not kept: each request stands alone.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use pluto_error::{Code, Result};
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{MESSAGE_BYTES_MAX, Stop};
use crate::codes;
use crate::error::ApiError;

/// The one path that is served.
pub const PATH: &str = "/mcp";
/// Requests that are answered at once.
pub const REQUESTS_MAX: usize = 64;
/// Shortest bearer token in bytes: 128 bits in hexadecimal.
pub const TOKEN_BYTES_MIN: usize = 32;
/// Longest bearer token in bytes.
pub const TOKEN_BYTES_MAX: usize = 512;

/// Where to serve, and for whom.
#[derive(Clone)]
pub struct HttpOptions {
    address: SocketAddr,
    token: String,
    hosts: Vec<String>,
    origins: Vec<String>,
    wider: bool,
}

impl HttpOptions {
    /// For holders of `token`, on a loopback address.
    pub fn new(address: SocketAddr, token: impl Into<String>) -> Self {
        Self { address, token: token.into(), hosts: Vec::new(), origins: Vec::new(), wider: false }
    }

    /// Also on an address that others can reach, under these names (`host` or `host:port`). The
    /// token then crosses the network in the clear, unless something before this server encrypts.
    #[must_use]
    pub fn wider(mut self, hosts: Vec<String>) -> Self {
        self.hosts = hosts;
        self.wider = true;
        self
    }

    /// Also for pages of these origins (`https://host:port`).
    #[must_use]
    pub fn origins(mut self, origins: Vec<String>) -> Self {
        self.origins = origins;
        self
    }

    fn checked(self) -> Result<Self> {
        let why = if !(TOKEN_BYTES_MIN..=TOKEN_BYTES_MAX).contains(&self.token.len())
            || !self.token.bytes().all(|byte| byte.is_ascii_graphic())
        {
            "expected a bearer token of 32 to 512 printable characters"
        } else if !self.wider && !self.address.ip().is_loopback() {
            "expected a loopback address; anything wider must be asked for"
        } else if self.wider && self.hosts.is_empty() {
            "expected the names under which others reach it"
        } else {
            return Ok(self);
        };
        Err(ApiError::NotSafe { place: self.address.to_string(), why }.into())
    }
}

/// An address that is taken and not yet served.
pub struct HttpFace {
    listener: TcpListener,
    options: HttpOptions,
}

impl HttpFace {
    /// Takes the address.
    ///
    /// # Errors
    /// `API-0009` when the options are not safe or the address cannot be had.
    pub async fn bind(options: HttpOptions) -> Result<Self> {
        let options = options.checked()?;
        let listener = TcpListener::bind(options.address).await;
        let listener = listener.map_err(|source| not_served(&options.address, source))?;
        Ok(Self { listener, options })
    }

    /// The address taken, with its port.
    ///
    /// # Errors
    /// `API-0009` when the operating system does not tell.
    pub fn address(&self) -> Result<SocketAddr> {
        let address = self.listener.local_addr();
        Ok(address.map_err(|source| not_served(&self.options.address, source))?)
    }

    /// Serves until `stop` is cancelled.
    ///
    /// # Errors
    /// `API-0009` when the address fails.
    pub async fn serve<S: ServerHandler + Clone>(self, face: S, stop: Stop) -> Result<()> {
        let Self { listener, options } = self;
        let place = options.address;
        let guard = Arc::new(Guard {
            token: blake3::hash(options.token.as_bytes()),
            places: Semaphore::new(REQUESTS_MAX),
        });
        let mut config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(MESSAGE_BYTES_MAX)
            .with_cancellation_token(stop.child_token())
            .with_allowed_origins(options.origins)
            .enforce_origin_validation();
        if options.wider {
            config = config.with_allowed_hosts(options.hosts);
        }
        let sessions = Arc::new(NeverSessionManager::default());
        let service = StreamableHttpService::new(move || Ok(face.clone()), sessions, config);
        let router =
            Router::new().route_service(PATH, service).layer(from_fn_with_state(guard, guarded));
        axum::serve(listener, router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
            .map_err(|source| not_served(&place, source))?;
        Ok(())
    }
}

struct Guard {
    /// Comparing hashes takes the same time wherever the tokens differ.
    token: blake3::Hash,
    places: Semaphore,
}

async fn guarded(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION);
    let token = header.and_then(|value| value.to_str().ok()).and_then(bearer);
    if !token.is_some_and(|token| blake3::hash(token.as_bytes()) == guard.token) {
        return refused(StatusCode::UNAUTHORIZED, codes::NO_TOKEN);
    }
    let Ok(_place) = guard.places.try_acquire() else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, codes::CROWDED);
    };
    next.run(request).await
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim_start())
}

/// Problem details, RFC 9457.
fn refused(status: StatusCode, code: Code) -> Response {
    let body = serde_json::json!({
        "status": status.as_u16(),
        "title": code.public(),
        "code": code.id(),
    });
    let headers = [(CONTENT_TYPE, "application/problem+json"), (WWW_AUTHENTICATE, "Bearer")];
    (status, headers, body.to_string()).into_response()
}

fn not_served(address: &SocketAddr, source: std::io::Error) -> ApiError {
    ApiError::NotServed { place: address.to_string(), source }
}

#[cfg(test)]
mod tests;
