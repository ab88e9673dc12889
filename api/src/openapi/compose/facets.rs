//! How many records have each value.

use super::schemas::{Schemas, named};
use domain::text::LocalName;
use serde_json::{Value, json};
use utoipa::ToSchema as _;

/// Adds the counts of every facet.
pub(crate) fn add_facets(schemas: &mut Schemas) {
    schemas.add("FacetCount", facet_count());
    schemas.add("FacetCounts", facets());
}

pub(crate) fn facet_count() -> Value {
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

/// Counts, facet by facet.
pub(crate) fn counts() -> Value {
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
