//! The counters that the write path keeps, against counting, and against making them anew.

use crate::harness::{Database, Records as _, TestApp, Turmoil, collection, minimal, on_both, with};
use chrono::TimeDelta;
use domain::{kind::Kind, time::today};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both! {
    unfiltered_facets_are_what_counting_gives
    members_of_a_region_are_counted_as_one_by_one
    counters_kept_by_writes_are_those_made_anew
    counters_know_the_days_to_come
}

/// How often each value of a field stands in records, each once a record.
fn tally(records: &[Value], values: impl Fn(&Value) -> Vec<String>) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for record in records {
        let mut values = values(record);
        values.sort();
        values.dedup();
        values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
    }
    counts
}

/// A field that is a word or a list of words.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(words) => words.iter().map(|word| word.as_str().unwrap().to_owned()).collect(),
        Value::String(word) => vec![word.clone()],
        _ => Vec::new(),
    }
}

/// NUTS codes with those above them.
fn with_ancestors(codes: Vec<String>) -> Vec<String> {
    let above =
        |code: String| (3..=code.len()).map(move |length| code[..length].to_owned()).collect::<Vec<_>>();
    codes.into_iter().flat_map(above).collect()
}

fn unfiltered_facets_are_what_counting_gives(app: TestApp) {
    let mut turmoil = Turmoil::new(app.editor(), 3);
    for round in 0..4 {
        (0..40).for_each(|_| turmoil.stir());
        app.clock.advance(TimeDelta::days(17));
        for kind in Kind::ALL {
            check_facets(&app, kind, round);
        }
    }
}

fn members_of_a_region_are_counted_as_one_by_one(app: TestApp) {
    let mut turmoil = Turmoil::new(app.editor(), 5);
    for _ in 0..3 {
        (0..60).for_each(|_| turmoil.stir());
        app.clock.advance(TimeDelta::days(17));
        for region in ["DE1", "DE11", "DE111", "DE13", "DE131", "DE145"] {
            for reader in [app.anonymous(), app.auditor()] {
                let of_region = format!("/api/v1/members/facets?region={region}");
                // Whatever was written was written since then; with two filters they are counted one by one.
                let one_by_one = format!("{of_region}&updated_since=2020-01-01");
                assert_eq!(
                    reader.get(&of_region).expect(200).json(),
                    reader.get(&one_by_one).expect(200).json()
                );
            }
        }
    }
}

#[track_caller]
fn check_facets(app: &TestApp, kind: Kind, round: usize) {
    let export = app.anonymous().get(&format!("{}?format=ndjson", collection(kind))).expect(200).text();
    let records: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let facets = app.anonymous().get(&format!("{}/facets", collection(kind))).expect(200).json();
    let day = today(app.clock.now()).to_string();
    let slugs = |references: &Value| -> Vec<String> {
        let references = references.as_array().cloned().unwrap_or_default();
        references
            .iter()
            .filter(|reference| !reference.is_null())
            .map(|reference| reference["slug"].as_str().unwrap().to_owned())
            .collect()
    };
    let current = |member: &Value| -> Vec<Value> {
        let all = member["affiliations"].as_array().cloned().unwrap_or_default();
        let is_current = |affiliation: &Value| {
            affiliation["since"].as_str().is_none_or(|since| since <= day.as_str())
                && affiliation["until"].as_str().is_none_or(|until| day.as_str() <= until)
        };
        all.into_iter().filter(is_current).map(|affiliation| affiliation["organisation"].clone()).collect()
    };
    for (facet, counts) in facets["facets"].as_object().unwrap() {
        let counted = match (facet.as_str(), kind) {
            ("region", _) => tally(&records, |record| {
                with_ancestors([words(&record["regions"]), words(&record["region"])].concat())
            }),
            ("technology_field", _) => tally(&records, |record| words(&record["technology_fields"])),
            ("cluster", _) => tally(&records, |record| slugs(&record["clusters"])),
            ("organiser", _) => tally(&records, |record| slugs(&record["organisers"])),
            ("initiative", Kind::Network) => tally(&records, |record| slugs(&record["initiatives"])),
            ("measure", _) => tally(&records, |record| slugs(&json!([record["measure"]]))),
            ("year", _) => {
                tally(&records, |record| vec![record["starts_on"].as_str().unwrap()[..4].to_owned()])
            }
            ("initiative" | "network", Kind::Operation) => continue, // none of them has one
            ("event_format", _) => tally(&records, |record| words(&record["format"])),
            ("initiative" | "network", Kind::Member) => {
                // Both share their slugs; the facets hold them apart.
                let both = ["initiative", "network"].map(|facet| values(&facets["facets"][facet]));
                let all: BTreeMap<String, i64> = both.into_iter().flatten().collect();
                let expected = tally(&records, |record| slugs(&current(record).into()));
                assert_eq!(all, expected, "{kind} by {facet}, round {round}");
                continue;
            }
            ("kind" | "size_class" | "visibility" | "scope" | "chamber" | "fund", _) => {
                tally(&records, |record| words(&record[facet]))
            }
            // Hierarchies and periods that the lists test elsewhere.
            ("industry" | "planning_region" | "label" | "label_valid", _)
            | ("initiative" | "network", Kind::Measure) => {
                for (value, count) in values(counts) {
                    let address = format!("{}?{facet}={value}&limit=1&with_total=true", collection(kind));
                    let total = app.anonymous().get(&address).expect(200).json()["total"].clone();
                    assert_eq!(total, count, "{address}, round {round}");
                }
                continue;
            }
            _ => panic!("{kind} by {facet} is not compared"),
        };
        assert_eq!(values(counts), counted, "{kind} by {facet}, round {round}");
    }
}

