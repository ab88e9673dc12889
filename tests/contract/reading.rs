//! What every kind promises to its readers.

use super::{address, create, id, renamed};
use crate::harness::{
    Answer, Client, Minimal as _, Records as _, TestApp, example, for_every_kind, nobodys_id, other_example,
    with, without,
};
use chrono::TimeDelta;
use domain::{content::Content, kind::Kind, query::Scope, terms::Facet};
use serde_json::{Value, json};
use std::collections::BTreeSet;

for_every_kind! {
    a_held_answer_is_not_sent_again
    head_is_get_without_a_body
    addresses_know_their_methods
    a_draft_shows_nowhere
    pages_hold_every_record_once_in_every_order
    every_facet_finds_what_it_counts
    exports_hold_every_record
    what_can_be_no_key_is_not_found
    parameters_are_known_or_refused
}

fn ids_of(client: &Client<'_>, address: &str) -> Vec<String> {
    client.get(address).expect(200).each("id")
}

/// Every record on every page, and the pages themselves.
fn walk(client: &Client<'_>, address: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next = Some(address.to_owned());
    while let Some(address) = next {
        assert!(ids.len() < 100, "the pages go on for ever");
        let page: Answer = client.get(&address).expect(200);
        ids.extend(page.each("id"));
        next = page.json()["next"].as_str().map(str::to_owned);
        let link = next.as_ref().map(|next| format!("<{next}>; rel=\"next\"")).unwrap_or_default();
        assert_eq!(page.header("link"), link);
    }
    ids
}

fn a_held_answer_is_not_sent_again<C: Content>(app: &TestApp) {
    let created = create::<C>(app, "Erster");
    let facets = format!("{}/facets", C::collection());
    for address in [address::<C>(&created), C::collection(), facets] {
        for client in [app.anonymous(), app.auditor()] {
            let tag = client.get(&address).expect(200).etag();
            for held in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
                let answer = client.get(&address).header("if-none-match", &held).expect(304);
                assert_eq!((answer.etag(), answer.body), (tag.clone(), Vec::new()));
            }
            client.get(&address).header("if-none-match", "\"other\"").expect(200);
        }
    }
    let tag = app.anonymous().get(&address::<C>(&created)).expect(200).etag();
    app.editor().patch(&address::<C>(&created)).if_match("*").json(&renamed::<C>("Zweiter")).expect(200);
    app.anonymous().get(&address::<C>(&created)).header("if-none-match", &tag).expect(200);
}

fn head_is_get_without_a_body<C: Content>(app: &TestApp) {
    let created = create::<C>(app, "Erster");
    for address in [address::<C>(&created), C::collection(), format!("{}/facets", C::collection())] {
        let get = app.anonymous().get(&address).expect(200);
        let head = app.anonymous().head(&address).expect(200);
        for header in ["etag", "last-modified", "content-type", "cache-control"] {
            assert_eq!(head.header(header), get.header(header), "{header}");
        }
        app.anonymous().head(&address).header("if-none-match", &get.etag()).expect(304);
    }
    app.anonymous().head(&format!("{}/{}", C::collection(), nobodys_id())).expect(404);
}

fn addresses_know_their_methods<C: Content>(app: &TestApp) {
    let address = address::<C>(&create::<C>(app, "Erster"));
    let cases = [
        (C::collection(), "GET, POST, HEAD, OPTIONS"),
        (format!("{}/facets", C::collection()), "GET, HEAD, OPTIONS"),
        (address.clone(), "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        (format!("{address}/restore"), "POST, OPTIONS"),
    ];
    for (address, allow) in cases {
        let options = app.anonymous().options(&address).expect(204);
        assert_eq!(options.header("allow"), allow, "{address}");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|it| !allow.contains(it)) {
            let refused = app.editor().request(method.parse().unwrap(), &address).expect(405);
            assert_eq!(refused.header("allow"), allow, "{method} {address}");
        }
    }
}

