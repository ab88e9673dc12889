//! What search and completion find, over records of one's own.

use crate::harness::{Answer, Records as _, Request, TestApp, Turmoil, collection, minimal, on_both, with};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! {
    every_spelling_of_an_umlaut_finds_every_other
    stems_and_parts_of_words_are_found
    one_typo_is_forgiven_and_two_in_long_words
    names_outrank_prose
    every_word_must_be_there
    filters_narrow_a_search
    a_language_leaves_out_what_is_only_in_the_other
    pages_hold_every_hit_once
    snippets_are_safe_html
    what_is_not_public_is_found_by_nobody
    a_record_is_found_by_what_it_says_now
    completion_begins_with_the_first_letter
    completion_knows_only_what_is_public
    lists_find_what_search_finds
    what_cannot_be_searched_for_is_refused_by_name
}

pub(super) fn create(app: &TestApp, kind: Kind, name: &str, fields: Value) -> Value {
    app.admin().create(kind, &with(&minimal(kind, name), &fields))
}

pub(super) fn ask<'a>(app: &'a TestApp, q: &str, parameters: &str) -> Request<'a> {
    app.anonymous().get(&format!("/api/v1/search?{parameters}")).query("q", q)
}

pub(super) fn names(answer: &Answer) -> Vec<String> {
    answer.items().iter().map(|hit| hit["reference"]["name"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
pub(super) fn found(app: &TestApp, q: &str) -> Vec<String> {
    names(&ask(app, q, "").expect(200))
}

pub(super) const NOTHING: [&str; 0] = [];

fn every_spelling_of_an_umlaut_finds_every_other(app: TestApp) {
    for (spelling, words) in [
        ("Müller", ["Müller", "Mueller", "muller", "MÜLLER", "Mu\u{308}ller"]),
        ("Straße", ["Straße", "Strasse", "strasse", "STRASSE", "STRAẞE"]),
        ("Goetz", ["Götz", "Goetz", "gotz", "GÖTZ", "Go\u{308}tz"]),
    ] {
        let name = format!("Haus {spelling}");
        create(&app, Kind::Member, &name, json!({}));
        for word in words {
            assert_eq!(found(&app, word), [name.as_str()], "{word}");
        }
    }
    for word in ["Haus Müller", "müller haus", "Mueller, Haus", "haus-mueller"] {
        assert_eq!(found(&app, word)[0], "Haus Müller", "{word}");
    }
}

fn stems_and_parts_of_words_are_found(app: TestApp) {
    create(&app, Kind::Network, "Netzwerk Elektromobilität", json!({}));
    create(&app, Kind::Initiative, "Verbände der Werkstoffe", json!({}));
    for word in ["Netzwerke", "Netzwerken", "netzwerk", "mobilit", "Mobilität", "elektro", "tromobil"] {
        assert_eq!(found(&app, word), ["Netzwerk Elektromobilität"], "{word}");
    }
    for word in ["Verband", "Werkstoff", "Werkstoffen", "stoffe"] {
        assert_eq!(found(&app, word), ["Verbände der Werkstoffe"], "{word}");
    }
    assert_eq!(found(&app, "Fahrrad"), NOTHING);
}

fn one_typo_is_forgiven_and_two_in_long_words(app: TestApp) {
    create(&app, Kind::Cluster, "Quantentechnik", json!({}));
    let typos = [
        "Quantentecnik",
        "Quantentechnikk",
        "Quamtentechnik",
        "Qauntentechnik",
        "uantentechnik",
        "Quantentechni",
        "Quanetntechnik",
        "Quantenxtechnik",
    ];
    for word in typos {
        assert_eq!(found(&app, word), ["Quantentechnik"], "{word}");
    }
    for word in ["Qantntechnik", "Quamtentecnik", "Xuantentechnix"] {
        assert_eq!(found(&app, word), ["Quantentechnik"], "two in a long word: {word}");
    }
    for word in ["Qantntechni", "Quamtmtecnik", "Technick"] {
        assert_eq!(found(&app, word), NOTHING, "{word}");
    }
    create(&app, Kind::Cluster, "Quamtentechnik", json!({}));
    assert_eq!(found(&app, "Quamtentechnik"), ["Quamtentechnik"], "what is there was no typo");
}

fn names_outrank_prose(app: TestApp) {
    let about = json!({ "summary": { "de": "Wasserstoff, Wasserstoff und noch einmal Wasserstoff." } });
    create(&app, Kind::Cluster, "Anderes", about.clone());
    create(&app, Kind::Initiative, "Noch etwas", about);
    create(&app, Kind::Member, "Institut für Wasserstofftechnik", json!({}));
    create(&app, Kind::Event, "Tag des Wasserstoffs", json!({}));
    let hits = ask(&app, "Wasserstoff", "").expect(200);
    let order = names(&hits);
    assert_eq!(
        BTreeSet::from([order[0].as_str(), order[1].as_str()]),
        BTreeSet::from(["Institut für Wasserstofftechnik", "Tag des Wasserstoffs"])
    );
    assert_eq!(order.len(), 4);
    let scores: Vec<f64> = hits.items().iter().map(|hit| hit["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert!(scores.iter().all(|score| *score > 0.0 && *score <= 1.0), "{scores:?}");
    let hit = &hits.items()[2];
    assert_eq!(hit["reference"]["slug"], if hit["kind"] == "cluster" { "anderes" } else { "noch-etwas" });
}

fn every_word_must_be_there(app: TestApp) {
    let about = json!({ "summary": { "de": "Laser in Ulm" } });
    create(&app, Kind::Cluster, "Optik", about);
    create(&app, Kind::Cluster, "Optik und Licht", json!({}));
    assert_eq!(found(&app, "Optik Laser"), ["Optik"]);
    assert_eq!(found(&app, "laser licht"), NOTHING);
    assert_eq!(found(&app, "die Optik und der Laser"), ["Optik"], "but for the smallest words");
    assert_eq!(found(&app, "optik optik OPTIK").len(), 2);
}

fn filters_narrow_a_search(app: TestApp) {
    create(&app, Kind::Cluster, "Optik A", json!({ "regions": ["DE111"] }));
    create(&app, Kind::Initiative, "Optik B", json!({ "regions": ["DE131"], "technology_fields": ["ikt"] }));
    create(&app, Kind::Member, "Optik C", json!({ "region": "DE112" }));
    create(&app, Kind::Measure, "Optik D", json!({}));
    let cases: [(&str, &[&str]); 9] = [
        ("", &["Optik A", "Optik B", "Optik C", "Optik D"]),
        ("kind=member", &["Optik C"]),
        ("kind=member&kind=measure", &["Optik C", "Optik D"]),
        ("region=DE11", &["Optik A", "Optik C"]),
        ("region=DE111&region=DE131", &["Optik A", "Optik B"]),
        ("technology_field=ikt", &["Optik B"]),
        ("region=DE1&technology_field=photonik", &["Optik A"]),
        ("region=DE112&kind=cluster", &[]),
        ("technology_field=leichtbau", &[]),
    ];
    for (parameters, expected) in cases {
        let mut found = names(&ask(&app, "Optik", parameters).expect(200));
        found.sort();
        assert_eq!(found, expected, "{parameters}");
    }
}

fn a_language_leaves_out_what_is_only_in_the_other(app: TestApp) {
    create(&app, Kind::Cluster, "Eins", json!({ "summary": { "de": "Das Fahrrad.", "en": "The bicycle." } }));
    create(&app, Kind::Cluster, "Zwei", json!({ "summary": { "de": "Noch ein Fahrrad." } }));
    let found = |q: &str, lang: &str| names(&ask(&app, q, lang).expect(200));
    assert_eq!(found("Fahrrad", "").len(), 2);
    assert_eq!(found("Fahrrad", "lang=de").len(), 2);
    assert_eq!(found("Fahrrad", "lang=en"), ["Zwei"], "what there is in one language only stands for both");
    assert_eq!(found("bicycle", "lang=en"), ["Eins"]);
    assert_eq!(found("bicycle", "lang=de"), NOTHING);
    let snippet = |q: &str, lang: &str| ask(&app, q, lang).expect(200).items()[0]["snippet"].clone();
    assert_eq!(snippet("bicycle", "lang=en"), "The <mark>bicycle</mark>.");
    assert_eq!(snippet("Fahrrad", "lang=de&region=DE111"), "Das <mark>Fahrrad</mark>.");
}

fn pages_hold_every_hit_once(app: TestApp) {
    for number in 0..13 {
        let kind = Kind::ALL[number % Kind::ALL.len()];
        create(&app, kind, &format!("Optik {}", number / 4), json!({}));
    }
    let whole = ask(&app, "optik", "limit=200").expect(200).items();
    assert_eq!(whole.len(), 13);
    for limit in ["1", "5", "13"] {
        let mut page = ask(&app, "optik", &format!("limit={limit}")).expect(200);
        let mut walked = page.items();
        while let Some(next) = page.json()["next"].as_str() {
            assert_eq!(page.header("link"), format!("<{next}>; rel=\"next\""));
            page = app.anonymous().get(next).expect(200);
            walked.extend(page.items());
        }
        assert_eq!(walked, whole, "limit={limit}");
    }
    let next = ask(&app, "optik", "limit=1").expect(200).json()["next"].as_str().unwrap().to_owned();
    let cursor = next.split("cursor=").nth(1).unwrap().split('&').next().unwrap();
    for foreign in [format!("q=optik&kind=cluster&cursor={cursor}"), format!("q=x&cursor={cursor}")] {
        let refused = app.anonymous().get(&format!("/api/v1/search?{foreign}")).expect(400);
        assert_eq!(refused.faults(), ["cursor"]);
    }
}

fn snippets_are_safe_html(app: TestApp) {
    let prose =
        "Laser & Licht: a < b > c, \"quer\" und 'quer' &amp; &lt;script&gt; < mark >Laser< / mark > Ende.";
    create(&app, Kind::Cluster, "Laser & \"Söhne\" > 'alle' < 3", json!({ "summary": { "de": prose } }));
    let plain = |html: &str| {
        let text = html.replace("<mark>", "").replace("</mark>", "");
        assert!(!text.contains(['<', '>', '"', '\'']), "{html}");
        assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count(), "{html}");
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        text.replace("&#39;", "'").replace("&#x27;", "'").replace("&apos;", "'").replace("&amp;", "&")
    };
    for q in ["Laser", "script", "amp", "mark", "quer", "alle", "lt"] {
        let hit = ask(&app, q, "").expect(200).items()[0].clone();
        let [headline, snippet] = ["headline", "snippet"].map(|field| hit[field].as_str().unwrap());
        assert!(
            format!("{headline}{snippet}").to_lowercase().contains(&format!("<mark>{}", q.to_lowercase())),
            "{hit}"
        );
        assert_eq!(plain(headline), "Laser & \"Söhne\" > 'alle' < 3");
        let shown = plain(snippet);
        assert!(prose.contains(shown.trim_matches('…').trim()) || shown == plain(headline), "{snippet}");
        assert!(hit["reference"]["name"].as_str().unwrap().contains('&'), "the name itself is text");
    }
}

fn what_is_not_public_is_found_by_nobody(app: TestApp) {
    for kind in Kind::ALL {
        create(&app, kind, &format!("Geheimnis {kind}"), json!({ "status": "draft" }));
    }
    create(&app, Kind::Member, "Geheimnis privat", json!({ "public": false }));
    let gone = create(&app, Kind::Network, "Geheimnis weg", json!({}));
    app.editor().delete("/api/v1/networks/geheimnis-weg").if_match("*").expect(204);
    for q in ["Geheimnis", "geheim", "heimnis", "Geheimniss", "g"] {
        for client in [app.anonymous(), app.chamber("ihk-ulm"), app.editor(), app.auditor()] {
            for path in ["search", "suggest"] {
                let answer = client.get(&format!("/api/v1/{path}?q={q}")).expect(200);
                assert_eq!(answer.items(), [Value::Null; 0], "{path} {q}");
            }
        }
    }
    let drafts = app.editor().get("/api/v1/networks?q=geheimnis&status=draft").expect(200);
    assert_eq!(drafts.each("name"), ["Geheimnis network"], "lists find drafts for those who write them");
    app.editor().post(&format!("/api/v1/networks/{}/restore", gone["id"].as_str().unwrap())).expect(200);
    assert_eq!(found(&app, "geheimnis"), ["Geheimnis weg"]);
}

fn a_record_is_found_by_what_it_says_now(app: TestApp) {
    create(&app, Kind::Cluster, "Textil", json!({ "summary": { "de": "Wolle." }, "regions": ["DE111"] }));
    assert_eq!(found(&app, "wolle"), ["Textil"]);
    let patch = json!({ "name": { "de": "Holzbau" }, "summary": { "de": "Bretter." }, "regions": ["DE131"] });
    app.editor().change(Kind::Cluster, "textil", &patch);
    for old in ["Textil", "wolle", "Woll"] {
        assert_eq!(found(&app, old), NOTHING, "{old}");
    }
    assert_eq!(app.anonymous().get("/api/v1/suggest?q=tex").expect(200).items(), [Value::Null; 0]);
    assert_eq!(found(&app, "bretter"), ["Holzbau"]);
    assert_eq!(names(&ask(&app, "holzbau", "region=DE111").expect(200)), NOTHING);
    assert_eq!(names(&ask(&app, "holzbau", "region=DE131").expect(200)), ["Holzbau"]);
}

fn completion_begins_with_the_first_letter(app: TestApp) {
    create(&app, Kind::Network, "Photonics Übersee", json!({}));
    create(&app, Kind::Cluster, "Medizin", json!({ "summary": { "de": "Photonik in der Medizin." } }));
    let typed = "Photonics Übersee";
    for length in 1..=typed.chars().count() {
        let q: String = typed.chars().take(length).collect();
        let answer = app.anonymous().get("/api/v1/suggest").query("q", &q).expect(200);
        assert_eq!(names(&answer), ["Photonics Übersee"], "{q}");
        let hit = &answer.items()[0];
        assert_eq!(
            (&hit["kind"], &hit["reference"]["slug"]),
            (&json!("network"), &json!("photonics-uebersee"))
        );
    }
    for q in ["ü", "ueber", "uber", "übersee ph", "Photonisc"] {
        assert_eq!(
            names(&app.anonymous().get("/api/v1/suggest").query("q", q).expect(200)),
            ["Photonics Übersee"],
            "{q}"
        );
    }
    for number in 0..15 {
        create(&app, Kind::Event, &format!("Phototag {number}"), json!({}));
    }
    let count = |parameters: &str| {
        app.anonymous().get(&format!("/api/v1/suggest?q=photo{parameters}")).expect(200).items().len()
    };
    assert_eq!((count(""), count("&limit=3"), count("&kind=network"), count("&limit=200")), (10, 3, 1, 16));
}

fn completion_knows_only_what_is_public(app: TestApp) {
    create(&app, Kind::Cluster, "Zirkus", json!({ "status": "draft" }));
    create(&app, Kind::Cluster, "Zikade", json!({}));
    let suggested = |q: &str| names(&app.anonymous().get(&format!("/api/v1/suggest?q={q}")).expect(200));
    assert_eq!(suggested("zi"), ["Zikade"]);
    assert_eq!(suggested("zirkus"), NOTHING);
    app.editor().change(Kind::Cluster, "zirkus", &json!({ "status": "published" }));
    assert_eq!(suggested("zirkus"), ["Zirkus"]);
}

fn lists_find_what_search_finds(app: TestApp) {
    let mut turmoil = Turmoil::new(app.editor(), 31);
    (0..80).for_each(|_| turmoil.stir());
    let mut hits = 0;
    for q in ["Optik", "mueller", "netzwerk", "mobilit", "zurn", "Krfat", "arzt", "eine", "a", "31"] {
        for kind in Kind::ALL {
            let ids = |address: &str| -> BTreeSet<String> {
                let id =
                    |item: &Value| item.get("reference").unwrap_or(item)["id"].as_str().unwrap().to_owned();
                app.anonymous().get(address).query("q", q).expect(200).items().iter().map(id).collect()
            };
            let listed = ids(&format!("{}?limit=200", collection(kind)));
            assert_eq!(listed, ids(&format!("/api/v1/search?limit=200&kind={kind}")), "{q} {kind}");
            hits += listed.len();
        }
    }
    assert!(hits > 40, "{hits}");
}

fn what_cannot_be_searched_for_is_refused_by_name(app: TestApp) {
    create(&app, Kind::Cluster, "Optik", json!({}));
    let cases = [
        ("search?", "q"),
        ("search?q=", "q"),
        ("search?q=%20-%20", "q"),
        ("search?q=a&q=b", "q"),
        ("search?q=a&kind=xx", "kind"),
        ("search?q=a&lang=xx", "lang"),
        ("search?q=a&lang=", "lang"),
        ("search?q=a&limit=0", "limit"),
        ("search?q=a&limit=201", "limit"),
        ("search?q=a&limit=x", "limit"),
        ("search?q=a&region=DE2", "region"),
        ("search?q=a&technology_field=x", "technology_field"),
        ("search?q=a&industry=C", "industry"),
        ("search?q=a&cursor=x", "cursor"),
        ("suggest?", "q"),
        ("suggest?q=!", "q"),
        ("suggest?q=a&limit=0", "limit"),
        ("suggest?q=a&kind=clusters", "kind"),
        ("suggest?q=a&cursor=x", "cursor"),
        ("suggest?q=a&lang=de", "lang"),
    ];
    for (query, fault) in cases {
        assert_eq!(app.anonymous().get(&format!("/api/v1/{query}")).expect(400).faults(), [fault], "{query}");
    }
}
