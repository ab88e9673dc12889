//! A release that derives other data: what `migrate` and `serve` do then.

use super::{Served, program, run, succeed, total};
use crate::{
    harness::{Database, on_both},
    rebuild::{derived_rows, outdate},
};
use std::{
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

on_both! {
    a_killed_migration_is_resumed_by_the_next
    a_server_listens_at_once_and_rebuilds_in_the_background
}

fn a_killed_migration_is_resumed_by_the_next(database: Database) {
    drop(Served::start(&database, &["--demo"]));
    let before = derived_rows(&database);
    outdate(&database);
    for pause in [5, 20, 60, 120, 200] {
        let mut migration = program(&database, &["migrate"]).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(pause));
        migration.kill().unwrap();
        migration.wait().unwrap();
    }
    let told = String::from_utf8(run(&database, &["migrate"]).stderr).unwrap();
    let records = database.number("SELECT count(*) AS n FROM records");
    // Unless one was quick enough to end before it was killed.
    assert!(
        told.is_empty() || told.contains(&format!("rebuilt the derived data of {records} records")),
        "{told}"
    );
    assert_eq!(derived_rows(&database), before);
    let again = run(&database, &["migrate"]);
    assert_eq!((again.status.success(), again.stderr.as_slice()), (true, &b""[..]));
    assert!(succeed(&database, &["check"]).contains("its schema is up to date\n"));
}

fn a_server_listens_at_once_and_rebuilds_in_the_background(database: Database) {
    drop(Served::start(&database, &["--demo"]));
    let before = derived_rows(&database);
    outdate(&database);
    let mut served = Served::start(&database, &["--demo"]);
    let other = Served::start(&database, &[]);
    let started = Instant::now();
    let mut statuses = Vec::new();
    while statuses.last() != Some(&200) {
        assert!(started.elapsed() < Duration::from_secs(60), "{statuses:?}");
        served.client(None).get("/health/live").expect(200);
        statuses.push(served.client(None).get("/health/ready").send().status);
    }
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert_eq!(total(&served.client(None), "clusters"), 15);
    assert_eq!(derived_rows(&database), before);
    while other.client(None).get("/health/ready").send().status != 200 {
        assert!(started.elapsed() < Duration::from_secs(60));
    }
    assert_eq!(total(&other.client(None), "clusters"), 15);
    served.terminate();
    let (status, rest) = served.wait();
    let log = served.log.concat() + &rest;
    assert!(status.success() && log.contains("answered with 503 until"), "{log}");
}
