//! Types, names of fields, keys that stand twice.

use super::*;

for_every_kind! {
    every_wrong_type_is_refused_where_it_stands
    a_key_that_stands_twice_is_refused_where_it_stands
    a_field_that_nobody_knows_is_refused_in_every_object
}

on_both! {
    every_wrong_type_in_a_line_rejects_it
    every_wrong_type_in_a_file_is_told
    a_key_that_stands_twice_in_a_line_rejects_it
    a_hostile_line_rejects_itself_alone
}

/// One value of each type, and those that libraries take for something else.
fn values() -> Vec<Value> {
    vec![
        json!(true),
        json!(7),
        json!(4.5),
        json!("x"),
        json!([]),
        json!(["a", "b"]),
        json!([48.7, 9.1]),
        json!({}),
        json!({ "regional": null }),
    ]
}

/// Words of the language that this is written in, and no words of JSON.
const FOREIGN: [&str; 20] = [
    "struct", "tuple", "enum", "elements", "u8", "u32", "u64", "i64", "f64", "usize", "map", "sequence",
    "seq", "unit", "newtype", "variant", "Option", "Vec", "integer", "floating",
];

#[track_caller]
fn assert_speaks_json(detail: &str) {
    let mut words = detail.split(|letter: char| !letter.is_alphanumeric());
    assert!(words.all(|word| !FOREIGN.contains(&word)), "{detail}");
}

/// Every place of a body with every value that its description does not allow there.
fn wrong(document: &Value, name: &str, body: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut whole = body.clone();
    // Fields that only the server sets are described, too.
    for (field, schema) in schema::properties(&[schema::named(document, name)]).unwrap() {
        if whole.get(field).is_none() {
            whole[field] = schema::variants(document, schema)[0]["examples"][0].clone();
        }
    }
    for place in places(&whole) {
        let schemas = schema::at(document, schema::named(document, name), &place);
        assert!(!schemas.is_empty(), "{name}{place} is not described");
        for value in values().into_iter().filter(|value| !schema::allow_type(&schemas, value)) {
            let mut wrong = body.clone();
            match wrong.pointer_mut(&place) {
                Some(there) => *there = value,
                None if place.matches('/').count() == 1 => wrong[&place[1..]] = value,
                None => continue,
            }
            found.push((place.clone(), wrong));
        }
    }
    found
}

#[track_caller]
fn assert_refused(answer: &Answer, place: &str) {
    let what = format!("{place}: {}", answer.text());
    assert_eq!(answer.status, 400, "{what}");
    assert!(answer.faults().contains(&place.to_owned()), "{what}");
    for fault in answer.json()["errors"].as_array().unwrap() {
        assert_speaks_json(fault["detail"].as_str().unwrap());
    }
}

fn every_wrong_type_is_refused_where_it_stands<C: Content>(app: &TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let body = example::<C>(app);
    let address = address::<C>(&app.admin().create(C::KIND, &body));
    let name = <C as utoipa::ToSchema>::name();
    let wrong = wrong(&document, &format!("{name}Input"), &body);
    assert!(wrong.len() > 100, "{}", wrong.len());
    for (number, (place, body)) in wrong.iter().enumerate() {
        // Each by one of the methods, in turn; all by POST would be as good, since they read alike.
        let method = METHODS[number % METHODS.len()];
        assert_refused(&write(&app.admin(), method, &C::collection(), &address).json(body).send(), place);
    }
}

fn every_wrong_type_in_a_line_rejects_it(app: TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let all = wrong(&document, "MemberInput", &line(&app, "S-1"));
    let chamber = app.chamber(CHAMBER);
    let mut expected = Vec::new();
    let mut lines = Vec::new();
    for (number, (place, body)) in all.iter().cloned().enumerate() {
        let id = format!("S-{number}");
        match place.as_str() {
            "/external_id" => {
                expected.push(format!("{} - /external_id", number + 1));
                lines.push(body);
            }
            _ => {
                expected.push(format!("{} {id} {place}", number + 1));
                lines.push(with(&body, &json!({ "external_id": id })));
            }
        }
    }
    let run = chamber.sync("", &lines);
    assert_eq!(rejected(&run), expected);
    for rejection in run["rejections"].as_array().unwrap() {
        assert_speaks_json(rejection["reason"].as_str().unwrap());
    }
    for (place, body) in all.iter().step_by(3) {
        assert_refused(&chamber.put(&member_at("S-1")).json(body).send(), place);
    }
}

fn every_wrong_type_in_a_file_is_told(app: TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    for (place, body) in wrong(&document, "ClusterInput", &example::<domain::cluster::Cluster>(&app)) {
        let file = json!({ "kind": "cluster", "record": body }).to_string();
        let told = crate::transfer::import(&app.store, &file).unwrap_err().to_string();
        assert!(told.contains(&place), "{place}: {told}");
        assert_speaks_json(&told);
    }
}

