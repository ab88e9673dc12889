//! Insight: numbers, the page of a region, admission; connections and counters in files of their own.

use crate::harness::{Answer, Records as _, TestApp, Turmoil, minimal, nobodys_id, on_both, with};
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use domain::{kind::Kind, time::today};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) mod counters;
mod filters;
mod graph;

on_both! {
    the_numbers_are_those_of_the_lists
    numbers_follow_a_write_at_once_on_every_instance
    an_atlas_shows_who_is_at_work_in_a_region
    an_atlas_counts_who_is_at_work_by_seat_and_by_members
    an_atlas_shows_the_events_ahead_and_none_that_is_over
    an_atlas_of_no_region_is_not_found
    each_criterion_of_admission_has_its_states
    admission_counts_what_the_public_sees_today
    admission_is_under_the_address_of_the_record
}

#[track_caller]
fn get(app: &TestApp, path: &str) -> Answer {
    app.anonymous().get(&format!("/api/v1/{path}")).expect(200)
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[track_caller]
fn create(app: &TestApp, kind: Kind, name: &str, fields: Value) -> String {
    id(&app.admin().create(kind, &with(&minimal(kind, name), &fields))).to_owned()
}

#[track_caller]
fn stats_of(stats: &Value, kind: Kind) -> Value {
    let kinds = stats["kinds"].as_array().unwrap();
    kinds.iter().find(|stats| stats["kind"] == kind.as_str()).unwrap_or_else(|| panic!("{kind}")).clone()
}

/// In which year a record began.
fn year(record: &Value) -> Option<i32> {
    match (record["starts_at"].as_str(), record["starts_on"].as_str().or(record["founded_on"].as_str())) {
        (Some(moment), _) => Some(today(moment.parse::<DateTime<Utc>>().unwrap()).year()),
        (None, Some(day)) => Some(day[..4].parse().unwrap()),
        (None, None) => None,
    }
}

fn the_numbers_are_those_of_the_lists(app: TestApp) {
    let mut turmoil = Turmoil::new(app.editor(), 5);
    (0..80).for_each(|_| turmoil.stir());
    create(
        &app,
        Kind::Event,
        "Silvester",
        json!({
            "starts_at": "2025-12-31T23:30:00Z", "ends_at": "2026-01-01T01:00:00Z",
        }),
    );
    for filter in ["", "region=DE111", "technology_field=photonik&region=DE1"] {
        let stats = get(&app, &format!("stats?{filter}")).json();
        for stats in stats["kinds"].as_array().unwrap() {
            let plural = Kind::parse(stats["kind"].as_str().unwrap()).unwrap().plural();
            let total = |filter: &str| {
                get(&app, &format!("{plural}?{filter}&limit=1&with_total=true")).json()["total"].clone()
            };
            assert_eq!(stats["count"], total(filter), "{plural}");
            for (facet, counts) in stats["facets"].as_object().unwrap() {
                for count in counts.as_array().unwrap() {
                    let narrower = format!("{filter}&{facet}={}", count["value"].as_str().unwrap());
                    // A repeated filter would widen it.
                    if !filter.contains(&format!("{facet}=")) {
                        assert_eq!(count["count"], total(&narrower), "{plural}?{narrower}");
                    }
                }
                let facets = get(&app, &format!("{plural}/facets?{filter}")).json();
                assert_eq!(*counts, facets["facets"][facet], "{plural} by {facet}");
            }
            let mut years: BTreeMap<i32, i64> = BTreeMap::new();
            for record in get(&app, &format!("{plural}?{filter}&limit=200")).items() {
                if let Some(year) = year(&record) {
                    *years.entry(year).or_default() += 1;
                }
            }
            let years: Vec<Value> =
                years.iter().map(|(year, count)| json!({ "year": year, "count": count })).collect();
            assert_eq!(stats["years"], Value::from(years), "{plural}");
        }
    }
    let kinds = |query: &str| -> Vec<String> {
        let stats = get(&app, &format!("stats?{query}")).json();
        stats["kinds"].as_array().unwrap().iter().map(|stats| stats["kind"].to_string()).collect()
    };
    assert_eq!(kinds("").len(), Kind::ALL.len());
    assert_eq!(kinds("kind=event&kind=cluster"), ["\"cluster\"", "\"event\""]);
    assert_eq!(kinds("industry=C"), ["\"cluster\"", "\"initiative\"", "\"network\"", "\"member\""]);
    for path in ["stats", "stats?kind=member&industry=C", "regions/DE1/atlas", "graph"] {
        let for_staff = app.auditor().get(&format!("/api/v1/{path}")).expect(200).json();
        assert_eq!(for_staff, get(&app, path).json(), "{path}: the public's, whoever asks");
    }
    for (query, fault) in
        [("region=DE2", "region"), ("kind=x", "kind"), ("listing=x", "listing"), ("as_of=x", "as_of")]
    {
        let refused = app.anonymous().get(&format!("/api/v1/stats?{query}")).expect(400);
        assert_eq!(refused.faults(), [fault]);
    }
}

fn numbers_follow_a_write_at_once_on_every_instance(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let seen = |expected: usize| {
        for app in [&app, &second] {
            assert_eq!(stats_of(&get(app, "stats").json(), Kind::Member)["count"], expected);
            let facets = get(app, "members/facets").json();
            let count = facets["facets"]["size_class"][0]["count"].as_u64().unwrap_or_default();
            assert_eq!(count, expected as u64);
            assert_eq!(get(app, "regions/DE111/atlas").json()["members"]["count"], expected);
        }
    };
    seen(0);
    let member = create(&app, Kind::Member, "M", json!({ "size_class": "small" }));
    seen(1);
    create(&second, Kind::Member, "N", json!({ "size_class": "small" }));
    seen(2);
    app.editor().change(Kind::Member, &member, &json!({ "public": false }));
    seen(1);
    second.editor().change(Kind::Member, &member, &json!({ "public": true }));
    seen(2);
    let address = format!("/api/v1/members/{member}");
    app.editor().delete(&address).if_match("*").expect(204);
    seen(1);
    app.editor().post(&format!("{address}/restore")).expect(200);
    seen(2);
    create(&app, Kind::Member, "Entwurf", json!({ "size_class": "small", "status": "draft" }));
    seen(2);
}

fn names(list: &Value) -> Vec<String> {
    let name = |item: &Value| item.get("name").map_or_else(|| item["title"]["de"].clone(), Clone::clone);
    list.as_array().unwrap().iter().map(|item| name(item).as_str().unwrap().to_owned()).collect()
}

fn an_atlas_shows_who_is_at_work_in_a_region(app: TestApp) {
    for (name, regions) in [
        ("Stadt", json!(["DE111"])),
        ("Kreis", json!(["DE112"])),
        ("Bezirk", json!(["DE11"])),
        ("Land", json!(["DE1"])),
        ("Freiburg", json!(["DE131"])),
        ("Beides", json!(["DE131", "DE112"])),
    ] {
        for kind in [Kind::Cluster, Kind::Initiative, Kind::Network] {
            create(&app, kind, &format!("{name} {kind}"), json!({ "regions": regions }));
            let hidden = json!({ "regions": regions, "status": "draft" });
            create(&app, kind, &format!("Geheim {name} {kind}"), hidden);
        }
    }
    create(&app, Kind::Member, "Firma", json!({ "region": "DE111", "size_class": "small" }));
    create(&app, Kind::Member, "Fern", json!({ "region": "DE131" }));
    create(&app, Kind::Member, "Privat", json!({ "region": "DE111", "public": false }));
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("DE111", &["Bezirk", "Land", "Stadt"], &["Stadt"]),
        ("DE112", &["Beides", "Bezirk", "Kreis", "Land"], &["Beides", "Kreis"]),
        ("DE11", &["Beides", "Bezirk", "Kreis", "Land", "Stadt"], &["Beides", "Bezirk", "Kreis", "Stadt"]),
        (
            "DE1",
            &["Beides", "Bezirk", "Freiburg", "Kreis", "Land", "Stadt"],
            &["Beides", "Bezirk", "Freiburg", "Kreis", "Land", "Stadt"],
        ),
    ];
    for (region, clusters, seated) in cases {
        let atlas = get(&app, &format!("regions/{region}/atlas")).json();
        assert_eq!(atlas["region"]["code"], region);
        for (kind, expected) in
            [(Kind::Cluster, clusters), (Kind::Initiative, seated), (Kind::Network, seated)]
        {
            let expected: Vec<String> = expected.iter().map(|name| format!("{name} {kind}")).collect();
            assert_eq!(names(&atlas[kind.plural()]), expected, "{kind} in {region}");
        }
    }
    let atlas = get(&app, "regions/DE11/atlas").json();
    assert_eq!(atlas["members"]["count"], 1);
    assert_eq!(atlas["members"]["facets"]["size_class"][0]["value"], "small");
    assert_eq!(get(&app, "regions/DE1/atlas").json()["members"]["count"], 2);
}

