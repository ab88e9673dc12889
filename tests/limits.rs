//! Limits: requests a minute, the client behind a proxy, slow senders, and reads that take too long.

use crate::harness::{Answer, DESCRIPTION, Engine, FEATURES, Options, Socket, TestApp, on_both};
use api::limits::rate::EXEMPT;
use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};
use std::{thread, time::Duration};

on_both! {
    each_answer_tells_what_is_left_until_it_is_a_429
    a_token_has_a_quota_of_its_own
    bad_tokens_count_for_the_address
    a_trusted_proxy_says_who_the_client_is
    only_monitoring_has_no_limit
    a_limit_of_zero_is_none
    a_body_that_stops_arriving_is_a_408
    a_read_that_the_database_ends_is_a_503
}

const LIMITED: Options = Options { rate_limits: (5, 8), ..Options::DEFAULT };

/// What is left of a quota, by the headers.
#[track_caller]
fn left(answer: &Answer, policy: &str, quota: u32) -> u32 {
    assert_eq!(answer.header("ratelimit-policy"), format!("\"{policy}\";q={quota};w=60"));
    let limit = answer.header("ratelimit");
    let (left, reset) = limit.strip_prefix(&format!("\"{policy}\";r=")).unwrap().split_once(";t=").unwrap();
    assert!((1..=60).contains(&reset.parse::<u32>().unwrap()), "{limit}");
    left.parse().unwrap()
}

#[track_caller]
fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert!(answer.json()["type"].as_str().unwrap().ends_with("/problems/too-many-requests"));
    assert!((1..=60).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
}

fn each_answer_tells_what_is_left_until_it_is_a_429(engine: Engine) {
    let app = TestApp::with(engine, &LIMITED);
    let get = |path: &str| app.anonymous().get(path).header("origin", "https://portal.example").send();
    // Whatever is answered counts.
    let answers =
        [("/api/v1/clusters", 200), ("/api/v1/clusters?x=y", 400), ("/docs/", 200), ("/nowhere", 404)];
    for ((path, status), expected) in answers.into_iter().zip((1..5).rev()) {
        let answer = get(path);
        assert_eq!((answer.status, left(&answer, "address", 5)), (status, expected), "{path}");
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.split(',').any(|name| name.trim() == "ratelimit"), "{exposed}");
    }
    get("/api/v1");
    for _ in 0..2 {
        let refused = get("/api/v1/clusters");
        assert_refused(&refused);
        assert_eq!(left(&refused, "address", 5), 0);
        assert!(
            ["*", "https://portal.example"].contains(&refused.header("access-control-allow-origin").as_str())
        );
    }
    assert_refused(&app.anonymous().post("/api/v1/clusters").json(&serde_json::json!({})).send());
}

fn a_token_has_a_quota_of_its_own(engine: Engine) {
    let app = TestApp::with(engine, &LIMITED);
    while app.anonymous().get("/api/v1").send().status == 200 {}
    // A token that is used for the first time, too, at an address that has used up its quota.
    let lefts: Vec<u32> =
        (0..8).map(|_| left(&app.editor().get("/api/v1/clusters").expect(200), "token", 8)).collect();
    assert_eq!(lefts, [7, 6, 5, 4, 3, 2, 1, 0]);
    assert_refused(&app.editor().get("/api/v1/clusters").send());
    assert_eq!(left(&app.auditor().get("/api/v1/clusters").expect(200), "token", 8), 7);
}

fn bad_tokens_count_for_the_address(engine: Engine) {
    let app = TestApp::with(engine, &LIMITED);
    for _ in 0..5 {
        left(&app.bearer("x.y.z").get("/api/v1/clusters").expect(401), "address", 5);
    }
    // As addresses that check no token would be a way around.
    for path in ["/api/v1/clusters", "/openapi.json"] {
        assert_refused(&app.bearer("x.y.z").get(path).send());
    }
    assert_refused(&app.anonymous().get("/api/v1/clusters").send());
}

