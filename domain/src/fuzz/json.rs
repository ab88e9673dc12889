//! JSON.

use super::{PIECES, any_text, for_any};
use crate::{
    fault::Faults,
    json::{MAX_DEPTH, pointer, read},
};
use proptest::{
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Value, json};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// JSON in which up to three bytes were replaced.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        "[\\[\\]{}:,0-9eE.\"\\\\u]".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 1..3),
    ];
    let edits = prop::collection::vec((any::<Index>(), 0..3_usize, piece), 0..4);
    (any_json(), edits).prop_map(|(value, edits)| {
        let mut bytes = value.to_string().into_bytes();
        for (at, cut, piece) in edits {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..bytes.len().min(at + cut), piece);
        }
        bytes
    })
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn what_was_read_is_read_the_same_again() {
    for_any(any_json(), |value| {
        let once = read(value.to_string().as_bytes(), &mut Faults::new()).unwrap();
        prop_assert_eq!(read(once.to_string().as_bytes(), &mut Faults::new()), Ok(once));
        Ok(())
    });
}

#[test]
fn json_is_what_the_library_takes_for_json() {
    for_any(nearly_json(), |bytes| {
        let ours = read(&bytes, &mut Faults::new());
        let unmarked = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let theirs = serde_json::from_slice::<Value>(unmarked);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
        Ok(())
    });
}

#[test]
fn nesting_has_a_limit() {
    let steps = prop::collection::vec(any::<bool>(), 0..2 * MAX_DEPTH);
    for_any(steps, |steps| {
        let value = steps
            .iter()
            .fold(json!(1), |value, is_list| if *is_list { json!([value]) } else { json!({ "a": value }) });
        let is_read = read(value.to_string().as_bytes(), &mut Faults::new()).is_ok();
        prop_assert_eq!(is_read, depth(&value) <= MAX_DEPTH);
        Ok(())
    });
}

#[test]
fn a_key_that_stands_twice_is_named() {
    let keys = prop::collection::vec("[a-c~/0]{0,2}", 1..6);
    for_any(keys, |keys| {
        let fields: Vec<String> = keys.iter().map(|key| format!("{}:[1]", json!(key))).collect();
        let text = format!("[{{{}}}]", fields.join(","));
        let mut faults = Faults::new();
        let value = read(text.as_bytes(), &mut faults).unwrap();
        let kept = value[0].as_object().unwrap();
        prop_assert_eq!(faults.iter().count(), keys.len() - kept.len());
        for fault in faults.iter() {
            prop_assert!(value.pointer(&fault.pointer).is_some(), "{}", fault.pointer);
        }
        Ok(())
    });
}

#[test]
fn a_key_comes_back_from_its_pointer() {
    for_any(any_text(), |name| {
        let steps = pointer::child("", &name);
        prop_assert_eq!(pointer::key(steps.strip_prefix('/').unwrap()), name);
        Ok(())
    });
}
