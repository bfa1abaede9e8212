//! Faces of a node: for agents, and over HTTP for programs and people.
//!
//! 1. [`DeskServer`] offers a [`Desk`] as six MCP tools: an agent asks by itself.
//! 2. [`Proxy`] stands before another MCP server: it shows that server's tools unchanged and lets a
//!    call through only when the desk allows it, so that the agent needs to know nothing.
//! 3. [`serve`] brings either to an agent, over streams or HTTP.
//! 4. [`http`] is the face `/v1`: every route of a node, out of one table.
//! 5. [`auth`] finds out who asks over HTTP and whether they may; [`limits`], [`browsers`], [`tls`] and
//!    [`accept`] are the rest of what stands before the routes, and [`front`] puts it there.
//!
//! Nothing here decides, signs or stores: that is what desk and door are for. Everything that comes from an
//! agent or from the server behind the proxy is bounded before it is read.
//!
//! Feature `fake-desk`: a desk in memory, for tests. Feature `http3`: HTTP/3 beside the encrypted face.

pub mod accept;
mod answer;
pub mod auth;
pub mod browsers;
pub mod codes;
pub mod desk;
mod error;
#[cfg(any(test, feature = "fake-desk"))]
pub mod fake_desk;
pub mod front;
pub mod http;
mod intake;
pub mod limits;
mod mcp;
pub mod principal;
mod problem;
pub mod proxy;
pub mod question;
pub mod serve;
pub mod tls;

pub use answer::{
    Answer, AsOf, Completion, GrantSummary, Obligation, Outcome, RateSummary, Receipt, Recorded,
    Status,
};
pub use desk::Desk;
pub use error::ApiError;
pub use mcp::DeskServer;
pub use principal::{Principal, Role};
pub use proxy::Proxy;
pub use question::{ActionQuestion, Fact, TypedFact};
