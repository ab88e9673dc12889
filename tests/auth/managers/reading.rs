//! What managers see: what is public, and everything of their own.

use super::{EVENTS, PROFILES, STATUSES, at, event, organisation};
use crate::harness::{
    Client, Engine, Records as _, Request, Stage as _, TestApp, collection, located, on_both, with,
};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! {
    a_manager_reads_its_profile_whatever_its_status
    a_list_shows_what_is_public_and_what_is_ones_own
    facets_count_what_lists_show
    only_managed_kinds_can_be_filtered_by_status
    drafts_are_found_by_their_own_words_alone
    what_is_the_same_for_everyone_is_the_same_for_managers
    a_draft_organiser_is_named_to_its_manager_only
}

/// Two organisations, published and not, with events of every status each, and what they are about.
struct Scene {
    own: Value,
    other: Value,
}

impl Scene {
    fn new(app: &TestApp, status: &str) -> Self {
        let [own, other] = ["Eigene", "Andere"].map(|name| organisation(app, Kind::Initiative, name, status));
        for (owners, word) in
            [(vec![&own], "Photonik"), (vec![&other], "Sensorik"), (vec![&other, &own], "Optik")]
        {
            for status in STATUSES {
                for place in [[48.8, 9.2], [47.9, 7.8]] {
                    let title = format!("{word} {status} {}", place[0]);
                    let place = located(Kind::Event, &title, place);
                    let record = with(&place, &json!({ "status": status }));
                    app.admin().create(Kind::Event, &with(&event(&title, &owners), &record));
                }
            }
        }
        Self { own, other }
    }

    /// Whether the manager of the first organisation may see an event.
    fn shows(&self, event: &Value) -> bool {
        let organisers = event["organisers"].as_array().unwrap();
        event["status"] == "published" || organisers.iter().any(|organiser| organiser["id"] == self.own["id"])
    }
}

/// The parts of filters for events.
const FILTERS: [(&str, &str); 14] = [
    ("", ""),
    ("status", "draft"),
    ("status", "published"),
    ("status", "archived"),
    ("organiser", "eigene"),
    ("scope", "international"),
    ("region", "DE1"),
    ("event_format", "online"),
    ("bbox", "9,48.5,9.5,49"),
    ("bbox", "-180,-90,180,90"),
    ("from", "2026-06-01"),
    ("to", "2026-06-01"),
    ("updated_since", "2020-01-01"),
    ("q", "draft"),
];

fn ids(items: &[Value]) -> BTreeSet<String> {
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// A request with some filters.
fn filtered<'a>(client: &Client<'a>, address: &str, filters: [&(&str, &str); 2]) -> Request<'a> {
    let request = client.get(address).query("limit", "200").query("with_total", "true");
    let filters = filters.into_iter().filter(|(name, _)| !name.is_empty());
    filters.fold(request, |request, (name, value)| request.query(name, value))
}

fn a_manager_reads_its_profile_whatever_its_status(app: TestApp) {
    for kind in PROFILES {
        for status in STATUSES {
            let own = organisation(&app, kind, &format!("{kind} {status}"), status);
            let other = organisation(&app, kind, &format!("Andere {kind} {status}"), status);
            let manager = app.manager(&own);
            for key in ["id", "slug"].map(|field| own[field].as_str().unwrap()) {
                let address = format!("{}/{key}", collection(kind));
                let seen = manager.get(&address).expect(200);
                assert_eq!(seen.header("cache-control"), "private, no-store");
                assert_eq!(seen.json(), app.admin().get(&address).expect(200).json());
                manager.get(&address).header("accept", "application/ld+json").expect(200);
            }
            let public = |client: Client<'_>| client.get(&at(kind, &other)).send().status;
            assert_eq!(public(manager.clone()), public(app.anonymous()));
            let hidden = ids(&manager.get(&collection(kind)).query("status", status).expect(200).items());
            assert!(hidden.contains(own["id"].as_str().unwrap()));
            assert!(status == "published" || hidden.len() == 1, "{hidden:?}");
        }
    }
}

fn a_list_shows_what_is_public_and_what_is_ones_own(engine: Engine) {
    for status in ["published", "draft"] {
        let app = TestApp::set_up(engine);
        let scene = Scene::new(&app, status);
        let (manager, staff) = (app.manager(&scene.own), app.auditor());
        for (one, other) in FILTERS.iter().flat_map(|one| FILTERS.iter().map(move |other| (one, other))) {
            if one.0 == other.0 && !one.0.is_empty() {
                continue;
            }
            let ask =
                |client: &Client<'_>, address: &str| filtered(client, address, [one, other]).expect(200);
            let all = ask(&staff, EVENTS).items();
            let expected: BTreeSet<String> =
                ids(&all.into_iter().filter(|event| scene.shows(event)).collect::<Vec<_>>());
            let list = ask(&manager, EVENTS);
            assert_eq!(ids(&list.items()), expected, "{one:?} {other:?}");
            assert_eq!(list.json()["total"], expected.len(), "{one:?} {other:?}");
            let export = ask(&manager, &format!("{EVENTS}?format=ndjson")).text();
            let export: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(ids(&export), expected, "{one:?} {other:?}");
        }
        for sort in ["title", "-starts_at", "-updated_at"] {
            let mut page = Some(format!("{EVENTS}?limit=5&sort={sort}"));
            let mut walked = Vec::new();
            while let Some(address) = page {
                let answer = manager.get(&address).expect(200);
                walked.extend(answer.items());
                page = answer.json()["next"].as_str().map(str::to_owned);
            }
            assert_eq!((walked.len(), ids(&walked).len()), (14, 14), "{sort}");
        }
    }
}

