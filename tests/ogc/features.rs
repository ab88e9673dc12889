//! Features: `limit`, pages, and what a feature is.

use super::{items, links, located_kinds, names, place, text};
use crate::harness::{Records as _, TestApp, minimal, on_both};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    the_features_are_the_located_records_of_the_api
    a_limit_is_clamped_and_never_refused_for_being_large
    pages_lead_from_one_to_the_next_until_there_are_no_more
    a_feature_has_the_id_of_its_address_and_links
}

fn get(app: &TestApp, address: &str) -> Value {
    app.anonymous().get(address).expect(200).json()
}

fn the_features_are_the_located_records_of_the_api(app: TestApp) {
    app.load_demo();
    for kind in located_kinds() {
        let exported = get(&app, &format!("/api/v1/{}.geojson", kind.plural()));
        let located: Vec<&Value> =
            exported["features"].as_array().unwrap().iter().filter(|it| !it["geometry"].is_null()).collect();
        let page = get(&app, &format!("{}?limit=1000", items(kind)));
        assert_eq!(page["numberMatched"], located.len(), "{kind}");
        assert_eq!(page["numberReturned"], located.len(), "{kind}");
        assert_eq!(page["type"], "FeatureCollection");
        assert_eq!(
            page["features"].as_array().unwrap().iter().collect::<Vec<_>>(),
            located,
            "{kind}, in order"
        );
        assert!(located.len() > 10, "{kind}");
    }
}

fn a_limit_is_clamped_and_never_refused_for_being_large(app: TestApp) {
    app.load_demo();
    let of = |limit: &str| get(&app, &format!("{}?limit={limit}", items(Kind::Member)));
    assert_eq!(get(&app, &items(Kind::Member))["numberReturned"], 100);
    for (limit, returned) in [("1", 1), ("007", 7), ("200", 200), ("201", 201)] {
        let page = of(limit);
        assert_eq!(page["numberReturned"], returned, "{limit}");
        assert_eq!(page["features"].as_array().unwrap().len(), returned);
    }
    for large in ["1000", "1001", "10000", "4294967296", "99999999999999999999999999999"] {
        let page = of(large);
        assert_eq!(page["numberReturned"], page["numberMatched"], "{large}");
    }
    for bad in ["0", "00", "-1", "-0", "", "1.0", "1e2", "x", "%2B1", "1%2C2", "NaN", "0x10", "1%00"] {
        let answer = app.anonymous().get(&format!("{}?limit={bad}", items(Kind::Member))).expect(400);
        assert_eq!(answer.faults(), ["limit"], "{bad}");
    }
    app.anonymous().get(&format!("{}?limit=1&limit=2", items(Kind::Member))).expect(400);
}

fn pages_lead_from_one_to_the_next_until_there_are_no_more(app: TestApp) {
    app.load_demo();
    for kind in located_kinds() {
        let whole = names(&get(&app, &format!("{}?limit=1000&bbox=8,47,10,50", items(kind))));
        let (mut walked, mut pages) = (Vec::new(), 0);
        let mut address = Some(format!("{}?limit=7&bbox=8,47,10,50", items(kind)));
        while let Some(here) = address {
            let answer = app.anonymous().get(&here).expect(200);
            let page = answer.json();
            assert_eq!(page["numberMatched"], whole.len(), "{kind}: of all pages");
            assert_eq!(page["numberReturned"], names(&page).len());
            walked.extend(names(&page));
            let next = links(&page, "next");
            assert!(next.iter().all(|link| link["type"] == "application/geo+json"), "{next:?}");
            let expected = next.first().map(|link| format!("<{}>; rel=\"next\"", text(&link["href"])));
            assert_eq!(answer.header("link"), expected.unwrap_or_default());
            address = next.first().map(|link| text(&link["href"]).to_owned());
            pages += 1;
        }
        assert_eq!(walked, whole, "{kind}");
        assert_eq!(pages, whole.len().div_ceil(7), "{kind}");
    }
    let page = get(
        &app,
        &format!("{}?limit=1&size_class=small&f=html", items(Kind::Member)).replace("html", "json"),
    );
    let cursor = text(&links(&page, "next")[0]["href"])
        .split("cursor=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    let with =
        |query: &str| app.anonymous().get(&format!("{}?{query}cursor={cursor}", items(Kind::Member))).send();
    assert_eq!(with("size_class=small&limit=5&").status, 200, "the size of pages may change");
    for other in
        ["", "size_class=large&", "size_class=small&bbox=8,48,9,49&", "size_class=small&datetime=2026-01-01&"]
    {
        assert_eq!(with(other).faults(), ["cursor"], "{other}");
    }
    let as_page = app.anonymous().get(&format!("{}?limit=1&f=html", items(Kind::Member))).expect(200).text();
    assert!(as_page.contains("f=html\" rel=\"next\""), "pages lead to pages");
}

fn a_feature_has_the_id_of_its_address_and_links(app: TestApp) {
    for kind in located_kinds() {
        let id = place(&app, kind, "Eins", [48.8, 9.2]);
        let path = format!("{}/{id}", items(kind));
        let answer = app.anonymous().get(&path).expect(200);
        let feature = answer.json();
        assert_eq!(answer.header("content-type"), "application/geo+json");
        assert!(!answer.header("last-modified").is_empty());
        assert_eq!((&feature["type"], &feature["id"]), (&json!("Feature"), &json!(id)));
        assert_eq!(
            feature["geometry"],
            json!({ "type": "Point", "coordinates": [9.2, 48.8] }),
            "longitude first"
        );
        let record = app.anonymous().get(&format!("/api/v1/{}/{id}", kind.plural())).expect(200);
        assert_eq!(feature["properties"], record.json());
        let collection = links(&feature, "collection");
        assert!(
            text(&collection[0]["href"]).contains(kind.plural())
                && collection[0]["type"] == "application/json"
        );
        let in_the_api =
            links(&feature, "alternate").into_iter().find(|link| link["type"] == "application/json");
        let same = app.anonymous().get(text(&in_the_api.unwrap()["href"])).expect(200).json();
        assert_eq!(same, feature["properties"]);
        // A slug is no id of a feature, and what has lost its location is no feature.
        app.anonymous().get(&format!("{}/eins", items(kind))).expect(404);
        let place = if kind == Kind::Event { "venue" } else { "location" };
        app.admin().change(kind, &id, &json!({ place: null }));
        app.anonymous().get(&path).expect(404);
        assert_eq!(get(&app, &items(kind))["numberMatched"], 0);
        app.admin().create(kind, &minimal(kind, "Zwei"));
        assert_eq!(get(&app, &items(kind))["numberMatched"], 0);
    }
}
