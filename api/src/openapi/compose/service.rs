//! Operations that are no kind's own: vocabularies, and the service itself.

use super::{
    EXAMPLE_URL,
    answers::json_answer,
    parameters::{self},
    schemas::{add_vocabulary, named},
};
use crate::{handlers::landing, openapi::Operation};
use domain::vocabulary::Entry;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// The parameter that names an entry of a vocabulary.
pub(crate) fn code<E: Entry>() -> Value {
    json!({
        "name": "code", "in": "path", "required": true, "description": "Code or slug of the entry, in the spellings that writes take.",
        "schema": parameters::code_or_slug(E::all().first().map(Entry::code).unwrap_or_default())
    })
}

/// Headers of what can be kept.
const HEADERS: [&str; 3] = ["ETag", "Cache-Control", "X-Request-Id"];

pub(crate) fn list<E: Entry>() -> Operation {
    let list = named(&format!("{}List", <E as ToSchema>::name()));
    Operation::new(
        "vocabularies",
        format!("list_{}", E::PATH.replace('-', "_")),
        format!("List {}", E::PATH.replace('-', " ")),
    )
    .description(format!("{} Comes whole; `next` is always null.", E::ABOUT))
    .schemas(add_vocabulary::<E>)
    .answer("200", json_answer("The vocabulary.", list, &HEADERS))
    .refusals(&[406])
    .revalidated()
}

pub(crate) fn read<E: Entry>() -> Operation {
    let title = E::TITLE.to_lowercase();
    Operation::new(
        "vocabularies",
        format!("read_{}", title.replace(' ', "_")),
        format!("Read one entry: {title}"),
    )
    .description(E::ABOUT)
    .answer("200", json_answer("The entry.", named(&<E as ToSchema>::name()), &HEADERS))
    .refusals(&[404, 406])
    .revalidated()
}

pub(crate) fn landing() -> Operation {
    let summary = "The landing document";
    Operation::new("service", "landing", summary)
        .description("What this is, whose it is, where everything is, and how large requests may be.")
        .schemas(|schemas| {
            schemas.add("Landing", landing_schema());
            schemas.add("Link", link());
        })
        .answer("200", json_answer(summary, named("Landing"), &HEADERS))
        .refusals(&[406])
        .revalidated()
}

pub(crate) fn openapi() -> Operation {
    let summary = "This description";
    let document = json!({ "type": "object", "description": "An OpenAPI 3.1 document." });
    Operation::new("service", "openapi", summary)
        .description("The OpenAPI document.")
        .answer("200", json_answer(summary, document, &HEADERS))
        .refusals(&[406])
        .revalidated()
}

/// The parameter that names a type of problem.
pub(crate) fn problem_type() -> Value {
    json!({
        "name": "type", "in": "path", "required": true, "description": "The type's last segment.",
        "schema": parameters::code_or_slug("not-found")
    })
}

pub(crate) fn problem() -> Operation {
    let summary = "What a type of problem means";
    Operation::new("service", "problem_type", summary)
        .description("The `type` of every problem leads here.")
        .schemas(|schemas| schemas.add("ProblemType", problem_type_schema()))
        .answer("200", json_answer(summary, named("ProblemType"), &HEADERS))
        .refusals(&[404, 406])
        .revalidated()
}

pub(crate) fn live() -> Operation {
    health("live", "Whether the server is alive")
}

pub(crate) fn ready() -> Operation {
    health("ready", "Whether the server can work")
}

fn health(id: &str, summary: &str) -> Operation {
    Operation::new("service", id, summary)
        .description("For operators and their load balancers. Needs no token, and looks at none.")
        .schemas(|schemas| schemas.add("Health", health_schema()))
        .answer("200", json_answer(summary, named("Health"), &["Cache-Control", "X-Request-Id"]))
}

