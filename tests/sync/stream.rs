//! How a body may arrive, and what is refused before it is read.

use crate::harness::{
    CHAMBER, LAST_CHUNK, Syncs as _, TestApp, chunk, counts, gzip, member_line, member_lines, ndjson,
    on_both, runs_of, zstd,
};
use serde_json::json;

on_both! {
    a_body_comes_in_any_encoding
    a_body_comes_in_chunks
    the_answer_is_the_finished_run
    other_bodies_are_refused
    several_encodings_are_none
    what_a_body_is_comes_before_parameters
    wrong_parameters_are_named
    many_lines_are_taken_in_batches
}

fn a_body_comes_in_any_encoding(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let body = ndjson(&member_lines(0..1_200));
    let bytes = body.as_bytes();
    let first = chamber.start("mode=full", body.clone()).header("content-encoding", "identity").expect(201);
    assert_eq!(counts(&first.json()), [1_200, 1_200, 0, 0, 0, 0]);
    let (front, back) = bytes.split_at(bytes.len() / 3);
    let bodies = [
        ("gzip", gzip(bytes)),
        ("GZIP", gzip(bytes)),
        ("x-gzip", [gzip(front), gzip(back)].concat()),
        ("zstd", zstd(bytes)),
        ("zstd", [zstd(front), zstd(back)].concat()),
    ];
    for (encoding, sent) in bodies {
        let run = chamber.start("mode=full", sent).header("content-encoding", encoding).expect(201).json();
        assert_eq!(counts(&run), [1_200, 0, 0, 1_200, 0, 0], "{encoding}");
    }
}

fn a_body_comes_in_chunks(app: TestApp) {
    let body = ndjson(&member_lines(0..5));
    for (encoding, bytes) in [
        ("identity", body.clone().into_bytes()),
        ("gzip", gzip(body.as_bytes())),
        ("zstd", zstd(body.as_bytes())),
    ] {
        let mut socket = app.open_run_encoded(CHAMBER, "mode=full", encoding);
        for piece in bytes.chunks(7) {
            socket.send(&chunk(piece));
        }
        let answer = socket.send(LAST_CHUNK).answer();
        assert_eq!(answer.status, 201, "{encoding}: {}", answer.text);
        assert!(answer.text.contains("\"received\":5"), "{}", answer.text);
    }
    assert_eq!(app.held_by(CHAMBER).len(), 5);
    assert_eq!(app.database.revisions(), 5);
}

fn the_answer_is_the_finished_run(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let body = format!("{}\nrubbish\n", member_line("A"));
    let answer = chamber.start("mode=full&max_deletion_percent=0", body).expect(201);
    let run = answer.json();
    let id = run["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("http://portal.test{}/{id}", runs_of(CHAMBER)));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let reason = run["rejections"][0]["reason"].clone();
    let expected = json!({
        "id": id, "state": "completed", "mode": "full", "dry_run": false, "max_deletion_percent": 0,
        "counts": { "received": 2, "created": 1, "updated": 0, "unchanged": 0, "deleted": 0, "rejected": 1 },
        "rejections": [{ "line": 2, "external_id": null, "pointer": "", "reason": reason }],
        "sweep": { "state": "skipped", "reason": run["sweep"]["reason"] },
        "started_at": "2026-05-12T10:00:00Z", "finished_at": "2026-05-12T10:00:00Z", "duration_ms": 0,
    });
    assert_eq!(run, expected);
    assert!(run["sweep"]["reason"].as_str().unwrap().contains("line 2"));
}

fn other_bodies_are_refused(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let line = member_line("A").to_string();
    for media_type in ["application/json", "text/plain", "application/x-ndjson2"] {
        chamber.post(&runs_of(CHAMBER)).body(media_type, line.clone()).expect(415);
    }
    chamber.start("", line.clone()).without_header("content-type").expect(415);
    for encoding in ["br", "deflate", "gzip, gzip", ""] {
        let answer = chamber.start("", line.clone()).header("content-encoding", encoding).expect(415);
        assert_eq!(answer.header("accept-encoding"), "gzip, zstd", "{encoding}");
    }
    chamber.start("", line.clone()).header("accept", "text/csv").expect(406);
    assert_eq!(app.database.number("SELECT count(*) AS n FROM sync_runs"), 0);
    chamber.post(&runs_of(CHAMBER)).body("application/x-ndjson; charset=utf-8", line).expect(201);
}

fn several_encodings_are_none(app: TestApp) {
    let line = ndjson(&[member_line("A")]);
    for encodings in [
        "gzip, identity",
        "identity, gzip",
        "gzip\r\ncontent-encoding: identity",
        "identity\r\ncontent-encoding: gzip",
    ] {
        let mut socket = app.open_run_encoded(CHAMBER, "mode=full", encodings);
        let answer = socket.send(&chunk(&gzip(line.as_bytes()))).send(LAST_CHUNK).answer();
        assert_eq!(answer.status, 415, "{encodings}: {}", answer.text);
    }
    assert_eq!(app.database.number("SELECT count(*) AS n FROM sync_runs"), 0);
}

fn what_a_body_is_comes_before_parameters(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let line = member_line("A").to_string();
    chamber.post(&format!("{}?mode=x", runs_of(CHAMBER))).body("text/plain", line.clone()).expect(415);
    chamber.start("mode=x", line.clone()).header("content-encoding", "br").expect(415);
    chamber.start("mode=x", line.clone()).header("accept", "text/csv").expect(406);
    assert_eq!(chamber.start("mode=x", line).expect(400).faults(), ["mode"]);
}

fn wrong_parameters_are_named(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let wrong = [
        ("mode", "all"),
        ("mode", ""),
        ("dry_run", "1"),
        ("dry_run", "TRUE"),
        ("max_deletion_percent", "101"),
        ("max_deletion_percent", "-1"),
        ("max_deletion_percent", "5.5"),
        ("max_deletion_percent", "x"),
        ("percent", "5"),
    ];
    for (name, value) in wrong {
        let faults =
            chamber.start(&format!("{name}={value}"), member_line("A").to_string()).expect(400).faults();
        assert_eq!(faults, [name], "{value}");
    }
    let all = chamber.start("mode=x&dry_run=x&x=1", member_line("A").to_string()).expect(400).faults();
    assert_eq!(all, ["mode", "dry_run", "x"]);
    assert_eq!(chamber.start("mode=full&mode=delta", "").expect(400).faults(), ["mode"]);
    assert_eq!(app.database.revisions(), 0);
    assert_eq!(app.database.number("SELECT count(*) AS n FROM sync_runs"), 0);
}

fn many_lines_are_taken_in_batches(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let mut lines = member_lines(0..7_000);
    assert_eq!(counts(&chamber.sync("mode=full", &lines)), [7_000, 7_000, 0, 0, 0, 0]);
    for line in lines.iter_mut().step_by(10) {
        line["name"] = "Umbenannt".into();
    }
    lines.truncate(6_500);
    assert_eq!(counts(&chamber.sync("mode=full", &lines)), [6_500, 0, 650, 5_850, 500, 0]);
    let facets = app.anonymous().get("/api/v1/members/facets").expect(200).json();
    assert_eq!(facets["facets"]["chamber"][0]["count"], 6_500);
    let total =
        app.anonymous().get("/api/v1/members?q=umbenannt&with_total=true").expect(200).json()["total"]
            .clone();
    assert_eq!(total, 650);
    assert_eq!(app.database.revisions(), 7_000 + 650 + 500);
}
