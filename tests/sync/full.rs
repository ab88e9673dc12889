//! Runs that name everything: what is deleted, and what keeps it from being.

use crate::harness::{
    Answer, CHAMBER, LAST_CHUNK, OTHER_CHAMBER, Records as _, Syncs as _, TestApp, chunk, counts, marker,
    member_at, member_line, member_lines, members_of, minimal, ndjson, on_both, rejected, with,
};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    what_the_body_does_not_name_is_deleted
    what_no_body_can_name_is_deleted_as_well
    a_delta_never_deletes
    a_rejected_line_protects_its_record
    a_line_without_a_readable_id_stops_the_sweep
    what_is_written_meanwhile_is_not_swept
    too_many_deletions_are_stopped_and_confirmed
    the_guard_measures_against_what_was_held_before
    markers_do_not_count
    an_empty_body_is_a_complete_one
    a_body_without_a_valid_line_deletes_only_where_all_may_go
    what_is_written_meanwhile_as_it_was_is_not_swept
    a_dry_run_says_the_same_and_writes_nothing
}

/// Stopped by the guard: the run.
#[track_caller]
fn stopped(answer: &Answer) -> Value {
    assert_eq!(answer.status, 409, "{}", answer.text());
    let problem = answer.json();
    assert!(problem["type"].as_str().unwrap().ends_with("/problems/deletion-guard"), "{problem}");
    let run = problem["run"].clone();
    assert_eq!((&run["state"], &run["sweep"]["state"]), (&json!("stopped"), &json!("stopped")));
    assert!(answer.header("location").ends_with(run["id"].as_str().unwrap()));
    run
}

fn what_the_body_does_not_name_is_deleted(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let other = format!("{}/U-1", members_of(OTHER_CHAMBER));
    app.chamber(OTHER_CHAMBER).put(&other).json(&member_line("U-1")).expect(201);
    app.editor().create(Kind::Member, &minimal(Kind::Member, "Ohne Kammer"));
    let hidden = with(&member_line("C"), &json!({ "public": false }));
    let draft = with(&member_line("D"), &json!({ "status": "draft" }));
    chamber.sync("mode=full", &[member_line("A"), member_line("B"), hidden, draft]);
    let cursor =
        app.anonymous().get("/api/v1/changes").expect(200).json()["cursor"].as_str().unwrap().to_owned();
    let run = chamber.sync("mode=full", &[member_line("A")]);
    assert_eq!(counts(&run), [1, 0, 0, 1, 3, 0]);
    assert_eq!(run["sweep"], json!({ "state": "done", "reason": null }));
    assert_eq!(app.held_by(CHAMBER), ["A"]);
    assert_eq!(app.held_by(OTHER_CHAMBER), ["U-1"]);
    assert_eq!(
        app.anonymous().get("/api/v1/members").expect(200).each("name"),
        ["Firma A", "Firma U-1", "Ohne Kammer"]
    );
    // The public hears of the one that it knew.
    let feed = app.anonymous().get(&format!("/api/v1/changes?since={cursor}")).expect(200).items();
    assert_eq!(feed.len(), 1, "{feed:?}");
    assert_eq!(feed[0]["action"], "removed");
    let again = chamber.sync("mode=full", &[member_line("A")]);
    assert_eq!(counts(&again), [1, 0, 0, 1, 0, 0]);
}

fn what_is_written_meanwhile_is_not_swept(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &[member_line("A"), member_line("B"), member_line("C")]);
    let mut socket = app.open_run(CHAMBER, "mode=full");
    socket.send(&chunk(ndjson(&[member_line("A")]).as_bytes()));
    app.latest_run(CHAMBER, |run| run["state"] == "running");
    let renamed = with(&member_line("B"), &json!({ "name": "Neu" }));
    chamber.put(&member_at("B")).json(&renamed).expect(200);
    let answer = socket.send(LAST_CHUNK).answer();
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(app.held_by(CHAMBER), ["A", "B"], "C was neither named nor written");
}