fn an_atlas_counts_who_is_at_work_by_seat_and_by_members(app: TestApp) {
    let stuttgart = json!({ "lat": 48.7758, "lon": 9.1829 });
    for kind in [Kind::Initiative, Kind::Network] {
        let name = |what: &str| format!("{what} {kind}");
        create(&app, kind, &name("Sitz"), json!({ "regions": ["DE1"], "location": stuttgart }));
        let elsewhere = create(&app, kind, &name("Anderswo"), json!({ "regions": ["DE131"] }));
        create(&app, kind, &name("Land"), json!({ "regions": ["DE1"] }));
        let hidden = create(&app, kind, &name("Geheim"), json!({ "regions": ["DE131"], "status": "draft" }));
        let belongs = |id: &str, until: &str| json!([{ "organisation": id, "until": until }]);
        let member = |region: &str, affiliations: Value, public: bool| {
            let fields = json!({ "region": region, "affiliations": affiliations, "public": public });
            create(&app, Kind::Member, "M", fields);
        };
        member("DE111", belongs(&elsewhere, "2026-12-31"), true);
        member("DE111", belongs(&elsewhere, "2026-12-31"), true);
        member("DE111", belongs(&elsewhere, "2026-01-31"), true);
        member("DE111", belongs(&elsewhere, "2026-12-31"), false);
        member("DE112", belongs(&elsewhere, "2026-12-31"), true);
        member("DE111", belongs(&hidden, "2026-12-31"), true);
        let shown = |region: &str| -> Vec<(String, i64)> {
            let atlas = get(&app, &format!("regions/{region}/atlas")).json();
            let list = atlas[kind.plural()].as_array().unwrap().clone();
            let item = |item: &Value| {
                assert!(item["id"].is_string() && item["slug"].is_string(), "{item}");
                (item["name"].as_str().unwrap().to_owned(), item["member_count"].as_i64().unwrap())
            };
            list.iter().map(item).collect()
        };
        assert_eq!(shown("DE111"), [(name("Anderswo"), 2), (name("Sitz"), 0)]);
        assert_eq!(shown("DE112"), [(name("Anderswo"), 1)]);
        assert_eq!(shown("DE131"), [(name("Anderswo"), 0)]);
        assert_eq!(shown("DE11"), [(name("Anderswo"), 3), (name("Sitz"), 0)]);
        assert_eq!(shown("DE1"), [(name("Anderswo"), 3), (name("Land"), 0), (name("Sitz"), 0)]);
    }
}

