//! Grants: listed, shown, given, taken back.

use pluto_api::http::body::GiveBody;
use pluto_api::http::{Answer, Page};
use pluto_api::principal::Principal;
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Component, Kind};
use pluto_error::Result;
use pluto_identity::grant::{Grant, Pattern};

use super::super::grant::{
    check_give, check_revoke, concerns, grant_of, one_shown, parent_of, report,
};
use super::super::names::party;
use super::super::writing::nonce;
use super::{NodeDoor, lists, version};
use crate::node::SystemClock;

impl NodeDoor {
    /// By id; whether a grant holds is said of this moment.
    pub(super) fn grants(&self, name: &str, of: Option<&str>, page: &Page) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let whose = of.map(|name| party(&self.context, &snapshot, name)).transpose()?;
        let now_ms = SystemClock.now_ms();
        let (items, next) =
            lists::of_map(snapshot.entries(Component::Controller), page, |key, value| {
                let (id, record) = grant_of(key, value)?;
                concerns(&record, whose).then(|| report(&snapshot, id, &record, now_ms))
            })?;
        Ok(Answer::list(&items, next)?.as_of(version(&snapshot)))
    }

    pub(super) fn grant(&self, name: &str, grant: &str) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        Ok(Answer::shown(&one_shown(&snapshot, grant)?)?.as_of(version(&snapshot)))
    }

    pub(super) fn give(
        &self,
        who: Option<&Principal>,
        name: &str,
        body: &GiveBody,
    ) -> Result<Answer> {
        let (realm, snapshot) = self.realm(name)?;
        let patterns = |texts: &[String]| -> Result<Vec<Pattern>> {
            texts.iter().map(|text| Ok(text.parse()?)).collect()
        };
        let parent = body.parent.as_deref().map(|text| parent_of(&snapshot, text)).transpose()?;
        let above = parent.as_ref().map(|(_, grant)| grant);
        let grant = Grant {
            nonce: nonce(&snapshot),
            parent: parent.as_ref().map(|(id, _)| *id),
            delegate: party(&self.context, &snapshot, &body.to)?,
            actions: patterns(&body.actions)?,
            resources: patterns(&body.resources)?,
            expires_ms: body.expires_ms,
            hops: body.hops,
            rate: above.and_then(|grant| grant.rate),
            budget: body.budget.or_else(|| above?.budget),
            approvers: above.map(|grant| grant.approvers.clone()).unwrap_or_default(),
            factor_ppm: pluto_identity::grant::FACTOR_PPM_MAX,
        };
        // Its own decoder knows the bounds.
        let grant = Grant::decode(&grant.encode())?;
        self.write_as(who, body.identity.as_deref(), realm, |author| {
            check_give(&snapshot, author.did(), &grant)?;
            author.write(&self.node, realm, Kind::DelegationCreated, &grant.encode())
        })
    }

    pub(super) fn revoke(
        &self,
        who: Option<&Principal>,
        name: &str,
        grant: &str,
        identity: Option<&str>,
    ) -> Result<Answer> {
        let (realm, snapshot) = self.realm(name)?;
        self.write_as(who, identity, realm, |author| {
            let revoked = check_revoke(&snapshot, author.did(), grant)?;
            author.write(&self.node, realm, Kind::DelegationRevoked, &revoked.encode())
        })
    }
}
