//! History: who changed what, the record as it was, going back to it; and the audit of everything.

use crate::harness::{
    Answer, Records as _, Request, TestApp, Turmoil, collection, minimal, nobodys_id, on_both, with,
};
use api::auth::Role;
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    versions_tell_who_changed_what_and_when
    history_is_for_those_with_a_right_to_it
    history_comes_in_pages
    a_version_is_the_record_as_it_was
    a_version_has_the_references_that_it_had
    references_in_changes_are_called_as_everywhere
    going_back_brings_the_content_and_makes_a_version
    going_back_needs_a_right_and_honours_the_version
    going_back_to_the_same_makes_no_version
    going_back_to_what_is_gone_is_refused_by_name
    going_back_keeps_what_the_server_owns
    the_audit_tells_everything_and_each_filter_narrows_it
    the_audit_is_for_auditors
    the_audit_comes_in_pages
}

#[track_caller]
fn history(app: &TestApp, address: &str) -> Vec<Value> {
    app.auditor().get(&format!("{address}/history")).expect(200).items()
}

/// Pointers, from, to.
fn changes(version: &Value) -> Vec<(&str, &Value, &Value)> {
    version["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["pointer"].as_str().unwrap(), &change["from"], &change["to"]))
        .collect()
}

fn versions_tell_who_changed_what_and_when(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    app.clock.advance(TimeDelta::minutes(1));
    let patch =
        json!({ "website": "https://eins.example", "summary": { "en": "A cluster." }, "slug": "neu" });
    app.admin().change(Kind::Cluster, "eins", &patch);
    app.clock.advance(TimeDelta::minutes(1));
    app.editor().delete("/api/v1/clusters/neu").if_match("*").expect(204);
    app.editor().post("/api/v1/clusters/neu/restore").expect(200);
    let versions = history(&app, "/api/v1/clusters/neu");
    let deed = |version: &Value| {
        ["version", "at", "action", "actor", "role", "status"].map(|field| version[field].clone())
    };
    let deeds: Vec<_> = versions.iter().map(deed).collect();
    assert_eq!(
        json!(deeds),
        json!([
            [4, "2026-05-12T10:02:00Z", "restore", "test-editor", "editor", "published"],
            [3, "2026-05-12T10:02:00Z", "archive", "test-editor", "editor", "archived"],
            [2, "2026-05-12T10:01:00Z", "update", "test-admin", "admin", "published"],
            [1, "2026-05-12T10:00:00Z", "create", "test-editor", "editor", "published"],
        ])
    );
    let mut second = changes(&versions[2]);
    second.sort_by_key(|change| change.0);
    assert_eq!(
        second,
        [
            ("/slug", &json!("eins"), &json!("neu")),
            ("/summary/en", &Value::Null, &json!("A cluster.")),
            ("/website", &Value::Null, &json!("https://eins.example")),
        ]
    );
    assert_eq!(changes(&versions[1]), [("/status", &json!("published"), &json!("archived"))]);
    let first = changes(&versions[3]);
    assert!(first.contains(&("/slug", &Value::Null, &json!("eins"))), "{first:?}");
    assert!(first.contains(&("/technology_fields", &Value::Null, &json!(["photonik"]))), "{first:?}");
}

fn history_is_for_those_with_a_right_to_it(app: TestApp) {
    for kind in Kind::ALL {
        let record = app.admin().create(kind, &with(&minimal(kind, "R"), &json!({ "status": "draft" })));
        let id = record["id"].as_str().unwrap();
        for path in ["history", "history/1"] {
            let address = format!("{}/{id}/{path}", collection(kind));
            let refused = app.anonymous().get(&address).expect(401);
            assert!(!refused.header("www-authenticate").is_empty());
            app.chamber("ihk-ulm").get(&address).expect(403);
            for client in [app.editor(), app.auditor(), app.admin()] {
                let answer = client.get(&address).expect(200);
                assert_eq!(answer.header("cache-control"), "private, no-store");
            }
        }
        let unknown = format!("{}/{}/history", collection(kind), nobodys_id());
        app.anonymous().get(&unknown).expect(401);
        app.auditor().get(&unknown).expect(404);
    }
}

/// Every item of a list, page by page of two.
fn walk(app: &TestApp, address: &str) -> Vec<Value> {
    let (mut next, mut items) = (Some(format!("{address}limit=2")), Vec::new());
    while let Some(address) = next {
        let page = app.auditor().get(&address).expect(200);
        assert!(page.items().len() <= 2);
        items.extend(page.items());
        next = page.json()["next"].as_str().map(str::to_owned);
        assert_eq!(page.header("link").is_empty(), next.is_none());
    }
    items
}

fn history_comes_in_pages(app: TestApp) {
    app.editor().create(Kind::Network, &minimal(Kind::Network, "N"));
    for number in 0..4 {
        app.editor().change(Kind::Network, "n", &json!({ "name": format!("N {number}") }));
    }
    let all = history(&app, "/api/v1/networks/n");
    assert_eq!(all.len(), 5);
    assert_eq!(walk(&app, "/api/v1/networks/n/history?"), all);
    for (query, fault) in [("limit=0", "limit"), ("limit=201", "limit"), ("cursor=x", "cursor"), ("x=1", "x")]
    {
        let refused = app.auditor().get(&format!("/api/v1/networks/n/history?{query}")).expect(400);
        assert_eq!(refused.faults(), [fault]);
    }
    app.editor().change(Kind::Network, "n", &json!({ "slug": "neu" }));
    let moved = app.auditor().get("/api/v1/networks/n/history").expect(308).header("location");
    assert!(moved.ends_with("/api/v1/networks/neu/history"), "{moved}");
}

fn a_version_is_the_record_as_it_was(app: TestApp) {
    let mut versions = vec![app.editor().create(Kind::Event, &minimal(Kind::Event, "Eins"))];
    for patch in [
        json!({ "cancelled": true }),
        json!({ "status": "draft", "slug": "zwei" }),
        json!({ "title": { "de": "Zwei" }, "status": "published" }),
    ] {
        app.clock.advance(TimeDelta::hours(1));
        let id = versions[0]["id"].as_str().unwrap().to_owned();
        versions.push(app.editor().change(Kind::Event, &id, &patch).json());
    }
    for (index, record) in versions.iter().enumerate() {
        let answer = app.auditor().get(&format!("/api/v1/events/zwei/history/{}", index + 1)).expect(200);
        assert_eq!(answer.json(), *record);
        assert!(answer.etag().starts_with(&format!("\"{}-", index + 1)));
    }
    for unknown in ["5", "0", "-1", "99999999999999999999", "x", "1.0", "%00", "1e0", "", "+", "%EF%BC%99"] {
        app.auditor().get(&format!("/api/v1/events/zwei/history/{unknown}")).expect(404);
    }
}

fn a_version_has_the_references_that_it_had(app: TestApp) {
    for name in ["Hier", "Dort"] {
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, name));
    }
    let first = with(&minimal(Kind::Initiative, "Verein"), &json!({ "clusters": ["hier"] }));
    let first = app.editor().create(Kind::Initiative, &first);
    app.editor().change(Kind::Initiative, "verein", &json!({ "clusters": ["dort"] }));
    app.editor().change(Kind::Cluster, "hier", &json!({ "name": { "de": "Hierher" } }));
    let read = |version: u32| {
        app.auditor().get(&format!("/api/v1/initiatives/verein/history/{version}")).expect(200).json()
    };
    assert_eq!(read(1)["clusters"][0]["id"], first["clusters"][0]["id"]);
    assert_eq!(read(1)["clusters"][0]["name"], "Hierher", "as it is called today");
    assert_eq!(read(2)["clusters"][0]["name"], "Dort");
}

