//! Answers, as operations give them.

use super::{EXAMPLE_URL, schemas::named};
use crate::problem::INVALID;
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

/// An answer in JSON.
pub(crate) fn json_answer(description: &str, schema: Value, headers: &[&str]) -> Value {
    json!({
        "description": description,
        "headers": headers_of(headers),
        "content": { "application/json": { "schema": schema } }
    })
}

pub(crate) const READ_HEADERS: [&str; 4] = ["ETag", "Last-Modified", "Cache-Control", "X-Request-Id"];

/// A noun with its article, for summaries.
pub(crate) fn one<C: Content>() -> String {
    let word = C::KIND.as_str();
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// Why a request was not answered as it asked.
pub(crate) fn problem() -> Value {
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
