//! Time: days of every zone, open ends, dates of which only a part is known, and what is answered of them.

mod days;

use crate::harness::{Records as _, TestApp, collection, example, minimal, on_both, with, without};
use chrono::{NaiveDate, NaiveDateTime};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    moment::Moment,
};
use serde_json::{Value, json};

on_both! {
    what_is_taken_for_a_moment_is_answered_so_that_everyone_can_read_it
    what_is_taken_for_a_moment_is_so_in_every_parameter
    the_last_day_of_all_is_an_open_end_and_only_that
    a_period_of_days_may_end_on_the_day_on_which_it_begins
    a_year_or_a_month_lasts_from_its_first_to_its_last_day
    a_deadline_that_is_a_date_lasts_to_the_end_of_that_day
    nothing_seems_to_come_from_the_future
    the_time_of_a_change_is_no_condition
}

/// Texts that are put together from parts; and whether they are a moment, with an offset or without one.
fn texts() -> Vec<(String, bool, bool)> {
    let dates = [
        ("2026-05-01", true),
        ("2026-02-29", false),
        ("2026-5-1", false),
        ("+2026-05-1", false),
        ("20260501", false),
    ];
    let clocks = [
        ("T09:30:00", true),
        ("T09:30", true),
        ("t09:30:59", true),
        ("T00:00:00", true),
        ("T09:30:00.5", true),
        ("T09:30:59.999999999", true),
        ("T09:30:00.1234567890123", true),
        ("T23:59:60", false),
        ("T09:30:60.5", false),
        ("T09:30:61", false),
        ("T24:00:00", false),
        ("T09:60:00", false),
        ("T9:30:00", false),
        ("T0930", false),
        ("T09:30:00,5", false),
        ("T09", false),
        ("T", false),
    ];
    let offsets = [
        ("", true),
        ("Z", true),
        ("z", true),
        ("+00:00", true),
        ("-00:00", true),
        ("+02:00", true),
        ("-23:59", true),
        ("+24:00", false),
        ("+02:60", false),
        ("+0200", false),
        ("+02", false),
        (" CET", false),
    ];
    let mut texts = Vec::new();
    for (date, is_date) in dates {
        for (clock, is_clock) in clocks {
            for (offset, is_offset) in offsets {
                let has_offset = !offset.is_empty();
                texts.push((format!("{date}{clock}{offset}"), is_date && is_clock && is_offset, has_offset));
            }
        }
    }
    texts
}

/// Whether JavaScript's `Date` (ECMA-262, Date Time String Format) and Python's `datetime.fromisoformat`, of any version
/// that knows `Z`, read a text.
fn is_read_by_everyone(text: &str) -> bool {
    let digits = text.split_once('.').map_or(0, |(_, rest)| rest.len().saturating_sub(1));
    matches!(digits, 0 | 3 | 6)
        && NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.fZ").is_ok()
        && text.get(17..19).is_some_and(|seconds| seconds < "60")
}

fn what_is_taken_for_a_moment_is_answered_so_that_everyone_can_read_it(app: TestApp) {
    for (index, (text, is_moment, _)) in texts().into_iter().enumerate() {
        let event = with(
            &minimal(Kind::Event, &format!("Treffen {index}")),
            &json!({ "starts_at": text, "ends_at": "2026-05-09", "registration_deadline": text }),
        );
        let answer = app.editor().post("/api/v1/events").json(&event).send();
        if !is_moment {
            assert_eq!(
                (answer.status, answer.faults()),
                (422, vec!["/starts_at".to_owned(), "/registration_deadline".to_owned()]),
                "{text}"
            );
            continue;
        }
        assert_eq!(answer.status, 201, "{text}");
        let record = answer.json();
        for field in ["starts_at", "ends_at", "registration_deadline", "created_at", "updated_at"] {
            assert!(is_read_by_everyone(record[field].as_str().unwrap()), "{text}: {}", record[field]);
        }
        let again = app
            .editor()
            .put(&format!("/api/v1/events/treffen-{index}"))
            .if_match("*")
            .json(&record)
            .expect(200);
        assert_eq!(again.json()["version"], 1, "{text} is the same when it comes back");
    }
}

