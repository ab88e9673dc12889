//! Backups of a running server, and what is restored from them.

use super::{Served, fail, issue, program, run, succeed};
use crate::{
    erasure::traces::search_the_database,
    harness::{
        CHAMBER, Client, Database, Engine, Syncs as _, member_line, members_of, minimal, on_both, with,
    },
};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

on_both! {
    a_backup_has_what_was_committed_before_it
    a_backup_replaces_nothing_and_is_its_owners_alone
    a_restored_backup_brings_nobody_back
    erasures_of_other_instances_are_replayed
    an_erasure_that_cannot_be_kept_is_refused
    an_older_export_brings_nobody_back
    what_keeps_pg_dump_from_working_is_one_clear_line
}

/// Stands in every text of the member; see [`search_the_database`].
const MARK: &str = "Xqvlgwzkjq";

/// Restores a backup into a new database.
fn restore(database: &Database, file: &str) -> Database {
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

/// A client of the chamber, which has a token by now.
fn chamber_token(database: &Database) -> String {
    let chamber =
        ["token", "issue", "--role", "chamber", "--chamber", CHAMBER, "--subject", "x", "--expires", "1h"];
    succeed(database, &chamber).trim().to_owned()
}

fn marked(external_id: &str) -> Value {
    let texts =
        json!({ "name": format!("{MARK} {external_id}"), "website": format!("https://{MARK}.example/") });
    with(&member_line(external_id), &texts)
}

/// Members and rejections, some of which are in the backup, and all of which are erased after it. Returns their ids.
fn erase_after_backup(database: &Database) -> Vec<String> {
    let served = Served::start(database, &[]);
    let token = chamber_token(database);
    let chamber = served.client(Some(&token));
    let wrong = |external_id: &str| with(&marked(external_id), &json!({ "kind": MARK }));
    let never = format!("{MARK}-0");
    chamber.sync("", &[marked("E-1"), marked("E-2"), member_line("E-3"), wrong("E-4"), wrong(&never)]);
    chamber.delete(&format!("{}/E-2", members_of(CHAMBER))).expect(204);
    search_the_database(database, false);
    succeed(database, &["backup", "backup"]);
    // Rejected before the backup, and accepted after it.
    chamber.sync("", &[marked("E-4")]);
    let ids = ["E-1", "E-4"].map(|external_id| {
        let member = chamber.get(&format!("{}/{external_id}", members_of(CHAMBER))).expect(200).json();
        member["id"].as_str().unwrap().to_owned()
    });
    for external_id in ["E-1", "E-2", "E-4", &never] {
        chamber.delete(&format!("{}/{external_id}?erase=true", members_of(CHAMBER))).expect(204);
    }
    ids.into()
}

/// Nobody gets anything of it by a server on the database, nor finds it in its files.
#[track_caller]
fn is_nowhere(served: &Served, database: &Database, ids: &[String]) {
    let token = chamber_token(database);
    for client in [served.client(None), served.client(Some(&token))] {
        let mut paths: Vec<String> = ["members", "changes?include=record", "search?q=xqvlgwzkjq"]
            .map(|path| format!("/api/v1/{path}"))
            .into();
        paths.extend([members_of(CHAMBER), format!("/api/v1/chambers/{CHAMBER}/sync-runs/latest")]);
        for path in paths {
            let text = client.get(&path).send().text().to_lowercase();
            assert!(!text.replace("q=xqvlgwzkjq", "").contains(&MARK.to_lowercase()), "{path}: {text}");
        }
        for id in ids {
            client.get(&format!("/api/v1/members/{id}")).expect(404);
        }
    }
    let export = succeed(database, &["export"]);
    assert!(export.contains("E-3") && !export.contains(MARK), "{export}");
    search_the_database(database, true);
}

fn data_dir(database: &Database) -> String {
    database.folder.path().join("clusterportal-data").to_str().unwrap().to_owned()
}

fn a_restored_backup_brings_nobody_back(database: Database) {
    let ids = erase_after_backup(&database);
    let list = std::fs::read_to_string(Path::new(&data_dir(&database)).join("erasures.ndjson")).unwrap();
    assert_eq!(
        (list.lines().count(), list.contains(MARK), list.contains("E-1")),
        (4, false, false),
        "{list}"
    );
    let restored = restore(&database, "backup");
    search_the_database(&restored, false);
    // Nothing but a start, with the data folder of before.
    let start = || {
        let mut command = program(&restored, &["serve", "--listen", "127.0.0.1:0"]);
        command.env("CLUSTERPORTAL_DATA_DIR", data_dir(&database));
        Served::run(command)
    };
    let served = start();
    assert!(served.log.concat().contains("replayed 4 erasures"), "{:?}", served.log);
    is_nowhere(&served, &restored, &ids);
    let revisions = restored.revisions();
    drop(served);
    let served = start();
    assert!(!served.log.concat().contains("replayed"), "{:?}", served.log);
    assert_eq!(restored.revisions(), revisions, "once is enough");
}

fn erasures_of_other_instances_are_replayed(database: Database) {
    let mut command = program(&database, &["serve", "--listen", "127.0.0.1:0"]);
    command.env("CLUSTERPORTAL_DATA_DIR", "other");
    let other = Served::run(command);
    let ids = erase_after_backup(&database);
    // It copies the list every ten seconds.
    let file = database.folder.path().join("other/erasures.ndjson");
    let started = Instant::now();
    while std::fs::read_to_string(&file).unwrap_or_default().lines().count() < 4 {
        assert!(started.elapsed() < Duration::from_secs(60), "it has no list");
        thread::sleep(Duration::from_millis(50));
    }
    drop(other);
    let restored = restore(&database, "backup");
    // Derived data of another release are rebuilt first.
    restored.execute("UPDATE facts SET value = '0' WHERE name = 'index_version'");
    std::fs::write(restored.folder.path().join("broken"), "{\"id\": 1}\n").unwrap();
    let said = fail(&mut program(&restored, &["restored", "broken"]));
    assert!(said.contains("broken, line 1: is not an erasure"), "{said}");
    let said = succeed(&restored, &["restored", file.to_str().unwrap(), file.to_str().unwrap()]);
    assert!(said.starts_with("replayed 4 erasures"), "{said}");
    is_nowhere(&Served::start(&restored, &[]), &restored, &ids);
}

fn an_erasure_that_cannot_be_kept_is_refused(database: Database) {
    let served = Served::start(&database, &[]);
    let token = chamber_token(&database);
    let chamber = served.client(Some(&token));
    chamber.sync("", &[marked("E-1")]);
    let member = format!("{}/E-1", members_of(CHAMBER));
    let file = Path::new(&data_dir(&database)).join("erasures.ndjson");
    std::fs::create_dir(&file).unwrap();
    chamber.delete(&format!("{member}?erase=true")).expect(500);
    chamber.get(&member).expect(200);
    std::fs::remove_dir(&file).unwrap();
    chamber.delete(&format!("{member}?erase=true")).expect(204);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

fn an_older_export_brings_nobody_back(database: Database) {
    let served = Served::start(&database, &[]);
    let token = chamber_token(&database);
    let chamber = served.client(Some(&token));
    chamber.sync("", &[marked("E-1"), member_line("E-3")]);
    succeed(&database, &["export", "all.ndjson"]);
    chamber.delete(&format!("{}/E-1?erase=true", members_of(CHAMBER))).expect(204);
    drop(served);
    let other = Database::empty(database.engine);
    let file = database.folder.path().join("all.ndjson");
    for arguments in [&["migrate"][..], &["import", file.to_str().unwrap()]] {
        let mut command = program(&other, arguments);
        assert!(command.env("CLUSTERPORTAL_DATA_DIR", data_dir(&database)).status().unwrap().success());
    }
    is_nowhere(&Served::start(&other, &[]), &other, &[]);
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
