//! References to records that the caller may not see (OWASP API1:2023): each is answered as one to nothing.

use crate::harness::{
    Answer, CHAMBER, Client, DESCRIPTION, Records as _, TestApp, example, member_at, member_line, minimal,
    nobodys_id, on_both, with,
};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    terms::Facet,
};
use serde_json::{Value, json};

on_both! {
    a_hidden_record_in_a_field_is_as_nothing
    a_hidden_record_in_a_filter_is_as_nothing
}

/// Records that only staff sees: drafts and archived drafts of all kinds, by id and slug.
fn hidden(app: &TestApp) -> Vec<(Kind, String)> {
    let mut keys = Vec::new();
    for kind in Kind::ALL {
        for name in ["Entwurf", "Archiviert"] {
            let draft = with(
                &minimal(kind, &format!("{name} {kind}")),
                &json!({ "status": "draft", "public": false }),
            );
            let draft = match kind {
                Kind::Member => draft,
                _ => crate::harness::without(&draft, &["public"]),
            };
            let record = app.admin().create(kind, &draft);
            let id = record["id"].as_str().unwrap();
            if name == "Archiviert" {
                let address = format!("{}/{id}", crate::harness::collection(kind));
                app.admin().delete(&address).if_match("*").expect(204);
            }
            keys.push((kind, id.to_owned()));
            keys.extend(record["slug"].as_str().map(|slug| (kind, slug.to_owned())));
        }
    }
    keys
}

/// A key of the same form that nobody has.
fn nothing(key: &str) -> String {
    let id = nobodys_id().to_string();
    if key.len() == id.len() { id } else { "nichts".to_owned() }
}

/// Status and words of an answer, without what it repeats of the key.
fn told(answer: &Answer, key: &str) -> (u16, String) {
    // Calendars fold long lines (RFC 5545 section 3.1).
    (answer.status, answer.text().replace("\r\n ", "").replace(key, "KEY"))
}

/// The fields of a kind that refer to records: the name of the field, and its value with a key in one place.
struct Fields<'a> {
    app: &'a TestApp,
    found: Vec<(Kind, String, Value)>,
}

/// Stands for a key.
const KEY: &str = "KEY";

impl KindVisitor for Fields<'_> {
    fn visit<C: Content>(&mut self) {
        let whole = example::<C>(self.app);
        let mut places = Vec::new();
        C::example().visit_links(&mut |link| {
            places.push(link.pointer);
            true
        });
        for place in places {
            let field = place.split('/').nth(1).unwrap().to_owned();
            let mut body = whole.clone();
            *body.pointer_mut(&place).unwrap() = json!(KEY);
            self.found.push((C::KIND, field.clone(), body[field].clone()));
        }
    }
}

fn filled(value: &Value, form: &str) -> Value {
    serde_json::from_str(&value.to_string().replace(&format!("\"{KEY}\""), form)).unwrap()
}

fn a_hidden_record_in_a_field_is_as_nothing(app: TestApp) {
    let hidden = hidden(&app);
    let mut fields = Fields { app: &app, found: Vec::new() };
    every_kind(&mut fields);
    let create = |kind: Kind, name: &str| app.admin().create(kind, &minimal(kind, name));
    let own = [Kind::Initiative, Kind::Network].map(|kind| (kind, create(kind, "Eigene")));
    let mut asked = 0;
    let mut compare = |what: &str, value: &Value, write: &dyn Fn(Value) -> Answer| {
        for (_, key) in &hidden {
            let field = if key.len() == 36 { "id" } else { "slug" };
            for object in [false, true] {
                let ask = |key: &str| {
                    let form = if object { json!({ field: key }) } else { json!(key) };
                    told(&write(filled(value, &form.to_string())), key)
                };
                let answer = ask(key);
                assert_eq!(answer, ask(&nothing(key)), "{what}: {key}");
                assert_eq!(answer.0, 422, "{what}: {key}: {}", answer.1);
                asked += 1;
            }
        }
    };
    for (kind, field, value) in &fields.found {
        let what = format!("{kind} {field}");
        match kind {
            Kind::Initiative | Kind::Network => {
                let record = &own.iter().find(|(of, _)| of == kind).unwrap().1;
                let address =
                    format!("{}/{}", crate::harness::collection(*kind), record["id"].as_str().unwrap());
                let manager = app.manager(record);
                compare(&what, value, &|value| {
                    manager.patch(&address).if_match("*").json(&json!({ field: value })).send()
                });
            }
            Kind::Event => {
                let manager = app.manager(&own[0].1);
                compare(&what, value, &|value| {
                    let mut body =
                        with(&minimal(Kind::Event, "Eins"), &json!({ "status": "draft", field: value }));
                    let mut organisers = body["organisers"].as_array().cloned().unwrap_or_default();
                    organisers.push(own[0].1["id"].clone());
                    body["organisers"] = organisers.into();
                    manager.post("/api/v1/events").json(&body).send()
                });
            }
            Kind::Member => {
                let chamber = app.chamber(CHAMBER);
                compare(&what, value, &|value| {
                    let body = with(&member_line("A"), &json!({ field: value }));
                    chamber.put(&member_at("A")).json(&body).send()
                });
            }
            // Only staff writes these, and staff sees everything.
            Kind::Cluster | Kind::Measure | Kind::Operation => {}
        }
    }
    assert!(asked > 300, "{asked}");
}

fn a_hidden_record_in_a_filter_is_as_nothing(app: TestApp) {
    let hidden = hidden(&app);
    let own = app.admin().create(Kind::Initiative, &minimal(Kind::Initiative, "Eigene"));
    let callers: [Client<'_>; 3] = [app.anonymous(), app.chamber(CHAMBER), app.manager(&own)];
    let of_records: Vec<&str> =
        Facet::ALL.iter().filter(|facet| !facet.targets().is_empty()).map(|facet| facet.as_str()).collect();
    let mut asked = 0;
    for operation in DESCRIPTION.operations().iter().filter(|operation| operation.method == "get") {
        if operation.template.contains('{') {
            continue;
        }
        for parameter in DESCRIPTION.parameters(operation) {
            let name = parameter["name"].as_str().unwrap();
            if !of_records.contains(&name) && name != "ids" {
                continue;
            }
            for (caller, client) in callers.iter().enumerate() {
                // Every second key, from another one on at each address.
                for (_, key) in hidden.iter().skip((asked + caller) % 2).step_by(2) {
                    let ask = |key: &str| {
                        let address = format!("{}?{name}={key}", operation.template);
                        let answer = client.get(&address).send();
                        let status = answer.status;
                        let text =
                            if answer.body.starts_with(b"PK") { String::new() } else { told(&answer, key).1 };
                        (status, text)
                    };
                    assert_eq!(ask(key), ask(&nothing(key)), "{} {name}={key}", operation.template);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 300, "{asked}");
}
