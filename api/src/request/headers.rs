//! Request headers as constants, used by handlers and by the OpenAPI document.

use crate::{limits::MAX_HEADERS, openapi::parameters};
use serde_json::{Value, json};

/// A request header.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Name.
    pub name: &'static str,
    /// Description.
    pub description: &'static str,
    /// Whether it is required.
    pub is_required: bool,
    /// JSON Schema of the value.
    pub schema: fn() -> Value,
    /// Name among the shared parameters of the document, if it is shared.
    pub shared: Option<&'static str>,
}

impl Header {
    /// The OpenAPI parameter of an operation that accepts it.
    pub(crate) fn describe(&self) -> Value {
        self.shared.map_or_else(|| self.definition(), parameters::parameter)
    }

    /// The complete definition.
    pub(crate) fn definition(&self) -> Value {
        json!({
            "name": self.name, "in": "header", "required": self.is_required, "description": self.description,
            "schema": (self.schema)()
        })
    }
}

/// The version that a write changes, where it is required.
pub const IF_MATCH: Header = Header {
    name: "If-Match",
    description: "`ETag` of the record to change. Only its version is compared. `*` matches any version.",
    is_required: true,
    schema: || text("*"),
    shared: Some("IfMatch"),
};

/// The version that a write changes, where it is optional.
pub const IF_MATCH_OPTIONAL: Header = Header {
    description: "`ETag` of the record to change, to make the change only if that is still the current version.",
    is_required: false,
    shared: Some("IfMatchOptional"),
    ..IF_MATCH
};

/// The representation that the caller already has.
pub const IF_NONE_MATCH: Header = Header {
    name: "If-None-Match",
    description: "`ETag` of a previous response. Returns 304 if nothing has changed.",
    is_required: false,
    schema: || text("\"7-1f6c8a5e0b2d4c3a9e81\""),
    shared: Some("IfNoneMatch"),
};

/// The key under which something is created only once.
pub const IDEMPOTENCY_KEY: Header = Header {
    name: "Idempotency-Key",
    description: "A key chosen by the caller. For 24 hours, repeating a request with the same key creates nothing and returns the record as it was created, with current names of references. Replays carry `Idempotent-Replayed: true`.",
    is_required: false,
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": 255, "examples": ["5f0c6a1e-8a3c-4c0e-9a53-0c1d6d0f3a55"] }),
    shared: Some("IdempotencyKey"),
};

/// The event after which a stream resumes.
pub const LAST_EVENT_ID: Header = Header {
    name: "Last-Event-ID",
    description: "`id` of the last event received. Sent by `EventSource`. Streams only.",
    is_required: false,
    schema: || text("0"),
    shared: None,
};

/// A text of at most the maximum header length.
fn text(example: &str) -> Value {
    json!({ "type": "string", "maxLength": MAX_HEADERS, "examples": [example] })
}
