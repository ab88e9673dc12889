//! What a search finds of a kind depends on the public records of that kind alone: not on hidden records, however many
//! there are and whatever they say, and not on records of other kinds.

use super::{Golden, golden};
use crate::harness::{
    CHAMBER, OTHER_CHAMBER, Records as _, Syncs as _, TestApp, collection, marker, member_at, member_line,
    minimal, ndjson, on_both, runs_of, with,
};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! {
    hidden_records_change_no_search_of_the_public
    a_hidden_word_cannot_be_spelled_out_by_crowding
    records_of_a_kind_take_no_hits_from_other_kinds
}

/// Addresses that search, made of everything that the golden queries ask for: whole, word by word, as it is typed.
fn probes(golden: &[Golden]) -> Vec<String> {
    let encoded = |q: &str| url::form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>();
    let mut probes = BTreeSet::new();
    for (index, Golden { query, .. }) in golden.iter().enumerate() {
        let kind = Kind::ALL[index % Kind::ALL.len()];
        let q = encoded(query);
        probes.insert(format!("/api/v1/search?q={q}"));
        probes.insert(format!("/api/v1/search?q={q}&kind={}", kind.as_str()));
        probes.insert(format!("{}?q={q}&limit=3&with_total=true", collection(kind)));
        let typed: Vec<char> = query.chars().collect();
        let typed: String = typed[..typed.len().min(1 + index % 7)].iter().collect();
        if typed.chars().any(char::is_alphanumeric) {
            probes.insert(format!("/api/v1/suggest?q={}", encoded(&typed)));
        }
        if index % 5 == 0 {
            probes.insert(format!("{}/facets?q={q}", collection(kind)));
        }
    }
    probes.into_iter().collect()
}

/// What anyone is answered.
fn answers(app: &TestApp, probes: &[String]) -> Vec<(String, String, String)> {
    let anyone = app.anonymous();
    let ask = |probe: &String| {
        let answer = anyone.get(probe).expect(200);
        (probe.clone(), answer.etag(), answer.text())
    };
    probes.iter().map(ask).collect()
}

/// Words that crowd: parts of what is searched for, with something in front of them and behind.
fn crowding_words(golden: &[Golden], most: usize) -> Vec<String> {
    let mut words = BTreeSet::new();
    let as_meant = golden.iter().filter(|golden| !golden.about.contains("typo"));
    for (index, Golden { query, .. }) in as_meant.enumerate() {
        for word in query.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= 4) {
            let letters: Vec<char> = word.chars().collect();
            let part: String = letters[..letters.len().min(3 + index % 2)].iter().collect();
            for tail in ["zq", "zqx", "zqxv", "qqq"] {
                words.insert(format!("{part}{tail}"));
                words.insert(format!("z{part}{tail}"));
            }
        }
    }
    words.into_iter().take(most).collect()
}

fn hidden_members(words: &[String]) -> Vec<Value> {
    let line = |(index, word): (usize, &String)| {
        with(&member_line(&format!("h{index}")), &json!({ "name": format!("{word} GmbH"), "public": false }))
    };
    words.iter().enumerate().map(line).collect()
}

/// As another chamber syncs.
fn sync_elsewhere(app: &TestApp, lines: &[Value]) {
    let runs = format!("{}?mode=delta", runs_of(OTHER_CHAMBER));
    app.chamber(OTHER_CHAMBER).post(&runs).body("application/x-ndjson", ndjson(lines)).expect(201);
}

fn hidden_records_change_no_search_of_the_public(app: TestApp) {
    app.load_demo();
    app.prepare(Kind::Operation);
    let golden = golden();
    let probes = probes(&golden);
    let before = answers(&app, &probes);

    let words = crowding_words(&golden, 1_500);
    app.chamber(CHAMBER).sync("mode=delta", &hidden_members(&words));
    for (index, word) in words.iter().step_by(60).enumerate() {
        let kind = Kind::ALL[index % Kind::ALL.len()];
        if kind != Kind::Member {
            app.editor().create(
                kind,
                &with(&minimal(kind, &format!("{word} {word}x")), &json!({ "status": "draft" })),
            );
        }
    }
    similar(&before, &answers(&app, &probes));

    // Renamed, in another chamber too, deleted, erased.
    let backwards: Vec<String> = words.iter().rev().cloned().collect();
    app.chamber(CHAMBER).sync("mode=delta", &hidden_members(&backwards));
    sync_elsewhere(&app, &hidden_members(&words[..200]));
    let markers: Vec<Value> = (0..700).map(|index| marker(&format!("h{index}"))).collect();
    app.chamber(CHAMBER).sync("mode=delta", &markers);
    app.chamber(CHAMBER).delete(&format!("{}?erase=true", member_at("h900"))).expect(204);
    similar(&before, &answers(&app, &probes));
}

