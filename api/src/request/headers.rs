//! The headers that operations take, each a constant, as parameters are.

use crate::{limits::MAX_HEADERS, openapi::parameters};
use serde_json::{Value, json};

/// A header of requests.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Whether a request must have it.
    pub is_required: bool,
    /// What it may be, as JSON Schema.
    pub schema: fn() -> Value,
    /// What it is called among the shared parameters of the description, where it is one.
    pub shared: Option<&'static str>,
}

impl Header {
    /// As an operation shows it that takes it.
    pub(crate) fn describe(&self) -> Value {
        self.shared.map_or_else(|| self.definition(), parameters::parameter)
    }

    /// In full.
    pub(crate) fn definition(&self) -> Value {
        json!({
            "name": self.name, "in": "header", "required": self.is_required, "description": self.description,
            "schema": (self.schema)()
        })
    }
}

/// Which version a write changes, where it must say so.
pub const IF_MATCH: Header = Header {
    name: "If-Match",
    description: "ETag of the record that is changed; only its version is compared. `*`: whatever it is now.",
    is_required: true,
    schema: || text("*"),
    shared: Some("IfMatch"),
};

/// Which version a write changes, where it may say so.
pub const IF_MATCH_OPTIONAL: Header = Header {
    description: "ETag of the record that is changed, where the change is meant for that version only.",
    is_required: false,
    shared: Some("IfMatchOptional"),
    ..IF_MATCH
};

/// What a reader has.
pub const IF_NONE_MATCH: Header = Header {
    name: "If-None-Match",
    description: "ETag of what the caller has; the answer is 304 when it is still the same.",
    is_required: false,
    schema: || text("\"7-1f6c8a5e0b2d4c3a9e81\""),
    shared: Some("IfNoneMatch"),
};

/// Under which key something is created once.
pub const IDEMPOTENCY_KEY: Header = Header {
    name: "Idempotency-Key",
    description: "A key of the caller's; for 24 hours, the same request with the same key is done once, and answered by the record as it was made, with the present names of what it refers to. Replays carry `Idempotent-Replayed: true`.",
    is_required: false,
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": 255, "examples": ["5f0c6a1e-8a3c-4c0e-9a53-0c1d6d0f3a55"] }),
    shared: Some("IdempotencyKey"),
};

/// Which event a stream is taken up behind.
pub const LAST_EVENT_ID: Header = Header {
    name: "Last-Event-ID",
    description: "The `id` of the last event that was seen; `EventSource` sends it. Only for streams.",
    is_required: false,
    schema: || text("0"),
    shared: None,
};

/// A text, as long as headers may be.
fn text(example: &str) -> Value {
    json!({ "type": "string", "maxLength": MAX_HEADERS, "examples": [example] })
}
