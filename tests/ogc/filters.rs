//! `bbox`, `datetime`, and the filters of each kind.

use super::{is_dated, items, located_kinds, names, place, text};
use crate::harness::{Records as _, TestApp, located, on_both, with};
use domain::{kind::Kind, query::Scope};
use serde_json::{Value, json};

on_both! {
    a_box_selects_what_lies_in_it
    a_box_may_span_the_antimeridian
    a_moment_or_an_interval_selects_what_it_meets
    a_moment_means_nothing_to_what_has_no_period
    every_filter_finds_what_it_finds_in_the_api
}

/// The names of the features that a query finds.
#[track_caller]
fn found(app: &TestApp, kind: Kind, query: &str) -> Vec<String> {
    let page = app.anonymous().get(&format!("{}?{query}", items(kind))).expect(200).json();
    assert_eq!(page["numberMatched"], names(&page).len(), "{query}");
    names(&page)
}

#[track_caller]
fn refused(app: &TestApp, kind: Kind, query: &str, name: &str) {
    let answer = app.anonymous().get(&format!("{}?{query}", items(kind))).send();
    assert_eq!((answer.status, answer.faults()), (400, vec![name.to_owned()]), "{kind} {query}");
}

fn a_box_selects_what_lies_in_it(app: TestApp) {
    for kind in located_kinds() {
        for (name, at) in
            [("Freiburg", [47.999, 7.8421]), ("Stuttgart", [48.7758, 9.1829]), ("Ulm", [48.4011, 9.9876])]
        {
            place(&app, kind, name, at);
        }
        let all: &[&str] = &["Freiburg", "Stuttgart", "Ulm"];
        let cases: [(&str, &[&str]); 11] = [
            ("9.0,48.5,9.5,49.0", &["Stuttgart"]),
            ("9.1829,48.7758,9.1829,48.7758", &["Stuttgart"]),
            ("9.1829,48.7758,9.9876,49", &["Stuttgart"]),
            ("9.183,48.7,9.9,49", &[]),
            ("-180,-90,180,90", all),
            ("7,47,11,50", all),
            ("9.0,48.5,-500,9.5,49.0,9000", &["Stuttgart"]),
            ("9.0,48.5,0,9.5,49.0,0", &["Stuttgart"]),
            ("9.5,40,9,50", &["Freiburg", "Ulm"]),
            ("170,-10,-170,10", &[]),
            ("9,48.5,9.5,49&q=ulm", &[]),
        ];
        for (bbox, expected) in cases {
            assert_eq!(found(&app, kind, &format!("bbox={bbox}")), expected, "{kind} {bbox}");
        }
        assert_eq!(found(&app, kind, "bbox=9.0%2C48.5%2C9.5%2C49.0"), ["Stuttgart"], "percent-encoded");
        for bad in [
            "",
            "1",
            "1,2,3",
            "1,2,3,4,5",
            "1,2,3,4,5,6,7",
            "a,b,c,d",
            "9,49,10,48",
            "9,49,0,10,48,1",
            "9,48,5,10,49,1",
            "-181,0,0,0",
            "0,0,181,0",
            "0,-91,0,0",
            "0,0,0,91",
            "NaN,0,1,1",
            "0,0,inf,1",
            "9;48;10;49",
            "9,48,10,",
        ] {
            refused(&app, kind, &format!("bbox={bad}"), "bbox");
        }
        refused(&app, kind, "bbox=9,48,10,49&bbox=9,48,10,49", "bbox");
    }
}

fn a_box_may_span_the_antimeridian(app: TestApp) {
    for (name, at) in [
        ("Fidschi", [-17.8, 178.0]),
        ("Samoa", [-13.8, -172.1]),
        ("Stuttgart", [48.8, 9.2]),
        ("Grenze", [0.0, 180.0]),
    ] {
        place(&app, Kind::Event, name, at);
    }
    assert_eq!(found(&app, Kind::Event, "bbox=170,-40,-170,40"), ["Fidschi", "Samoa", "Grenze"]);
    assert_eq!(found(&app, Kind::Event, "bbox=170,-40,0,-170,40,1"), ["Fidschi", "Samoa", "Grenze"]);
    assert_eq!(found(&app, Kind::Event, "bbox=179,-1,180,1"), ["Grenze"]);
    assert_eq!(found(&app, Kind::Event, "bbox=180,-90,-180,90"), ["Grenze"]);
    let extent =
        app.anonymous().get("/ogc/collections/events").expect(200).json()["extent"]["spatial"]["bbox"]
            .clone();
    assert_eq!(extent, json!([[-172.1, -17.8, 180.0, 48.8]]));
}

