//! Writing: slugs, references, events, repeated requests, who may change what, and in which order one is refused.

use crate::harness::{
    Answer, PUBLIC_URL, Records as _, TestApp, collection, minimal, nobodys_id, on_both, with, without,
};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_whole_record_looks_like_this
    a_whole_problem_looks_like_this
    slugs_are_made_from_names_and_numbered
    a_slug_can_be_chosen_once
    slugs_that_hide_an_address_are_refused
    initiatives_and_networks_share_one_space_of_slugs
    a_former_slug_redirects_every_method
    a_former_slug_stays_reserved
    a_former_slug_never_leads_to_something_hidden
    references_are_written_as_id_slug_or_object
    a_renamed_reference_is_no_change_of_the_record
    every_dangling_reference_is_named
    a_reference_to_a_draft_is_left_out_until_it_is_published
    what_the_server_owns_cannot_be_set
    a_merge_patch_changes_what_it_names
    a_post_with_a_key_happens_once
    a_key_belongs_to_a_body_a_token_and_a_path
    a_refusal_is_not_kept_under_a_key
    a_key_is_forgotten_after_a_day
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

fn pretty(answer: &Answer) -> String {
    serde_json::to_string_pretty(&answer.json()).unwrap()
}

fn a_whole_record_looks_like_this(app: TestApp) {
    create(&app, Kind::Cluster, "Optik", json!({}));
    create(&app, Kind::Initiative, "Photonik Südwest e. V.", json!({ "clusters": ["optik"], "labels": [{ "label": "esca-gold", "awarded_on": "2024" }] }));
    insta::assert_snapshot!(pretty(&app.anonymous().get("/api/v1/clusters/optik").expect(200)), @"");
    insta::assert_snapshot!(pretty(&app.anonymous().get("/api/v1/initiatives").expect(200)), @"");
}

fn a_whole_problem_looks_like_this(app: TestApp) {
    let body = json!({ "name": 5, "colour": "red", "regions": ["DE9"], "visibility": "regional", "technology_fields": [], "summary": { "de": "<b>" } });
    insta::assert_snapshot!(pretty(&app.editor().post("/api/v1/clusters").json(&body).expect(400)), @"");
    insta::assert_snapshot!(pretty(&app.anonymous().get("/api/v1/clusters/nichts").expect(404)), @"");
}

fn slugs_are_made_from_names_and_numbered(app: TestApp) {
    let slug = |name: &str| create(&app, Kind::Network, name, json!({}))["slug"].as_str().unwrap().to_owned();
    assert_eq!(slug("Allianz für Größe & Qualität"), "allianz-fuer-groesse-qualitaet");
    assert_eq!(slug("Allianz für Größe & Qualität"), "allianz-fuer-groesse-qualitaet-2");
    assert_eq!(slug("allianz, fuer groesse qualitaet"), "allianz-fuer-groesse-qualitaet-3");
    assert!(slug("日本").starts_with("network-"), "nothing of it can stand in a slug");
    assert_eq!(slug(&"lang ".repeat(90)).len(), 94, "with room for a number");
}

fn a_slug_can_be_chosen_once(app: TestApp) {
    create(&app, Kind::Cluster, "A", json!({ "slug": "meiner" }));
    let taken = with(&minimal(Kind::Cluster, "B"), &json!({ "slug": "meiner" }));
    let refused = app.editor().post("/api/v1/clusters").json(&taken).expect(409);
    assert_eq!(refused.faults(), ["/slug"]);
    create(&app, Kind::Cluster, "B", json!({}));
    let refused = app.editor().patch("/api/v1/clusters/b").if_match("*").json(&json!({ "slug": "meiner" })).expect(409);
    assert_eq!(refused.faults(), ["/slug"]);
    create(&app, Kind::Measure, "A", json!({ "slug": "meiner" }));
    let renamed = app.editor().change(Kind::Cluster, "b", &json!({ "name": { "de": "Ganz anders" } }));
    assert_eq!(renamed.json()["slug"], "b", "a name is no address");
}

