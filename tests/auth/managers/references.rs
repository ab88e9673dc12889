//! References of managers to records of others.

use super::{EVENTS, at, event, organisation};
use crate::harness::{Records as _, TestApp, nobodys_id, on_both, with};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    references_to_hidden_records_are_as_those_to_nothing
    hidden_references_of_an_event_survive_an_edit_by_its_manager
}

fn references_to_hidden_records_are_as_those_to_nothing(app: TestApp) {
    let own = organisation(&app, Kind::Initiative, "Eigene", "published");
    let hidden = organisation(&app, Kind::Network, "Verborgen", "draft");
    let manager = app.manager(&own);
    let told = |key: &str, own: Option<&Value>| {
        let keys: Vec<Value> = own.map(|own| own["id"].clone()).into_iter().chain([json!(key)]).collect();
        let record = with(&event("Eins", &[]), &json!({ "organisers": keys }));
        let answer = manager.post(EVENTS).json(&record).send();
        (answer.status, answer.text().replace(key, "KEY"))
    };
    let nobody = nobodys_id().to_string();
    for key in ["id", "slug"].map(|field| hidden[field].as_str().unwrap()) {
        let nothing = if key.len() == nobody.len() { nobody.as_str() } else { "nichts" };
        assert_eq!(told(key, None), told(nothing, None));
        assert_eq!(told(key, Some(&own)), told(nothing, Some(&own)));
        assert_eq!(told(key, Some(&own)).0, 422);
        let filtered = |key: &str| {
            let answer = manager.get(EVENTS).query("organiser", key).expect(400);
            (answer.faults(), answer.json()["detail"].as_str().unwrap().replace(key, "KEY"))
        };
        assert_eq!(filtered(key), filtered(nothing));
        let read =
            |key: &str| manager.get(&format!("/api/v1/networks/{key}")).expect(404).json()["detail"].clone();
        assert_eq!(read(key), read(nothing));
    }
}

fn hidden_references_of_an_event_survive_an_edit_by_its_manager(app: TestApp) {
    let own = organisation(&app, Kind::Initiative, "Eigene", "draft");
    let hidden = organisation(&app, Kind::Network, "Verborgen", "draft");
    let manager = app.manager(&own);
    let draft = app.editor().create(Kind::Event, &event("Eins", &[&hidden, &own]));
    let address = at(Kind::Event, &draft);
    let seen = manager.get(&address).expect(200);
    assert_eq!(seen.json()["organisers"].as_array().unwrap().len(), 1);
    assert_eq!(seen.json()["organisers"][0]["id"], own["id"]);
    let changed = with(&seen.json(), &json!({ "title": { "de": "Zwei" } }));
    manager.put(&address).if_match(&seen.etag()).json(&changed).expect(200);
    let after = app.editor().get(&address).expect(200).json();
    assert_eq!((&after["organisers"], &after["title"]["de"]), (&draft["organisers"], &json!("Zwei")));
}
