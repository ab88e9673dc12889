//! Two processes on one database: neither answers from its cache what the other has changed.

use super::{Served, run, succeed};
use crate::harness::{Client, Database, Engine, Stage as _, minimal, on_both};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both! {
    what_another_process_writes_is_seen_within_a_second
}

/// How long a change may stay unseen: not at all on SQLite.
fn patience(engine: Engine) -> Duration {
    match engine {
        Engine::Sqlite => Duration::ZERO,
        Engine::Postgres => Duration::from_secs(1),
    }
}

fn name(client: &Client<'_>, address: &str) -> String {
    client.get(address).expect(200).json()["name"]["de"].as_str().unwrap().to_owned()
}

/// Reads until the name is there. Whoever asks after `patience` must see it.
fn see(client: &Client<'_>, address: &str, expected: &str, patience: Duration) {
    let written = Instant::now();
    loop {
        let asked = Instant::now();
        let seen = name(client, address);
        if seen == expected {
            return;
        }
        assert!(asked - written < patience, "{seen} instead of {expected}");
    }
}

fn what_another_process_writes_is_seen_within_a_second(engine: Engine) {
    let database = Database::set_up(engine);
    let servers = [Served::start(&database, &[]), Served::start(&database, &[])];
    let issue = ["token", "issue", "--role", "editor", "--subject", "test", "--expires", "1h"];
    let token = succeed(&database, &issue).trim().to_owned();
    let [one, other] = [0, 1].map(|place: usize| Client::new(&servers[place].agent, None));
    let editors = [0, 1].map(|place: usize| Client::new(&servers[place].agent, Some(token.clone())));
    let cluster = minimal(Kind::Cluster, "0");
    let created: Value = editors[0].post("/api/v1/clusters").json(&cluster).expect(201).json();
    let address = format!("/api/v1/clusters/{}", created["id"].as_str().unwrap());
    see(&other, &address, "0", Duration::from_secs(1));
    for number in 1..=20 {
        let (writer, expected) = (number % 2, number.to_string());
        editors[writer]
            .patch(&address)
            .if_match("*")
            .json(&json!({ "name": { "de": expected } }))
            .expect(200);
        let [own, foreign] = if writer == 0 { [&one, &other] } else { [&other, &one] };
        assert_eq!(name(own, &address), expected, "the instance that wrote");
        see(foreign, &address, &expected, patience(engine));
    }
    let exported = succeed(&database, &["export"]);
    let line = exported.lines().find(|line| line.contains(created["id"].as_str().unwrap())).unwrap();
    let line = line.replace("\"20\"", "\"imported\"");
    let file = database.folder.path().join("change.ndjson");
    std::fs::write(&file, line).unwrap();
    let imported = run(&database, &["import", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    for client in [&one, &other] {
        see(client, &address, "imported", patience(engine));
    }
}
