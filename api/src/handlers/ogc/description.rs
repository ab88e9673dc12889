//! Parts of the descriptions of these operations.

use super::form::{F, Form, Nature};
use crate::openapi::{Schemas, add_kind, examples, headers_of, name_of, named, parameters, schema_of_id};
use domain::{content::Content, query::Query};
use serde_json::{Value, json};

/// The parameter that selects a form.
pub(super) fn f() -> Value {
    parameters::query(
        F,
        "Form of the response: JSON, or a page for people. Takes precedence over `Accept`.",
        json!({ "type": "string", "enum": Form::BOTH.map(Form::word) }),
    )
}

/// The path parameter that names a feature.
pub(super) fn id() -> Value {
    let mut schema = schema_of_id();
    schema["description"] = "Id of the record.".into();
    json!({ "name": "id", "in": "path", "required": true, "description": "Id of the feature.", "schema": schema })
}

/// The parameters that select a page of features, in the form that the standard prescribes (requirements
/// `/req/core/fc-limit-definition`, `fc-bbox-definition` and `fc-time-definition`).
pub(super) fn of_pages() -> Vec<Value> {
    let once = |name: &str, description: &str, schema: Value| {
        let mut parameter = parameters::query(name, description, schema);
        parameter["style"] = "form".into();
        parameter["explode"] = false.into();
        parameter
    };
    vec![
        once(
            "limit",
            &format!("Maximum number of features on the page. More than {0} means {0}.", Query::MAX_FEATURES),
            json!({
                "type": "integer", "format": "int32", "minimum": 1, "maximum": Query::MAX_FEATURES,
                "default": Query::DEFAULT_FEATURES
            }),
        ),
        once(
            "bbox",
            "Return only features in this box, edges included: west, south, east, north in degrees (CRS84). If west is greater than east, the box spans the 180th meridian. Six numbers also have heights, third and sixth, which are ignored.",
            json!({
                "type": "array", "items": { "type": "number", "maximum": 100_000 }, "minItems": 4, "maxItems": 6,
                "oneOf": [{ "minItems": 4, "maxItems": 4 }, { "minItems": 6, "maxItems": 6 }],
                "examples": [[9.0, 48.5, 9.5, 49.0]]
            }),
        ),
        once(
            "datetime",
            "Return only features whose period intersects this moment or interval (RFC 3339): `2026-05-01T09:30:00Z`, `2026-05-01T00:00:00Z/2026-06-01T00:00:00Z`, or with an open end, `../2026-06-01T00:00:00Z` or `2026-05-01T00:00:00Z/..`. A date, month or year stands for all of it in Europe/Berlin. Features without a period match always.",
            json!({ "type": "string", "minLength": 1, "maxLength": 100, "examples": ["2026-05-01T00:00:00Z/.."] }),
        ),
        once(
            "cursor",
            "Where the page starts: part of the link `next`. Valid only with the same filter.",
            json!({ "type": "string", "maxLength": 4_000 }),
        ),
    ]
}

/// A response in both forms.
pub(super) fn answer(description: &str, nature: Nature, schema: &str) -> Value {
    let headers = ["ETag", "Cache-Control", "Content-Security-Policy", "X-Request-Id"];
    in_both_forms(description, nature, named(schema), &headers)
}

fn in_both_forms(description: &str, nature: Nature, schema: Value, headers: &[&str]) -> Value {
    json!({
        "description": description,
        "headers": headers_of(headers),
        "content": {
            nature.media_type(Form::Json): { "schema": schema },
            nature.media_type(Form::Html): { "schema": { "type": "string" } }
        }
    })
}

/// Headers of responses with features.
const OF_FEATURES: [&str; 5] =
    ["ETag", "Last-Modified", "Cache-Control", "Content-Security-Policy", "X-Request-Id"];

pub(super) fn page_of_features<C: Content>() -> Value {
    let mut headers = OF_FEATURES.to_vec();
    headers.push("Link");
    let schema = named(&name_of::<C>("Features"));
    in_both_forms("A page of features.", Nature::Features, schema, &headers)
}

pub(super) fn feature<C: Content>() -> Value {
    let schema = named(&name_of::<C>("SingleFeature"));
    in_both_forms("The feature.", Nature::Features, schema, &OF_FEATURES)
}

/// Adds the schemas of the features of a kind.
pub(super) fn add_features<C: Content>(schemas: &mut Schemas) {
    add_kind::<C>(schemas);
    let links = json!({ "type": "array", "items": named("Link") });
    let mut feature = json!({
        "type": "object",
        "description": "A record as a GeoJSON feature (RFC 7946 section 3.2).",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": schema_of_id(),
            "geometry": named("Point"),
            "properties": named(&name_of::<C>(""))
        }
    });
    let count = |description: &str| json!({ "type": "integer", "minimum": 0, "description": description });
    let page = json!({
        "type": "object",
        "description": "A page of features (RFC 7946 section 3.3).",
        "required": ["type", "features", "links", "numberMatched", "numberReturned"],
        "properties": {
            "type": { "type": "string", "enum": ["FeatureCollection"] },
            "numberMatched": count("Number of features on all pages."),
            "numberReturned": count("Number of features on this page."),
            "features": { "type": "array", "items": named(&name_of::<C>("LocatedFeature")), "maxItems": Query::MAX_FEATURES },
            "links": links
        },
        "examples": [{
            "type": "FeatureCollection", "numberMatched": 1, "numberReturned": 1,
            "features": [{
                "type": "Feature", "id": examples::record::<C>()["id"],
                "geometry": { "type": "Point", "coordinates": [9.1829, 48.7758] },
                "properties": examples::record::<C>()
            }],
            "links": []
        }]
    });
    schemas.add(&name_of::<C>("LocatedFeature"), feature.clone());
    schemas.add(&name_of::<C>("Features"), page);
    feature["properties"]["links"] = links;
    feature["required"] = json!(["type", "id", "geometry", "properties", "links"]);
    schemas.add(&name_of::<C>("SingleFeature"), feature);
}

/// Marks fields of a response as absent at times. They are never null.
pub(super) fn make_optional(schemas: &mut Schemas, name: &str, fields: &[&str]) {
    let Some(schema) = schemas.0.get_mut(name) else { return };
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|field| !fields.iter().any(|optional| field == optional));
    }
    for field in fields {
        schema["properties"][*field]["type"] = "object".into();
    }
}

/// A word with a capital letter.
pub(super) fn upper(word: &str) -> String {
    word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
}
