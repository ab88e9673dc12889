//! Mass assignment (OWASP API3:2023): fields that only the server sets, sent by every role that writes.

use crate::harness::{
    CHAMBER, Client, DESCRIPTION, Minimal as _, Records as _, TestApp, for_every_kind, member_at, minimal,
    on_both, with,
};
use domain::{content::Content, kind::Kind};
use serde_json::{Value, json};

for_every_kind! {
    no_writer_sets_a_field_that_only_the_server_sets
    no_writer_adds_a_field_that_there_is_not
    null_in_such_a_field_changes_nothing
}

on_both! {
    no_chamber_sets_a_field_that_only_the_server_sets
}

/// The fields of a record that the description of its body calls set by the server.
fn server_owned(kind: Kind) -> Vec<String> {
    let name = kind.as_str();
    let reference = format!("#/components/schemas/{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let schema = DESCRIPTION.resolve(&json!({ "$ref": reference })).clone();
    let is_owned = |schema: &Value| {
        schema["description"].as_str().is_some_and(|text| text.contains("Set by the server"))
    };
    let fields = schema["properties"].as_object().unwrap().iter();
    fields.filter(|(_, schema)| is_owned(schema)).map(|(field, _)| field.clone()).collect()
}

/// Values that differ from the current one: of its type, and of another.
fn forged(current: &Value) -> Vec<Value> {
    let alike = match current {
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::Array(_) => json!(["019a2b3c-0000-7000-8000-00000000ffff"]),
        _ => json!("2020-01-01T00:00:00Z"),
    };
    let others = [json!(true), json!({ "a": { "b": 1 } }), json!([null]), json!({ "__proto__": {} })];
    let values = [alike, json!("019a2b3c-0000-7000-8000-00000000ffff")].into_iter().chain(others);
    values.filter(|value| value != current).collect()
}

/// The roles that may write a record of a kind.
fn writers<'a>(app: &'a TestApp, kind: Kind, record: &Value) -> Vec<Client<'a>> {
    let mut writers = vec![app.editor(), app.admin()];
    match kind {
        Kind::Event => writers.push(app.manager(&record["organisers"][0])),
        Kind::Initiative | Kind::Network => writers.push(app.manager(record)),
        _ => {}
    }
    writers
}

fn no_writer_sets_a_field_that_only_the_server_sets<C: Content>(app: &TestApp) {
    let mut body = with(&C::minimal("Eins"), &json!({ "status": "draft" }));
    if C::KIND == Kind::Event {
        body["organisers"] = json!([app.target(Kind::Initiative)]);
    }
    let record = app.admin().create(C::KIND, &body);
    let address = format!("{}/{}", C::collection(), record["id"].as_str().unwrap());
    let before = app.admin().get(&address).expect(200).json();
    let fields = server_owned(C::KIND);
    assert!(fields.len() >= 4, "{fields:?}");
    for writer in writers(app, C::KIND, &record) {
        for field in &fields {
            for value in forged(&before[field]) {
                let change = json!({ field: value });
                let mut fresh = with(&body, &change);
                if fresh.get("code").is_some() {
                    fresh["code"] = C::minimal("Zwei")["code"].clone();
                }
                let answers = [
                    writer.patch(&address).if_match("*").json(&change).send(),
                    writer.put(&address).if_match("*").json(&with(&body, &change)).send(),
                    writer.post(&C::collection()).json(&fresh).send(),
                ];
                for answer in answers {
                    assert!(matches!(answer.status, 400 | 403 | 422), "{change}: {}", answer.status);
                    let is_told = answer.faults().iter().any(|fault| fault.starts_with(&format!("/{field}")));
                    assert!(is_told || answer.status == 403, "{change}: {}", answer.text());
                }
            }
        }
    }
    assert_eq!(app.admin().get(&address).expect(200).json(), before);
    assert_eq!(app.admin().get(&C::collection()).query("with_total", "true").expect(200).json()["total"], 1);
}

/// Names that frameworks, databases and languages give a meaning, and those of other kinds and of tokens.
const FOREIGN: [&str; 18] = [
    "__proto__",
    "constructor",
    "prototype",
    "$set",
    "$where",
    "_id",
    "@type",
    "kind",
    "role",
    "owner",
    "chamber",
    "public",
    "code",
    "is_admin",
    "deleted",
    "erase",
    "number",
    "content",
];

/// Those that a kind does not have.
fn foreign<C: Content>() -> Vec<String> {
    let name = format!("{}Input", <C as utoipa::ToSchema>::name());
    let schema = DESCRIPTION.resolve(&json!({ "$ref": format!("#/components/schemas/{name}") })).clone();
    let known = schema["properties"].as_object().unwrap();
    FOREIGN.into_iter().filter(|field| !known.contains_key(*field)).map(str::to_owned).collect()
}

fn no_writer_adds_a_field_that_there_is_not<C: Content>(app: &TestApp) {
    let body = with(&C::minimal("Eins"), &json!({ "status": "draft" }));
    let record = app.admin().create(C::KIND, &body);
    let address = format!("{}/{}", C::collection(), record["id"].as_str().unwrap());
    let before = app.admin().get(&address).expect(200).json();
    for field in foreign::<C>() {
        for value in [json!("x"), json!(true), json!({ "status": "published" })] {
            let change = json!({ &field: value });
            for writer in [app.editor(), app.admin()] {
                let answers = [
                    writer.patch(&address).if_match("*").json(&change).send(),
                    writer.put(&address).if_match("*").json(&with(&body, &change)).send(),
                    writer.post(&C::collection()).json(&with(&body, &change)).send(),
                ];
                for answer in answers {
                    assert_eq!(answer.status, 400, "{change}: {}", answer.text());
                    assert_eq!(answer.faults(), [format!("/{field}")], "{change}");
                }
            }
        }
    }
    assert_eq!(app.admin().get(&address).expect(200).json(), before);
}

/// It counts as absent.
fn null_in_such_a_field_changes_nothing<C: Content>(app: &TestApp) {
    let body = C::minimal("Eins");
    let record = app.admin().create(C::KIND, &body);
    let address = format!("{}/{}", C::collection(), record["id"].as_str().unwrap());
    let before = app.admin().get(&address).expect(200).json();
    for field in server_owned(C::KIND).into_iter().chain(foreign::<C>()) {
        let null = json!({ &field: null });
        for answer in [
            app.editor().patch(&address).if_match("*").json(&null).send(),
            app.editor().put(&address).if_match("*").json(&with(&body, &null)).send(),
        ] {
            assert!(matches!(answer.status, 200 | 422), "{null}: {}", answer.text());
            assert_eq!(app.admin().get(&address).expect(200).json(), before, "{null}");
        }
    }
}

fn no_chamber_sets_a_field_that_only_the_server_sets(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let body = minimal(Kind::Member, "Eins");
    let before = chamber.put(&member_at("A")).json(&body).expect(201).json();
    for field in server_owned(Kind::Member) {
        for value in forged(&before[&field]) {
            let change = with(&body, &json!({ &field: value }));
            let answer = chamber.put(&member_at("A")).json(&change).send();
            assert!(matches!(answer.status, 400 | 422), "{change}: {}", answer.status);
        }
    }
    assert_eq!(chamber.get(&member_at("A")).expect(200).json(), before);
}