fn revert(app: &TestApp, address: &str, version: u32) -> Answer {
    app.editor().post(&format!("{address}/revert/{version}")).send()
}

fn going_back_brings_the_content_and_makes_a_version(app: TestApp) {
    let first = app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Alt"));
    app.clock.advance(TimeDelta::hours(1));
    let patch = json!({ "slug": "neu", "name": { "de": "Neu" }, "website": "https://neu.example" });
    app.editor().change(Kind::Cluster, "alt", &patch);
    app.editor().change(Kind::Cluster, "neu", &json!({ "status": "draft" }));
    app.clock.advance(TimeDelta::hours(1));
    let back = revert(&app, "/api/v1/clusters/neu", 1);
    assert_eq!(back.status, 200);
    assert!(back.etag().starts_with("\"4-"));
    let expected = with(
        &first,
        &json!({ "slug": "neu", "status": "draft", "version": 4, "updated_at": "2026-05-12T12:00:00Z" }),
    );
    assert_eq!(back.json(), expected);
    assert_eq!(app.editor().get("/api/v1/clusters/neu").expect(200).json(), expected);
    app.anonymous().get("/api/v1/clusters/neu").expect(410);
    let versions = history(&app, "/api/v1/clusters/neu");
    assert_eq!((&versions[0]["action"], &versions[0]["actor"]), (&json!("revert"), &json!("test-editor")));
    let pointers: Vec<&str> = changes(&versions[0]).into_iter().map(|change| change.0).collect();
    assert_eq!(pointers.len(), 2, "{pointers:?}");
    assert_eq!(app.editor().get("/api/v1/clusters?q=alt").expect(200).items().len(), 1, "it is found again");
}

