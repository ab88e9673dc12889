//! Every field of a member, and every address of the description: nowhere is anything left.

use super::traces::search_the_database;
use crate::harness::{
    CHAMBER, Client, Syncs as _, TestApp, example, members_of, minimal, ndjson, on_both, runs_of, with,
    without,
};
use chrono::TimeDelta;
use domain::{kind::Kind, member::Member};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! {
    nothing_of_any_field_is_at_any_address
}

/// Stands in every field of the member that takes free text, and in what its chamber calls it.
const MARK: &str = "Xqvlgwzkjq";
const HALVES: [&str; 2] = ["xqvlg", "wzkjq"];

/// The pointers to the texts of a value.
fn texts(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(pointer.to_owned()),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(index, value)| texts(value, &format!("{pointer}/{index}"), found));
        }
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| texts(value, &format!("{pointer}/{name}"), found));
        }
        _ => {}
    }
}

/// A member with the mark in every field that takes it, and these fields.
fn marked(app: &TestApp) -> (Value, BTreeSet<String>) {
    let mut member = without(&example::<Member>(app), &["status"]);
    member["chamber"] = CHAMBER.into();
    member["external_id"] = MARK.into();
    member["region"] = "DE111".into();
    member["location"] = json!({ "lat": 48.7758, "lon": 9.1829 });
    let (mut pointers, mut fields) = (Vec::new(), BTreeSet::new());
    texts(&member, "", &mut pointers);
    let chamber = app.chamber(CHAMBER);
    for pointer in pointers {
        for text in [MARK.to_owned(), format!("https://{}.example/{MARK}", MARK.to_lowercase())] {
            let mut changed = member.clone();
            *changed.pointer_mut(&pointer).unwrap() = text.into();
            let address = format!("{}/{MARK}", members_of(CHAMBER));
            if matches!(chamber.put(&address).json(&changed).send().status, 200 | 201) {
                member = changed;
                fields.insert(pointer);
                break;
            }
        }
    }
    (member, fields)
}

/// Every address of the description that can be read, with what is known put into it, and with each of its parameters
/// that shows or finds more.
fn addresses(app: &TestApp, known: &[(&str, Vec<String>)]) -> Vec<String> {
    let mut addresses = described("", &app.anonymous().get("/openapi.json").expect(200).json(), known);
    addresses.extend(described("/ogc", &app.anonymous().get("/ogc/api").expect(200).json(), known));
    addresses
}

/// Like [`addresses`], of one document, whose paths begin at `root`.
fn described(root: &str, description: &Value, known: &[(&str, Vec<String>)]) -> Vec<String> {
    let mut addresses = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let Some(operation) = operations.get("get") else { continue };
        let mut filled = vec![format!("{root}{path}")];
        while filled[0].contains('{') {
            let (start, end) = (filled[0].find('{').unwrap(), filled[0].find('}').unwrap());
            let name = filled[0][start + 1..end].to_owned();
            let values = known.iter().find(|(known, _)| *known == name);
            let values = values.map_or_else(|| vec!["x".to_owned()], |(_, values)| values.clone());
            filled = filled
                .iter()
                .flat_map(|path| values.iter().map(|value| path.replacen(&format!("{{{name}}}"), value, 1)))
                .collect();
        }
        let resolved = |parameter: &Value| match parameter["$ref"].as_str() {
            Some(name) => description.pointer(name.trim_start_matches('#')).unwrap().clone(),
            None => parameter.clone(),
        };
        let parameters: Vec<Value> =
            operation["parameters"].as_array().into_iter().flatten().map(resolved).collect();
        let mut queries = vec![String::new()];
        for parameter in &parameters {
            match parameter["name"].as_str().unwrap() {
                "q" => queries.extend(HALVES.map(|half| format!("q={half}"))),
                "status" => queries.push("status=archived&status=draft&status=published".to_owned()),
                "as_of" => queries.extend((10..14).map(|hour| format!("as_of=2026-05-12T{hour}:30:00Z"))),
                "f" => queries.push("f=html".to_owned()),
                "include" => queries.push("include=record&limit=200".to_owned()),
                "format" => {
                    let words = parameter["schema"]["enum"].as_array().cloned().unwrap_or_default();
                    queries.extend(words.iter().map(|word| format!("format={}", word.as_str().unwrap())));
                }
                _ => {}
            }
        }
        addresses.extend(filled.iter().flat_map(|path| {
            queries
                .iter()
                .map(move |query| if query.is_empty() { path.clone() } else { format!("{path}?{query}") })
        }));
    }
    addresses
}

