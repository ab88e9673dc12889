//! What searches find, over the demo landscape and over records made for a rule.

use super::{Language, shelf::Shelf};
use crate::kind::Kind;
use serde_json::{Value, json};

/// A cluster with a summary.
fn cluster(name: &str, summary: &str) -> Value {
    let mut record =
        serde_json::to_value(<crate::cluster::Cluster as crate::content::Content>::example()).unwrap();
    record["name"] = json!({ "de": name });
    record["summary"] = json!({ "de": summary });
    for field in ["description", "website"] {
        record[field] = Value::Null;
    }
    record["technology_fields"] = json!(["sozialwirtschaft"]);
    record["regions"] = json!(["DE111"]);
    record
}

fn names(shelf: &Shelf, text: &str) -> Vec<String> {
    shelf.search(text, None, None).into_iter().map(|found| found.name).collect()
}

/// Not a test: shows what some queries find.
#[test]
fn show() {
    let Ok(queries) = std::env::var("QUERIES") else { return };
    let shelf = Shelf::demo();
    for query in queries.split('|') {
        let found = shelf.search(query, None, None);
        println!("== {query}: {}", found.len());
        for found in found.iter().take(6) {
            println!("   {:?} {} {} :: {}", found.score, found.kind, found.name, found.snippet);
        }
        println!("   suggest: {:?}", shelf.suggest(query).iter().take(5).collect::<Vec<_>>());
    }
}

#[test]
fn the_golden_queries_find_what_people_expect() {
    let golden: Vec<Value> = serde_json::from_str(include_str!("../../../tests/golden/search.json")).unwrap();
    let shelf = Shelf::demo();
    let mut misses = Vec::new();
    for query in &golden {
        let parameters = &query["parameters"];
        if ["region", "technology_field"].iter().any(|field| parameters.get(field).is_some()) {
            continue;
        }
        let kind = parameters["kind"].as_str().and_then(Kind::parse);
        let language = parameters["lang"].as_str().and_then(Language::parse);
        let text = query["query"].as_str().unwrap();
        let found = shelf.search(text, kind, language);
        let first: Vec<Value> = found
            .iter()
            .take(3)
            .map(|found| json!({ "kind": found.kind.as_str(), "name": found.name }))
            .collect();
        let expected = query["expected"].as_array().unwrap();
        if !expected.iter().any(|expected| first.contains(expected)) {
            misses.push(format!("{text}: {first:?}"));
        }
    }
    assert_eq!(misses, [""; 0]);
}

#[test]
fn what_is_written_apart_is_found_together_and_the_other_way_round() {
    let spellings = ["Solar Cluster", "Solar-Cluster", "SolarCluster", "Solarcluster", "SOLARCLUSTER"];
    for name in spellings {
        let mut shelf = Shelf::default();
        shelf.add(Kind::Cluster, cluster(name, "Etwas."));
        shelf.add(Kind::Cluster, cluster("Anderes", "Noch etwas."));
        for typed in spellings {
            assert_eq!(names(&shelf, typed), [name], "{typed}");
        }
    }
}

#[test]
fn numbers_are_found_as_they_are() {
    let mut shelf = Shelf::default();
    shelf.add(Kind::Cluster, cluster("Halle 4711", "Im Jahr 2025, Halle20244, ARENA2036."));
    for typed in ["4712", "471", "2024", "202", "14711", "20255", "0244"] {
        assert_eq!(names(&shelf, typed), [""; 0], "{typed}");
    }
    for typed in ["4711", "2025", "2036", "arena2036", "ARENA 2036", "arena"] {
        assert_eq!(names(&shelf, typed), ["Halle 4711"], "{typed}");
    }
}
