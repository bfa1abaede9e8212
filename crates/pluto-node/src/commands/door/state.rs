//! State: roots, entries, and proofs of them.

use pluto_api::http::shape::EntryShown;
use pluto_api::http::{Answer, Page};
use pluto_core::traits::StateView;
use pluto_core::{Component, hex};
use pluto_error::Result;
use pluto_nervous_system::Snapshot;

use super::super::state::{entry_key, root_shown};
use super::{NodeDoor, lists, version};
use crate::describe;
use crate::proof_file::ProofFile;

impl NodeDoor {
    pub(super) fn roots(&self, name: &str) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        Ok(Answer::shown(&root_shown(&snapshot))?.as_of(version(&snapshot)))
    }

    pub(super) fn entries(&self, name: &str, component: &str, page: &Page) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let component: Component = component.parse()?;
        let (items, next) = lists::of_map(snapshot.entries(component), page, |key, value| {
            Some(entry_shown(component, key, Some(value), None))
        })?;
        Ok(Answer::list(&items, next)?.as_of(version(&snapshot)))
    }

    pub(super) fn entry(
        &self,
        name: &str,
        component: &str,
        key: &str,
        prove: bool,
    ) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let component: Component = component.parse()?;
        let key = entry_key(&self.context, &snapshot, key)?;
        let value = snapshot.get(component, &key);
        let proof = match prove {
            true => Some(proof(&snapshot, component, &key)?),
            false => None,
        };
        let shown = entry_shown(component, &key, value.as_deref(), proof);
        Ok(Answer::shown(&shown)?.as_of(version(&snapshot)))
    }
}

/// The file that shows an entry, or that there is none, under the root of this version; nobody signs it.
fn proof(snapshot: &Snapshot, component: Component, key: &[u8]) -> Result<String> {
    let state = snapshot.proof(component, key)?;
    let file = ProofFile { root: snapshot.roots().state, state, witness: None };
    Ok(hex::text(&file.encode()))
}

fn entry_shown(
    component: Component,
    key: &[u8],
    value: Option<&[u8]>,
    proof: Option<String>,
) -> EntryShown {
    EntryShown {
        component: component.as_str(),
        key: hex::text(key),
        value: value.map(hex::text),
        described: describe::entry(component, key, value).map(|words| words.json()),
        proof,
    }
}
