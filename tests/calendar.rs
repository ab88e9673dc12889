//! Events as iCalendar: what a calendar holds, what it never holds, and what it tells of withdrawn events.

use crate::harness::{Client, Records as _, TestApp, minimal, on_both, with};
use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty, ICalendarValue};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both! {
    an_event_is_in_the_calendar_as_in_the_list
    drafts_are_in_no_calendar_whoever_asks
    a_withdrawn_event_is_told_for_90_days_and_nothing_but_its_time
    a_withdrawn_event_is_told_to_those_whose_filter_it_matched
    a_restored_event_returns
    a_calendar_of_the_past_is_as_the_past_was
    calendars_refuse_what_they_do_not_know
}

/// The events of a calendar by title: the properties of each, as text.
fn events(calendar: &str) -> Vec<BTreeMap<String, String>> {
    assert!(calendar.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{calendar}");
    let parsed = ICalendar::parse(calendar).unwrap();
    let mut events: Vec<BTreeMap<String, String>> = parsed
        .components
        .iter()
        .filter(|component| component.component_type == ICalendarComponentType::VEvent)
        .map(|event| {
            let property = |entry: &calcard::icalendar::ICalendarEntry| {
                let mut text = String::new();
                entry.write_to(&mut text).unwrap();
                let text = text.replace("\r\n ", "");
                let value = match entry.values.first() {
                    Some(ICalendarValue::Text(value)) => value.clone(),
                    _ => text.trim_end().split_once(':').unwrap().1.to_owned(),
                };
                (entry.name.as_str().to_owned(), value)
            };
            event.entries.iter().map(property).collect()
        })
        .collect();
    events.sort_by_key(|event| event[ICalendarProperty::Dtstart.as_str()].clone());
    events
}

fn calendar(client: &Client<'_>, query: &str) -> Vec<BTreeMap<String, String>> {
    let calendar = client.get(&format!("/api/v1/events.ics{query}")).expect(200);
    assert_eq!(calendar.header("content-type"), "text/calendar; charset=utf-8");
    events(&calendar.text())
}

fn titles(client: &Client<'_>, query: &str) -> Vec<String> {
    calendar(client, query).iter().map(|event| event["SUMMARY"].clone()).collect()
}

fn event(title: &str, day: u32, fields: &Value) -> Value {
    let times = json!({
        "starts_at": format!("2026-06-{day:02}T10:00:00+02:00"),
        "ends_at": format!("2026-06-{day:02}T12:00:00+02:00")
    });
    with(&with(&minimal(Kind::Event, title), &times), fields)
}

fn an_event_is_in_the_calendar_as_in_the_list(app: TestApp) {
    let organiser = app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "Veranstalter; Ulm"));
    let full = json!({
        "title": { "de": "Treffen, groß; \\n mit Ö", "en": "Meeting" },
        "description": { "de": "Erste Zeile.\nZweite; Zeile, lang." },
        "venue": { "name": "Halle 1", "postal_code": "89073", "city": "Ulm", "country": "DE", "location": { "lat": 48.4, "lon": 9.99 } },
        "technology_fields": ["mikrosystemtechnik"],
        "organisers": [organiser["slug"]],
        "registration_url": "https://a.example/?a=1,2;b",
        "cancelled": true
    });
    let record = app.editor().create(Kind::Event, &event("Treffen", 1, &full));
    app.editor().create(
        Kind::Event,
        &event("Tagung", 2, &json!({ "all_day": true, "starts_at": "2026-06-02", "ends_at": "2026-06-04" })),
    );
    let list = app.anonymous().get("/api/v1/events").expect(200).items();
    let [met, days] = calendar(&app.anonymous(), "").try_into().unwrap();
    assert_eq!(
        [&met["UID"], &days["UID"]],
        [list[0]["id"].as_str().unwrap(), list[1]["id"].as_str().unwrap()]
    );
    for (name, value) in [
        ("SUMMARY", "Treffen, groß; \\n mit Ö"),
        ("LOCATION", "Halle 1, 89073 Ulm, DE"),
        ("GEO", "48.4;9.99"),
        ("URL", "https://a.example/?a=1%2C2%3Bb"),
        ("STATUS", "CANCELLED"),
        ("DTSTART", "20260601T100000"),
        ("DTEND", "20260601T120000"),
        ("SEQUENCE", "0"),
    ] {
        assert_eq!(met[name], value, "{name}");
    }
    assert!(
        met["DESCRIPTION"].ends_with("Erste Zeile.\nZweite; Zeile, lang.\n\nVeranstalter: Veranstalter; Ulm")
    );
    assert_eq!([&days["DTSTART"], &days["DTEND"], &days["STATUS"]], ["20260602", "20260604", "CONFIRMED"]);
    assert_eq!(titles(&app.anonymous(), "?lang=en"), ["Meeting", "Tagung"]);

    let address = format!("/api/v1/events/{}", record["slug"].as_str().unwrap());
    let one = app.anonymous().get(&format!("{address}.ics")).expect(200);
    assert_eq!(events(&one.text()), [met]);
    let negotiated = app.anonymous().get(&address).header("accept", "text/calendar").expect(200);
    assert_eq!((negotiated.body.clone(), negotiated.etag()), (one.body.clone(), one.etag()));
    assert_eq!(
        app.anonymous().get(&format!("{address}.ics")).header("if-none-match", &one.etag()).send().status,
        304
    );
    let json = app.anonymous().get(&address).header("accept", "application/json, text/calendar").expect(200);
    assert_eq!(json.json()["id"], record["id"]);

    let feed = app
        .anonymous()
        .get("/api/v1/events.ics?region=DE1&q=treffen")
        .expect(200)
        .text()
        .replace("\r\n ", "");
    assert!(feed.contains("\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n"), "{feed}");
    assert!(feed.contains("\r\nNAME:Veranstaltungen im Clusterportal · DE1\r\n"), "{feed}");
    assert!(feed.contains("/api/v1/events.ics?region=DE1&q=treffen\r\n"), "{feed}");
}

