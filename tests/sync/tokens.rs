//! Who may do what at the addresses of a chamber.

use crate::harness::{
    Answer, CHAMBER, Client, OTHER_CHAMBER, Records as _, Syncs as _, TestApp, member_at, member_line,
    members_of, minimal, nobodys_id, on_both, runs_of, with,
};
use domain::kind::Kind;
use serde_json::json;

on_both! {
    nothing_without_a_token
    staff_reads_and_only_admins_write
    a_chamber_sees_no_other_chamber
    a_chamber_that_holds_no_members_is_not_found
    a_chamber_touches_nothing_else
}

/// Every address that reads, asked by someone.
fn read(client: &Client<'_>, chamber: &str, run: &str) -> Vec<Answer> {
    let (members, runs) = (members_of(chamber), runs_of(chamber));
    let paths = [
        members.clone(),
        format!("{members}/S-1"),
        runs.clone(),
        format!("{runs}/{run}"),
        format!("{runs}/{run}/rejections"),
    ];
    paths.iter().map(|path| client.get(path).send()).collect()
}

/// Every address that writes, asked by someone.
fn write(client: &Client<'_>, chamber: &str) -> Vec<Answer> {
    let (members, runs) = (members_of(chamber), runs_of(chamber));
    let line = member_line("S-1");
    vec![
        client.put(&format!("{members}/S-1")).json(&line).send(),
        client.post(&runs).body("application/x-ndjson", line.to_string()).send(),
        client
            .post(&format!("{runs}?dry_run=true&mode=full"))
            .body("application/x-ndjson", line.to_string())
            .send(),
        client.delete(&format!("{members}/S-1")).send(),
        client.delete(&format!("{members}/S-1?erase=true")).send(),
    ]
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// A member and a run of the chamber; gives the id of the run.
#[track_caller]
fn prepare(app: &TestApp) -> String {
    let run = app.chamber(CHAMBER).sync("", &[member_line("S-1")]);
    run["id"].as_str().unwrap().to_owned()
}

fn nothing_without_a_token(app: TestApp) {
    let run = prepare(&app);
    for chamber in [CHAMBER, "ihk-nirgends", "bwihk"] {
        let answers = [read(&app.anonymous(), chamber, &run), write(&app.anonymous(), chamber)].concat();
        assert_eq!(statuses(&answers), [401; 10], "{chamber}");
        assert!(answers.iter().all(|answer| answer.header("www-authenticate").starts_with("Bearer")));
    }
    assert_eq!(app.database.revisions(), 1);
}

fn staff_reads_and_only_admins_write(app: TestApp) {
    let run = prepare(&app);
    for reader in [app.editor(), app.auditor()] {
        let answers = read(&reader, CHAMBER, &run);
        assert_eq!(statuses(&answers), [200; 5]);
        assert!(answers.iter().all(|answer| answer.header("cache-control") == "private, no-store"));
        assert_eq!(statuses(&write(&reader, CHAMBER)), [403; 5]);
    }
    assert_eq!(app.database.revisions(), 1);
    assert_eq!(statuses(&read(&app.admin(), CHAMBER, &run)), [200; 5]);
    assert_eq!(statuses(&write(&app.admin(), CHAMBER)), [200, 201, 201, 204, 204]);
    assert_eq!(app.held_by(CHAMBER), [""; 0]);
}

fn a_chamber_sees_no_other_chamber(app: TestApp) {
    let run = prepare(&app);
    let other = app.chamber(OTHER_CHAMBER);
    assert_eq!(statuses(&read(&other, CHAMBER, &run)), [404; 5]);
    assert_eq!(statuses(&write(&other, CHAMBER)), [404; 5]);
    assert_eq!(app.database.revisions(), 1);
    // Nor at its own address: the member and the run are another's.
    assert_eq!(statuses(&read(&other, OTHER_CHAMBER, &run)), [200, 404, 200, 404, 404]);
    let own = read(&app.chamber(CHAMBER), CHAMBER, &run);
    assert_eq!(statuses(&own), [200; 5]);
    assert_eq!(own[0].each("external_id"), ["S-1"]);
}

fn a_chamber_that_holds_no_members_is_not_found(app: TestApp) {
    let run = prepare(&app);
    for chamber in ["ihk-nirgends", "bwihk", "handwerk-bw", "IHK-ULM", "%20"] {
        for client in [app.admin(), app.chamber(CHAMBER)] {
            assert_eq!(statuses(&read(&client, chamber, &run)), [404; 5], "{chamber}");
            assert_eq!(statuses(&write(&client, chamber)), [404; 5], "{chamber}");
        }
        assert_eq!(statuses(&read(&app.auditor(), chamber, &run)), [404; 5], "{chamber}");
    }
    for path in [nobodys_id().to_string(), "x".to_owned()] {
        app.admin().get(&format!("{}/{path}", runs_of(CHAMBER))).expect(404);
        app.admin().get(&format!("{}/{path}/rejections", runs_of(CHAMBER))).expect(404);
    }
}

fn a_chamber_touches_nothing_else(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let hidden = with(&member_line("S-1"), &json!({ "public": false }));
    let id =
        chamber.put(&member_at("S-1")).json(&hidden).expect(201).json()["id"].as_str().unwrap().to_owned();
    let draft = app
        .editor()
        .create(Kind::Network, &with(&minimal(Kind::Network, "Entwurf"), &json!({ "status": "draft" })));
    let written = app.database.revisions();
    for kind in Kind::ALL {
        let collection = format!("/api/v1/{}", kind.plural());
        chamber.post(&collection).json(&minimal(kind, "Neu")).expect(403);
        assert_eq!(chamber.get(&collection).expect(200).items(), [json!(null); 0], "{kind}");
    }
    // As the public, also what it may see at its own addresses.
    let path = format!("/api/v1/members/{id}");
    chamber.get(&path).expect(404);
    chamber.get(&format!("/api/v1/networks/{}", draft["id"].as_str().unwrap())).expect(404);
    chamber.patch(&path).if_match("*").json(&json!({ "public": true })).expect(403);
    chamber.put(&path).if_match("*").json(&hidden).expect(403);
    chamber.delete(&path).if_match("*").expect(403);
    chamber.post(&format!("{path}/restore")).expect(403);
    chamber.post(&format!("{path}/revert/1")).expect(403);
    chamber.get(&format!("{path}/history")).expect(403);
    chamber.get("/api/v1/audit").expect(403);
    assert_eq!(app.database.revisions(), written);
}
