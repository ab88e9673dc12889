//! The days that an event touches, in every zone.

use crate::harness::{Records as _, TestApp, collection, minimal, on_both, with};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use domain::{kind::Kind, time::rfc3339};
use serde_json::{Value, json};

on_both! {
    every_day_without_a_midnight_is_a_whole_day
    an_event_tells_the_days_that_it_touches
    the_days_of_an_event_come_back_as_they_are_and_not_otherwise
    the_days_of_an_event_are_in_every_answer
}

/// The days of some years without a midnight, of all zones.
fn days_without_midnight() -> Vec<(Tz, NaiveDate)> {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let years = [2011, 2025, 2026];
    let days = years.into_iter().flat_map(|year| day(year).iter_days().take(365));
    days.flat_map(|day| TZ_VARIANTS.iter().map(move |zone| (*zone, day)))
        .filter(|(zone, day)| {
            let midnight = day.and_time(NaiveTime::MIN);
            matches!(zone.from_local_datetime(&midnight), LocalResult::None)
        })
        .collect()
}

/// The first minute in which clocks show a day, found by looking at all.
fn first_minute(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    let minutes = (-24 * 60..24 * 60).map(|minutes| midnight + TimeDelta::minutes(minutes));
    minutes.into_iter().find(|minute| minute.with_timezone(&zone).date_naive() == day)
}

fn every_day_without_a_midnight_is_a_whole_day(app: TestApp) {
    let days = days_without_midnight();
    assert!(days.iter().any(|(zone, day)| zone.name() == "Africa/Cairo" && day.to_string() == "2026-04-24"));
    assert!(
        days.iter().any(|(zone, day)| zone.name() == "America/Santiago" && day.to_string() == "2026-09-06")
    );
    for (index, (zone, day)) in days.into_iter().enumerate() {
        let next = day.succ_opt().unwrap().to_string();
        for (written, start) in [("date", day.to_string()), ("midnight", format!("{day}T00:00:00"))] {
            let title = format!("Tag {index} {written}");
            let fields =
                json!({ "starts_at": start, "ends_at": next, "time_zone": zone.name(), "all_day": true });
            let answer = app
                .editor()
                .post("/api/v1/events")
                .json(&with(&minimal(Kind::Event, &title), &fields))
                .send();
            let Some(first) = first_minute(day, zone) else {
                assert_eq!(
                    (answer.status, answer.faults()),
                    (422, vec!["/starts_at".to_owned()]),
                    "{zone} {day}"
                );
                let detail = &answer.json()["errors"][0]["detail"];
                assert!(detail.as_str().unwrap().contains(&day.to_string()), "{detail}");
                continue;
            };
            assert_eq!(answer.status, 201, "{zone} {day}: {}", answer.text());
            let event = answer.json();
            assert_eq!(event["starts_at"], rfc3339(first), "{zone} {day}");
            assert_eq!((&event["first_day"], &event["last_day"]), (&json!(day), &json!(day)), "{zone} {day}");
        }
    }
}

fn an_event_tells_the_days_that_it_touches(app: TestApp) {
    let days = |title: &str, starts: &str, ends: &str, zone: &str, all_day: bool| {
        let fields = json!({ "starts_at": starts, "ends_at": ends, "time_zone": zone, "all_day": all_day });
        let event = app.editor().create(Kind::Event, &with(&minimal(Kind::Event, title), &fields));
        [&event["first_day"], &event["last_day"]].map(|day| day.as_str().unwrap().to_owned())
    };
    let berlin = "Europe/Berlin";
    assert_eq!(days("A", "2026-11-25", "2026-11-26", berlin, true), ["2026-11-25", "2026-11-25"]);
    assert_eq!(days("B", "2026-11-25", "2026-11-28", berlin, true), ["2026-11-25", "2026-11-27"]);
    assert_eq!(
        days("C", "2026-11-25T18:00", "2026-11-26T00:00", berlin, false),
        ["2026-11-25", "2026-11-25"]
    );
    assert_eq!(
        days("D", "2026-11-25T18:00", "2026-11-26T00:00:01", berlin, false),
        ["2026-11-25", "2026-11-26"]
    );
    let night = ("2026-11-25T23:30:00Z", "2026-11-26T01:00:00Z");
    assert_eq!(days("E", night.0, night.1, berlin, false), ["2026-11-26", "2026-11-26"]);
    let new_year = ("2026-01-01T00:00", "2026-01-01T12:00");
    assert_eq!(days("Neujahr", new_year.0, new_year.1, "Asia/Tokyo", false), ["2026-01-01", "2026-01-01"]);
    let stats = app.anonymous().get("/api/v1/stats?kind=event").expect(200).json();
    assert_eq!(stats["kinds"][0]["years"], json!([{ "year": 2026, "count": 6 }]));
    assert_eq!(days("F", night.0, night.1, "America/New_York", false), ["2026-11-25", "2026-11-25"]);
    let found =
        |query: &str| app.anonymous().get(&format!("/api/v1/events?{query}")).expect(200).each("slug");
    assert_eq!(found("from=2026-11-27"), ["b"]);
    assert_eq!(found("to=2026-11-24"), ["neujahr"]);
    let until_midnight = found("from=2026-11-26&to=2026-11-26");
    assert!(!until_midnight.contains(&"c".to_owned()), "it ended with the day before: {until_midnight:?}");
}