/// An administrator gave members to the chamber, without its own id: it is the chamber that maintains them now.
fn what_no_body_can_name_is_deleted_as_well(app: TestApp) {
    let (chamber, admin) = (app.chamber(CHAMBER), app.admin());
    for number in 0..10 {
        let member = minimal(Kind::Member, &format!("Ohne Nummer {number}"));
        admin.create(Kind::Member, &with(&member, &json!({ "chamber": CHAMBER })));
    }
    chamber.sync("", &[member_line("A"), member_line("B")]);
    let list = || chamber.get(&format!("{}?limit=200", members_of(CHAMBER))).expect(200).each("name");
    assert_eq!(list().len(), 12);
    let run = stopped(&chamber.start("mode=full", ndjson(&[member_line("A")])).send());
    assert!(run["sweep"]["reason"].as_str().unwrap().starts_with("11 of 12 "), "{run}");
    assert_eq!(list().len(), 12);
    let run = chamber.sync("mode=full", &[member_line("A"), member_line("B")]);
    assert_eq!(counts(&run), [2, 0, 0, 2, 10, 0]);
    assert_eq!(list(), ["Firma A", "Firma B"]);
    let run = chamber.sync("mode=full", &[member_line("A"), member_line("B")]);
    assert_eq!(counts(&run), [2, 0, 0, 2, 0, 0]);
}

fn a_delta_never_deletes(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &member_lines(0..3));
    for body in ["", "\n", "rubbish", &ndjson(&[member_line("A")])] {
        chamber.start("mode=delta&max_deletion_percent=100", body).expect(201);
        chamber.start("", body).expect(201);
    }
    assert_eq!(app.held_by(CHAMBER), ["A", "M-0000", "M-0001", "M-0002"]);
}

fn a_rejected_line_protects_its_record(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync(
        "",
        &[member_line("A"), member_line("B"), member_line("C"), member_line("D"), member_line("E")],
    );
    let wrong = [
        with(&member_line("A"), &json!({ "kind": "club" })),
        with(&member_line("B"), &json!({ "affiliations": [{ "organisation": "nirgends" }] })),
        with(&member_line("C"), &json!({ "deleted": true })),
    ];
    let run = chamber.sync("mode=full", &[&wrong[..], &[member_line("F")]].concat());
    assert_eq!(counts(&run), [4, 1, 0, 0, 2, 3]);
    assert_eq!(run["sweep"]["state"], "done");
    assert_eq!(app.held_by(CHAMBER), ["A", "B", "C", "F"]);
}

fn a_line_without_a_readable_id_stops_the_sweep(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &[member_line("A"), member_line("B")]);
    let long = format!("{{\"external_id\":\"B\",{}", " ".repeat(1024 * 1024));
    let bad = [
        "rubbish",
        "{}",
        "{\"external_id\":null}",
        "{\"external_id\":5}",
        "{\"external_id\":\"a b\"}",
        "[]",
        "{\"external_id\":\"B\"",
        &long,
    ];
    for (number, line) in bad.into_iter().enumerate() {
        let renamed = with(&member_line("A"), &json!({ "name": format!("Name {number}") }));
        let body = format!("\n{line}\n{renamed}\n{{}}\n");
        let run = chamber.start("mode=full&max_deletion_percent=100", body).expect(201).json();
        assert_eq!(counts(&run), [3, 0, 1, 0, 0, 2], "{number}");
        assert_eq!((&run["state"], &run["sweep"]["state"]), (&json!("completed"), &json!("skipped")));
        let reason = run["sweep"]["reason"].as_str().unwrap();
        assert!(reason.starts_with("line 2 "), "{reason}");
        assert_eq!(app.held_by(CHAMBER), ["A", "B"]);
    }
}