fn facets_count_what_lists_show(engine: Engine) {
    for status in ["published", "draft"] {
        let app = TestApp::set_up(engine);
        let scene = Scene::new(&app, status);
        let manager = app.manager(&scene.own);
        for filter in ["", "status=draft", "status=published", "bbox=9,48.5,9.5,49", "q=optik"] {
            let facets = |client: Client<'_>| {
                client.get(&format!("{EVENTS}/facets?{filter}")).expect(200).json()["facets"].clone()
            };
            let counted = facets(manager.clone());
            for (facet, values) in facets(app.auditor()).as_object().unwrap() {
                for value in values.as_array().unwrap() {
                    let value = value["value"].as_str().unwrap();
                    let list = manager
                        .get(&format!("{EVENTS}?{filter}"))
                        .query(facet, value)
                        .query("with_total", "true")
                        .send();
                    let mut known = counted[facet].as_array().unwrap().iter();
                    let count = known.find(|known| known["value"] == value).map(|known| &known["count"]);
                    match list.status {
                        // A record that it may not see is no value.
                        400 => assert_eq!(count, None, "{filter} {facet} {value}"),
                        _ if list.json()["total"] == 0 => assert_eq!(count, None, "{filter} {facet} {value}"),
                        _ => assert_eq!(count, Some(&list.json()["total"]), "{filter} {facet} {value}"),
                    }
                }
            }
        }
    }
}

fn only_managed_kinds_can_be_filtered_by_status(app: TestApp) {
    let manager = app.manager(&organisation(&app, Kind::Network, "Eigene", "draft"));
    for kind in Kind::ALL {
        let expected = if kind.is_managed() { 200 } else { 400 };
        for status in ["draft", "archived"] {
            manager.get(&collection(kind)).query("status", status).expect(expected);
            manager.get(&format!("{}/facets", collection(kind))).query("status", status).expect(expected);
        }
        manager.get(&collection(kind)).query("status", "published").expect(200);
    }
}

fn drafts_are_found_by_their_own_words_alone(app: TestApp) {
    let own = organisation(&app, Kind::Initiative, "Eigene", "published");
    let other = organisation(&app, Kind::Initiative, "Andere", "published");
    let manager = app.manager(&own);
    let found = |words: &str| manager.get(EVENTS).query("q", words).expect(200).each("slug");
    let named = |name: &str, owner, status: &str| {
        let record = with(&event(name, &[owner]), &json!({ "status": status }));
        app.editor().create(Kind::Event, &record);
    };
    named("Quantensensor", &own, "draft");
    named("Lasertechnik", &own, "published");
    assert_eq!(found("quantensensor"), ["quantensensor"]);
    assert_eq!(found("lasertechnk"), ["lasertechnik"]);
    let words = ["quantensensor", "lasertechnk", "lasertechnik", "kaffeefahrt", "technik", "kaffe"];
    let before = words.map(found);
    // What others prepare changes nothing: no hit, and no correction.
    for name in ["Lasertechnk", "Quantensensor und Lasertechnik", "Kaffeefahrt"] {
        named(name, &other, "draft");
    }
    assert_eq!(words.map(found), before);
}

fn what_is_the_same_for_everyone_is_the_same_for_managers(app: TestApp) {
    let scene = Scene::new(&app, "draft");
    let manager = app.manager(&scene.own);
    app.clock.advance(chrono::TimeDelta::hours(1));
    for address in [
        "/api/v1/search?q=optik",
        "/api/v1/search?q=eigene",
        "/api/v1/suggest?q=eig",
        "/api/v1/stats",
        "/api/v1/graph",
        "/api/v1/regions/DE1/atlas",
        "/api/v1/changes?include=record",
        "/api/v1/events?as_of=now",
        "/api/v1/events/facets?as_of=now",
        "/api/v1/initiatives?as_of=now",
        "/api/v1/events.ics",
        "/ogc/collections",
        "/ogc/collections/events/items",
    ] {
        let read = |client: Client<'_>| client.get(address).expect(200).body;
        assert!(read(manager.clone()) == read(app.anonymous()), "{address}");
    }
    manager.get(&at(Kind::Initiative, &scene.own)).query("as_of", "now").expect(404);
}

fn a_draft_organiser_is_named_to_its_manager_only(app: TestApp) {
    let scene = Scene::new(&app, "draft");
    let of = |client: Client<'_>| -> BTreeSet<String> {
        let items = client.get(EVENTS).query("status", "published").query("limit", "200").expect(200).items();
        let organisers = |item: &Value| item["organisers"].as_array().unwrap().clone();
        items.iter().flat_map(organisers).map(|it| it["slug"].as_str().unwrap().to_owned()).collect()
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(of(app.manager(&scene.own)), names(&["eigene"]));
    assert_eq!(of(app.manager(&scene.other)), names(&["andere"]));
    assert_eq!(of(app.anonymous()), names(&[]));
    assert_eq!(of(app.editor()), names(&["eigene", "andere"]));
}
