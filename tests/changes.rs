//! The change feed, page by page: what the public saw change, once and in order, and nothing else.

use crate::harness::{
    Client, Database, Records as _, TestApp, collection, example, minimal, on_both, with, without,
};
use chrono::TimeDelta;
use domain::{cluster::Cluster, initiative::Initiative, kind::Kind, member::Member};
use serde_json::{Value, json};

on_both! {
    a_change_tells_what_changed_when_and_how
    the_feed_begins_at_the_beginning_and_gives_every_change_once
    kinds_narrow_the_feed
    every_way_into_and_out_of_the_public_is_a_change
    a_slug_that_was_never_public_is_never_told
    what_was_never_public_never_appears
    hidden_changes_move_the_cursor_and_nothing_else
    derived_values_and_unchanged_writes_make_no_entry
    records_come_along_as_they_are_now
    a_cursor_is_of_one_database_and_not_ahead_of_it
    rubbish_is_refused_by_name
    a_cursor_outlives_the_server
    an_export_and_the_feed_behind_it_make_a_mirror
}

/// The changes behind a cursor, and the cursor behind them.
#[track_caller]
fn feed(app: &TestApp, query: &str) -> (Vec<Value>, String) {
    let answer = app.anonymous().get(&format!("/api/v1/changes?{query}")).expect(200);
    (answer.items(), answer.json()["cursor"].as_str().unwrap().to_owned())
}

/// Kind, slug, action and version of some changes.
fn told(changes: &[Value]) -> Vec<String> {
    let word = |change: &Value, field: &str| change[field].as_str().unwrap_or("-").to_owned();
    let line = |change: &Value| {
        let [kind, slug, action] = ["kind", "slug", "action"].map(|field| word(change, field));
        format!("{kind} {slug} {action} {}", change["version"])
    };
    changes.iter().map(line).collect()
}

fn a_change_tells_what_changed_when_and_how(app: TestApp) {
    let cluster = app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    app.clock.advance(TimeDelta::minutes(5));
    let member = app.editor().create(Kind::Member, &minimal(Kind::Member, "Zwei"));
    let answer = app.anonymous().get("/api/v1/changes").expect(200);
    let page = answer.json();
    let seqs: Vec<i64> = answer.items().iter().map(|change| change["seq"].as_i64().unwrap()).collect();
    assert!(seqs[0] < seqs[1], "{seqs:?}");
    assert_eq!(
        page["items"],
        json!([
            { "seq": seqs[0], "at": "2026-05-12T10:00:00Z", "kind": "cluster", "id": cluster["id"],
              "slug": "eins", "action": "upserted", "version": 1 },
            { "seq": seqs[1], "at": "2026-05-12T10:05:00Z", "kind": "member", "id": member["id"],
              "slug": null, "action": "upserted", "version": 1 },
        ])
    );
    assert_eq!(page["next"], Value::Null);
    assert!(page["cursor"].is_string());
    assert_eq!(answer.header("link"), "");
}

fn the_feed_begins_at_the_beginning_and_gives_every_change_once(app: TestApp) {
    let (items, cursor) = feed(&app, "");
    assert_eq!(items, [Value::Null; 0]);
    for number in 0..7 {
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, &format!("C{number}")));
    }
    let whole = feed(&app, "").0;
    assert_eq!(whole.len(), 7);
    assert_eq!(feed(&app, &format!("since={cursor}")).0, whole, "the cursor of an empty feed");
    let mut address = Some("/api/v1/changes?limit=3".to_owned());
    let (mut walked, mut pages) = (Vec::new(), 0);
    while let Some(next) = address {
        let answer = app.anonymous().get(&next).expect(200);
        let page = answer.json();
        let again = feed(&app, &format!("since={}&limit=3", page["cursor"].as_str().unwrap())).0;
        address = page["next"].as_str().map(str::to_owned);
        match &address {
            Some(next) => {
                assert_eq!(answer.header("link"), format!("<{next}>; rel=\"next\""));
                assert_eq!(answer.items().len(), 3);
                assert_eq!(again, app.anonymous().get(next).expect(200).items(), "cursor and next agree");
            }
            None => assert_eq!(again, [Value::Null; 0]),
        }
        walked.extend(answer.items());
        pages += 1;
    }
    assert_eq!((walked, pages), (whole.clone(), 3));
    for (index, change) in whole.iter().enumerate() {
        let behind = feed(&app, &format!("since={}", change["seq"])).0;
        assert_eq!(behind, whole[index + 1..], "behind a bare number");
    }
    assert_eq!(feed(&app, "since=0").0, whole);
}

