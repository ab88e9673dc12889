//! The bounds of parameters hold as they are described. Generated from the description, so that it grows with it.

use crate::harness::{CHAMBER, Client, Records as _, TestApp, minimal, on_both, runs_of};
use api::auth::Role;
use domain::kind::Kind;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

on_both! {
    a_parameter_beyond_its_described_bounds_is_refused_by_name
    every_answer_that_is_described_with_a_tag_is_held_by_it
}

/// A part of the document, or what it refers to.
fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    part["$ref"].as_str().map_or(part, |place| document.pointer(place.trim_start_matches('#')).unwrap())
}

/// The operations that read: path template, operation, and the parameters of both.
fn reading(document: &Value) -> Vec<(&str, &Value, Vec<&Value>)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().filter_map(|(path, item)| Some((path.as_str(), item, item.get("get")?)));
    operations
        .map(|(path, item, operation)| {
            let shared = item["parameters"].as_array().into_iter().flatten();
            let own = operation["parameters"].as_array().into_iter().flatten();
            (path, operation, shared.chain(own).map(|part| resolved(document, part)).collect())
        })
        .collect()
}

/// Values that a schema forbids.
fn beyond(schema: &Value) -> Vec<String> {
    let mut bad = Vec::new();
    if schema["type"] == "array" {
        return beyond(&schema["items"]);
    }
    if let Some(longest) = schema["maxLength"].as_u64() {
        let longest = usize::try_from(longest).unwrap();
        bad.extend(["x", "0", "1"].map(|letter| letter.repeat(longest + 1)));
    }
    if schema["minLength"].as_u64().is_some_and(|shortest| shortest > 0) {
        bad.push(String::new());
    }
    if schema.get("enum").is_some() {
        bad.extend(["no-such-word", ""].map(str::to_owned));
    }
    match schema["type"].as_str() {
        Some("boolean") => bad.extend(["x", "1", "TRUE", ""].map(str::to_owned)),
        Some("integer") => {
            bad.extend(["x", "1.5", "1e3", "", "99999999999999999999999"].map(str::to_owned));
            bad.extend(schema["minimum"].as_i64().map(|least| (least - 1).to_string()));
            bad.extend(schema["maximum"].as_i64().map(|most| (most + 1).to_string()));
        }
        Some("number") => {
            bad.extend(["x", "NaN", "inf", ""].map(str::to_owned));
            bad.extend(schema["exclusiveMinimum"].as_f64().map(|least| least.to_string()));
            bad.extend(schema["maximum"].as_f64().map(|most| (most + 1.0).to_string()));
        }
        _ => {}
    }
    bad
}

/// Paths of the description with what there is in this landscape.
fn addresses(app: &TestApp, document: &Value, path: &str, parameters: &[&Value]) -> String {
    let mut address = path.to_owned();
    for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
        let name = parameter["name"].as_str().unwrap();
        let value = match name {
            "key" => "eins".to_owned(),
            "version" => "1".to_owned(),
            "chamber" => CHAMBER.to_owned(),
            "external_id" => "M-1".to_owned(),
            "id" if path.starts_with("/api/v1/tokens/") => app.issue(Role::Auditor, None).1.to_string(),
            "run" => {
                app.admin().get(&runs_of(CHAMBER)).expect(200).items()[0]["id"].as_str().unwrap().to_owned()
            }
            _ => resolved(document, &parameter["schema"])["examples"][0].as_str().unwrap().to_owned(),
        };
        address = address.replace(&format!("{{{name}}}"), &value);
    }
    let id = |kind: Kind| {
        app.admin().get(&format!("{}?limit=1", crate::harness::collection(kind))).expect(200).items()[0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    if path.starts_with("/api/v1/members/{key}") {
        address.replace("eins", &id(Kind::Member))
    } else {
        address
    }
}

/// One record of each kind, and one run.
fn fill(app: &TestApp) {
    for kind in Kind::ALL {
        // Initiatives and networks share their slugs.
        let name = if kind == Kind::Network { "Zwei" } else { "Eins" };
        let mut record = minimal(kind, name);
        if kind == Kind::Network {
            record["slug"] = "zwei".into();
        }
        app.admin().create(kind, &record);
    }
    let line = crate::harness::member_line("M-1").to_string();
    app.admin().post(&runs_of(CHAMBER)).body("application/x-ndjson", line).expect(201);
}

fn each_reading(app: &TestApp, mut visit: impl FnMut(&str, &Value, &[&Value])) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    for (path, operation, parameters) in reading(&document) {
        let address =
            addresses(app, &document, path, &parameters).replace("/networks/eins", "/networks/zwei");
        visit(&address, operation, &parameters);
    }
}