fn slugs_that_hide_an_address_are_refused(app: TestApp) {
    let bad = ["facets", "restore", "history", "Groß", "a_b", "-a", "a-", "a--b", "", "a b", "019a2b3c-0000-7000-8000-000000000001", &"x".repeat(101)];
    for slug in bad {
        let body = with(&minimal(Kind::Cluster, "A"), &json!({ "slug": slug }));
        assert_eq!(app.editor().post("/api/v1/clusters").json(&body).expect(422).faults(), ["/slug"], "{slug}");
    }
    let derived = create(&app, Kind::Cluster, "Facets", json!({}));
    let slug = derived["slug"].as_str().unwrap();
    assert_ne!(slug, "facets");
    assert_eq!(app.anonymous().get(&format!("/api/v1/clusters/{slug}")).expect(200).json(), derived);
}

fn initiatives_and_networks_share_one_space_of_slugs(app: TestApp) {
    create(&app, Kind::Initiative, "Verein", json!({}));
    let taken = with(&minimal(Kind::Network, "Netz"), &json!({ "slug": "verein" }));
    assert_eq!(app.editor().post("/api/v1/networks").json(&taken).expect(409).faults(), ["/slug"]);
    assert_eq!(create(&app, Kind::Network, "Verein", json!({}))["slug"], "verein-2");
    assert_eq!(create(&app, Kind::Cluster, "Verein", json!({}))["slug"], "verein");
    app.anonymous().get("/api/v1/networks/verein").expect(404);
}

fn a_former_slug_redirects_every_method(app: TestApp) {
    create(&app, Kind::Cluster, "Alt", json!({}));
    app.editor().change(Kind::Cluster, "alt", &json!({ "slug": "neu" }));
    app.editor().change(Kind::Cluster, "neu", &json!({ "slug": "ganz-neu" }));
    let (public, editor) = (app.anonymous(), app.editor());
    let body = minimal(Kind::Cluster, "Alt");
    for former in ["alt", "neu"] {
        let address = format!("/api/v1/clusters/{former}?a=1&b=%C3%A4");
        for request in [
            public.get(&address),
            public.head(&address),
            editor.put(&address).if_match("*").json(&body),
            editor.patch(&address).if_match("*").json(&json!({})),
            editor.delete(&address).if_match("*"),
        ] {
            let location = request.expect(308).header("location");
            assert_eq!(location, format!("{PUBLIC_URL}/api/v1/clusters/ganz-neu?a=1&b=%C3%A4"));
        }
        let restore = editor.post(&format!("/api/v1/clusters/{former}/restore?x=1")).expect(308);
        assert_eq!(restore.header("location"), format!("{PUBLIC_URL}/api/v1/clusters/ganz-neu/restore?x=1"));
    }
    assert_eq!(public.get("/api/v1/clusters/ganz-neu").expect(200).json()["version"], 3, "nothing was written");
}

fn a_former_slug_stays_reserved(app: TestApp) {
    create(&app, Kind::Initiative, "Alt", json!({}));
    app.editor().change(Kind::Initiative, "alt", &json!({ "slug": "neu" }));
    for kind in [Kind::Initiative, Kind::Network] {
        let taken = with(&minimal(kind, "Anderer"), &json!({ "slug": "alt" }));
        assert_eq!(app.editor().post(&collection(kind)).json(&taken).expect(409).faults(), ["/slug"]);
    }
    assert_eq!(create(&app, Kind::Network, "Alt", json!({}))["slug"], "alt-2");
    app.editor().change(Kind::Initiative, "neu", &json!({ "slug": "alt" }));
    let back = app.anonymous().get("/api/v1/initiatives/neu").expect(308);
    assert_eq!(back.header("location"), format!("{PUBLIC_URL}/api/v1/initiatives/alt"));
    app.anonymous().get("/api/v1/initiatives/alt").expect(200);
}

fn a_former_slug_never_leads_to_something_hidden(app: TestApp) {
    create(&app, Kind::Cluster, "Alt", json!({ "status": "draft" }));
    app.editor().change(Kind::Cluster, "alt", &json!({ "slug": "geheim" }));
    app.anonymous().get("/api/v1/clusters/alt").expect(404);
    app.auditor().get("/api/v1/clusters/alt").expect(308);
    app.editor().change(Kind::Cluster, "geheim", &json!({ "status": "published" }));
    app.anonymous().get("/api/v1/clusters/alt").expect(308);
    app.editor().delete("/api/v1/clusters/geheim").if_match("*").expect(204);
    let gone = app.anonymous().get("/api/v1/clusters/alt").expect(410);
    assert!(!gone.text().contains("geheim"));
}

