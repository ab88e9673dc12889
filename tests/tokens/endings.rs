//! What takes long ends with its token: streams, long polls, exports and sync runs, whichever instance ended it.

use super::{editor, is_refused, issue, revoke};
use crate::{
    harness::{
        CHAMBER, LAST_CHUNK, Records as _, Socket, Syncs as _, TestApp, actor, chunk, counts, member_lines,
        minimal, ndjson, on_both, runs_of, with,
    },
    transfer::import,
};
use chrono::TimeDelta;
use domain::{id::Id, kind::Kind};
use serde_json::json;
use std::{
    io::Read as _,
    thread::{self, sleep},
    time::Duration,
};

on_both! {
    a_stream_ends_with_its_token
    a_long_poll_ends_with_its_token
    an_export_ends_with_its_token
    a_sync_run_ends_with_its_token_and_stays_whole
    a_run_whose_body_has_arrived_ends_too
    what_has_another_token_or_none_goes_on
}

const FEED: &str = "/api/v1/changes";

/// Each way in which a token ends.
const WAYS: [fn(&TestApp, Id); 3] = [
    revoke,
    // By a command, or another instance.
    |app, id| assert_eq!(app.store.revoke_token(&actor(), id).unwrap(), Some(true)),
    |app, _| app.clock.advance(TimeDelta::hours(9)),
];

fn a_stream_ends_with_its_token(app: TestApp) {
    for (number, end) in WAYS.into_iter().enumerate() {
        let (token, id) = editor(&app);
        let mut stream = app.bearer(&token).get(FEED).stream();
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, &format!("C{number}")));
        assert!(stream.next().is_some());
        end(&app, id);
        assert_eq!(stream.next(), None);
        is_refused(&app, &token);
    }
}

fn a_long_poll_ends_with_its_token(app: TestApp) {
    for end in WAYS {
        let (token, id) = editor(&app);
        thread::scope(|scope| {
            let waiting = scope
                .spawn(|| app.bearer(&token).get(FEED).query("since", "now").query("wait", "60").expect(401));
            sleep(Duration::from_millis(150));
            assert!(!waiting.is_finished());
            end(&app, id);
            let refused = waiting.join().unwrap();
            assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
        });
    }
}

/// Initiatives that need more bytes than the server and the sockets buffer.
fn fill(app: &TestApp) {
    let description = json!({ "de": "x".repeat(20_000), "en": "y".repeat(20_000) });
    let line = |number: usize| {
        let record = minimal(Kind::Initiative, &format!("I {number}"));
        let record = with(&record, &json!({ "status": "published", "description": description }));
        format!("{}\n", json!({ "kind": "initiative", "record": record }))
    };
    import(&app.store, &(0..400).map(line).collect::<String>()).unwrap();
}

fn an_export_ends_with_its_token(app: TestApp) {
    fill(&app);
    let export = "/api/v1/initiatives.ndjson";
    let whole = app.editor().get(export).expect(200).body.len();
    for end in WAYS {
        let (token, id) = editor(&app);
        let mut body = app.bearer(&token).get(export).run().into_body().into_reader();
        body.read_exact(&mut [0; 1_000]).unwrap();
        end(&app, id);
        sleep(Duration::from_secs(1));
        let mut rest = Vec::new();
        assert!(body.read_to_end(&mut rest).is_err(), "it ended as if it were complete");
        assert!(rest.len() < whole - 1_000);
    }
}

/// A token of the chamber that ends within the test, and its id.
fn of_chamber(app: &TestApp) -> (String, Id) {
    let body = json!({ "role": "chamber", "subject": "export", "expires": "8h", "chamber": CHAMBER });
    let issued = issue(app, &body).json();
    (issued["token"].as_str().unwrap().to_owned(), Id::parse(issued["id"].as_str().unwrap()).unwrap())
}

fn a_sync_run_ends_with_its_token_and_stays_whole(app: TestApp) {
    app.chamber(CHAMBER).sync("", &member_lines(0..20));
    let mut held = 20;
    for (round, end) in WAYS.into_iter().enumerate() {
        let (token, id) = of_chamber(&app);
        let mut socket = Socket::open(app.address);
        let head = format!(
            "POST {}?mode=full HTTP/1.1\r\nhost: portal.test\r\nauthorization: Bearer {token}\r\n\
            content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n",
            runs_of(CHAMBER)
        );
        let first = 2_000 * (round + 1);
        let lines = ndjson(&member_lines(first..first + 1_500));
        socket.send(head.as_bytes()).send(&chunk(lines.as_bytes()));
        app.latest_run(CHAMBER, |run| run["state"] == "running" && counts(run)[1] > 0);
        end(&app, id);
        let answer = socket.answer();
        assert_eq!(answer.status, 401, "{}", answer.text);
        assert!(answer.text.to_lowercase().contains("www-authenticate: bearer"), "{}", answer.text);
        let run = app.latest_run(CHAMBER, |run| run["state"] != "running");
        assert_eq!(
            (&run["state"], &run["sweep"]["state"]),
            (&json!("interrupted"), &json!("skipped")),
            "{run}"
        );
        assert!(run["sweep"]["reason"].as_str().unwrap().contains("token"), "{run}");
        let [_, created, _, _, deleted, _] = counts(&run);
        assert!(created > 0 && deleted == 0, "{run}");
        held += created;
    }
    assert_eq!(
        app.database.number("SELECT count(*) AS n FROM records WHERE status = 'published'"),
        held as i64
    );
    // The next run is not held up.
    app.chamber(CHAMBER).sync("mode=full&max_deletion_percent=100", &member_lines(0..3));
    assert_eq!(app.held_by(CHAMBER).len(), 3);
}

/// A run of many lines ends between two batches, although its body is complete.
fn a_run_whose_body_has_arrived_ends_too(app: TestApp) {
    let (token, id) = of_chamber(&app);
    thread::scope(|scope| {
        let running = scope.spawn(|| app.bearer(&token).start("", ndjson(&member_lines(0..60_000))).send());
        app.latest_run(CHAMBER, |run| run["state"] == "running" && counts(run)[1] > 0);
        revoke(&app, id);
        let answer = running.join().unwrap();
        assert_eq!(answer.status, 401);
        let run = app.latest_run(CHAMBER, |run| run["state"] != "running");
        assert_eq!(run["state"], "interrupted", "{run}");
        let created = usize::try_from(counts(&run)[1]).unwrap();
        assert!((1..60_000).contains(&created));
        assert_eq!(app.database.revisions(), i64::try_from(created).unwrap());
    });
}

fn what_has_another_token_or_none_goes_on(app: TestApp) {
    let (first, id) = editor(&app);
    let (other, _) = editor(&app);
    let mut ended = app.bearer(&first).get(FEED).stream();
    let mut streams = [app.bearer(&other).get(FEED).stream(), app.anonymous().get(FEED).stream()];
    let (token, _) = of_chamber(&app);
    let mut socket = app.open_run(CHAMBER, "");
    socket.send(&chunk(ndjson(&member_lines(0..2)).as_bytes()));
    revoke(&app, id);
    assert_eq!(ended.next(), None);
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Danach"));
    for stream in &mut streams {
        while stream.next().unwrap().data["kind"] != "cluster" {}
    }
    assert_eq!(socket.send(LAST_CHUNK).answer().status, 201);
    app.bearer(&token).get(&runs_of(CHAMBER)).expect(200);
}
