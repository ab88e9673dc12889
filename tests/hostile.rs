//! Rubbish of every sort: it is refused, and it breaks nothing.

use crate::harness::{Records as _, Socket, TestApp, collection, minimal, on_both};
use chrono::{DateTime, Utc};
use domain::{
    content::Content,
    fault::Faults,
    fold,
    id::Id,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    place::{BoundingBox, Circle},
    query::{Cursor, Parameters, Position, Query, Scope, Sort, SortKey},
    record::Draft,
    slug::{Key, Slug},
    time::{Date, PartialDate, end_of_day, start_of_day},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseResult, TestRunner},
};
use serde_json::{Map, Value, json};
use ureq::http::Method;

mod described;
mod queries;

on_both! {
    no_query_breaks_the_server
    no_path_breaks_the_server
    no_header_breaks_the_server
    no_body_breaks_the_server
    what_is_accepted_is_read_back_the_same
    no_patch_breaks_a_record
}

/// Checks something for so many values of a strategy, or more in proportion to `PROPTEST_CASES` (256 if it is not set).
#[track_caller]
fn for_any<S: Strategy>(cases: u32, strategy: S, check: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config::default();
    let config = Config { cases: (cases * config.cases).div_ceil(256), failure_persistence: None, ..config };
    TestRunner::new(config).run(&strategy, check).unwrap_or_else(|failure| panic!("{failure}"));
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

/// Text with everything that text can hold, and what programs stumble over.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,20}",
        prop::sample::select(vec![
            "",
            "0",
            "-1",
            "null",
            "' OR 1=1 --",
            "%",
            "_",
            "\u{0}",
            "DE111",
            "2026-05-12",
            "1e400",
            "9,48,10,49",
            "ä\u{308}",
            "\u{202e}",
            "🦀"
        ])
        .prop_map(str::to_owned),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_name(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Names of fields and parameters, known ones and others.
fn any_name() -> impl Strategy<Value = String> {
    let known = [
        "q",
        "ids",
        "limit",
        "cursor",
        "sort",
        "format",
        "region",
        "bbox",
        "near",
        "radius_km",
        "from",
        "to",
        "updated_since",
        "status",
        "kind",
        "label_valid",
        "initiative",
        "organiser",
        "with_total",
        "id",
        "slug",
        "name",
        "title",
        "summary",
        "de",
        "en",
        "version",
        "regions",
        "location",
        "lat",
        "lon",
    ];
    prop_oneof![3 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any_text()]
}

/// The example of a kind, as JSON; its references lead nowhere.
fn example(kind: Kind) -> Value {
    struct Example;
    impl KindFunction for Example {
        type Output = Value;
        fn call<C: Content>(self) -> Value {
            serde_json::to_value(C::example()).unwrap()
        }
    }
    with_kind(kind, Example)
}

/// Every place in a value, as a JSON Pointer.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(key, value)| places(value, &format!("{path}/{key}"), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| places(value, &format!("{path}/{i}"), found));
        }
        _ => {}
    }
}

/// A record of some kind in which one place holds something else.
fn any_mutant() -> impl Strategy<Value = (Kind, Value)> {
    (any_kind(), any::<prop::sample::Index>(), any_json(), any::<bool>()).prop_map(
        |(kind, place, value, whole)| {
            let mut record = if whole { example(kind) } else { minimal(kind, "Mutant") };
            let mut found = Vec::new();
            places(&record, "", &mut found);
            let place: &String = place.get(&found);
            *record.pointer_mut(place).unwrap() = value;
            (kind, record)
        },
    )
}

fn no_query_breaks_the_server(app: TestApp) {
    for kind in Kind::ALL {
        app.admin().create(kind, &minimal(kind, "Eins"));
    }
    let query = prop::collection::vec((any_name(), any_text()), 0..4);
    for_any(150, (any_kind(), any::<bool>(), query), |(kind, facets, pairs)| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        let facets = if facets { "/facets" } else { "" };
        let answer = app.auditor().get(&format!("{}{facets}?{}", collection(kind), query.finish())).send();
        prop_assert!([200, 400].contains(&answer.status), "{}", answer.status);
        Ok(())
    });
}

fn no_path_breaks_the_server(app: TestApp) {
    let prefix = prop::sample::select(vec![
        "",
        "api/v1/",
        "api/v1/clusters/",
        "api/v1/members/",
        "docs/",
        "problems/",
        "api/v1/regions/",
    ]);
    for_any(150, (prefix, prop::collection::vec(any::<u8>(), 0..40)), |(prefix, path)| {
        let request =
            [b"GET /", prefix.as_bytes(), &path, b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]
                .concat();
        let answer = Socket::open(app.address).send(&request).finish().answer();
        prop_assert!(answer.status < 500, "{}", answer.text);
        Ok(())
    });
    app.anonymous().get("/api/v1").expect(200);
}

