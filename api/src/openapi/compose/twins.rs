//! Schemas of writes. Each is the twin of a response schema.

use super::tidy::{PREFIX, schema_of};
use domain::{reference::Reference, vocabulary::VOCABULARY};
use serde_json::{Map, Value, json};

/// The variant of a schema for writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twin {
    /// For bodies of POST and PUT: references in all accepted forms.
    Input,
    /// For bodies of PATCH (RFC 7396): nothing is required, and null removes a field.
    Patch,
}

impl Twin {
    /// The name of the twin.
    pub(crate) fn name(self, name: &str) -> String {
        match self {
            Self::Input => format!("{name}Input"),
            Self::Patch => format!("{name}Patch"),
        }
    }

    /// Whether a schema differs from its twin. Responses have all fields, writes may omit some.
    pub(crate) fn differs(self, schema: &Value) -> bool {
        let fields = schema.get("properties").and_then(Value::as_object).map_or(0, Map::len);
        let required = schema.get("required").and_then(Value::as_array).map_or(0, Vec::len);
        let has_fields = fields > 0 && !is_reference(schema);
        match self {
            Self::Input => has_fields && required < fields,
            Self::Patch => has_fields,
        }
    }

    /// The twin of a schema.
    pub(crate) fn of(self, schema: &Value, parts: &[(String, Value)]) -> Value {
        let Value::Object(mut object) = self.rename(schema.clone(), parts) else { return Value::Null };
        if self == Self::Patch {
            object.shift_remove("required");
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                properties.values_mut().for_each(allow_null);
            }
        }
        Value::Object(object)
    }

    /// Replaces references to schemas by references to their twins, and moments by their input form.
    fn rename(self, value: Value, parts: &[(String, Value)]) -> Value {
        match value {
            Value::Object(object) if object.contains_key(VOCABULARY) => code(object),
            Value::Object(object) => {
                let in_list = object.get("type") == Some(&json!("array"));
                // A patch replaces a list as a whole, so its entries are inputs.
                let twin = if in_list { Self::Input } else { self };
                Value::Object(
                    object.into_iter().map(|(key, value)| (key, twin.rename(value, parts))).collect(),
                )
            }
            Value::Array(list) => {
                Value::Array(list.into_iter().map(|value| self.rename(value, parts)).collect())
            }
            Value::String(text) => Value::String(self.renamed(text, parts)),
            other => other,
        }
    }

    fn renamed(self, text: String, parts: &[(String, Value)]) -> String {
        let Some(name) = text.strip_prefix(PREFIX) else { return text };
        match (name, parts.iter().find(|(part, _)| part == name)) {
            ("Reference" | "Moment", _) => format!("{PREFIX}{name}Input"),
            (_, Some((_, schema))) if self.differs(schema) => format!("{PREFIX}{}", self.name(name)),
            _ => text,
        }
    }
}

/// A code in writes, which may also be the vocabulary entry.
fn code(mut object: Map<String, Value>) -> Value {
    let mut either = Map::new();
    either.extend(object.shift_remove_entry("description"));
    either.extend(object.shift_remove_entry("examples"));
    either.insert("anyOf".to_owned(), json!([object, { "$ref": format!("{PREFIX}VocabularyEntryInput") }]));
    Value::Object(either)
}

fn is_reference(schema: &Value) -> bool {
    *schema == schema_of::<Reference>()
}

/// Allows null for a field of a patch.
fn allow_null(schema: &mut Value) {
    match schema.get("type").cloned() {
        Some(Value::String(plain)) => schema["type"] = json!([plain, "null"]),
        Some(_) => {}
        None if schema.get("oneOf").is_some() => {}
        None if schema.get("anyOf").is_some() => {
            let null = json!("null");
            if let Some(Value::Array(variants)) = schema.get_mut("anyOf")
                && !variants.iter().any(|variant| {
                    variant["type"] == null
                        || variant["type"].as_array().is_some_and(|types| types.contains(&null))
                })
            {
                variants.push(json!({ "type": "null" }));
            }
        }
        None => *schema = json!({ "oneOf": [schema.clone(), { "type": "null" }] }),
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum")
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
}
