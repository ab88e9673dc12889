//! What is sent, on every write path: read exactly as the description says, and kept in one form.

use crate::harness::{
    Answer, CHAMBER, Client, Minimal as _, Records as _, Request, Syncs as _, TestApp, collection, counts,
    example, for_every_kind, member_at, on_both, rejected, with, without,
};
use domain::{
    content::Content,
    kind::Kind,
    text::{is_invisible, quoted},
};
use serde_json::{Value, json};

mod forms;
mod hostile;
mod lists;
mod markup;
mod schema;
mod types;

/// How a record is written over HTTP.
const METHODS: [&str; 3] = ["POST", "PUT", "PATCH"];

/// The address of a record.
fn address<C: Content>(record: &Value) -> String {
    format!("{}/{}", C::collection(), record["id"].as_str().unwrap())
}

/// Begins a write of a record's whole content; a patch has all of it, too.
fn write<'a>(client: &Client<'a>, method: &str, collection: &str, address: &str) -> Request<'a> {
    match method {
        "POST" => client.post(collection),
        "PUT" => client.put(address).if_match("*"),
        _ => client.patch(address).if_match("*"),
    }
}

/// The media type of a write's body.
fn media_type(method: &str) -> &'static str {
    if method == "PATCH" { "application/merge-patch+json" } else { "application/json" }
}

/// A member as its chamber sends it, with every field filled.
fn line(app: &TestApp, external_id: &str) -> Value {
    let member = example::<domain::member::Member>(app);
    with(&member, &json!({ "chamber": CHAMBER, "external_id": external_id }))
}

/// Every place in a value, as a JSON Pointer, but for the whole.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, place: &str, found: &mut Vec<String>) {
        if !place.is_empty() {
            found.push(place.to_owned());
        }
        match value {
            Value::Object(object) => {
                object.iter().for_each(|(key, value)| walk(value, &format!("{place}/{key}"), found));
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(i, value)| walk(value, &format!("{place}/{i}"), found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// A value with another in one place.
fn replaced(value: &Value, place: &str, other: &Value) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(place).unwrap() = other.clone();
    value
}

/// Fails unless every text of an answer can be shown as it is.
#[track_caller]
fn assert_clean(text: &Value) {
    match text {
        Value::String(text) => assert_eq!(quoted(text, 10_000), *text),
        Value::Array(list) => list.iter().for_each(assert_clean),
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            assert_eq!(quoted(key, 10_000), *key);
            assert_clean(value);
        }),
        _ => {}
    }
}
