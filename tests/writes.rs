//! Writing: what the server owns, patches, chambers' members, rules, and in which order one is refused.

use crate::harness::{Answer, Records as _, TestApp, collection, minimal, nobodys_id, on_both, with};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    what_the_server_owns_cannot_be_set
    a_merge_patch_changes_what_it_names
    a_chambers_member_is_not_the_editors
    an_external_id_is_unique_within_its_chamber
    refusals_come_in_order
    rules_of_the_domain_hold_for_every_write
}

fn create(app: &TestApp, kind: Kind, name: &str, fields: Value) -> Value {
    app.admin().create(kind, &with(&minimal(kind, name), &fields))
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

fn what_the_server_owns_cannot_be_set(app: TestApp) {
    let event = create(&app, Kind::Event, "Treffen", json!({}));
    let initiative = create(&app, Kind::Initiative, "Verein", json!({}));
    let cases = [
        (
            Kind::Event,
            "treffen",
            &event,
            json!({ "id": nobodys_id(), "version": 9, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "sequence": 4 }),
        ),
        (Kind::Initiative, "verein", &initiative, json!({ "member_count": 99 })),
    ];
    for (kind, slug, record, owned) in cases {
        let address = format!("{}/{slug}", collection(kind));
        let mut pointers: Vec<String> =
            owned.as_object().unwrap().keys().map(|field| format!("/{field}")).collect();
        pointers.sort();
        let sorted = |answer: Answer| {
            let mut faults = answer.faults();
            faults.sort();
            faults
        };
        let editor = app.editor();
        assert_eq!(sorted(editor.patch(&address).if_match("*").json(&owned).expect(422)), pointers);
        assert_eq!(
            sorted(editor.put(&address).if_match("*").json(&with(record, &owned)).expect(422)),
            pointers
        );
        assert_eq!(
            sorted(editor.post(&collection(kind)).json(&with(&minimal(kind, "Neu"), &owned)).expect(422)),
            pointers
        );
        assert_eq!(editor.put(&address).if_match("*").json(record).expect(200).json(), *record);
        assert_eq!(app.anonymous().get(&address).expect(200).json(), *record);
    }
}

fn a_merge_patch_changes_what_it_names(app: TestApp) {
    let before = create(
        &app,
        Kind::Cluster,
        "Optik",
        json!({
            "name": { "de": "Optik", "en": "Optics" }, "website": "https://a.example", "industries": ["26", "27"],
        }),
    );
    let patch = json!({ "name": { "en": null }, "website": null, "industries": ["28"], "description": { "de": "Lang." } });
    let after = app.editor().change(Kind::Cluster, "optik", &patch).json();
    let changed = json!({
        "name": { "de": "Optik", "en": null }, "website": null, "industries": ["28"],
        "description": { "de": "Lang.", "en": null }, "version": 2,
    });
    assert_eq!(after, with(&before, &changed));
    let patch = |body: Value| app.editor().patch("/api/v1/clusters/optik").if_match("*").json(&body);
    assert_eq!(patch(json!({ "name": null, "regions": null })).expect(422).faults(), ["/name", "/regions"]);
    assert_eq!(patch(json!({ "colour": 1 })).expect(400).faults(), ["/colour"]);
    patch(json!({ "colour": null })).expect(200);
    for no_object in [json!([]), json!(null), json!("x")] {
        patch(no_object).expect(400);
    }
    let refused =
        app.editor().patch("/api/v1/clusters/optik").if_match("*").body("application/json", "{}").expect(415);
    assert_eq!(refused.header("accept-patch"), "application/merge-patch+json");
}

fn a_chambers_member_is_not_the_editors(app: TestApp) {
    let body = with(
        &minimal(Kind::Member, "Firma"),
        &json!({ "chamber": "ihk-ulm", "external_id": "1", "region": "DE144" }),
    );
    let editor = app.editor();
    assert_eq!(editor.post("/api/v1/members").json(&body).expect(422).faults(), ["/chamber"]);
    let member = app.admin().create(Kind::Member, &body);
    let address = format!("/api/v1/members/{}", id(&member));
    editor.put(&address).if_match("*").json(&member).expect(403);
    editor.patch(&address).if_match("*").json(&json!({})).expect(403);
    editor.delete(&address).if_match("*").expect(403);
    editor.post(&format!("{address}/restore")).expect(403);
    app.chamber("ihk-ulm").patch(&address).if_match("*").json(&json!({})).expect(403);
    let own = create(&app, Kind::Member, "Eigene", json!({}));
    let give = json!({ "chamber": "ihk-ulm" });
    let refused =
        editor.patch(&format!("/api/v1/members/{}", id(&own))).if_match("*").json(&give).expect(422);
    assert_eq!(refused.faults(), ["/chamber"]);
    assert_eq!(
        app.admin().patch(&address).if_match("*").json(&json!({ "name": "Neu" })).expect(200).json()["name"],
        "Neu"
    );
    app.admin().delete(&address).if_match("*").expect(204);
}

fn an_external_id_is_unique_within_its_chamber(app: TestApp) {
    let body = |chamber: &str| {
        with(&minimal(Kind::Member, "Firma"), &json!({ "chamber": chamber, "external_id": "1" }))
    };
    app.admin().create(Kind::Member, &body("ihk-ulm"));
    app.admin().create(Kind::Member, &body("hwk-ulm"));
    let refused = app.admin().post("/api/v1/members").json(&body("ihk-ulm")).expect(409);
    assert_eq!(refused.faults(), ["/external_id"]);
    let umbrella = app.admin().post("/api/v1/members").json(&body("bwihk")).expect(422);
    assert_eq!(umbrella.faults(), ["/chamber"]);
}

/// 401, 404/403, 405/406/415, 400, 428/412, 422/409: what is wrong first is what is answered.
fn refusals_come_in_order(app: TestApp) {
    create(&app, Kind::Cluster, "Da", json!({}));
    create(&app, Kind::Cluster, "Belegt", json!({}));
    let (there, nowhere) = ("/api/v1/clusters/da", "/api/v1/clusters/nirgends");
    let (text, json_type, html) = ("text/plain", "application/json", "text/html");
    let with_query = format!("{there}?x=1");
    let collection = "/api/v1/clusters?x=1";
    let taken = with(&minimal(Kind::Cluster, "Da"), &json!({ "slug": "belegt" }));
    let nameless = json!({ "name": null });
    let colourful = json!({ "colour": 1 });
    let editor = app.editor();
    let cases = [
        (app.anonymous().put(nowhere).header("accept", html).body(text, "{"), 401),
        (app.anonymous().post(collection).header("accept", html).body(text, "{"), 401),
        (app.auditor().put(nowhere).header("accept", html).body(text, "{"), 403),
        (editor.put(nowhere).header("accept", html).body(text, "{"), 404),
        (editor.put(nowhere).header("content-encoding", "rot13").body(text, "{"), 404),
        (editor.put(&with_query).header("accept", html).body(json_type, "{"), 406),
        (editor.put(&with_query).body(text, "{"), 415),
        (editor.put(&with_query).header("content-encoding", "rot13").body(json_type, "{"), 415),
        (editor.post(collection).header("accept", html).body(json_type, "{"), 406),
        (editor.post(collection).body(text, "{"), 415),
        (editor.post(collection).header("idempotency-key", "").body(text, "{"), 415),
        (app.anonymous().get("/api/v1/clusters?x=1").header("accept", html), 406),
        (editor.put(there).body(json_type, "{"), 400),
        (editor.put(&with_query).json(&json!({})), 400),
        (editor.put(there).json(&colourful), 400),
        (editor.put(there).if_match("\"9\"").json(&colourful), 400),
        (editor.put(there).json(&nameless), 428),
        (editor.put(there).if_match("\"9\"").json(&nameless), 412),
        (editor.put(there).json(&taken), 428),
        (editor.put(there).if_match("\"9\"").json(&taken), 412),
        (editor.put(there).if_match("\"1\"").json(&with(&taken, &json!({ "summary": null }))), 422),
        (editor.put(there).if_match("\"1\"").json(&taken), 409),
    ];
    let mut wrong = Vec::new();
    for (number, (request, expected)) in cases.into_iter().enumerate() {
        let status = request.send().status;
        wrong.extend((status != expected).then(|| format!("case {number}: {status}, not {expected}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(app.anonymous().get(there).expect(200).json()["version"], 1);
}

fn rules_of_the_domain_hold_for_every_write(app: TestApp) {
    let cases = [
        (Kind::Measure, json!({ "starts_on": "2026-01-02", "ends_on": "2026-01-01" }), "/ends_on"),
        (Kind::Measure, json!({ "budget": "1,5" }), "/budget"),
        (Kind::Measure, json!({ "title": { "de": "x".repeat(501) } }), "/title/de"),
        (Kind::Cluster, json!({ "location": { "lat": 9.18, "lon": 48.77 } }), "/location"),
        (Kind::Cluster, json!({ "location": { "lat": 47.999, "lon": 7.8421 } }), "/location"),
        (Kind::Cluster, json!({ "website": "javascript:alert(1)" }), "/website"),
        (Kind::Cluster, json!({ "website": "ftp://a.example" }), "/website"),
        (Kind::Cluster, json!({ "summary": { "de": "a <b>b</b>" } }), "/summary/de"),
        (Kind::Cluster, json!({ "summary": { "de": "a\u{202e}b" } }), "/summary/de"),
        (Kind::Cluster, json!({ "summary": { "de": "a\nb" } }), "/summary/de"),
        (Kind::Cluster, json!({ "name": { "de": "a\u{0}b" } }), "/name/de"),
        (Kind::Cluster, json!({ "regions": [] }), "/regions"),
        (
            Kind::Network,
            json!({ "labels": [{ "label": "esca-gold", "awarded_on": "2025", "valid_until": "2024-12-31" }] }),
            "/labels/0/valid_until",
        ),
        (Kind::Network, json!({ "contact": { "email": "a@b" } }), "/contact/email"),
        (Kind::Member, json!({ "external_id": "1" }), "/external_id"),
        (
            Kind::Member,
            json!({ "affiliations": [{ "organisation": "netz", "since": "2026-02-01", "until": "2026-01-01" }] }),
            "/affiliations/0/until",
        ),
    ];
    create(&app, Kind::Network, "Netz", json!({}));
    for (kind, fields, fault) in cases {
        let record = create(&app, kind, "Gut", json!({}));
        let address = format!("{}/{}", collection(kind), id(&record));
        let bad = with(&minimal(kind, "Gut"), &fields);
        let editor = app.editor();
        assert_eq!(editor.post(&collection(kind)).json(&bad).expect(422).faults(), [fault]);
        assert_eq!(editor.put(&address).if_match("*").json(&bad).expect(422).faults(), [fault]);
        assert_eq!(editor.patch(&address).if_match("*").json(&fields).expect(422).faults(), [fault]);
    }
    let plain = create(&app, Kind::Cluster, "a < b", json!({ "description": { "de": "Zeile\nund mehr" } }));
    assert_eq!(plain["description"]["de"], "Zeile\nund mehr");
}
