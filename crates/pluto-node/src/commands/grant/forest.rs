//! All grants of a realm, and which hangs below which.

use std::collections::BTreeMap;

use pluto_core::{Canonical, Component};
use pluto_error::Result;
use pluto_identity::grant::{CHAIN_GRANTS_MAX, GrantId, GrantRecord};
use pluto_nervous_system::Snapshot;

use crate::error::NodeError;

/// Fewest digits of an id that may stand for it.
const ID_PREFIX_MIN: usize = 4;

/// The grants of one version of a realm.
pub(super) struct Forest(BTreeMap<GrantId, GrantRecord>);

/// The grant that an entry of `Controller` is, if it is one.
pub(in crate::commands) fn grant_of(key: &[u8], value: &[u8]) -> Option<(GrantId, GrantRecord)> {
    let id = GrantId(key.strip_prefix(b"g")?.try_into().ok()?);
    Some((id, GrantRecord::decode(value).ok()?))
}

impl Forest {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let entries = snapshot.entries(Component::Controller).iter();
        Self(entries.filter_map(|(key, value)| grant_of(key, value)).collect())
    }

    /// First grants first, then by id.
    pub(super) fn all(&self) -> impl Iterator<Item = (GrantId, &GrantRecord)> {
        let mut all: Vec<_> = self.0.iter().map(|(id, record)| (*id, record)).collect();
        all.sort_by_key(|(id, record)| (record.depth, *id));
        all.into_iter()
    }

    pub(super) fn get(&self, id: GrantId) -> Option<&GrantRecord> {
        self.0.get(&id)
    }

    /// The grant with that id, or the only one whose id begins so.
    ///
    /// # Errors
    /// `NOD-0003` when none or several fit.
    pub(super) fn find(&self, text: &str) -> Result<(GrantId, GrantRecord)> {
        let fits = |id: &GrantId| text.len() >= ID_PREFIX_MIN && id.to_string().starts_with(text);
        let mut found = self.0.iter().filter(|(id, _)| fits(id));
        match (found.next(), found.next()) {
            (Some((id, record)), None) => Ok((*id, record.clone())),
            _ => {
                let hint = "give enough of its id to tell it from others; see `pluto grant list`"
                    .to_owned();
                let name = text.to_owned();
                Err(NodeError::NotFound { what: "single grant", name, hint }.into())
            }
        }
    }

    /// The chain of a grant, the first one in front.
    pub(super) fn path(&self, id: GrantId) -> Vec<(GrantId, &GrantRecord)> {
        let step = |id: GrantId| self.get(id).map(|record| (id, record));
        let above = |(_, record): &(GrantId, &GrantRecord)| record.grant.parent.and_then(step);
        let mut path: Vec<_> =
            std::iter::successors(step(id), above).take(CHAIN_GRANTS_MAX).collect();
        path.reverse();
        path
    }

    /// Everything below a grant, each grant after the one it rests on.
    pub(super) fn below(&self, id: GrantId) -> Vec<GrantId> {
        let mut found: Vec<GrantId> = Vec::new();
        for (other, _) in self.all() {
            let parent = self.get(other).and_then(|record| record.grant.parent);
            if parent.is_some_and(|parent| parent == id || found.contains(&parent)) {
                found.push(other);
            }
        }
        found
    }

    /// The chain of a grant and everything below it, one line each.
    pub(super) fn tree(
        &self,
        id: GrantId,
        line: impl Fn(GrantId, &GrantRecord) -> String,
    ) -> String {
        let mut lines = Vec::new();
        for (one, record) in self.path(id) {
            let mark = if one == id { "   <-" } else { "" };
            lines.push((record.depth, line(one, record) + mark));
        }
        self.grow(id, &line, &mut lines);
        let indented = |(depth, line): (u8, String)| {
            format!("{}└─ {line}\n", "   ".repeat(usize::from(depth)))
        };
        lines.into_iter().map(indented).collect()
    }

    /// At most as deep as a chain is long.
    fn grow(
        &self,
        id: GrantId,
        line: &impl Fn(GrantId, &GrantRecord) -> String,
        lines: &mut Vec<(u8, String)>,
    ) {
        for (child, record) in self.0.iter().filter(|(_, one)| one.grant.parent == Some(id)) {
            lines.push((record.depth, line(*child, record)));
            self.grow(*child, line, lines);
        }
    }
}