fn a_trusted_proxy_says_who_the_client_is(engine: Engine) {
    let app = TestApp::with(engine, &Options { trusted_proxies: "127.0.0.0/8", ..LIMITED });
    let from = |name: &str, value: &str| {
        left(&app.anonymous().get("/api/v1").header(name, value).send(), "address", 5)
    };
    assert_eq!(from("x-forwarded-for", "203.0.113.9"), 4);
    assert_eq!(from("x-forwarded-for", "1.1.1.1, 203.0.113.9"), 3);
    assert_eq!(from("forwarded", "for=\"203.0.113.9:4711\";proto=https"), 2);
    assert_eq!(from("x-forwarded-for", "203.0.113.10"), 4);
    assert_eq!(from("forwarded", "for=\"[2001:db8::1]\""), 4);
    assert_eq!(from("x-forwarded-for", "2001:db8::2"), 3);
    let untrusting = TestApp::with(engine, &LIMITED);
    let lefts = ["203.0.113.9", "203.0.113.10"].map(|client| {
        left(&untrusting.anonymous().get("/api/v1").header("x-forwarded-for", client).send(), "address", 5)
    });
    assert_eq!(lefts, [4, 3]);
}

fn only_monitoring_has_no_limit(engine: Engine) {
    for description in [&DESCRIPTION, &FEATURES] {
        for operation in description.operations() {
            let is_limited = !operation.description["responses"]["429"].is_null();
            assert_eq!(is_limited, !EXEMPT.contains(&operation.template.as_str()), "{}", operation.template);
        }
    }
    let app = TestApp::with(engine, &LIMITED);
    for path in EXEMPT.iter().filter(|path| !DESCRIPTION.at(path).is_empty()) {
        for _ in 0..10 {
            assert_eq!(app.anonymous().get(path).expect(200).header("ratelimit"), "", "{path}");
        }
    }
    assert_eq!(left(&app.anonymous().get("/api/v1").send(), "address", 5), 4);
}

fn a_limit_of_zero_is_none(app: TestApp) {
    for client in [app.anonymous(), app.editor()] {
        let answer = client.get("/api/v1").expect(200);
        assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), Default::default());
        assert!(answer.json()["limits"]["requests_per_minute"].is_null());
    }
}

fn a_body_that_stops_arriving_is_a_408(app: TestApp) {
    let token = app.issue(api::auth::Role::Editor, None).0;
    let head = format!("POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n");
    thread::scope(|scope| {
        for framing in ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"] {
            let request = format!("{head}Content-Type: application/json\r\n{framing}");
            let app = &app;
            scope.spawn(move || {
                let answer = Socket::open(app.address).send(request.as_bytes()).answer();
                assert_eq!(answer.status, 408, "{}", answer.text);
                assert!(answer.text.contains("1,000 bytes per second"), "{}", answer.text);
            });
        }
    });
}

fn a_read_that_the_database_ends_is_a_503(app: TestApp) {
    if app.database.engine == Engine::Sqlite {
        return;
    }
    let mut other = PgConnection::establish(&app.database.url).unwrap();
    other.batch_execute("BEGIN; LOCK TABLE records IN ACCESS EXCLUSIVE MODE").unwrap();
    let waits = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    thread::scope(|scope| {
        let read = scope.spawn(|| app.anonymous().get("/api/v1/clusters").expect(503));
        while app.database.number(&format!("SELECT count(*) AS n {waits}")) == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        app.database.number(&format!("SELECT count(pg_cancel_backend(pid)) AS n {waits}"));
        let answer = read.join().unwrap();
        assert_eq!(answer.header("retry-after"), "30");
        assert!(!answer.text().contains("statement"), "{}", answer.text());
    });
    other.batch_execute("ROLLBACK").unwrap();
    app.anonymous().get("/api/v1/clusters").expect(200);
}
