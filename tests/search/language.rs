//! What Germans type: abbreviations, compounds in every spelling, synonyms, whole questions, codes.

use super::finding::{NOTHING, ask, create, found, names};
use crate::harness::{TestApp, on_both};
use domain::kind::Kind;
use serde_json::json;
use std::collections::BTreeSet;

on_both! {
    short_words_stand_for_themselves
    an_elided_part_is_the_whole_compound
    a_name_is_found_in_every_spelling
    synonyms_are_one
    questions_are_searched_by_their_content
    places_and_websites_are_found_exactly
    typos_are_forgiven_in_words_alone
    neighbouring_marks_are_one
    what_is_invisible_makes_no_difference
}

fn suggested(app: &TestApp, q: &str) -> BTreeSet<String> {
    names(&app.anonymous().get("/api/v1/suggest").query("q", q).expect(200)).into_iter().collect()
}

fn short_words_stand_for_themselves(app: TestApp) {
    let names = [
        "KI Werk",
        "Kiel",
        "IT Haus",
        "Italien",
        "3D Druck",
        "3DX",
        "C++ Forum",
        "C Forum",
        "F&E Büro",
        "Feld",
        "Muster e.K.",
        "Ekel",
        "E-Mobilität Süd",
        "e-mobil",
        "Emmendingen",
    ];
    for name in names {
        create(
            &app,
            Kind::Cluster,
            name,
            json!({ "summary": { "de": "Es gibt nichts zu sagen.", "en": "It is it." } }),
        );
    }
    for (q, name) in [
        ("KI", "KI Werk"),
        ("ki", "KI Werk"),
        ("IT", "IT Haus"),
        ("it", "IT Haus"),
        ("3D", "3D Druck"),
        ("3-D", "3D Druck"),
        ("C++", "C++ Forum"),
        ("C", "C Forum"),
        ("F&E", "F&E Büro"),
        ("F & E", "F&E Büro"),
        ("FuE", "F&E Büro"),
        ("e.K.", "Muster e.K."),
        ("eK", "Muster e.K."),
    ] {
        assert_eq!(found(&app, q), [name], "{q}");
    }
    for q in ["e-m", "e-mo", "e-mob", "E-Mobil"] {
        assert_eq!(
            suggested(&app, q),
            BTreeSet::from(["E-Mobilität Süd", "e-mobil"].map(str::to_owned)),
            "{q}"
        );
    }
}

fn an_elided_part_is_the_whole_compound(app: TestApp) {
    for (name, q) in [
        ("Luft- und Raumfahrt Ulm", "Luftfahrt"),
        ("Ventil-, Mess- und Regeltechnik", "Messtechnik"),
        ("Aus- und Weiterbildung", "Ausbildung"),
        ("Vor-/Nachteile", "Vorteile"),
        ("Textilmaschinen und -anlagen", "Textilanlagen"),
        ("Holz- und Metallbau", "Holzbau"),
    ] {
        create(&app, Kind::Initiative, name, json!({}));
        let about = format!("Alles über {name}.");
        create(&app, Kind::Event, &format!("Tag {}", name.len()), json!({ "summary": { "de": about } }));
        let hits = found(&app, q);
        assert_eq!((hits[0].as_str(), hits.len()), (name, 2), "{q}: {hits:?}");
    }
}

fn a_name_is_found_in_every_spelling(app: TestApp) {
    for (kind, spellings) in [
        (Kind::Network, ["Solar Cluster", "Solar-Cluster", "SolarCluster", "Solarcluster"]),
        (Kind::Member, ["Bio Regio Stern", "Bio-Regio-Stern", "BioRegio STERN", "BioRegioSTERN"]),
        (Kind::Event, ["e mobil", "e-mobil", "eMobil", "E-Mobil"]),
    ] {
        for (number, name) in spellings.iter().enumerate() {
            create(&app, kind, &format!("{name} {number}"), json!({}));
        }
        for q in spellings {
            assert_eq!(
                ask(&app, q, &format!("kind={kind}")).expect(200).items().len(),
                spellings.len(),
                "{q}"
            );
        }
    }
}

