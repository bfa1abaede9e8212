//! Decisions: asked for, recorded, completed, approved, listed, proven.

use pluto_api::http::body::{ActBody, ApproveBody, CheckBody, CompleteBody};
use pluto_api::http::{Answer, Page};
use pluto_api::principal::Principal;
use pluto_api::{Completion, Desk};
use pluto_error::Result;
use pluto_nervous_system::event_sourcing::Place;

use super::super::ecl;
use super::super::log::told;
use super::super::names::{Names, party};
use super::events::event_id;
use super::{NodeDoor, lists, version, version_of};
use crate::node::{AgentDesk, answer_shown, approve, complete, completed, wish_of};

/// Places that are looked through for one part of a list.
const LOOKED_MAX: u64 = 8_192;

impl NodeDoor {
    pub(super) fn check(
        &self,
        who: Option<&Principal>,
        name: &str,
        body: &CheckBody,
    ) -> Result<Answer> {
        let (realm, snapshot) = self.realm(name)?;
        let own = who.map(|who| who.name.clone()).unwrap_or_default();
        let actor = party(&self.context, &snapshot, body.actor.as_deref().unwrap_or(&own))?;
        let wish = wish_of(&body.question())?;
        let desk = self.node.desk();
        let answered = match &body.source {
            Some(source) => {
                let artifact = ecl::artifact_of("the proposed policy", source.clone())?;
                desk.try_on(&snapshot, &artifact, actor, &wish)
            }
            None => desk.check(&snapshot, actor, &wish),
        };
        let mut shown = answer_shown(&answered);
        shown.as_of.realm = Some(realm.to_string());
        Answer::shown(&shown)
    }

    pub(super) fn act(
        &self,
        who: Option<&Principal>,
        name: &str,
        body: &ActBody,
    ) -> Result<Answer> {
        let (realm, _) = self.realm(name)?;
        let signer = self.signer(who, body.identity.as_deref())?;
        let keys = std::sync::Arc::clone(self.keystore()?);
        let desk = AgentDesk::new(std::sync::Arc::clone(&self.node), realm, keys, &signer)?;
        let mut receipt = desk.act(&body.question())?;
        receipt.answer.as_of.realm = Some(realm.to_string());
        Answer::shown(&receipt)
    }

    pub(super) fn complete(
        &self,
        who: Option<&Principal>,
        decision: &str,
        body: &CompleteBody,
    ) -> Result<Answer> {
        let decision = event_id(decision)?;
        let CompleteBody { identity, status, result_digest, result_len } = body.clone();
        let done = completed(decision, &Completion { status, result_digest, result_len })?;
        let realm = self.realm_of(decision)?;
        self.write_as(who, identity.as_deref(), realm, |author| {
            complete(&self.node, realm, author, &done)
        })
    }

    pub(super) fn approve(
        &self,
        who: Option<&Principal>,
        decision: &str,
        body: &ApproveBody,
    ) -> Result<Answer> {
        let decision = event_id(decision)?;
        let realm = self.realm_of(decision)?;
        self.write_as(who, body.identity.as_deref(), realm, |author| {
            approve(&self.node, realm, author, decision, body.approve)
        })
    }

    /// The story of agents, the newest first. A part may hold few items, or none, where the realm is about
    /// other things: it is read on with `next` all the same.
    pub(super) fn decisions(&self, name: &str, page: &Page) -> Result<Answer> {
        let (realm, snapshot) = self.realm(name)?;
        let names = Names::of(&self.context);
        let place = lists::number(page)?;
        let (first, places, length, root) = self.node.system().ask(realm, move |view| {
            let roots = view.roots();
            let end = place.unwrap_or(roots.position).min(roots.position);
            let first = end.saturating_sub(LOOKED_MAX);
            Ok((first, view.places(first..end)?, roots.position, roots.state))
        })?;
        let places: Vec<(u64, Place)> = (first..).zip(places).collect();
        let (mut items, mut next) = (Vec::new(), first);
        for (position, place) in places.iter().rev() {
            let event = crate::node::load(self.node.system(), place.id)?;
            let Some(value) = told(&snapshot, &names, &event, place) else { continue };
            items.push(value);
            if items.len() == page.limit {
                next = *position;
                break;
            }
        }
        let next = (next > 0).then(|| next.to_be_bytes().to_vec());
        Ok(Answer::list(&items, next)?.as_of(version_of(realm, length, root)))
    }

    /// The bundle under the newest checkpoint; nothing is signed for it.
    pub(super) fn bundle(&self, decision: &str) -> Result<Answer> {
        let id = event_id(decision)?;
        let realm = self.realm_of(id)?;
        let position = self.node.position_of(realm, id)?;
        let witnessed = self.node.witnessed(realm, position, None)?;
        let bundles = self.node.bundles(realm, &[id], &witnessed, &|_| {})?;
        let bytes = bundles.first().map(pluto_decision::bundle::Bundle::encode);
        let answer = Answer::file(bytes.unwrap_or_default(), "application/octet-stream");
        Ok(answer.as_of(version(&*self.node.snapshot(realm)?)))
    }
}
