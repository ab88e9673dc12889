//! Lists of codes and references, entries of vocabularies, and what refers to itself.

use super::*;

for_every_kind! {
    what_stands_twice_is_kept_once_and_order_is_no_change
    the_entry_of_a_vocabulary_stands_for_its_code
    bounds_are_those_of_the_description
}

on_both! {
    an_organisation_is_not_its_own_successor
}

/// Whether a list is one of codes or references.
fn is_set(list: &Value) -> bool {
    let is_named =
        |entry: &Value| entry.is_string() || (entry["id"].is_string() && entry.get("organisation").is_none());
    list.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(is_named))
}

/// A second value for lists that have one in the example.
fn second(app: &TestApp, kind: Kind, field: &str) -> Value {
    match field {
        "regions" => json!("DE112"),
        "technology_fields" => json!("photonik"),
        "industries" => json!("28"),
        "languages" => json!("en"),
        "contractors" => json!("Zweite GmbH"),
        "clusters" => {
            app.admin().create(Kind::Cluster, &crate::harness::minimal(Kind::Cluster, "Zweites"))["slug"]
                .clone()
        }
        "initiatives" | "beneficiaries" | "organisers" => {
            let name = format!("Zweite für {kind}");
            app.admin().create(Kind::Initiative, &crate::harness::minimal(Kind::Initiative, &name))["slug"]
                .clone()
        }
        other => panic!("{other} of {kind}: a list that this test does not know"),
    }
}

fn what_stands_twice_is_kept_once_and_order_is_no_change<C: Content>(app: &TestApp) {
    let mut body = without(&example::<C>(app), &["location", "venue"]);
    let fields: Vec<String> = body
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, list)| is_set(list))
        .map(|(field, _)| field.clone())
        .collect();
    assert!(!fields.is_empty());
    for field in &fields {
        let other = second(app, C::KIND, field);
        let list = body[field].as_array_mut().unwrap();
        list.extend([other.clone(), list[0].clone(), other]);
    }
    let created = app.admin().create(C::KIND, &body);
    let revisions = app.database.revisions();
    for field in &fields {
        assert_eq!(created[field].as_array().unwrap().len(), 2, "{field}: {}", created[field]);
        // By its slug and by its id, a record is the same.
        let mut list = created[field].as_array().unwrap().clone();
        list.reverse();
        list.push(created[field][0].clone());
        let patch = json!({ field: list });
        let answer = app.admin().patch(&address::<C>(&created)).if_match("*").json(&patch).expect(200);
        assert_eq!(answer.json(), created, "{field}");
    }
    assert_eq!(app.database.revisions(), revisions);
}

fn the_entry_of_a_vocabulary_stands_for_its_code<C: Content>(app: &TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let body = example::<C>(app);
    let created = app.admin().create(C::KIND, &body);
    let name = format!("{}Input", <C as utoipa::ToSchema>::name());
    for place in places(&body) {
        let schemas = schema::at(&document, schema::named(&document, &name), &place);
        let Some(vocabulary) = schemas.iter().find_map(|schema| schema["x-vocabulary"].as_str()) else {
            continue;
        };
        let code = body.pointer(&place).unwrap().as_str().unwrap();
        let mut entries = app.anonymous().get(vocabulary).expect(200).items().into_iter();
        let entry = entries.find(|entry| entry["code"] == code || entry["slug"] == code).unwrap();
        let put = |entry: &Value| {
            let body = replaced(&body, &place, entry);
            app.admin().put(&address::<C>(&created)).if_match("*").json(&body).send()
        };
        assert_eq!(put(&entry).json(), created, "{place}");
        let unknown = with(&entry, &json!({ "code": "NO", "slug": "no" }));
        assert_eq!((put(&unknown).status, put(&unknown).faults()), (422, vec![place.clone()]));
    }
}

/// What lies just beyond the bounds of a schema.
fn beyond(schema: &Value, value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    if let Some(most) = schema["maxLength"].as_u64() {
        found.push(json!("a".repeat(usize::try_from(most).unwrap() + 1)));
    }
    if let (Some(most), Some(list)) = (schema["maxItems"].as_u64(), value.as_array()) {
        found.push(vec![list[0].clone(); usize::try_from(most).unwrap() + 1].into());
    }
    if schema["minItems"].as_u64().is_some_and(|least| least > 0) {
        found.push(json!([]));
    }
    if let Some(most) = schema["maximum"].as_f64() {
        found.push(json!((most + 1.0) as i64));
    }
    if let Some(least) = schema["minimum"].as_f64() {
        found.push(json!((least - 1.0) as i64));
    }
    found
}

fn bounds_are_those_of_the_description<C: Content>(app: &TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let body = example::<C>(app);
    let name = format!("{}Input", <C as utoipa::ToSchema>::name());
    for place in places(&body) {
        let value = body.pointer(&place).unwrap();
        let schemas = schema::at(&document, schema::named(&document, &name), &place);
        for schema in &schemas {
            let is_string = schema["type"] == "string" || schema["type"][0] == "string";
            assert!(
                !is_string
                    || schema["maxLength"].is_u64()
                    || schema["enum"].is_array()
                    || schema["format"].is_string()
                    || schema["pattern"].is_string(),
                "{name}{place}"
            );
            assert!(schema["type"] != "array" || schema["maxItems"].is_u64(), "{name}{place}");
            for bad in beyond(schema, value) {
                let answer = app.admin().post(&C::collection()).json(&replaced(&body, &place, &bad)).send();
                let shown = bad.to_string().chars().take(60).collect::<String>();
                assert_eq!(answer.status, 422, "{place} {shown}: {}", answer.text());
                let told = answer.faults();
                assert!(told.iter().any(|fault| place.starts_with(fault)), "{place} {shown}: {told:?}");
            }
        }
    }
}

fn an_organisation_is_not_its_own_successor(app: TestApp) {
    for kind in [Kind::Initiative, Kind::Network] {
        let one = app.admin().create(kind, &crate::harness::minimal(kind, &format!("Eine {kind}")));
        let other = app.admin().create(kind, &crate::harness::minimal(kind, &format!("Andere {kind}")));
        let address = format!("{}/{}", collection(kind), one["slug"].as_str().unwrap());
        for own in [
            one["id"].clone(),
            one["slug"].clone(),
            json!({ "slug": one["slug"] }),
            json!({ "id": one["id"] }),
        ] {
            let patch = json!({ "successor": own });
            let answer = app.editor().patch(&address).if_match("*").json(&patch).expect(422);
            assert_eq!(answer.faults(), ["/successor"]);
            let file = json!({ "kind": kind, "record": with(&one, &patch) }).to_string();
            let told = crate::transfer::import(&app.store, &file).unwrap_err().to_string();
            assert!(told.contains("/successor"), "{told}");
        }
        app.editor().patch(&address).if_match("*").json(&json!({ "successor": other["slug"] })).expect(200);
    }
}