fn a_moment_or_an_interval_selects_what_it_meets(app: TestApp) {
    for (name, starts_at, ends_at) in [
        ("Mai", "2026-05-20T08:00:00Z", "2026-05-22T16:00:00Z"),
        ("Juni", "2026-06-01T08:00:00Z", "2026-06-01T10:00:00Z"),
        ("Juli", "2026-07-10T08:00:00Z", "2026-07-10T10:00:00Z"),
    ] {
        let period = json!({ "starts_at": starts_at, "ends_at": ends_at });
        app.admin().create(Kind::Event, &with(&located(Kind::Event, name, [48.8, 9.2]), &period));
    }
    let all: &[&str] = &["Mai", "Juni", "Juli"];
    let cases: [(&str, &[&str]); 19] = [
        ("2026-05-21T12:00:00Z", &["Mai"]),
        ("2026-05-20T08:00:00Z", &["Mai"]),
        ("2026-05-21T14:00:00%2B02:00", &["Mai"]),
        ("2026-05-25T12:00:00Z", &[]),
        ("2026-06-01T10:00:01Z", &[]),
        ("2026-05-22T15:00:00Z/2026-06-01T08:00:00Z", &["Mai", "Juni"]),
        ("2026-05-23T00:00:00Z/2026-06-01T07:59:59Z", &[]),
        ("2026-06-01T00:00:00Z/..", &["Juni", "Juli"]),
        ("2026-06-01T00:00:00Z/", &["Juni", "Juli"]),
        ("../2026-06-01T08:00:00Z", &["Mai", "Juni"]),
        ("/2026-06-01T08:00:00Z", &["Mai", "Juni"]),
        ("..%2F2026-06-01T08:00:00Z", &["Mai", "Juni"]),
        ("0001-01-01T00:00:00Z/9999-12-31T23:59:59Z", all),
        ("2026-06-01T08:00:00Z/2026-06-01T08:00:00Z", &["Juni"]),
        ("2026-06-01", &["Juni"]),
        ("2026-06", &["Juni"]),
        ("2026", all),
        ("2026-05-21/2026-05-21", &["Mai"]),
        ("2026-06-01t08:00:00z", &["Juni"]),
    ];
    for (datetime, expected) in cases {
        assert_eq!(found(&app, Kind::Event, &format!("datetime={datetime}")), expected, "{datetime}");
    }
}

fn a_moment_means_nothing_to_what_has_no_period(app: TestApp) {
    for kind in located_kinds() {
        place(&app, kind, "A", [48.8, 9.2]);
        for datetime in ["2001-01-01T00:00:00Z", "../2001-01-01T00:00:00Z", "2090-01-01T00:00:00Z/.."] {
            let expected = usize::from(!is_dated(kind));
            assert_eq!(
                found(&app, kind, &format!("datetime={datetime}")).len(),
                expected,
                "{kind} {datetime}"
            );
        }
        for bad in [
            "",
            "x",
            "/",
            "..",
            "../..",
            "/..",
            "2026-06-02T00:00:00Z/2026-06-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-06-01T25:00:00Z",
            "2026-06-01T08:00:00",
            "2026-06-01T08:00:00Z/x",
            "a/b/c",
            "2026-06-01T00:00:00Z/2026-06-02T00:00:00Z/..",
            "26-06-01",
            "99999-01-01T00:00:00Z",
            "today",
            "P1Y/2026-06-01T00:00:00Z",
        ] {
            refused(&app, kind, &format!("datetime={bad}"), "datetime");
        }
        refused(&app, kind, "datetime=2026-06-01&datetime=2026-06-02", "datetime");
    }
}

fn every_filter_finds_what_it_finds_in_the_api(app: TestApp) {
    app.load_demo();
    let mut tried = 0;
    for kind in located_kinds() {
        let api = format!("/api/v1/{}", kind.plural());
        let mut queries: Vec<String> = [
            "q=netz",
            "near=48.78,9.18&radius_km=20",
            "updated_since=2020-01-01",
            "q=netz&near=48.78,9.18&radius_km=60&bbox=8,48,9.5,49",
        ]
        .map(str::to_owned)
        .into();
        let facets = app.anonymous().get(&format!("{api}/facets")).expect(200).json();
        for facet in Scope::of_kind(kind).facets {
            let values = facets["facets"][facet.as_str()].as_array().unwrap();
            let values: Vec<&str> = values.iter().map(|value| text(&value["value"])).collect();
            queries.extend(values.iter().take(3).map(|value| format!("{}={value}", facet.as_str())));
            queries.extend(
                values
                    .first()
                    .zip(values.last())
                    .map(|(one, other)| format!("{0}={one}&{0}={other}&bbox=7,47,11,50", facet.as_str())),
            );
            let bad = format!("{}=%3Cscript%3E", facet.as_str());
            refused(&app, kind, &bad, facet.as_str());
        }
        for query in queries {
            let exported = app.anonymous().get(&format!("{api}.geojson?{query}")).expect(200).json();
            let located: Vec<&Value> = exported["features"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|it| !it["geometry"].is_null())
                .collect();
            let page = app.anonymous().get(&format!("{}?{query}&limit=1000", items(kind))).expect(200).json();
            assert_eq!(page["numberMatched"], located.len(), "{kind} {query}");
            assert_eq!(
                page["features"].as_array().unwrap().iter().collect::<Vec<_>>(),
                located,
                "{kind} {query}"
            );
            tried += usize::from(!located.is_empty());
        }
        let one =
            &app.anonymous().get(&format!("{}?limit=1", items(kind))).expect(200).json()["features"][0]["id"];
        assert_eq!(found(&app, kind, &format!("ids={}", text(one))).len(), 1);
    }
    assert!(tried > 60, "{tried}");
}
