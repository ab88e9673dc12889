//! Default bounds of values by their type and format: dates, ids, numbers, URLs.
//!
//! Bounds in a schema take precedence. Adding the rest here makes sure that no field is forgotten. Texts in responses
//! are unbounded if the server does not bound them.

use super::schemas::is_of_type;
use crate::limits::MAX_URI;
use serde_json::{Map, Value, json};

/// The largest integer that all JSON parsers read exactly (RFC 8259 section 6).
pub(crate) const MAX_NUMBER: i64 = 9_007_199_254_740_991;

/// Adds bounds to every schema of the document.
pub(crate) fn add(document: &mut Value) {
    walk(document, false);
}

/// `names_fields`: whether the keys of this object are field names rather than JSON Schema keywords.
fn walk(part: &mut Value, names_fields: bool) {
    match part {
        Value::Object(object) => {
            if !names_fields {
                bound(object);
            }
            for (key, value) in object.iter_mut() {
                let is_value = matches!(key.as_str(), "example" | "examples" | "enum" | "default" | "const");
                if names_fields || !is_value {
                    walk(value, !names_fields && key == "properties");
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|part| walk(part, false)),
        _ => {}
    }
}

fn bound(schema: &mut Map<String, Value>) {
    let is = |name| is_of_type(schema, name);
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let bounds = if is("integer") {
        let maximum = if format == "int32" { i32::MAX.into() } else { MAX_NUMBER };
        vec![("format", json!("int64")), ("minimum", json!(0)), ("maximum", json!(maximum))]
    } else if is("string") {
        match format {
            "date" => vec![("minLength", json!(10)), ("maxLength", json!(10))],
            "date-time" => vec![("minLength", json!(20)), ("maxLength", json!(27))],
            "uuid" => vec![("minLength", json!(36)), ("maxLength", json!(36))],
            // A `next` URL contains the address of the request.
            "uri" | "uri-template" => vec![("maxLength", json!(2 * MAX_URI))],
            _ => Vec::new(),
        }
    } else {
        Vec::new()
    };
    for (name, value) in bounds {
        let is_given =
            schema.contains_key(name) || name == "minimum" && schema.contains_key("exclusiveMinimum");
        if !is_given {
            schema.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_holds_and_the_rest_is_added() {
        let mut schema = json!({ "properties": {
            "day": { "type": ["string", "null"], "format": "date" },
            "count": { "type": "integer", "format": "int32", "minimum": 1 },
            "example": { "type": "string", "format": "uuid" },
            "note": { "type": "string" }
        }, "examples": [{ "type": "integer" }] });
        add(&mut schema);
        assert_eq!(
            schema,
            json!({ "properties": {
                "day": { "type": ["string", "null"], "format": "date", "minLength": 10, "maxLength": 10 },
                "count": { "type": "integer", "format": "int32", "minimum": 1, "maximum": 2_147_483_647 },
                "example": { "type": "string", "format": "uuid", "minLength": 36, "maxLength": 36 },
                "note": { "type": "string" }
            }, "examples": [{ "type": "integer" }] })
        );
    }
}