fn going_back_needs_a_right_and_honours_the_version(app: TestApp) {
    app.editor().create(Kind::Measure, &minimal(Kind::Measure, "M"));
    app.editor().change(Kind::Measure, "m", &json!({ "programme": "P" }));
    let address = "/api/v1/measures/m/revert/1";
    app.anonymous().post(address).expect(401);
    app.auditor().post(address).expect(403);
    app.chamber("ihk-ulm").post(address).expect(403);
    for unknown in ["0", "3", "x", "-1", "99999999999999999999"] {
        app.editor().post(&format!("/api/v1/measures/m/revert/{unknown}")).expect(404);
    }
    app.editor().post("/api/v1/measures/x/revert/1").expect(404);
    app.editor().post(address).if_match("\"1-x\"").expect(412);
    assert_eq!(app.database.revisions(), 2);
    let back = app.editor().post(address).if_match("\"2-x\"").expect(200).json();
    assert_eq!((&back["version"], &back["programme"]), (&json!(3), &Value::Null));
    assert_eq!(
        app.admin().post("/api/v1/measures/m/revert/2").if_match("*").expect(200).json()["version"],
        4
    );
}

fn going_back_to_the_same_makes_no_version(app: TestApp) {
    let first = app.editor().create(Kind::Network, &minimal(Kind::Network, "N"));
    assert_eq!(revert(&app, "/api/v1/networks/n", 1).json(), first);
    app.editor().change(Kind::Network, "n", &json!({ "slug": "neu" }));
    assert_eq!(revert(&app, "/api/v1/networks/neu", 1).json()["version"], 2);
    assert_eq!(app.database.revisions(), 2);
}

fn going_back_to_what_is_gone_is_refused_by_name(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    app.editor()
        .create(Kind::Initiative, &with(&minimal(Kind::Initiative, "I"), &json!({ "clusters": ["c"] })));
    app.editor().change(Kind::Initiative, "i", &json!({ "clusters": [] }));
    app.editor().delete("/api/v1/clusters/c").if_match("*").expect(204);
    // An editor may refer to what is hidden; the public does not see it.
    let back = revert(&app, "/api/v1/initiatives/i", 1);
    assert_eq!(back.status, 200);
    assert_eq!(back.json()["clusters"][0]["slug"], "c");
    assert_eq!(app.anonymous().get("/api/v1/initiatives/i").expect(200).json()["clusters"], json!([]));
    let chamber = json!({ "chamber": "ihk-ulm", "external_id": "1" });
    let member = app.admin().create(Kind::Member, &with(&minimal(Kind::Member, "M"), &chamber));
    let id = member["id"].as_str().unwrap();
    app.admin().change(Kind::Member, id, &json!({ "external_id": "2" }));
    app.admin().create(Kind::Member, &with(&minimal(Kind::Member, "Nachfolger"), &chamber));
    let taken = app.admin().post(&format!("/api/v1/members/{id}/revert/1")).expect(409);
    assert_eq!(taken.faults(), ["/external_id"]);
    app.editor().post(&format!("/api/v1/members/{id}/revert/1")).expect(403);
}

