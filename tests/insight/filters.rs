//! By what numbers are narrowed, and what their values are called.

use super::{create, get, names};
use crate::harness::{TestApp, on_both};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_word_has_its_german_name_wherever_it_is_counted
    visibility_and_labels_narrow_numbers_and_graph
    filters_of_one_kind_leave_that_kind_in_the_numbers
    a_label_narrows_as_long_as_it_is_valid
}

fn a_word_has_its_german_name_wherever_it_is_counted(app: TestApp) {
    create(
        &app,
        Kind::Member,
        "M",
        json!({ "kind": "university", "size_class": "micro", "region": "DE111" }),
    );
    create(&app, Kind::Initiative, "I", json!({ "visibility": "national" }));
    create(&app, Kind::Measure, "F", json!({ "kind": "funding" }));
    create(&app, Kind::Event, "E", json!({ "scope": "statewide", "format": "onsite" }));
    let only = |counts: &Value| counts.as_array().unwrap()[0]["name"].as_str().unwrap().to_owned();
    let facet = |kind: &str, facet: &str| only(&get(&app, &format!("{kind}/facets")).json()["facets"][facet]);
    assert_eq!(facet("members", "kind"), "Hochschule");
    assert_eq!(facet("members", "size_class"), "Kleinstunternehmen");
    assert_eq!(facet("initiatives", "visibility"), "National");
    assert_eq!(facet("measures", "kind"), "Förderung");
    assert_eq!(facet("events", "scope"), "Landesweit");
    assert_eq!(facet("events", "event_format"), "Vor Ort");
    let stats = get(&app, "stats?kind=member&kind=measure").json();
    let kinds: Vec<String> =
        stats["kinds"].as_array().unwrap().iter().map(|kind| only(&kind["facets"]["kind"])).collect();
    assert_eq!(kinds, ["Förderung", "Hochschule"]);
    let atlas = get(&app, "regions/DE111/atlas").json();
    assert_eq!(only(&atlas["members"]["facets"]["size_class"]), "Kleinstunternehmen");
}

/// How many of which kind.
fn kinds(app: &TestApp, query: &str) -> Vec<String> {
    let stats = get(app, &format!("stats?{query}")).json();
    let kinds = stats["kinds"].as_array().unwrap().iter();
    kinds.map(|kind| format!("{} {}", kind["kind"].as_str().unwrap(), kind["count"])).collect()
}

fn nodes(app: &TestApp, query: &str) -> Vec<String> {
    names(&get(app, &format!("graph?{query}")).json()["nodes"])
}

fn label(until: &str) -> Value {
    json!([{ "label": "cluster-exzellenz-bw", "awarded_on": "2024-05-20", "valid_until": until }])
}

fn visibility_and_labels_narrow_numbers_and_graph(app: TestApp) {
    create(&app, Kind::Cluster, "C", json!({ "visibility": "international" }));
    create(
        &app,
        Kind::Initiative,
        "I",
        json!({ "visibility": "international", "labels": label("2026-05-20") }),
    );
    create(&app, Kind::Initiative, "J", json!({ "visibility": "regional", "labels": label("2026-05-01") }));
    create(&app, Kind::Network, "N", json!({ "visibility": "national" }));
    assert_eq!(kinds(&app, "visibility=international"), ["cluster 1", "initiative 1", "network 0"]);
    assert_eq!(nodes(&app, "visibility=international"), ["C", "I"]);
    assert_eq!(nodes(&app, "visibility=international&visibility=national"), ["C", "I", "N"]);
    assert_eq!(kinds(&app, "label=cluster-exzellenz-bw"), ["initiative 2", "network 0"]);
    assert_eq!(kinds(&app, "label_valid=cluster-exzellenz-bw"), ["initiative 1", "network 0"]);
    assert_eq!(nodes(&app, "label_valid=cluster-exzellenz-bw"), ["I"]);
    assert_eq!(nodes(&app, "label=cluster-exzellenz-bw&visibility=regional"), ["J"]);
    for path in ["stats", "graph"] {
        for (name, value) in [("visibility", "x"), ("label_valid", "x"), ("listing", "listed")] {
            let refused = app.anonymous().get(&format!("/api/v1/{path}?{name}={value}")).expect(400);
            assert_eq!(refused.faults(), [name], "{path}");
        }
    }
}

fn filters_of_one_kind_leave_that_kind_in_the_numbers(app: TestApp) {
    create(&app, Kind::Member, "M", json!({ "size_class": "micro" }));
    create(&app, Kind::Event, "E", json!({ "scope": "statewide", "format": "onsite" }));
    assert_eq!(kinds(&app, "size_class=micro"), ["member 1"]);
    assert_eq!(kinds(&app, "size_class=large"), ["member 0"]);
    assert_eq!(kinds(&app, "chamber=ihk-ulm"), ["member 0"]);
    assert_eq!(kinds(&app, "scope=statewide&event_format=onsite"), ["event 1"]);
    assert_eq!(kinds(&app, "scope=statewide&size_class=micro"), [""; 0]);
    for name in ["size_class", "chamber", "scope", "event_format"] {
        assert_eq!(app.anonymous().get(&format!("/api/v1/stats?{name}=x")).expect(400).faults(), [name]);
        assert_eq!(app.anonymous().get(&format!("/api/v1/graph?{name}=x")).expect(400).faults(), [name]);
    }
}

fn a_label_narrows_as_long_as_it_is_valid(app: TestApp) {
    create(&app, Kind::Initiative, "I", json!({ "labels": label("2026-05-20") }));
    let query = "label_valid=cluster-exzellenz-bw";
    assert_eq!(
        (kinds(&app, query), nodes(&app, query)),
        (vec!["initiative 1".into(), "network 0".into()], vec!["I".into()])
    );
    app.clock.advance(chrono::TimeDelta::days(9));
    assert_eq!(
        (kinds(&app, query), nodes(&app, query)),
        (vec!["initiative 0".into(), "network 0".into()], vec![])
    );
}
