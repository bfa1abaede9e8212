//! What can go wrong on the command line itself.

use std::path::PathBuf;

use pluto_ecl::limits::SOURCE_BYTES_MAX;
use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;

/// Errors of the command line.
#[derive(Debug, Error)]
pub enum NodeError {
    /// No node in the directory.
    #[error("no node in `{0}`; begin with `pluto init`")]
    NotInitialised(PathBuf),
    /// A node is there already.
    #[error("`{0}` holds a node already; name another directory with `--data`")]
    AlreadyInitialised(PathBuf),
    /// A name that fits nothing, or too much.
    #[error("no {what} fits `{name}`; {hint}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The name given.
        name: String,
        /// What there is, or what to do.
        hint: String,
    },
    /// A file.
    #[error("cannot {action} `{path}`")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No passphrase.
    #[error("no passphrase: set `PLUTO_PASSPHRASE`, name a `--passphrase-file`, or use a terminal")]
    NoPassphrase,
    /// A key that the node does not use for who asks.
    #[error("{0}")]
    NoKeyForYou(&'static str),
    /// A question that nobody answers.
    #[error("nobody answers `{0}`")]
    Unanswered(String),
    /// A realm that must be named, or whose name does not tell it from others.
    #[error("expected the name of one realm, found {found}; name it with `--realm`: {realms}")]
    WhichRealm {
        /// What was given.
        found: String,
        /// The realms that fit.
        realms: String,
    },
    /// No realm at all.
    #[error("there is no realm yet; create one with `pluto realm create <name>`")]
    NoRealm,
    /// A realm of that name is here.
    #[error("a realm named `{0}` is here already; choose another name")]
    NameTaken(String),
    /// A proof that does not hold.
    #[error("{0}")]
    BadProof(String),
    /// An argument.
    #[error("{0}")]
    BadArgument(String),
    /// A checkpoint that is not signed.
    #[error("checkpoint `{checkpoint}` is not signed: {why}")]
    BadCheckpoint {
        /// Its payload hash.
        checkpoint: pluto_core::Digest,
        /// Why not.
        why: &'static str,
    },
    /// An event without effect.
    #[error("event `{id}` is recorded, but {verdict}; see `pluto event show {id}`")]
    NoEffect {
        /// The event.
        id: String,
        /// Why it has no effect.
        verdict: String,
    },
    /// An event that would have no effect.
    #[error("nothing is written: {why}; {hint}")]
    NotWritten {
        /// Why it would have none.
        why: String,
        /// What to do.
        hint: String,
    },
    /// A rule that is weaker than the one above it.
    #[error(
        "the rule `{rule}` is weaker than above, where it says `{above}`; say that, or what is stricter"
    )]
    Weakened {
        /// Which rule.
        rule: pluto_realm::Rule,
        /// What holds above.
        above: String,
    },
    /// Damage that a check found.
    #[error("the store is damaged: `{0}` faults found, each listed with its repair")]
    Damaged(usize),
    /// The node that runs is of another build.
    #[error(
        "the node that runs here is not of version `{found}`; stop it, or call it with its own"
    )]
    OtherVersion {
        /// The version of the caller.
        found: String,
    },
    /// The answer is not allow, with what was said.
    #[error("not allowed: {0}")]
    Refused(String),
    /// A program did not succeed.
    #[error("the program {0}")]
    CommandFailed(String),
    /// What a running node says, with its code.
    #[error("{0} ({1})")]
    Told(String, String),
    /// The answer is not allow.
    #[error("not allowed: {0}")]
    NotAllowed(&'static str),
    /// The realm's clock stands too far back.
    #[error(
        "the realm's time is `{age_s}` s old, more than `{bound_s}`; have its creator sign a \
         checkpoint, or act where the creator's key is"
    )]
    Stale {
        /// How far back, in seconds.
        age_s: u64,
        /// The bound.
        bound_s: u64,
    },
    /// The node carries out as many commands as it may.
    #[error("the node carries out `{calls}` commands already; try again")]
    Busy {
        /// How many.
        calls: usize,
    },
    /// Ctrl-C.
    #[error("interrupted: {0}")]
    Interrupted(String),
    /// A policy source with errors, each shown before.
    #[error("{0}")]
    SourceRefused(String),
    /// A policy source above its bound.
    #[error("expected a source of at most {SOURCE_BYTES_MAX} bytes, found more in `{0}`")]
    SourceTooLarge(String),
    /// Tests of policies that failed.
    #[error("{failed} of {tests} tests failed")]
    TestsFailed {
        /// How many failed.
        failed: usize,
        /// How many there are.
        tests: usize,
    },
    /// Sources that are laid out otherwise than the formatter does.
    #[error("not formatted: {0}; `pluto ecl fmt` does it")]
    NotFormatted(String),
    /// Engines that answer one question differently.
    #[error("the engines disagree: {0}; please report it with the source")]
    EnginesDisagree(String),
    /// A key that is active in a realm and not here.
    #[error("the key of `{did}` that is active in realm `{realm}` is not in this keystore")]
    KeyNotHere {
        /// The identity.
        did: String,
        /// The realm.
        realm: String,
    },
    /// A recovery that is not due.
    #[error("the recovery is not due: {0}")]
    RecoveryWaits(String),
    /// What was asked for is with peers, and they do not give it now.
    #[error("{0}")]
    Offline(String),
    /// A blob or a payload that was erased.
    #[error("the {what} was erased by event `{event}`: {reason}")]
    Erased {
        /// Which of the two.
        what: &'static str,
        /// The event.
        event: String,
        /// Why.
        reason: String,
    },
    /// A command line that does not parse.
    #[error("{0}")]
    Usage(String),
}

