//! Schemas that are no kind's own.

use super::{Document, EXAMPLE_URL, components::PRINTED, schemas::named, tidy::schema_of};
use crate::{handlers::landing, problem::INVALID};
use domain::{
    kind::Kind,
    moment::Moment,
    record::Status,
    slug::Slug,
    text::{LocalName, Name},
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema as _;

/// Adds the schemas that are no kind's own.
pub(super) fn add(document: &mut Document) {
    let id = "019a2b3c-0000-7000-8000-000000000001";
    document.add_schema(
        "ReferenceInput",
        json!({
            "description": "A reference as it is written: an id, a slug, or an object that holds one, such as answers hold.",
            "anyOf": [
                { "type": "string", "pattern": PRINTED, "minLength": 1, "maxLength": 100, "description": "An id or a slug." },
                {
                    "type": "object",
                    "properties": {
                        "id": { "type": "string", "format": "uuid", "minLength": 36, "maxLength": 36 },
                        "slug": { "type": ["string", "null"], "pattern": Slug::PATTERN, "minLength": 1, "maxLength": Slug::MAX },
                        "name": { "type": "string", "pattern": Name::PATTERN, "maxLength": Name::MAX }
                    },
                    "additionalProperties": false
                }
            ],
            "examples": ["microtec-suedwest", id, { "id": id }]
        }),
    );
    document.add_schema(
        "VocabularyEntryInput",
        json!({
            "type": "object",
            "description": "An entry of a vocabulary, as the vocabulary answers it, in the place of its code: regions and industries are named by `code`, all others by `slug`. Other fields are not looked at.",
            "minProperties": 1,
            "properties": {
                "code": { "type": "string", "pattern": PRINTED, "minLength": 1, "maxLength": 100, "description": "The code." },
                "slug": { "type": "string", "pattern": PRINTED, "minLength": 1, "maxLength": 100, "description": "The slug." }
            },
            "additionalProperties": true,
            "examples": [{ "code": "DE111" }, { "slug": "photonik" }]
        }),
    );
    document.add_schema(
        "MomentInput",
        json!({
            "type": "string",
            "description": "A moment: RFC 3339, kept to the microsecond. Without an offset it is read in `time_zone`, and a date alone is its day there. Seconds may be left out; there is no second 60.",
            "pattern": Moment::PATTERN,
            "minLength": 10,
            "maxLength": Moment::MAX_LENGTH,
            "examples": ["2026-05-01T09:30:00+02:00", "2026-05-01T09:30", "2026-05-01"]
        }),
    );
    document.add_schema(
        "Point",
        json!({
            "type": "object",
            "description": "A point, longitude first (RFC 7946 section 3.1.2).",
            "required": ["type", "coordinates"],
            "properties": {
                "type": { "type": "string", "enum": ["Point"] },
                "coordinates": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 }
            },
            "examples": [{ "type": "Point", "coordinates": [9.1829, 48.7758] }]
        }),
    );
    document.add_schema("Problem", problem());
    document.add_schema("ProblemError", problem_error());
    document.add_schema("FacetCounts", facets());
    document.add_schema("Status", schema_of::<Status>());
    document.add_schema("Kind", schema_of::<Kind>());
    document.add_schema("FacetCount", facet_count());
    document.add_schema("Landing", landing());
    document.add_schema("Link", link());
    document.add_schema("ProblemType", problem_type());
    document.add_schema(
        "Health",
        json!({
            "type": "object",
            "description": "Whether the server is alive or ready.",
            "required": ["status"],
            "properties": { "status": { "type": "string", "enum": ["live", "ready"] } },
            "examples": [{ "status": "ready" }]
        }),
    );
}

pub(super) fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "What kind of problem; the address explains it." },
            "title": { "type": "string", "description": "The reason phrase of the status; what is special stands in `type` and `detail`." },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "The status of the answer." },
            "detail": { "type": "string", "description": "What is the matter in this case, and what to do." },
            "instance": { "type": "string", "description": "The path that was asked for." },
            "errors": {
                "type": "array",
                "description": "Every fault of the request.",
                "items": named("ProblemError")
            }
        },
        "examples": [{
            "type": format!("{}/problems/invalid", EXAMPLE_URL),
            "title": INVALID.title,
            "status": 422,
            "detail": "/ends_at: the event must end after it starts.",
            "instance": "/api/v1/events",
            "errors": [{ "pointer": "/ends_at", "detail": "the event must end after it starts" }]
        }]
    })
}

fn problem_error() -> Value {
    json!({
        "type": "object",
        "description": "One fault of a request.",
        "required": ["detail"],
        "properties": {
            "pointer": { "type": "string", "description": "JSON Pointer (RFC 6901) into the body." },
            "parameter": { "type": "string", "description": "Name of the parameter." },
            "detail": { "type": "string", "description": "What is wrong, and what would be right." }
        },
        "examples": [{ "pointer": "/ends_at", "detail": "the event must end after it starts" }]
    })
}

fn facet_count() -> Value {
    json!({
        "type": "object",
        "description": "How many records have a value.",
        "required": ["value", "name", "count"],
        "properties": {
            "value": { "type": "string", "description": "A code, a word, or a slug: what the filter of this name takes." },
            "name": {
                "description": "What it is called: in German and English where the facet's vocabulary is bilingual; else a proper name, or a word in German.",
                "oneOf": [{ "type": "string" }, named(&LocalName::name())]
            },
            "count": { "type": "integer", "format": "int64", "minimum": 1, "description": "How many records." }
        },
        "examples": [
            { "value": "DE1", "name": { "de": "Baden-Württemberg", "en": "Baden-Württemberg" }, "count": 56 },
            { "value": "microtec-suedwest", "name": "microTEC Südwest e.V.", "count": 12 }
        ]
    })
}

fn link() -> Value {
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

/// Counts, facet by facet.
pub(super) fn counts() -> Value {
    let counts = json!({
        "type": "array",
        "description": "Values, the most frequent first.",
        "items": named("FacetCount")
    });
    json!({ "type": "object", "additionalProperties": counts, "description": "Counts by the facet's name." })
}

fn facets() -> Value {
    json!({
        "type": "object",
        "description": "How many records have each value, facet by facet. A value counts for everything below it.",
        "required": ["facets"],
        "properties": { "facets": counts() },
        "examples": [{ "facets": { "region": [
            { "value": "DE1", "name": { "de": "Baden-Württemberg", "en": "Baden-Württemberg" }, "count": 56 }
        ] } }]
    })
}

fn landing() -> Value {
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

fn problem_type() -> Value {
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
