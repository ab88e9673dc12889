//! What managers of an organisation may write: its profile, and its events.

use crate::harness::{
    Engine, Options, Records as _, TestApp, collection, minimal, nobodys_id, on_both, with, without,
};
use domain::kind::Kind;
use serde_json::{Value, json};

mod reading;
mod references;

on_both! {
    a_manager_edits_its_profile_at_once
    a_manager_does_not_change_the_status_of_its_profile
    a_manager_creates_events_of_its_organisation_only
    a_manager_edits_drafts_of_its_events
    a_manager_does_not_give_its_events_away
    who_may_not_publish_neither_publishes_nor_edits_what_is_published
    who_may_publish_does_so_and_withdraws_nothing
    preconditions_and_retries_hold_for_managers
    a_manager_of_an_archived_organisation_reads_but_does_not_write
    a_manager_of_no_organisation_reads_as_the_public_and_writes_nothing
}

const EVENTS: &str = "/api/v1/events";
const PROFILES: [Kind; 2] = [Kind::Initiative, Kind::Network];
const STATUSES: [&str; 3] = ["draft", "published", "archived"];

/// Creates an organisation.
fn organisation(app: &TestApp, kind: Kind, name: &str, status: &str) -> Value {
    app.admin().create(kind, &with(&minimal(kind, name), &json!({ "status": status })))
}

/// The address of a record.
fn at(kind: Kind, record: &Value) -> String {
    format!("{}/{}", collection(kind), record["id"].as_str().unwrap())
}

/// An event with these organisers.
fn event(name: &str, organisers: &[&Value]) -> Value {
    let ids: Vec<&Value> = organisers.iter().map(|organiser| &organiser["id"]).collect();
    with(&without(&minimal(Kind::Event, name), &["status"]), &json!({ "organisers": ids }))
}

fn who_may_publish(engine: Engine) -> TestApp {
    TestApp::with(engine, &Options { managers_publish: true, ..Options::default() })
}

fn a_manager_edits_its_profile_at_once(app: TestApp) {
    for kind in PROFILES {
        for status in ["draft", "published"] {
            let profile = organisation(&app, kind, &format!("{kind} {status}"), status);
            let (manager, address) = (app.manager(&profile), at(kind, &profile));
            let patch = json!({ "summary": { "de": "Neu." }, "short_name": "N" });
            let patched = manager.patch(&address).if_match("*").json(&patch).expect(200).json();
            assert_eq!((&patched["summary"]["de"], &patched["status"]), (&json!("Neu."), &json!(status)));
            let replaced = with(&patched, &json!({ "summary": { "de": "Noch neuer." } }));
            let replaced = manager.put(&address).if_match("*").json(&replaced).expect(200).json();
            assert_eq!((&replaced["version"], &replaced["short_name"]), (&json!(3), &json!("N")));
            let public = app.anonymous().get(&address).send();
            match status {
                "draft" => assert_eq!(public.status, 404),
                _ => assert_eq!(public.json()["summary"], replaced["summary"]),
            }
            let versions = app.editor().get(&format!("{address}/history")).expect(200);
            assert_eq!(versions.each("role"), ["manager", "manager", "admin"]);
        }
    }
}

fn a_manager_does_not_change_the_status_of_its_profile(app: TestApp) {
    for kind in PROFILES {
        for status in ["draft", "published"] {
            let profile = organisation(&app, kind, &format!("{kind} {status}"), status);
            let (manager, address) = (app.manager(&profile), at(kind, &profile));
            for other in STATUSES {
                let patch = json!({ "status": other, "short_name": "N" });
                let put = with(&minimal(kind, profile["name"].as_str().unwrap()), &patch);
                let answers = [
                    manager.patch(&address).if_match("*").json(&patch).send(),
                    manager.put(&address).if_match("*").json(&put).send(),
                ];
                for answer in answers {
                    if other == status {
                        assert_eq!(answer.status, 200);
                    } else {
                        assert_eq!((answer.status, answer.faults()), (403, vec!["/status".to_owned()]));
                    }
                }
            }
            let after = app.admin().get(&address).expect(200).json();
            assert_eq!((&after["status"], &after["version"]), (&json!(status), &json!(2)));
        }
    }
}

