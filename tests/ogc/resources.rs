//! Landing page, conformance classes and collections: requirements of core, geojson and html about links and forms.

use super::{items, links, located_kinds, place, resources, text};
use crate::harness::{Engine, Options, Records as _, TestApp, located, minimal, on_both, with};
use chrono::{DateTime, Utc};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    the_landing_page_leads_to_everything
    every_resource_has_both_forms_and_links_to_them
    accept_selects_a_form_and_f_goes_first
    there_is_a_collection_for_every_kind_with_locations
    an_extent_is_the_smallest_one_around_what_is_public
    unknown_resources_and_parameters_are_problems
    what_is_shown_is_public_whoever_asks
    responses_are_tagged_and_never_stale
    links_lead_through_the_path_of_the_public_url
}

/// The media type of a resource as JSON.
fn json_of(path: &str) -> &'static str {
    match path {
        path if path.contains("/items") => "application/geo+json",
        "/ogc/api" => "application/vnd.oai.openapi+json;version=3.0",
        _ => "application/json",
    }
}

fn the_landing_page_leads_to_everything(app: TestApp) {
    let landing = app.anonymous().get("/ogc").expect(200).json();
    assert_eq!(app.anonymous().get("/ogc/").expect(200).json(), landing);
    for (rel, media_type) in [
        ("service-desc", "application/vnd.oai.openapi+json;version=3.0"),
        ("service-doc", "text/html"),
        ("conformance", "application/json"),
        ("data", "application/json"),
    ] {
        let found = links(&landing, rel);
        let link = found.iter().find(|link| link["type"] == media_type);
        let link = link.unwrap_or_else(|| panic!("{rel}: {found:?}"));
        let answer = app.anonymous().get(text(&link["href"])).header("accept", media_type).expect(200);
        assert!(answer.header("content-type").starts_with(media_type), "{link}");
    }
    let classes = app.anonymous().get("/ogc/conformance").expect(200).json()["conformsTo"].clone();
    let class = |name: &str| format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}");
    assert_eq!(classes, json!(["core", "geojson", "html", "oas30"].map(class)));
    let of_the_api = app.anonymous().get("/api/v1").expect(200).json();
    assert_eq!(links(&of_the_api, "service")[0]["href"], "http://portal.test/ogc");
}

fn every_resource_has_both_forms_and_links_to_them(app: TestApp) {
    app.load_demo();
    let client = app.anonymous();
    let resources = resources(&client);
    assert_eq!(resources.len(), 5 + 3 * located_kinds().len());
    for path in resources {
        let as_json = client.get(&path).expect(200);
        let as_page = client.get(&format!("{path}?f=html")).expect(200);
        assert_eq!(as_json.header("content-type"), json_of(&path), "{path}");
        assert_eq!(as_page.header("content-type"), "text/html; charset=utf-8", "{path}");
        if path == "/ogc/api" {
            continue;
        }
        let document = as_json.json();
        for (rel, media_type, same) in
            [("self", json_of(&path), &as_json), ("alternate", "text/html", &as_page)]
        {
            let link = links(&document, rel)[0];
            assert_eq!(link["type"], media_type, "{path}");
            let other = client.get(text(&link["href"])).expect(200);
            assert_eq!(other.header("content-type"), same.header("content-type"), "{path}");
        }
        // `type` is required of these, and given for all.
        for link in document["links"].as_array().unwrap() {
            for field in ["href", "rel", "type", "title"] {
                assert!(!text(&link[field]).is_empty(), "{path}: {link}");
            }
            client.get(text(&link["href"])).expect(200);
        }
        let page = as_page.text();
        assert!(page.contains("rel=\"self\" type=\"text/html\""), "{path}");
    }
}

