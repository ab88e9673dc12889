//! What the description promises about itself.

use super::{document, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_published_file_is_the_one_that_the_code_writes() {
    let published = include_str!("../../../openapi/openapi.json");
    let differs = "openapi/openapi.json differs: cargo run -- openapi > openapi/openapi.json";
    assert!(published == text(), "{differs}");
}

/// A validator for one of the document's schemas.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut root = schema.clone();
    root["components"] = document["components"].clone();
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&root)
        .unwrap()
}

/// Calls `visit` with every schema that stands anywhere in the document.
fn each_schema(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(object) => {
            if object.contains_key("type") || object.contains_key("anyOf") || object.contains_key("oneOf") {
                visit(place, value);
            }
            for (key, value) in
                object.iter().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples"))
            {
                each_schema(value, &format!("{place}/{key}"), visit);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                each_schema(value, &format!("{place}/{index}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn every_example_is_valid_against_its_schema() {
    let document = document();
    let mut checked = 0;
    each_schema(&document, "", &mut |place, schema| {
        for example in schema["examples"].as_array().into_iter().flatten() {
            let faults: Vec<String> = validator(&document, schema)
                .iter_errors(example)
                .map(|fault| format!("{}: {fault}", fault.instance_path))
                .collect();
            assert!(faults.is_empty(), "{place}: {faults:#?}");
            checked += 1;
        }
    });
    assert!(checked > 300, "only {checked} examples were found");
}

#[test]
fn every_operation_says_what_it_does() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in
            item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters")
        {
            let place = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{place}");
            for field in ["summary", "description", "tags", "security"] {
                assert!(!operation[field].is_null(), "{place} has no {field}");
            }
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.contains_key("400") && answers.contains_key("500"), "{place}");
            let writes = matches!(method.as_str(), "post" | "put" | "patch" | "delete");
            assert_eq!(operation["security"] == json!([{ "token": [] }]), writes, "{place}");
        }
    }
    assert!(ids.len() > 50);
}