/// At which of the addresses anyone is told of it.
#[track_caller]
fn telling(clients: &[Client<'_>], addresses: &[String]) -> BTreeSet<String> {
    let mut telling = BTreeSet::new();
    for address in addresses {
        for client in clients {
            let answer = client.get(address).send();
            let text = answer.text().to_lowercase();
            let asked = address.to_lowercase();
            let asked = asked.split_once("q=").map_or("", |(_, asked)| asked);
            // What was asked for is said again, where it is.
            let text = if asked.is_empty() { text } else { text.replace(&format!("q={asked}"), "") };
            if answer.status < 400 && HALVES.iter().any(|half| text.contains(half)) {
                telling.insert(address.clone());
            }
        }
    }
    telling
}

fn nothing_of_any_field_is_at_any_address(app: TestApp) {
    let (chamber, admin, editor) = (app.chamber(CHAMBER), app.admin(), app.editor());
    let (member, fields) = marked(&app);
    let wanted = [
        "/address/city",
        "/address/postal_code",
        "/address/street",
        "/affiliations/0/role",
        "/external_id",
        "/name",
        "/website",
    ];
    assert!(wanted.iter().all(|field| fields.contains(*field)), "{fields:?}");
    app.clock.advance(TimeDelta::hours(1));
    chamber.sync("", &[with(&member, &json!({ "public": true, "size_class": "large" }))]);
    let id = chamber.get(&format!("{}/{MARK}", members_of(CHAMBER))).expect(200).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // Lines that name it, or quote from it under no name or another's.
    for line in [
        with(&member, &json!({ "kind": MARK, "region": MARK, MARK: MARK })),
        with(&member, &json!({ "external_id": "E-2", "region": MARK, "website": format!("ftp://{MARK}") })),
        with(&member, &json!({ "external_id": format!("{MARK} {MARK}") })),
        json!({ "external_id": "E-3", MARK: member["name"] }),
    ] {
        chamber.start("mode=full&max_deletion_percent=100", ndjson(&[line, member.clone()])).expect(201);
    }
    // A record of each kind that may refer to it does.
    let mut keys = vec![id.clone()];
    let event = with(&minimal(Kind::Event, "Treffen"), &json!({ "organisers": [id] }));
    let invite = || editor.post("/api/v1/events").header("idempotency-key", MARK).json(&event).expect(201);
    keys.push(invite().json()["id"].as_str().unwrap().to_owned());
    keys.push(app.target(Kind::Initiative).to_string());
    app.clock.advance(TimeDelta::hours(1));
    let runs = admin.get(&runs_of(CHAMBER)).expect(200).each("id");
    let known = [
        ("key", keys),
        ("id", vec![id]),
        ("version", vec!["1".to_owned(), "2".to_owned()]),
        ("chamber", vec![CHAMBER.to_owned()]),
        ("external_id", vec![MARK.to_owned()]),
        ("run", runs),
        ("code", vec!["DE111".to_owned()]),
    ];
    let addresses = addresses(&app, &known);
    let clients = [app.anonymous(), app.admin(), app.chamber(CHAMBER)];
    let before = telling(&clients, &addresses);
    assert!(before.len() > 40, "the test would see it: {before:#?}");
    search_the_database(&app.database, false);

    chamber.delete(&format!("{}/{MARK}?erase=true", members_of(CHAMBER))).expect(204);
    assert_eq!(telling(&clients, &addresses), BTreeSet::new());
    assert!(!invite().text().contains(MARK));
    search_the_database(&app.database, true);
}
