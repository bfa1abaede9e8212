//! Policies of realms: listed, shown, installed, tried on the log.

use std::sync::Arc;

use pluto_api::http::body::{InstallBody, SimulateBody};
use pluto_api::http::{Answer, Page};
use pluto_api::principal::Principal;
use pluto_core::Component;
use pluto_eclvm::Vm;
use pluto_error::Result;

use super::super::ecl;
use super::super::policy::{install, installed, simulate, slot_shown};
use super::{NodeDoor, lists, version};

impl NodeDoor {
    pub(super) fn policies(&self, name: &str, page: &Page) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let map = snapshot.entries(Component::EclPolicy);
        let (items, next) = lists::of_map(map, page, |key, value| {
            installed(&snapshot, key, value).map(|(shown, _)| shown)
        })?;
        Ok(Answer::list(&items, next)?.as_of(version(&snapshot)))
    }

    pub(super) fn policy(&self, name: &str, slot: &str) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        Ok(Answer::shown(&slot_shown(&snapshot, slot)?)?.as_of(version(&snapshot)))
    }

    pub(super) fn install(
        &self,
        who: Option<&Principal>,
        name: &str,
        slot: String,
        body: InstallBody,
    ) -> Result<Answer> {
        let (realm, _) = self.realm(name)?;
        let artifact = match body.source.is_empty() {
            true => Vec::new(),
            false => ecl::artifact_of(&slot, body.source)?,
        };
        self.write_as(who, body.identity.as_deref(), realm, |author| {
            Ok(install(&self.node, realm, author, slot, artifact)?.0)
        })
    }

    pub(super) fn simulate(&self, name: &str, body: &SimulateBody) -> Result<Answer> {
        let (realm, snapshot) = self.realm(name)?;
        let vm = Arc::new(Vm::new(self.context.mode, None)?);
        let artifact = ecl::artifact_of("admission", body.source.clone())?;
        let found = simulate::trial(&self.node, &vm, realm, &artifact, body.from_ms, &|_| {})?;
        Ok(Answer::shown(&simulate::data(&found))?.after(version(&snapshot)))
    }
}
