//! Search and completion, over the demo landscape and over records of one's own.

use crate::harness::{TestApp, on_both};
use serde::Deserialize;
use serde_json::{Map, Value};

mod finding;
mod independence;
mod language;

on_both! {
    the_golden_queries_find_what_people_expect
}

/// A query that people type, and what they expect to see first; nothing expected: nothing is to be found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    query: String,
    about: String,
    #[serde(default)]
    parameters: Map<String, Value>,
    expected: Vec<Expected>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Expected {
    kind: String,
    name: String,
}

fn golden() -> Vec<Golden> {
    serde_json::from_str(include_str!("golden/search.json")).unwrap()
}

/// At least so many of a hundred queries show one of the expected records among the first three.
const GOOD: usize = 95;

fn the_golden_queries_find_what_people_expect(app: TestApp) {
    app.load_demo();
    let golden = golden();
    assert!(golden.len() >= 60);
    let mut misses = Vec::new();
    for Golden { query, about, parameters, expected } in &golden {
        let mut request = app.anonymous().get("/api/v1/search").query("q", query);
        for (name, value) in parameters {
            request = request.query(name, value.as_str().unwrap());
        }
        let hits = request.expect(200).items();
        let first: Vec<Expected> = hits
            .iter()
            .take(3)
            .map(|hit| Expected {
                kind: hit["kind"].as_str().unwrap().to_owned(),
                name: hit["reference"]["name"].as_str().unwrap().to_owned(),
            })
            .collect();
        let is_good = expected.iter().any(|wanted| first.contains(wanted));
        if !is_good && (!expected.is_empty() || !first.is_empty()) {
            misses.push(format!("{query} ({about}): {first:?}"));
        }
    }
    assert!(misses.len() * 100 <= golden.len() * (100 - GOOD), "{misses:#?}");
}