fn an_atlas_shows_the_events_ahead_and_none_that_is_over(app: TestApp) {
    let at = |from: &str, to: &str| json!({ "region": "DE111", "starts_at": format!("2026-05-{from}:00Z"), "ends_at": format!("2026-05-{to}:00Z") });
    create(&app, Kind::Event, "Vorbei", at("12T07:00", "12T09:00"));
    create(&app, Kind::Event, "Läuft", at("12T09:00", "12T11:00"));
    create(&app, Kind::Event, "Später", at("20T09:00", "20T11:00"));
    create(&app, Kind::Event, "Bald", at("12T11:30", "12T12:00"));
    create(&app, Kind::Event, "Geheim", with(&at("12T11:30", "12T12:00"), &json!({ "status": "draft" })));
    create(&app, Kind::Event, "Fern", with(&at("13T09:00", "13T10:00"), &json!({ "region": "DE131" })));
    for _ in 0..25 {
        create(
            &app,
            Kind::Event,
            "Abgesagt",
            with(&at("12T11:15", "12T12:00"), &json!({ "cancelled": true })),
        );
    }
    let shown = |region: &str| names(&get(&app, &format!("regions/{region}/atlas")).json()["events"]);
    assert_eq!(shown("DE111"), ["Läuft", "Bald", "Später"]);
    assert_eq!(shown("DE1"), ["Läuft", "Bald", "Fern", "Später"]);
    app.clock.set("2026-05-12T11:00:01Z");
    assert_eq!(shown("DE111"), ["Bald", "Später"], "within the same day");
    app.clock.set("2026-05-12T12:00:01Z");
    assert_eq!(shown("DE111"), ["Später"]);
    app.clock.set("2026-05-21T00:00:00Z");
    assert_eq!(shown("DE111"), [""; 0]);
}