fn no_header_breaks_the_server(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let names = [
        "accept",
        "if-match",
        "if-none-match",
        "authorization",
        "content-type",
        "content-encoding",
        "idempotency-key",
        "x-request-id",
        "accept-encoding",
        "origin",
        "range",
        "expect",
        "if-modified-since",
        "if-range",
        "last-event-id",
        "forwarded",
        "x-forwarded-for",
        "access-control-request-method",
        "access-control-request-headers",
        "cookie",
        "te",
        "prefer",
    ];
    let methods = prop::sample::select(vec![
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ]);
    let text = prop_oneof![
        "[!-~]{0,30}",
        "[!-~][ -~]{0,30}[!-~]",
        Just("\"1-x\"".to_owned()),
        Just("*".to_owned()),
        Just("application/json".to_owned()),
        Just("gzip".to_owned())
    ];
    let bytes = prop::collection::vec(prop_oneof![0x20..0x7f_u8, 0x80..=0xff_u8], 0..30);
    let value = prop_oneof![3 => text.prop_map(String::into_bytes), 1 => bytes];
    let headers = prop::collection::vec((prop::sample::select(names.to_vec()), value), 1..4);
    let path = prop::sample::select(vec![
        "/api/v1/clusters",
        "/api/v1/clusters/eins",
        "/api/v1/clusters?format=csv",
        "/api/v1/regions",
        "/openapi.json",
    ]);
    for_any(150, (methods, path, headers), |(method, path, headers)| {
        let editor = app.editor();
        let mut request = editor.request(method.clone(), path);
        if [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            request = request.json(&json!({}));
        }
        // The client of the tests waits for what `expect` asks for, and sends no other bytes as credentials.
        let is_sent =
            |name: &str, value: &[u8]| name != "expect" && (name != "authorization" || value.is_ascii());
        for (name, value) in headers.iter().filter(|(name, value)| is_sent(name, value)) {
            request = request.header_bytes(name, value);
        }
        request.send();
        Ok(())
    });
}

fn no_body_breaks_the_server(app: TestApp) {
    for_any(150, (any_kind(), any_json()), |(kind, body)| {
        let answer = app.admin().post(&collection(kind)).json(&body).send();
        prop_assert!([201, 400, 422].contains(&answer.status), "{}", answer.status);
        Ok(())
    });
    for_any(60, prop::collection::vec(any::<u8>(), 1..60), |bytes| {
        app.admin().post("/api/v1/clusters").body("application/json", bytes).expect(400);
        Ok(())
    });
}

fn what_is_accepted_is_read_back_the_same(app: TestApp) {
    for_any(200, any_mutant(), |(kind, body)| {
        let created = app.admin().post(&collection(kind)).json(&body).send();
        prop_assert!([201, 400, 409, 422].contains(&created.status), "{} {}", created.status, created.text());
        if created.status != 201 {
            prop_assert!(created.status == 409 || !created.faults().is_empty());
            return Ok(());
        }
        let record = created.json();
        let address = format!("{}/{}", collection(kind), record["id"].as_str().unwrap());
        prop_assert_eq!(&app.auditor().get(&address).expect(200).json(), &record);
        let again = app.admin().put(&address).if_match("\"1\"").json(&record).expect(200).json();
        prop_assert_eq!(&again, &record);
        for format in ["csv", "geojson", "ndjson"] {
            app.auditor()
                .get(&format!("{}?format={format}&ids={}", collection(kind), record["id"].as_str().unwrap()))
                .expect(200);
        }
        Ok(())
    });
}

fn no_patch_breaks_a_record(app: TestApp) {
    let records = Kind::ALL.map(|kind| (kind, app.admin().create(kind, &minimal(kind, "Eins"))));
    let patch = prop::collection::vec((any_name(), any_json()), 0..3);
    for_any(150, (0..records.len(), patch), |(index, patch)| {
        let (kind, record) = &records[index];
        let address = format!("{}/{}", collection(*kind), record["id"].as_str().unwrap());
        let patch = Value::Object(patch.into_iter().collect::<Map<_, _>>());
        let answer = app.admin().patch(&address).if_match("*").json(&patch).send();
        prop_assert!([200, 400, 409, 422].contains(&answer.status), "{}", answer.status);
        let read = app.auditor().get(&address).expect(200).json();
        if answer.status == 200 {
            // A merge patch asks for a state, so it changes nothing when it comes again (RFC 7396 section 2).
            let again = app.admin().patch(&address).if_match("*").json(&patch).expect(200).json();
            prop_assert_eq!(again, read);
        }
        Ok(())
    });
}