/// The parameters of a moment that the API's description knows, by addresses without anything to fill in.
fn parameters_of_moments(app: &TestApp) -> Vec<(String, String)> {
    let description = app.anonymous().get("/openapi.json").expect(200).json();
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        let own = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in own.iter().filter(|_| !path.contains('{')) {
            let parameter = match parameter["$ref"].as_str() {
                Some(reference) => description.pointer(&reference[1..]).unwrap(),
                None => parameter,
            };
            if parameter["schema"]["pattern"].as_str().is_some_and(|pattern| pattern.contains("[Tt]")) {
                found.push((path.clone(), parameter["name"].as_str().unwrap().to_owned()));
            }
        }
    }
    found
}

fn what_is_taken_for_a_moment_is_so_in_every_parameter(app: TestApp) {
    let parameters = parameters_of_moments(&app);
    for name in ["as_of", "updated_since", "from", "to"] {
        assert!(parameters.iter().any(|(_, known)| known == name), "{name}");
    }
    // Each text somewhere, and each parameter with many.
    let places = parameters.iter().cycle();
    for ((text, is_moment, has_offset), (path, name)) in texts().into_iter().zip(places) {
        let answer = app.admin().get(path).query(name, &text).send();
        let expected = if is_moment && has_offset { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{path} {name}={text}");
        if expected == 400 {
            assert_eq!(answer.faults(), [name.as_str()], "{path} {name}={text}");
        }
    }
    for (path, name) in &parameters {
        for (text, expected) in [
            ("2026", 200),
            ("2026-04", 200),
            ("2026-04-01", 200),
            ("2026-13", 400),
            ("2016-12-31T23:59:60Z", 400),
        ] {
            assert_eq!(
                app.admin().get(path).query(name, text).send().status,
                expected,
                "{path} {name}={text}"
            );
        }
    }
}

/// The pointers to all dates and moments of a document.
fn times_of(json: &Value, pointer: &str, found: &mut Vec<String>) {
    match json {
        Value::Object(object) => {
            object.iter().for_each(|(key, value)| times_of(value, &format!("{pointer}/{key}"), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| times_of(value, &format!("{pointer}/{i}"), found));
        }
        Value::String(text)
            if text.get(..4).is_some_and(|year| year.parse::<u16>().is_ok_and(|year| year > 1900)) =>
        {
            let date = text.split('T').next().unwrap_or_default();
            let whole = format!("{date}{}", &"-01-01"[(date.len() - 4).min(6)..]);
            found.extend(NaiveDate::parse_from_str(&whole, "%Y-%m-%d").is_ok().then(|| pointer.to_owned()));
        }
        _ => {}
    }
}

fn the_last_day_of_all_is_an_open_end_and_only_that(app: TestApp) {
    /// The fields that end something, by the ends of their names; an event's own end must be known.
    const ENDS: [&str; 5] = ["until", "ends_on", "ended_on", "closes_on", "deadline"];
    struct Try<'a>(&'a TestApp, usize);
    impl KindVisitor for Try<'_> {
        fn visit<C: Content>(&mut self) {
            let Self(app, ends) = self;
            let mut record = example::<C>(app);
            if C::KIND == Kind::Operation {
                // A Union fund requires an end.
                let of_the_union =
                    ["specific_objective", "eu_cofinancing_rate", "intervention_type", "fishing_vessel"];
                record = with(&without(&record, &of_the_union), &json!({ "fund": "state" }));
            }
            let mut times = Vec::new();
            times_of(&record, "", &mut times);
            for pointer in times {
                for open in ["9999-12-31", "9999-12-31T00:00:00Z", "9999-12-31T23:59:59+01:00"] {
                    let is_moment = pointer.ends_with("_deadline") || pointer.ends_with("_at");
                    if !is_moment && open.len() > 10 {
                        continue;
                    }
                    let mut open_ended = record.clone();
                    *open_ended.pointer_mut(&pointer).unwrap() = open.into();
                    if open_ended.get("code").is_some() {
                        open_ended["code"] = minimal(C::KIND, "x")["code"].clone(); // taken once
                    }
                    let answer = app.admin().post(&collection(C::KIND)).json(&open_ended).send();
                    if !ENDS.iter().any(|end| pointer.ends_with(end)) {
                        assert_eq!(
                            (answer.status, answer.faults()),
                            (422, vec![pointer.clone()]),
                            "{} {open}",
                            C::KIND
                        );
                        continue;
                    }
                    assert_eq!(answer.status, 201, "{}{pointer}: {}", C::KIND, answer.text());
                    let created = answer.json();
                    assert_eq!(created.pointer(&pointer), Some(&Value::Null), "{}", C::KIND);
                    let address = format!("{}/{}", collection(C::KIND), created["id"].as_str().unwrap());
                    let again = app.admin().put(&address).if_match("*").json(&open_ended).expect(200).json();
                    assert_eq!(again["version"], 1, "{}{pointer}: {open} is null", C::KIND);
                    // So that the next one finds slug and external id free.
                    let free = with(
                        &created,
                        &json!({ "slug": format!("anders-{ends}"), "external_id": format!("X-{ends}"), "version": null, "updated_at": null }),
                    );
                    let free = match C::KIND {
                        Kind::Member => without(&free, &["slug"]),
                        _ => without(&free, &["external_id"]),
                    };
                    app.admin().put(&address).if_match("*").json(&free).expect(200);
                    *ends += 1;
                }
            }
        }
    }
    let mut tried = Try(&app, 0);
    every_kind(&mut tried);
    assert!(tried.1 >= 8, "{}", tried.1);
    let far = app.anonymous().get("/api/v1/events?to=9999-12-31").expect(200).items();
    assert_eq!(far.len(), app.anonymous().get("/api/v1/events").expect(200).items().len());
}