/// JSON in which the first key of the object at a place stands twice; and where.
fn doubled(body: &Value) -> Vec<(String, String)> {
    const MARK: &str = "\u{e000}";
    let objects = places(body).into_iter().chain([String::new()]);
    let objects =
        objects.filter_map(|place| Some((place.clone(), body.pointer(&place)?.as_object()?.clone())));
    objects
        .filter_map(|(place, object)| {
            let (key, value) = object.iter().next()?;
            let marked = with(&Value::Object(object.clone()), &json!({ MARK: 0 }));
            let text = match place.as_str() {
                "" => marked.to_string(),
                _ => replaced(body, &place, &marked).to_string(),
            };
            // The same key, in another spelling.
            let (first, rest) = key.split_at(1);
            let again = format!("\"\\u{:04x}{rest}\":{value}", u32::from(first.chars().next().unwrap()));
            Some((format!("{place}/{key}"), text.replace(&format!("\"{MARK}\":0"), &again)))
        })
        .collect()
}

fn a_key_that_stands_twice_is_refused_where_it_stands<C: Content>(app: &TestApp) {
    let body = example::<C>(app);
    let address = address::<C>(&app.admin().create(C::KIND, &body));
    for (place, text) in doubled(&body) {
        for method in METHODS {
            let request = write(&app.admin(), method, &C::collection(), &address);
            let answer = request.body(media_type(method), text.clone()).expect(400);
            assert_eq!(answer.faults(), std::slice::from_ref(&place), "{method} {text}");
        }
        let file = format!(r#"{{"kind":"{}","record":{text}}}"#, C::KIND);
        let told = crate::transfer::import(&app.store, &file).unwrap_err().to_string();
        assert!(told.contains(&place), "{told}");
    }
}

fn a_key_that_stands_twice_in_a_line_rejects_it(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    for (place, text) in doubled(&line(&app, "S-1")) {
        let run = chamber.start("", text.clone()).expect(201).json();
        assert_eq!(rejected(&run), [format!("1 S-1 {place}")], "{text}");
        let answer = chamber.put(&member_at("S-1")).body("application/json", text).expect(400);
        assert_eq!(answer.faults(), [place]);
    }
    let twice = r#"{"external_id":"S-1","deleted":true,"external_id":"S-1"}"#;
    assert_eq!(rejected(&chamber.start("", twice).expect(201).json()), ["1 - /external_id"]);
}

fn a_field_that_nobody_knows_is_refused_in_every_object<C: Content>(app: &TestApp) {
    let body = example::<C>(app);
    let address = address::<C>(&app.admin().create(C::KIND, &body));
    let is_object = |place: &String| body.pointer(place).unwrap().is_object();
    for place in places(&body).into_iter().filter(is_object) {
        for unknown in ["colour", "\u{0}", "na\u{202e}me", "\u{200b}"] {
            let object = with(body.pointer(&place).unwrap(), &json!({ unknown: 1 }));
            for method in METHODS {
                let request = write(&app.admin(), method, &C::collection(), &address);
                let answer = request.json(&replaced(&body, &place, &object)).expect(400);
                assert_eq!(answer.faults(), [format!("{place}/{}", quoted(unknown, 10))]);
                assert_clean(&answer.json());
            }
        }
    }
}

fn a_hostile_line_rejects_itself_alone(app: TestApp) {
    const HOSTILE: [&str; 6] = ["\u{0}", "a\u{0}b", "\u{202e}", "\u{1b}[2J", "\u{ffff}", "\u{85}"];
    let chamber = app.chamber(CHAMBER);
    let whole = line(&app, "S-0");
    let strings = places(&whole).into_iter().filter(|place| whole.pointer(place).unwrap().is_string());
    let mut lines = vec![line(&app, "first")];
    let mut number = 0;
    let mut add = |line: Value| {
        number += 1;
        lines.push(with(&line, &json!({ "external_id": format!("S-{number}") })));
    };
    for place in strings.filter(|place| place != "/external_id") {
        HOSTILE.iter().for_each(|text| add(replaced(&whole, &place, &json!(text))));
    }
    for text in HOSTILE {
        add(with(&whole, &json!({ text: 1 })));
        add(json!({ "deleted": true, text: text }));
        add(json!({ "deleted": text }));
        add(with(&whole, &json!({ "kind": { text: text } })));
    }
    lines.extend(HOSTILE.map(|text| json!({ "external_id": text, "name": text, "kind": text })));
    lines.push(line(&app, "last"));
    let run = chamber.sync("", &lines);
    let count = lines.len() as u64;
    assert_eq!(counts(&run), [count, 2, 0, 0, 0, count - 2]);
    assert_clean(&run);
    let kept = chamber.get(&format!(
        "{}/sync-runs/{}/rejections?limit=200",
        "/api/v1/chambers/ihk-region-stuttgart",
        run["id"].as_str().unwrap()
    ));
    assert_clean(&kept.expect(200).json());
}