fn references_are_written_as_id_slug_or_object(app: TestApp) {
    let cluster = create(&app, Kind::Cluster, "Optik", json!({}));
    let whole = json!({ "id": id(&cluster), "slug": "optik", "name": "Optik" });
    for (number, form) in [
        json!(id(&cluster)),
        json!("optik"),
        json!({ "id": id(&cluster) }),
        json!({ "slug": "optik" }),
        whole.clone(),
        json!({ "id": id(&cluster), "slug": "veraltet", "name": "Veraltet" }),
    ]
    .into_iter()
    .enumerate()
    {
        let made = create(&app, Kind::Initiative, &format!("I {number}"), json!({ "clusters": [form] }));
        assert_eq!(made["clusters"], json!([whole]));
    }
    let initiatives = app.anonymous().get("/api/v1/clusters/optik").expect(200).json()["initiatives"].clone();
    let names: Vec<&str> = initiatives.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["I 0", "I 1", "I 2", "I 3", "I 4", "I 5"]);
}

fn a_renamed_reference_is_no_change_of_the_record(app: TestApp) {
    create(&app, Kind::Cluster, "Optik", json!({}));
    create(&app, Kind::Initiative, "Verein", json!({ "clusters": ["optik"] }));
    let before = app.anonymous().get("/api/v1/initiatives/verein").expect(200);
    app.editor().change(Kind::Cluster, "optik", &json!({ "slug": "licht", "name": { "de": "Licht" } }));
    let after = app.anonymous().get("/api/v1/initiatives/verein").expect(200);
    assert_eq!(after.json()["clusters"][0]["name"], "Licht");
    assert_eq!(after.json()["clusters"][0]["slug"], "licht");
    assert_eq!(after.json()["version"], 1);
    assert_ne!(after.etag(), before.etag());
    app.anonymous().get("/api/v1/initiatives/verein").header("if-none-match", &before.etag()).expect(200);
    app.editor().put("/api/v1/initiatives/verein").if_match(&before.etag()).json(&before.json()).expect(200);
}

fn every_dangling_reference_is_named(app: TestApp) {
    create(&app, Kind::Cluster, "Optik", json!({}));
    create(&app, Kind::Measure, "Hilfe", json!({}));
    let body = with(
        &minimal(Kind::Initiative, "Verein"),
        &json!({ "clusters": ["optik", "nichts", nobodys_id().to_string(), "hilfe"], "successor": "optik" }),
    );
    let refused = app.editor().post("/api/v1/initiatives").json(&body).expect(422);
    assert_eq!(refused.faults(), ["/clusters/1", "/clusters/2", "/clusters/3", "/successor"]);
    let member = with(&minimal(Kind::Member, "Firma"), &json!({ "affiliations": [{ "organisation": "optik" }] }));
    assert_eq!(app.editor().post("/api/v1/members").json(&member).expect(422).faults(), ["/affiliations/0/organisation"]);
}

fn a_reference_to_a_draft_is_left_out_until_it_is_published(app: TestApp) {
    let draft = create(&app, Kind::Cluster, "Geheim", json!({ "status": "draft" }));
    create(&app, Kind::Initiative, "Verein", json!({ "clusters": [id(&draft)], "successor": null }));
    create(&app, Kind::Member, "Firma", json!({ "affiliations": [{ "organisation": "verein" }] }));
    let seen = |client: crate::harness::Client<'_>| client.get("/api/v1/initiatives/verein").expect(200).json()["clusters"].clone();
    assert_eq!(seen(app.anonymous()), json!([]));
    assert_eq!(seen(app.auditor())[0]["slug"], "geheim");
    assert!(!app.anonymous().get("/api/v1/initiatives/facets").expect(200).text().contains("geheim"));
    app.editor().change(Kind::Cluster, "geheim", &json!({ "status": "published" }));
    assert_eq!(seen(app.anonymous())[0]["name"], "Geheim");
    app.editor().change(Kind::Initiative, "verein", &json!({ "status": "draft" }));
    let member = app.anonymous().get("/api/v1/members").expect(200).items().remove(0);
    assert_eq!(member["affiliations"], json!([]), "nor is the affiliation told of");
    let cluster = app.anonymous().get("/api/v1/clusters/geheim").expect(200).json();
    assert_eq!(cluster["initiatives"], json!([]));
}