fn a_period_of_days_may_end_on_the_day_on_which_it_begins(app: TestApp) {
    let post = |fields: Value| {
        app.editor().post("/api/v1/measures").json(&with(&minimal(Kind::Measure, "Studie"), &fields)).send()
    };
    for (start, end, is_period) in [
        ("2026-05-01", "2026-05-01", true),
        ("2026-05-02", "2026-05-01", false),
        ("2026-05-02", "2026-05", true),
        ("2026-05", "2026-05-01", true),
        ("2026-05", "2026", true),
        ("2026", "2026-01", true),
        ("2026-06", "2026-05", false),
        ("2026-05", "2026-04-30", false),
        ("2027", "2026", false),
        ("2026-01-01", "2025", false),
        ("2026", "2026", true),
    ] {
        let answer = post(json!({ "starts_on": start, "ends_on": end }));
        assert_eq!(answer.status, if is_period { 201 } else { 422 }, "{start} to {end}");
        if is_period {
            let record = answer.json();
            assert_eq!((&record["starts_on"], &record["ends_on"]), (&json!(start), &json!(end)));
        } else {
            assert_eq!(answer.faults(), ["/ends_on"]);
        }
    }
    let call = |day: &str| json!({ "call": { "opens_on": "2026-05-01", "closes_on": day } });
    assert_eq!(post(call("2026-05-01")).status, 201);
    assert_eq!(post(call("2026-04-30")).faults(), ["/call/closes_on"]);
}

