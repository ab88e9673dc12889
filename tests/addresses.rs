//! Addresses that do not exist: a 404 names the nearest one that does.

use crate::harness::{PUBLIC_URL, TestApp, on_both};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

on_both! {
    a_wrong_address_names_the_nearest_known_one
    nothing_is_redirected_to_the_nearest_address
    what_is_like_nothing_names_what_lies_above
}

/// The known addresses of the description, with something for each parameter.
fn known(app: &TestApp) -> Vec<String> {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let paths = document["paths"].as_object().unwrap();
    let filled = |path: &String| {
        let segments = path.split('/').map(|segment| if segment.starts_with('{') { "x1" } else { segment });
        segments.collect::<Vec<_>>().join("/")
    };
    paths.keys().map(filled).collect()
}

fn detail(problem: &Value) -> &str {
    problem["detail"].as_str().unwrap()
}

#[track_caller]
fn assert_nearest(app: &TestApp, wrong: &str, right: &str) {
    let problem = app.anonymous().get(wrong).expect(404).json();
    let nearest = format!("The nearest known address is {PUBLIC_URL}{right}");
    assert!(detail(&problem).ends_with(&nearest), "{wrong}: {}", detail(&problem));
    assert_eq!(problem["instance"], wrong);
}

/// A spelling of an address that is another one, with one change.
fn misspelt(address: &str) -> Vec<String> {
    let mut wrong = vec![
        format!("{address}/"),
        address.replacen('/', "//", 1),
        address.replacen("/api/v1/", "/api/v1//", 1),
        address.to_uppercase().replace("X1", "x1"),
        address.replacen("/api/v1", "", 1),
        address.replacen("/api/v1", "/v1", 1),
        address.replacen("/api/v1", "/api", 1),
        address.replacen("/api/v1", "/api/v2", 1),
    ];
    // The name of the collection or view, without each of its letters, and with two of them exchanged.
    let segments: Vec<&str> = address.split('/').collect();
    if let Some(name) = segments.get(3) {
        for place in 0..name.len() {
            let mut letters: Vec<char> = name.chars().collect();
            letters.remove(place);
            let mut other = segments.clone();
            let shorter: String = letters.into_iter().collect();
            other[3] = &shorter;
            wrong.push(other.join("/"));
        }
        let mut letters: Vec<char> = name.chars().collect();
        letters.swap(1, 2);
        let exchanged: String = letters.into_iter().collect();
        let mut other = segments.clone();
        other[3] = &exchanged;
        wrong.push(other.join("/"));
    }
    wrong.retain(|wrong| wrong != address && !wrong.is_empty());
    wrong
}

fn a_wrong_address_names_the_nearest_known_one(app: TestApp) {
    let known = known(&app);
    let mut spellings: HashMap<String, usize> = HashMap::new();
    known
        .iter()
        .flat_map(|address| misspelt(address).into_iter().collect::<HashSet<_>>())
        .for_each(|wrong| *spellings.entry(wrong).or_default() += 1);
    let mut tried = 0;
    for address in &known {
        // `events.cs` may mean `events.csv` or `events.ics`.
        let is_clear = |wrong: &String| !known.contains(wrong) && spellings[wrong] == 1;
        for wrong in misspelt(address).into_iter().filter(is_clear) {
            // `/api/v1` alone loses its only literals, and `/x` is as near to nothing as to everything.
            if address == "/api/v1" && !wrong.ends_with('/') {
                continue;
            }
            assert_nearest(&app, &wrong, address);
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
    for (wrong, right) in [
        ("/api/v1/initiatives/", "/api/v1/initiatives"),
        ("/api/v1/initiative", "/api/v1/initiatives"),
        ("/api/v1/Initiatives", "/api/v1/initiatives"),
        ("/regions/de111", "/api/v1/regions/de111"),
        ("/api/v1/technology_fields", "/api/v1/technology-fields"),
        ("/api/v1/region/DE111/atlas/", "/api/v1/regions/DE111/atlas"),
        ("/initiatives.csv", "/api/v1/initiatives.csv"),
        ("/api/v1/initiatives.json", "/api/v1/initiatives"),
        ("/api/v1/initiative/facet", "/api/v1/initiatives/facets"),
        ("/health/Live", "/health/live"),
    ] {
        assert_nearest(&app, wrong, right);
    }
}

fn nothing_is_redirected_to_the_nearest_address(app: TestApp) {
    for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "GET"] {
        for client in [app.anonymous(), app.editor()] {
            let answer = client.request(method.parse().unwrap(), "/api/v1/initiatives/").expect(404);
            assert_eq!(answer.header("location"), "");
        }
    }
    assert!(app.store.last_change().unwrap() == 0);
}

fn what_is_like_nothing_names_what_lies_above(app: TestApp) {
    assert_nearest(&app, "/api/v1/clusters/a/b/c", "/api/v1/clusters/a");
    assert_nearest(&app, "/api/v1/unheard-of", "/api/v1");
    assert_nearest(&app, "/unheard-of/%3Cb%3E", "/api/v1");
    let long = format!("/{}", "a/".repeat(2000));
    assert!(!detail(&app.anonymous().get(&long).expect(404).json()).contains("nearest"));
    // What is there and may not be known is not told: it is a known address.
    let hidden = app.anonymous().get("/api/v1/clusters/x").expect(404).json();
    assert_eq!(detail(&hidden), "Not found.");
}
