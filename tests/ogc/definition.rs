//! The definition of the API: requirements of oas30, and the definitions of parameters that core prescribes.

use super::{located_kinds, text};
use crate::harness::{TestApp, on_both};
use domain::query::Scope;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! {
    the_definition_is_of_openapi_3_0_and_of_this_server
    its_parameters_are_as_the_standard_defines_them
}

fn definition(app: &TestApp) -> Value {
    app.anonymous().get("/ogc/api").expect(200).json()
}

/// Keywords of OpenAPI 3.1 that 3.0 does not have.
fn newer(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let is_list_of_fields = place.ends_with("/properties");
            let alone = !fields.contains_key("$ref") || fields.len() == 1;
            let words = ["const", "examples", "prefixItems", "patternProperties", "contentMediaType"];
            let has_word = !is_list_of_fields && words.iter().any(|word| fields.contains_key(*word));
            let is_type =
                is_list_of_fields || fields.get("type").is_none_or(|name| name.is_string() && name != "null");
            if has_word || !alone || !is_type {
                found.push(place.to_owned());
            }
            for (name, value) in
                fields.iter().filter(|(name, _)| !matches!(name.as_str(), "example" | "default" | "enum"))
            {
                newer(value, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| newer(value, place, found)),
        _ => {}
    }
}

fn the_definition_is_of_openapi_3_0_and_of_this_server(app: TestApp) {
    let definition = definition(&app);
    assert_eq!(definition["openapi"], "3.0.3");
    assert_eq!(
        definition["servers"],
        json!([{ "url": "http://portal.test/ogc", "description": "This server" }])
    );
    let mut paths: BTreeSet<String> = ["/", "/api", "/conformance", "/collections"].map(str::to_owned).into();
    for kind in located_kinds() {
        let collection = format!("/collections/{}", kind.plural());
        paths.extend(["", "/items", "/items/{id}"].map(|below| format!("{collection}{below}")));
    }
    assert_eq!(definition["paths"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), paths);
    let mut found = Vec::new();
    newer(&definition, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
    let operations = definition["paths"].as_object().unwrap().values().map(|item| &item["get"]);
    let ids: BTreeSet<&str> = operations.clone().map(|operation| text(&operation["operationId"])).collect();
    assert_eq!(ids.len(), paths.len());
    // Every status is described, and each success in both forms.
    for operation in operations {
        let answers = operation["responses"].as_object().unwrap();
        for status in ["200", "304", "400", "401", "406", "414", "431", "500", "503"] {
            assert!(answers.contains_key(status), "{} {status}", operation["operationId"]);
        }
        assert!(
            answers["200"]["content"]["text/html"].is_object()
                && answers["200"]["content"].as_object().unwrap().len() == 2
        );
    }
    let published: Value = serde_json::from_str(include_str!("../../openapi/ogc.json")).unwrap();
    assert_eq!(definition["paths"], published["paths"]);
}

fn its_parameters_are_as_the_standard_defines_them(app: TestApp) {
    let definition = definition(&app);
    for kind in located_kinds() {
        let list =
            definition["paths"][format!("/collections/{}/items", kind.plural())]["get"]["parameters"].clone();
        let parameters: Vec<&Value> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(pointer) => definition.pointer(&pointer[1..]).unwrap(),
                None => parameter,
            })
            .collect();
        let named = |name: &str| *parameters.iter().find(|parameter| parameter["name"] == name).unwrap();
        for name in ["bbox", "datetime", "limit"] {
            let parameter = named(name);
            assert_eq!([&parameter["in"], &parameter["style"]], ["query", "form"], "{name}");
            assert_eq!([&parameter["required"], &parameter["explode"]], [false, false], "{name}");
        }
        let limit = &named("limit")["schema"];
        assert_eq!([&limit["minimum"], &limit["maximum"], &limit["default"]], [1, 1000, 100]);
        let bbox = &named("bbox")["schema"];
        assert_eq!(
            bbox["oneOf"],
            json!([{ "minItems": 4, "maxItems": 4 }, { "minItems": 6, "maxItems": 6 }])
        );
        assert_eq!(
            [&bbox["type"], &bbox["items"]["type"], &named("datetime")["schema"]["type"]],
            ["array", "number", "string"]
        );
        // Every parameter that is described is one, and the filters of the kind are.
        let names: BTreeSet<&str> =
            parameters.iter().filter(|it| it["in"] == "query").map(|it| text(&it["name"])).collect();
        for facet in Scope::of_kind(kind).facets {
            assert!(names.contains(facet.as_str()), "{kind} {}", facet.as_str());
        }
        for name in names {
            let answer = app
                .anonymous()
                .get(&format!("/ogc/collections/{}/items?{name}=%3C%3E", kind.plural()))
                .send();
            let is_text = name == "q";
            let detail = answer.text();
            assert!(is_text || !detail.contains("unknown parameter"), "{name}: {detail}");
        }
    }
}
