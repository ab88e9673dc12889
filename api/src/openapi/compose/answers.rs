//! Responses of operations.

use super::{EXAMPLE_URL, schemas::named};
use crate::{formats::Format, problem::INVALID};
use domain::content::Content;
use serde_json::{Map, Value, json};

/// References to shared headers.
pub(crate) fn headers_of(names: &[&str]) -> Value {
    let headers: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })))
        .collect();
    Value::Object(headers)
}

/// A JSON response.
pub(crate) fn json_answer(description: &str, schema: Value, headers: &[&str]) -> Value {
    json!({
        "description": description,
        "headers": headers_of(headers),
        "content": { "application/json": { "schema": schema } }
    })
}

/// A response in JSON-LD, with an example.
pub(crate) fn json_ld_answer(description: &str, example: impl Into<Value>, headers: &[&str]) -> Value {
    let schema =
        json!({ "type": "object", "description": "A JSON-LD document.", "additionalProperties": true });
    json!({
        "description": description,
        "headers": headers_of(headers),
        "content": { Format::JsonLd.media_type(): { "schema": schema, "example": example.into() } }
    })
}

pub(crate) const READ_HEADERS: [&str; 4] = ["ETag", "Last-Modified", "Cache-Control", "X-Request-Id"];

/// The kind with its article, for summaries.
pub(crate) fn one<C: Content>() -> String {
    let word = C::KIND.as_str();
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// The schema of problem details.
pub(crate) fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "Type of the problem. The URL explains it." },
            "title": { "type": "string", "description": "Reason phrase of the status. See `type` and `detail` for specifics." },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "HTTP status of the response." },
            "detail": { "type": "string", "description": "What happened in this case, and what to do." },
            "instance": { "type": "string", "description": "Path of the request." },
            "errors": {
                "type": "array",
                "description": "All errors of the request.",
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
