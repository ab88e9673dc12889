//! A run, and others who write meanwhile.

use crate::harness::{
    CHAMBER, LAST_CHUNK, Records as _, Syncs as _, TestApp, chunk, counts, member_at, member_line,
    member_lines, minimal, ndjson, on_both, with,
};
use domain::kind::Kind;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

on_both! {
    single_members_are_written_while_a_run_is_under_way
    what_was_brought_back_meanwhile_stays
    a_line_comes_after_what_was_written_before_it
    everyone_writes_while_a_run_is_under_way
}

fn single_members_are_written_while_a_run_is_under_way(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &member_lines(0..50));
    let is_over = AtomicBool::new(false);
    let body: Vec<_> =
        member_lines(0..3_000).iter().map(|line| with(line, &json!({ "name": "Durch den Lauf" }))).collect();
    let (answers, run) = std::thread::scope(|scope| {
        let (other, is_over) = (chamber.clone(), &is_over);
        let writing = scope.spawn(move || {
            let mut statuses = Vec::new();
            for round in 0.. {
                let id = format!("M-{:04}", round % 60);
                let line = with(&member_line(&id), &json!({ "name": "Einzeln" }));
                statuses.push(other.put(&member_at(&id)).json(&line).send().status);
                if is_over.load(Ordering::Relaxed) {
                    return statuses;
                }
            }
            unreachable!()
        });
        let run = chamber.sync("mode=full", &body);
        is_over.store(true, Ordering::Relaxed);
        (writing.join().unwrap(), run)
    });
    assert!(answers.iter().all(|status| matches!(status, 200 | 201)), "{answers:?}");
    let [received, created, updated, unchanged, deleted, rejected] = counts(&run);
    assert_eq!((received, deleted, rejected), (3_000, 0, 0));
    assert_eq!(created + updated + unchanged, 3_000);
    assert_eq!(app.held_by(CHAMBER).len(), 3_000);
    for record in
        app.admin().get(&format!("/api/v1/chambers/{CHAMBER}/members?limit=200")).expect(200).items()
    {
        assert!(record["name"] == "Einzeln" || record["name"] == "Durch den Lauf", "{record}");
    }
    app.chamber(CHAMBER).sync("mode=full", &body);
    assert_eq!(counts(&app.chamber(CHAMBER).sync("mode=full", &body)), [3_000, 0, 0, 3_000, 0, 0]);
}

fn what_was_brought_back_meanwhile_stays(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &[member_line("A"), member_line("B")]);
    chamber.delete(&member_at("B")).expect(204);
    let mut socket = app.open_run(CHAMBER, "mode=full");
    socket.send(&chunk(ndjson(&[member_line("A")]).as_bytes()));
    app.latest_run(CHAMBER, |run| run["state"] == "running");
    std::thread::sleep(std::time::Duration::from_millis(300));
    chamber.put(&member_at("B")).json(&member_line("B")).expect(201);
    chamber.put(&member_at("C")).json(&member_line("C")).expect(201);
    assert_eq!(socket.send(LAST_CHUNK).answer().status, 201);
    assert_eq!(app.held_by(CHAMBER), ["A", "B", "C"]);
}

/// The lines are those that were taken before, byte for byte; but others have written since the run began.
fn a_line_comes_after_what_was_written_before_it(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let [a, b, c] = ["A", "B", "C"].map(member_line);
    chamber.sync("", &[a.clone(), b.clone(), c.clone()]);
    let mut socket = app.open_run(CHAMBER, "mode=full");
    socket.send(&chunk(ndjson(&[a]).as_bytes()));
    app.latest_run(CHAMBER, |run| run["state"] == "running");
    std::thread::sleep(std::time::Duration::from_millis(300));
    chamber.put(&member_at("B")).json(&with(&b, &json!({ "name": "Einzeln" }))).expect(200);
    chamber.delete(&member_at("C")).expect(204);
    socket.send(&chunk(ndjson(&[b.clone(), c]).as_bytes()));
    assert_eq!(socket.send(LAST_CHUNK).answer().status, 201);
    let run = app.latest_run(CHAMBER, |run| run["state"] == "completed");
    assert_eq!(counts(&run), [3, 1, 1, 1, 0, 0]);
    assert_eq!(chamber.get(&member_at("B")).expect(200).json()["name"], b["name"]);
    assert_eq!(app.held_by(CHAMBER), ["A", "B", "C"]);
}

fn everyone_writes_while_a_run_is_under_way(app: TestApp) {
    app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "Verein"));
    let belongs = json!({ "affiliations": [{ "organisation": "verein" }] });
    let body: Vec<_> = member_lines(0..4_000).iter().map(|line| with(line, &belongs)).collect();
    let run = std::thread::scope(|scope| {
        let editor = app.editor();
        let writing = scope.spawn(move || {
            for round in 0..40 {
                editor.change(
                    Kind::Initiative,
                    "verein",
                    &json!({ "website": format!("https://example.org/{round}") }),
                );
                let name = format!("Mitglied {round}");
                editor.create(
                    Kind::Member,
                    &with(
                        &minimal(Kind::Member, &name),
                        &json!({ "affiliations": [{ "organisation": "verein" }] }),
                    ),
                );
            }
        });
        let run = app.chamber(CHAMBER).sync("", &body);
        writing.join().unwrap();
        run
    });
    assert_eq!(counts(&run), [4_000, 4_000, 0, 0, 0, 0]);
    assert_eq!(app.anonymous().get("/api/v1/initiatives/verein").expect(200).json()["member_count"], 4_040);
    let facets = app.anonymous().get("/api/v1/members/facets").expect(200).json();
    assert_eq!(facets["facets"]["initiative"][0]["count"], 4_040);
    let mut seqs = Vec::new();
    let mut address = Some("/api/v1/changes?limit=200".to_owned());
    while let Some(next) = address {
        let page = app.anonymous().get(&next).expect(200);
        seqs.extend(page.items().iter().map(|change| change["seq"].as_i64().unwrap()));
        address = page.json()["next"].as_str().map(str::to_owned);
    }
    assert!(seqs.is_sorted());
    assert_eq!(seqs.len(), 1 + 40 + 40 + 4_000);
}
