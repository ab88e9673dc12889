use super::*;
use crate::{
    content::{self, Content},
    event::Event,
    initiative::Initiative,
    kinds::{KindVisitor, every_kind},
    member::Member,
};
use serde_json::json;

fn faults_of<C: Content>(json: Value) -> Vec<String> {
    let mut faults = Faults::new();
    content::read::<C>(json, &mut faults);
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
    content::read::<Initiative>(json, &mut faults);
    let mut details: Vec<&str> = faults.iter().map(|fault| fault.detail.as_str()).collect();
    details.sort_unstable();
    assert_eq!(
        details,
        [
            "has the wrong type: a number, expected an object",
            "has the wrong type: a string, expected a list",
            "has the wrong type: an object, expected a string",
            "is not known: `x`, expected one of `regional`, `national`, `international`",
        ]
    );
}

#[test]
fn nulls_count_as_absent() {
    let json = json!({"name": "A", "kind": "company", "region": "DE111", "industries": null, "public": null});
    assert_eq!(faults_of::<Member>(json), [""; 0]);
}

#[test]
fn references_come_in_three_forms() {
    let id = "019a2b3c-0000-7000-8000-000000000001";
    for good in
        [json!(id), json!("afbw"), json!({"slug": "afbw"}), json!({"id": id, "slug": "x", "name": "y"})]
    {
        assert_eq!(faults_of::<Initiative>(example_with::<Initiative>(&[("/clusters/0", good)])), [""; 0]);
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
    let many: Map<String, Value> = (0..5_000).map(|i| (format!("x{i}"), json!(1))).collect();
    assert_eq!(faults_of::<Initiative>(Value::Object(many)).len(), Faults::MOST);
    for odd in [json!([]), json!("x"), json!(null), json!({"": 1}), json!({"a/b~c": 1})] {
        assert!(!faults_of::<Initiative>(odd).is_empty());
    }
}
