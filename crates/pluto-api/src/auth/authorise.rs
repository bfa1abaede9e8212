//! May this principal do that? One [`Authoriser`] answers for every route.

use crate::principal::{Principal, Role};

/// What a route asks of whoever calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The route as it stands in the table: `POST /v1/events`.
    pub route: String,
    /// The role that is needed at least; everybody may call it where there is none.
    pub role: Option<Role>,
    /// The scope that is needed of a principal with scopes.
    pub scope: Option<&'static str>,
    /// Whether it changes something.
    pub mutates: bool,
    /// Longest body in bytes.
    pub body_bytes_max: usize,
}

/// Decides by role, scopes and route.
pub trait Authoriser: Send + Sync + 'static {
    /// Whether the principal may do that. Anything that cannot be decided is a no.
    fn allows(&self, principal: &Principal, need: &Need) -> bool;
}

/// The rule without a policy: the role is high enough, and the scope is among those of the principal.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByRole;

impl Authoriser for ByRole {
    fn allows(&self, principal: &Principal, need: &Need) -> bool {
        need.role.is_none_or(|role| principal.role >= role) && has_scope(principal, need.scope)
    }
}

/// Whether the scopes of a principal reach as far as this one. No scopes at all are all of the role;
/// what is no route has no scope, and is closed to whoever has some.
#[must_use]
pub fn has_scope(principal: &Principal, needed: Option<&str>) -> bool {
    principal.scopes.is_empty()
        || needed.is_some_and(|needed| principal.scopes.iter().any(|scope| covers(scope, needed)))
}

/// `events:write` covers itself, `events:*` everything about events, and `*:read` all that reads.
fn covers(scope: &str, needed: &str) -> bool {
    let (Some((thing, act)), Some(needed)) = (scope.split_once(':'), needed.split_once(':')) else {
        return scope == needed;
    };
    (thing == "*" || thing == needed.0) && (act == "*" || act == needed.1)
}

impl Role {
    /// All roles, the lowest first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Writer, Self::Admin];

    /// Its word in settings, tokens and policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Admin => "admin",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

#[cfg(test)]
mod tests;
