//! Rewrites a document of OpenAPI 3.1 as one of 3.0.3, for the clients of OGC API Features.

use serde_json::{Map, Value, json};

/// The document in OpenAPI 3.0.3.
pub(super) fn downgraded(mut document: Value) -> Value {
    document["openapi"] = json!("3.0.3");
    if let Some(info) = document["info"].as_object_mut() {
        info.shift_remove("summary");
        info.insert(
            "license".to_owned(),
            json!({ "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" }),
        );
    }
    for section in ["paths", "components"] {
        document[section] = walk(document[section].take(), false);
    }
    document
}

/// Rewrites schemas from the inside out. `names_fields`: whether the keys are names rather than keywords.
fn walk(part: Value, names_fields: bool) -> Value {
    match part {
        Value::Object(object) => {
            let rewrite = |(key, value): (String, Value)| {
                let is_value = matches!(key.as_str(), "example" | "examples" | "enum" | "default" | "const");
                let value = if is_value && !names_fields {
                    value
                } else {
                    walk(value, !names_fields && key == "properties")
                };
                (key, value)
            };
            let object = object.into_iter().map(rewrite).collect();
            if names_fields { Value::Object(object) } else { Value::Object(schema(object)) }
        }
        Value::Array(list) => Value::Array(list.into_iter().map(|part| walk(part, false)).collect()),
        other => other,
    }
}

/// Rewrites one schema:
///
/// - `type: [T, "null"]` → `type: T, nullable: true`
/// - `oneOf: [X, {type: null}]` → `allOf: [X], nullable: true`
/// - `examples: [E, …]` → `example: E`
/// - `exclusiveMinimum: N` → `minimum: N, exclusiveMinimum: true`
/// - `$ref` with other keywords, which 3.0 ignores → `allOf: [$ref]` with these
fn schema(mut schema: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        let nullable = types.iter().any(|name| name == "null");
        types.retain(|name| name != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
        if nullable {
            schema.insert("nullable".to_owned(), json!(true));
        }
    }
    if let Some(Value::Array(variants)) = schema.get_mut("oneOf") {
        let all = variants.len();
        variants.retain(|variant| variant.get("type") != Some(&json!("null")));
        if variants.len() < all {
            let variants = schema.shift_remove("oneOf").unwrap_or_default();
            let key = if all == 2 { "allOf" } else { "oneOf" };
            schema.insert(key.to_owned(), variants);
            schema.insert("nullable".to_owned(), json!(true));
        }
    }
    if let Some(first) = schema.get("examples").and_then(Value::as_array).and_then(|all| all.first().cloned())
    {
        schema.shift_remove("examples");
        schema.entry("example").or_insert(first);
    }
    if let Some(bound) = schema.get("exclusiveMinimum").filter(|bound| bound.is_number()).cloned() {
        schema.insert("minimum".to_owned(), bound);
        schema.insert("exclusiveMinimum".to_owned(), json!(true));
    }
    if let Some(word) = schema.shift_remove("const") {
        schema.insert("enum".to_owned(), json!([word]));
    }
    if schema.len() > 1
        && let Some(reference) = schema.shift_remove("$ref")
    {
        schema.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_rewritten_and_fields_of_that_name_are_not() {
        let newer = json!({ "schema": {
            "properties": {
                "type": { "type": ["string", "null"], "examples": ["a", "b"] },
                "examples": { "oneOf": [{ "$ref": "#/x" }, { "type": "null" }] },
                "$ref": { "$ref": "#/x", "description": "D" },
                "number": { "type": "number", "exclusiveMinimum": 0, "const": 1 }
            },
            "examples": [{ "type": ["string", "null"] }]
        } });
        let older = json!({ "schema": {
            "properties": {
                "type": { "type": "string", "nullable": true, "example": "a" },
                "examples": { "allOf": [{ "$ref": "#/x" }], "nullable": true },
                "$ref": { "description": "D", "allOf": [{ "$ref": "#/x" }] },
                "number": { "type": "number", "exclusiveMinimum": true, "minimum": 0, "enum": [1] }
            },
            "example": { "type": ["string", "null"] }
        } });
        assert_eq!(walk(newer, false), older);
    }
}
