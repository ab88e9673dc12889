//! Reading content from JSON, so that a sender learns of all faults at once.
//!
//! serde stops at the first fault. So we note it, put the example's value in its place and read on, until what
//! remains can be read. Rules that look at such a place keep silent ([`Faults::broken_with`]).

use crate::{content::Content, fault::Faults};
use serde_json::Value;
use serde_path_to_error::Segment;

/// Reads content, and notes everything that is wrong with it: types, unknown and missing fields, rules.
///
/// Gives the content whenever it can be made out, even when faults were noted, since more may be found on it.
/// A field that is null counts as absent.
pub fn content<C: Content>(mut json: Value, faults: &mut Faults) -> Option<C> {
    drop_nulls(&mut json);
    let mut content: C = structure(json, faults)?;
    content.normalise(faults);
    content.check(faults);
    Some(content)
}

/// Reads the structure alone.
fn structure<C: Content>(mut json: Value, faults: &mut Faults) -> Option<C> {
    if !json.is_object() {
        faults.malformed("", "must be a JSON object");
        return None;
    }
    let mut donor = None;
    for _ in 0..Faults::MOST {
        let error = match serde_path_to_error::deserialize::<_, C>(&json) {
            Ok(content) => return Some(content),
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let mut pointer = pointer_of(error.path());
        if let Some(field) = named_field(&message, "missing field ") {
            pointer = child(&pointer, field);
            faults.broken(pointer.as_str(), "is required");
        } else if let Some(field) = named_field(&message, "unknown field ") {
            let field = child("", field);
            if !pointer.ends_with(&field) {
                pointer.push_str(&field);
            }
            faults.malformed(pointer.as_str(), "is not a field that is known here");
        } else if let Some(rest) = message.strip_prefix("invalid type: ") {
            faults.malformed(pointer.as_str(), format!("has the wrong type: {}", in_words(rest)));
        } else if message.starts_with("invalid length") || message.starts_with("duplicate field") {
            faults.malformed(pointer.as_str(), message);
        } else {
            faults.broken(pointer.as_str(), in_words(&message));
        }
        let donor = donor.get_or_insert_with(|| serde_json::to_value(C::example()).unwrap_or_default());
        if !mend(&mut json, donor, &pointer) {
            return None;
        }
        faults.mend(pointer);
    }
    None
}

/// The name between back-ticks behind `prefix`.
fn named_field<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.strip_prefix('`')?.split('`').next()
}

/// serde's message without the names of our types.
fn in_words(message: &str) -> String {
    let Some((found, expected)) = message.split_once("expected ") else { return message.to_owned() };
    let expected = match expected {
        "u8" | "u32" | "i64" => "a whole number",
        "f64" => "a number",
        "a sequence" => "a list",
        expected if expected.starts_with("struct ") => "an object",
        expected => expected,
    };
    let found = found
        .replace("unknown variant", "is not known:")
        .replace("map,", "object,")
        .replace("sequence,", "list,");
    format!("{found}expected {expected}")
}

/// A JSON Pointer (RFC 6901) one step further.
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => child(&pointer, &index.to_string()),
        Segment::Map { key } => child(&pointer, key),
        Segment::Enum { variant } => child(&pointer, variant),
        Segment::Unknown => pointer,
    })
}

/// Puts the donor's value in place of the one at `pointer`, or removes that; whether either was possible.
fn mend(json: &mut Value, donor: &Value, pointer: &str) -> bool {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return false };
    let graft = graft(donor, pointer);
    let key = key.replace("~1", "/").replace("~0", "~");
    match (json.pointer_mut(parent), graft) {
        (Some(Value::Object(object)), Some(graft)) => {
            object.insert(key, graft.clone());
            true
        }
        (Some(Value::Object(object)), None) => object.shift_remove(&key).is_some(),
        (Some(Value::Array(list)), Some(graft)) => {
            match key.parse::<usize>().ok().and_then(|index| list.get_mut(index)) {
                Some(place) => {
                    *place = graft.clone();
                    true
                }
                None => false,
            }
        }
        _ => false,
    }
}

/// The donor's value for a pointer; of its lists, the first entry stands for every one.
fn graft<'a>(donor: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(donor, |value, key| match value {
        Value::Object(object) => object.get(&key.replace("~1", "/").replace("~0", "~")),
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
pub(crate) fn example<C: serde::de::DeserializeOwned>(json: Value) -> C {
    serde_json::from_value(json).expect("an example is well formed")
}

#[cfg(test)]
mod tests;