fn a_year_or_a_month_lasts_from_its_first_to_its_last_day(app: TestApp) {
    for (slug, start, end) in
        [("jahr", "2024", "2024"), ("monat", "2024-02", "2024-02"), ("offen", "2024-06", "9999")]
    {
        let fields = json!({ "starts_on": start, "ends_on": end });
        app.editor().create(Kind::Measure, &with(&minimal(Kind::Measure, slug), &fields));
    }
    let found =
        |query: &str| app.anonymous().get(&format!("/api/v1/measures?{query}")).expect(200).each("slug");
    assert_eq!(found("from=2024-12-31&to=2024-12-31"), ["jahr", "offen"]);
    assert_eq!(found("from=2025-01-01"), ["offen"]);
    assert_eq!(found("to=2023-12-31"), [""; 0]);
    assert_eq!(found("to=2024-01-01"), ["jahr"]);
    assert_eq!(found("from=2024-02-29&to=2024-02-29"), ["jahr", "monat"]);
    assert_eq!(found("from=2024-03-01&to=2024-03-31"), ["jahr"]);
    assert_eq!(found("from=2024-03&to=2024-05"), ["jahr"]);
    assert_eq!(found("from=2024&to=2024"), ["jahr", "monat", "offen"]);
    assert_eq!(found("sort=starts_on"), ["jahr", "monat", "offen"]);
}

fn a_deadline_that_is_a_date_lasts_to_the_end_of_that_day(app: TestApp) {
    let deadline = |title: &str, fields: Value| {
        let created = app.editor().create(Kind::Event, &with(&minimal(Kind::Event, title), &fields));
        created["registration_deadline"].as_str().unwrap().to_owned()
    };
    assert_eq!(deadline("A", json!({ "registration_deadline": "2026-05-20" })), "2026-05-20T21:59:59Z");
    let tokyo = json!({ "registration_deadline": "2026-05-20", "time_zone": "Asia/Tokyo" });
    assert_eq!(deadline("B", tokyo), "2026-05-20T14:59:59Z");
    let local = json!({ "registration_deadline": "2026-05-20T00:00" });
    assert_eq!(deadline("C", local), "2026-05-19T22:00:00Z", "a time is that time");
}

fn nothing_seems_to_come_from_the_future(app: TestApp) {
    for kind in Kind::ALL {
        app.admin().create(kind, &minimal(kind, "Später"));
    }
    // As another instance whose clock is behind, or one that dates its answers once a second.
    app.clock.set("2026-05-12T09:59:59.9Z");
    for kind in Kind::ALL {
        let record = &app.anonymous().get(&collection(kind)).expect(200).items()[0];
        let address = format!("{}/{}", collection(kind), record["id"].as_str().unwrap());
        let answer = app.admin().get(&address).expect(200);
        assert_eq!(answer.header("date"), "Tue, 12 May 2026 09:59:59 GMT");
        assert_eq!(answer.header("last-modified"), answer.header("date"));
        let held = app.admin().get(&address).header("if-none-match", &answer.etag()).expect(304);
        assert_eq!(held.header("last-modified"), held.header("date"));
    }
    app.clock.set("2026-05-12T10:00:05Z");
    let answer = app.anonymous().get("/api/v1/clusters/spaeter").expect(200);
    assert_eq!(answer.header("last-modified"), "Tue, 12 May 2026 10:00:00 GMT");
}

fn the_time_of_a_change_is_no_condition(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Optik"));
    for address in ["/api/v1/clusters/optik", "/api/v1/clusters", "/api/v1/regions", "/api/v1/stats"] {
        let later = "Tue, 12 May 2036 10:00:00 GMT";
        app.anonymous().get(address).header("if-modified-since", later).expect(200);
    }
}

#[test]
fn the_pattern_of_moments_is_what_is_taken_and_answered() {
    let matches =
        |pattern: &str, text: &str| jsonschema::is_valid(&json!({ "pattern": pattern }), &json!(text));
    for (text, is_moment, _) in texts() {
        // A pattern does not count the days of a month.
        let is_date = !text.starts_with("2026-02-29");
        assert_eq!(matches(Moment::PATTERN, &text) && is_date, is_moment, "{text}");
        assert!(!matches(Moment::ANSWERED, &text) || !is_date || is_read_by_everyone(&text), "{text}");
    }
}
