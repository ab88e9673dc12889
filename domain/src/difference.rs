//! What differs between two states of a record, field by field.

use crate::id::Id;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::schema::{ObjectBuilder, Schema, SchemaType},
};

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// JSON Pointer (RFC 6901) to the field; lists are compared as a whole.
    #[schema(example = "/summary/de")]
    pub pointer: String,
    /// What it was; null: nothing.
    #[schema(schema_with = before)]
    pub from: Value,
    /// What it became; null: nothing.
    #[schema(schema_with = after)]
    pub to: Value,
}

/// Any JSON value. The derive gives it no description of its own.
fn any_value(description: &str, example: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some(description))
        .examples([example])
        .into()
}

fn before() -> Schema {
    any_value(
        "What it was, any JSON value; null: nothing. References are `{id, slug, name}`, as they are called today.",
        "Verbund der Optik",
    )
}

fn after() -> Schema {
    any_value(
        "What it became, any JSON value; null: nothing. References are `{id, slug, name}`, as they are called today.",
        "Verbund der Photonik",
    )
}

/// Every field in which two documents differ, in the order of the second; what is missing counts as null.
pub fn differences(from: &Value, to: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), from, to, &mut found);
    found
}

fn compare(pointer: String, from: &Value, to: &Value, found: &mut Vec<Difference>) {
    match (from, to) {
        _ if from == to => {}
        // Lists, references, and what came into being or vanished as a whole are shown as a whole, but for the record
        // itself.
        (Value::Object(before), Value::Object(after))
            if reference(before).is_none() && reference(after).is_none() =>
        {
            let dropped = before.keys().filter(|key| !after.contains_key(*key));
            for key in after.keys().chain(dropped) {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                let value = |object: &Map<String, Value>| object.get(key).cloned().unwrap_or(Value::Null);
                compare(pointer, &value(before), &value(after), found);
            }
        }
        _ => found.push(Difference { pointer, from: from.clone(), to: to.clone() }),
    }
}

/// The id of the record that an object of stored content refers to, if it is a reference.
fn reference(object: &Map<String, Value>) -> Option<&str> {
    object.get("id").filter(|_| object.len() == 1)?.as_str()
}

/// Calls `visit` with every reference in a value of stored content: its object, and the id in it.
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
}
