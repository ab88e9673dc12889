//! What the landing document looks like.

use super::document;
use crate::openapi::compose::{EXAMPLE_URL, schemas::named};
use serde_json::{Map, Value, json};

pub(super) fn landing() -> Value {
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
        "examples": [document(EXAMPLE_URL, false)]
    })
}

pub(super) fn link() -> Value {
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
