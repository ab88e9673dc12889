//! References from one record to another.

use crate::harness::{Client, Records as _, TestApp, minimal, nobodys_id, on_both, with};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    references_are_written_as_id_slug_or_object
    a_renamed_reference_is_no_change_of_the_record
    every_dangling_reference_is_named
    a_reference_to_a_draft_is_left_out_until_it_is_published
}

fn create(app: &TestApp, kind: Kind, name: &str, fields: Value) -> Value {
    app.admin().create(kind, &with(&minimal(kind, name), &fields))
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
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
    let names: Vec<&str> =
        initiatives.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
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
    let member =
        with(&minimal(Kind::Member, "Firma"), &json!({ "affiliations": [{ "organisation": "optik" }] }));
    assert_eq!(
        app.editor().post("/api/v1/members").json(&member).expect(422).faults(),
        ["/affiliations/0/organisation"]
    );
}

fn a_reference_to_a_draft_is_left_out_until_it_is_published(app: TestApp) {
    let draft = create(&app, Kind::Cluster, "Geheim", json!({ "status": "draft" }));
    create(&app, Kind::Initiative, "Verein", json!({ "clusters": [id(&draft)], "successor": null }));
    create(&app, Kind::Member, "Firma", json!({ "affiliations": [{ "organisation": "verein" }] }));
    let seen =
        |client: Client<'_>| client.get("/api/v1/initiatives/verein").expect(200).json()["clusters"].clone();
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
