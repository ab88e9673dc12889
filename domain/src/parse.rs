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
mod tests {
    use super::*;
    use crate::{
        event::Event,
        initiative::Initiative,
        kind::{KindVisitor, every_kind},
        member::Member,
    };
    use serde_json::json;

    fn faults_of<C: Content>(json: Value) -> Vec<String> {
        let mut faults = Faults::new();
        content::<C>(json, &mut faults);
        faults.iter().map(|fault| format!("{:?} {}", fault.severity, fault.pointer)).collect()
    }

    fn example_with<C: Content>(changes: &[(&str, Value)]) -> Value {
        let mut json = serde_json::to_value(C::example()).unwrap();
        for (pointer, value) in changes {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            match json.pointer_mut(parent).unwrap() {
                Value::Object(object) => drop(object.insert(key.to_owned(), value.clone())),
                Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
                _ => unreachable!(),
            }
        }
        json
    }

    #[test]
    fn every_example_is_complete_and_right() {
        struct Check;
        impl KindVisitor for Check {
            fn visit<C: Content>(&mut self) {
                let json = serde_json::to_value(C::example()).unwrap();
                assert_eq!(faults_of::<C>(json.clone()), [""; 0], "{}", C::KIND);
                assert_filled(&json, C::KIND.as_str());
            }
        }
        fn assert_filled(json: &Value, place: &str) {
            match json {
                Value::Null => panic!("{place} is null"),
                Value::Object(object) => {
                    object.iter().for_each(|(key, value)| assert_filled(value, &format!("{place}/{key}")));
                }
                Value::Array(list) => {
                    assert!(!list.is_empty(), "{place} is empty");
                    list.iter().for_each(|value| assert_filled(value, place));
                }
                _ => {}
            }
        }
        every_kind(&mut Check);
    }

    #[test]
    fn all_faults_are_found_at_once() {
        let json = example_with::<Initiative>(&[
            ("/name", json!(5)),
            ("/summary/fr", json!("x")),
            ("/summary/de", json!("<b>fett</b>")),
            ("/regions/0", json!("DE999")),
            ("/services", json!([{"de": "gut"}, {"de": 7}, {"en": "no German"}])),
            ("/visibility", json!("galactic")),
            ("/colour", json!("red")),
            ("/management/staff", json!("many")),
            ("/technology_fields", json!([])),
            ("/ended_on", json!("2001")),
        ]);
        let mut found = faults_of::<Initiative>(json);
        found.sort();
        assert_eq!(
            found,
            [
                "Broken /ended_on",
                "Broken /regions/0",
                "Broken /services/2/de",
                "Broken /summary/de",
                "Broken /technology_fields",
                "Broken /visibility",
                "Malformed /colour",
                "Malformed /management/staff",
                "Malformed /name",
                "Malformed /services/1/de",
                "Malformed /summary/fr",
            ]
        );
    }

    #[test]
    fn a_rule_about_what_could_not_be_read_keeps_silent() {
        let json =
            example_with::<Event>(&[("/starts_at", json!(1)), ("/ends_at", json!("2001-01-01T00:00:00Z"))]);
        assert_eq!(faults_of::<Event>(json), ["Malformed /starts_at"]);
        let json = example_with::<Event>(&[("/ends_at", json!("2001-01-01T00:00:00Z"))]);
        assert_eq!(faults_of::<Event>(json), ["Broken /ends_at"]);
        assert_eq!(
            faults_of::<Event>(json!({})),
            [
                "Broken /title",
                "Broken /summary",
                "Broken /starts_at",
                "Broken /ends_at",
                "Broken /format",
                "Broken /scope"
            ]
        );
    }

    #[test]
    fn messages_name_no_types_of_ours() {
        let json = example_with::<Initiative>(&[
            ("/summary", json!(5)),
            ("/regions", json!("DE1")),
            ("/name", json!({})),
            ("/visibility", json!("x")),
        ]);
        let mut faults = Faults::new();
        content::<Initiative>(json, &mut faults);
        let mut details: Vec<&str> = faults.iter().map(|fault| fault.detail.as_str()).collect();
        details.sort_unstable();
        assert_eq!(
            details,
            [
                "has the wrong type: integer `5`, expected an object",
                "has the wrong type: object, expected a string",
                "has the wrong type: string \"DE1\", expected a list",
                "is not known: `x`, expected one of `regional`, `national`, `international`",
            ]
        );
    }

    #[test]
    fn nulls_count_as_absent() {
        let json =
            json!({"name": "A", "kind": "company", "region": "DE111", "industries": null, "public": null});
        assert_eq!(faults_of::<Member>(json), [""; 0]);
    }

    #[test]
    fn references_come_in_three_forms() {
        let id = "019a2b3c-0000-7000-8000-000000000001";
        for good in
            [json!(id), json!("afbw"), json!({"slug": "afbw"}), json!({"id": id, "slug": "x", "name": "y"})]
        {
            assert_eq!(
                faults_of::<Initiative>(example_with::<Initiative>(&[("/clusters/0", good)])),
                [""; 0]
            );
        }
        for (bad, fault) in [
            (json!(7), "Malformed /clusters/0"),
            (json!("Not A Slug"), "Broken /clusters/0"),
            (json!({}), "Broken /clusters/0"),
            (json!({"id": id, "uuid": id}), "Malformed /clusters/0/uuid"),
        ] {
            assert_eq!(faults_of::<Initiative>(example_with::<Initiative>(&[("/clusters/0", bad)])), [fault]);
        }
    }

    #[test]
    fn hostile_bodies_are_given_up_on() {
        let many: serde_json::Map<String, Value> = (0..5_000).map(|i| (format!("x{i}"), json!(1))).collect();
        assert_eq!(faults_of::<Initiative>(Value::Object(many)).len(), Faults::MOST);
        for odd in [json!([]), json!("x"), json!(null), json!({"": 1}), json!({"a/b~c": 1})] {
            assert!(!faults_of::<Initiative>(odd).is_empty());
        }
    }
}