fn the_days_of_an_event_come_back_as_they_are_and_not_otherwise(app: TestApp) {
    let event = minimal(Kind::Event, "Treffen");
    let post = |fields: Value| app.editor().post("/api/v1/events").json(&with(&event, &fields));
    for wrong in ["2026-06-02", "2026-05-31", "heute"] {
        assert_eq!(post(json!({ "first_day": wrong })).expect(422).faults(), ["/first_day"], "{wrong}");
    }
    let created = post(json!({ "first_day": "2026-06-01", "last_day": "2026-06-01" })).expect(201).json();
    let put = |body: &Value| app.editor().put("/api/v1/events/treffen").if_match("*").json(body);
    assert_eq!(put(&created).expect(200).json()["version"], 1);
    assert_eq!(
        put(&with(&created, &json!({ "last_day": "2026-06-02" }))).expect(422).faults(),
        ["/last_day"]
    );
    let longer = with(&created, &json!({ "ends_at": "2026-06-03T10:00:00Z" }));
    assert_eq!(put(&longer).expect(200).json()["last_day"], "2026-06-03", "the old one is let pass");
}

fn the_days_of_an_event_are_in_every_answer(app: TestApp) {
    let fields = json!({ "starts_at": "2026-06-01", "ends_at": "2026-06-03", "all_day": true });
    app.editor().create(Kind::Event, &with(&minimal(Kind::Event, "Treffen"), &fields));
    app.clock.set("2026-05-13T10:00:00Z");
    app.editor().change(Kind::Event, "treffen", &json!({ "ends_at": "2026-06-04" }));
    let has = |event: &Value, last: &str| {
        assert_eq!(
            (&event["first_day"], &event["last_day"]),
            (&json!("2026-06-01"), &json!(last)),
            "{event}"
        );
    };
    let get = |address: &str| app.editor().get(&format!("/api/v1/{address}")).expect(200);
    let list = collection(Kind::Event);
    has(&get("events/treffen").json(), "2026-06-03");
    has(&get("events").items()[0], "2026-06-03");
    has(&get("events?format=geojson").json()["features"][0]["properties"], "2026-06-03");
    has(&serde_json::from_str(get("events?format=ndjson").text().trim()).unwrap(), "2026-06-03");
    has(&get("events/treffen?as_of=2026-05-12T12:00:00Z").json(), "2026-06-02");
    has(&get("events?as_of=2026-05-12T12:00:00Z").items()[0], "2026-06-02");
    let earlier = get("events/treffen/history/1").json();
    has(earlier.get("record").unwrap_or(&earlier), "2026-06-02");
    has(&get("changes?include=record").items()[0]["record"], "2026-06-03");
    let csv = app.anonymous().get(&list).query("format", "csv").expect(200).text();
    let mut rows = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let columns = rows.headers().unwrap().clone();
    let row = rows.records().next().unwrap().unwrap();
    for (column, day) in [("first_day", "2026-06-01"), ("last_day", "2026-06-03")] {
        let at = columns.iter().position(|known| known == column).unwrap();
        assert_eq!(&row[at], day);
    }
}
