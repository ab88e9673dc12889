//! By what numbers are narrowed, and what their values are called.

use super::{create, get, names};
use crate::harness::{TestApp, Turmoil, on_both};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

on_both! {
    a_word_has_its_german_name_wherever_it_is_counted
    visibility_and_labels_narrow_numbers_and_graph
    filters_of_one_kind_leave_that_kind_in_the_numbers
    a_label_narrows_as_long_as_it_is_valid
    numbers_and_graph_know_every_filter_of_the_lists
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

/// The names of the parameters of an operation that reads, as the description has them.
fn parameters(document: &Value, path: &str) -> BTreeSet<String> {
    let list = document["paths"][path]["get"]["parameters"].as_array().unwrap().iter();
    let name = |parameter: &Value| {
        let parameter = match parameter["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => parameter,
        };
        (parameter["in"] == "query").then(|| parameter["name"].as_str().unwrap().to_owned())
    };
    list.filter_map(name).collect()
}

/// A query that narrows by a parameter, so that some of a landscape are left.
fn narrowed(name: &str, ids: &[String]) -> String {
    let value = match name {
        "q" => "optik",
        "ids" => return ids.iter().map(|id| format!("ids={id}")).collect::<Vec<_>>().join("&"),
        "updated_since" => "2026-05-13",
        "status" => "published",
        "region" => "DE111",
        "planning_region" => "stuttgart",
        "technology_field" => "photonik",
        "industry" => "C",
        "visibility" => "regional",
        "label" | "label_valid" => "spitzencluster",
        "cluster" => "ziel-cluster",
        "initiative" | "organiser" => "ziel-initiative",
        "network" => "ziel-network",
        "measure" => "optik",
        "fund" => "state",
        "year" => "2020",
        "scope" => "statewide",
        "event_format" => "onsite",
        "size_class" => "micro",
        "chamber" => "ihk-ulm",
        "bbox" => "8.9,48.6,9.3,48.9",
        "near" | "radius_km" => return "near=48.7758,9.1829&radius_km=20".to_owned(),
        "from" | "to" => "2026-06-15",
        other => panic!("a filter of lists that this test does not know: {other}"),
    };
    format!("{name}={value}")
}

fn numbers_and_graph_know_every_filter_of_the_lists(app: TestApp) {
    for kind in [Kind::Cluster, Kind::Initiative, Kind::Network] {
        create(&app, kind, "Ziel", json!({ "slug": format!("ziel-{}", kind.as_str()) }));
    }
    let mut turmoil = Turmoil::new(app.editor(), 17);
    for _ in 0..90 {
        app.clock.advance(chrono::TimeDelta::hours(1));
        turmoil.stir();
    }
    create(
        &app,
        Kind::Initiative,
        "Optik",
        json!({ "clusters": ["ziel-cluster"], "labels": [{ "label": "spitzencluster", "awarded_on": "2020-01-01" }] }),
    );
    create(&app, Kind::Network, "Optik", json!({ "initiatives": ["ziel-initiative"] }));
    create(&app, Kind::Measure, "Optik", json!({ "beneficiaries": ["ziel-network", "ziel-initiative"] }));
    create(&app, Kind::Event, "Optik", json!({ "organisers": ["ziel-initiative"] }));
    let affiliations = json!([{ "organisation": "ziel-initiative" }, { "organisation": "ziel-network" }]);
    create(&app, Kind::Member, "Optik", json!({ "affiliations": affiliations }));
    let ids: Vec<String> = turmoil.records().iter().step_by(3).map(|(_, id)| id.clone()).collect();
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let apart = ["as_of", "format", "cursor", "limit", "with_total", "sort", "kind"];
    let of_list = |kind: Kind| -> BTreeSet<String> {
        let all = parameters(&document, &format!("/api/v1/{}", kind.plural()));
        all.into_iter().filter(|name| !apart.contains(&name.as_str())).collect()
    };
    let of_all =
        |kinds: &[Kind]| -> BTreeSet<String> { kinds.iter().flat_map(|kind| of_list(*kind)).collect() };
    let nodes = [Kind::Cluster, Kind::Initiative, Kind::Network];
    let described = |path: &str| -> BTreeSet<String> {
        let all = parameters(&document, path).into_iter();
        all.filter(|name| name != "kind" && name != "format").collect()
    };
    assert_eq!(described("/api/v1/stats"), of_all(&Kind::ALL));
    assert_eq!(described("/api/v1/graph"), of_all(&nodes));
    let mut narrower = 0;
    for name in of_all(&Kind::ALL) {
        let query = narrowed(&name, &ids);
        let counted: BTreeMap<String, u64> = get(&app, &format!("stats?{query}")).json()["kinds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kind| (kind["kind"].as_str().unwrap().to_owned(), kind["count"].as_u64().unwrap()))
            .collect();
        let mut expected = BTreeMap::new();
        for kind in Kind::ALL.into_iter().filter(|kind| of_list(*kind).contains(&name)) {
            let total = |query: &str| {
                let list = format!("{}?limit=1&with_total=true&{query}", kind.plural());
                get(&app, &list).json()["total"].as_u64().unwrap()
            };
            narrower += u64::from((1..total("")).contains(&total(&query)));
            expected.insert(kind.as_str().to_owned(), total(&query));
        }
        assert_eq!(counted, expected, "{query}");
        if of_all(&nodes).contains(&name) {
            let of_kind = |kind: &str| expected.get(kind).copied().unwrap_or_default();
            let sum: u64 = nodes.iter().map(|kind| of_kind(kind.as_str())).sum();
            let graph = get(&app, &format!("graph?{query}")).json();
            assert_eq!(graph["nodes"].as_array().unwrap().len() as u64, sum, "{query}");
        } else {
            app.anonymous().get(&format!("/api/v1/graph?{query}")).expect(400);
        }
    }
    assert!(narrower > 15, "{narrower} filters left something, and not all");
    for path in ["stats", "graph"] {
        for (query, fault) in [
            ("cluster=nirgends", "cluster"),
            ("status=draft", "status"),
            ("nein=1", "nein"),
            ("near=1,1", "radius_km"),
        ] {
            let refused =
                app.auditor().get(&format!("/api/v1/{path}?{query}&label=spitzencluster")).expect(400);
            assert_eq!(refused.faults(), [fault], "{path}?{query}");
        }
    }
}