fn a_parameter_beyond_its_described_bounds_is_refused_by_name(app: TestApp) {
    fill(&app);
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let (mut tried, mut seen, mut taken) = (0, BTreeSet::new(), Vec::new());
    each_reading(&app, |address, _, parameters| {
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            for bad in beyond(resolved(&document, &parameter["schema"])) {
                let answer = app.admin().get(address).query(name, &bad).send();
                let shown: String = bad.chars().take(30).collect();
                if answer.status != 400 || !answer.faults().iter().any(|fault| fault == name) {
                    taken.push(format!("{address} {name}={shown}: {}", answer.status));
                }
                tried += 1;
            }
            seen.insert(name.to_owned());
        }
    });
    assert!(taken.is_empty(), "{taken:#?}");
    assert!(tried > 1000 && seen.len() > 25, "{tried} {seen:?}");
    let changes = |since: &str| app.anonymous().get("/api/v1/changes").query("since", since).send().status;
    let cursor =
        app.anonymous().get("/api/v1/changes").expect(200).json()["cursor"].as_str().unwrap().to_owned();
    assert_eq!(changes(&cursor), 200);
    for bad in
        [format!("0{cursor}"), format!("+{cursor}"), "00".to_owned(), format!("{}{cursor}", "0".repeat(100))]
    {
        assert_eq!(changes(&bad), 400, "{bad}");
    }
}

fn every_answer_that_is_described_with_a_tag_is_held_by_it(app: TestApp) {
    fill(&app);
    let required = |parameters: &[&Value]| -> Vec<(String, String)> {
        let required =
            parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        required
            .map(|parameter| {
                (
                    parameter["name"].as_str().unwrap().to_owned(),
                    parameter["schema"]["examples"][0].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    };
    let mut tried = 0;
    each_reading(&app, |address, operation, parameters| {
        let headers = operation["responses"]["200"]["headers"].as_object().cloned().unwrap_or_else(Map::new);
        if operation["responses"].get("304").is_none() {
            return;
        }
        assert!(headers.contains_key("ETag"), "{address}");
        let get = |client: Client<'_>, tag: &str| {
            let request = required(parameters)
                .iter()
                .fold(client.get(address).header("if-none-match", tag), |request, (name, value)| {
                    request.query(name, value)
                });
            let media_type =
                operation["responses"]["200"]["content"].as_object().unwrap().keys().next().unwrap();
            request.header("accept", media_type).send()
        };
        let first = get(app.admin(), "\"x\"");
        assert_eq!(first.status, 200, "{address}: {}", first.text());
        for held in
            [first.etag(), format!("W/{}", first.etag()), format!("\"x\", {}", first.etag()), "*".to_owned()]
        {
            let second = get(app.admin(), &held);
            assert_eq!((second.status, second.etag()), (304, first.etag()), "{address} {held}");
            assert!(second.body.is_empty());
        }
        // The server of this test has no rate limit.
        let absent = ["Link", "Content-Encoding", "RateLimit-Policy", "RateLimit"];
        for name in headers.keys().filter(|name| !absent.contains(&name.as_str())) {
            // A record has a time of its own, and a page that of its latest one.
            let is_empty = name == "Last-Modified" && first.text().contains("\"items\":[]");
            assert!(is_empty || !first.header(name).is_empty(), "{address} {name}");
        }
        tried += 1;
    });
    assert!(tried > 60, "{tried}");
}
