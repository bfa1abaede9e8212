//! The gate before all routes: limits, who asks, may they, then the route.
//!
//! 1. The address has its share of requests; nothing was verified yet.
//! 2. Who asks is found out from the head of the request. Only then is the body of a signed request
//!    read, bounded in size and time, and compared with its digest.
//! 3. Without a principal only open routes are reached. A credential that does not hold is refused
//!    there too: whoever shows one means to be somebody.
//! 4. Route, principal and address have their share.
//! 5. The [`Authoriser`] answers; the principal goes into the request's extensions.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use pluto_error::Coded;

use super::authorise::{Authoriser, Need};
use super::error::AuthError;
use super::{Asker, Authenticator, problem};
use crate::accept::Peer;
use crate::intake;
use crate::limits::{Limits, Rates, Standing};
use crate::principal::Principal;

/// What a request needs, by its method and route.
pub type Needs = dyn Fn(&Parts) -> Need + Send + Sync;

/// How long the body of a signed request may take.
const BODY: Duration = Duration::from_secs(30);

/// Everything that stands before the routes.
pub struct Gate {
    /// Who asks.
    pub authenticator: Arc<Authenticator>,
    /// May they.
    pub authoriser: Arc<dyn Authoriser>,
    /// What each route needs.
    pub needs: Box<Needs>,
    /// How often.
    pub rates: Rates,
    /// What was used of it.
    pub limits: Limits,
    /// Unix time in milliseconds.
    pub now_ms: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// A refusal, and what is left of the share it was counted in.
struct Refused {
    error: AuthError,
    standing: Option<(&'static str, Standing)>,
}

impl From<AuthError> for Refused {
    fn from(error: AuthError) -> Self {
        Self { error, standing: None }
    }
}

/// Lets a request through to its route, or answers why not; a middleware.
pub async fn gate(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let need = (gate.needs)(&parts);
    match gate.pass(parts, body, &need).await {
        Ok((request, (name, standing))) => {
            let mut response = next.run(request).await;
            standing.write(name, response.headers_mut());
            response
        }
        Err(Refused { error, standing }) => {
            tracing::debug!(code = error.code().id(), route = %need.route, "refused");
            let mut response = problem(&error);
            if let Some((name, standing)) = standing {
                standing.write(name, response.headers_mut());
            }
            response
        }
    }
}

impl Gate {
    async fn pass(
        &self,
        mut parts: Parts,
        body: Body,
        need: &Need,
    ) -> Result<(Request, (&'static str, Standing)), Refused> {
        let now_ms = (self.now_ms)();
        let peer = parts.extensions.get::<Peer>().copied();
        let address = peer.and_then(|peer| peer.address());
        // The administrator's socket is for one user, who may use up what is theirs.
        if !peer.is_some_and(|peer| peer.is_local()) {
            let standing = self.limits.take(self.rates.address, "", "", address, now_ms);
            checked("address", standing)?;
        }
        let asker = self.authenticator.head(&parts, now_ms)?;
        let body = match &asker {
            Some(asker) if asker.signs_body() => {
                let bytes = intake::read(&parts, body, need.body_bytes_max, BODY).await;
                let bytes = bytes.map_err(AuthError::Body)?;
                asker.check_body(&parts, &bytes)?;
                Body::from(bytes)
            }
            _ => body,
        };
        let principal = asker.map(|Asker { principal, .. }| principal);
        if need.role.is_some() && principal.is_none() {
            return Err(AuthError::Nobody.into());
        }
        let standing = self.share(need, principal.as_ref(), address, now_ms)?;
        if let Some(principal) = principal {
            // An open route is open to everybody, whatever their scopes.
            if need.role.is_some() && !self.authoriser.allows(&principal, need) {
                return Err(Refused { error: AuthError::Forbidden, standing: Some(standing) });
            }
            parts.extensions.insert(principal);
        }
        Ok((Request::from_parts(parts, body), standing))
    }

    fn share(
        &self,
        need: &Need,
        principal: Option<&Principal>,
        address: Option<IpAddr>,
        now_ms: u64,
    ) -> Result<(&'static str, Standing), Refused> {
        let (name, rate) = match need.mutates {
            true => ("write", self.rates.write),
            false => ("read", self.rates.read),
        };
        let who = principal.map_or("", |principal| &principal.name);
        checked(name, self.limits.take(rate, &need.route, who, address, now_ms))
    }
}

fn checked(name: &'static str, standing: Standing) -> Result<(&'static str, Standing), Refused> {
    if standing.is_allowed {
        return Ok((name, standing));
    }
    let error = AuthError::TooFast {
        limit: standing.rate.burst,
        window_s: standing.window_s(),
        retry_s: standing.reset_s.max(1),
    };
    Err(Refused { error, standing: Some((name, standing)) })
}

#[cfg(test)]
mod tests;
