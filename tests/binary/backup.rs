//! Backups of a running server, and what is restored from them.

use super::{Served, fail, issue, program, run, succeed};
use crate::harness::{Client, Database, Engine, minimal, on_both};
use domain::kind::Kind;
use serde_json::Value;
use std::{
    collections::HashSet,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

on_both! {
    a_backup_has_what_was_committed_before_it
    a_backup_replaces_nothing_and_is_its_owners_alone
    what_keeps_pg_dump_from_working_is_one_clear_line
}

/// Restores a backup into a new database.
pub(super) fn restore(database: &Database, file: &str) -> Database {
    let (restored, file) = (Database::empty(database.engine), database.folder.path().join(file));
    match database.engine {
        Engine::Sqlite => drop(std::fs::copy(file, restored.folder.path().join("test.db")).unwrap()),
        Engine::Postgres => {
            let arguments = ["--exit-on-error", "--no-owner", "--dbname", &restored.url];
            let output = Command::new("pg_restore").args(arguments).arg(file).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    restored
}

fn all_changes(client: &Client<'_>) -> Vec<Value> {
    let (mut changes, mut cursor) = (Vec::new(), String::from("0"));
    loop {
        let page = client.get(&format!("/api/v1/changes?since={cursor}&limit=200")).expect(200);
        cursor = page.json()["cursor"].as_str().unwrap().to_owned();
        match page.items() {
            items if items.is_empty() => return changes,
            items => changes.extend(items),
        }
    }
}

fn a_backup_has_what_was_committed_before_it(database: Database) {
    let served = Served::start(&database, &["--demo"]);
    let token = issue(&database);
    let (acknowledged, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let wait_for = |count: usize| {
        let started = Instant::now();
        while acknowledged.load(SeqCst) < count {
            assert!(started.elapsed() < Duration::from_secs(60), "no writes go on");
            thread::sleep(Duration::from_millis(5));
        }
    };
    let (before, after) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let client = served.client(Some(token.trim()));
            while !is_over.load(SeqCst) {
                let number = acknowledged.load(SeqCst);
                let cluster = minimal(Kind::Cluster, &format!("Während {number}"));
                client.post("/api/v1/clusters").json(&cluster).expect(201);
                acknowledged.store(number + 1, SeqCst);
            }
        });
        wait_for(20);
        let before = acknowledged.load(SeqCst);
        succeed(&database, &["backup", "backup"]);
        let after = acknowledged.load(SeqCst);
        wait_for(after + 20);
        is_over.store(true, SeqCst);
        writer.join().unwrap();
        (before, after)
    });
    let restored = restore(&database, "backup");
    let said = succeed(&restored, &["restored"]);
    assert!(said.starts_with("replayed 0 erasures"), "{said}");
    let (original, copy) = (succeed(&database, &["export"]), succeed(&restored, &["export"]));
    // What was written later is new records, and nothing else.
    let lines: HashSet<&str> = copy.lines().collect();
    let kept: Vec<&str> = original.lines().filter(|line| lines.contains(line)).collect();
    assert!(kept == copy.lines().collect::<Vec<_>>(), "the backup has other records");
    let written = copy.lines().filter(|line| line.contains("Während ")).count();
    assert!((before..=after + 1).contains(&written), "{before} <= {written} <= {after}");
    assert!(original.lines().count() >= copy.lines().count() + 20);
    let again = Served::start(&restored, &[]);
    let (mut feed, copied) = (all_changes(&served.client(None)), all_changes(&again.client(None)));
    feed.truncate(copied.len());
    assert_eq!(feed, copied);
    // Numbers of changes are used again, so nobody may go on where the original ended.
    let cursor = served.client(None).get("/api/v1/changes").expect(200).json()["cursor"].clone();
    again.client(None).get(&format!("/api/v1/changes?since={}", cursor.as_str().unwrap())).expect(400);
    // A token of the original is valid, as its key is in the database.
    let cluster = minimal(Kind::Cluster, "Danach");
    again.client(Some(token.trim())).post("/api/v1/clusters").json(&cluster).expect(201);
}

fn a_backup_replaces_nothing_and_is_its_owners_alone(database: Database) {
    let folder = database.folder.path();
    std::fs::write(folder.join("mine"), "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    for name in ["mine", "link", "."] {
        let said = fail(&mut program(&database, &["backup", name]));
        assert!(said.contains("already exists") && !said.contains("--force"), "{said}");
    }
    fail(&mut program(&database, &["backup", "no/such/folder/x"]));
    assert_eq!(std::fs::read_to_string(folder.join("mine")).unwrap(), "mine");
    succeed(&database, &["backup", "backup"]);
    assert_eq!(std::fs::metadata(folder.join("backup")).unwrap().permissions().mode() & 0o777, 0o600);
    let parts = std::fs::read_dir(folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0);
}

fn what_keeps_pg_dump_from_working_is_one_clear_line(database: Database) {
    let folder = database.folder.path();
    let backup = |file: &str| {
        let mut command = program(&database, &["backup", file]);
        command.env("PATH", folder.join("bin"));
        command
    };
    if database.engine == Engine::Sqlite {
        assert!(backup("backup").status().unwrap().success(), "it needs no program");
        return;
    }
    let said = fail(&mut backup("backup"));
    assert!(said.contains("pg_dump is missing: install the client programs of PostgreSQL 1"), "{said}");
    std::fs::create_dir(folder.join("bin")).unwrap();
    let fake = |script: &str| {
        let program = folder.join("bin/pg_dump");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    };
    fake("echo 'pg_dump (PostgreSQL) 9.6.24'");
    let said = fail(&mut backup("backup"));
    assert!(said.contains("pg_dump 9 is older than the server, which is PostgreSQL 1"), "{said}");
    fake(
        "[ $1 = --version ] && echo 'pg_dump (PostgreSQL) 99.1' || { echo 'pg_dump: no disk' >&2; exit 1; }",
    );
    let said = fail(&mut backup("backup"));
    assert!(said.contains("pg_dump: no disk"), "{said}");
    assert!(!folder.join("backup").exists());
    fake("echo 'pg_dump (PostgreSQL) 99.1' \"$@\" \"$PGPASSWORD\"");
    let url = database.url.replace("postgres@", "postgres:geheim@");
    let output = backup("backup").env("DATABASE_URL", url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = std::fs::read_to_string(folder.join("backup")).unwrap();
    let (arguments, password) = said.trim().rsplit_once(' ').unwrap();
    assert_eq!((arguments.contains("geheim"), password), (false, "geheim"), "{said}");
    assert!(run(&database, &["backup", "real"]).status.success(), "the real one works");
}
