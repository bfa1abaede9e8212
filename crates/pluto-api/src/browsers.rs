//! What browsers are told, and what is refused because a browser sends it.
//!
//! - `Host` must be one of this node's names, so that no page reaches a node on the loopback interface
//!   by having its own name resolve there.
//! - `Origin` must be this node's own or one that the operator named, letter by letter.
//! - Every answer has the headers that keep a page from being framed, sniffed, or made to run scripts
//!   that are not the node's own. WASM may run: the verifier is some.
//! - `Strict-Transport-Security` only by a certificate that browsers trust anyway: with that of `pluto
//!   cert dev` it would lock a developer out of every other server on `localhost`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::accept::Peer;
use crate::auth::{AuthError, authority_of, problem};
use crate::tls::Tls;

/// Scripts, styles and connections of the node's own; WASM; nothing else.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' \
     'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src \
     'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'none'";
const METHODS: &str = "GET, HEAD, POST, PUT, DELETE";
const REQUEST_HEADERS: &str = "authorization, content-type, content-digest, signature, \
     signature-input, idempotency-key, if-none-match, last-event-id, range";
const ANSWER_HEADERS: &str =
    "etag, link, location, ratelimit, ratelimit-policy, retry-after, content-range";
/// How long a browser may remember what it may send, in seconds.
const PREFLIGHT_S: &str = "600";
/// Two years, in seconds.
const TRANSPORT_SECURITY: &str = "max-age=63072000";

/// On every answer, unless the route has set its own.
const ALWAYS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Which names and pages are this node's.
#[derive(Clone, Default)]
pub struct Browsers {
    /// Names beside those of the loopback interface: `node.example`, `node.example:4717`.
    pub hosts: BTreeSet<String>,
    /// Origins of other pages: `https://page.example`.
    pub origins: BTreeSet<String>,
    /// Where answers go out encrypted.
    pub tls: Option<Arc<Tls>>,
}

impl Browsers {
    /// With the address that is served as one of the names.
    #[must_use]
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.hosts.insert(address.to_string());
        self
    }

    /// The origin of a request, if a page of ours or of a friend sent it.
    fn check(&self, parts: &Parts, peer: Option<Peer>) -> Result<Option<HeaderValue>, AuthError> {
        let is_encrypted = peer.as_ref().is_some_and(Peer::is_encrypted);
        let host = authority_of(parts).map(str::to_ascii_lowercase);
        if !peer.as_ref().is_some_and(Peer::is_local) {
            let is_ours = host.as_ref().is_some_and(|host| self.is_ours(host));
            is_ours.then_some(()).ok_or(AuthError::Elsewhere("the host is none of this node's"))?;
        }
        let Some(origin) = parts.headers.get(header::ORIGIN) else { return Ok(None) };
        let scheme = if is_encrypted { "https" } else { "http" };
        let text = origin.to_str().unwrap_or_default();
        let own = host.is_some_and(|host| text == format!("{scheme}://{host}"));
        match own || self.origins.contains(text) {
            true => Ok(Some(origin.clone())),
            false => Err(AuthError::Elsewhere("the origin is not one that was named")),
        }
    }

    fn is_ours(&self, host: &str) -> bool {
        let name = without_port(host);
        ["localhost", "127.0.0.1", "[::1]"].contains(&name)
            || self.hosts.contains(host)
            || self.hosts.contains(name)
    }

    fn headers(&self, headers: &mut HeaderMap, origin: Option<HeaderValue>, peer: Option<Peer>) {
        // A map that grows name by name is moved each time.
        headers.reserve(ALWAYS.len() + 4);
        for (name, value) in ALWAYS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        let no_cache = HeaderValue::from_static("private, no-cache");
        headers.entry(header::CACHE_CONTROL).or_insert(no_cache);
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = HeaderValue::from_static(ANSWER_HEADERS);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        let is_encrypted = peer.as_ref().is_some_and(Peer::is_encrypted);
        if is_encrypted && self.tls.as_ref().is_some_and(|tls| tls.is_real()) {
            let value = HeaderValue::from_static(TRANSPORT_SECURITY);
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
    }
}

/// Refuses what comes from elsewhere, answers preflights, and sets the headers; a middleware, the
/// outermost one.
pub async fn browsers(
    State(browsers): State<Arc<Browsers>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let (parts, body) = request.into_parts();
    let (mut response, origin) = match browsers.check(&parts, peer) {
        Err(error) => (problem(&error), None),
        Ok(origin) if is_preflight(&parts) => (preflight(), origin),
        Ok(origin) => (next.run(Request::from_parts(parts, body)).await, origin),
    };
    browsers.headers(response.headers_mut(), origin, peer);
    response
}

fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_S),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Where everybody who comes unencrypted is sent.
pub struct ToHttps {
    /// The names of this node.
    pub browsers: Arc<Browsers>,
    /// The port of the encrypted face.
    pub port: u16,
}

/// Sends everybody who comes unencrypted to the same name by `https`; for a listener of its own, where
/// the certificate is real.
pub async fn to_https(State(there): State<Arc<ToHttps>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let host = match there.browsers.check(&parts, None) {
        Ok(_) => authority_of(&parts).unwrap_or_default(),
        Err(error) => return problem(&error),
    };
    let name = without_port(host);
    let port = if there.port == 443 { String::new() } else { format!(":{}", there.port) };
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let place = format!("https://{name}{port}{target}");
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests;
