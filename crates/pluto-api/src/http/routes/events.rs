//! Routes about events: in canonical order, one by one, submitted signed or as an intent.

use super::super::ask::Ask;
use super::super::body::RecordBody;
use super::super::shape::{EventDetail, EventShown, InclusionShown, WrittenShown};
use super::{
    CURSOR, Does, Gives, LIMIT, Leaves, Method, ORDERS, Parameter, RUN_BYTES_MAX, Route, Takes,
    dated, dated_list, one,
};
use crate::principal::Role;

const ORDER: Parameter =
    Parameter { name: "order", about: "`oldest` (if missing) or `newest` first" };
const RANGE: &[Parameter] = &[CURSOR, LIMIT, ORDER];

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/realms/{realm}/events", "events", |input| {
        let newest = input.word("order", &ORDERS)?.as_deref() == Some("newest");
        Ok(Ask::Events { realm: input.path("realm")?, page: input.page()?, newest })
    })
    .about("Events in canonical order.")
    .reads("events:read")
    .query(RANGE)
    .gives(Gives::Json(dated_list::<EventShown>)),
    Route::post("/v1/realms/{realm}/events", "write_record", |input| {
        Ok(Ask::Record { realm: input.path("realm")?, body: input.json()? })
    })
    .about("Has the node write a record by a key that it holds; answers when it is durable.")
    .writes(Leaves::Event("RecordPut"), Role::Writer, "events:write")
    .takes(Takes::Json(one::<RecordBody>))
    .gives(Gives::Json(dated::<WrittenShown>)),
    Route::new(Method::Post, "/v1/events", "submit", Does::Submit)
        .about("Takes in a signed run (docs/formats/run.md); answers when it is durable.")
        .writes(Leaves::Submitted, Role::Writer, "events:write")
        .takes(Takes::Bytes(RUN_BYTES_MAX))
        .gives(Gives::Json(dated::<WrittenShown>)),
    Route::get("/v1/events/{event}", "event", |input| {
        Ok(Ask::Event { event: input.path("event")? })
    })
    .about("One event: header, parents, verdict, judgements, payload in words.")
    .reads("events:read")
    .gives(Gives::Json(dated::<EventDetail>)),
    Route::get("/v1/events/{event}/proof", "event_proof", |input| {
        Ok(Ask::EventProof { event: input.path("event")? })
    })
    .about("The proof that it is in the log of its realm.")
    .reads("events:read")
    .gives(Gives::Json(dated::<InclusionShown>)),
    Route::get("/v1/events/{event}/run", "event_run", |input| {
        Ok(Ask::EventRun { event: input.path("event")? })
    })
    .about("The signed run it came in, byte by byte.")
    .reads("events:read")
    .gives(Gives::File("application/octet-stream")),
];
