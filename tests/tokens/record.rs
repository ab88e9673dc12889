//! Tokens and keys in the audit, and nowhere else.

use super::{TOKENS, issue};
use crate::harness::{Records as _, TestApp, actor, minimal, on_both, without};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    the_audit_tells_what_was_done_with_tokens_and_keys
    events_stand_between_changes_in_one_order
    nothing_public_moves_with_an_event
}

#[track_caller]
fn audit(app: &TestApp, query: &str) -> Vec<Value> {
    app.auditor().get(&format!("/api/v1/audit?{query}")).expect(200).items()
}

fn the_audit_tells_what_was_done_with_tokens_and_keys(app: TestApp) {
    let admin = audit(&app, "action=issue")[2]["id"].clone();
    let issued = issue(&app, &json!({ "role": "editor", "subject": "ada", "expires": "1h" })).json();
    let id = issued["id"].as_str().unwrap();
    app.clock.advance(TimeDelta::minutes(1));
    app.admin().delete(&format!("{TOKENS}/{id}")).expect(204);
    app.admin().delete(&format!("{TOKENS}/{id}")).expect(204);
    let event = |action: &str, at: &str| {
        json!({
            "at": at, "action": action, "actor": "test-admin", "role": "admin", "token": admin, "kind": "token",
            "id": id, "slug": null, "status": null, "version": null,
        })
    };
    let told: Vec<Value> =
        audit(&app, &format!("id={id}")).iter().map(|event| without(event, &["seq"])).collect();
    assert_eq!(told, [event("revoke", "2026-05-12T10:01:00Z"), event("issue", "2026-05-12T10:00:00Z")]);

    let (old, new, _) = app.keyring.rotate(&app.store, &actor()).unwrap();
    app.store.retire_key(&actor(), old).unwrap();
    app.store.retire_key(&actor(), old).unwrap();
    let auditor = app.issue(api::auth::Role::Auditor, None).0;
    let answer = app.bearer(&auditor).get("/api/v1/audit?kind=key").expect(200);
    let lines: Vec<String> = answer
        .items()
        .iter()
        .map(|event| {
            let [actor, role, action, id] =
                ["actor", "role", "action", "id"].map(|name| event[name].as_str().unwrap());
            format!("{actor} {role} {action} {id}")
        })
        .collect();
    let expected = [
        format!("test operator retire {old}"),
        format!("test operator rotate {old}"),
        format!("test operator create {new}"),
        format!("serve operator create {old}"),
    ];
    assert_eq!(lines, expected);
}

fn events_stand_between_changes_in_one_order(app: TestApp) {
    for number in 0..5 {
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, &format!("C{number}")));
        issue(&app, &json!({ "role": "editor", "subject": "x", "expires": "1h" }));
    }
    let all = audit(&app, "limit=10");
    let kinds: Vec<&str> = all.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["token", "cluster"].repeat(5));
    let seqs: Vec<i64> = all.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|a, b| a > b), "{seqs:?}");
    let first = app.auditor().get("/api/v1/audit?limit=3&with_total=true").expect(200).json();
    assert_eq!(first["total"], 10 + 4);
    let second = app.auditor().get(first["next"].as_str().unwrap()).expect(200).items();
    assert_eq!([first["items"].as_array().unwrap().clone(), second].concat(), all[..6]);
    assert_eq!(audit(&app, "kind=token&kind=key").len(), 5 + 4);
    assert_eq!(audit(&app, "kind=token&action=issue&actor=test-admin").len(), 5);
    assert_eq!(audit(&app, "kind=cluster").len(), 5);
}

/// Neither cursors nor entity tags, nor what a client of the feed reads, change.
fn nothing_public_moves_with_an_event(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    let seen = || {
        let export = app.anonymous().get("/api/v1/clusters.ndjson").expect(200);
        let feed = app.anonymous().get("/api/v1/changes").expect(200);
        (export.etag(), export.header("change-cursor"), feed.json())
    };
    let before = seen();
    issue(&app, &json!({ "role": "editor", "subject": "x", "expires": "1h" }));
    app.keyring.rotate(&app.store, &actor()).unwrap();
    assert_eq!(seen(), before);
    assert_eq!(app.anonymous().get("/api/v1/changes?wait=1&since=now").expect(200).items(), [Value::Null; 0]);
    let path = "/api/v1/clusters/c/history";
    assert_eq!(app.editor().get(path).expect(200).items().len(), 1);
    app.clock.advance(TimeDelta::minutes(1));
    let past = app.anonymous().get("/api/v1/clusters?as_of=2026-05-12T10:00:30Z").expect(200).items();
    assert_eq!(past.len(), 1);
}