fn a_draft_shows_nowhere<C: Content>(app: &TestApp) {
    let sent = with(&without(&example::<C>(app), &["chamber", "external_id"]), &json!({ "status": null }));
    let draft = app.editor().create(C::KIND, &sent);
    assert_eq!(draft["status"], "draft");
    let (collection, id) = (C::collection(), id(&draft));
    let public = app.anonymous();
    let facets = public.get(&format!("{collection}/facets")).expect(200);
    let targets = public.get(&format!("{collection}?with_total=true&limit=200")).expect(200);
    assert_eq!(targets.json()["total"], targets.items().len());
    for format in ["json", "csv", "ndjson", "geojson"] {
        let seen = public.get(&format!("{collection}?format={format}")).expect(200).text();
        assert!(!seen.contains(&id), "{format}");
        assert!(app.auditor().get(&format!("{collection}?format={format}")).expect(200).text().contains(&id));
    }
    assert!(public.get(&format!("{collection}?ids={id}")).expect(200).items().is_empty());
    assert_eq!(public.get(&format!("{collection}?status=draft")).expect(400).faults(), ["status"]);
    assert_eq!(ids_of(&app.editor(), &format!("{collection}?status=draft")), [id]);
    app.editor().change(C::KIND, draft["id"].as_str().unwrap(), &json!({ "status": "published" }));
    assert_ne!(public.get(&format!("{collection}/facets")).expect(200).body, facets.body);
}

fn pages_hold_every_record_once_in_every_order<C: Content>(app: &TestApp) {
    let mut created = Vec::new();
    for name in ["Beta", "Ärzte", "alpha", "Beta", "-Anker-"] {
        app.clock.advance(TimeDelta::seconds(1));
        created.push(id(&create::<C>(app, name)));
    }
    let order = |places: [usize; 5]| places.map(|place| created[place].clone());
    for key in Scope::of::<C>().sort_keys() {
        let expected = match key {
            "name" | "title" => order([2, 4, 1, 0, 3]),
            _ => order([0, 1, 2, 3, 4]),
        };
        for limit in [1, 2, 5] {
            let ascending = walk(&app.anonymous(), &format!("{}?limit={limit}&sort={key}", C::collection()));
            assert_eq!(ascending, expected, "{key}");
            let mut descending =
                walk(&app.auditor(), &format!("{}?sort=-{key}&limit={limit}", C::collection()));
            descending.reverse();
            assert_eq!(descending, expected, "-{key}");
        }
    }
    let page = app.anonymous().get(&format!("{}?limit=2&with_total=true", C::collection())).expect(200);
    assert_eq!((page.items().len(), &page.json()["total"]), (2, &json!(5)));
}

fn every_facet_finds_what_it_counts<C: Content>(app: &TestApp) {
    let admin = app.admin();
    let records =
        [admin.create(C::KIND, &example::<C>(app)), admin.create(C::KIND, &other_example::<C>(app))];
    let counts = app.anonymous().get(&format!("{}/facets", C::collection())).expect(200).json();
    let counts = counts["facets"].as_object().unwrap();
    let known: BTreeSet<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(known, C::FACETS.iter().map(|facet| facet.as_str()).collect());
    let mut found = BTreeSet::new();
    for (facet, values) in counts {
        assert!(!values.as_array().unwrap().is_empty(), "nothing has a {facet}");
        for value in values.as_array().unwrap() {
            let filter = format!("{facet}={}", value["value"].as_str().unwrap());
            let list = format!("{}?{filter}&with_total=true&limit=200", C::collection());
            let answer = app.anonymous().get(&list).expect(200);
            assert_eq!(answer.json()["total"], value["count"], "{filter}");
            found.extend(answer.each("id"));
            let name = value["name"].as_str().or(value["name"]["de"].as_str());
            assert!(name.is_some_and(|name| !name.is_empty()));
            let within =
                app.anonymous().get(&format!("{}/facets?{filter}", C::collection())).expect(200).json();
            assert!(within["facets"][facet].as_array().unwrap().contains(value), "{filter}");
        }
        let unknown = format!("{}?{facet}=no-such-value", C::collection());
        assert_eq!(app.anonymous().get(&unknown).expect(400).faults(), [facet.as_str()]);
    }
    assert!(records.iter().all(|record| found.contains(&id(record))));
    for facet in Facet::ALL.iter().filter(|facet| !C::FACETS.contains(facet)) {
        let foreign = format!("{}?{}=x", C::collection(), facet.as_str());
        assert_eq!(app.anonymous().get(&foreign).expect(400).faults(), [facet.as_str()]);
    }
}

