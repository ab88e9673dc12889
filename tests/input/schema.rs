//! What the description says of the bodies of writes.

use serde_json::{Map, Value};

/// The schemas of a place: those of all variants, with references followed.
pub(super) fn variants<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        return variants(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return choices.iter().flat_map(|choice| variants(document, choice)).collect();
        }
    }
    vec![schema]
}

/// The schemas of a place in a body.
pub(super) fn at<'a>(document: &'a Value, schema: &'a Value, place: &str) -> Vec<&'a Value> {
    let mut found = variants(document, schema);
    for key in place.split('/').skip(1) {
        let below = found.iter().filter_map(|schema| {
            let is_index = key.bytes().all(|b| b.is_ascii_digit());
            if is_index { schema.get("items") } else { schema["properties"].get(key) }
        });
        found = below.flat_map(|schema| variants(document, schema)).collect();
    }
    found
}

/// The schema of a named body.
pub(super) fn named<'a>(document: &'a Value, name: &str) -> &'a Value {
    &document["components"]["schemas"][name]
}

/// Whether one of the schemas allows the type of a value.
pub(super) fn allow_type(schemas: &[&Value], value: &Value) -> bool {
    let types: &[&str] = match value {
        Value::Null => &["null"],
        Value::Bool(_) => &["boolean"],
        Value::Number(number) if number.is_f64() => &["number"],
        Value::Number(_) => &["number", "integer"],
        Value::String(_) => &["string"],
        Value::Array(_) => &["array"],
        Value::Object(_) => &["object"],
    };
    let allows = |allowed: &Value| allowed.as_str().is_some_and(|allowed| types.contains(&allowed));
    schemas.iter().any(|schema| match &schema["type"] {
        Value::Array(several) => several.iter().any(allows),
        one => allows(one),
    })
}

/// The properties of an object that one of the schemas describes.
pub(super) fn properties<'a>(schemas: &[&'a Value]) -> Option<&'a Map<String, Value>> {
    schemas.iter().find_map(|schema| schema["properties"].as_object())
}
