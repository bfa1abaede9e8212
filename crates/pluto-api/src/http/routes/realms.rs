//! Routes about realms: members, quotas, identities, trust, state, checkpoints.

use super::super::ask::Ask;
use super::super::body::IdentityBody;
use super::super::input::Input;
use super::super::shape::{
    CheckpointsShown, EntryShown, EventShown, IdentityDetail, IdentityShown, MemberShown,
    QuotaShown, RankingShown, RealmDetail, RealmShown, StateShown, TrustShown, WhyShown,
    WrittenShown,
};
use super::{
    DIMENSIONS, Gives, LIMIT, Leaves, PAGE, Parameter, Route, Takes, dated, dated_list, list, one,
};
use crate::principal::Role;
use pluto_error::Result;

const DIMENSION: Parameter = Parameter {
    name: "dimension",
    about: "`reliability` (if missing), `integrity`, `competence`, `prestige`, `vigilance`, `omega`",
};
const VALUES: &[Parameter] = &[DIMENSION, LIMIT];
const PROOF: &[Parameter] =
    &[Parameter { name: "proof", about: "`true` adds the proof against the state root" }];

fn realm(input: &Input) -> Result<String> {
    input.path("realm")
}

fn did(input: &Input) -> Result<String> {
    input.path("did")
}

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/realms", "realms", |input| Ok(Ask::Realms(input.page()?)))
        .about("The realms that are here.")
        .reads("realms:read")
        .query(PAGE)
        .gives(Gives::Json(list::<RealmShown>)),
    Route::get("/v1/realms/{realm}", "realm", |input| Ok(Ask::Realm { realm: realm(input)? }))
        .about("One realm: rules, roots, heads, border, who signs its checkpoints.")
        .reads("realms:read")
        .gives(Gives::Json(dated::<RealmDetail>)),
    Route::get("/v1/realms/{realm}/members", "members", |input| {
        Ok(Ask::Members { realm: realm(input)?, page: input.page()? })
    })
    .about("Its members and their roles.")
    .reads("realms:read")
    .query(PAGE)
    .gives(Gives::Json(dated_list::<MemberShown>)),
    Route::get("/v1/realms/{realm}/quotas", "quotas", |input| {
        Ok(Ask::Quotas { realm: realm(input)?, page: input.page()? })
    })
    .about("What its rules limit, and what parties used of it.")
    .reads("realms:read")
    .query(PAGE)
    .gives(Gives::Json(dated_list::<QuotaShown>)),
    Route::get("/v1/realms/{realm}/identities", "identities", |input| {
        Ok(Ask::Identities { realm: realm(input)?, page: input.page()? })
    })
    .about("Identities that wrote in the realm, with their active keys.")
    .reads("identities:read")
    .query(PAGE)
    .gives(Gives::Json(dated_list::<IdentityShown>)),
    Route::get("/v1/realms/{realm}/identities/{did}", "identity", |input| {
        Ok(Ask::Identity { realm: realm(input)?, did: did(input)? })
    })
    .about("One identity, with its W3C DID document.")
    .reads("identities:read")
    .gives(Gives::Json(dated::<IdentityDetail>)),
    Route::get("/v1/realms/{realm}/identities/{did}/history", "history", |input| {
        Ok(Ask::History { realm: realm(input)?, did: did(input)?, page: input.page()? })
    })
    .about("What it wrote, the newest first.")
    .reads("events:read")
    .query(PAGE)
    .gives(Gives::Json(dated_list::<EventShown>)),
    Route::get("/v1/realms/{realm}/trust", "ranking", |input| {
        let dimension = input.word("dimension", &DIMENSIONS)?;
        Ok(Ask::Ranking { realm: realm(input)?, dimension, limit: input.limit()? })
    })
    .about("The most trusted, and the least.")
    .reads("trust:read")
    .query(VALUES)
    .gives(Gives::Json(dated::<RankingShown>)),
    Route::get("/v1/realms/{realm}/trust/{did}", "trust", |input| {
        Ok(Ask::Trust { realm: realm(input)?, did: did(input)? })
    })
    .about("The six values of somebody; each names the state entry that proves it.")
    .reads("trust:read")
    .gives(Gives::Json(dated::<TrustShown>)),
    Route::get("/v1/realms/{realm}/trust/{did}/why", "why", |input| {
        let dimension = input.word("dimension", &DIMENSIONS)?;
        let (realm, did, limit) = (realm(input)?, did(input)?, input.limit()?);
        Ok(Ask::Why { realm, did, dimension, limit })
    })
    .about("Every attestation behind a value, with its event and the entry that proves it.")
    .reads("trust:read")
    .query(VALUES)
    .gives(Gives::Json(dated::<WhyShown>)),
    Route::get("/v1/realms/{realm}/state", "state", |input| {
        Ok(Ask::State { realm: realm(input)? })
    })
    .about("Roots, and every component that holds something.")
    .reads("state:read")
    .gives(Gives::Json(dated::<StateShown>)),
    Route::get("/v1/realms/{realm}/state/{component}", "entries", |input| {
        let (realm, component) = (realm(input)?, input.path("component")?);
        Ok(Ask::Entries { realm, component, page: input.page()? })
    })
    .about("Entries of a component, in the order of its map.")
    .reads("state:read")
    .query(PAGE)
    .gives(Gives::Json(dated_list::<EntryShown>)),
    Route::get("/v1/realms/{realm}/state/{component}/{key}", "entry", |input| {
        let prove = input.word("proof", &["true", "false"])?.as_deref() == Some("true");
        let (realm, component, key) = (realm(input)?, input.path("component")?, input.path("key")?);
        Ok(Ask::Entry { realm, component, key, prove })
    })
    .about("One entry, present or absent; the key as `hex:…`, or as `pluto state get` takes it.")
    .reads("state:read")
    .query(PROOF)
    .gives(Gives::Json(dated::<EntryShown>)),
    Route::get("/v1/realms/{realm}/checkpoints", "checkpoints", |input| {
        Ok(Ask::Checkpoints { realm: realm(input)? })
    })
    .about("Who witnesses, the last final checkpoint, and those that are open.")
    .reads("realms:read")
    .gives(Gives::Json(dated::<CheckpointsShown>)),
    Route::post("/v1/realms/{realm}/checkpoints", "sign_checkpoint", |input| {
        Ok(Ask::Sign { realm: realm(input)?, body: input.json()? })
    })
    .about("Signs a checkpoint by a key that the node holds.")
    .writes(Leaves::Event("CheckpointSigned"), Role::Admin, "checkpoints:sign")
    .takes(Takes::Json(one::<IdentityBody>))
    .gives(Gives::Json(dated::<WrittenShown>)),
];
