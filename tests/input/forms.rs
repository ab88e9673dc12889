//! The one form of text and numbers.

use super::*;
use crate::harness::members_of;
use unicode_normalization::UnicodeNormalization as _;

for_every_kind! {
    text_is_kept_in_one_form
    another_spelling_changes_nothing
    text_that_shows_nothing_is_missing
    control_characters_are_refused_everywhere
}

on_both! {
    a_line_in_another_spelling_is_unchanged
    a_member_is_found_by_any_spelling_of_its_external_id
    web_addresses_are_kept_as_uris
    countries_and_languages_exist
}

/// The same text in a spelling that no eye tells from it.
fn disguised(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let mut letters = text.nfd();
            let first: String = letters.next().into_iter().collect();
            let rest = letters.collect::<String>().replace('\n', "\r\n");
            json!(format!("\u{feff} \u{a0}{first}\u{ad}\u{200b}{rest}\u{2800}\u{3164} "))
        }
        Value::Array(list) => list.iter().map(disguised).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), disguised(value))).collect(),
        other => other.clone(),
    }
}

/// JSON with every integer written as a decimal fraction, behind a byte-order mark.
fn with_fractions(value: &Value) -> String {
    fn fractions(value: &Value) -> Value {
        match value {
            Value::Number(number) if number.is_i64() => json!(number.as_f64()),
            Value::Array(list) => list.iter().map(fractions).collect(),
            Value::Object(object) => {
                object.iter().map(|(key, value)| (key.clone(), fractions(value))).collect()
            }
            other => other.clone(),
        }
    }
    format!("\u{feff}{}", fractions(value))
}

fn text_is_kept_in_one_form<C: Content>(app: &TestApp) {
    let body = example::<C>(app);
    let disguised = app.admin().create(C::KIND, &disguised(&body));
    let first = example::<C>(app);
    assert_eq!(first, body);
    for (field, sent) in body.as_object().unwrap() {
        let kept = app.admin().get(&address::<C>(&disguised)).expect(200).json();
        let plain = |value: &Value| value.to_string();
        if !sent.is_array() && !sent.is_object() {
            assert_eq!(plain(&kept[field]), plain(sent), "{field}");
        }
    }
}

fn another_spelling_changes_nothing<C: Content>(app: &TestApp) {
    let body = example::<C>(app);
    let created = app.admin().create(C::KIND, &body);
    let revisions = app.database.revisions();
    for method in ["PUT", "PATCH"] {
        let bodies =
            [disguised(&body).to_string(), with_fractions(&body), with_fractions(&disguised(&created))];
        for text in bodies {
            let request = write(&app.admin(), method, "", &address::<C>(&created));
            assert_eq!(request.body(media_type(method), text).expect(200).json(), created);
        }
    }
    let file = json!({ "kind": C::KIND, "record": disguised(&with(&body, &json!({ "id": created["id"] }))) });
    let report = crate::transfer::import(&app.store, &format!("\u{feff}{file}\r\n")).unwrap();
    assert_eq!((report.created, report.updated, report.unchanged), (0, 0, 1));
    assert_eq!(app.database.revisions(), revisions);
}

fn text_that_shows_nothing_is_missing<C: Content>(app: &TestApp) {
    let body = C::minimal("Name");
    for nothing in ["", " ", "\u{200b}", "\u{3164}", "\u{2800}\u{a0}", "\u{fe0f}\u{e0001}"] {
        let name = if body[C::NAME_FIELD].is_object() { json!({ "de": nothing }) } else { json!(nothing) };
        let place =
            if name.is_object() { format!("/{}/de", C::NAME_FIELD) } else { format!("/{}", C::NAME_FIELD) };
        let answer = app
            .editor()
            .post(&C::collection())
            .json(&with(&body, &json!({ C::NAME_FIELD: name })))
            .expect(422);
        assert_eq!(answer.faults(), [place], "{nothing:?}");
    }
}

fn control_characters_are_refused_everywhere<C: Content>(app: &TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let body = example::<C>(app);
    let name = format!("{}Input", <C as utoipa::ToSchema>::name());
    for place in places(&body) {
        let Some(text) = body.pointer(&place).unwrap().as_str() else { continue };
        let schemas = schema::at(&document, schema::named(&document, &name), &place);
        let most = schemas.iter().find_map(|schema| schema["maxLength"].as_u64());
        let is_prose = most == Some(domain::text::Prose::MAX as u64);
        for hostile in ["\u{0}", "\t", "\r", "\u{7f}", "\u{85}", "\u{202e}", "\u{2066}", "\u{fffe}", "\n"] {
            let (first, rest) = text.split_at(text.chars().next().unwrap().len_utf8());
            let bad = json!(format!("{first}{hostile}{rest}"));
            let answer = app.admin().post(&C::collection()).json(&replaced(&body, &place, &bad)).send();
            if is_prose && hostile == "\n" {
                assert!([201, 409].contains(&answer.status), "{place}: {}", answer.text());
                continue;
            }
            assert_eq!(answer.status, 422, "{place} {hostile:?}: {}", answer.text());
            assert_eq!(answer.faults(), std::slice::from_ref(&place), "{hostile:?}");
            assert_clean(&answer.json());
        }
    }
}

