//! Bringing the schemas that utoipa writes into the form that strict generators read best.

use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

/// What names of schemas begin with in references.
pub(crate) const PREFIX: &str = "#/components/schemas/";

/// The schema of a type.
pub(crate) fn schema_of<T: PartialSchema>() -> Value {
    tidy(serde_json::to_value(T::schema()).unwrap_or_default())
}

/// Rewrites a schema, from the inside out:
/// `allOf` of a schema and a mere description → the schema with that description;
/// `oneOf` of a plain schema and null → the schema with two types; `example` → `examples`.
pub(crate) fn tidy(schema: Value) -> Value {
    let Value::Object(object) = schema else {
        return match schema {
            Value::Array(list) => Value::Array(list.into_iter().map(tidy).collect()),
            other => other,
        };
    };
    let mut object: Map<String, Value> = object
        .into_iter()
        .map(|(key, value)| {
            if matches!(key.as_str(), "example" | "examples" | "enum") {
                (key, value)
            } else {
                (key, tidy(value))
            }
        })
        .collect();
    if let Some(example) = object.shift_remove("example") {
        object.insert("examples".to_owned(), json!([example]));
    }
    described(&object).or_else(|| nullable(&object)).unwrap_or(Value::Object(object))
}

/// `{"allOf": [X, {"type": "object", "description": D}]}` → X, described by D.
fn described(object: &Map<String, Value>) -> Option<Value> {
    let [inner, description] = object.get("allOf")?.as_array()?.as_slice() else { return None };
    let mut result = inner.as_object()?.clone();
    result.insert("description".to_owned(), description.get("description")?.clone());
    Some(Value::Object(result))
}

/// `{"oneOf": [X, {"type": "null"}]}` → X that may be null, when X is no reference.
fn nullable(object: &Map<String, Value>) -> Option<Value> {
    let variants = object.get("oneOf")?.as_array()?;
    let is_null = |variant: &&Value| variant.get("type") == Some(&json!("null"));
    let inner = variants.iter().find(|variant| !is_null(variant))?;
    if variants.len() != 2 || !variants.iter().any(|variant| is_null(&variant)) || inner.get("$ref").is_some()
    {
        return None;
    }
    let mut result = inner.as_object()?.clone();
    let plain = result.get("type")?.clone();
    result.insert("type".to_owned(), json!([plain, "null"]));
    if let Some(Value::Array(words)) = result.get_mut("enum") {
        words.push(Value::Null);
    }
    if let Some(description) = object.get("description") {
        result.insert("description".to_owned(), description.clone());
    }
    Some(Value::Object(result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_vanish() {
        assert_eq!(
            tidy(json!({"allOf": [{"type": "string"}, {"type": "object", "description": "D"}]})),
            json!({"type": "string", "description": "D"})
        );
        assert_eq!(
            tidy(json!({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}], "description": "D"})),
            json!({"type": ["string", "null"], "enum": ["a", null], "description": "D"})
        );
        let either = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
        assert_eq!(tidy(either.clone()), either);
        let reference = json!({"oneOf": [{"$ref": "#/x"}, {"type": "null"}]});
        assert_eq!(tidy(reference.clone()), reference);
    }
}