fn accept_selects_a_form_and_f_goes_first(app: TestApp) {
    place(&app, Kind::Member, "A", [48.8, 9.2]);
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    for path in resources(&app.anonymous()) {
        let get = |accept: &str, query: &str| {
            let request = app.anonymous().get(&format!("{path}{query}"));
            request.header("accept", accept).send()
        };
        let form = |accept: &str, query: &str| {
            let answer = get(accept, query);
            assert_eq!(answer.status, 200, "{path}{query} {accept}");
            if answer.header("content-type").starts_with("text/html") { "html" } else { "json" }
        };
        for accept in
            [json_of(&path), "application/json", "*/*", "application/*", "application/json, text/html"]
        {
            assert_eq!(form(accept, ""), "json", "{path} {accept}");
        }
        for accept in [browser, "text/html", "text/*", "text/html, application/json;q=0.9"] {
            assert_eq!(form(accept, ""), "html", "{path} {accept}");
        }
        assert_eq!(form(browser, "?f=json"), "json");
        assert_eq!(form("application/json", "?f=html"), "html");
        assert_eq!(get("image/png", "").status, 406, "{path}");
        for bad in ["?f=", "?f=xml", "?f=JSON", "?f=json&f=html"] {
            let answer = get("*/*", bad);
            assert_eq!((answer.status, answer.faults()), (400, vec!["f".to_owned()]), "{path}{bad}");
        }
        app.anonymous().head(&path).expect(200);
        let allowed = app.anonymous().options(&path).expect(204).header("allow");
        assert_eq!(allowed, "GET, HEAD, OPTIONS", "{path}");
        let refused = app.editor().post(&path).json(&json!({})).expect(405);
        assert_eq!(refused.header("allow"), "GET, HEAD, OPTIONS", "{path}");
        let origin = app.anonymous().get(&path).header("origin", "https://a.example").expect(200);
        assert_eq!(origin.header("access-control-allow-origin"), "https://a.example", "{path}");
    }
}

