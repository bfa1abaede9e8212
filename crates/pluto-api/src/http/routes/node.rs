//! Routes about the node: health, what it offers, figures, peers, blobs, the operator's commands.

use super::super::ask::Ask;
use super::super::body::ModeBody;
use super::super::documents::Document;
use super::super::shape::{
    BlobShown, Capabilities, GraphShown, Health, ImpactShown, ModeSet, ModeShown, NameShown,
    PeersShown, SavedShown, StatusShown, SyncShown, SyncStarted,
};
use super::{
    BLOB_BYTES_MAX, Does, Gives, Leaves, Method, PAGE, Parameter, Route, Takes, list, one,
};
use crate::principal::Role;

const STREAM: &[Parameter] = &[
    Parameter { name: "realm", about: "only events of this realm, by name or id" },
    Parameter { name: "kind", about: "only events of this kind" },
    Parameter { name: "author", about: "only events by this DID" },
    Parameter {
        name: "after",
        about: "begins behind the event with this `id:`, as `Last-Event-ID` does; `0` for the first",
    },
    Parameter { name: "until", about: "ends behind the event with this `id:`" },
];

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/health/live", "live", |_| Ok(Ask::Live))
        .about("Whether the node lives: if not (503), a restart is what helps.")
        .for_everybody()
        .gives(Gives::Json(one::<Health>)),
    Route::get("/v1/health/ready", "ready", |_| Ok(Ask::Ready))
        .about("Whether the node takes writes now; 503 if not.")
        .for_everybody()
        .gives(Gives::Json(one::<Health>)),
    Route::get("/v1/capabilities", "capabilities", |_| Ok(Ask::Capabilities))
        .about("What this build and this configuration offer.")
        .for_everybody()
        .gives(Gives::Json(one::<Capabilities>)),
    Route::get("/v1/status", "status", |_| Ok(Ask::Status))
        .about("What the node holds.")
        .reads("node:read")
        .gives(Gives::Json(one::<StatusShown>)),
    Route::get("/v1/metrics", "metrics", |_| Ok(Ask::Metrics))
        .about("Figures in the text format of Prometheus.")
        .reads("node:read")
        .gives(Gives::File("text/plain; version=0.0.4")),
    Route::new(Method::Get, "/v1/openapi.json", "openapi", Does::Document(Document::OpenApi))
        .about("This document.")
        .reads("node:read"),
    Route::new(Method::Get, "/v1/docs", "docs", Does::Document(Document::Reader))
        .about("A reader of this document, without anything from elsewhere.")
        .reads("node:read")
        .gives(Gives::File("text/html; charset=utf-8")),
    Route::new(Method::Get, "/v1/errors", "errors", Does::Document(Document::Errors))
        .about("Every error code and what it means.")
        .reads("node:read")
        .gives(Gives::File("text/markdown; charset=utf-8")),
    Route::new(Method::Get, "/v1/stream", "stream", Does::Stream)
        .about("Events as they come, as server-sent events; resumes with `Last-Event-ID`.")
        .reads("events:read")
        .query(STREAM)
        .gives(Gives::File("text/event-stream")),
    Route::get("/v1/graph", "graph", |_| Ok(Ask::Graph))
        .about("How the 40 components bear on each other.")
        .reads("node:read")
        .gives(Gives::Json(one::<GraphShown>)),
    Route::get("/v1/graph/impact/{component}", "impact", |input| {
        Ok(Ask::Impact { component: input.path("component")? })
    })
    .about("What a change in one component bears on.")
    .reads("node:read")
    .gives(Gives::Json(one::<ImpactShown>)),
    Route::get("/v1/peers", "peers", |_| Ok(Ask::Peers))
        .about("Peers of this node.")
        .reads("node:read")
        .gives(Gives::Json(one::<PeersShown>)),
    Route::get("/v1/sync", "sync", |_| Ok(Ask::Sync))
        .about("How the events here compare with those of peers.")
        .reads("node:read")
        .gives(Gives::Json(one::<SyncShown>)),
    Route::post("/v1/sync", "sync_now", |_| Ok(Ask::SyncNow))
        .about("Compares all realms with all peers now.")
        .writes(Leaves::Record, Role::Admin, "node:operate")
        .gives(Gives::Json(one::<SyncStarted>)),
    Route::get("/v1/names", "names", |input| Ok(Ask::Names(input.page()?)))
        .about("What the owner of the node calls its own identities.")
        .reads("identities:read")
        .query(PAGE)
        .gives(Gives::Json(list::<NameShown>)),
    Route::get("/v1/blobs", "blobs", |input| Ok(Ask::Blobs(input.page()?)))
        .about("Blobs that are here.")
        .reads("blobs:read")
        .query(PAGE)
        .gives(Gives::Json(list::<BlobShown>)),
    Route::post("/v1/blobs", "keep_blob", |input| Ok(Ask::Keep { bytes: input.body.clone() }))
        .about("Stores a blob under the hash of its bytes.")
        .writes(Leaves::Record, Role::Writer, "blobs:write")
        .takes(Takes::Bytes(BLOB_BYTES_MAX))
        .gives(Gives::Json(one::<BlobShown>)),
    Route::new(Method::Get, "/v1/blobs/{blob}", "blob", Does::Blob)
        .about("The bytes of a blob, or with `Range` a part of them.")
        .reads("blobs:read")
        .gives(Gives::File("application/octet-stream")),
    Route::get("/v1/admin/mode", "mode", |_| Ok(Ask::Mode))
        .about("The mode, and what the operator commanded last.")
        .reads("node:read")
        .gives(Gives::Json(one::<ModeShown>)),
    Route::post("/v1/admin/mode", "set_mode", |input| Ok(Ask::SetMode(input.json()?)))
        .about("Commands a mode; it lasts over restarts.")
        .writes(Leaves::Record, Role::Admin, "node:operate")
        .takes(Takes::Json(one::<ModeBody>))
        .gives(Gives::Json(one::<ModeSet>)),
    Route::post("/v1/admin/checkpoint", "save", |_| Ok(Ask::Save))
        .about("Writes a checkpoint of the state to the disk, so that the next start is short.")
        .writes(Leaves::Record, Role::Admin, "node:operate")
        .gives(Gives::Json(one::<SavedShown>)),
];
