//! Codes: the stable names under which errors are documented, matched and counted.
//!
//! A code is never reused. Its three-letter prefix names the subsystem, its kind says what a caller
//! can do. `docs/errors.md` is generated from the constants and checked against them.

use std::fmt;

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The input is wrong and will stay wrong: do not send it again.
    Reject,
    /// A passing fault: the same call may succeed later.
    Retry,
    /// Stored data is damaged: run `pluto fsck`.
    Corrupt,
    /// A bound is reached: slow down, then try again.
    Busy,
    /// The caller may not do this.
    Denied,
    /// A named thing does not exist here.
    Missing,
    /// The environment stands in the way (disk full, no permission, wrong directory).
    Environment,
    /// A fault of the program itself: please report it.
    Bug,
}

impl Kind {
    /// The lower-case word used in JSON and in `docs/errors.md`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Retry => "retry",
            Self::Corrupt => "corrupt",
            Self::Busy => "busy",
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::Environment => "environment",
            Self::Bug => "bug",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The part of Pluto that raised an error; the prefix of its codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subsystem {
    /// `COR`: identifiers, events, codec.
    Core,
    /// `MRK`: trees and proofs.
    Merkle,
    /// `STO`: log, index, blobs, files.
    Storage,
    /// `IDN`: keys, signatures, keystore.
    Identity,
    /// `ECL`: the policy language.
    Ecl,
    /// `EVM`: engines that run policies.
    Eclvm,
    /// `ENG`: trust and the other engines.
    Engine,
    /// `NRV`: bus, admission, fold.
    NervousSystem,
    /// `SYN`: observer hub.
    Synapse,
    /// `API`: faces for agents.
    Api,
    /// `NOD`: command line and composition.
    Node,
    /// A prefix this build does not know.
    Other,
}

/// One stable error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code {
    id: &'static str,
    kind: Kind,
    public: &'static str,
}

impl Code {
    /// Declares a code: `id` is three capital letters, a dash and four digits; `public` is a text
    /// that is safe to show a stranger.
    #[must_use]
    pub const fn new(id: &'static str, kind: Kind, public: &'static str) -> Self {
        Self { id, kind, public }
    }

    /// The stable name, such as `STO-0003`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// What a caller can do.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// A text without any value of this installation in it.
    #[must_use]
    pub const fn public(self) -> &'static str {
        self.public
    }

    /// The subsystem that owns the prefix.
    #[must_use]
    pub fn subsystem(self) -> Subsystem {
        match self.id.split('-').next() {
            Some("COR") => Subsystem::Core,
            Some("MRK") => Subsystem::Merkle,
            Some("STO") => Subsystem::Storage,
            Some("IDN") => Subsystem::Identity,
            Some("ECL") => Subsystem::Ecl,
            Some("EVM") => Subsystem::Eclvm,
            Some("ENG") => Subsystem::Engine,
            Some("NRV") => Subsystem::NervousSystem,
            Some("SYN") => Subsystem::Synapse,
            Some("API") => Subsystem::Api,
            Some("NOD") => Subsystem::Node,
            _ => Subsystem::Other,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}
