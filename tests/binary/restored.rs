//! Restored backups, and older exports, bring back nobody who was erased.

use super::{Served, backup::restore, fail, program, succeed};
use crate::{
    erasure::traces::search_the_database,
    harness::{CHAMBER, Database, Syncs as _, member_line, members_of, on_both, with},
};
use serde_json::{Value, json};
use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

on_both! {
    a_restored_backup_brings_nobody_back
    erasures_of_other_instances_are_replayed
    an_erasure_that_cannot_be_kept_is_refused
    an_older_export_brings_nobody_back
}

/// Stands in every text of the member; see [`search_the_database`].
const MARK: &str = "Xqvlgwzkjq";

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
    let said = chamber.delete(&format!("{member}?erase=true")).expect(503).text();
    assert!(said.contains("could not record the erasure. Nothing was erased"), "{said}");
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