fn what_the_server_owns_cannot_be_set(app: TestApp) {
    let event = create(&app, Kind::Event, "Treffen", json!({}));
    let initiative = create(&app, Kind::Initiative, "Verein", json!({}));
    let cases = [
        (Kind::Event, "treffen", &event, json!({ "id": nobodys_id(), "version": 9, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "sequence": 4 })),
        (Kind::Initiative, "verein", &initiative, json!({ "member_count": 99 })),
    ];
    for (kind, slug, record, owned) in cases {
        let address = format!("{}/{slug}", collection(kind));
        let mut pointers: Vec<String> = owned.as_object().unwrap().keys().map(|field| format!("/{field}")).collect();
        pointers.sort();
        let sorted = |answer: Answer| {
            let mut faults = answer.faults();
            faults.sort();
            faults
        };
        let editor = app.editor();
        assert_eq!(sorted(editor.patch(&address).if_match("*").json(&owned).expect(422)), pointers);
        assert_eq!(sorted(editor.put(&address).if_match("*").json(&with(record, &owned)).expect(422)), pointers);
        assert_eq!(sorted(editor.post(&collection(kind)).json(&with(&minimal(kind, "Neu"), &owned)).expect(422)), pointers);
        assert_eq!(editor.put(&address).if_match("*").json(record).expect(200).json(), *record);
        assert_eq!(app.anonymous().get(&address).expect(200).json(), *record);
    }
}

fn a_merge_patch_changes_what_it_names(app: TestApp) {
    let before = create(&app, Kind::Cluster, "Optik", json!({
        "name": { "de": "Optik", "en": "Optics" }, "website": "https://a.example", "industries": ["26", "27"],
    }));
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
    let refused = app.editor().patch("/api/v1/clusters/optik").if_match("*").body("application/json", "{}").expect(415);
    assert_eq!(refused.header("accept-patch"), "application/merge-patch+json");
}

fn a_post_with_a_key_happens_once(app: TestApp) {
    let post = |key: &str| app.editor().post("/api/v1/clusters").header("idempotency-key", key).json(&minimal(Kind::Cluster, "Einmal")).expect(201);
    let first = post("schluessel-1");
    app.editor().change(Kind::Cluster, "einmal", &json!({ "website": "https://a.example" }));
    app.clock.advance(TimeDelta::hours(23));
    for key in ["schluessel-1", "\"schluessel-1\""] {
        let again = post(key);
        assert_eq!(again.body, first.body);
        assert_eq!((again.etag(), again.header("location")), (first.etag(), first.header("location")));
    }
    assert_eq!(app.anonymous().get("/api/v1/clusters").expect(200).items().len(), 1);
}

fn a_key_belongs_to_a_body_a_token_and_a_path(app: TestApp) {
    let post = |client: crate::harness::Client<'_>, kind: Kind, name: &str| {
        client.post(&collection(kind)).header("idempotency-key", "k").json(&minimal(kind, name)).send()
    };
    let first = post(app.editor(), Kind::Initiative, "A");
    assert_eq!(first.status, 201);
    assert_eq!(post(app.editor(), Kind::Initiative, "B").status, 422);
    assert_eq!(post(app.admin(), Kind::Initiative, "A").json()["slug"], "a-2");
    assert_eq!(post(app.editor(), Kind::Network, "A").json()["slug"], "a-3");
    assert_eq!(post(app.editor(), Kind::Initiative, "A").body, first.body);
    for bad in ["", "\"\"", &"x".repeat(256)] {
        app.editor().post("/api/v1/clusters").header("idempotency-key", bad).json(&minimal(Kind::Cluster, "C")).expect(400);
    }
}

