//! Parses objects from JSON and reports all faults at once.
//!
//! serde stops at the first fault. To find the others, the fault is recorded, the value is replaced by that of a
//! complete example, and parsing starts again, until it succeeds. Rules about a replaced value are skipped
//! ([`Faults::broken_with`]).
//!
//! ```text
//! {"name": 5, "colour": "red"}          "/name": wrong type     →  take the example's name
//! {"name": "Example", "colour": "red"}  "/colour": unknown      →  remove it
//! {"name": "Example"}                   parses; two faults are reported
//! ```

use crate::{
    fault::Faults,
    json::{
        Mismatch, MismatchKind, Strict,
        pointer::{child, key},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Parses an object. Records a fault for each wrong type, unknown field and missing field.
///
/// Returns the object whenever it can be parsed, even if faults were recorded, so that the caller can check more.
/// Null fields count as absent. `example` must have every field.
pub fn object<T: Serialize + DeserializeOwned>(
    mut json: Value,
    example: impl Fn() -> T,
    faults: &mut Faults,
) -> Option<T> {
    drop_nulls(&mut json);
    if !json.is_object() {
        faults.malformed("", "must be a JSON object");
        return None;
    }
    let mut placeholder = None;
    for _ in 0..Faults::MOST {
        let mismatch = match T::deserialize(Strict(&json)) {
            Ok(object) => return Some(object),
            Err(mismatch) => mismatch,
        };
        let placeholder =
            placeholder.get_or_insert_with(|| serde_json::to_value(example()).unwrap_or_default());
        let replaced = patch(&mut json, placeholder, &mismatch);
        note(mismatch, "", faults);
        faults.patch(replaced?);
    }
    None
}

/// Records a mismatch. Its pointer is relative to `pointer`.
fn note(mismatch: Mismatch, pointer: &str, faults: &mut Faults) {
    let Mismatch { pointer: rest, kind, detail } = mismatch;
    let pointer = format!("{pointer}{rest}");
    match kind {
        MismatchKind::Type | MismatchKind::Unknown => faults.malformed(pointer, detail),
        MismatchKind::Missing | MismatchKind::Rule => faults.broken(pointer, detail),
    }
}

/// Parses the value at `pointer`. Records a fault if it does not fit.
pub fn value<T: DeserializeOwned>(json: &Value, pointer: &str, faults: &mut Faults) -> Option<T> {
    T::deserialize(Strict(json)).map_err(|mismatch| note(mismatch, pointer, faults)).ok()
}

/// Removes a field from an object and parses it. Null counts as absent.
pub fn field<T: DeserializeOwned>(
    object: &mut Map<String, Value>,
    field: &str,
    faults: &mut Faults,
) -> Option<T> {
    let json = object.shift_remove(field).filter(|value| !value.is_null())?;
    value(&json, &child("", field), faults)
}

/// Replaces a value that does not fit by that of the placeholder, or removes an unknown field.
///
/// Returns the pointer to what was replaced, or `None` if nothing could be.
fn patch(json: &mut Value, placeholder: &Value, mismatch: &Mismatch) -> Option<String> {
    let mut pointer = mismatch.pointer.as_str();
    loop {
        let (parent, step) = pointer.rsplit_once('/')?;
        let key = key(step);
        match (json.pointer_mut(parent), lookup(placeholder, pointer)) {
            (Some(Value::Object(object)), None) if mismatch.kind == MismatchKind::Unknown => {
                object.shift_remove(&key)?;
                return Some(pointer.to_owned());
            }
            (Some(Value::Object(object)), Some(lookup)) => {
                object.insert(key, lookup.clone());
                return Some(pointer.to_owned());
            }
            (Some(Value::Array(list)), Some(lookup)) => {
                *list.get_mut(key.parse::<usize>().ok()?)? = lookup.clone();
                return Some(pointer.to_owned());
            }
            // The placeholder has another variant of the value here, so the parent is replaced.
            _ => pointer = parent,
        }
    }
}

/// The value of the placeholder at a pointer. Every item of a list corresponds to the first one of the placeholder.
fn lookup<'a>(placeholder: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(placeholder, |value, step| match value {
        Value::Object(object) => object.get(&key(step)),
        Value::Array(list) => list.first(),
        _ => None,
    })
}

/// Removes null fields, at any depth.
fn drop_nulls(json: &mut Value) {
    match json {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Parses an example.
#[expect(clippy::expect_used, reason = "examples are compiled in, and a test parses each")]
pub(crate) fn example<C: DeserializeOwned>(json: Value) -> C {
    serde_json::from_value(json).expect("an example is well formed")
}

#[cfg(test)]
mod tests;
