//! Hostile text in every place of every operation that the description has.

use super::*;
use crate::harness::{OTHER_CHAMBER, minimal};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use ureq::http::Method;

on_both! {
    no_text_in_any_place_of_any_operation_breaks_the_server
}

/// What databases, logs and parsers stumble over.
const HOSTILE: [&str; 9] = [
    "\u{0}",
    "a\u{0}b",
    "\u{202e}gpj",
    "\u{1b}[2J\r\n",
    "\u{ffff}\u{fdd0}",
    "'; DROP TABLE records; --",
    "%00",
    "\\",
    "💥\u{301}",
];

/// A path with what its templates stand for.
fn filled(path: &str, parameters: &[(String, String)]) -> String {
    parameters.iter().fold(path.to_owned(), |path, (name, value)| {
        path.replace(&format!("{{{name}}}"), &percent_encode(value.as_bytes(), NON_ALPHANUMERIC).to_string())
    })
}

/// Values with which an operation finds something, where that is possible.
fn sound(name: &str, path: &str, app: &TestApp) -> String {
    match name {
        "chamber" => CHAMBER.to_owned(),
        "external_id" => "S-1".to_owned(),
        "version" => "1".to_owned(),
        "code" => "DE111".to_owned(),
        "key" => {
            let kind = Kind::ALL.into_iter().find(|kind| path.contains(&format!("/{}/", kind.plural())));
            app.target(kind.unwrap_or(Kind::Initiative)).to_string()
        }
        _ => "x".to_owned(),
    }
}

/// The parameters of an operation: place and name.
fn parameters(document: &Value, item: &Value, operation: &Value) -> Vec<(String, String)> {
    let all =
        [&item["parameters"], &operation["parameters"]].into_iter().filter_map(Value::as_array).flatten();
    let followed = all.map(|parameter| match parameter["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => parameter,
    });
    let text = |parameter: &Value, field: &str| parameter[field].as_str().unwrap().to_owned();
    followed.map(|parameter| (text(parameter, "in"), text(parameter, "name"))).collect()
}

/// Bodies of an operation with hostile text in each place of their examples, and in the names of their fields.
fn bodies(document: &Value, operation: &Value) -> Vec<(String, String)> {
    let body = match operation["requestBody"]["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => &operation["requestBody"],
    };
    let mut found = Vec::new();
    for (media_type, content) in body["content"].as_object().into_iter().flatten() {
        let schemas = schema::variants(document, &content["schema"]);
        let examples = schemas.iter().filter_map(|schema| schema["examples"].get(0));
        for example in examples.chain(content.get("example")).filter(|example| example.is_object()) {
            for text in HOSTILE {
                found.push((media_type.clone(), with(example, &json!({ text: text })).to_string()));
                for place in places(example).iter().filter(|place| !example.pointer(place).unwrap().is_null())
                {
                    found.push((media_type.clone(), replaced(example, place, &json!(text)).to_string()));
                }
            }
        }
    }
    found
}

fn no_text_in_any_place_of_any_operation_breaks_the_server(app: TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    app.chamber(CHAMBER).sync("", &[line(&app, "S-1")]);
    app.chamber(OTHER_CHAMBER);
    app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let mut sent = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in
            item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters")
        {
            let parameters = parameters(&document, item, operation);
            let sound: Vec<(String, String)> = parameters
                .iter()
                .filter(|(place, _)| place == "path")
                .map(|(_, name)| (name.clone(), sound(name, path, &app)))
                .collect();
            let client = if path.contains("{chamber}/") { app.chamber(CHAMBER) } else { app.admin() };
            // What would end the test's own members or streams is not sent.
            let request = |path: &str| {
                let method: Method = method.to_uppercase().parse().unwrap();
                client.request(method, path).if_match("*")
            };
            for text in HOSTILE {
                for (place, name) in &parameters {
                    let answer = match place.as_str() {
                        "path" => {
                            let hostile = sound.iter().map(|(key, value)| {
                                (key.clone(), if key == name { text.to_owned() } else { value.clone() })
                            });
                            request(&filled(path, &hostile.collect::<Vec<_>>()))
                        }
                        "query" => request(&filled(path, &sound)).query(name, text),
                        // A header holds visible letters only; what is left is hostile enough.
                        _ => {
                            let visible: String = text.chars().filter(char::is_ascii_graphic).collect();
                            request(&filled(path, &sound)).header(&name.to_lowercase(), &visible)
                        }
                    };
                    // `send` fails the test for every 5xx, and for problems that tell of internals.
                    let answer = answer.send();
                    if answer.status >= 400 && method != "head" {
                        assert_clean(&answer.json());
                    }
                    sent += 1;
                }
            }
            for (media_type, body) in bodies(&document, operation) {
                let answer = request(&filled(path, &sound)).body(&media_type, body).send();
                if answer.status >= 400 {
                    assert_clean(&answer.json());
                }
                sent += 1;
            }
        }
    }
    assert!(sent > 5_000, "{sent}");
}
