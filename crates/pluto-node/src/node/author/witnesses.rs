//! Who witnesses a realm.

use pluto_core::{Canonical, Did, Kind, RealmId};
use pluto_engines::finality::WitnessSet;
use pluto_error::Result;

use super::{Author, Written};
use crate::node::Node;

impl Author<'_> {
    /// Declares who witnesses a realm, from its next final checkpoint on; without a threshold two thirds
    /// of them must sign, rounded up.
    ///
    /// # Errors
    /// For no witness, too many, or a threshold that is no majority; `NOD-0008` when the author may not
    /// administer the realm or a witness is no member; else what [`Author::write`] says.
    pub fn declare_witnesses(
        &self,
        node: &Node,
        realm: RealmId,
        witnesses: &[Did],
        threshold: Option<usize>,
    ) -> Result<(WitnessSet, Written)> {
        let set = WitnessSet::new(witnesses.iter().copied(), threshold)?;
        let written = self.write(node, realm, Kind::WitnessesDeclared, &set.encode())?;
        Ok((set, written))
    }
}

#[cfg(test)]
mod tests;