fn an_atlas_of_no_region_is_not_found(app: TestApp) {
    for code in ["DE2", "de2", "DE999", "x", "DE111%00", "%F0%9F%A6%80", "DE111%27--"] {
        app.anonymous().get(&format!("/api/v1/regions/{code}/atlas")).expect(404);
    }
    let refused = app.anonymous().get("/api/v1/regions/DE1/atlas?limit=3").expect(400);
    assert_eq!(refused.faults(), ["limit"]);
}

/// The states of all criteria of an initiative, in order.
#[track_caller]
fn states(app: &TestApp, key: &str) -> BTreeMap<String, String> {
    let admission = get(app, &format!("initiatives/{key}/admission")).json();
    let state = |criterion: &Value| {
        assert!(!criterion["evidence"].as_str().unwrap().is_empty());
        let [set, id, state] = ["set", "id", "state"].map(|field| criterion[field].as_str().unwrap());
        (format!("{set}/{id}"), state.to_owned())
    };
    admission["criteria"].as_array().unwrap().iter().map(state).collect()
}

fn in_state<'a>(states: &'a BTreeMap<String, String>, state: &str) -> Vec<&'a str> {
    states.iter().filter(|(_, known)| *known == state).map(|(id, _)| id.as_str()).collect()
}

fn each_criterion_of_admission_has_its_states(app: TestApp) {
    create(&app, Kind::Initiative, "I", json!({}));
    let first = states(&app, "i");
    assert_eq!(first.len(), 9);
    assert_eq!(in_state(&first, "met"), ["state/field"]);
    assert_eq!(in_state(&first, "unknown"), ["europe/full_time_equivalents", "state/companies"]);
    app.editor().change(
        Kind::Initiative,
        "i",
        &json!({
            "website": "https://i.example",
            "management": { "organisation": "GmbH", "full_time_equivalents": 0.4 },
            "contact": { "organisation": "GmbH" },
            "services": [{ "de": "Beratung" }],
        }),
    );
    let second = states(&app, "i");
    assert_eq!(in_state(&second, "met"), ["state/field", "state/management", "state/services"]);
    assert_eq!(second["europe/full_time_equivalents"], "not_met");
    app.editor().change(Kind::Initiative, "i", &json!({ "management": { "full_time_equivalents": 0.5 } }));
    assert_eq!(states(&app, "i")["europe/full_time_equivalents"], "met");
    for number in 1..=3 {
        assert_eq!(states(&app, "i")["state/events"], "not_met");
        create(
            &app,
            Kind::Event,
            &format!("E{number}"),
            json!({
                "organisers": ["i"], "starts_at": "2026-05-12T08:00:00Z", "ends_at": "2026-05-13T08:00:00Z",
            }),
        );
    }
    assert_eq!(states(&app, "i")["state/events"], "met");
    let belongs = json!({ "affiliations": [{ "organisation": "i" }] });
    for number in 1..=16 {
        let (kind, companies) = if number <= 7 { ("university", "not_met") } else { ("company", "") };
        create(&app, Kind::Member, &format!("M{number}"), with(&belongs, &json!({ "kind": kind })));
        let states = states(&app, "i");
        let met = |is_met: bool| if is_met { "met" } else { "not_met" };
        assert_eq!(states["state/members"], met(number >= 12), "{number} members");
        assert_eq!(states["europe/european_members"], met(number >= 15), "{number} members");
        assert_eq!(states["europe/member_kinds"], met(number > 7), "{number} members");
        let expected = if companies.is_empty() { met((number - 7) * 2 >= number) } else { companies };
        assert_eq!(states["state/companies"], expected, "{number} members");
    }
    assert_eq!(in_state(&states(&app, "i"), "met").len(), 9);
}

