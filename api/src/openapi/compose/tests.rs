//! Tests of the OpenAPI document.

use super::document::{collect_references, document, features, text};
use crate::{
    config::Publication,
    handlers::{landing::Landing, ogc},
    routes,
};
use actix_web::{
    App,
    dev::Service,
    http::{Method, header::ALLOW},
    test::{TestRequest, call_service, init_service},
};
use domain::search::SearchQuery;
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

/// Writes the files if `UPDATE_OPENAPI` is set.
#[test]
#[expect(clippy::disallowed_methods, reason = "lets a developer update the files")]
fn the_published_files_are_those_that_the_code_writes() {
    for (name, document) in [("openapi.json", document()), ("ogc.json", features())] {
        let file = format!("{}/../openapi/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var("UPDATE_OPENAPI").is_ok() {
            std::fs::write(&file, text(&document)).unwrap();
        }
        let differs = "differs: UPDATE_OPENAPI=1 cargo test -p api --lib published";
        assert!(std::fs::read_to_string(&file).unwrap() == text(&document), "openapi/{name} {differs}");
    }
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

/// Calls `visit` with every schema in the document.
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
            let needs_token = operation["security"] == json!([{ "token": [] }]);
            assert_eq!(needs_token, answers.contains_key("403"), "{place}");
            let writes = matches!(method.as_str(), "post" | "put" | "patch" | "delete");
            assert!(needs_token || !writes, "{place}");
        }
    }
    assert!(ids.len() > 50);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    for reference in &references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    assert!(references.len() > 1000, "{}", references.len());
}

/// The methods of a described path, with HEAD and OPTIONS.
fn methods_of(item: &Value) -> BTreeSet<String> {
    let described = item.as_object().unwrap().keys().filter(|method| *method != "parameters");
    let mut methods: BTreeSet<String> = described.map(|method| method.to_uppercase()).collect();
    methods.extend(methods.contains("GET").then(|| "HEAD".to_owned()));
    methods.insert("OPTIONS".to_owned());
    methods
}

#[actix_web::test]
async fn every_route_is_described_and_every_operation_is_answered() {
    let mounted = Rc::new(RefCell::new(String::new()));
    let seen = mounted.clone();
    let app = App::new().configure(routes::mount).wrap_fn(move |request, service| {
        *seen.borrow_mut() = format!("{:?}", request.resource_map());
        service.call(request)
    });
    let app = init_service(app).await;
    let mut paths = document()["paths"].as_object().unwrap().clone();
    for (path, item) in features()["paths"].as_object().unwrap() {
        paths.insert(format!("{}{path}", ogc::ROOT), item.clone());
    }
    for (path, item) in &paths {
        let options = TestRequest::with_uri(path).method(Method::OPTIONS).to_request();
        let answer = call_service(&app, options).await;
        let allow = answer.headers().get(ALLOW).unwrap_or_else(|| panic!("{path} is not mounted"));
        let allow = allow.to_str().unwrap();
        assert_eq!(allow.split(", ").map(str::to_owned).collect::<BTreeSet<_>>(), methods_of(item), "{path}");
    }
    let pages = ["/", "/docs", "/docs/{file:.*}", ogc::ROOT];
    let mut mounted = addresses(&mounted.borrow());
    mounted.retain(|pattern| !pages.contains(&pattern.as_str()));
    assert_eq!(mounted, paths.keys().cloned().collect());
}

/// The addresses of a map of routes. It cannot be iterated, only printed:
///
/// ```text
/// ResourceMap { pattern: ... Single("/api/v1/members") ..., nodes: Some([
///     ResourceMap { pattern: ... Single("/{key}") ..., nodes: None }]) }
/// ```
fn addresses(map: &str) -> BTreeSet<String> {
    const NODES: &str = "nodes: Some([";
    let (mut found, mut scopes, mut last) = (BTreeSet::new(), vec![String::new()], None::<String>);
    let (mut depth, mut depths, mut rest) = (0, Vec::new(), map);
    while let Some(next) = rest.chars().next() {
        if let Some((pattern, behind)) =
            rest.strip_prefix("Single(\"").and_then(|rest| rest.split_once("\")"))
        {
            found.extend(last.replace(format!("{}{pattern}", scopes[scopes.len() - 1])));
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix(NODES) {
            scopes.push(last.take().unwrap());
            depths.push(depth);
            depth += 2;
            rest = behind;
        } else if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted.split_once('"').unwrap().1;
        } else {
            depth += i32::from("([{".contains(next)) - i32::from(")]}".contains(next));
            if depths.last() == Some(&depth) && next == ')' {
                found.extend(last.take());
                depths.pop();
                scopes.pop();
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    found
}

#[test]
fn the_limits_of_a_search_are_those_that_are_published() {
    let words = |number| (0..number).map(|n| format!("wort{n}")).collect::<Vec<_>>().join(" ");
    assert!(SearchQuery::read(&"x".repeat(SearchQuery::MAX_CHARACTERS)).is_ok());
    assert!(SearchQuery::read(&"x".repeat(SearchQuery::MAX_CHARACTERS + 1)).is_err());
    assert!(SearchQuery::read(&words(SearchQuery::MAX_WORDS)).is_ok());
    assert!(SearchQuery::read(&words(SearchQuery::MAX_WORDS + 1)).is_err());
    assert_eq!(
        Landing::of("", &Publication::default(), false, (None, None)).limits.search_words,
        SearchQuery::MAX_WORDS
    );
}

/// The prefix of the public URL is distinguished from addresses by these roots.
#[test]
fn every_address_begins_as_the_routes_say() {
    let document = document();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(path == "/" || routes::ROOTS.iter().any(|root| path.starts_with(root)), "{path}");
    }
}

/// Whether a schema is part of a request: a parameter or a body.
fn is_sent(place: &str) -> bool {
    let schema = place.strip_prefix("/components/schemas/").and_then(|rest| rest.split('/').next());
    place.contains("/parameters/")
        || schema.is_some_and(|name| name.ends_with("Input") || name.ends_with("Patch"))
}

#[test]
fn everything_that_is_sent_is_bounded() {
    /// Computed fields, which writes may contain with their current values.
    const COMPUTED: [&str; 1] = ["/properties/initiatives"];
    let document = document();
    let mut checked = 0;
    each_schema(&document, "", &mut |place, schema| {
        if !is_sent(place) || COMPUTED.iter().any(|field| place.ends_with(field)) {
            return;
        }
        let is = |name: &str| {
            schema["type"] == name || schema["type"].as_array().is_some_and(|all| all.contains(&json!(name)))
        };
        let has = |bounds: &[&str]| bounds.iter().all(|bound| !schema[*bound].is_null());
        let is_bounded = has(&["enum"])
            || (!is("string") || has(&["maxLength"]))
                && (!is("array") || has(&["maxItems"]))
                && (!is("integer") || has(&["minimum", "maximum"]))
                && (!is("number") || has(&["maximum"]));
        assert!(is_bounded, "{place}: {schema}");
        checked += 1;
    });
    assert!(checked > 300, "{checked}");
}
