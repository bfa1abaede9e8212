//! Realms by their names, which are unique within a node.

use std::sync::Arc;

use pluto_core::RealmId;
use pluto_core::limits::NAME_BYTES_MAX;
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::RealmOutline;

use super::Node;
use crate::error::NodeError;

/// Fewest digits of an id that may stand for it.
const ID_PREFIX_MIN: usize = 4;
/// Realms that an error names.
const REALMS_LISTED_MAX: usize = 8;

impl Node {
    /// The name of a realm; empty when its genesis has no effect.
    #[must_use]
    pub fn realm_name(&self, realm: RealmId) -> String {
        self.system.outline(realm).map(|outline| outline.name.clone()).unwrap_or_default()
    }

    /// The realm with that name, id or beginning of an id; when nothing is said, the only realm that
    /// is not the operator's.
    ///
    /// # Errors
    /// `NOD-0003` when none or several fit.
    pub fn realm(&self, name: Option<&str>) -> Result<RealmId> {
        let outlines = self.system.outlines();
        let realms: Vec<RealmId> = outlines.keys().copied().collect();
        let fits = |(realm, outline): &(&RealmId, &Arc<RealmOutline>)| match name {
            None => self.operator.get() != Some(*realm),
            Some(name) => {
                let is_prefix = name.len() >= ID_PREFIX_MIN && realm.to_string().starts_with(name);
                outline.name == name || is_prefix
            }
        };
        let found: Vec<RealmId> = outlines.iter().filter(fits).map(|(realm, _)| *realm).collect();
        match found.as_slice() {
            [realm] => Ok(*realm),
            _ if realms.is_empty() => Err(NodeError::NoRealm.into()),
            [] => Err(self.which_realm(name, &realms).into()),
            several => Err(self.which_realm(name, several).into()),
        }
    }

    fn which_realm(&self, name: Option<&str>, realms: &[RealmId]) -> NodeError {
        let found = match name {
            None => "none".to_owned(),
            Some(name) => format!("`{name}`"),
        };
        let shown = realms.iter().take(REALMS_LISTED_MAX);
        let mut names: Vec<String> = shown
            .map(|realm| format!("`{}` ({})", self.realm_name(*realm), realm.short()))
            .collect();
        if realms.len() > REALMS_LISTED_MAX {
            names.push(format!("and {} more", realms.len() - REALMS_LISTED_MAX));
        }
        NodeError::WhichRealm { found, realms: names.join(", ") }
    }

    /// Refuses a name that no realm can have, or that one here has.
    ///
    /// # Errors
    /// `NOD-0007` for an empty or overlong name, `NOD-0012` for one that is taken.
    pub fn check_new_name(&self, name: &str) -> Result<()> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            let why = format!(
                "expected a name of 1 to `{NAME_BYTES_MAX}` bytes, found one of `{}`",
                name.len()
            );
            return Err(NodeError::BadArgument(why).into());
        }
        if self.system.outlines().values().any(|outline| outline.name == name) {
            return Err(NodeError::NameTaken(name.to_owned()).into());
        }
        Ok(())
    }
}
