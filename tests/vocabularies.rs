//! Vocabularies: the spellings in which their entries may be named, what they are called, and places in and outside of
//! their regions.

use crate::harness::{Records as _, TestApp, collection, example, minimal, on_both, with};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    vocabulary::{Entry, Industry, Region, VocabularyVisitor, every_vocabulary},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both! {
    a_region_is_named_by_its_code_in_any_case_its_key_or_its_slug
    an_industry_is_named_in_any_depth_and_spelling
    names_in_facets_are_those_of_the_vocabulary
    a_place_abroad_is_one_of_an_address_abroad
    an_international_event_may_be_anywhere
    a_place_is_on_the_earth
}

fn a_region_is_named_by_its_code_in_any_case_its_key_or_its_slug(app: TestApp) {
    let get = |address: &str| app.anonymous().get(&format!("/api/v1/{address}")).expect(200);
    for (index, region) in Region::all().iter().enumerate() {
        let spellings =
            [region.code.to_lowercase(), region.ags.clone(), region.slug.clone(), region.code.clone()];
        for text in &spellings {
            assert_eq!(get(&format!("regions/{text}")).json()["code"], region.code, "{text}");
            assert_eq!(get(&format!("regions/{text}/atlas")).json()["region"]["code"], region.code, "{text}");
        }
        let written = &spellings[index % spellings.len()];
        let title = format!("Optik {index}");
        let cluster = with(&minimal(Kind::Cluster, &title), &json!({ "regions": [written] }));
        let created = app.editor().create(Kind::Cluster, &cluster);
        assert_eq!(created["regions"], json!([region.code]), "{written}");
        let address = format!("/api/v1/clusters/{}", created["slug"].as_str().unwrap());
        let again = app.editor().put(&address).if_match("*").json(&cluster).expect(200).json();
        assert_eq!(again["version"], 1, "{written} is no change");
    }
    for region in Region::all() {
        let found = |text: &str| get(&format!("clusters?limit=200&region={text}")).each("id");
        let all = found(&region.code);
        assert!(!all.is_empty());
        for text in [region.code.to_lowercase(), region.ags.clone(), region.slug.clone()] {
            assert_eq!(found(&text), all, "{text}");
        }
    }
    app.anonymous().get("/api/v1/regions/DE2").expect(404);
    assert_eq!(app.anonymous().get("/api/v1/clusters?region=8111").expect(400).faults(), ["region"]);
}

fn an_industry_is_named_in_any_depth_and_spelling(app: TestApp) {
    let member = |index: usize, industries: &Value| {
        with(&minimal(Kind::Member, &format!("Betrieb {index}")), &json!({ "industries": industries }))
    };
    for (index, division) in Industry::all().iter().filter(|industry| industry.level == 2).enumerate() {
        let (code, section) = (&division.code, division.parent.as_deref().unwrap());
        let spellings = [
            format!("{code}.11"),
            format!("{code}.11.0"),
            format!("{code}110"),
            format!("{section}{code}"),
            format!("{section} {code}.99"),
            format!("{}{code}.1", section.to_lowercase()),
        ];
        for (offset, text) in spellings.iter().enumerate() {
            if offset == index % spellings.len() {
                let created = app.admin().create(Kind::Member, &member(index, &json!([text])));
                assert_eq!(created["industries"], json!([code]), "{text}");
            }
            let found = app.anonymous().get("/api/v1/members").query("industry", text).expect(200);
            let names: Vec<String> = found.each("name");
            assert!(
                offset < index % spellings.len() || names == [format!("Betrieb {index}")],
                "{text}: {names:?}"
            );
            let entry =
                app.anonymous().get(&format!("/api/v1/industries/{}", text.replace(' ', "%20"))).expect(200);
            assert_eq!(entry.json()["code"], *code, "{text}");
        }
        let other = if section == "A" { "B" } else { "A" };
        for bad in [format!("{other}{code}"), format!("{code}.11111"), format!("{code}.x")] {
            let refused = app.admin().post("/api/v1/members").json(&member(999, &json!([bad]))).expect(422);
            assert_eq!(refused.faults(), ["/industries/0"], "{bad}");
        }
    }
    let divisions: Vec<&str> = Industry::all().iter().map(Entry::code).collect();
    for number in
        (0..100).map(|number| format!("{number:02}")).filter(|code| !divisions.contains(&code.as_str()))
    {
        let refused = app
            .admin()
            .post("/api/v1/members")
            .json(&member(999, &json!([format!("{number}.11")])))
            .expect(422);
        assert_eq!(refused.faults(), ["/industries/0"], "{number}");
    }
    let sections = app.admin().create(Kind::Member, &member(1000, &json!(["c", "26.11"])));
    assert_eq!(sections["industries"], json!(["C", "26"]));
}