fn synonyms_are_one(app: TestApp) {
    let groups = [
        ["KI", "Künstliche Intelligenz", "AI", "artificial intelligence"],
        ["H2", "Wasserstoff", "hydrogen", "H₂"],
        ["F&E", "Forschung und Entwicklung", "R&D", "research and development"],
    ];
    for (number, terms) in groups.iter().enumerate() {
        for term in terms {
            create(&app, Kind::Measure, &format!("Gruppe {number}: {term}"), json!({}));
        }
        for q in terms {
            let hits = found(&app, q);
            assert_eq!(hits.len(), terms.len(), "{q}: {hits:?}");
            assert!(
                hits[0].ends_with(q) || *q == "H2" || *q == "H₂",
                "{q}: what holds exactly that comes first: {hits:?}"
            );
        }
    }
}

fn questions_are_searched_by_their_content(app: TestApp) {
    create(&app, Kind::Cluster, "Optik Heilbronn", json!({}));
    create(&app, Kind::Network, "Photonics Ulm", json!({}));
    for (q, name) in [
        ("Welche Cluster gibt es in Heilbronn?", "Optik Heilbronn"),
        ("Wo finde ich in Heilbronn etwas zum Thema Optik", "Optik Heilbronn"),
        ("Which networks are there for photonics?", "Photonics Ulm"),
        ("Who works in the field of photonics?", "Photonics Ulm"),
    ] {
        assert_eq!(found(&app, q)[0], name, "{q}");
    }
}

fn places_and_websites_are_found_exactly(app: TestApp) {
    let address = json!({ "postal_code": "70191", "city": "Leinfelden" });
    let fields = json!({ "address": address, "website": "https://www.laser-ulm.example/start" });
    create(&app, Kind::Member, "Alpha", fields);
    let contact = json!({ "postal_code": "70191", "city": "Leinfelden" });
    create(&app, Kind::Network, "Beta", json!({ "contact": contact, "short_name": "BTX" }));
    for q in ["70191", "D-70191", "70191 Leinfelden", "leinfelden"] {
        assert_eq!(found(&app, q).len(), 2, "{q}");
    }
    for q in
        ["laser-ulm.example", "www.laser-ulm.example", "https://www.laser-ulm.example/start", "LASER-ULM"]
    {
        assert_eq!(found(&app, q), ["Alpha"], "{q}");
    }
    assert_eq!(found(&app, "btx"), ["Beta"]);
    for q in ["7019", "0191", "70192", "701910"] {
        assert_eq!(found(&app, q), NOTHING, "{q}");
    }
}

fn typos_are_forgiven_in_words_alone(app: TestApp) {
    let about =
        json!({ "summary": { "de": "Eine Halle seit 2025 mit einem Modell aus Baden.", "en": "Mobility." } });
    create(&app, Kind::Cluster, "Halle 4711", about);
    create(&app, Kind::Cluster, "Kunststoff", json!({}));
    create(&app, Kind::Cluster, "Verpackungsmaschinenbau", json!({}));
    for q in ["2024", "4712", "Wein", "Einem2", "Möbel", "Bäder", "Seid"] {
        assert_eq!(found(&app, q), NOTHING, "{q}");
    }
    for (q, name) in [
        ("Kunstoff", "Kunststoff"),
        ("Kunsstof", "Kunststoff"),
        ("Verpackungsmashinen", "Verpackungsmaschinenbau"),
        ("Hale", "Halle 4711"),
    ] {
        assert_eq!(found(&app, q), [name], "{q}");
    }
}

fn neighbouring_marks_are_one(app: TestApp) {
    create(&app, Kind::Cluster, "Industrie 4.0 mit E-Mobilität", json!({}));
    for (q, marked) in [
        ("4.0", "Industrie <mark>4.0</mark> mit E-Mobilität"),
        ("E-Mobilität", "Industrie 4.0 mit <mark>E-Mobilität</mark>"),
        ("Industrie 4.0", "<mark>Industrie</mark> <mark>4.0</mark> mit E-Mobilität"),
    ] {
        assert_eq!(ask(&app, q, "").expect(200).items()[0]["headline"], marked, "{q}");
    }
}

fn what_is_invisible_makes_no_difference(app: TestApp) {
    create(&app, Kind::Cluster, "Feinmechanik", json!({}));
    for q in ["Fein\u{ad}mechanik", "Fein\u{200b}mechanik", "\u{feff}Feinmechanik", "Fein\u{3164}mechanik"] {
        assert_eq!(found(&app, q), ["Feinmechanik"], "{q:?}");
        let listed = app.anonymous().get("/api/v1/clusters").query("q", q).expect(200);
        assert_eq!(listed.items().len(), 1, "{q:?}");
    }
}