fn a_line_in_another_spelling_is_unchanged(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let line = line(&app, "S-1");
    assert_eq!(counts(&chamber.sync("", std::slice::from_ref(&line))), [1, 1, 0, 0, 0, 0]);
    let revisions = app.database.revisions();
    for mode in ["delta", "full"] {
        let run = chamber.sync(&format!("mode={mode}"), &[disguised(&line)]);
        assert_eq!(counts(&run), [1, 0, 0, 1, 0, 0]);
        let run = chamber.start(&format!("mode={mode}"), with_fractions(&line)).expect(201).json();
        assert_eq!(counts(&run), [1, 0, 0, 1, 0, 0]);
    }
    // Two spellings of one id are one member.
    let run = chamber.sync("", &[line.clone(), disguised(&line)]);
    assert_eq!(rejected(&run), ["2 S-1 /external_id"]);
    assert_eq!(app.database.revisions(), revisions);
    assert_eq!(
        counts(&chamber.sync("", &[disguised(&json!({ "external_id": "S-1", "deleted": true }))])),
        [1, 0, 0, 0, 1, 0]
    );
}

fn a_member_is_found_by_any_spelling_of_its_external_id(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let created = chamber
        .put(&member_at("%20S%E2%80%8B-1%C2%A0"))
        .json(&without(&line(&app, "S-1"), &["external_id"]))
        .expect(201);
    assert_eq!(created.json()["external_id"], "S-1");
    for spelling in ["S-1", "%EF%BB%BFS-1", "S-1%20"] {
        assert_eq!(chamber.get(&member_at(spelling)).expect(200).json(), created.json());
    }
    chamber.get(&format!("{}/S%00-1", members_of(CHAMBER))).expect(404);
}

fn web_addresses_are_kept_as_uris(app: TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    struct Each<'a>(&'a TestApp, Value, usize);
    impl domain::kinds::KindVisitor for Each<'_> {
        fn visit<C: Content>(&mut self) {
            let Self(app, document, checked) = self;
            let body = example::<C>(app);
            let name = format!("{}Input", <C as utoipa::ToSchema>::name());
            let created = app.admin().create(C::KIND, &body);
            for place in places(&body) {
                let schemas = schema::at(document, schema::named(document, &name), &place);
                if !schemas.iter().any(|schema| schema["format"] == "uri") {
                    continue;
                }
                *checked += 1;
                let put = |url: &str| {
                    let body = replaced(&body, &place, &json!(url));
                    app.admin().put(&address::<C>(&created)).if_match("*").json(&body).send()
                };
                let kept = put("https://müller-söhne.example/über?q=ä b".trim_end_matches(" b"));
                assert_eq!(
                    kept.json().pointer(&place).unwrap(),
                    "https://xn--mller-shne-kcb9d.example/%C3%BCber?q=%C3%A4"
                );
                for bad in [
                    "https://firma..example",
                    "https://user:pw@firma.example",
                    "https://@firma.example",
                    "ftp://firma.example",
                    "https://",
                    "firma.example",
                    "https://fir ma.example",
                    "https://firma.example/100%",
                ] {
                    let answer = put(bad);
                    assert_eq!((answer.status, answer.faults()), (422, vec![place.clone()]), "{bad}");
                }
            }
        }
    }
    let mut each = Each(&app, document, 0);
    domain::kinds::every_kind(&mut each);
    assert_eq!(each.2, 7, "web addresses of all kinds");
}

fn countries_and_languages_exist(app: TestApp) {
    let put = |fields: Value| {
        let event = with(&crate::harness::minimal(Kind::Event, "Termin"), &fields);
        app.editor().post(&collection(Kind::Event)).json(&event).send()
    };
    for (country, exists) in
        [("DE", true), ("LI", true), ("ZZ", false), ("schema::", false), ("EU", false), ("UK", false)]
    {
        let answer = put(json!({ "venue": { "country": country } }));
        assert_eq!(answer.status == 201, exists, "{country}: {}", answer.text());
    }
    for (language, exists) in [("de", true), ("sw", true), ("xx", false), ("qq", false)] {
        let answer = put(json!({ "languages": [language] }));
        assert_eq!(answer.status == 201, exists, "{language}: {}", answer.text());
    }
    assert!(is_invisible('\u{200d}'));
}