fn exports_hold_every_record<C: Content>(app: &TestApp) {
    let mut ids: Vec<String> = ["Anna", "Berta", "Cäsar"].map(|name| id(&create::<C>(app, name))).into();
    ids.sort();
    let public = app.anonymous();
    let list = public.get(&C::collection()).expect(200).items();
    let get = |format: &str| public.get(&format!("{}?format={format}", C::collection())).expect(200);

    let ndjson = get("ndjson");
    let lines: Vec<Value> = ndjson.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, list);
    assert_eq!(ndjson.header("content-type"), "application/x-ndjson");
    let feed = public.get("/api/v1/changes?limit=200").expect(200).json();
    assert_eq!(ndjson.header("change-cursor"), feed["cursor"].as_str().unwrap());

    let geojson = get("geojson");
    assert_eq!(geojson.header("content-type"), "application/geo+json");
    assert_eq!(geojson.json()["type"], "FeatureCollection");
    let features = geojson.json()["features"].as_array().unwrap().clone();
    let properties: Vec<&Value> = features.iter().map(|feature| &feature["properties"]).collect();
    assert_eq!(properties, list.iter().collect::<Vec<_>>());
    assert!(features.iter().all(|feature| feature["type"] == "Feature" && feature["geometry"].is_null()));

    let csv = get("csv");
    assert!(csv.header("content-type").starts_with("text/csv; charset=utf-8"));
    let text = csv.text();
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert!(rows.headers().unwrap().iter().any(|column| column == "id"));
    let mut found: Vec<String> = rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
    found.sort();
    assert_eq!(found, ids);

    let accepted =
        public.get(&C::collection()).header("accept", "text/csv;q=0.5, application/x-ndjson").expect(200);
    assert_eq!(accepted.body, ndjson.body);
    let limited = public.get(&format!("{}?format=ndjson&limit=2", C::collection())).expect(200);
    assert_eq!(limited.text().lines().count(), 2);
}

fn what_can_be_no_key_is_not_found<C: Content>(app: &TestApp) {
    let foreign = if C::KIND == Kind::Cluster { Kind::Measure } else { Kind::Cluster };
    let keys = [
        "%00".to_owned(),
        "a%00b".to_owned(),
        "%FF".to_owned(),
        "%C3%A4".to_owned(),
        "UPPER".to_owned(),
        "a--b".to_owned(),
        "'%20OR%201=1".to_owned(),
        "..%2F..%2Fetc".to_owned(),
        "x".repeat(300),
        "no-such-record".to_owned(),
        "019a2b3c000070008000000000000001".to_owned(),
        nobodys_id().to_string(),
        app.target(foreign).to_string(),
    ];
    for key in keys {
        let address = format!("{}/{key}", C::collection());
        app.anonymous().get(&address).expect(404);
        app.anonymous().head(&address).expect(404);
        app.auditor().get(&address).expect(404);
        let editor = app.editor();
        editor.put(&address).if_match("*").json(&C::minimal("x")).expect(404);
        editor.patch(&address).json(&json!({})).expect(404);
        editor.delete(&address).expect(404);
        editor.post(&format!("{address}/restore")).expect(404);
    }
}

fn parameters_are_known_or_refused<C: Content>(app: &TestApp) {
    let address = address::<C>(&create::<C>(app, "Erster"));
    let facets = format!("{}/facets", C::collection());
    for address in [&C::collection(), &facets, &address] {
        let answer = app.anonymous().get(&format!("{address}?colour=red&shape=round")).expect(400);
        assert_eq!(answer.faults(), ["colour", "shape"], "{address}");
    }
    for paging in ["limit=1", "cursor=x", "sort=updated_at", "with_total=true"] {
        app.anonymous().get(&format!("{facets}?{paging}")).expect(400);
    }
    for bad in [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "limit=1&limit=2",
        "sort=colour",
        "sort=--name",
        "with_total=1",
        "format=xml",
        "cursor=x",
        "status=gone",
    ] {
        let answer = app.editor().get(&format!("{}?{bad}", C::collection())).expect(400);
        assert_eq!(answer.faults(), [bad.split('=').next().unwrap()], "{bad}");
    }
    let editor = app.editor();
    assert_eq!(
        editor.post(&format!("{}?x=1", C::collection())).json(&C::minimal("y")).expect(400).faults(),
        ["x"]
    );
    assert_eq!(
        editor.patch(&format!("{address}?x=1")).if_match("*").json(&json!({})).expect(400).faults(),
        ["x"]
    );
    assert_eq!(editor.delete(&format!("{address}?x=1")).if_match("*").expect(400).faults(), ["x"]);
    app.anonymous().get(&address).expect(200);
}