impl NodeError {
    /// A checkpoint that is not signed.
    #[must_use]
    pub const fn bad_checkpoint(checkpoint: pluto_core::Digest, why: &'static str) -> Self {
        Self::BadCheckpoint { checkpoint, why }
    }
}

impl Coded for NodeError {
    fn code(&self) -> Code {
        match self {
            Self::NotInitialised(_) => codes::NOT_INITIALISED,
            Self::AlreadyInitialised(_) => codes::ALREADY_INITIALISED,
            Self::NotFound { .. } | Self::WhichRealm { .. } | Self::NoRealm => codes::NOT_FOUND,
            Self::File { .. } => codes::FILE,
            Self::NoPassphrase => codes::NO_PASSPHRASE,
            Self::NoKeyForYou(_) => codes::NO_KEY_FOR_YOU,
            Self::Unanswered(_) => codes::UNANSWERED,
            Self::BadProof(_) => codes::BAD_PROOF,
            Self::BadArgument(_) => codes::BAD_ARGUMENT,
            Self::BadCheckpoint { .. } => codes::BAD_CHECKPOINT,
            Self::NoEffect { .. } => codes::NO_EFFECT,
            Self::NotWritten { .. } => codes::NOT_WRITTEN,
            Self::Weakened { .. } => pluto_realm::codes::WEAKENED,
            Self::Damaged(_) => codes::DAMAGED,
            Self::Interrupted(_) => codes::INTERRUPTED,
            Self::SourceRefused(_) => pluto_ecl::codes::REFUSED,
            Self::SourceTooLarge(_) => pluto_ecl::codes::SOURCE_TOO_LARGE,
            Self::TestsFailed { .. } => codes::TESTS_FAILED,
            Self::NotFormatted(_) => codes::NOT_FORMATTED,
            Self::EnginesDisagree(_) => codes::ENGINES_DISAGREE,
            Self::KeyNotHere { .. } => codes::KEY_NOT_HERE,
            Self::RecoveryWaits(_) => codes::RECOVERY_WAITS,
            Self::Offline(_) => codes::OFFLINE,
            Self::Erased { .. } => codes::ERASED,
            Self::Usage(_) => codes::USAGE,
            Self::NameTaken(_) => codes::NAME_TAKEN,
            Self::OtherVersion { .. } => codes::OTHER_VERSION,
            Self::Busy { .. } => codes::BUSY,
            Self::Stale { .. } => codes::STALE,
            Self::NotAllowed(_) | Self::Refused(_) => codes::NOT_ALLOWED,
            Self::CommandFailed(_) => codes::COMMAND_FAILED,
            Self::Told(..) => codes::TOLD,
        }
    }
}

impl NodeError {
    /// A file error.
    pub fn file(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { action, path: path.into(), source }
    }
}
