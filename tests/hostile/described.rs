//! Every parameter and every header of both documents, with values that nobody foresaw.

use super::for_any;
use crate::{
    examples::{bodies, examples_of},
    harness::{Answer, Client, DESCRIPTION, Description, FEATURES, Operation, TestApp, on_both},
};
use api::auth::Role;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use proptest::{
    prelude::*,
    sample::Index,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::Value;
use ureq::http::Method;

on_both! {
    no_value_of_any_parameter_breaks_an_operation
    no_token_that_was_changed_is_valid
}

/// A parameter with a value.
type Given = (Value, Vec<u8>);

/// A value with which the documentation calls an operation.
fn example(description: &Description, parameter: &Value) -> Vec<u8> {
    let schema = description.resolve(&parameter["schema"]);
    let found =
        parameter.get("example").cloned().or_else(|| examples_of(description, schema).into_iter().next());
    let found = found.or_else(|| schema["enum"].get(0).cloned()).unwrap_or("x".into());
    found.as_str().map_or_else(|| found.to_string(), str::to_owned).into_bytes()
}

/// Bytes, text, and what is nearly a good value.
fn inputs(example: Vec<u8>) -> [BoxedStrategy<Vec<u8>>; 3] {
    let piece = prop_oneof![
        any::<char>().prop_map(|it| it.to_string().into_bytes()),
        "[ -~]{0,2}".prop_map(String::into_bytes)
    ];
    let edits = prop::collection::vec((any::<Index>(), 0..3_usize, piece), 0..3);
    let nearly = edits.prop_map(move |edits| {
        let mut bytes = example.clone();
        for (at, cut, piece) in edits {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..bytes.len().min(at + cut), piece);
        }
        bytes
    });
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    [bytes.boxed(), any::<String>().prop_map(String::into_bytes).boxed(), nearly.boxed()]
}

/// Sends an operation with these parameters, and with its first body if it has one.
fn send(client: &Client<'_>, operation: &Operation, given: &[Given]) -> Answer {
    let (mut path, mut query, mut headers) = (operation.template.clone(), Vec::new(), Vec::new());
    for (parameter, value) in given {
        let (name, encoded) = (parameter["name"].as_str().unwrap(), percent_encode(value, NON_ALPHANUMERIC));
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), &encoded.to_string()),
            "query" => query.push(format!("{name}={encoded}")),
            _ => headers.push((name, value)),
        }
    }
    let method = Method::from_bytes(operation.method.to_ascii_uppercase().as_bytes()).unwrap();
    let mut request = client.request(method, &format!("{path}?{}", query.join("&")));
    for (name, value) in headers {
        // Other bytes are no value of a header (RFC 9110 section 5.5).
        let value: Vec<u8> = value.iter().copied().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
        request = request.header_bytes(name, &value);
    }
    if let Some((media_type, body)) = bodies(operation).first() {
        request = request.body(media_type, body.clone());
    }
    request.send()
}

/// Sends it twice. What only reads is answered alike, and so is what was refused, for it changed nothing.
fn check(client: &Client<'_>, operation: &Operation, parameters: &[Value], given: &[Given]) {
    let what = || {
        let given =
            given.iter().map(|(parameter, value)| format!("{}={}", parameter["name"], value.escape_ascii()));
        format!("{} {} {}", operation.method, operation.template, given.collect::<Vec<_>>().join(" "))
    };
    let answer = send(client, operation, given);
    let is_read = operation.method == "get";
    if is_read || answer.status >= 400 {
        assert_eq!(send(client, operation, given).status, answer.status, "{}", what());
    }
    if is_read && answer.status == 400 {
        for fault in answer.faults() {
            assert!(
                parameters.iter().any(|parameter| parameter["name"] == fault.as_str()),
                "{}: {fault}",
                what()
            );
        }
    }
}

fn no_value_of_any_parameter_breaks_an_operation(app: TestApp) {
    app.load_demo();
    let (auditor, admin) = (app.auditor(), app.admin());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let rounds = Config::default().cases.div_ceil(256);
    let all = [&DESCRIPTION, &FEATURES].into_iter();
    let mut all: Vec<_> =
        all.flat_map(|document| document.operations().iter().map(|it| (&**document, it))).collect();
    // What only reads comes first, as long as everything is there.
    all.sort_by_key(|(_, operation)| operation.method != "get");
    for (description, operation) in all {
        let client = if operation.method == "get" { &auditor } else { &admin };
        let parameters = description.parameters(operation);
        let good: Vec<Given> =
            parameters.iter().map(|parameter| (parameter.clone(), example(description, parameter))).collect();
        for (parameter, example) in &good {
            let needed =
                good.iter().filter(|(it, _)| it["required"] == true && it["name"] != parameter["name"]);
            let needed: Vec<Given> = needed.cloned().collect();
            for input in inputs(example.clone()).iter().cycle().take(3 * rounds as usize) {
                let value = input.new_tree(&mut runner).unwrap().current();
                let given = [needed.as_slice(), &[(parameter.clone(), value)]].concat();
                check(client, operation, &parameters, &given);
            }
        }
    }
}

fn no_token_that_was_changed_is_valid(app: TestApp) {
    let (token, _) = app.issue(Role::Admin, None);
    app.bearer(&token).get("/api/v1/audit").expect(200);
    let change = (any::<Index>(), 0..2_usize, "[A-Za-z0-9._=+/-]?");
    for_any(150, change, |(at, cut, piece)| {
        let mut changed = token.clone();
        let at = at.index(token.len());
        changed.replace_range(at..(at + cut).min(token.len()), &piece);
        let expected = if changed == token { 200 } else { 401 };
        app.bearer(&changed).get("/api/v1/audit").expect(expected);
        Ok(())
    });
}