/// What every entry of every vocabulary is called, by its code, as the vocabularies' addresses say.
fn names(app: &TestApp) -> BTreeMap<String, Value> {
    struct Names<'a>(&'a TestApp, BTreeMap<String, Value>);
    impl VocabularyVisitor for Names<'_> {
        fn visit<E: Entry>(&mut self) {
            let items = self.0.anonymous().get(&format!("/api/v1/{}", E::PATH)).expect(200).items();
            for (item, entry) in items.iter().zip(E::all()) {
                self.1.insert(format!("{} {}", E::PATH, entry.code()), item["name"].clone());
            }
        }
    }
    let mut names = Names(app, BTreeMap::new());
    every_vocabulary(&mut names);
    names.1
}

fn names_in_facets_are_those_of_the_vocabulary(app: TestApp) {
    struct Count<'a>(&'a TestApp, BTreeMap<String, Value>, usize);
    impl KindVisitor for Count<'_> {
        fn visit<C: Content>(&mut self) {
            let Self(app, names, compared) = self;
            app.admin().create(C::KIND, &example::<C>(app));
            let counts = app.anonymous().get(&format!("{}/facets", collection(C::KIND))).expect(200).json();
            let stats = app.anonymous().get(&format!("/api/v1/stats?kind={}", C::KIND)).expect(200).json();
            for facets in [&counts["facets"], &stats["kinds"][0]["facets"]] {
                for (facet, values) in facets.as_object().unwrap() {
                    let path = match facet.as_str() {
                        "region" => "regions",
                        "planning_region" => "planning-regions",
                        "industry" => "industries",
                        "technology_field" => "technology-fields",
                        "chamber" => "chambers",
                        "label" | "label_valid" => "labels",
                        _ => continue,
                    };
                    for value in values.as_array().unwrap() {
                        let entry = format!("{path} {}", value["value"].as_str().unwrap());
                        assert_eq!(value["name"], names[&entry], "{} {entry}", C::KIND);
                        *compared += 1;
                    }
                }
            }
        }
    }
    let mut count = Count(&app, names(&app), 0);
    every_kind(&mut count);
    assert!(count.2 > 30, "{}", count.2);
}

/// Records of every kind that can have a place, there, with an address in a country where it has one.
fn located(kind: Kind, place: &Value, country: Option<&str>) -> Option<(Value, &'static str)> {
    let (fields, pointer) = match kind {
        Kind::Cluster => (json!({ "location": place }), "/location"),
        Kind::Initiative | Kind::Network => {
            (json!({ "location": place, "contact": { "country": country } }), "/location")
        }
        Kind::Operation | Kind::Member => {
            (json!({ "location": place, "address": { "country": country } }), "/location")
        }
        Kind::Event => (json!({ "venue": { "location": place, "country": country } }), "/venue/location"),
        Kind::Measure => return None,
    };
    Some((with(&minimal(kind, "Ort"), &fields), pointer))
}

fn a_place_abroad_is_one_of_an_address_abroad(app: TestApp) {
    app.prepare(Kind::Operation);
    let singapore = json!({ "lat": 1.29, "lon": 103.85 });
    let basel = json!({ "lat": 47.56, "lon": 7.59 });
    for kind in Kind::ALL {
        for country in [None, Some("DE")] {
            let Some((record, pointer)) = located(kind, &singapore, country) else { continue };
            let refused = app.admin().post(&collection(kind)).json(&record).expect(422);
            assert_eq!(refused.faults(), [pointer], "{kind} {country:?}");
        }
        for (place, country) in [(&singapore, "SG"), (&basel, "CH")] {
            let Some((record, _)) = located(kind, place, Some(country)) else { continue };
            let status = if kind == Kind::Cluster { 422 } else { 201 };
            app.admin().post(&collection(kind)).json(&record).expect(status);
        }
    }
}

fn an_international_event_may_be_anywhere(app: TestApp) {
    let tokyo = json!({ "lat": 35.68, "lon": 139.69 });
    let (event, _) = located(Kind::Event, &tokyo, None).unwrap();
    for scope in ["regional", "statewide", "national"] {
        let event = with(&event, &json!({ "scope": scope }));
        assert_eq!(
            app.editor().post("/api/v1/events").json(&event).expect(422).faults(),
            ["/venue/location"],
            "{scope}"
        );
    }
    app.editor().create(Kind::Event, &with(&event, &json!({ "scope": "international" })));
    let berlin = json!({ "venue": { "location": { "lat": 52.52, "lon": 13.4 } }, "scope": "international", "region": "DE111" });
    let refused = app.editor().post("/api/v1/events").json(&with(&event, &berlin)).expect(422);
    assert_eq!(refused.faults(), ["/venue/location"], "it is not in that region");
}

fn a_place_is_on_the_earth(app: TestApp) {
    app.prepare(Kind::Operation);
    for place in [
        json!({ "lat": 91, "lon": 9 }),
        json!({ "lat": 48, "lon": 180.5 }),
        json!({ "lat": -900.5, "lon": -1e9 }),
    ] {
        for kind in Kind::ALL {
            let Some((record, pointer)) = located(kind, &place, Some("SG")) else { continue };
            let refused = app.admin().post(&collection(kind)).json(&record).expect(422);
            assert_eq!(refused.faults(), [pointer], "{kind} {place}");
        }
    }
}
