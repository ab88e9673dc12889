//! What every kind promises to its writers.

use super::{address, as_sent, create, id, renamed};
use crate::harness::{
    Answer, Minimal as _, PUBLIC_URL, Records as _, START, TestApp, example, for_every_kind, nobodys_id,
    with, without,
};
use chrono::TimeDelta;
use domain::content::Content;
use serde_json::{Value, json};

for_every_kind! {
    a_created_record_is_answered_with_its_address_and_tag
    a_created_record_is_read_back_as_it_was_sent
    what_is_read_can_be_written_back
    a_write_needs_the_present_version
    a_change_is_seen_by_the_next_reader
    what_changes_nothing_makes_no_version
    every_change_is_one_revision
    an_archived_record_is_gone_until_it_is_restored
    what_was_never_published_is_not_found_even_when_archived
    every_fault_of_a_body_is_listed
}

fn a_created_record_is_answered_with_its_address_and_tag<C: Content>(app: &TestApp) {
    let answer = app.admin().post(&C::collection()).json(&example::<C>(app)).expect(201);
    let record = answer.json();
    assert_eq!(answer.header("location"), format!("{PUBLIC_URL}{}", address::<C>(&record)));
    assert!(answer.etag().starts_with("\"1-"));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(record["version"], 1);
    assert_eq!(record["created_at"], START);
    assert_eq!(record["updated_at"], START);
    assert_eq!(record["slug"].is_string(), C::KIND.slug_space().is_some());
}

fn a_created_record_is_read_back_as_it_was_sent<C: Content>(app: &TestApp) {
    let sent = example::<C>(app);
    let created = app.admin().create(C::KIND, &sent);
    let initiatives =
        created.get("initiatives").filter(|_| C::DERIVED.iter().any(|it| it.field() == "initiatives"));
    let without_derived = match initiatives {
        Some(initiatives) => {
            assert_eq!(initiatives, &json!([]));
            without(&created, &["initiatives"])
        }
        None => created.clone(),
    };
    assert_eq!(as_sent(&without_derived), sent);
    for client in [app.anonymous(), app.editor(), app.auditor()] {
        let read = client.get(&address::<C>(&created)).expect(200);
        assert_eq!(read.json(), created);
        assert_eq!(client.get(&format!("{}/{}", C::collection(), id(&created))).expect(200).body, read.body);
    }
    assert_eq!(
        app.anonymous().get(&format!("{}?ids={}", C::collection(), id(&created))).expect(200).items(),
        [created]
    );
}

fn what_is_read_can_be_written_back<C: Content>(app: &TestApp) {
    let created = app.admin().create(C::KIND, &example::<C>(app));
    let read = app.admin().get(&address::<C>(&created)).expect(200);
    app.clock.advance(TimeDelta::days(1));
    let written =
        app.admin().put(&address::<C>(&created)).if_match(&read.etag()).json(&read.json()).expect(200);
    assert_eq!(written.json(), read.json());
    assert_eq!(written.etag(), read.etag());
}

fn a_write_needs_the_present_version<C: Content>(app: &TestApp) {
    let created = create::<C>(app, "Erster");
    let address = address::<C>(&created);
    let editor = app.editor();
    let body = C::minimal("Zweiter");
    let with_tag = |tag: &str, status: u16| {
        editor.put(&address).if_match(tag).json(&body).expect(status);
        editor.patch(&address).if_match(tag).json(&renamed::<C>("Zweiter")).expect(status);
        editor.delete(&address).if_match(tag).expect(status);
    };
    editor.put(&address).json(&body).expect(428);
    editor.patch(&address).json(&json!({})).expect(428);
    editor.delete(&address).expect(428);
    for stale in ["\"2-x\"", "\"0-x\"", "\"11\"", "\"x\"", "garbage", "\"\""] {
        with_tag(stale, 412);
    }
    editor.put(&address).if_match("\"1-whatever\"").json(&body).expect(200);
    with_tag("\"1-whatever\"", 412);
    editor.patch(&address).if_match("\"7-x\", \"2-x\"").json(&renamed::<C>("Dritter")).expect(200);
    editor.delete(&address).if_match("*").expect(204);
}

fn a_change_is_seen_by_the_next_reader<C: Content>(app: &TestApp) {
    let created = create::<C>(app, "Erster");
    let address = address::<C>(&created);
    let before = app.anonymous().get(&C::collection()).expect(200).etag();
    app.clock.advance(TimeDelta::seconds(1));
    let patched = app.editor().patch(&address).if_match("\"1\"").json(&renamed::<C>("Zweiter")).expect(200);
    let expected = with(
        &created,
        &with(&renamed::<C>("Zweiter"), &json!({ "version": 2, "updated_at": "2026-05-12T10:00:01Z" })),
    );
    let mut expected = with(&expected, &json!({ C::NAME_FIELD: patched.json()[C::NAME_FIELD] }));
    if let Some(sequence) = expected.get_mut("sequence") {
        *sequence = json!(1); // a calendar must know of another title
    }
    assert_eq!(patched.json(), expected);
    assert!(patched.etag().starts_with("\"2-"));
    assert_eq!(patched.header("last-modified"), "Tue, 12 May 2026 10:00:01 GMT");
    let read = app.anonymous().get(&address).expect(200);
    assert_eq!((read.json(), read.etag()), (patched.json(), patched.etag()));
    assert_ne!(app.anonymous().get(&C::collection()).expect(200).etag(), before);
    let replaced =
        app.editor().put(&address).if_match(&patched.etag()).json(&C::minimal("Dritter")).expect(200);
    assert_eq!(replaced.json()["version"], 3);
    assert_eq!(app.anonymous().get(&address).expect(200).json(), replaced.json());
}

