//! What every kind of record promises, whichever it is.

mod reading;
mod writing;

use crate::harness::{Minimal as _, Records as _, TestApp, without};
use domain::content::Content;
use serde_json::{Value, json};

/// The address of a record.
fn address<C: Content>(record: &Value) -> String {
    let key = record["slug"].as_str().or(record["id"].as_str()).unwrap();
    format!("{}/{key}", C::collection())
}

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

/// A record without what the server adds: as it was sent.
fn as_sent(record: &Value) -> Value {
    fn without_labels(value: &mut Value) {
        match value {
            Value::Object(object) if object.contains_key("id") => object.retain(|name, _| name == "id"),
            Value::Object(object) => object.values_mut().for_each(without_labels),
            Value::Array(list) => list.iter_mut().for_each(without_labels),
            _ => {}
        }
    }
    let server_sets = [
        "id",
        "slug",
        "version",
        "created_at",
        "updated_at",
        "member_count",
        "first_day",
        "last_day",
        "operation_count",
        "next_update",
        "sequence",
    ];
    let mut record = without(record, &server_sets);
    without_labels(&mut record);
    record
}

fn create<C: Content>(app: &TestApp, name: &str) -> Value {
    app.admin().create(C::KIND, &C::minimal(name))
}

/// The name of a record set to another.
fn renamed<C: Content>(name: &str) -> Value {
    let named = C::minimal(name);
    json!({ C::NAME_FIELD: named[C::NAME_FIELD] })
}
