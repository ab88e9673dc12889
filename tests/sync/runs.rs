//! Runs: one at a time, how far they are, what is kept of them, and what a dead server leaves behind.

use crate::harness::{
    CHAMBER, Database, Engine, LAST_CHUNK, OTHER_CHAMBER, PUBLIC_URL, Stage as _, Syncs as _, TestApp,
    TestClock, chunk, counts, member_at, member_line, member_lines, ndjson, on_both, runs_of,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::sync::Arc;

on_both! {
    a_chamber_has_one_run_at_a_time
    chambers_run_side_by_side
    a_run_tells_how_far_it_is
    runs_are_listed_latest_first
    rejections_have_pages
    no_more_than_so_many_rejections_are_kept
    what_a_dead_server_left_is_interrupted
    a_dead_run_does_not_hold_up_the_next
    instances_share_what_is_under_way
}

fn a_chamber_has_one_run_at_a_time(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let mut socket = app.open_run(CHAMBER, "mode=full");
    socket.send(&chunk(ndjson(&[member_line("A")]).as_bytes()));
    let first = app.latest_run(CHAMBER, |run| run["state"] == "running");
    for query in ["", "mode=full", "dry_run=true"] {
        let answer = chamber.start(query, ndjson(&[member_line("B")])).expect(409);
        let problem = answer.json();
        assert!(problem["type"].as_str().unwrap().ends_with("/problems/sync-in-progress"));
        let url = problem["run_url"].as_str().unwrap();
        assert_eq!(url, format!("http://portal.test{}/{}", runs_of(CHAMBER), first["id"].as_str().unwrap()));
        assert_eq!(answer.header("location"), url);
        let running = chamber.get(url).expect(200).json();
        assert_eq!((&running["state"], &running["finished_at"]), (&json!("running"), &Value::Null));
        assert_eq!(running["sweep"], json!({ "state": "pending", "reason": null }));
    }
    // A body that is large is refused as well, and single members are written all the while.
    chamber.start("", ndjson(&member_lines(0..20_000))).expect(409);
    chamber.put(&member_at("P")).json(&member_line("P")).expect(201);
    let answer = socket.send(LAST_CHUNK).answer();
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(chamber.get(&runs_of(CHAMBER)).expect(200).items().len(), 1, "what was refused is no run");
    assert_eq!(app.held_by(CHAMBER), ["A", "P"], "what came after the run began is not swept");
    chamber.sync("", &[member_line("B")]);
}

fn chambers_run_side_by_side(app: TestApp) {
    let chambers = [CHAMBER, OTHER_CHAMBER, "hwk-ulm", "ihk-karlsruhe"];
    let mut sockets = chambers.map(|chamber| app.open_run(chamber, "mode=full"));
    for socket in &mut sockets {
        socket.send(&chunk(ndjson(&member_lines(0..1_500)).as_bytes()));
    }
    for chamber in chambers {
        app.latest_run(chamber, |run| run["state"] == "running" && counts(run)[1] >= 1_000);
    }
    for (chamber, socket) in chambers.iter().zip(&mut sockets) {
        assert_eq!(socket.send(LAST_CHUNK).answer().status, 201);
        assert_eq!(app.held_by(chamber).len(), 1_500);
    }
    app.anonymous().get("/health/ready").expect(200);
}

fn a_run_tells_how_far_it_is(app: TestApp) {
    let lines = member_lines(0..2_500);
    let mut socket = app.open_run(CHAMBER, "");
    socket.send(&chunk(ndjson(&lines).as_bytes()));
    let far = app.latest_run(CHAMBER, |run| counts(run)[1] >= 2_000);
    assert_eq!((&far["state"], &far["finished_at"]), (&json!("running"), &Value::Null));
    // What it says is committed: everyone sees it.
    let total =
        app.anonymous().get("/api/v1/members?with_total=true").expect(200).json()["total"].as_u64().unwrap();
    assert!(total >= counts(&far)[1], "{total}");
    // Lines that change nothing are told of, too.
    app.clock.advance(TimeDelta::seconds(90));
    let rubbish = "rubbish\n".repeat(1_000);
    socket.send(&chunk(rubbish.as_bytes()));
    let further = app.latest_run(CHAMBER, |run| counts(run)[5] >= 1);
    assert_eq!(further["duration_ms"], 90_000);
    assert_eq!(further["rejections"], json!([]), "a list leaves them out");
    assert_eq!(socket.send(LAST_CHUNK).answer().status, 201);
    let run = app.latest_run(CHAMBER, |run| run["state"] == "completed");
    assert_eq!(counts(&run), [3_500, 2_500, 0, 0, 0, 1_000]);
    assert_eq!(run["duration_ms"], 90_000);
}

fn runs_are_listed_latest_first(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.get(&format!("{}/latest", runs_of(CHAMBER))).expect(404);
    let mut ids = Vec::new();
    for number in 0..5 {
        app.clock.advance(TimeDelta::minutes(1));
        let run = chamber.start("", format!("rubbish {number}\n")).expect(201).json();
        ids.insert(0, run["id"].as_str().unwrap().to_owned());
    }
    app.chamber(OTHER_CHAMBER).post(&runs_of(OTHER_CHAMBER)).body("application/x-ndjson", "").expect(201);
    let list = chamber.get(&runs_of(CHAMBER)).expect(200);
    assert_eq!(list.each("id"), ids);
    assert_eq!((&list.json()["next"], &list.items()[0]["rejections"]), (&Value::Null, &json!([])));
    let (mut walked, mut address) = (Vec::new(), Some(format!("{}?limit=2", runs_of(CHAMBER))));
    while let Some(next) = address {
        let page = chamber.get(&next).expect(200);
        walked.extend(page.each("id"));
        address = page.json()["next"].as_str().map(str::to_owned);
    }
    assert_eq!(walked, ids);
    for wrong in ["limit=201", "limit=0", "cursor=x", "state=failed"] {
        let name = wrong.split('=').next().unwrap();
        assert_eq!(chamber.get(&format!("{}?{wrong}", runs_of(CHAMBER))).expect(400).faults(), [name]);
    }
    let latest = chamber.get(&format!("{}/latest", runs_of(CHAMBER))).expect(200).json();
    assert_eq!((&latest["id"], &latest["rejections"][0]["line"]), (&json!(ids[0]), &json!(1)));
    let one = chamber.get(&format!("{}/{}", runs_of(CHAMBER), ids[4])).expect(200).json();
    assert_eq!(one["rejections"].as_array().unwrap().len(), 1);
    app.chamber(OTHER_CHAMBER).get(&format!("{}/{}", runs_of(OTHER_CHAMBER), ids[0])).expect(404);
}

fn rejections_have_pages(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let body: String = (0..1_205).map(|number| format!("{{\"external_id\":\"R-{number}\"}}\n")).collect();
    let run = chamber.start("", body).expect(201).json();
    assert_eq!(counts(&run), [1_205, 0, 0, 0, 0, 1_205]);
    let first = run["rejections"].as_array().unwrap();
    assert_eq!(first.len(), 1_000);
    assert_eq!((&first[999]["line"], &first[999]["external_id"]), (&json!(1_000), &json!("R-999")));
    let path = format!("{}/{}/rejections", runs_of(CHAMBER), run["id"].as_str().unwrap());
    let (mut walked, mut address) = (Vec::new(), Some(format!("{path}?limit=200")));
    while let Some(next) = address {
        let page = chamber.get(&next).expect(200);
        walked.extend(page.items());
        address = page.json()["next"].as_str().map(str::to_owned);
    }
    assert_eq!(walked[..1_000], first[..]);
    // The pages behind the first are those of the run, whichever is the latest by then.
    let latest = chamber.get(&format!("{}/latest/rejections?limit=200", runs_of(CHAMBER))).expect(200);
    assert_eq!(latest.items()[..], first[..200]);
    assert!(latest.json()["next"].as_str().unwrap().starts_with(&format!("{PUBLIC_URL}{path}?")));
    let lines: Vec<u64> = walked.iter().map(|rejection| rejection["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, (1..=1_205).collect::<Vec<u64>>());
    assert_eq!(chamber.get(&path).expect(200).items().len(), 20);
    for wrong in ["limit=201", "cursor=x", "line=1"] {
        chamber.get(&format!("{path}?{wrong}")).expect(400);
    }
}

fn no_more_than_so_many_rejections_are_kept(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let body = "x\n".repeat(100_250) + &ndjson(&[member_line("A")]);
    let run = chamber.start("", body).expect(201).json();
    assert_eq!(counts(&run), [100_251, 1, 0, 0, 0, 100_250]);
    assert_eq!(app.database.number("SELECT count(*) AS n FROM sync_rejections"), 100_000);
    assert_eq!(app.database.number("SELECT max(line) AS n FROM sync_rejections"), 100_000);
}

/// As if the server had died in the midst of the latest run.
fn kill(database: &Database) {
    database.execute("UPDATE sync_runs SET state = 'running', sweep = 'pending', finished_at = NULL");
}

fn what_a_dead_server_left_is_interrupted(engine: Engine) {
    let database = Arc::new(Database::set_up(engine));
    let clock = TestClock::new();
    let app = TestApp::on(database.clone(), clock.clone());
    app.chamber(CHAMBER).sync("mode=full", &member_lines(0..3));
    drop(app);
    kill(&database);
    clock.advance(TimeDelta::minutes(5));
    let app = TestApp::on(database, clock);
    let run = app.admin().get(&runs_of(CHAMBER)).expect(200).items().remove(0);
    assert_eq!((&run["state"], &run["finished_at"]), (&json!("interrupted"), &json!("2026-05-12T10:05:00Z")));
    assert_ne!(run["sweep"]["state"], "pending");
    assert_eq!(counts(&run), [3, 3, 0, 0, 0, 0], "what was committed stays");
    assert_eq!(counts(&app.chamber(CHAMBER).sync("mode=full", &member_lines(0..3))), [3, 0, 0, 3, 0, 0]);
}

fn a_dead_run_does_not_hold_up_the_next(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let dead = chamber.sync("", &[member_line("A")]);
    kill(&app.database);
    // Without a start in between: another server of the same database died.
    chamber.sync("", &[member_line("B")]);
    let run =
        chamber.get(&format!("{}/{}", runs_of(CHAMBER), dead["id"].as_str().unwrap())).expect(200).json();
    assert_eq!(run["state"], "interrupted");
}

fn instances_share_what_is_under_way(engine: Engine) {
    if engine == Engine::Sqlite {
        // A file has one server.
        return;
    }
    let database = Arc::new(Database::set_up(engine));
    let clock = TestClock::new();
    let first = TestApp::on(database.clone(), clock.clone());
    let mut socket = first.open_run(CHAMBER, "mode=full");
    socket.send(&chunk(ndjson(&member_lines(0..1_500)).as_bytes()));
    let run = first.latest_run(CHAMBER, |run| counts(run)[1] >= 1_000);
    // It starts while the other is at work, and leaves that alone.
    let second = TestApp::on(database, clock);
    let problem = second.chamber(CHAMBER).start("", "").expect(409).json();
    assert!(problem["run_url"].as_str().unwrap().ends_with(run["id"].as_str().unwrap()));
    assert_eq!(second.admin().get(&runs_of(CHAMBER)).expect(200).items()[0]["state"], "running");
    second.chamber(OTHER_CHAMBER).post(&runs_of(OTHER_CHAMBER)).body("application/x-ndjson", "").expect(201);
    assert_eq!(socket.send(LAST_CHUNK).answer().status, 201);
    assert_eq!(
        counts(&second.chamber(CHAMBER).sync("mode=full", &member_lines(0..1_500))),
        [1_500, 0, 0, 1_500, 0, 0]
    );
}
