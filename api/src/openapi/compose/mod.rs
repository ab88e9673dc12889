//! Writes the API's description from the same list of kinds that mounts the routes.
//!
//! Schemas come from the structs of `domain` through utoipa. Operations are composed here as JSON: they refer to
//! shared parameters, headers and answers by name, which is most of what there is to say about them.

mod bounds;
mod chamber;
mod changes;
mod components;
mod examples;
mod exports;
mod filters;
mod history;
mod insight;
mod operations;
mod schemas;
mod search;
mod service;
mod shared;
mod sync;
mod tests;
mod tidy;
mod twins;

use domain::{
    content::Content,
    kinds::{KindVisitor, every_kind},
    vocabulary::{Entry, VocabularyVisitor, every_vocabulary},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The base of links in examples.
pub(crate) const EXAMPLE_URL: &str = "https://api.example.org";

/// A document under construction.
#[derive(Default)]
struct Document {
    tags: Vec<Value>,
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Document {
    /// Adds a schema and everything that it refers to; each name once.
    fn add_schema(&mut self, name: &str, schema: Value) {
        self.schemas.entry(name.to_owned()).or_insert(schema);
    }
}

impl KindVisitor for Document {
    fn visit<C: Content>(&mut self) {
        let plural = C::KIND.plural();
        self.tags.push(json!({ "name": plural, "description": C::ABOUT }));
        schemas::add_kind::<C>(self);
        operations::add_kind::<C>(self);
    }
}

impl VocabularyVisitor for Document {
    fn visit<E: Entry>(&mut self) {
        schemas::add_vocabulary::<E>(self);
        service::add_vocabulary::<E>(self);
    }
}

const DESCRIPTION: &str = "\
The cluster landscape of Baden-Württemberg: regional clusters, cluster initiatives, state-wide networks, measures of \
cluster policy, events, and the companies and institutes that are members.

**Reading** needs no token. Lists come in pages with keyset cursors: follow `next` until it is null. Everything can be \
filtered by the same words, counted by `/facets`, and exported as CSV, NDJSON or GeoJSON.

**Finding**: `/api/v1/search` looks through everything, `/api/v1/suggest` completes while typing, and `q` narrows every \
list. **Following**: `/api/v1/changes` gives every public change exactly once, as pages or as a stream; a mirror is one \
NDJSON export and the feed from its `Change-Cursor`. **Looking back**: `as_of` on every record and collection shows the \
portal as it stood. **Overview**: `/api/v1/stats`, `/api/v1/regions/{code}/atlas`, `/api/v1/graph`.

**Writing** needs a bearer token. `PUT`, `PATCH` and `DELETE` need `If-Match` with the record's `ETag`; `POST` honours \
`Idempotency-Key`. Text is kept in NFC, without invisible characters and without blanks at its ends; web addresses as \
URIs. What differs in spelling alone is unchanged.

**Chambers** bring their members by `/api/v1/chambers/{chamber}/sync-runs`, thousands at a time, or one by one.

**Errors** are `application/problem+json` (RFC 9457); `errors` lists every fault.";

/// The OpenAPI document. It names no host, so that it is the same wherever it is served.
fn document() -> Value {
    let mut document = Document::default();
    every_kind(&mut document);
    document
        .tags
        .push(json!({ "name": "vocabularies", "description": "Controlled vocabularies; read only." }));
    every_vocabulary(&mut document);
    search::add(&mut document);
    changes::add(&mut document);
    history::add(&mut document);
    insight::add(&mut document);
    chamber::add(&mut document);
    sync::add(&mut document);
    document.tags.push(json!({ "name": "service", "description": "About the service itself." }));
    shared::add(&mut document);
    service::add(&mut document);
    document.schemas.sort_keys();
    every_write_may_find_the_disk_full(&mut document.paths);
    let mut openapi = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Clusterportal API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The cluster landscape of Baden-Württemberg.",
            "description": DESCRIPTION,
            "contact": { "name": "Clusterportal Baden-Württemberg", "url": "https://www.clusterportal-bw.de" },
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": document.tags,
        "paths": document.paths,
        "components": {
            "schemas": document.schemas,
            "parameters": components::parameters(),
            "headers": components::headers(),
            "responses": components::responses(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token that the operator issued (`clusterportal token issue`)."
                }
            }
        }
    });
    prune(&mut openapi);
    bounds::add(&mut openapi);
    examples::fill_in(&mut openapi);
    openapi
}

/// The document as it is published, to the byte.
fn text() -> String {
    format!("{:#}\n", document())
}

/// Adds 507 to the answers of every operation that writes.
fn every_write_may_find_the_disk_full(paths: &mut Map<String, Value>) {
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flatten();
    for (_, operation) in operations.filter(|(method, _)| *method != "get" && *method != "parameters") {
        if let Some(answers) = operation["responses"].as_object_mut() {
            answers.extend(components::problems(&[507]));
        }
    }
}

/// Drops the shared parts that no operation reaches.
fn prune(openapi: &mut Value) {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![openapi["paths"].clone()];
    while let Some(part) = waiting.pop() {
        let mut names = Vec::new();
        collect_references(&part, &mut names);
        for name in names {
            let target = name.strip_prefix('#').and_then(|pointer| openapi.pointer(pointer)).cloned();
            if reached.insert(name) {
                waiting.extend(target);
            }
        }
    }
    for section in ["schemas", "parameters", "headers", "responses"] {
        if let Some(Value::Object(parts)) = openapi["components"].get_mut(section) {
            parts.retain(|name, _| reached.contains(&format!("#/components/{section}/{name}")));
        }
    }
}

fn collect_references(part: &Value, names: &mut Vec<String>) {
    match part {
        Value::Object(object) => {
            if let Some(Value::String(name)) = object.get("$ref") {
                names.push(name.clone());
            }
            object.values().for_each(|value| collect_references(value, names));
        }
        Value::Array(list) => list.iter().for_each(|value| collect_references(value, names)),
        _ => {}
    }
}
