//! The complete document, built from the table of routes.

use super::{super::Operation, bounds, components, examples, older, schemas::Schemas, shared};
use crate::{
    auth::{Arguments, rights},
    handlers::ogc,
    routes,
    table::{Address, Endpoint, Page, Table},
};
use actix_web::{FromRequest, http::Method};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A document under construction.
#[derive(Default)]
struct Document {
    tags: Vec<Value>,
    paths: Map<String, Value>,
    schemas: Schemas,
}

impl Table for Document {
    type Address = PathItem;

    fn tag(&mut self, name: &'static str, description: &str) {
        if self.tags.iter().all(|tag| tag["name"] != name) {
            self.tags.push(json!({ "name": name, "description": description }));
        }
    }

    fn address(&mut self, path: &str, fill: impl FnOnce(PathItem) -> PathItem) {
        let PathItem { item, schemas } = fill(PathItem::default());
        self.paths.insert(path.to_owned(), Value::Object(item));
        self.schemas.extend(schemas);
    }

    fn page<A: FromRequest + 'static>(&mut self, _: &str, _: impl Page<A>) {}
}

/// An address under construction.
#[derive(Default)]
struct PathItem {
    item: Map<String, Value>,
    schemas: Schemas,
}

impl Address for PathItem {
    fn parameters<const N: usize>(mut self, describe: impl FnOnce() -> [Value; N]) -> Self {
        self.item.insert("parameters".to_owned(), Value::Array(describe().to_vec()));
        self
    }

    fn operation<A: Arguments>(
        mut self,
        method: Method,
        _: impl Endpoint<A>,
        describe: impl FnOnce() -> Operation,
    ) -> Self {
        let (operation, schemas) = describe().write::<A::Access>(&method);
        self.item.insert(method.as_str().to_lowercase(), operation);
        self.schemas.extend(schemas);
        self
    }
}

const DESCRIPTION: &str = "\
The cluster landscape of Baden-Württemberg: regional clusters, cluster initiatives, state-wide networks, measures of \
cluster policy, events, and the companies and institutes that are their members.

**Reading** requires no token. Lists are paginated with keyset cursors: follow `next` until it is null. Filters have the \
same names in every collection, `/facets` counts their values, and exports are CSV, NDJSON or GeoJSON.

**Search**: `/api/v1/search` searches all records, `/api/v1/suggest` completes input while typing, and `q` filters any \
list. **Changes**: `/api/v1/changes` returns every public change exactly once, as pages or as a stream. To mirror the \
data, export it as NDJSON once and follow the feed from the export's `Change-Cursor`. **History**: `as_of` on every \
record and collection shows a past state. **Insight**: `/api/v1/stats`, `/api/v1/regions/{code}/atlas`, `/api/v1/graph`.

**Writing** requires a bearer token. `PUT`, `PATCH` and `DELETE` require `If-Match` with the record's `ETag`; `POST` \
supports `Idempotency-Key`. Text is stored trimmed, in NFC and without invisible characters; web addresses are stored as \
URIs. A write that differs only in such spelling changes nothing.

**Chambers** upload members at `/api/v1/chambers/{chamber}/sync-runs`, thousands at a time, or write them one by one.

**Maps**: `/ogc` offers the records that have a location as OGC API Features. It has an OpenAPI 3.0 document of its own, at \
`/ogc/api`.

**Errors** are `application/problem+json` (RFC 9457). `errors` lists all of them at once.";

const FEATURES: &str = "\
The cluster landscape of Baden-Württemberg as OGC API Features Part 1: Core (OGC 17-069r4). There is a collection for each \
kind of record that has locations, with the public records that have one. All coordinates are in CRS84: longitude first.

Pages are linked by `next`; follow it unchanged. Every resource is also an HTML page: `f=html`, or by `Accept`.

**Errors** are `application/problem+json` (RFC 9457). `errors` lists all of them at once.";

/// The OpenAPI document. It names no host, so it is the same on every server.
pub(crate) fn document() -> Value {
    let mut document = Document::default();
    routes::describe(&mut document);
    written(document, "Clusterportal API", DESCRIPTION)
}

/// The OpenAPI 3.0 document of OGC API Features. Its paths start at the landing page, as the standard names them.
pub(crate) fn features() -> Value {
    let mut document = Document::default();
    routes::describe_features(&mut document);
    let mut openapi = older::downgraded(written(document, "Clusterportal: OGC API Features", FEATURES));
    openapi["servers"] = json!([{ "url": ogc::ROOT, "description": "This server" }]);
    if let Some(paths) = openapi["paths"].as_object_mut() {
        let below = std::mem::take(paths).into_iter();
        paths.extend(below.map(|(path, item)| (path.trim_start_matches(ogc::ROOT).to_owned(), item)));
    }
    openapi
}

fn written(mut document: Document, title: &str, description: &str) -> Value {
    shared::add(&mut document.schemas);
    document.schemas.0.sort_keys();
    let mut openapi = json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The cluster landscape of Baden-Württemberg.",
            "description": description,
            "contact": { "name": "Clusterportal Baden-Württemberg", "url": "https://www.clusterportal-bw.de" },
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": document.tags,
        "paths": document.paths,
        "components": {
            "schemas": document.schemas.0,
            "parameters": components::parameters(),
            "headers": components::headers(),
            "responses": components::responses(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": format!(
                        "A token issued by the operator (`clusterportal token issue`), or by the OpenID Connect \
                         provider that the operator trusts. It has one role. `own` means the \
                         chamber, or the initiative or network and its events, that the token is bound to.\n\n{}",
                        rights::page::table()
                    )
                }
            }
        }
    });
    prune(&mut openapi);
    bounds::add(&mut openapi);
    examples::fill_in(&mut openapi);
    openapi
}

/// A published document, byte for byte.
pub(crate) fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Drops the shared components that no operation uses.
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

pub(super) fn collect_references(part: &Value, names: &mut Vec<String>) {
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
