//! Why a request goes no further.
//!
//! No variant can hold a piece of the request: what a token or a header says never reaches a log
//! through an error.

use pluto_error::{Code, Coded};

use super::codes;
use crate::intake::BodyError;

/// An error of authentication and of what guards the HTTP face.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Nobody said who asks.
    #[error("expected a message signature, a bearer token, or the administrator's socket")]
    Nobody,
    /// A bearer token.
    #[error("bearer token: {0}")]
    Token(&'static str),
    /// A message signature.
    #[error("message signature: {0}")]
    Signature(&'static str),
    /// A component that must be signed and is not.
    #[error("the signature must cover {0}")]
    NotCovered(&'static str),
    /// Outside of its time.
    #[error("{0}")]
    OutOfTime(&'static str),
    /// It came before.
    #[error("this nonce was used with this key already")]
    Replayed,
    /// The body is another.
    #[error("content digest: {0}")]
    BodyChanged(&'static str),
    /// A key that nobody here has.
    #[error("no key is known here under the id given")]
    UnknownKey,
    /// Who asks may not.
    #[error("the role, the scopes, or the policy of this node do not allow it")]
    Forbidden,
    /// More requests than the limit.
    #[error("expected at most `{limit}` requests in `{window_s}` s; try again in `{retry_s}` s")]
    TooFast {
        /// Requests in a window.
        limit: u32,
        /// The window in seconds.
        window_s: u32,
        /// When to come again, in seconds.
        retry_s: u32,
    },
    /// A signed body beyond its bounds.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A page or a name from elsewhere.
    #[error("{0}")]
    Elsewhere(&'static str),
    /// Keys of tokens.
    #[error("keys of tokens: {0}")]
    BadKeys(&'static str),
    /// No place to remember one more signed message.
    #[error("too many signed messages of one key, or of all, in the time they are remembered")]
    Full,
}

impl Coded for AuthError {
    fn code(&self) -> Code {
        match self {
            Self::Nobody => codes::NOBODY,
            Self::Token(_) => codes::BAD_TOKEN,
            Self::Signature(_) => codes::BAD_SIGNATURE,
            Self::NotCovered(_) => codes::NOT_COVERED,
            Self::OutOfTime(_) => codes::OUT_OF_TIME,
            Self::Replayed => codes::REPLAYED,
            Self::BodyChanged(_) => codes::BODY_CHANGED,
            Self::UnknownKey => codes::UNKNOWN_KEY,
            Self::Forbidden => codes::FORBIDDEN,
            Self::TooFast { .. } => codes::TOO_FAST,
            Self::Body(error) => error.code(),
            Self::Elsewhere(_) => codes::ELSEWHERE,
            Self::BadKeys(_) => codes::BAD_KEYS,
            Self::Full => codes::FULL,
        }
    }
}
