//! The link that a node prints when it begins to serve: whoever follows it is signed in, and may read.
//!
//! The token stands in the fragment of the URL, which browsers send nowhere; the page shows it with each
//! request. It is as long as a key, lives in memory only, ends with the node or after some hours, and is
//! compared by its hash, so that the time it takes says nothing about it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use crate::principal::{Principal, Role};

/// How long a link holds.
pub const LINK_AGE_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// What is known of a link: not its token.
#[derive(Clone)]
pub struct Link {
    mark: blake3::Hash,
    until: Option<Instant>,
}

impl Link {
    /// The link with this token, from now on.
    #[must_use]
    pub fn new(token: &str) -> Self {
        let until = Instant::now().checked_add(LINK_AGE_MAX);
        Self { mark: blake3::hash(token.as_bytes()), until }
    }

    /// Whoever followed the link.
    fn reader(&self, request: &Request) -> Option<Principal> {
        let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let token = header.strip_prefix("Bearer ")?;
        let holds = self.until.is_some_and(|until| Instant::now() < until);
        let is_it = holds && blake3::hash(token.as_bytes()) == self.mark;
        let reader =
            || Principal { name: "link".into(), role: Role::Reader, scopes: BTreeSet::new() };
        is_it.then(reader)
    }
}

/// The router for which whoever followed the link may read.
pub fn with_link(router: Router, link: Link) -> Router {
    router.layer(from_fn_with_state(Arc::new(link), welcome))
}

async fn welcome(State(link): State<Arc<Link>>, mut request: Request, next: Next) -> Response {
    if let Some(reader) = link.reader(&request) {
        request.extensions_mut().insert(reader);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests;
