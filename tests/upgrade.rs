//! A database of an earlier release is brought up to date when the server starts.

use crate::harness::{Database, Engine, TestApp, TestClock, on_both};
use domain::{cluster::Cluster, content::Content};
use std::sync::Arc;

on_both! {
    a_database_of_the_first_schema_can_be_searched_and_followed
}

/// How each database writes an id and a moment of 2026-01-01.
fn literals(engine: Engine, number: u32, hour: u32) -> (String, String) {
    let id = format!("019b7600000070008000{number:012}");
    match engine {
        Engine::Sqlite => {
            (format!("x'{id}'"), (1_767_225_600_000_000_i64 + i64::from(hour) * 3_600_000_000).to_string())
        }
        Engine::Postgres => (format!("'{id}'"), format!("'2026-01-01T{hour:02}:00:00Z'")),
    }
}

/// The statements that a server of the first release ran for a cluster: published, renamed, and withdrawn if it is.
fn write(engine: Engine, number: u32, is_withdrawn: bool) -> String {
    let (id, first) = literals(engine, number, 1);
    let (_, last) = literals(engine, number, 2);
    let content = serde_json::to_string(&Cluster::example()).unwrap().replace('\'', "''");
    let (status, visible) = if is_withdrawn { ("draft", "false") } else { ("published", "true") };
    let hash = if engine == Engine::Sqlite { "x'00'" } else { "'\\x00'" };
    format!(
        "INSERT INTO records (id, kind, slug, status, visible, was_visible, version, name, sort_name, starts_at, ends_at,
            folded, content, content_hash, created_at, updated_at)
         VALUES ({id}, 'cluster', 'new-{number}', '{status}', {visible}, true, 2, 'Name', 'name', {first}, {last},
            '', '{content}', {hash}, {first}, {last});
         INSERT INTO slugs VALUES ('cluster', 'old-{number}', {id}), ('cluster', 'new-{number}', {id});
         INSERT INTO revisions (record, kind, version, at, action, actor, role, slug, status, visible, content)
         VALUES ({id}, 'cluster', 1, {first}, 'create', 'anna', 'editor', 'old-{number}', 'published', true, '{content}'),
            ({id}, 'cluster', 2, {last}, 'update', 'anna', 'editor', 'new-{number}', '{status}', {visible}, '{content}');"
    )
}

fn a_database_of_the_first_schema_can_be_searched_and_followed(engine: Engine) {
    let database = Database::empty(engine);
    database.execute(match engine {
        Engine::Sqlite => include_str!("../migrations/sqlite/2026-11-24-000000_core/up.sql"),
        Engine::Postgres => include_str!("../migrations/postgres/2026-11-24-000000_core/up.sql"),
    });
    database.execute(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL
            DEFAULT CURRENT_TIMESTAMP);
         INSERT INTO __diesel_schema_migrations (version) VALUES ('20261124000000');",
    );
    database.execute(&write(engine, 1, false));
    database.execute(&write(engine, 2, true));

    let app = TestApp::on(Arc::new(database), TestClock::new());
    let anyone = app.anonymous();
    let word = Cluster::example().name().split(' ').next().unwrap().to_owned();
    let hits = anyone.get("/api/v1/search").query("q", &word).expect(200).items();
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0]["reference"]["slug"], "new-1");

    let facets = anyone.get("/api/v1/clusters/facets").expect(200).json();
    assert_eq!(facets["facets"]["visibility"][0]["count"], 1);

    let changes = anyone.get("/api/v1/changes").expect(200).items();
    let told: Vec<(&str, &str)> = changes
        .iter()
        .map(|change| (change["action"].as_str().unwrap(), change["slug"].as_str().unwrap()))
        .collect();
    let expected =
        [("upserted", "old-1"), ("upserted", "new-1"), ("upserted", "old-2"), ("removed", "old-2")];
    assert_eq!(told, expected);

    let then = anyone.get("/api/v1/clusters?as_of=2026-01-01T01:30:00Z").expect(200);
    assert_eq!(then.each("slug"), ["old-1"]);
    assert_eq!(then.each("updated_at"), ["2026-01-01T01:00:00Z"]);
}