/// Values and how often there are.
fn values(counts: &Value) -> BTreeMap<String, i64> {
    let count =
        |count: &Value| (count["value"].as_str().unwrap().to_owned(), count["count"].as_i64().unwrap());
    counts.as_array().unwrap().iter().map(count).collect()
}

/// Statements that give the same numbers for the same records, on whatever day the terms with days were written: how long
/// the sets of the other terms are, and which days there are; documents and words.
const SUMS: [&str; 4] = [
    "SELECT CAST(length(records) AS bigint) AS n FROM term_sets WHERE term NOT IN (SELECT term FROM dated_terms) \
     ORDER BY term, visible, chunk",
    "SELECT count(*) AS n FROM dated_terms GROUP BY term, visible, first_day, last_day \
     ORDER BY term, visible, first_day, last_day",
    "SELECT count(*) AS n FROM search_documents GROUP BY kind ORDER BY kind",
    "SELECT CAST(records AS bigint) AS n FROM words ORDER BY dictionary, word",
];

pub(crate) fn sums(database: &Database) -> [Vec<i64>; 4] {
    SUMS.map(|sql| database.numbers(sql))
}

fn counters_kept_by_writes_are_those_made_anew(app: TestApp) {
    let mut turmoil = Turmoil::new(app.editor(), 9);
    for _ in 0..12 {
        (0..10).for_each(|_| turmoil.stir());
        app.clock.advance(TimeDelta::days(6));
    }
    let questions = [
        "search?q=optik&limit=200",
        "search?q=mobilit&limit=200",
        "search?q=zuern&kind=member&limit=200",
        "search?q=summary&region=DE111",
        "suggest?q=m",
        "members/facets",
        "initiatives/facets",
        "stats",
    ];
    let ask = |app: &TestApp| -> Vec<Vec<u8>> {
        let mut answers = Vec::new();
        for question in questions {
            for client in [app.anonymous(), app.auditor()] {
                answers.push(client.get(&format!("/api/v1/{question}")).expect(200).body);
            }
        }
        answers
    };
    let (before, answers) = (sums(&app.database), ask(&app));
    assert!(before.iter().all(|numbers| !numbers.is_empty()));
    app.database.execute("UPDATE facts SET value = '0' WHERE name = 'index_version'");
    app.database.execute("DELETE FROM term_sets");
    let clock = app.clock.clone();
    let app = TestApp::on(app.stop(), clock);
    assert_eq!(sums(&app.database), before);
    for (question, (now, then)) in questions.iter().flat_map(|q| [q, q]).zip(ask(&app).iter().zip(&answers)) {
        assert_eq!(String::from_utf8_lossy(now), String::from_utf8_lossy(then), "{question}");
    }
}

fn counters_know_the_days_to_come(app: TestApp) {
    app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "I"));
    let belongs = |since: &str, until: &str| json!({ "affiliations": [{ "organisation": "i", "since": since, "until": until }] });
    let member = |name: &str, fields: Value| {
        app.editor().create(Kind::Member, &with(&minimal(Kind::Member, name), &fields))
    };
    member("Bald", belongs("2026-05-14", "2026-05-15"));
    member("Bis", belongs("2026-01-01", "2026-05-14"));
    let moved = member("Verschoben", belongs("2026-05-13", "2026-05-13"));
    let count = || {
        let facets = app.anonymous().get("/api/v1/members/facets").expect(200).json();
        values(&facets["facets"]["initiative"]).get("i").copied().unwrap_or_default()
    };
    let mut counts = vec![count()];
    for day in 13..=16 {
        app.clock.set(&format!("2026-05-{day}T10:00:00Z"));
        counts.push(count());
        if day == 13 {
            // What is taken back after it began was counted under a day that is past now.
            app.editor().change(Kind::Member, moved["id"].as_str().unwrap(), &json!({ "affiliations": [] }));
            counts.push(count());
        }
    }
    assert_eq!(counts, [1, 2, 1, 2, 1, 0]);
}
