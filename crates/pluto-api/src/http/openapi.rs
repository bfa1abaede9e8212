//! The OpenAPI 3.1 document, made out of the table of routes and the types of bodies and answers.

use std::sync::OnceLock;

use rmcp::schemars::SchemaGenerator;
use rmcp::schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::ask::ITEMS_MAX;
use super::input::PARAMETER_BYTES_MAX;
use super::routes::{Access, DIMENSIONS, Gives, Leaves, Method, ORDERS, Route, Takes, routes};
use crate::problem::MEDIA;

/// The document as text, made once.
#[must_use]
pub fn text() -> String {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| format!("{:#}\n", document())).clone()
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes() {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        let method = route.method.as_str().to_lowercase();
        if let Some(item) = item.as_object_mut() {
            item.insert(method, operation(route, &mut generator));
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Pluto",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every answer that reads a realm names in `as_of` the version it was read \
                from; the same version has the same `ETag`. Errors are problem documents with stable \
                codes, see `/v1/errors`. Lists are read on with `next` as `cursor`.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, { "signature": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "signature": {
                    "type": "apiKey", "in": "header", "name": "Signature",
                    "description": "HTTP message signature (RFC 9421) by a DID",
                },
            },
        },
    });
    // Whether maps of JSON keep the order of insertion depends on what else is built along.
    document.sort_all_objects();
    document
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "tags": [tag(route)],
        "parameters": parameters(route),
        "responses": responses(route, generator),
        "x-pluto-leaves": leaves(route.leaves),
    });
    let Some(fields) = operation.as_object_mut() else { return operation };
    match route.access {
        Access::Everybody => {
            fields.insert("security".to_owned(), json!([]));
        }
        Access::Needs(role, scope) => {
            fields.insert("x-pluto-role".to_owned(), json!(role.as_str()));
            fields.insert("x-pluto-scope".to_owned(), json!(scope));
        }
    }
    if let Some(body) = body(route, generator) {
        fields.insert("requestBody".to_owned(), body);
    }
    operation
}

/// The resource: the last word of the path that is no parameter of a realm's own path.
fn tag(route: &Route) -> &'static str {
    let mut words = route.path.split('/').filter(|word| !word.is_empty() && *word != "v1");
    let first = words.next().unwrap_or_default();
    let below = words.find(|word| !word.starts_with('{'));
    match (first, below) {
        ("realms", Some(below)) => below,
        (first, _) => first,
    }
}

const fn leaves(leaves: Leaves) -> &'static str {
    match leaves {
        Leaves::Nothing => "nothing",
        Leaves::Event(kind) => kind,
        Leaves::Submitted => "what is submitted",
        Leaves::Record => "RecordPut in the operator's realm",
    }
}

/// The schema of a parameter by its name, which means the same in every route.
fn schema_of(name: &str) -> Value {
    match name {
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": ITEMS_MAX }),
        "event" | "decision" | "blob" => json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
        "order" => json!({ "enum": ORDERS }),
        "dimension" => json!({ "enum": DIMENSIONS }),
        "proof" => json!({ "enum": ["true", "false"] }),
        "after" | "until" => json!({ "type": "string", "pattern": "^(0|[0-9]+-[0-9]+)$" }),
        _ => json!({ "type": "string", "minLength": 1, "maxLength": PARAMETER_BYTES_MAX }),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let words = route.path.split('/');
    let names = words.filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'));
    let path = names.map(
        |name| json!({ "name": name, "in": "path", "required": true, "schema": schema_of(name) }),
    );
    let query = route.query.iter().map(|parameter| {
        json!({
            "name": parameter.name, "in": "query", "description": parameter.about,
            "schema": schema_of(parameter.name),
        })
    });
    let key = route.mutates().then(|| {
        json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "the same key gives the same answer; nothing is done twice",
            "schema": { "type": "string", "minLength": 1, "maxLength": 128 },
        })
    });
    let last = (route.name == "stream").then(|| {
        json!({
            "name": "Last-Event-ID", "in": "header",
            "description": "resumes behind that event",
            "schema": schema_of("after"),
        })
    });
    path.chain(query).chain(key).chain(last).collect()
}

fn body(route: &Route, generator: &mut SchemaGenerator) -> Option<Value> {
    match route.takes {
        Takes::Nothing => None,
        Takes::Json(shape) => Some(json!({
            "required": true,
            "content": { "application/json": { "schema": shape(generator) } },
        })),
        Takes::Bytes(_) => Some(json!({
            "required": true,
            "content": { "application/octet-stream": {} },
        })),
    }
}

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let content = match route.gives {
        Gives::Json(shape) => json!({ "application/json": { "schema": shape(generator) } }),
        Gives::File(media) => Value::Object(Map::from_iter([(media.to_owned(), json!({}))])),
    };
    let mut all = Map::new();
    let mut add = |status: &str, about: &str, content: Value| {
        let response = json!({ "description": about, "content": content });
        all.insert(status.to_owned(), response);
    };
    add("200", "Done.", content.clone());
    if route.name == "blob" {
        add("206", "The part that was asked for.", content.clone());
    }
    if route.method == Method::Get && route.access != Access::Everybody {
        add("304", "Nothing has changed since the answer with this tag.", json!({}));
    }
    if matches!(route.name, "live" | "ready") {
        add("503", "It is not so, and why.", content);
    }
    add("431", "The head is too long; said by the connection, without a document.", json!({}));
    let trouble = json!({ MEDIA: { "schema": { "$ref": "#/components/schemas/Problem" } } });
    add("default", "What is wrong, with a stable code.", trouble);
    Value::Object(all)
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457, with the code of docs/errors.md",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "pattern": "^[A-Z0-9]{3}-[0-9]{4}$" },
            "kind": {
                "enum": ["reject", "retry", "corrupt", "busy", "denied", "missing", "environment",
                    "bug"],
            },
            "detail": { "type": ["string", "null"] },
        },
        "required": ["type", "title", "status", "code", "kind", "detail"],
    })
}
