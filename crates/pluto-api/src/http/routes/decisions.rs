//! Routes about decisions: check, act, complete, approvals, grants, and the files that prove them.

use super::super::ask::Ask;
use super::super::body::{ActBody, ApproveBody, CheckBody, CompleteBody, GiveBody, IdentityBody};
use super::super::shape::{BundleReport, GrantDetail, GrantShown, ToldShown, WrittenShown};
use super::{
    CURSOR, FILE_BYTES_MAX, Gives, LIMIT, Leaves, PAGE, Parameter, Route, Takes, dated, dated_list,
    one,
};
use crate::answer::{Answer, Receipt};
use crate::principal::Role;

const OF: &[Parameter] =
    &[CURSOR, LIMIT, Parameter { name: "of", about: "only those that this party gave or has" }];

pub(super) const ROUTES: &[Route] = &[
    Route::post("/v1/realms/{realm}/check", "check", |input| {
        let body: CheckBody = input.json()?;
        body.question().checked()?;
        Ok(Ask::Check { realm: input.path("realm")?, body })
    })
    .about("What would be decided now; records nothing. A denial is an answer, not an error.")
    .reads("decisions:read")
    .takes(Takes::Json(one::<CheckBody>))
    .gives(Gives::Json(one::<Answer>)),
    Route::post("/v1/realms/{realm}/act", "act", |input| {
        let body: ActBody = input.json()?;
        body.question().checked()?;
        Ok(Ask::Act { realm: input.path("realm")?, body })
    })
    .about("Decides and records; go on only when `outcome` is `allow`.")
    .writes(Leaves::Event("ActionDecided"), Role::Writer, "decisions:write")
    .takes(Takes::Json(one::<ActBody>))
    .gives(Gives::Json(one::<Receipt>)),
    Route::get("/v1/realms/{realm}/decisions", "decisions", |input| {
        Ok(Ask::Decisions { realm: input.path("realm")?, page: input.page()? })
    })
    .about("What agents were allowed and what they did, the newest first.")
    .reads("decisions:read")
    .query(PAGE)
    .gives(Gives::Json(dated_list::<ToldShown>)),
    Route::post("/v1/decisions/{decision}/completion", "complete", |input| {
        Ok(Ask::Complete { decision: input.path("decision")?, body: input.json()? })
    })
    .about("Records how an allowed action ended, once.")
    .writes(Leaves::Event("ExecutionCompleted"), Role::Writer, "decisions:write")
    .takes(Takes::Json(one::<CompleteBody>))
    .gives(Gives::Json(dated::<WrittenShown>)),
    Route::post("/v1/decisions/{decision}/approval", "approve", |input| {
        Ok(Ask::Approve { decision: input.path("decision")?, body: input.json()? })
    })
    .about("Answers a decision that was escalated.")
    .writes(Leaves::Event("ApprovalGiven"), Role::Writer, "approvals:write")
    .takes(Takes::Json(one::<ApproveBody>))
    .gives(Gives::Json(dated::<WrittenShown>)),
    Route::get("/v1/decisions/{decision}/bundle", "bundle", |input| {
        Ok(Ask::Bundle { decision: input.path("decision")? })
    })
    .about("The file that proves a decision under the newest checkpoint that covers it.")
    .reads("decisions:read")
    .gives(Gives::File("application/octet-stream")),
    Route::post("/v1/bundles/verify", "verify", |input| {
        Ok(Ask::Verify { file: input.body.clone() })
    })
    .about("Checks a decision bundle and runs the decision again; says what every check found.")
    .reads("decisions:read")
    .takes(Takes::Bytes(FILE_BYTES_MAX))
    .gives(Gives::Json(one::<BundleReport>)),
    Route::get("/v1/realms/{realm}/grants", "grants", |input| {
        let (of, page) = (input.query("of")?, input.page()?);
        Ok(Ask::Grants { realm: input.path("realm")?, of, page })
    })
    .about("Grants, and whether each holds now.")
    .reads("grants:read")
    .query(OF)
    .gives(Gives::Json(dated_list::<GrantShown>)),
    Route::get("/v1/realms/{realm}/grants/{grant}", "grant", |input| {
        Ok(Ask::Grant { realm: input.path("realm")?, grant: input.path("grant")? })
    })
    .about("One grant, with the chain above it and what hangs below.")
    .reads("grants:read")
    .gives(Gives::Json(dated::<GrantDetail>)),
    Route::post("/v1/realms/{realm}/grants", "give", |input| {
        Ok(Ask::Give { realm: input.path("realm")?, body: input.json()? })
    })
    .about("Gives a grant, or hands one on.")
    .writes(Leaves::Event("DelegationCreated"), Role::Writer, "grants:write")
    .takes(Takes::Json(one::<GiveBody>))
    .gives(Gives::Json(dated::<WrittenShown>)),
    Route::post("/v1/realms/{realm}/grants/{grant}/revocation", "revoke", |input| {
        let (realm, grant) = (input.path("realm")?, input.path("grant")?);
        Ok(Ask::Revoke { realm, grant, body: input.json()? })
    })
    .about("Takes a grant back, and all that hangs below it.")
    .writes(Leaves::Event("DelegationRevoked"), Role::Writer, "grants:write")
    .takes(Takes::Json(one::<IdentityBody>))
    .gives(Gives::Json(dated::<WrittenShown>)),
];
