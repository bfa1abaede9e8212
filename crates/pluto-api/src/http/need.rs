//! What the gate is told about a request, out of the table of routes.

use axum::extract::MatchedPath;
use axum::http::Method as HttpMethod;
use axum::http::request::Parts;

use super::routes::{Access, JSON_BYTES_MAX, Method, routes};
use crate::auth::Need;
use crate::principal::Role;

/// Pages that hold no data of the node: whoever opens them has nothing to show yet.
const PAGES: [&str; 2] = ["/", "/assets/{*name}"];

/// What the route of a request needs; what is no route of ours needs somebody who may read, so that
/// strangers learn nothing about paths and methods either. The router must have matched the path.
#[must_use]
pub fn need(parts: &Parts) -> Need {
    let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    let is_read = parts.method == HttpMethod::GET || parts.method == HttpMethod::HEAD;
    let method = match parts.method.as_str() {
        _ if is_read => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        _ => None,
    };
    let is_it = |method| routes().iter().find(|one| one.path == path && one.method == method);
    let (role, scope, mutates, body_bytes_max) = match method.and_then(is_it) {
        Some(route) => {
            let (role, scope) = match route.access {
                Access::Everybody => (None, None),
                Access::Needs(role, scope) => (Some(role), Some(scope)),
            };
            (role, scope, route.mutates(), route.body_bytes_max())
        }
        None if is_read && PAGES.contains(&path) => (None, None, false, 0),
        None => (Some(Role::Reader), None, false, JSON_BYTES_MAX),
    };
    let word = method.map_or("-", Method::as_str);
    Need { route: format!("{word} {path}"), role, scope, mutates, body_bytes_max }
}
