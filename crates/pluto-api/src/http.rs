//! The HTTP face `/v1`: every route of a node, its document, and the stream of its events.
//!
//! 1. [`routes`] is the one table: out of it come the router, the OpenAPI document, and the tests that go
//!    through all routes.
//! 2. A request is bounded (size, depth, time), becomes one [`Ask`], and is put to the [`Door`] that a
//!    node implements. Nothing here decides, signs or stores.
//! 3. The [`Door`]'s answer names the version of the realm it was read from, `as_of`; out of that comes
//!    the `ETag`.
//! 4. Every error is a problem document (RFC 9457) with a stable code.
//!
//! Who asks and whether they may is the finding of the gate in front ([`crate::front`]), which [`need`] tells
//! what a route asks for: handlers take the [`Principal`](crate::principal::Principal) from the request's
//! extensions, and without one nothing but health and capabilities is answered.

pub mod ask;
pub mod body;
mod cursor;
mod dashboard;
mod documents;
pub mod door;
mod handle;
mod input;
mod need;
pub mod openapi;
mod problem;
mod range;
mod repeats;
mod reply;
mod routes;
pub mod shape;
mod stream;
pub(crate) mod trace;

pub use ask::{Ask, Page};
pub use dashboard::HAS_VERIFIER;
pub use door::{Answer, Chunk, Content, Door, Feed, Filter, Item, Mark, Reorganised};
pub use handle::{Bounds, router};
pub use input::DEPTH_MAX;
pub use need::need;
pub use routes::{
    Access, BLOB_BYTES_MAX, Gives, JSON_BYTES_MAX, Leaves, Method, RUN_BYTES_MAX, Route, Shape,
    Takes, routes,
};
pub use trace::problems;