fn a_manager_creates_events_of_its_organisation_only(app: TestApp) {
    for kind in PROFILES {
        let own = organisation(&app, kind, &format!("Eigene {kind}"), "published");
        let other = organisation(&app, kind, &format!("Andere {kind}"), "published");
        let manager = app.manager(&own);
        let created = manager.create(Kind::Event, &event("Eins", &[&own]));
        assert_eq!(created["status"], "draft");
        app.anonymous().get(&at(Kind::Event, &created)).expect(404);
        let by_slug = with(&event("Zwei", &[]), &json!({ "organisers": [other["id"], own["slug"]] }));
        let created = manager.create(Kind::Event, &by_slug);
        assert_eq!(created["organisers"][1]["name"], own["name"]);
        for foreign in [event("Drei", &[&other]), event("Drei", &[])] {
            let answer = manager.post(EVENTS).json(&foreign).expect(403);
            assert_eq!(answer.faults(), ["/organisers"]);
        }
        // What cannot be read is told first, what breaks a rule after that.
        let events = event("Vier", &[&own]);
        let wrong = |change: Value| manager.post(EVENTS).json(&with(&events, &change)).send().status;
        assert_eq!(wrong(json!({ "colour": "red", "organisers": [] })), 400);
        assert_eq!(wrong(json!({ "ends_at": "2020-01-01T00:00:00Z", "organisers": [] })), 403);
        assert_eq!(wrong(json!({ "ends_at": "2020-01-01T00:00:00Z" })), 422);
    }
    assert_eq!(app.anonymous().get(EVENTS).expect(200).items().len(), 0);
}

fn a_manager_edits_drafts_of_its_events(app: TestApp) {
    let own = organisation(&app, Kind::Initiative, "Eigene", "draft");
    let other = organisation(&app, Kind::Network, "Andere", "published");
    let manager = app.manager(&own);
    // Also what an editor has prepared for it.
    for author in [app.editor(), manager.clone()] {
        let draft = author.create(Kind::Event, &event("Eins", &[&other, &own]));
        let address = at(Kind::Event, &draft);
        let patch = json!({ "title": { "de": "Zwei" }, "status": "draft" });
        let patched = manager.patch(&address).if_match("*").json(&patch).expect(200).json();
        assert_eq!(patched["title"]["de"], "Zwei");
        assert_eq!(patched["organisers"].as_array().unwrap().len(), 2);
        let put = with(&event("Drei", &[&own]), &json!({ "cancelled": true }));
        let replaced = manager.put(&address).if_match("*").json(&put).expect(200).json();
        assert_eq!((&replaced["title"]["de"], &replaced["version"]), (&json!("Drei"), &json!(3)));
        assert_eq!(manager.get(&address).expect(200).json(), replaced);
    }
    let foreign = app.editor().create(Kind::Event, &event("Fremd", &[&other]));
    manager.patch(&at(Kind::Event, &foreign)).if_match("*").json(&json!({})).expect(404);
    app.editor().change(Kind::Event, foreign["id"].as_str().unwrap(), &json!({ "status": "published" }));
    manager.patch(&at(Kind::Event, &foreign)).if_match("*").json(&json!({})).expect(403);
}

fn a_manager_does_not_give_its_events_away(app: TestApp) {
    let own = organisation(&app, Kind::Initiative, "Eigene", "published");
    let other = organisation(&app, Kind::Network, "Andere", "published");
    let manager = app.manager(&own);
    let draft = manager.create(Kind::Event, &event("Eins", &[&own]));
    let address = at(Kind::Event, &draft);
    for organisers in [json!([]), json!([other["id"]])] {
        let patch = json!({ "organisers": organisers });
        let answer = manager.patch(&address).if_match("*").json(&patch).expect(403);
        assert_eq!(answer.faults(), ["/organisers"]);
        let put = with(&event("Eins", &[]), &patch);
        assert_eq!(manager.put(&address).if_match("*").json(&put).expect(403).faults(), ["/organisers"]);
    }
    assert_eq!(manager.get(&address).expect(200).json()["version"], 1);
}

fn who_may_not_publish_neither_publishes_nor_edits_what_is_published(app: TestApp) {
    let own = organisation(&app, Kind::Initiative, "Eigene", "published");
    let manager = app.manager(&own);
    for status in ["published", "archived"] {
        let record = with(&event("Eins", &[&own]), &json!({ "status": status }));
        assert_eq!(manager.post(EVENTS).json(&record).expect(403).faults(), ["/status"]);
        let draft = manager.create(Kind::Event, &event("Zwei", &[&own]));
        let address = at(Kind::Event, &draft);
        let patch = json!({ "status": status });
        assert_eq!(manager.patch(&address).if_match("*").json(&patch).expect(403).faults(), ["/status"]);
        app.editor().change(Kind::Event, draft["id"].as_str().unwrap(), &patch);
        // Whatever it would change, and before anything else is told of the request.
        for body in ["{}", "{\"status\": \"draft\"}", "{\"title\": 7}", "{"] {
            let answer = manager.patch(&address).body("application/merge-patch+json", body).expect(403);
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(status) && detail.contains("editor"), "{detail}");
            assert!(detail.contains("CLUSTERPORTAL_MANAGERS_PUBLISH"), "{detail}");
        }
        manager.put(&address).if_match("*").json(&event("Drei", &[&own])).expect(403);
        assert_eq!(manager.get(&address).expect(200).json()["status"], status);
    }
}