fn what_is_written_meanwhile_as_it_was_is_not_swept(app: TestApp) {
    let (chamber, admin) = (app.chamber(CHAMBER), app.admin());
    let lines = ["A", "B", "C", "D"].map(member_line);
    chamber.sync("", &lines);
    let id = chamber.get(&member_at("C")).expect(200).json()["id"].as_str().unwrap().to_owned();
    for (query, left) in [("mode=full&dry_run=true", 4), ("mode=full", 3)] {
        let mut socket = app.open_run(CHAMBER, query);
        socket.send(&chunk(ndjson(&lines[..1]).as_bytes()));
        app.latest_run(CHAMBER, |run| run["state"] == "running");
        let written = app.database.revisions();
        chamber.put(&member_at("B")).json(&lines[1]).expect(200);
        let member = admin.get(&format!("/api/v1/members/{id}")).expect(200).json();
        admin.put(&format!("/api/v1/members/{id}")).if_match("*").json(&member).expect(200);
        assert_eq!(app.database.revisions(), written, "nothing was written");
        let answer = socket.send(LAST_CHUNK).answer();
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert!(answer.text.contains("\"deleted\":1"), "{}", answer.text);
        assert_eq!(app.held_by(CHAMBER), ["A", "B", "C", "D"][..left]);
    }
    // It counts for that run alone.
    chamber.sync("mode=full", &lines[..1]);
    assert_eq!(app.held_by(CHAMBER), ["A"]);
    assert_eq!(app.database.number("SELECT count(*) AS n FROM sync_confirmed"), 0);
}

fn too_many_deletions_are_stopped_and_confirmed(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("mode=full", &member_lines(0..20));
    // Ten are harmless.
    stopped(&chamber.start("mode=full&max_deletion_percent=0", ndjson(&member_lines(1..20))).send());
    assert_eq!(
        counts(&chamber.sync("mode=full&max_deletion_percent=1", &member_lines(10..20))),
        [10, 0, 0, 10, 10, 0]
    );
    chamber.sync("mode=full", &member_lines(0..20));
    let mut lines = member_lines(11..20);
    lines[0]["name"] = "Neu".into();
    lines.push(member_line("Z"));
    lines.push(with(&member_line("Y"), &json!({ "kind": "club" })));
    let answer = chamber.start("mode=full", ndjson(&lines)).send();
    let run = stopped(&answer);
    assert_eq!(counts(&run), [11, 1, 1, 8, 0, 1]);
    assert_eq!(rejected(&run), ["11 Y /kind"]);
    assert_eq!(app.admin().get(&answer.header("location")).expect(200).json(), run);
    assert!(run["sweep"]["reason"].as_str().unwrap().starts_with("11 of 20 "), "{}", run["sweep"]);
    assert_eq!(app.held_by(CHAMBER).len(), 21, "nothing was deleted");
    assert_eq!(chamber.get(&member_at("M-0011")).expect(200).json()["name"], "Neu", "the update stays");
    lines.pop();
    // 11 of 21 are 52.4 percent.
    stopped(&chamber.start("mode=full&max_deletion_percent=52", ndjson(&lines)).send());
    let run = chamber.sync("mode=full&max_deletion_percent=53", &lines);
    assert_eq!(counts(&run), [10, 0, 0, 10, 11, 0]);
    assert_eq!(app.held_by(CHAMBER).len(), 10);
}

fn the_guard_measures_against_what_was_held_before(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("mode=full", &member_lines(0..120));
    // Ten that are deleted already are not held.
    chamber.sync("mode=full", &member_lines(0..110));
    // As many new ones as there are make no difference.
    stopped(&chamber.start("mode=full", ndjson(&member_lines(12..110))).send());
    let lines = [member_lines(12..110), (0..110).map(|n| member_line(&format!("N-{n}"))).collect()].concat();
    let run = stopped(&chamber.start("mode=full&dry_run=true", ndjson(&lines)).send());
    assert_eq!(counts(&run), [208, 110, 0, 98, 0, 0]);
    stopped(&chamber.start("mode=full", ndjson(&lines)).send());
    assert_eq!(app.held_by(CHAMBER).len(), 220);
    // The tenth part exactly is allowed.
    let run = chamber.sync(
        "mode=full",
        &[member_lines(22..110), (0..110).map(|n| member_line(&format!("N-{n}"))).collect()].concat(),
    );
    assert_eq!(counts(&run), [198, 0, 0, 198, 22, 0]);
}

fn markers_do_not_count(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("mode=full", &member_lines(0..110));
    let markers: Vec<Value> = (0..50).map(|number| marker(&format!("M-{number:04}"))).collect();
    // 50 by markers, 11 of 110 by not being named.
    let run = chamber.sync("mode=full", &[markers, member_lines(61..110)].concat());
    assert_eq!(counts(&run), [99, 0, 0, 49, 61, 0]);
    let all: Vec<Value> = (0..110).map(|number| marker(&format!("M-{number:04}"))).collect();
    assert_eq!(counts(&chamber.sync("mode=full&max_deletion_percent=0", &all)), [110, 0, 0, 61, 49, 0]);
    assert_eq!(app.held_by(CHAMBER), [""; 0]);
}