fn admission_counts_what_the_public_sees_today(app: TestApp) {
    create(&app, Kind::Initiative, "I", json!({}));
    let evidence = |id: &str| {
        let admission = get(&app, "initiatives/i/admission").json();
        let criteria = admission["criteria"].as_array().unwrap().clone();
        let criterion = criteria.into_iter().find(|criterion| criterion["id"] == id).unwrap();
        let words = criterion["evidence"].as_str().unwrap().to_owned();
        words.split(' ').next().unwrap().parse::<u32>().unwrap()
    };
    let belongs = |until: &str| json!({ "affiliations": [{ "organisation": "i", "until": until }] });
    create(&app, Kind::Member, "Da", belongs("2026-05-12"));
    create(&app, Kind::Member, "Weg", belongs("2026-05-11"));
    create(&app, Kind::Member, "Privat", with(&belongs("2027-01-01"), &json!({ "public": false })));
    let event = |starts: &str, fields: Value| {
        let times = json!({ "organisers": ["i"], "starts_at": starts, "ends_at": "2026-12-31T00:00:00Z" });
        with(&times, &fields)
    };
    create(&app, Kind::Event, "Eben", event("2026-05-12T10:00:00Z", json!({})));
    create(&app, Kind::Event, "Bald", event("2026-05-12T10:00:01Z", json!({})));
    create(&app, Kind::Event, "Abgesagt", event("2026-05-01T10:00:00Z", json!({ "cancelled": true })));
    create(&app, Kind::Event, "Entwurf", event("2026-05-01T10:00:00Z", json!({ "status": "draft" })));
    create(&app, Kind::Event, "Alt", event("2025-05-12T10:00:00Z", json!({})));
    create(&app, Kind::Event, "Knapp", event("2025-05-12T10:00:01Z", json!({})));
    assert_eq!((evidence("events"), evidence("members")), (2, 1));
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(evidence("events"), 2, "one has begun, one is too long ago");
    app.clock.set("2026-05-12T22:00:00Z");
    assert_eq!(evidence("members"), 0);
}

fn admission_is_under_the_address_of_the_record(app: TestApp) {
    let initiative = create(&app, Kind::Initiative, "Alt", json!({}));
    create(&app, Kind::Initiative, "Entwurf", json!({ "status": "draft" }));
    app.editor().change(Kind::Initiative, "alt", &json!({ "slug": "neu" }));
    let ask = |key: &str| app.anonymous().get(&format!("/api/v1/initiatives/{key}/admission"));
    let by_id = ask(&initiative).expect(200);
    assert_eq!(by_id.body, ask("neu").expect(200).body);
    let moved = ask("alt").expect(308).header("location");
    assert!(moved.ends_with("/api/v1/initiatives/neu/admission"), "{moved}");
    for key in ["entwurf", "gibt-es-nicht", &nobodys_id().to_string(), "Kein%20Slug"] {
        ask(key).expect(404);
    }
    app.editor().get("/api/v1/initiatives/entwurf/admission").expect(200);
    app.editor().delete("/api/v1/initiatives/neu").if_match("*").expect(204);
    for key in [initiative.as_str(), "neu", "alt"] {
        ask(key).expect(410);
    }
    assert_eq!(app.editor().get("/api/v1/initiatives/neu/admission?x=1").expect(400).faults(), ["x"]);
}