#[test]
fn cursors_come_back_as_they_were() {
    let position = prop_oneof![
        "[^\u{0}]{0,40}".prop_map(|name| (Position::Name(name), SortKey::Name)),
        (0..=253_402_300_799_000_000_i64).prop_map(|micros| {
            (Position::Moment(DateTime::<Utc>::from_timestamp_micros(micros).unwrap()), SortKey::UpdatedAt)
        }),
    ];
    for_any(
        300,
        (position, any::<u128>(), any::<[u8; 8]>(), any_text()),
        |((position, key), id, fingerprint, other)| {
            let cursor = Cursor { position, id: Id(uuid::Uuid::from_u128(id)) };
            let sort = Sort { key, descending: false };
            let text = cursor.encode(fingerprint);
            prop_assert_eq!(Cursor::decode(&text, fingerprint, sort), Some(cursor));
            let mut foreign = fingerprint;
            foreign[0] ^= 1;
            prop_assert!(Cursor::decode(&text, foreign, sort).is_none());
            prop_assert!(Cursor::decode(&other, fingerprint, sort).is_none());
            Ok(())
        },
    );
}

#[test]
fn slugs_are_made_of_any_name_or_of_none() {
    for_any(500, any_text(), |name| {
        if let Some(slug) = Slug::of_name(&name) {
            prop_assert_eq!(Slug::of_name(slug.as_str()), Some(slug.clone()), "a slug is its own slug");
            prop_assert!(Slug::try_from(slug.numbered(999).to_string()).is_ok());
            prop_assert_eq!(Key::parse(slug.as_str()), Some(Key::Slug(slug)));
        }
        if let Some(key) = Key::parse(&name) {
            prop_assert_eq!(Key::parse(&key.to_string()), Some(key));
        }
        Ok(())
    });
}

#[test]
fn folding_twice_is_folding_once() {
    for_any(500, any_text(), |text| {
        for folded in [fold::for_search(&text), fold::for_sort(&text)] {
            prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
            prop_assert!(
                folded.chars().all(|letter| letter.is_alphanumeric() || letter == ' '),
                "{}",
                folded
            );
        }
        prop_assert_eq!(fold::for_sort(&fold::for_sort(&text)), fold::for_sort(&text));
        prop_assert_eq!(
            fold::for_search(&text.to_uppercase()),
            fold::for_search(&text.to_uppercase().to_lowercase())
        );
        Ok(())
    });
}

#[test]
fn dates_come_back_as_they_were_and_days_follow_each_other() {
    for_any(500, (1000..3000_i32, 1..13_u32, 1..32_u32, any_text()), |(year, month, day, text)| {
        let written = format!("{year:04}-{month:02}-{day:02}");
        let exists = chrono::NaiveDate::from_ymd_opt(year, month, day).is_some();
        let date = Date::try_from(written.clone());
        prop_assert_eq!(date.is_ok(), exists);
        if let Ok(Date(date)) = date {
            prop_assert_eq!(String::from(Date(date)), written);
            let next = date.succ_opt().unwrap();
            let zone = domain::time::HOME;
            prop_assert_eq!(
                end_of_day(date, zone) + chrono::TimeDelta::microseconds(1),
                start_of_day(next, zone)
            );
            let hours = (start_of_day(next, zone) - start_of_day(date, zone)).num_minutes();
            prop_assert!((22 * 60..=26 * 60).contains(&hours), "{}", hours);
        }
        if let Ok(date) = PartialDate::try_from(text.clone()) {
            prop_assert_eq!(String::from(date), text);
        }
        Ok(())
    });
}

#[test]
fn no_text_breaks_what_reads_parameters() {
    for_any(500, (any_kind(), any_name(), any_text()), |(kind, name, text)| {
        struct Read(String, String);
        impl KindFunction for Read {
            type Output = ();
            fn call<C: Content>(self) {
                let parameters = Parameters::new(vec![(self.0, self.1)]);
                Query::read(&Scope::of::<C>(), parameters, 200, DateTime::UNIX_EPOCH, &mut Faults::new());
            }
        }
        let _ = (BoundingBox::parse(&text), Circle::parse_centre(&text), Circle::parse_radius(&text));
        with_kind(kind, Read(name, text));
        Ok(())
    });
}

#[test]
fn a_body_that_cannot_be_read_always_has_a_fault() {
    for_any(300, any_mutant(), |(kind, body)| {
        struct Read(Value);
        impl KindFunction for Read {
            type Output = (bool, bool);
            fn call<C: Content>(self) -> (bool, bool) {
                let mut faults = Faults::new();
                let draft = Draft::<C>::read(self.0, None, &mut faults);
                (draft.is_some(), faults.is_empty())
            }
        }
        let (is_read, is_faultless) = with_kind(kind, Read(body));
        prop_assert!(is_read || !is_faultless);
        Ok(())
    });
}