fn who_may_publish_does_so_and_withdraws_nothing(engine: Engine) {
    let app = who_may_publish(engine);
    let own = organisation(&app, Kind::Network, "Eigene", "published");
    let manager = app.manager(&own);
    let draft = manager.create(Kind::Event, &event("Eins", &[&own]));
    assert_eq!(draft["status"], "draft");
    let address = at(Kind::Event, &draft);
    let change = |change: Value| manager.patch(&address).if_match("*").json(&change).send();
    assert_eq!(change(json!({ "status": "archived" })).faults(), ["/status"]);
    assert_eq!(change(json!({ "status": "published" })).status, 200);
    app.anonymous().get(&address).expect(200);
    assert_eq!(change(json!({ "cancelled": true, "status": "published" })).status, 200);
    for status in ["draft", "archived"] {
        let answer = change(json!({ "status": status }));
        assert_eq!((answer.status, answer.faults()), (403, vec!["/status".to_owned()]));
    }
    let other = organisation(&app, Kind::Network, "Andere", "published");
    assert_eq!(change(json!({ "organisers": [other["id"]] })).faults(), ["/organisers"]);
    let published = with(&event("Zwei", &[&own]), &json!({ "status": "published" }));
    let published = manager.create(Kind::Event, &published);
    app.anonymous().get(&at(Kind::Event, &published)).expect(200);
    // The setting is about events.
    let profile = at(Kind::Network, &own);
    let answer = manager.patch(&profile).if_match("*").json(&json!({ "status": "draft" })).expect(403);
    assert_eq!(answer.faults(), ["/status"]);
}

fn preconditions_and_retries_hold_for_managers(app: TestApp) {
    let own = organisation(&app, Kind::Initiative, "Eigene", "published");
    let manager = app.manager(&own);
    let record = event("Eins", &[&own]);
    let create = || manager.post(EVENTS).header("idempotency-key", "k").json(&record).expect(201);
    let (first, second) = (create(), create());
    assert_eq!(first.json(), second.json());
    assert_eq!(second.header("idempotent-replayed"), "true");
    let other = with(&record, &json!({ "cancelled": true }));
    manager.post(EVENTS).header("idempotency-key", "k").json(&other).expect(422);
    for (address, tag) in [
        (at(Kind::Event, &first.json()), first.etag()),
        (at(Kind::Initiative, &own), manager.get(&at(Kind::Initiative, &own)).expect(200).etag()),
    ] {
        let patch = || manager.patch(&address).json(&json!({ "summary": { "de": "Neu." } }));
        patch().expect(428);
        patch().if_match("\"9-x\"").expect(412);
        let changed = patch().if_match(&tag).expect(200);
        patch().if_match(&tag).expect(412);
        // Nothing changed, so there is no new version.
        assert_eq!(patch().if_match(&changed.etag()).expect(200).json()["version"], 2);
        manager.patch(&address).if_match("*").body("application/json", "{}").expect(415);
        manager.get(&address).header("if-none-match", &changed.etag()).expect(304);
    }
}

fn a_manager_of_an_archived_organisation_reads_but_does_not_write(engine: Engine) {
    let app = who_may_publish(engine);
    for kind in PROFILES {
        let own = organisation(&app, kind, &format!("Eigene {kind}"), "published");
        let manager = app.manager(&own);
        let draft = manager.create(Kind::Event, &event("Eins", &[&own]));
        app.editor().change(kind, own["id"].as_str().unwrap(), &json!({ "status": "archived" }));
        assert_eq!(manager.get(&at(kind, &own)).expect(200).json()["status"], "archived");
        manager.get(&at(Kind::Event, &draft)).expect(200);
        for (kind, record) in [(kind, &own), (Kind::Event, &draft)] {
            manager.patch(&at(kind, record)).if_match("*").json(&json!({})).expect(403);
        }
        manager.post(EVENTS).json(&event("Zwei", &[&own])).expect(403);
        // Hidden, but not given up.
        app.editor().change(kind, own["id"].as_str().unwrap(), &json!({ "status": "draft" }));
        manager.patch(&at(kind, &own)).if_match("*").json(&json!({ "short_name": "N" })).expect(200);
        manager.create(Kind::Event, &event("Zwei", &[&own]));
    }
}

fn a_manager_of_no_organisation_reads_as_the_public_and_writes_nothing(app: TestApp) {
    let published = organisation(&app, Kind::Initiative, "Andere", "published");
    organisation(&app, Kind::Initiative, "Verborgen", "draft");
    app.admin().create(Kind::Event, &event("Eins", &[&published]));
    let manager = app.manager(&json!({ "id": nobodys_id() }));
    for kind in Kind::ALL {
        let list = |client: &crate::harness::Client<'_>| client.get(&collection(kind)).expect(200).body;
        assert_eq!(list(&manager), list(&app.anonymous()));
    }
    manager.post(EVENTS).json(&event("Zwei", &[&published])).expect(403);
    manager.patch(&at(Kind::Initiative, &published)).if_match("*").json(&json!({})).expect(403);
}