fn going_back_keeps_what_the_server_owns(app: TestApp) {
    app.editor().create(Kind::Event, &minimal(Kind::Event, "E"));
    let later = json!({ "starts_at": "2026-06-01T07:00:00Z" });
    assert_eq!(app.editor().change(Kind::Event, "e", &later).json()["sequence"], 1);
    let back = revert(&app, "/api/v1/events/e", 1).json();
    assert_eq!(back["starts_at"], "2026-06-01T08:00:00Z");
    assert_eq!(back["sequence"], 2, "calendars take it for a change only when it rises");
}

#[track_caller]
fn audit(app: &TestApp, query: &str) -> Vec<String> {
    let answer = app.auditor().get(&format!("/api/v1/audit?{query}")).expect(200);
    let line = |deed: &Value| {
        let [actor, action, kind] = ["actor", "action", "kind"].map(|field| deed[field].as_str().unwrap());
        format!("{actor} {action} {kind} {}", deed["version"])
    };
    answer.items().iter().map(line).collect()
}

fn the_audit_tells_everything_and_each_filter_narrows_it(app: TestApp) {
    app.load_demo();
    let (token, token_id) = app.issue(Role::Editor, None);
    let draft = with(&minimal(Kind::Cluster, "C"), &json!({ "status": "draft" }));
    let cluster = app.bearer(&token).create(Kind::Cluster, &draft);
    app.clock.advance(TimeDelta::hours(1));
    app.admin().change(Kind::Cluster, "c", &json!({ "slug": "neu" }));
    app.clock.advance(TimeDelta::hours(1));
    app.editor().create(Kind::Event, &minimal(Kind::Event, "E"));
    app.editor().delete("/api/v1/events/e").if_match("*").expect(204);
    let newest = app.auditor().get("/api/v1/audit?limit=1&actor=demo").expect(200).items().remove(0);
    assert_eq!(
        (&newest["actor"], &newest["role"], &newest["token"]),
        (&json!("demo"), &json!("operator"), &Value::Null)
    );
    let (first, second) = ("test-editor create cluster 1", "test-admin update cluster 2");
    let (third, fourth) = ("test-editor create event 1", "test-editor archive event 2");
    let id = cluster["id"].as_str().unwrap();
    let cases: [(&str, &[&str]); 14] = [
        ("role=editor&role=admin", &[fourth, third, second, first]),
        ("actor=test-admin", &[second]),
        ("actor=test-admin&actor=test-editor&kind=event", &[fourth, third]),
        ("role=editor&kind=cluster", &[first]),
        ("action=archive", &[fourth]),
        ("action=archive&action=update", &[fourth, second]),
        ("action=revert", &[]),
        (&format!("id={id}"), &[second, first]),
        (&format!("token={token_id}"), &[first]),
        ("role=editor&role=admin&to=2026-05-12T11:00:00Z", &[second, first]),
        ("role=editor&role=admin&from=2026-05-12T11:00:00Z&to=2026-05-12T11:59:59Z", &[second]),
        ("role=editor&from=2026-05-12T12:00:00Z", &[fourth, third]),
        ("actor=niemand", &[]),
        ("role=chamber", &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(audit(&app, query), expected, "{query}");
    }
    let deed = app.auditor().get(&format!("/api/v1/audit?token={token_id}")).expect(200).items().remove(0);
    assert_eq!(
        without_seq(&deed),
        json!({
            "at": "2026-05-12T10:00:00Z", "action": "create", "actor": "test-editor", "role": "editor",
            "token": token_id, "kind": "cluster", "id": id, "slug": "c", "status": "draft", "version": 1,
        })
    );
    let bad = [
        ("action=destroy", "action"),
        ("kind=x", "kind"),
        ("id=x", "id"),
        ("token=x", "token"),
        ("from=x", "from"),
        ("to=x", "to"),
        ("cursor=x", "cursor"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("colour=x", "colour"),
    ];
    for (query, fault) in bad {
        let refused = app.auditor().get(&format!("/api/v1/audit?{query}")).expect(400);
        assert_eq!(refused.faults(), [fault], "{query}");
    }
}

fn without_seq(deed: &Value) -> Value {
    assert!(deed["seq"].as_i64().unwrap() > 0);
    crate::harness::without(deed, &["seq"])
}

fn the_audit_is_for_auditors(app: TestApp) {
    let ask = |request: Request<'_>, status: u16| {
        request.expect(status);
    };
    ask(app.anonymous().get("/api/v1/audit"), 401);
    ask(app.editor().get("/api/v1/audit"), 403);
    ask(app.chamber("ihk-ulm").get("/api/v1/audit"), 403);
    ask(app.auditor().get("/api/v1/audit"), 200);
    ask(app.admin().get("/api/v1/audit"), 200);
    for client in [app.admin(), app.auditor()] {
        client.delete("/api/v1/audit").expect(405);
        client.post("/api/v1/audit").json(&json!({})).expect(405);
    }
}

fn the_audit_comes_in_pages(app: TestApp) {
    for number in 0..7 {
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, &format!("C{number}")));
        app.admin().create(Kind::Event, &minimal(Kind::Event, &format!("E{number}")));
    }
    let all = app.auditor().get("/api/v1/audit").expect(200).items();
    let seqs: Vec<i64> = all.iter().map(|deed| deed["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|a, b| a > b), "latest first");
    // The server's key, and the tokens of the three callers, were there first.
    assert_eq!(all.len(), 14 + 4);
    assert_eq!(walk(&app, "/api/v1/audit?"), all);
    let events: Vec<Value> = all.into_iter().filter(|deed| deed["kind"] == "event").collect();
    assert_eq!(walk(&app, "/api/v1/audit?kind=event&"), events);
}

/// Every object with an id in a value.
fn references(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(fields) if fields.contains_key("id") => vec![value],
        Value::Object(fields) => fields.values().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn references_in_changes_are_called_as_everywhere(app: TestApp) {
    let mut turmoil = Turmoil::new(app.editor(), 41);
    (0..80).for_each(|_| turmoil.stir());
    turmoil.publish_all();
    let mut compared = 0;
    for (kind, id) in turmoil.records() {
        let address = format!("{}/{id}", collection(*kind));
        for version in app.auditor().get(&format!("{address}/history?limit=200")).expect(200).items() {
            let changes = changes(&version);
            for reference in changes.iter().flat_map(|(_, from, to)| [*from, *to]).flat_map(references) {
                let fields = reference.as_object().unwrap();
                assert_eq!(fields.keys().collect::<Vec<_>>(), ["id", "slug", "name"], "{reference}");
                let others = [Kind::Cluster, Kind::Initiative, Kind::Network, Kind::Measure].into_iter();
                let target = |kind: Kind| {
                    let address = format!("{}/{}", collection(kind), reference["id"].as_str().unwrap());
                    let answer = app.auditor().get(&address).send();
                    (answer.status == 200).then(|| answer.json())
                };
                let target = others.filter_map(target).next().unwrap();
                let name = target.get("name").unwrap_or(&target["title"]);
                assert_eq!(reference["name"], *name.get("de").unwrap_or(name));
                assert_eq!(reference["slug"], target["slug"]);
                compared += 1;
            }
            assert!(changes.iter().all(|(pointer, ..)| !pointer.ends_with("/id")), "{changes:?}");
        }
    }
    assert!(compared > 30, "{compared}");
}