#[track_caller]
fn similar(before: &[(String, String, String)], after: &[(String, String, String)]) {
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before, after);
    }
}

/// Many short public words that begin in one way, and a long one: whether a hidden word begins so, too, must not show in
/// which of them are found.
fn a_hidden_word_cannot_be_spelled_out_by_crowding(app: TestApp) {
    let crowd = |index: usize| format!("Zqx{}", char::from(b'a' + u8::try_from(index % 26).unwrap()));
    let mut lines: Vec<Value> = (0..26 * 40)
        .map(|index| {
            let name = format!("{}{}", crowd(index), "e".repeat(index / 26));
            with(&member_line(&format!("c{index}")), &json!({ "name": name, "public": true }))
        })
        .collect();
    lines
        .push(with(&member_line("d"), &json!({ "name": format!("Zqxg{}", "o".repeat(60)), "public": true })));
    app.chamber(CHAMBER).sync("mode=delta", &lines);
    let probes: Vec<String> = ["zqx", "zqxg", "zqxge", "zqxgeh", "zqxgo", "qxg"]
        .iter()
        .flat_map(|q| {
            ["suggest", "search", "members"].map(|address| format!("/api/v1/{address}?q={q}&limit=200"))
        })
        .collect();
    let before = answers(&app, &probes);
    let secret = with(&member_line("s"), &json!({ "name": "Zqxgeheimrat", "public": false }));
    sync_elsewhere(&app, &[secret]);
    app.editor()
        .create(Kind::Event, &with(&minimal(Kind::Event, "Zqxgeheimsitzung"), &json!({ "status": "draft" })));
    similar(&before, &answers(&app, &probes));
}

fn records_of_a_kind_take_no_hits_from_other_kinds(app: TestApp) {
    app.load_demo();
    let golden = golden();
    let kinds = || Kind::ALL.into_iter().filter(|kind| *kind != Kind::Member);
    let probes: Vec<String> =
        golden
            .iter()
            .step_by(3)
            .flat_map(|golden| {
                let q: String = url::form_urlencoded::byte_serialize(golden.query.as_bytes()).collect();
                kinds().map(move |kind| format!("/api/v1/search?q={q}&limit=100&kind={}", kind.as_str()))
            })
            .chain(["elektro", "technik", "e", "te"].into_iter().flat_map(|q| {
                kinds().map(move |kind| format!("/api/v1/suggest?q={q}&kind={}", kind.as_str()))
            }))
            .collect();
    let before = answers(&app, &probes);
    let everywhere = |q: &str| app.anonymous().get(&format!("/api/v1/suggest?q={q}")).expect(200).items();
    let network = |items: &[Value]| items.iter().filter(|item| item["kind"] == "network").count();
    let networks = network(&everywhere("elektro"));

    let mut words = crowding_words(&golden, 600);
    words.extend((0..900).map(|index| format!("Elektro{index:03}technik")));
    let public = |(index, word): (usize, &String)| {
        with(&member_line(&format!("p{index}")), &json!({ "name": format!("{word} GmbH"), "public": true }))
    };
    app.chamber(CHAMBER).sync("mode=delta", &words.iter().enumerate().map(public).collect::<Vec<_>>());
    similar(&before, &answers(&app, &probes));
    assert_eq!(network(&everywhere("elektro")), networks);
    // Nor is one of them lost among the others.
    for part in ["elektro", "technik", "lektro"] {
        let total =
            app.anonymous().get(&format!("/api/v1/members?q={part}&with_total=true&limit=1")).expect(200);
        assert!(total.json()["total"].as_i64().unwrap() >= 900, "{part}");
    }
}
