//! Every example of the description, sent to the demo landscape as it stands: "Try it out" works.
//!
//! Operations go in the order of the document: what is deleted by one is restored by a later one.

use crate::harness::{Client, DESCRIPTION, Description, Operation, TestApp, minimal, on_both, with};
use api::auth::Role;
use domain::kind::Kind;
use serde_json::{Map, Value, json};
use ureq::http::Method;

on_both! {
    each_example_is_answered_well
}

/// Parameters that mean something only together.
const TOGETHER: [&str; 2] = ["near", "radius_km"];

/// A parameter of an operation: its name, where it stands, whether it must be there, and its examples.
struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    examples: Vec<Value>,
    schema: Value,
}

/// What the form of a documentation page holds for a schema: its examples, or its default.
pub(crate) fn examples_of(description: &Description, schema: &Value) -> Vec<Value> {
    let schema = description.resolve(schema);
    if let Some(examples) = schema["examples"].as_array() {
        return examples.clone();
    }
    match schema.get("default") {
        Some(value) => vec![value.clone()],
        None if schema["type"] == "array" => examples_of(description, &schema["items"]),
        None => Vec::new(),
    }
}

fn parameters(operation: &Operation) -> Vec<Parameter> {
    let read = |parameter: &Value| Parameter {
        name: parameter["name"].as_str().unwrap().to_owned(),
        place: parameter["in"].as_str().unwrap().to_owned(),
        is_required: parameter["required"] == true,
        examples: examples_of(&DESCRIPTION, &parameter["schema"]),
        schema: parameter["schema"].clone(),
    };
    DESCRIPTION.parameters(operation).iter().map(read).collect()
}

/// The bodies of an operation: media types, and examples.
pub(crate) fn bodies(operation: &Operation) -> Vec<(String, Vec<u8>)> {
    let empty = Map::new();
    let content = operation.description["requestBody"]["content"].as_object().unwrap_or(&empty);
    let mut bodies = Vec::new();
    for (media_type, body) in content {
        let examples = body
            .get("example")
            .map_or_else(|| examples_of(&DESCRIPTION, &body["schema"]), |example| vec![example.clone()]);
        assert!(!examples.is_empty(), "{}: a body without an example", operation.template);
        bodies.extend(examples.into_iter().map(|example| {
            let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
            (media_type.clone(), text.into_bytes())
        }));
    }
    bodies
}

/// A body with another code, if it has one: the code of an operation is taken once.
fn with_own_code(body: &[u8]) -> Vec<u8> {
    match serde_json::from_slice::<Value>(body) {
        Ok(record) if record["code"].is_string() => {
            let code = minimal(Kind::Operation, "Eins")["code"].clone();
            with(&record, &json!({ "code": code })).to_string().into_bytes()
        }
        _ => body.to_vec(),
    }
}

/// Sends an operation with some of its parameters; what went wrong.
fn send(
    client: &Client<'_>,
    operation: &Operation,
    values: &[(&Parameter, &Value)],
    body: Option<&(String, Vec<u8>)>,
) -> Option<String> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut address = operation.template.clone();
    for (parameter, value) in values.iter().filter(|(parameter, _)| parameter.place == "path") {
        address = address.replace(&format!("{{{}}}", parameter.name), &word(value));
    }
    let method = Method::from_bytes(operation.method.to_ascii_uppercase().as_bytes()).unwrap();
    let mut request = client.request(method, &address);
    for (parameter, value) in values {
        request = match parameter.place.as_str() {
            "query" => request.query(&parameter.name, &word(value)),
            "header" => request.header(&parameter.name, &word(value)),
            _ => request,
        };
    }
    if let Some((media_type, body)) = body {
        let is_replayable = values.iter().any(|(parameter, _)| parameter.name == "Idempotency-Key");
        let body = if is_replayable { body.clone() } else { with_own_code(body) };
        request = request.body(media_type, body);
    }
    let answer = request.send();
    let named: Vec<String> =
        values.iter().map(|(parameter, value)| format!("{}={}", parameter.name, word(value))).collect();
    (!(200..300).contains(&answer.status)).then(|| {
        format!(
            "{} {address} {}: {} {}",
            operation.method,
            named.join(" "),
            answer.status,
            answer.json()["detail"]
        )
    })
}

fn each_example_is_answered_well(app: TestApp) {
    app.load_demo();
    let (public, admin) = (app.anonymous(), app.admin());
    let mut faults = Vec::new();
    for operation in DESCRIPTION.operations() {
        let is_for_anyone = operation.description["security"].as_array().unwrap().contains(&json!({}));
        let client = if is_for_anyone { &public } else { &admin };
        let parameters = parameters(operation);
        // The demo has no tokens.
        let token = app.issue(Role::Auditor, None).1;
        let first = |parameter: &Parameter| match parameter.name.as_str() {
            "id" if operation.template.starts_with("/api/v1/tokens/") => Some(json!(token)),
            _ => parameter.examples.first().cloned(),
        };
        let required: Vec<(&Parameter, Value)> = parameters
            .iter()
            .filter(|parameter| parameter.is_required)
            .map(|parameter| (parameter, first(parameter).expect(&operation.template)))
            .collect();
        let together = |name: &str| TOGETHER.contains(&name);
        // Each alone, and all at once, as a form sends them.
        let mut sendings: Vec<Vec<(&Parameter, Value)>> = vec![Vec::new()];
        for parameter in parameters.iter().filter(|it| !it.is_required && !together(&it.name)) {
            sendings.extend(parameter.examples.iter().map(|example| vec![(parameter, example.clone())]));
        }
        let all = |is_meant: &dyn Fn(&Parameter) -> bool| -> Vec<(&Parameter, Value)> {
            let meant = parameters.iter().filter(|it| !it.is_required && is_meant(it));
            meant.filter_map(|it| Some((it, first(it)?))).collect()
        };
        sendings.push(all(&|it| together(&it.name)));
        sendings.push(all(&|_| true));
        let bodies = bodies(operation);
        for optional in sendings {
            let values: Vec<(&Parameter, &Value)> =
                required.iter().chain(&optional).map(|(parameter, value)| (*parameter, value)).collect();
            if bodies.is_empty() {
                faults.extend(send(client, operation, &values, None));
            }
            for body in &bodies {
                faults.extend(send(client, operation, &values, Some(body)));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn each_parameter_has_an_example() {
    for operation in DESCRIPTION.operations() {
        for parameter in parameters(operation) {
            // Cursors are given out by answers, and are of one list and filter.
            let is_given_out = parameter.name == "cursor";
            let is_filled_in = DESCRIPTION.parameters(operation).iter().any(|it| {
                it["name"] == parameter.name.as_str() && it["example"] == it["schema"]["examples"][0]
            });
            assert!(is_filled_in || !parameter.is_required, "{}: {}", operation.template, parameter.name);
            let item = DESCRIPTION.resolve(&parameter.schema["items"]);
            let is_chosen =
                [DESCRIPTION.resolve(&parameter.schema), item].iter().any(|schema| !schema["enum"].is_null());
            assert!(
                is_given_out || is_chosen || !parameter.examples.is_empty(),
                "{} {}: {} has no example",
                operation.method,
                operation.template,
                parameter.name
            );
        }
    }
}
