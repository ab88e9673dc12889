//! Schemas shared by all operations.

use super::{answers::problem, parameters::PRINTED, schemas::Schemas, tidy::schema_of};
use domain::{kind::Kind, moment::Moment, record::Status, slug::Slug, text::Name};
use serde_json::{Value, json};

/// Adds the schemas that belong to no kind.
pub(crate) fn add(schemas: &mut Schemas) {
    let id = "019a2b3c-0000-7000-8000-000000000001";
    schemas.add(
        "ReferenceInput",
        json!({
            "description": "A reference in a request: an id, a slug, or an object with one of them, as in responses.",
            "anyOf": [
                { "type": "string", "pattern": PRINTED, "minLength": 1, "maxLength": 100, "description": "Id or slug." },
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
    schemas.add(
        "VocabularyEntryInput",
        json!({
            "type": "object",
            "description": "A vocabulary entry, as returned by the vocabulary, in place of its code. Regions and industries are identified by `code`, all others by `slug`. Other fields are ignored.",
            "minProperties": 1,
            "properties": {
                "code": { "type": "string", "pattern": PRINTED, "minLength": 1, "maxLength": 100, "description": "The code." },
                "slug": { "type": "string", "pattern": PRINTED, "minLength": 1, "maxLength": 100, "description": "The slug." }
            },
            "additionalProperties": true,
            "examples": [{ "code": "DE111" }, { "slug": "photonik" }]
        }),
    );
    schemas.add(
        "MomentInput",
        json!({
            "type": "string",
            "description": "A moment (RFC 3339) with up to microseconds. Without an offset, it is read in `time_zone`; a date stands for that day there. Seconds may be omitted. Second 60 is rejected.",
            "pattern": Moment::PATTERN,
            "minLength": 10,
            "maxLength": Moment::MAX_LENGTH,
            "examples": ["2026-05-01T09:30:00+02:00", "2026-05-01T09:30", "2026-05-01"]
        }),
    );
    schemas.add(
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
    schemas.add("Problem", problem());
    schemas.add("ProblemError", problem_error());
    schemas.add("Status", schema_of::<Status>());
    schemas.add("Kind", schema_of::<Kind>());
}

fn problem_error() -> Value {
    json!({
        "type": "object",
        "description": "An error in the request.",
        "required": ["detail"],
        "properties": {
            "pointer": { "type": "string", "description": "JSON Pointer (RFC 6901) to the invalid value in the body." },
            "parameter": { "type": "string", "description": "Name of the invalid parameter or header." },
            "detail": { "type": "string", "description": "What is wrong, and what is expected." }
        },
        "examples": [{ "pointer": "/ends_at", "detail": "the event must end after it starts" }]
    })
}