fn what_changes_nothing_makes_no_version<C: Content>(app: &TestApp) {
    let sent = example::<C>(app);
    let created = app.admin().create(C::KIND, &sent);
    let address = address::<C>(&created);
    app.clock.advance(TimeDelta::days(1));
    let revisions = app.database.revisions();
    let admin = app.admin();
    for same in [
        admin.put(&address).json(&sent),
        admin.put(&address).json(&created),
        admin.patch(&address).json(&json!({})),
        admin.patch(&address).json(&json!({ "status": "published" })),
        admin.post(&format!("{address}/restore")),
    ] {
        assert_eq!(same.if_match("*").expect(200).json(), created);
    }
    assert_eq!(app.database.revisions(), revisions);
}

fn every_change_is_one_revision<C: Content>(app: &TestApp) {
    let created = create::<C>(app, "Erster");
    let address = address::<C>(&created);
    let before = app.database.revisions();
    app.editor().patch(&address).if_match("*").json(&renamed::<C>("Zweiter")).expect(200);
    app.editor().put(&address).if_match("*").json(&C::minimal("Dritter")).expect(200);
    app.editor().delete(&address).if_match("*").expect(204);
    app.editor().delete(&address).if_match("*").expect(204);
    app.editor().post(&format!("{address}/restore")).expect(200);
    app.editor().put(&address).if_match("*").json(&json!({})).expect(422);
    assert_eq!(app.database.revisions() - before, 4);
    let written = "SELECT count(*) AS n FROM revisions WHERE actor = 'test-editor' AND role = 'editor' AND token IS NOT NULL";
    assert_eq!(app.database.number(written), 4);
    let distinct = "SELECT count(DISTINCT action) AS n FROM revisions WHERE actor = 'test-editor'";
    assert_eq!(app.database.number(distinct), 3, "update, archive, restore");
}

fn an_archived_record_is_gone_until_it_is_restored<C: Content>(app: &TestApp) {
    let created = create::<C>(app, "Erster");
    let address = address::<C>(&created);
    app.editor().delete(&address).if_match("*").expect(204);
    app.anonymous().get(&address).expect(410);
    app.anonymous().head(&address).expect(410);
    app.anonymous().get(&format!("{}/{}", C::collection(), id(&created))).expect(410);
    assert!(!app.anonymous().get(&C::collection()).expect(200).each("id").contains(&id(&created)));
    assert_eq!(app.auditor().get(&address).expect(200).json()["status"], "archived");
    let restored = app.editor().post(&format!("{address}/restore")).expect(200);
    assert!(restored.etag().starts_with("\"3-"));
    assert_eq!(restored.json(), with(&created, &json!({ "version": 3 })));
    assert_eq!(app.anonymous().get(&address).expect(200).json(), restored.json());
}

fn what_was_never_published_is_not_found_even_when_archived<C: Content>(app: &TestApp) {
    let draft = with(&C::minimal("Entwurf"), &json!({ "status": "draft" }));
    let created = app.editor().create(C::KIND, &draft);
    let address = address::<C>(&created);
    app.anonymous().get(&address).expect(404);
    app.editor().delete(&address).if_match("*").expect(204);
    app.anonymous().get(&address).expect(404);
    let restored = app.editor().post(&format!("{address}/restore")).expect(200);
    assert_eq!(restored.json()["status"], "draft");
    app.anonymous().get(&address).expect(404);
    app.editor().patch(&address).if_match("*").json(&json!({ "status": "published" })).expect(200);
    app.anonymous().get(&address).expect(200);
    app.editor().patch(&address).if_match("*").json(&json!({ "status": "draft" })).expect(200);
    app.anonymous().get(&address).expect(410);
}

fn every_fault_of_a_body_is_listed<C: Content>(app: &TestApp) {
    let post = |body: &Value| app.editor().post(&C::collection()).json(body);
    let optional = ["status", "public"];
    let minimal = C::minimal("Erster");
    let mut required: Vec<String> =
        minimal.as_object().unwrap().keys().map(|field| format!("/{field}")).collect();
    required.retain(|pointer| !optional.contains(&&pointer[1..]));
    let sorted = |answer: Answer| {
        let mut faults = answer.faults();
        faults.sort();
        faults
    };
    required.sort();
    assert_eq!(sorted(post(&json!({})).expect(422)), required);
    assert_eq!(post(&with(&minimal, &json!({ "colour": 1 }))).expect(400).faults(), ["/colour"]);
    assert_eq!(post(&with(&minimal, &json!({ "version": 7 }))).expect(422).faults(), ["/version"]);
    let mut all = required.clone();
    all.extend(["/colour".to_owned(), "/id".to_owned(), "/status".to_owned()]);
    all.sort();
    let everything = json!({ "colour": 1, "id": nobodys_id().to_string(), "status": "secret" });
    assert_eq!(sorted(post(&everything).expect(400)), all, "what is malformed and what is broken, at once");
    let wrong_type = with(&minimal, &json!({ C::NAME_FIELD: 5, "status": 5 }));
    let name = format!("/{}", C::NAME_FIELD);
    let mut expected = [name, "/status".to_owned()];
    expected.sort();
    assert_eq!(sorted(post(&wrong_type).expect(400)), expected);
    for no_object in [json!([]), json!(1), json!(null), json!("x")] {
        post(&no_object).expect(400);
    }
}
