//! Rotating and retiring keys under a running server.

use super::{Served, fail, issue, program, succeed};
use crate::harness::{Client, Database, on_both};
use serde_json::json;

on_both! {
    a_running_server_signs_with_the_new_key_and_honours_the_old_one
    a_retired_key_ends_at_once_in_the_running_server
    a_token_is_in_no_log
}

const PRIVATE: &str = "/api/v1/clusters?status=draft";

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

fn admin(database: &Database) -> String {
    let command = ["token", "issue", "--role", "admin", "--subject", "ich", "--expires", "8h"];
    succeed(database, &command).trim().to_owned()
}

#[track_caller]
fn issued_by(admin: &Client<'_>) -> String {
    let body = json!({ "role": "editor", "subject": "ada", "expires": "1h" });
    admin.post("/api/v1/tokens").json(&body).expect(201).json()["token"].as_str().unwrap().to_owned()
}

fn a_running_server_signs_with_the_new_key_and_honours_the_old_one(database: Database) {
    let served = Served::start(&database, &[]);
    let admin = admin(&database);
    let before = issued_by(&served.client(Some(&admin)));
    let new = succeed(&database, &["key", "rotate"]);
    assert_ne!(kid(&before), new.trim());
    let after = issued_by(&served.client(Some(&admin)));
    assert_eq!(kid(&after), new.trim());
    for token in [&before, &after, issue(&database).trim()] {
        served.client(Some(token)).get(PRIVATE).expect(200);
    }
    let listed = succeed(&database, &["key", "list"]);
    let states: Vec<(&str, bool)> = listed
        .lines()
        .map(|line| (line.split(' ').next().unwrap(), line.contains("verifies until")))
        .collect();
    assert_eq!(states, [(kid(&before).as_str(), true), (new.trim(), false)]);
    let tokens = succeed(&database, &["token", "list"]);
    assert_eq!(tokens.lines().count(), 4);
    assert!(
        tokens.lines().all(|line| line.contains("last used") || line.ends_with("never used")),
        "{tokens}"
    );
}

fn a_retired_key_ends_at_once_in_the_running_server(database: Database) {
    let served = Served::start(&database, &[]);
    let token = issue(&database);
    served.client(Some(token.trim())).get(PRIVATE).expect(200);
    succeed(&database, &["key", "retire", &kid(token.trim())]);
    served.client(Some(token.trim())).get(PRIVATE).expect(401);
    assert!(succeed(&database, &["key", "list"]).contains("retired"));
    // The next token is signed by a new key.
    let next = issue(&database);
    assert_ne!(kid(next.trim()), kid(token.trim()));
    served.client(Some(next.trim())).get(PRIVATE).expect(200);
    for wrong in ["x", "019a2b3c-0000-7000-8000-00000000ffff"] {
        fail(&mut program(&database, &["key", "retire", wrong]));
    }
}

fn a_token_is_in_no_log(database: Database) {
    let mut served = Served::start(&database, &[]);
    let admin = admin(&database);
    let token = issued_by(&served.client(Some(&admin)));
    served.client(Some(&format!("{token}x"))).get(PRIVATE).expect(401);
    served.terminate();
    let (_, rest) = served.wait();
    let log = served.log.concat() + &rest;
    assert!(log.contains("/api/v1/tokens"), "{log}");
    for part in [&admin, &token].iter().flat_map(|token| token.split('.').skip(1)) {
        assert!(!log.contains(part), "{log}");
    }
}
