//! Field-by-field differences between two versions of a record.

use crate::{id::Id, json::pointer::child};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::schema::{ObjectBuilder, Schema, SchemaType},
};

/// A field that differs between two versions.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// JSON Pointer (RFC 6901) to the field. Lists are compared as a whole.
    #[schema(example = "/summary/de")]
    pub pointer: String,
    /// Value before. Null if the field was absent.
    #[schema(schema_with = before)]
    pub from: Value,
    /// Value after. Null if the field is absent.
    #[schema(schema_with = after)]
    pub to: Value,
}

/// A schema for any JSON value, with a description. The derive cannot add one.
fn any_value(description: &str, example: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some(description))
        .examples([example])
        .into()
}

fn before() -> Schema {
    any_value(
        "Value before, of any JSON type; null if absent. References are `{id, slug, name}`, with current names.",
        "Verbund der Optik",
    )
}

fn after() -> Schema {
    any_value(
        "Value after, of any JSON type; null if absent. References are `{id, slug, name}`, with current names.",
        "Verbund der Photonik",
    )
}

/// Compares two documents. Returns the fields that differ, in the order of `to`. Missing fields count as null.
pub fn differences(from: &Value, to: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), from, to, &mut found);
    found
}

/// Whether two documents are equal, ignoring the order of lists of codes and of references.
pub fn are_same_sets(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| are_same_sets(value, other)))
        }
        (Value::Array(one), Value::Array(other)) if one.iter().chain(other).all(is_named) => {
            one.len() == other.len() && one.iter().all(|entry| other.contains(entry))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_same_sets(one, other))
        }
        _ => one == other,
    }
}

/// Whether an item of a list is a code or a stored reference.
fn is_named(entry: &Value) -> bool {
    entry.is_string()
        || entry.as_object().is_some_and(|object| object.len() == 1 && object.contains_key("id"))
}

fn compare(pointer: String, from: &Value, to: &Value, found: &mut Vec<Difference>) {
    match (from, to) {
        _ if from == to => {}
        // Only objects are compared field by field. Lists, references, and objects that were added or removed are
        // reported as a whole.
        (Value::Object(before), Value::Object(after))
            if reference(before).is_none() && reference(after).is_none() =>
        {
            let dropped = before.keys().filter(|key| !after.contains_key(*key));
            for key in after.keys().chain(dropped) {
                let pointer = child(&pointer, key);
                let value = |object: &Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
                compare(pointer, &value(before), &value(after), found);
            }
        }
        _ => found.push(Difference { pointer, from: from.clone(), to: to.clone() }),
    }
}

/// The id, if an object of stored content is a reference.
fn reference(object: &Map<String, Value>) -> Option<&str> {
    object.get("id").filter(|_| object.len() == 1)?.as_str()
}

/// Calls `visit` for each reference in stored content, with its object and id.
pub fn visit_references(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>, Id)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit_references(item, visit)),
        Value::Object(object) => match reference(object).and_then(Id::parse) {
            Some(id) => visit(object, id),
            None => object.values_mut().for_each(|value| visit_references(value, visit)),
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_those_of_the_smallest_fields() {
        let from = json!({"a": {"de": "x", "en": null}, "b": [1, 2], "c": 1, "gone/~": true});
        let to = json!({"a": {"de": "x", "en": "y"}, "b": [1], "c": 1, "d": {"e": 1}});
        let pointers: Vec<String> = differences(&from, &to).into_iter().map(|found| found.pointer).collect();
        assert_eq!(pointers, ["/a/en", "/b", "/d", "/gone~1~0"]);
        assert_eq!(differences(&from, &from), []);
        let [one, other] = [1, 2].map(|n| json!({"id": format!("019a2b3c-0000-7000-8000-00000000000{n}")}));
        let changes = differences(&json!({ "successor": one }), &json!({ "successor": other }));
        assert_eq!(
            changes,
            [Difference { pointer: "/successor".to_owned(), from: one, to: other }],
            "a reference is one value"
        );
    }

    #[test]
    fn the_order_of_codes_and_references_is_no_difference() {
        let one = json!({"a": ["x", "y"], "b": [{"id": "1"}, {"id": "2"}], "c": [{"de": "x"}, {"de": "y"}]});
        assert!(are_same_sets(
            &one,
            &json!({"b": [{"id": "2"}, {"id": "1"}], "a": ["y", "x"], "c": one["c"]})
        ));
        for other in [
            json!({"a": ["x", "z"], "b": one["b"], "c": one["c"]}),
            json!({"a": ["x"], "b": one["b"], "c": one["c"]}),
            json!({"a": one["a"], "b": one["b"], "c": [{"de": "y"}, {"de": "x"}]}),
            json!({"a": one["a"], "b": one["b"]}),
        ] {
            assert!(!are_same_sets(&one, &other), "{other}");
        }
    }
}