fn a_refusal_is_not_kept_under_a_key(app: TestApp) {
    let post = |body: &Value| app.editor().post("/api/v1/clusters").header("idempotency-key", "k").json(body);
    let good = minimal(Kind::Cluster, "Gut");
    post(&json!({ "colour": 1 })).expect(400);
    post(&without(&good, &["summary"])).expect(422);
    let created = post(&good).expect(201);
    assert_eq!(post(&good).expect(201).body, created.body);
}

fn a_key_is_forgotten_after_a_day(app: TestApp) {
    let post = || app.editor().post("/api/v1/clusters").header("idempotency-key", "k").json(&minimal(Kind::Cluster, "A")).expect(201).json();
    assert_eq!(post()["slug"], "a");
    app.clock.advance(TimeDelta::hours(24));
    assert_eq!(post()["slug"], "a-2");
}

fn a_chambers_member_is_not_the_editors(app: TestApp) {
    let body = with(&minimal(Kind::Member, "Firma"), &json!({ "chamber": "ihk-ulm", "external_id": "1", "region": "DE144" }));
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
    let refused = editor.patch(&format!("/api/v1/members/{}", id(&own))).if_match("*").json(&give).expect(422);
    assert_eq!(refused.faults(), ["/chamber"]);
    assert_eq!(app.admin().patch(&address).if_match("*").json(&json!({ "name": "Neu" })).expect(200).json()["name"], "Neu");
    app.admin().delete(&address).if_match("*").expect(204);
}

fn an_external_id_is_unique_within_its_chamber(app: TestApp) {
    let body = |chamber: &str| with(&minimal(Kind::Member, "Firma"), &json!({ "chamber": chamber, "external_id": "1" }));
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
    let (text, html) = ("text/plain", "text/html");
    let editor = app.editor();
    app.anonymous().put(nowhere).header("accept", html).body(text, "{").expect(401);
    app.auditor().put(nowhere).header("accept", html).body(text, "{").expect(403);
    editor.put(nowhere).header("accept", html).body(text, "{").expect(404);
    editor.put(nowhere).header("content-encoding", "rot13").body(text, "{").expect(404);
    editor.put(&format!("{there}?x=1")).header("accept", html).body("application/json", "{").expect(406);
    editor.put(&format!("{there}?x=1")).body(text, "{").expect(415);
    editor.put(&format!("{there}?x=1")).header("content-encoding", "rot13").body("application/json", "{").expect(415);
    editor.post("/api/v1/clusters?x=1").header("accept", html).body("application/json", "{").expect(406);
    editor.post("/api/v1/clusters?x=1").body(text, "{").expect(415);
    editor.put(there).body("application/json", "{").expect(400);
    editor.put(&format!("{there}?x=1")).json(&json!({})).expect(400);
    editor.put(there).json(&json!({ "colour": 1 })).expect(400);
    editor.put(there).if_match("\"9\"").json(&json!({ "colour": 1 })).expect(400);
    editor.put(there).json(&json!({ "name": null })).expect(428);
    editor.put(there).if_match("\"9\"").json(&json!({ "name": null })).expect(412);
    let taken = with(&minimal(Kind::Cluster, "Da"), &json!({ "slug": "belegt" }));
    editor.put(there).json(&taken).expect(428);
    editor.put(there).if_match("\"1\"").json(&with(&taken, &json!({ "summary": null }))).expect(422);
    editor.put(there).if_match("\"1\"").json(&taken).expect(409);
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
        (Kind::Network, json!({ "labels": [{ "label": "esca-gold", "awarded_on": "2025", "valid_until": "2024-12-31" }] }), "/labels/0/valid_until"),
        (Kind::Network, json!({ "contact": { "email": "a@b" } }), "/contact/email"),
        (Kind::Member, json!({ "external_id": "1" }), "/external_id"),
        (Kind::Member, json!({ "affiliations": [{ "organisation": "netz", "since": "2026-02-01", "until": "2026-01-01" }] }), "/affiliations/0/until"),
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
    let plain = create(&app, Kind::Cluster, "a < b", json!({ "description": { "de": "Zeile\nund\tmehr" } }));
    assert_eq!(plain["description"]["de"], "Zeile\nund\tmehr");
}