fn there_is_a_collection_for_every_kind_with_locations(app: TestApp) {
    app.load_demo();
    let all = app.anonymous().get("/ogc/collections").expect(200).json();
    let all = all["collections"].as_array().unwrap();
    let ids: Vec<&str> = all.iter().map(|collection| text(&collection["id"])).collect();
    assert_eq!(ids, located_kinds().iter().map(|kind| kind.plural()).collect::<Vec<_>>());
    assert!(ids.contains(&"members") && !ids.contains(&"measures"), "{ids:?}");
    for collection in all {
        let path = format!("/ogc/collections/{}", text(&collection["id"]));
        assert_eq!(app.anonymous().get(&path).expect(200).json(), *collection, "they are the same");
        for media_type in ["application/geo+json", "text/html"] {
            let items = links(collection, "items").into_iter().find(|link| link["type"] == media_type);
            app.anonymous().get(text(&items.unwrap()["href"])).expect(200);
        }
        assert_eq!(collection["itemType"], "feature");
        assert_eq!(collection["crs"], json!(["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]));
    }
    app.anonymous().get("/ogc/collections/measures").expect(404);
}

/// The extent of a collection.
fn extent(app: &TestApp, kind: Kind) -> Value {
    let path = format!("/ogc/collections/{}", kind.plural());
    app.anonymous().get(&path).expect(200).json()["extent"].clone()
}

fn an_extent_is_the_smallest_one_around_what_is_public(app: TestApp) {
    for kind in located_kinds() {
        assert_eq!(extent(&app, kind), Value::Null, "{kind}: there is nothing");
        app.admin().create(kind, &minimal(kind, "Nirgends"));
        let draft = with(&located(kind, "Entwurf", [49.75, 10.1]), &json!({ "status": "draft" }));
        app.admin().create(kind, &draft);
        assert_eq!(extent(&app, kind), Value::Null, "{kind}: nothing public has a location");
        place(&app, kind, "A", [48.123_456_789, 9.2]);
        let bbox = |kind| extent(&app, kind)["spatial"]["bbox"].clone();
        assert_eq!(bbox(kind), json!([[9.2, 48.123_456_789, 9.2, 48.123_456_789]]), "{kind}");
        let north = place(&app, kind, "B", [49.7, 9.6]);
        // Many in the middle do not count, and neither do neighbours in the outermost cells.
        for (name, at) in
            [("C", [48.9, 9.3]), ("D", [48.9, 9.31]), ("E", [49.699, 9.599]), ("F", [48.2, 8.1])]
        {
            place(&app, kind, name, at);
        }
        assert_eq!(bbox(kind), json!([[8.1, 48.123_456_789, 9.6, 49.7]]), "{kind}");
        app.editor().delete(&format!("/api/v1/{}/{north}", kind.plural())).if_match("*").expect(204);
        assert_eq!(bbox(kind), json!([[8.1, 48.123_456_789, 9.599, 49.699]]), "{kind}: it has shrunk");
    }
    // Two more events: one is the first, and the other, without a location, would be the last.
    let at = |starts_at: &str, ends_at: &str| json!({ "starts_at": starts_at, "ends_at": ends_at });
    let early = at("2025-01-01T08:00:00Z", "2025-01-01T09:00:00Z");
    app.admin().create(Kind::Event, &with(&located(Kind::Event, "Früh", [48.5, 9.0]), &early));
    let late = at("2027-01-01T08:00:00Z", "2027-01-01T09:00:00Z");
    app.admin().create(Kind::Event, &with(&minimal(Kind::Event, "Spät"), &late));
    let interval = extent(&app, Kind::Event)["temporal"]["interval"][0].clone();
    let moment = |at: usize| -> DateTime<Utc> { text(&interval[at]).parse().unwrap() };
    assert_eq!(moment(0).to_rfc3339(), "2025-01-01T08:00:00+00:00");
    // An event ends before the moment that it names.
    let end = "2026-06-01T10:00:00Z".parse::<DateTime<Utc>>().unwrap();
    assert!(moment(1) <= end && end - moment(1) < chrono::TimeDelta::seconds(1), "{interval}");
    assert_eq!(extent(&app, Kind::Member).get("temporal"), None);
}

fn unknown_resources_and_parameters_are_problems(app: TestApp) {
    let id = place(&app, Kind::Member, "A", [48.8, 9.2]);
    for path in [
        "/ogc/x",
        "/ogc/collections/x",
        "/ogc/collections/x/items",
        "/ogc/collections/member",
        "/ogc/api/x",
        "/ogc/collections/members/x",
        "/ogc/collections/%3Cscript%3E",
        "/ogc/collections/members/items/",
        "/ogc//",
    ] {
        let problem = app.anonymous().get(path).header("accept", "text/html").expect(404).json();
        assert_eq!(problem["type"], "http://portal.test/problems/not-found", "{path}");
    }
    let features = items(Kind::Member);
    let single = format!("{features}/{id}");
    for path in resources(&app.anonymous()) {
        for query in [
            "format=json",
            "foo=1",
            "F=json",
            "crs=x",
            "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326",
            "%3Cb%3E=1",
            "as_of=2026-01-01",
        ] {
            let answer = app.anonymous().get(&format!("{path}?{query}")).expect(400);
            let name = query.split('=').next().unwrap().replace("%3Cb%3E", "<b>");
            assert_eq!(answer.faults(), [name], "{path}?{query}");
        }
        if !path.ends_with("/items") {
            app.anonymous().get(&format!("{path}?limit=1")).expect(400);
        }
    }
    let all = app
        .anonymous()
        .get(&format!("{features}?foo=1&limit=0&bbox=1&datetime=x&kind=x&from=2026"))
        .expect(400);
    let mut faults = all.faults();
    faults.sort_unstable();
    assert_eq!(faults, ["bbox", "datetime", "foo", "from", "kind", "limit"]);
    for (bad, status) in [
        (id.to_uppercase(), 404),
        (id.replace('-', ""), 404),
        ("x".to_owned(), 404),
        ("%00".to_owned(), 404),
        (crate::harness::nobodys_id().to_string(), 404),
    ] {
        assert_eq!(app.anonymous().get(&format!("{features}/{bad}")).send().status, status, "{bad}");
    }
    app.anonymous().get(&single.replace("members", "clusters")).expect(404);
}

fn what_is_shown_is_public_whoever_asks(app: TestApp) {
    for kind in located_kinds() {
        let shown = place(&app, kind, "A", [48.8, 9.2]);
        let nowhere = app.admin().create(kind, &minimal(kind, "B"))["id"].as_str().unwrap().to_owned();
        let draft = with(&located(kind, "C", [48.8, 9.2]), &json!({ "status": "draft" }));
        let draft = app.admin().create(kind, &draft)["id"].as_str().unwrap().to_owned();
        let gone = place(&app, kind, "D", [48.8, 9.2]);
        app.editor().delete(&format!("/api/v1/{}/{gone}", kind.plural())).if_match("*").expect(204);
        for client in [app.anonymous(), app.editor(), app.auditor()] {
            let page = client.get(&items(kind)).expect(200).json();
            assert_eq!(
                (&page["numberMatched"], super::names(&page)),
                (&json!(1), vec!["A".to_owned()]),
                "{kind}"
            );
            let status = |id: &str| client.get(&format!("{}/{id}", items(kind))).send().status;
            assert_eq!(
                [&shown, &nowhere, &draft, &gone].map(|id| status(id)),
                [200, 404, 404, 410],
                "{kind}"
            );
        }
    }
    let answer = app.editor().get("/ogc/collections").expect(200);
    assert_eq!(answer.header("cache-control"), "private, no-store");
    app.bearer("x").get("/ogc").expect(401);
}

fn responses_are_tagged_and_never_stale(app: TestApp) {
    place(&app, Kind::Member, "A", [48.8, 9.2]);
    for path in resources(&app.anonymous()) {
        for form in ["json", "html"] {
            let path = format!("{path}?f={form}");
            let first = app.anonymous().get(&path).expect(200);
            assert_eq!(first.header("cache-control"), "public, max-age=0, must-revalidate");
            let held = app.anonymous().get(&path).header("if-none-match", &first.etag()).expect(304);
            assert_eq!(held.etag(), first.etag(), "{path}");
            assert_eq!(app.anonymous().get(&path).expect(200).body, first.body, "{path}");
        }
    }
    let page = |query: &str| app.anonymous().get(&format!("{}{query}", items(Kind::Member))).expect(200);
    let (before, as_page) = (page(""), page("?f=html"));
    app.clock.set("2026-05-12T11:00:00Z");
    place(&app, Kind::Member, "B", [48.9, 9.2]);
    let after = page("").json();
    assert_eq!((&before.json()["numberMatched"], &after["numberMatched"]), (&json!(1), &json!(2)));
    assert_ne!(page("?f=html").body, as_page.body);
}

fn links_lead_through_the_path_of_the_public_url(engine: Engine) {
    let base = "http://portal.test/cluster";
    let app = TestApp::with(engine, &Options { public_url: base, ..Options::default() });
    app.load_demo();
    for path in resources(&app.anonymous()) {
        for prefix in ["", "/cluster"] {
            let as_json = app.anonymous().get(&format!("{prefix}{path}")).expect(200);
            let page = app.anonymous().get(&format!("{prefix}{path}?f=html")).expect(200).text();
            if path == "/ogc/api" {
                assert_eq!(as_json.json()["servers"][0]["url"], format!("{base}/ogc"));
                continue;
            }
            for link in as_json.json()["links"].as_array().unwrap() {
                assert!(text(&link["href"]).starts_with(&format!("{base}/")), "{path}: {link}");
            }
            let own = page.matches("href=\"").count() - page.matches("href=\"#content\"").count();
            assert!(own > 2 && !page.contains("href=\"/"), "{path}");
            assert!(!page.contains("http://portal.test/ogc"), "{path}");
        }
    }
}
