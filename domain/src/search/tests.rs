//! Search tests on records made for each rule.

use super::{function_words, shelf::Shelf};
use crate::{
    cluster::Cluster,
    content::Content,
    fold,
    kind::Kind,
    kinds::{KindFunction, with_kind},
};
use serde_json::{Value, json};

/// A cluster with a summary.
fn cluster(name: &str, summary: &str) -> Value {
    let mut record = serde_json::to_value(Cluster::example()).unwrap();
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
    shelf.search(text).into_iter().map(|found| found.name).collect()
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

/// Builds the example of a kind.
struct Example;

impl KindFunction for Example {
    type Output = Value;

    fn call<C: Content>(self) -> Value {
        serde_json::to_value(C::example()).unwrap()
    }
}

/// Collects the values of the given fields, at any depth.
fn values<'a>(record: &'a Value, fields: &[&str], found: &mut Vec<(String, &'a str)>) {
    match record {
        Value::Object(object) => {
            for (field, value) in object {
                let text = value.as_str().filter(|_| fields.contains(&field.as_str()));
                found.extend(text.map(|text| (field.clone(), text)));
                values(value, fields, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| values(value, fields, found)),
        _ => {}
    }
}

#[test]
fn every_kind_is_found_by_its_place_and_website() {
    for kind in Kind::ALL {
        let example = with_kind(kind, Example);
        let mut shelf = Shelf::default();
        shelf.add(kind, example.clone());
        let mut found = Vec::new();
        values(&example, &["postal_code", "city", "website", "registration_url", "short_name"], &mut found);
        assert!(!found.is_empty() || kind == Kind::Measure, "{kind}");
        for (field, value) in found {
            let host = value.split("://").last().unwrap().split('/').next().unwrap();
            for typed in [value, host, host.trim_start_matches("www."), &host.to_uppercase()] {
                assert_eq!(names(&shelf, typed).len(), 1, "{kind} {field} {typed}");
            }
            if field == "postal_code" {
                let near = format!("{value}0");
                let neighbour = (value.parse::<u32>().unwrap() + 1).to_string();
                for typed in [&value[..4], &value[1..], &near, &neighbour] {
                    assert_eq!(names(&shelf, typed), [""; 0], "{kind} {typed}");
                }
            }
        }
    }
}

#[test]
fn every_synonym_finds_every_other() {
    let groups: Vec<Value> = serde_json::from_str(include_str!("../../../data/synonyms.json")).unwrap();
    for group in &groups {
        let terms: Vec<&str> = ["de", "en"]
            .iter()
            .flat_map(|language| group[language].as_array().unwrap())
            .map(|term| term.as_str().unwrap())
            .collect();
        let mut shelf = Shelf::default();
        for (number, term) in terms.iter().enumerate() {
            shelf.add(
                Kind::Cluster,
                cluster(&format!("Nummer {number}"), &format!("Hier wirkt {term}, sonst nichts.")),
            );
        }
        shelf.add(Kind::Cluster, cluster("Anderes", "Der Rest."));
        for typed in &terms {
            let found = names(&shelf, typed);
            assert_eq!(found.len(), terms.len(), "{typed}: {found:?}");
        }
    }
}

/// All words with one typo in `word`.
fn misspelled(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let text = |letters: Vec<char>| letters.into_iter().collect::<String>();
    let mut all = Vec::new();
    for at in 0..letters.len() {
        let mut without = letters.clone();
        without.remove(at);
        let mut wrong = letters.clone();
        wrong[at] = 'q';
        let mut doubled = letters.clone();
        doubled.insert(at, letters[at]);
        all.extend([text(without), text(wrong), text(doubled)]);
        if at > 0 && letters[at] != letters[at - 1] {
            let mut swapped = letters.clone();
            swapped.swap(at - 1, at);
            all.push(text(swapped));
        }
    }
    all
}

#[test]
fn a_typo_in_a_word_is_forgiven_and_in_a_function_word_or_number_it_is_not() {
    let words = ["Kunststoff", "Präzision", "Verpackungsmaschinen", "Möbel", "Holz", "Müller", "Netzwerk"];
    let mut shelf = Shelf::default();
    for word in words {
        shelf.add(Kind::Cluster, cluster(word, "Mit einer 4711 und seit 2025 auch für andere."));
    }
    for word in words {
        for typed in misspelled(word).iter().filter(|typed| fold::spelled(typed).chars().count() >= 4) {
            assert_eq!(names(&shelf, typed), [word], "{typed}");
            let snippet = &shelf.search(typed)[0].snippet;
            assert!(snippet.contains(&format!("<mark>{word}</mark>")), "{typed}: {snippet}");
        }
    }
    for word in ["einer", "andere", "auch", "seit", "4711", "2025"] {
        let typos = misspelled(word);
        let is_word = |typed: &&String| typed.len() >= 4 && !function_words::is_function_word(typed);
        for typed in typos.iter().filter(is_word) {
            let found = names(&shelf, typed);
            assert!(found.is_empty() || typed.contains(word), "{word}: {typed} finds {found:?}");
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