fn kinds_narrow_the_feed(app: TestApp) {
    for round in 0..2 {
        for kind in Kind::ALL {
            app.editor().create(kind, &minimal(kind, &format!("{kind} {round}")));
        }
    }
    let kinds = |query: &str| -> Vec<String> {
        feed(&app, query).0.iter().map(|change| change["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds("kind=event"), ["event", "event"]);
    assert_eq!(kinds("kind=member&kind=cluster"), ["cluster", "member", "cluster", "member"]);
    let (items, cursor) = feed(&app, "kind=network&limit=1");
    assert_eq!(items.len(), 1);
    assert_eq!(feed(&app, &format!("kind=network&since={cursor}")).0.len(), 1);
    let (_, end) = feed(&app, "kind=cluster");
    assert_eq!(feed(&app, &format!("since={end}")).0, [Value::Null; 0], "it has passed the others by");
}

fn every_way_into_and_out_of_the_public_is_a_change(app: TestApp) {
    let editor = app.editor();
    let draft = with(&minimal(Kind::Cluster, "Eins"), &json!({ "status": "draft" }));
    let address = "/api/v1/clusters/eins";
    editor.create(Kind::Cluster, &draft);
    editor.change(Kind::Cluster, "eins", &json!({ "status": "published" }));
    editor.change(Kind::Cluster, "eins", &json!({ "website": "https://eins.example" }));
    editor.delete(address).if_match("*").expect(204);
    editor.change(Kind::Cluster, "eins", &json!({ "website": "https://zwei.example" }));
    editor.post(&format!("{address}/restore")).expect(200);
    editor.change(Kind::Cluster, "eins", &json!({ "status": "draft" }));
    editor.put(address).if_match("*").json(&minimal(Kind::Cluster, "Eins")).expect(200);
    editor.post(&format!("{address}/revert/3")).expect(200);
    let told_of_cluster = told(&feed(&app, "kind=cluster").0);
    assert_eq!(
        told_of_cluster,
        [
            "cluster eins upserted 2",
            "cluster eins upserted 3",
            "cluster eins removed 4",
            "cluster eins upserted 6",
            "cluster eins removed 7",
            "cluster eins upserted 8",
            "cluster eins upserted 9",
        ]
    );
    let member = editor.create(Kind::Member, &minimal(Kind::Member, "Firma"));
    let id = member["id"].as_str().unwrap();
    for patch in [json!({ "public": false }), json!({ "name": "Andere" }), json!({ "public": true })] {
        editor.change(Kind::Member, id, &patch);
    }
    editor.delete(&format!("/api/v1/members/{id}")).if_match("*").expect(204);
    assert_eq!(
        told(&feed(&app, "kind=member").0),
        ["member - upserted 1", "member - removed 2", "member - upserted 4", "member - removed 5"]
    );
}

fn a_slug_that_was_never_public_is_never_told(app: TestApp) {
    let editor = app.editor();
    editor.create(Kind::Network, &minimal(Kind::Network, "Alt"));
    editor.change(Kind::Network, "alt", &json!({ "status": "archived", "slug": "geheim" }));
    editor.change(Kind::Network, "geheim", &json!({ "slug": "noch-geheimer" }));
    let body = app.anonymous().get("/api/v1/changes?include=record").expect(200).text();
    assert!(!body.contains("geheim"), "{body}");
    assert_eq!(told(&feed(&app, "").0), ["network alt upserted 1", "network alt removed 2"]);
    editor.change(Kind::Network, "noch-geheimer", &json!({ "status": "published" }));
    assert_eq!(told(&feed(&app, "").0)[2..], ["network noch-geheimer upserted 4"]);
}

fn what_was_never_public_never_appears(app: TestApp) {
    let editor = app.editor();
    for kind in Kind::ALL {
        let mut draft = with(&minimal(kind, "Entwurf"), &json!({ "status": "draft" }));
        if kind == Kind::Operation {
            draft["measure"] = "entwurf".into(); // a draft, too
        }
        let id = editor.create(kind, &draft)["id"].as_str().unwrap().to_owned();
        editor.delete(&format!("{}/{id}", collection(kind))).if_match("*").expect(204);
        editor.post(&format!("{}/{id}/restore", collection(kind))).expect(200);
    }
    let private = with(&minimal(Kind::Member, "Privat"), &json!({ "public": false }));
    let id = editor.create(Kind::Member, &private)["id"].as_str().unwrap().to_owned();
    editor.change(Kind::Member, &id, &json!({ "name": "Privater" }));
    assert_eq!(app.database.revisions(), 3 * i64::try_from(Kind::ALL.len()).unwrap() + 2);
    for client in [app.anonymous(), app.editor(), app.admin(), app.chamber("ihk-ulm")] {
        assert_eq!(client.get("/api/v1/changes").expect(200).items(), [Value::Null; 0], "nor for anyone");
    }
}

fn hidden_changes_move_the_cursor_and_nothing_else(app: TestApp) {
    let editor = app.editor();
    editor.create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let (_, cursor) = feed(&app, "");
    let draft = with(&minimal(Kind::Event, "Entwurf"), &json!({ "status": "draft" }));
    for _ in 0..3 {
        editor.create(Kind::Event, &draft);
    }
    let (items, later) = feed(&app, &format!("since={cursor}&limit=1"));
    assert_eq!(items, [Value::Null; 0]);
    editor.create(Kind::Cluster, &minimal(Kind::Cluster, "Zwei"));
    for since in [cursor, later] {
        assert_eq!(told(&feed(&app, &format!("since={since}")).0), ["cluster zwei upserted 1"]);
    }
}

fn derived_values_and_unchanged_writes_make_no_entry(app: TestApp) {
    let editor = app.editor();
    editor.create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    let initiative =
        with(&minimal(Kind::Initiative, "I"), &json!({ "clusters": ["c"], "founded_on": "2020" }));
    editor.create(Kind::Initiative, &initiative);
    let affiliations = json!({ "affiliations": [{ "organisation": "i" }] });
    editor.create(Kind::Member, &with(&minimal(Kind::Member, "M"), &affiliations));
    editor.change(Kind::Cluster, "c", &json!({ "name": { "de": "C neu" } }));
    let read = app.anonymous().get("/api/v1/initiatives/i").expect(200).json();
    assert_eq!((&read["member_count"], &read["clusters"][0]["name"]), (&json!(1), &json!("C neu")));
    editor.put("/api/v1/initiatives/i").if_match("*").json(&read).expect(200);
    editor.change(Kind::Initiative, "i", &json!({ "founded_on": "2020" }));
    editor.post("/api/v1/initiatives/i/restore").expect(200);
    editor.post("/api/v1/initiatives/i/revert/1").expect(200);
    assert_eq!(
        told(&feed(&app, "").0),
        ["cluster c upserted 1", "initiative i upserted 1", "member - upserted 1", "cluster c upserted 2"]
    );
}

fn records_come_along_as_they_are_now(app: TestApp) {
    let initiative = app.admin().create(Kind::Initiative, &example::<Initiative>(&app));
    let member = app.admin().create(Kind::Member, &example::<Member>(&app));
    let gone = app.admin().create(Kind::Cluster, &example::<Cluster>(&app));
    let gone = gone["id"].as_str().unwrap();
    app.admin().change(Kind::Member, member["id"].as_str().unwrap(), &json!({ "public": true }));
    app.admin().delete(&format!("/api/v1/clusters/{gone}")).if_match("*").expect(204);
    let (plain, _) = feed(&app, "limit=200");
    let (items, _) = feed(&app, "include=record&limit=200");
    let bare: Vec<Value> = items.iter().map(|item| without(item, &["record"])).collect();
    assert_eq!(bare, plain);
    let mut seen = 0;
    for item in &items {
        let kind = Kind::parse(item["kind"].as_str().unwrap()).unwrap();
        let answer =
            app.anonymous().get(&format!("{}/{}", collection(kind), item["id"].as_str().unwrap())).send();
        let expected = if answer.status == 200 { answer.json() } else { Value::Null };
        assert!(item.as_object().unwrap().contains_key("record"));
        assert_eq!(item["record"], expected);
        assert_eq!(expected.is_null(), item["id"] == gone);
        seen += usize::from([&initiative["id"], &member["id"]].contains(&&item["id"]));
    }
    assert!(seen >= 2);
}

fn a_cursor_is_of_one_database_and_not_ahead_of_it(app: TestApp) {
    // Not a copy of the template, which would have its identity.
    let other = TestApp::on(Database::empty(app.database.engine), app.clock.clone());
    for app in [&app, &other] {
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    }
    let (_, foreign) = feed(&other, "");
    assert_eq!(refused(&app.anonymous(), &format!("since={foreign}")), ["since"]);
    let last = feed(&app, "").0[0]["seq"].as_i64().unwrap();
    feed(&app, &format!("since={last}"));
    for ahead in [last + 1, i64::MAX] {
        let answer = app.anonymous().get(&format!("/api/v1/changes?since={ahead}")).expect(400);
        assert!(answer.text().contains("since"), "{}", answer.text());
        app.anonymous()
            .get(&format!("/api/v1/changes?since={ahead}"))
            .header("accept", "text/event-stream")
            .expect(400);
    }
    // What is named is what was sent, and what holds.
    for wrong in [foreign, (last + 1).to_string(), "x".to_owned()] {
        for query in ["", "?since=0"] {
            let stream = app.anonymous().get(&format!("/api/v1/changes{query}"));
            let stream = stream.header("accept", "text/event-stream").header("last-event-id", &wrong);
            assert_eq!(stream.expect(400).faults(), ["Last-Event-ID"], "{wrong} {query}");
        }
    }
}

#[track_caller]
fn refused(client: &Client<'_>, query: &str) -> Vec<String> {
    client.get(&format!("/api/v1/changes?{query}")).expect(400).faults()
}

fn rubbish_is_refused_by_name(app: TestApp) {
    let cases = [
        (
            "since",
            vec!["", "x", "-1", "1.5", "+", "1-", "1-x", "9223372036854775808", "%00", "1%201", "null"],
        ),
        ("kind", vec!["", "events", "Event", "x", "operations"]),
        ("limit", vec!["", "0", "201", "-1", "x", "1e2", "99999999999999999999"]),
        ("wait", vec!["", "-1", "61", "1e9", "x", "0.5", "99999999999999999999"]),
        ("include", vec!["", "records", "Record"]),
        ("colour", vec!["red"]),
        ("cursor", vec!["1"]),
    ];
    for (name, values) in cases {
        for value in values {
            assert_eq!(refused(&app.anonymous(), &format!("{name}={value}")), [name], "{name}={value}");
        }
    }
    assert_eq!(refused(&app.anonymous(), "since=1&since=2"), ["since"]);
    assert_eq!(refused(&app.anonymous(), "limit=0&kind=x&wait=-1"), ["kind", "limit", "wait"]);
    app.anonymous().get("/api/v1/changes").header("accept", "text/csv").expect(406);
}

fn a_cursor_outlives_the_server(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let (_, cursor) = feed(&app, "");
    let clock = app.clock.clone();
    let app = TestApp::on(app.stop(), clock);
    app.clock.advance(TimeDelta::days(300));
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Zwei"));
    assert_eq!(told(&feed(&app, &format!("since={cursor}")).0), ["cluster zwei upserted 1"]);
}

fn an_export_and_the_feed_behind_it_make_a_mirror(app: TestApp) {
    let mut turmoil = crate::harness::Turmoil::new(app.editor(), 7);
    (0..40).for_each(|_| turmoil.stir());
    let mut mirror = std::collections::BTreeMap::new();
    let mut cursors = Vec::new();
    for kind in Kind::ALL {
        let export = app.anonymous().get(&format!("{}?format=ndjson", collection(kind))).expect(200);
        cursors.push((kind, export.header("change-cursor")));
        for line in export.text().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            mirror.insert(
                (kind.as_str(), record["id"].as_str().unwrap().to_owned()),
                record["version"].clone(),
            );
        }
        (0..10).for_each(|_| turmoil.stir());
    }
    for (kind, cursor) in cursors {
        for change in feed(&app, &format!("kind={kind}&since={cursor}&limit=200")).0 {
            let key = (kind.as_str(), change["id"].as_str().unwrap().to_owned());
            match change["action"].as_str() {
                Some("removed") => mirror.remove(&key),
                _ => mirror.insert(key, change["version"].clone()),
            };
        }
    }
    let mut source = std::collections::BTreeMap::new();
    for kind in Kind::ALL {
        for record in app.anonymous().get(&format!("{}?limit=200", collection(kind))).expect(200).items() {
            source.insert(
                (kind.as_str(), record["id"].as_str().unwrap().to_owned()),
                record["version"].clone(),
            );
        }
    }
    assert!(source.len() > 10);
    assert_eq!(mirror, source);
}
