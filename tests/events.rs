//! Events: their times, and what a calendar has to be told.

use crate::harness::{Records as _, TestApp, minimal, on_both, with, without};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_time_without_offset_is_read_in_the_events_zone
    a_time_that_a_clock_change_skips_is_refused
    whole_days_begin_and_end_at_local_midnights
    an_event_needs_a_beginning_and_an_end
    the_sequence_rises_when_a_calendar_must_know
    a_cancelled_event_stays_visible
    events_are_sorted_by_their_beginning
}

fn event(fields: &Value) -> Value {
    with(&minimal(Kind::Event, "Treffen"), fields)
}

fn times(record: &Value) -> [&str; 2] {
    [&record["starts_at"], &record["ends_at"]].map(|time| time.as_str().unwrap())
}

fn a_time_without_offset_is_read_in_the_events_zone(app: TestApp) {
    let create = |fields: Value| app.editor().create(Kind::Event, &event(&fields));
    let summer = create(json!({ "starts_at": "2026-07-01T10:00", "ends_at": "2026-07-01T12:00:00" }));
    assert_eq!(times(&summer), ["2026-07-01T08:00:00Z", "2026-07-01T10:00:00Z"]);
    assert_eq!(summer["time_zone"], "Europe/Berlin");
    let tokyo = create(
        json!({ "starts_at": "2026-07-01T10:00", "ends_at": "2026-07-01T12:00:00+09:00", "time_zone": "Asia/Tokyo" }),
    );
    assert_eq!(times(&tokyo), ["2026-07-01T01:00:00Z", "2026-07-01T03:00:00Z"]);
    let offset =
        create(json!({ "starts_at": "2026-01-01T10:00:00+01:00", "ends_at": "2026-01-01T10:00:00Z" }));
    assert_eq!(times(&offset), ["2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z"]);
    let twice = create(json!({ "starts_at": "2026-10-25T02:30", "ends_at": "2026-10-25T03:00" }));
    assert_eq!(times(&twice), ["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"], "of two, the first is meant");
}

fn a_time_that_a_clock_change_skips_is_refused(app: TestApp) {
    let post = |fields: Value| app.editor().post("/api/v1/events").json(&event(&fields));
    let skipped = json!({ "starts_at": "2026-03-29T02:30", "ends_at": "2026-03-29T05:00" });
    assert_eq!(post(skipped.clone()).expect(422).faults(), ["/starts_at"]);
    post(with(&skipped, &json!({ "time_zone": "UTC" }))).expect(201);
    for bad in [
        "morgen",
        "2026-07-01 10:00",
        "2026-07-01T25:00",
        "2026-07-01T10",
        "0001-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    ] {
        assert_eq!(post(json!({ "starts_at": bad })).expect(422).faults(), ["/starts_at"], "{bad}");
    }
    let zone = post(json!({ "time_zone": "Europe/Stuttgart" })).expect(422);
    assert_eq!(zone.faults(), ["/time_zone"]);
}

fn whole_days_begin_and_end_at_local_midnights(app: TestApp) {
    let days = event(&json!({ "starts_at": "2026-07-01", "ends_at": "2026-07-03", "all_day": true }));
    let created = app.editor().create(Kind::Event, &days);
    assert_eq!(times(&created), ["2026-06-30T22:00:00Z", "2026-07-02T22:00:00Z"]);
    let noon = with(&days, &json!({ "starts_at": "2026-07-01T12:00", "ends_at": "2026-07-03T00:00:00Z" }));
    assert_eq!(
        app.editor().post("/api/v1/events").json(&noon).expect(422).faults(),
        ["/starts_at", "/ends_at"]
    );
}

fn an_event_needs_a_beginning_and_an_end(app: TestApp) {
    let post = |body: &Value| app.editor().post("/api/v1/events").json(body);
    let whole = event(&json!({}));
    assert_eq!(post(&without(&whole, &["starts_at"])).expect(422).faults(), ["/starts_at"]);
    assert_eq!(post(&without(&whole, &["ends_at"])).expect(422).faults(), ["/ends_at"]);
    for end in ["2026-06-01T08:00:00Z", "2026-06-01T07:59:59Z"] {
        assert_eq!(post(&event(&json!({ "ends_at": end }))).expect(422).faults(), ["/ends_at"]);
    }
}

fn the_sequence_rises_when_a_calendar_must_know(app: TestApp) {
    let venue = json!({ "name": "Halle", "city": "Ulm" });
    let created = app.editor().create(Kind::Event, &event(&json!({ "venue": venue })));
    assert_eq!(created["sequence"], 0);
    let steps = [
        (json!({ "summary": { "de": "Anders." } }), 0),
        (json!({ "scope": "national", "languages": ["de"], "registration_url": "https://a.example" }), 0),
        (json!({ "title": { "de": "Anders" } }), 1),
        (json!({ "starts_at": "2026-06-01T09:00:00Z" }), 2),
        (json!({ "starts_at": "2026-06-01T11:00:00+02:00" }), 2),
        (json!({ "venue": { "name": "Saal" } }), 3),
        (json!({ "cancelled": true }), 4),
        (json!({ "status": "archived" }), 4),
        (json!({ "status": "published", "cancelled": false }), 5),
    ];
    for (patch, sequence) in steps {
        let changed = app.editor().change(Kind::Event, "treffen", &patch).json();
        assert_eq!(changed["sequence"], sequence, "{patch}");
    }
    app.editor().delete("/api/v1/events/treffen").if_match("*").expect(204);
    let restored = app.editor().post("/api/v1/events/treffen/restore").expect(200).json();
    assert_eq!(restored["sequence"], 5);
}

fn a_cancelled_event_stays_visible(app: TestApp) {
    app.editor().create(Kind::Event, &event(&json!({})));
    app.editor().change(Kind::Event, "treffen", &json!({ "cancelled": true }));
    assert_eq!(app.anonymous().get("/api/v1/events/treffen").expect(200).json()["cancelled"], true);
    assert_eq!(app.anonymous().get("/api/v1/events").expect(200).items().len(), 1);
}

fn events_are_sorted_by_their_beginning(app: TestApp) {
    for (title, day) in [("A", "03"), ("B", "01"), ("C", "02")] {
        let fields = json!({ "title": { "de": title }, "starts_at": format!("2026-06-{day}T08:00:00Z"), "ends_at": "2026-07-01T08:00:00Z" });
        app.editor().create(Kind::Event, &event(&fields));
    }
    assert_eq!(app.anonymous().get("/api/v1/events").expect(200).each("slug"), ["b", "c", "a"]);
    assert_eq!(app.anonymous().get("/api/v1/events?sort=title").expect(200).each("slug"), ["a", "b", "c"]);
    assert_eq!(
        app.anonymous().get("/api/v1/events?sort=-starts_at").expect(200).each("slug"),
        ["a", "c", "b"]
    );
}
