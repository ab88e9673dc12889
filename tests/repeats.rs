//! Requests that are sent again: `Idempotency-Key`.

use crate::harness::{Client, Records as _, TestApp, collection, minimal, on_both, without};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_post_with_a_key_happens_once
    a_key_belongs_to_a_body_a_token_and_a_path
    a_refusal_is_not_kept_under_a_key
    a_key_is_forgotten_after_a_day
}

fn a_post_with_a_key_happens_once(app: TestApp) {
    let post = |key: &str| {
        app.editor()
            .post("/api/v1/clusters")
            .header("idempotency-key", key)
            .json(&minimal(Kind::Cluster, "Einmal"))
            .expect(201)
    };
    let first = post("schluessel-1");
    app.editor().change(Kind::Cluster, "einmal", &json!({ "website": "https://a.example" }));
    assert_eq!(first.header("idempotent-replayed"), "");
    app.clock.advance(TimeDelta::hours(23));
    for key in ["schluessel-1", "\"schluessel-1\""] {
        let again = post(key);
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!((again.etag(), again.header("location")), (first.etag(), first.header("location")));
    }
    assert_eq!(app.anonymous().get("/api/v1/clusters").expect(200).items().len(), 1);
}

fn a_key_belongs_to_a_body_a_token_and_a_path(app: TestApp) {
    let post = |client: Client<'_>, kind: Kind, name: &str| {
        client.post(&collection(kind)).header("idempotency-key", "k").json(&minimal(kind, name)).send()
    };
    let first = post(app.editor(), Kind::Initiative, "A");
    assert_eq!(first.status, 201);
    let other_body = post(app.editor(), Kind::Initiative, "B");
    assert_eq!((other_body.status, other_body.header("idempotent-replayed").as_str()), (422, ""));
    assert_eq!(post(app.admin(), Kind::Initiative, "A").json()["slug"], "a-2");
    assert_eq!(post(app.editor(), Kind::Network, "A").json()["slug"], "a-3");
    assert_eq!(post(app.editor(), Kind::Initiative, "A").body, first.body);
    for bad in ["", "\"\"", &"x".repeat(256)] {
        app.editor()
            .post("/api/v1/clusters")
            .header("idempotency-key", bad)
            .json(&minimal(Kind::Cluster, "C"))
            .expect(400);
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
    let post = || {
        app.editor()
            .post("/api/v1/clusters")
            .header("idempotency-key", "k")
            .json(&minimal(Kind::Cluster, "A"))
            .expect(201)
            .json()
    };
    assert_eq!(post()["slug"], "a");
    app.clock.advance(TimeDelta::hours(24));
    assert_eq!(post()["slug"], "a-2");
}
