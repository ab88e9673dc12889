//! By what numbers are narrowed, and what their values are called.

use super::{create, get};
use crate::harness::{TestApp, on_both};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_word_has_its_german_name_wherever_it_is_counted
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
