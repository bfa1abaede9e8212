//! The dashboard: pages, styles and scripts that the binary carries.
//!
//! They hold no data, so everybody may have them; what they show is asked for at `/v1` by whoever is
//! signed in. Each file has a tag by its content, so that a browser asks again and gets nothing new.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::problem::{HttpError, problem};
use super::reply::is_known;

/// Whether the binary carries the verifier for pages (`cargo xtask wasm` ran before it was built).
pub const HAS_VERIFIER: bool = cfg!(has_verifier);

/// Scripts, styles and connections of the node's own; WASM, because the verifier is some.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

const PAGE: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const DATA: &str = "application/json";
const PICTURE: &str = "image/svg+xml";

/// A file of the dashboard by its name below `/assets/`.
macro_rules! files {
    ($($name:literal $media:ident)*) => {
        &[$(($name, $media, include_bytes!(concat!("../../dashboard/", $name)))),*]
    };
}

type File = (&'static str, &'static str, &'static [u8]);

const FILES: &[File] = files! {
    "api.js" SCRIPT
    "chart.js" SCRIPT
    "dash.css" STYLE
    "dom.js" SCRIPT
    "editor.js" SCRIPT
    "icon.svg" PICTURE
    "index.html" PAGE
    "pages.js" SCRIPT
    "parts.css" STYLE
    "parts.js" SCRIPT
    "radar.js" SCRIPT
    "start.js" SCRIPT
    "stream.js" SCRIPT
    "theme.js" SCRIPT
    "pages/decisions.js" SCRIPT
    "pages/entries.js" SCRIPT
    "pages/event.js" SCRIPT
    "pages/events.js" SCRIPT
    "pages/grant.js" SCRIPT
    "pages/graph.js" SCRIPT
    "pages/identities.js" SCRIPT
    "pages/identity.js" SCRIPT
    "pages/metrics.js" SCRIPT
    "pages/nowhere.js" SCRIPT
    "pages/overview.js" SCRIPT
    "pages/peers.js" SCRIPT
    "pages/policies.js" SCRIPT
    "pages/realm.js" SCRIPT
    "pages/realms.js" SCRIPT
    "pages/sign-in.js" SCRIPT
    "pages/verify.js" SCRIPT
    "vendor/d3-dispatch.js" SCRIPT
    "vendor/d3-force.js" SCRIPT
    "vendor/d3-quadtree.js" SCRIPT
    "vendor/d3-timer.js" SCRIPT
    "vendor/uplot.css" STYLE
    "vendor/uplot.js" SCRIPT
};

/// The verifier of docs/verify/, which pages and Node share, and whether it was built.
const VERIFIER: &[File] = &[
    ("verifier.js", SCRIPT, include_bytes!("../../../../docs/verify/verifier.js")),
    #[cfg(not(has_verifier))]
    ("about.json", DATA, br#"{"verifier":false}"#),
    #[cfg(has_verifier)]
    ("about.json", DATA, br#"{"verifier":true}"#),
    #[cfg(has_verifier)]
    ("verifier-wasm.js", SCRIPT, include_bytes!("../../../../docs/verify/verifier-wasm.js")),
];

/// A file with its tag.
struct Kept {
    media: &'static str,
    bytes: &'static [u8],
    tag: HeaderValue,
}

static KEPT: LazyLock<BTreeMap<&'static str, Kept>> = LazyLock::new(|| {
    let all = FILES.iter().chain(VERIFIER);
    all.map(|(name, media, bytes)| (*name, Kept { media, bytes, tag: tag(bytes) })).collect()
});

fn tag(bytes: &[u8]) -> HeaderValue {
    let hash = blake3::hash(bytes).to_hex();
    let text = format!("\"{}\"", hash.as_str().get(..32).unwrap_or_default());
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Its routes: the page at `/`, everything else below `/assets/`.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let page = async |headers: HeaderMap| file("index.html", &headers);
    let asset = async |Path(name): Path<String>, uri: Uri, headers: HeaderMap| match name.as_str() {
        "index.html" => problem(&HttpError::NoRoute(uri.path().to_owned()).into()),
        name => file(name, &headers),
    };
    Router::new().route("/", get(page)).route("/assets/{*name}", get(asset))
}

fn file(name: &str, asked: &HeaderMap) -> Response {
    let Some(kept) = KEPT.get(name) else {
        return problem(&HttpError::NoRoute(format!("/assets/{name}")).into());
    };
    if is_known(asked, &kept.tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, kept.tag.clone())]).into_response();
    }
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kept.media)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer")),
        (ETAG, kept.tag.clone()),
    ];
    (headers, kept.bytes).into_response()
}

#[cfg(test)]
mod tests;