fn an_empty_body_is_a_complete_one(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    assert_eq!(chamber.start("mode=full", "").expect(201).json()["sweep"]["state"], "done");
    chamber.sync("", &member_lines(0..11));
    for body in ["", "\u{feff}", "\r\n \n"] {
        let run = stopped(&chamber.start("mode=full", body).send());
        assert_eq!(counts(&run), [0; 6]);
    }
    assert_eq!(app.held_by(CHAMBER).len(), 11);
    let run = chamber.start("mode=full&max_deletion_percent=100", "").expect(201).json();
    assert_eq!(counts(&run), [0, 0, 0, 0, 11, 0]);
}

fn a_body_without_a_valid_line_deletes_only_where_all_may_go(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let invalid = ndjson(&[with(&member_line("X"), &json!({ "kind": "club" }))]);
    for held in [1, 3, 10] {
        chamber.sync("", &member_lines(0..held));
        for body in ["", "\r\n", invalid.as_str()] {
            for percent in [0, 10, 99] {
                let query = format!("mode=full&max_deletion_percent={percent}");
                let run = stopped(&chamber.start(&query, body).send());
                let reason = run["sweep"]["reason"].as_str().unwrap().to_owned();
                assert!(reason.starts_with(&format!("{held} of {held} ")), "{reason}");
                stopped(&chamber.start(&format!("{query}&dry_run=true"), body).send());
            }
        }
        assert_eq!(app.held_by(CHAMBER).len(), held);
        chamber.sync("mode=full", &[&member_lines(0..held)[..], &[marker("X")]].concat());
        let run = chamber.start("mode=full&max_deletion_percent=100", invalid.as_str()).expect(201).json();
        assert_eq!(run["counts"]["deleted"], held);
    }
    // A marker is a valid line.
    chamber.sync("", &member_lines(0..3));
    let run = chamber.sync("mode=full", &[marker("M-0000")]);
    assert_eq!(counts(&run), [1, 0, 0, 0, 3, 0]);
}

fn a_dry_run_says_the_same_and_writes_nothing(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let before = member_lines(0..30);
    chamber.sync("mode=full", &before);
    let mut lines = member_lines(8..30);
    lines[0]["name"] = "Neu".into();
    lines[1]["kind"] = "club".into();
    lines.extend([member_line("Z"), member_line("Z"), marker("M-0012"), marker("M-0029")]);
    lines.remove(21);
    let few = ndjson(&lines);
    let many = ndjson(&lines[..15]);
    let unreadable = format!("{few}rubbish\n");
    for (mode, body, status) in
        [("delta", &few, 201), ("full", &unreadable, 201), ("full", &many, 409), ("full", &few, 201)]
    {
        let plain = |answer: &Answer| {
            let json = answer.json();
            let mut run = json.get("run").cloned().unwrap_or(json);
            for field in ["id", "dry_run"] {
                run.as_object_mut().unwrap().remove(field);
            }
            run
        };
        let written = app.database.revisions();
        let list = chamber.get(&members_of(CHAMBER)).expect(200).etag();
        let cursor = app.anonymous().get("/api/v1/changes").expect(200).json()["cursor"].clone();
        let dry = chamber.start(&format!("mode={mode}&dry_run=true"), body.as_str()).expect(status);
        assert_eq!(app.database.revisions(), written);
        assert_eq!(chamber.get(&members_of(CHAMBER)).expect(200).etag(), list);
        assert_eq!(app.anonymous().get("/api/v1/changes").expect(200).json()["cursor"], cursor);
        let kept = app.admin().get(&dry.header("location")).expect(200).json();
        assert_eq!(kept["dry_run"], true);
        let wet = chamber.start(&format!("mode={mode}&dry_run=false"), body.as_str()).expect(status);
        assert_eq!(plain(&dry), plain(&wet), "{mode}");
        // All as before.
        chamber.sync("mode=full&max_deletion_percent=100", &before);
    }
}
