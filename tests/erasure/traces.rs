//! What erasure leaves behind: nothing in tables and files, in what referred to the member, in what is derived.

use super::{HALVES, MARK, erase, full, prepare, told};
use crate::{
    harness::{CHAMBER, Database, Engine, Records as _, Syncs as _, TestApp, marker, minimal, on_both, with},
    insight::counters::sums,
};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both! {
    nothing_is_left_in_the_database
    an_erasure_whose_server_died_is_finished_by_the_next
    a_deleted_member_is_erased_as_well
    what_referred_to_it_does_not_any_more
    derived_tables_are_those_made_anew
}

/// Waits until the files are said to be clean: a minute is what is promised.
#[track_caller]
pub(super) fn wait_until_scrubbed(database: &Database) {
    let started = Instant::now();
    while database.number("SELECT count(*) AS n FROM facts WHERE name = 'unscrubbed'") > 0 {
        assert!(started.elapsed() < Duration::from_secs(60), "the files are still not clean");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// No row of any table, and no file, has the mark.
#[track_caller]
pub(crate) fn search_the_database(database: &Database, is_clean: bool) {
    let mut found = Vec::new();
    if is_clean {
        wait_until_scrubbed(database);
    }
    for path in database.files() {
        // A log of writes may vanish as the server ends.
        let bytes = std::fs::read(&path).unwrap_or_default().to_ascii_lowercase();
        let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
        if HALVES.iter().any(|half| holds(half)) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            found.push(match database.engine {
                Engine::Sqlite => name,
                Engine::Postgres => database
                    .words(&format!(
                        "SELECT '{name} ' || coalesce(pg_filenode_relation(0, {name})::text, '?') AS word"
                    ))
                    .remove(0),
            });
        }
    }
    if is_clean {
        assert_eq!(found, [""; 0]);
    } else {
        assert!(!found.is_empty(), "the test would see it");
    }
    if database.engine == Engine::Postgres && is_clean {
        database.execute(
            "DO $$ DECLARE t text; n bigint; BEGIN
               FOR t IN SELECT table_name FROM information_schema.tables
                   WHERE table_schema = 'public' AND table_type = 'BASE TABLE' LOOP
                 EXECUTE format('SELECT count(*) FROM %I AS r WHERE lower(to_jsonb(r)::text) LIKE ANY
                   (ARRAY[''%%xqvlg%%'', ''%%wzkjq%%'', ''%%'' || encode(''xqvlg'', ''hex'') || ''%%'',
                   ''%%'' || encode(''wzkjq'', ''hex'') || ''%%''])', t) INTO n;
                 IF n > 0 THEN RAISE EXCEPTION 'table % holds it in % rows', t, n; END IF;
               END LOOP; END $$",
        );
    }
}

fn nothing_is_left_in_the_database(app: TestApp) {
    prepare(&app);
    // Another, that an administrator made for the chamber, with an answer that is kept.
    let body = with(&full("E-2", "Zweite"), &json!({ "chamber": CHAMBER }));
    let create = || app.admin().post("/api/v1/members").header("idempotency-key", "k-1").json(&body);
    let id = create().expect(201).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(create().expect(201).json()["id"], id.as_str(), "it is kept");
    app.admin().change(Kind::Member, &id, &json!({ "name": format!("{MARK} Geändert") }));
    app.admin().post(&format!("/api/v1/members/{id}/revert/1")).expect(200);
    // An event that names it, with an answer that can be asked for again.
    let event = with(&minimal(Kind::Event, "Treffen"), &json!({ "organisers": [id, "verein"] }));
    let invite =
        || app.editor().post("/api/v1/events").header("idempotency-key", "k-2").json(&event).expect(201);
    let (first, again) = (invite(), invite());
    assert_eq!(first.body, again.body);
    assert!(first.text().contains(MARK));
    search_the_database(&app.database, false);
    erase(&app, "E-1");
    erase(&app, "E-2");
    let again = invite();
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert!(!again.text().contains(MARK), "{}", again.text());
    assert_eq!(
        (&again.json()["id"], &again.json()["organisers"][0]["slug"]),
        (&first.json()["id"], &json!("verein"))
    );
    search_the_database(&app.database, true);
    // Nor when the server has ended.
    let database = app.stop();
    search_the_database(&database, true);
}

fn an_erasure_whose_server_died_is_finished_by_the_next(app: TestApp) {
    let clock = app.clock.clone();
    let database = app.stop();
    // As if it had died between the commit and the end of its work on the files.
    let (columns, values) = match database.engine {
        Engine::Sqlite => ("", ""),
        Engine::Postgres => (", visible", ", true"),
    };
    let words: Vec<String> =
        (0..50).map(|number| format!("('mv', '{MARK}{number}', '{number}', 1{values})")).collect();
    for statement in [
        format!(
            "INSERT INTO words (dictionary, word, reversed, records{columns}) VALUES {}",
            words.join(", ")
        ),
        format!("DELETE FROM words WHERE word LIKE '{MARK}%'"),
        "INSERT INTO facts (name, value) VALUES ('unscrubbed', 'E-1')".to_owned(),
    ] {
        database.execute(&statement);
    }
    search_the_database(&database, false);
    let app = TestApp::on(database, clock);
    search_the_database(&app.database, true);
}

fn a_deleted_member_is_erased_as_well(app: TestApp) {
    let id = prepare(&app);
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &[marker("E-1")]);
    let cursor =
        app.anonymous().get("/api/v1/changes").expect(200).json()["cursor"].as_str().unwrap().to_owned();
    app.anonymous().get(&format!("/api/v1/members/{id}")).expect(410);
    erase(&app, "E-1");
    app.anonymous().get(&format!("/api/v1/members/{id}")).expect(404);
    assert_eq!(told(&app, &id), 0);
    search_the_database(&app.database, true);
    let feed = app.anonymous().get(&format!("/api/v1/changes?since={cursor}")).expect(200).items();
    assert_eq!(feed, [Value::Null; 0], "the public was told already");
}

fn what_referred_to_it_does_not_any_more(app: TestApp) {
    let id = prepare(&app);
    let (editor, organised) = (app.editor(), json!({ "organisers": [id, "verein"] }));
    editor.create(Kind::Event, &with(&minimal(Kind::Event, "Treffen"), &organised));
    let draft = with(&organised, &json!({ "status": "draft" }));
    editor.create(Kind::Event, &with(&minimal(Kind::Event, "Entwurf"), &draft));
    editor.create(Kind::Event, &with(&minimal(Kind::Event, "Früher dabei"), &organised));
    editor.change(Kind::Event, "frueher-dabei", &json!({ "organisers": [] }));
    assert!(app.anonymous().get("/api/v1/events/treffen").expect(200).text().contains(MARK));
    app.clock.advance(TimeDelta::hours(1));
    erase(&app, "E-1");
    for (event, client) in
        [("treffen", app.anonymous()), ("treffen", app.editor()), ("entwurf", app.editor())]
    {
        let record = client.get(&format!("/api/v1/events/{event}")).expect(200).json();
        let organisers = record["organisers"].as_array().unwrap();
        assert_eq!(organisers.len(), 1, "{record}");
        assert_eq!(organisers[0]["slug"], "verein");
    }
    for version in [1, 2] {
        let text =
            app.auditor().get(&format!("/api/v1/events/frueher-dabei/history/{version}")).expect(200).text();
        assert!(!text.contains(MARK), "{text}");
    }
    for path in ["treffen", "frueher-dabei"] {
        let past = format!("/api/v1/events/{path}?as_of=2026-05-12T13:00:00Z");
        assert!(!app.anonymous().get(&past).expect(200).text().contains(MARK));
    }
    let past = "/api/v1/events?format=csv&as_of=2026-05-12T13:00:00Z";
    assert!(!app.anonymous().get(past).expect(200).text().contains(MARK));
    let text = app.auditor().get("/api/v1/events/frueher-dabei/history").expect(200).text();
    assert!(!text.contains(MARK), "{text}");
    let event = app.editor().get("/api/v1/events/treffen").expect(200).json();
    editor.put("/api/v1/events/treffen").if_match("*").json(&event).expect(200);
    assert!(!app.anonymous().get("/api/v1/events?format=ndjson").expect(200).text().contains(MARK));
    search_the_database(&app.database, true);
}

fn derived_tables_are_those_made_anew(app: TestApp) {
    prepare(&app);
    let chamber = app.chamber(CHAMBER);
    let bounded = json!([{ "organisation": "verein", "since": "2026-01-01", "until": "2026-06-30" }]);
    chamber.sync(
        "",
        &[
            with(&full("E-2", "Bis Juni"), &json!({ "affiliations": bounded })),
            full("E-3", "Weg"),
            full("E-4", "Bleibt"),
        ],
    );
    chamber.sync("", &[marker("E-3")]);
    for id in ["E-1", "E-2", "E-3"] {
        erase(&app, id);
    }
    let paths = [
        "members/facets",
        "stats",
        "initiatives/facets",
        "search?q=xqvlgwzkjq",
        "suggest?q=xq",
        "search?q=firma",
    ];
    let ask =
        |app: &TestApp| paths.map(|path| app.auditor().get(&format!("/api/v1/{path}")).expect(200).text());
    let (before, answers) = (sums(&app.database), ask(&app));
    app.database.execute("UPDATE facts SET value = '0' WHERE name = 'index_version'");
    let clock = app.clock.clone();
    let app = TestApp::on(app.stop(), clock);
    assert_eq!(sums(&app.database), before);
    assert_eq!(ask(&app), answers);
}