pub(crate) fn landing_schema() -> Value {
    let links =
        |description: &str| json!({ "type": "array", "items": named("Link"), "description": description });
    let party = json!({
        "type": "object",
        "required": ["name", "url"],
        "properties": { "name": { "type": "string" }, "url": { "type": "string", "format": "uri" } }
    });
    let templates = json!({
        "type": "array",
        "description": "Addresses with something to fill in.",
        "items": {
            "type": "object",
            "required": ["template", "title"],
            "properties": {
                "template": { "type": "string", "format": "uri-template", "description": "The address (RFC 6570)." },
                "title": { "type": "string", "description": "What is there." }
            }
        }
    });
    let limits = [
        ("page_size", "How many records a page holds at the most."),
        ("body_bytes", "Bytes of a body, decompressed."),
        ("json_depth", "Levels to which JSON may nest."),
        ("parameters", "Parameters of a request."),
        ("uri_bytes", "Bytes of an address."),
        ("header_bytes", "Bytes of all headers."),
        ("header_lines", "Headers, each a line."),
        ("search_characters", "Characters of a text that is searched for."),
        ("search_words", "Different words that are searched for at once."),
        ("search_hits", "Hits of a search that can be paged through."),
        ("wait_seconds", "Seconds for which a page of the feed may wait."),
        ("sync_line_bytes", "Bytes of a line of a chamber's sync without its end, decompressed."),
        ("sync_new_members", "Members that one run of a chamber's sync may add."),
        ("sync_rejections", "Rejected lines that are kept of a run."),
    ];
    let limit_properties: Map<String, Value> = limits
        .iter()
        .map(|(limit, description)| {
            ((*limit).to_owned(), json!({ "type": "integer", "format": "int64", "description": description }))
        })
        .collect();
    let limits: Vec<&str> = limits.iter().map(|(limit, _)| *limit).collect();
    json!({
        "type": "object",
        "description": "What this is, whose it is, where everything is, and how large requests may be.",
        "required": ["title", "description", "version", "demo", "publisher", "contact", "links", "collections", "views", "vocabularies", "templates", "limits"],
        "properties": {
            "title": { "type": "string" },
            "description": { "type": "string" },
            "version": { "type": "string" },
            "demo": {
                "type": "boolean",
                "description": "Whether the database was filled by the demo: then its members and events are invented."
            },
            "publisher": party,
            "contact": party,
            "links": links("This document, the API's description, its documentation."),
            "collections": links("The collections of records."),
            "views": links("What looks over all collections: search, feed, numbers, graph, audit."),
            "vocabularies": links("The controlled vocabularies."),
            "templates": templates,
            "limits": { "type": "object", "required": limits, "properties": limit_properties, "description": "How large requests may be." }
        },
        "examples": [landing::document(EXAMPLE_URL, false)]
    })
}

pub(crate) fn link() -> Value {
    json!({
        "type": "object",
        "description": "A link (RFC 8288).",
        "required": ["rel", "href", "title"],
        "properties": {
            "rel": { "type": "string", "description": "Relation type." },
            "href": { "type": "string", "format": "uri", "description": "Where it leads." },
            "title": { "type": "string", "description": "What is there." }
        },
        "examples": [{ "rel": "service-doc", "href": format!("{}/docs", EXAMPLE_URL), "title": "Documentation" }]
    })
}

pub(crate) fn problem_type_schema() -> Value {
    json!({
        "type": "object",
        "description": "What a type of problem means.",
        "required": ["type", "title", "status", "explanation"],
        "properties": {
            "type": { "type": "string", "format": "uri" },
            "title": { "type": "string" },
            "status": { "type": "integer", "format": "int32" },
            "explanation": { "type": "string" }
        }
    })
}

pub(crate) fn health_schema() -> Value {
    json!({
        "type": "object",
        "description": "Whether the server is alive or ready.",
        "required": ["status"],
        "properties": { "status": { "type": "string", "enum": ["live", "ready"] } },
        "examples": [{ "status": "ready" }]
    })
}
