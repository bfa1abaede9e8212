//! Routes about policies: those of a realm, and those that somebody tries.

use super::super::ask::Ask;
use super::super::body::{ExplainBody, InstallBody, SimulateBody, SourceBody};
use super::super::shape::{
    CompiledShown, InstalledShown, SimulatedShown, SlotShown, TriedShown, WrittenShown,
};
use super::{Gives, Leaves, PAGE, Route, Takes, dated, dated_list, one};
use crate::principal::Role;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/realms/{realm}/policies", "policies", |input| {
        Ok(Ask::Policies { realm: input.path("realm")?, page: input.page()? })
    })
    .about("The policies of a realm, by slot.")
    .reads("policies:read")
    .query(PAGE)
    .gives(Gives::Json(dated_list::<InstalledShown>)),
    Route::get("/v1/realms/{realm}/policies/{slot}", "policy", |input| {
        Ok(Ask::Policy { realm: input.path("realm")?, slot: input.path("slot")? })
    })
    .about("One policy with its source.")
    .reads("policies:read")
    .gives(Gives::Json(dated::<SlotShown>)),
    Route::put("/v1/realms/{realm}/policies/{slot}", "install", |input| {
        let (realm, slot) = (input.path("realm")?, input.path("slot")?);
        Ok(Ask::Install { realm, slot, body: input.json()? })
    })
    .about("Compiles a policy and puts it into a slot.")
    .writes(Leaves::Event("PolicyInstalled"), Role::Admin, "policies:install")
    .takes(Takes::Json(one::<InstallBody>))
    .gives(Gives::Json(dated::<WrittenShown>)),
    Route::post("/v1/realms/{realm}/policies/simulation", "simulate", |input| {
        Ok(Ask::Simulate { realm: input.path("realm")?, body: input.json()? })
    })
    .about("What a proposed admission policy would have said about the events of the realm.")
    .reads("policies:read")
    .takes(Takes::Json(one::<SimulateBody>))
    .gives(Gives::Json(dated::<SimulatedShown>)),
    Route::post("/v1/policies/compile", "compile", |input| Ok(Ask::Compile(input.json()?)))
        .about("Compiles a policy: diagnostics with their places, or rules, gas and artifact.")
        .reads("policies:read")
        .takes(Takes::Json(one::<SourceBody>))
        .gives(Gives::Json(one::<CompiledShown>)),
    Route::post("/v1/policies/explain", "explain", |input| Ok(Ask::Explain(input.json()?)))
        .about("Asks a policy in both modes, and says which rule decided and why.")
        .reads("policies:read")
        .takes(Takes::Json(one::<ExplainBody>))
        .gives(Gives::Json(one::<TriedShown>)),
];
