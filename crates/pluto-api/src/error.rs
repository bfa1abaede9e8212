//! What can go wrong between an agent and the desk.

use pluto_error::{Code, Coded};

use crate::codes;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A part of a question that is too long, too many, or of the wrong form.
    #[error("{what}: expected {expected}, found {found}")]
    BadQuestion {
        /// The part.
        what: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Arguments that are not those of the tool.
    #[error("the arguments of `{tool}` do not fit: {why}")]
    BadArguments {
        /// The tool.
        tool: &'static str,
        /// The first thing that does not fit.
        why: String,
    },
    /// No place for one more call.
    #[error("`{0}` calls are under way already")]
    Crowded(usize),
    /// No answer in time.
    #[error("{what} took longer than `{after_ms}` ms")]
    TimedOut {
        /// What was waited for.
        what: &'static str,
        /// The bound.
        after_ms: u64,
    },
    /// A configuration that does not fit.
    #[error("the configuration of the proxy does not fit: {0}")]
    BadConfig(String),
    /// The server behind the proxy.
    #[error("the server behind the proxy: {0}")]
    Upstream(String),
    /// What the server behind the proxy says against a call.
    #[error("the server refused the call: {0}")]
    Refused(String),
    /// A tool call that cannot be judged as it stands.
    #[error("the call of `{tool}` cannot be put as a question: {why}")]
    NotMapped {
        /// The tool.
        tool: String,
        /// Why.
        why: String,
    },
    /// An address or a stream.
    #[error("cannot serve at `{place}`")]
    NotServed {
        /// Where.
        place: String,
        /// Why.
        source: std::io::Error,
    },
    /// Options that would serve more people than was meant.
    #[error("cannot serve at `{place}`: {why}")]
    NotSafe {
        /// Where.
        place: String,
        /// What is missing.
        why: &'static str,
    },
    /// The desk's thread ended without an answer.
    #[error("the desk gave no answer: {0}")]
    Lost(String),
}

impl Coded for ApiError {
    fn code(&self) -> Code {
        match self {
            Self::BadQuestion { .. } | Self::BadArguments { .. } => codes::BAD_QUESTION,
            Self::Crowded(_) => codes::CROWDED,
            Self::TimedOut { .. } => codes::TIMED_OUT,
            Self::BadConfig(_) => codes::BAD_CONFIG,
            Self::Upstream(_) => codes::UPSTREAM,
            Self::Refused(_) => codes::REFUSED,
            Self::NotMapped { .. } => codes::NOT_MAPPED,
            Self::NotServed { .. } | Self::NotSafe { .. } => codes::NOT_SERVED,
            Self::Lost(_) => codes::LOST,
        }
    }
}
