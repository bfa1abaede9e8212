//! Blueprints: bundles of policies, rules, rooms and records that are published, attested and deployed.
//!
//! A blueprint is named by the hash of its bytes, so what was attested is what is deployed. The realm
//! keeps who published it under which name and version, who attested it, and what is deployed.
//!
//! 1. Any member *publishes*; the versions of a name go up and belong to whoever published the first,
//!    or to an administrator. A fork names the blueprint it came from.
//! 2. A member who holds a credential *attests* under its schema, never what they published themselves.
//! 3. An administrator *deploys*. For each schema in `required_attestations` there must be an attestation
//!    by somebody who still holds that credential; else the deployment is void, and nothing follows it.
//!
//! What a deployment puts into the realm are ordinary events behind it, judged like all others.

mod record;

use pluto_core::payload::{Role, payload_of};
use pluto_core::state::{MemberRecord, read};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{BlobId, Canonical, Component, Event, Kind, Verdict, VoidReason};
use pluto_error::{Code, Coded};
use thiserror::Error;

use crate::codes;
use crate::hierarchy::lineage;
use crate::rules::active_member;
use crate::standing::Standing;

pub use record::{
    AttestationRecord, BLUEPRINT_NAME_BYTES_MAX, BlueprintAction, BlueprintRecord,
    DeploymentRecord, NameRecord, Publish, attestation_key, blueprint_key, deployment_key,
    name_key,
};

/// Steps on `BlueprintAction`; keeps blueprints in component `Blueprint`, deployments in `EclBlueprint`.
#[derive(Clone, Copy, Debug)]
pub struct BlueprintEngine {
    standing: Standing,
}

/// Why a blueprint cannot be deployed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Undeployable {
    /// Nobody published it in the realm.
    #[error("it is not published in the realm")]
    Unknown,
    /// An attestation that the realm requires is missing, or its attester lost the credential.
    #[error("an attestation by a holder of `{0}` is missing")]
    Unattested(String),
}

impl Coded for Undeployable {
    fn code(&self) -> Code {
        match self {
            Self::Unknown => codes::NOT_PUBLISHED,
            Self::Unattested(_) => codes::NOT_ATTESTED,
        }
    }
}

impl From<Undeployable> for VoidReason {
    fn from(why: Undeployable) -> Self {
        match why {
            Undeployable::Unknown => Self::NotFound,
            Undeployable::Unattested(_) => Self::PolicyDenied,
        }
    }
}

impl BlueprintEngine {
    /// Reads who holds what by `standing`.
    #[must_use]
    pub const fn new(standing: Standing) -> Self {
        Self { standing }
    }
}

impl Engine for BlueprintEngine {
    fn component(&self) -> Component {
        Component::Blueprint
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::BlueprintAction]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        let done = payload_of(event).and_then(|action| {
            let author = active_member(view, event.header.author).ok_or(VoidReason::NotMember)?;
            match action {
                BlueprintAction::Publish(publish) => publish_by(author, view, event, publish, out),
                BlueprintAction::Attest { blueprint, schema } => {
                    attest(self.standing, view, event, &blueprint, &schema, out)
                }
                BlueprintAction::Withdraw { blueprint, schema } => {
                    withdraw(view, event, &blueprint, &schema, out)
                }
                BlueprintAction::Deploy { blueprint } => {
                    if author.role < Role::Admin {
                        return Err(VoidReason::NotAllowed);
                    }
                    let record = may_deploy(view, self.standing, &blueprint)?;
                    let deployed = DeploymentRecord { event: event.id, blueprint };
                    let key = deployment_key(&record.name);
                    out.put(Component::EclBlueprint, key, deployed.encode());
                    Ok(())
                }
            }
        });
        done.map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}

fn publish_by(
    author: MemberRecord,
    view: &dyn StateView,
    event: &Event,
    publish: Publish,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let Publish { blueprint, name, version, parent } = publish;
    if published(view, &blueprint).is_some() {
        return Err(VoidReason::AlreadyExists);
    }
    let owner = match newest(view, &name) {
        None => event.header.author,
        Some(last) if version <= last.version => return Err(VoidReason::NotMonotone),
        Some(last) if last.owner != event.header.author && author.role < Role::Admin => {
            return Err(VoidReason::NotAllowed);
        }
        Some(last) => last.owner,
    };
    let named = NameRecord { version, blueprint, owner };
    out.put(Component::Blueprint, name_key(&name), named.encode());
    let publisher = event.header.author;
    let record = BlueprintRecord { event: event.id, publisher, name, version, parent };
    out.put(Component::Blueprint, blueprint_key(&blueprint), record.encode());
    Ok(())
}

fn attest(
    standing: Standing,
    view: &dyn StateView,
    event: &Event,
    blueprint: &BlobId,
    schema: &str,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let record = published(view, blueprint).ok_or(VoidReason::NotFound)?;
    let attester = event.header.author;
    if record.publisher == attester {
        return Err(VoidReason::SelfAttestation);
    }
    if !(standing.holds)(view, &attester, schema) {
        return Err(VoidReason::NotAllowed);
    }
    let record = AttestationRecord { attester, event: event.id };
    out.put(Component::Blueprint, attestation_key(blueprint, schema), record.encode());
    Ok(())
}

fn withdraw(
    view: &dyn StateView,
    event: &Event,
    blueprint: &BlobId,
    schema: &str,
    out: &mut Effects,
) -> Result<(), VoidReason> {
    let record = attestation(view, blueprint, schema).ok_or(VoidReason::NotFound)?;
    if record.attester != event.header.author {
        return Err(VoidReason::NotAllowed);
    }
    out.remove(Component::Blueprint, attestation_key(blueprint, schema));
    Ok(())
}

/// Whether an administrator may deploy a blueprint now: the question of the fold, for who wants to ask
/// before signing.
///
/// # Errors
/// `RLM-0013` when nobody published it here, `RLM-0014` with the schema whose attestation is missing.
pub fn may_deploy(
    view: &dyn StateView,
    standing: Standing,
    blueprint: &BlobId,
) -> Result<BlueprintRecord, Undeployable> {
    let record = published(view, blueprint).ok_or(Undeployable::Unknown)?;
    for schema in lineage(view).rules.required_attestations.0 {
        let found = attestation(view, blueprint, &schema);
        if !found.is_some_and(|found| (standing.holds)(view, &found.attester, &schema)) {
            return Err(Undeployable::Unattested(schema));
        }
    }
    Ok(record)
}

/// A blueprint that was published.
#[must_use]
pub fn published(view: &dyn StateView, blueprint: &BlobId) -> Option<BlueprintRecord> {
    read(view, Component::Blueprint, &blueprint_key(blueprint))
}

/// The newest version of a name.
#[must_use]
pub fn newest(view: &dyn StateView, name: &str) -> Option<NameRecord> {
    read(view, Component::Blueprint, &name_key(name))
}

/// What is deployed under a name.
#[must_use]
pub fn deployed(view: &dyn StateView, name: &str) -> Option<DeploymentRecord> {
    read(view, Component::EclBlueprint, &deployment_key(name))
}

/// Who attested a blueprint under a schema last.
#[must_use]
pub fn attestation(
    view: &dyn StateView,
    blueprint: &BlobId,
    schema: &str,
) -> Option<AttestationRecord> {
    read(view, Component::Blueprint, &attestation_key(blueprint, schema))
}

#[cfg(test)]
mod tests;
