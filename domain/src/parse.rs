//! Reading objects from JSON, so that a sender learns of all faults at once.
//!
//! serde stops at the first fault. So we note it, put the example's value in its place and read on, until what
//! remains can be read. Rules that look at such a place keep silent ([`Faults::broken_with`]).

use crate::{
    fault::Faults,
    json::{
        Mismatch, MismatchKind, Strict,
        pointer::{child, key},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Reads an object, and notes everything that is wrong with its structure: types, unknown and missing fields.
///
/// Gives it whenever it can be made out, even when faults were noted, since more may be found on it. A field that is null
/// counts as absent. The example has every field.
pub(crate) fn object<T: Serialize + DeserializeOwned>(
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

/// Notes why what stands at `pointer` does not fit.
fn note(mismatch: Mismatch, pointer: &str, faults: &mut Faults) {
    let Mismatch { pointer: rest, kind, detail } = mismatch;
    let pointer = format!("{pointer}{rest}");
    match kind {
        MismatchKind::Type | MismatchKind::Unknown => faults.malformed(pointer, detail),
        MismatchKind::Missing | MismatchKind::Rule => faults.broken(pointer, detail),
    }
}

/// Reads a value that stands at `pointer`, and notes why it does not fit.
pub fn value<T: DeserializeOwned>(json: &Value, pointer: &str, faults: &mut Faults) -> Option<T> {
    T::deserialize(Strict(json)).map_err(|mismatch| note(mismatch, pointer, faults)).ok()
}

/// Takes a field out of an object and reads it; null counts as absent.
pub fn field<T: DeserializeOwned>(
    object: &mut Map<String, Value>,
    field: &str,
    faults: &mut Faults,
) -> Option<T> {
    let json = object.shift_remove(field).filter(|value| !value.is_null())?;
    value(&json, &child("", field), faults)
}

/// Puts the placeholder's value in the place that does not fit, or removes what nobody knows; gives the pointer to what was
/// replaced, where that was possible.
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
            // The placeholder has another form of the same, so what holds it is replaced.
            _ => pointer = parent,
        }
    }
}

/// The placeholder's value for a pointer; of its lists, the first entry stands for every one.
fn lookup<'a>(placeholder: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(placeholder, |value, step| match value {
        Value::Object(object) => object.get(&key(step)),
        Value::Array(list) => list.first(),
        _ => None,
    })
}

/// Removes the fields of objects that are null.
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

/// Reads an example that is part of the program.
#[expect(clippy::expect_used, reason = "examples are part of the program, and a test reads each")]
pub(crate) fn example<C: DeserializeOwned>(json: Value) -> C {
    serde_json::from_value(json).expect("an example is well formed")
}

#[cfg(test)]
mod tests;
