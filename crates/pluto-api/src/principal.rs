//! Who asks, and what they may do: the outcome of authentication.

use std::collections::BTreeSet;

/// What a principal may do at most. A higher role includes the lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Reader,
    /// Reads, and writes events.
    Writer,
    /// Everything, the node itself included.
    Admin,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// A DID, the subject of a token with its issuer, or `local` for the socket of the administrator.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// Narrower rights: `events:write`, `policies:install`. Empty: all of the role.
    pub scopes: BTreeSet<String>,
}