fn drafts_are_in_no_calendar_whoever_asks(app: TestApp) {
    // A calendar has at least one component (RFC 5545 section 3.6).
    let empty = app.anonymous().get("/api/v1/events.ics").expect(200).text();
    assert!(empty.contains("BEGIN:VTIMEZONE") && !empty.contains("BEGIN:VEVENT"), "{empty}");
    app.editor().create(Kind::Event, &event("Offen", 1, &json!({})));
    let draft = app.editor().create(Kind::Event, &event("Entwurf", 2, &json!({ "status": "draft" })));
    for client in [app.anonymous(), app.editor(), app.auditor(), app.admin()] {
        assert_eq!(titles(&client, ""), ["Offen"]);
        client.get(&format!("/api/v1/events/{}.ics", draft["id"].as_str().unwrap())).expect(404);
        client.get("/api/v1/events.ics?status=draft").expect(400);
    }
    // A draft that is archived was never public: it is not told as withdrawn.
    app.editor()
        .delete(&format!("/api/v1/events/{}", draft["id"].as_str().unwrap()))
        .if_match("*")
        .expect(204);
    assert_eq!(titles(&app.anonymous(), ""), ["Offen"]);
}

fn a_withdrawn_event_is_told_for_90_days_and_nothing_but_its_time(app: TestApp) {
    let geheim = json!({ "summary": { "de": "Geheim." }, "venue": { "city": "Geheimstadt" } });
    let record = app.editor().create(Kind::Event, &event("Geheim", 1, &geheim));
    app.editor().change(Kind::Event, "geheim", &json!({ "title": { "de": "Geheimer" } }));
    let address = "/api/v1/events/geheim";
    let before = app.anonymous().get("/api/v1/events.ics").expect(200);
    app.clock.advance(TimeDelta::days(1));
    app.editor().delete(address).if_match("*").expect(204);
    let held = app.anonymous().get("/api/v1/events.ics").header("if-none-match", &before.etag()).expect(200);
    for text in [held.text(), app.anonymous().get(&format!("{address}.ics")).expect(200).text()] {
        assert!(!text.to_lowercase().contains("geheim"), "{text}");
        let [told] = events(&text).try_into().unwrap();
        assert_eq!(told["UID"], record["id"].as_str().unwrap());
        assert_eq!(
            [&told["STATUS"], &told["SEQUENCE"], &told["DTSTART"]],
            ["CANCELLED", "1", "20260601T100000"]
        );
        assert!(!told.contains_key("LOCATION") && !told.contains_key("DESCRIPTION"), "{told:?}");
    }
    app.anonymous().get(address).expect(410);
    app.clock.advance(TimeDelta::days(89));
    assert_eq!(titles(&app.editor(), "?lang=en"), ["Withdrawn"]);
    app.clock.advance(TimeDelta::days(1) + TimeDelta::seconds(1));
    assert_eq!(titles(&app.anonymous(), ""), [""; 0]);
    app.anonymous().get(&format!("{address}.ics")).expect(410);
}

fn a_withdrawn_event_is_told_to_those_whose_filter_it_matched(app: TestApp) {
    let organiser = app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "Veranstalter"));
    let fields = json!({
        "organisers": [organiser["slug"]], "region": "DE131", "format": "onsite", "scope": "national",
        "venue": { "location": { "lat": 47.99, "lon": 7.84 } }
    });
    app.editor().create(Kind::Event, &event("Mikrosystemtechnik", 1, &json!({ "region": "DE111" })));
    app.clock.advance(TimeDelta::hours(1));
    // What counts is the last state that the public saw.
    app.editor().change(Kind::Event, "mikrosystemtechnik", &fields);
    app.clock.advance(TimeDelta::hours(1));
    app.editor().change(
        Kind::Event,
        "mikrosystemtechnik",
        &json!({ "status": "draft", "region": "DE144", "venue": null }),
    );
    let matching = [
        "",
        "?region=DE13",
        "?organiser=veranstalter",
        "?format=ics",
        "?scope=national",
        "?bbox=7,47,8,48",
        "?near=47.99,7.84&radius_km=5",
        "?from=2026-06-01",
        "?to=2026-06-01",
        "?planning_region=suedlicher-oberrhein",
    ];
    let other = [
        "?region=DE111",
        "?region=DE144",
        "?q=Holz",
        "?q=Mikrosystemtechnik",
        "?scope=regional",
        "?bbox=8,48,9,49",
        "?from=2026-06-02",
        "?to=2026-05-31",
    ];
    for (queries, told) in [(matching.as_slice(), 1), (other.as_slice(), 0)] {
        for query in queries {
            let query = query.replace("?format=ics", "");
            assert_eq!(calendar(&app.anonymous(), &query).len(), told, "{query}");
        }
    }
}

fn a_restored_event_returns(app: TestApp) {
    app.editor().create(Kind::Event, &event("Treffen", 1, &json!({})));
    app.clock.advance(TimeDelta::hours(1));
    app.editor().delete("/api/v1/events/treffen").if_match("*").expect(204);
    assert_eq!(titles(&app.anonymous(), ""), ["Zurückgezogen"]);
    let told = calendar(&app.anonymous(), "").remove(0);
    app.clock.advance(TimeDelta::hours(1));
    app.editor().post("/api/v1/events/treffen/restore").expect(200);
    app.editor().change(Kind::Event, "treffen", &json!({ "status": "published" }));
    let [back] = calendar(&app.anonymous(), "").try_into().unwrap();
    assert_eq!([&back["SUMMARY"], &back["STATUS"]], ["Treffen", "CONFIRMED"]);
    assert!(back["DTSTAMP"] > told["DTSTAMP"] && back["SEQUENCE"] >= told["SEQUENCE"], "{back:?} {told:?}");
    app.clock.advance(TimeDelta::hours(1));
    app.editor().change(Kind::Event, "treffen", &json!({ "title": { "de": "Neu" } }));
    app.clock.advance(TimeDelta::hours(1));
    app.editor().delete("/api/v1/events/treffen").if_match("*").expect(204);
    assert_eq!(calendar(&app.anonymous(), "").len(), 1, "a record withdrawn twice is told once");
}

fn a_calendar_of_the_past_is_as_the_past_was(app: TestApp) {
    app.editor().create(Kind::Event, &event("Treffen", 1, &json!({})));
    let then = app.clock.now();
    app.clock.advance(TimeDelta::hours(1));
    app.editor().change(Kind::Event, "treffen", &json!({ "title": { "de": "Neu" } }));
    app.editor().create(Kind::Event, &event("Zweites", 2, &json!({})));
    app.clock.advance(TimeDelta::hours(1));
    app.editor().delete("/api/v1/events/zweites").if_match("*").expect(204);
    let query = format!("?as_of={}", then.format("%Y-%m-%dT%H:%M:%SZ"));
    assert_eq!(titles(&app.anonymous(), &query), ["Treffen"]);
    assert_eq!(titles(&app.anonymous(), ""), ["Neu", "Zurückgezogen"]);
}

fn calendars_refuse_what_they_do_not_know(app: TestApp) {
    let public = app.anonymous();
    app.editor().create(Kind::Event, &event("Treffen", 1, &json!({})));
    for (address, status, faults) in [
        ("events.ics?lang=fr", 400, vec!["lang"]),
        ("events.ics?lang=de&lang=en", 400, vec!["lang"]),
        ("events.ics?x=1&limit=0&region=XX", 400, vec!["limit", "region", "x"]),
        ("events.csv?lang=de", 400, vec!["lang"]),
        ("events?lang=de", 400, vec!["lang"]),
        ("events/treffen.ics?lang=fr&x=1", 400, vec!["lang", "x"]),
        ("events/treffen?lang=de", 400, vec!["lang"]),
        ("initiatives?format=ics", 400, vec!["format"]),
    ] {
        let mut found = public.get(&format!("/api/v1/{address}")).expect(status).faults();
        found.sort();
        assert_eq!(found, faults, "{address}");
    }
    public.get("/api/v1/initiatives.ics").expect(404);
    public.get("/api/v1/events/nirgends.ics").expect(404);
    public.get("/api/v1/events/treffen.csv").expect(404);
    public.get("/api/v1/events/treffen.ics").header("accept", "application/json").expect(406);
    public.get("/api/v1/initiatives").header("accept", "text/calendar").expect(406);
    app.editor().change(Kind::Event, "treffen", &json!({ "slug": "neu" }));
    let moved = public.get("/api/v1/events/treffen.ics?lang=en").expect(308);
    assert!(moved.header("location").ends_with("/api/v1/events/neu.ics?lang=en"));
}
