//! Rebuilding derived data: batch by batch, interrupted and resumed, while a server runs beside it.

use crate::harness::{
    Answer, CHAMBER, Database, Engine, Syncs as _, TestApp, Turmoil, member_lines, minimal, ndjson, on_both,
};
use chrono::TimeDelta;
use domain::kind::Kind;
use persistence::{
    Target,
    store::Store,
    write::rebuild::{self, Progress},
};
use roaring::RoaringBitmap;
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

on_both! {
    an_interrupted_rebuild_goes_on_where_it_stopped
    nothing_is_read_or_written_while_derived_data_are_rebuilt
    two_processes_rebuild_once
    another_version_begins_anew
}

/// The derived tables beside `term_sets`, with all columns that do not depend on the order of writing.
const DERIVED: [(&str, &str); 5] = [
    ("dated_terms", "term, visible, in_set, last_day, first_day, record"),
    (
        "past_states",
        "seq, record, kind, shown, sort_name, since, until, updated_at, starts_at, ends_at, lat, lon, signature, terms",
    ),
    ("reference_spans", "term, record, first_day, last_day, since, until, shown"),
    ("search_documents", "record, kind, sort_name, names, hash"),
    ("words", "dictionary, word, reversed, records"),
];

/// Every row of the derived tables.
pub(crate) fn derived_rows(database: &Database) -> Vec<Vec<String>> {
    let rows = DERIVED.map(|(table, columns)| {
        let row = match database.engine {
            Engine::Sqlite => {
                let quoted = columns.split(", ").map(|column| format!("quote({column})"));
                quoted.collect::<Vec<_>>().join(" || ',' || ")
            }
            Engine::Postgres => format!("CAST(ROW({columns}) AS text)"),
        };
        database.words(&format!("SELECT {row} AS word FROM {table} ORDER BY 1"))
    });
    [&[sets(database)], &rows[..]].concat()
}

/// The sets of terms by their elements: how a bitmap is encoded depends on how it grew.
fn sets(database: &Database) -> Vec<String> {
    let hex = match database.engine {
        Engine::Sqlite => "hex(records)",
        Engine::Postgres => "encode(records, 'hex')",
    };
    let key = "term || ' ' || chunk || ' ' || CASE WHEN visible THEN 'public' ELSE 'hidden' END";
    let decoded = |row: String| {
        let (key, hex) = row.rsplit_once(' ').unwrap();
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        format!("{key} {:?}", RoaringBitmap::deserialize_from(&bytes[..]).unwrap().iter().collect::<Vec<_>>())
    };
    let rows = database.words(&format!("SELECT {key} || ' ' || {hex} AS word FROM term_sets ORDER BY 1"));
    rows.into_iter().map(decoded).collect()
}

/// What is asked by way of every derived table.
fn answers(app: &TestApp) -> Vec<String> {
    let paths = [
        "members?with_total=true&region=DE111",
        "initiatives?technology_field=photonik&with_total=true",
        "members/facets",
        "initiatives/facets?as_of=2026-05-20T10:00:00Z",
        "members?with_total=true&as_of=2026-05-20T10:00:00Z",
        "initiatives?as_of=2026-05-14T10:00:00Z",
        "search?q=optik&limit=200",
        "search?q=mobilit&limit=200",
        "suggest?q=m",
        "stats",
        "graph",
        "regions/DE111/atlas",
        "changes?limit=200",
    ];
    app.anonymous().get("/health/ready").expect(200);
    let ask = |path| app.auditor().get(&format!("/api/v1/{path}")).expect(200).text();
    paths.into_iter().map(ask).collect()
}

/// A landscape with a past.
fn settle(app: &TestApp) {
    let mut turmoil = Turmoil::new(app.editor(), 17);
    for _ in 0..8 {
        (0..10).for_each(|_| turmoil.stir());
        app.clock.advance(TimeDelta::days(2));
    }
    turmoil.publish_all();
}

/// Makes the derived data those of another release.
pub(crate) fn outdate(database: &Database) {
    database.execute("UPDATE facts SET value = '0' WHERE name = 'index_version'");
}

/// Another process on the same database.
pub(crate) fn beside(app: &TestApp) -> Store {
    Store::open(&Target::parse(&app.database.url).unwrap(), app.clock.clock()).unwrap()
}

/// Rebuilds a batch, and dies behind it; how far it came.
fn rebuild_one_batch(app: &TestApp, batch: usize) -> Option<Progress> {
    let reached = Cell::new(None);
    let store = beside(app);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        store.rebuild(batch, &|progress| {
            reached.set(Some(progress));
            std::panic::resume_unwind(Box::new("killed"));
        })
    }));
    assert_eq!(outcome.is_err(), reached.get().is_some());
    reached.get()
}

fn an_interrupted_rebuild_goes_on_where_it_stopped(app: TestApp) {
    settle(&app);
    let (before, told) = (derived_rows(&app.database), answers(&app));
    assert!(before.iter().all(|rows| !rows.is_empty()));
    outdate(&app.database);
    let mut done = Vec::new();
    while let Some(progress) = rebuild_one_batch(&app, 5) {
        assert_eq!(done.len() as u64 * 5 + 5, progress.done.next_multiple_of(5), "{progress:?}");
        assert!(!beside(&app).is_index_current().unwrap());
        done.push(progress.done);
    }
    assert!(done.len() > 3, "{done:?}");
    assert_eq!(beside(&app).rebuild(rebuild::BATCH, &|_| ()).unwrap(), None);
    assert_eq!(derived_rows(&app.database), before);
    assert_eq!(answers(&app), told);
}

#[track_caller]
fn is_refused(answer: &Answer) {
    let problem = answer.json();
    assert_eq!(
        (problem["status"].as_i64(), answer.header("retry-after")),
        (Some(503), "5".to_owned()),
        "{problem}"
    );
    assert!(problem["detail"].as_str().unwrap().contains("rebuilding"), "{problem}");
}

fn nothing_is_read_or_written_while_derived_data_are_rebuilt(app: TestApp) {
    settle(&app);
    app.anonymous().get("/health/ready").expect(200);
    outdate(&app.database);
    let revisions = app.database.revisions();
    // The first time it is found out by the read itself, later it is known beforehand.
    for batch in [None, Some(5), Some(5)] {
        if let Some(batch) = batch {
            rebuild_one_batch(&app, batch).unwrap();
        }
        let written = app.editor().post("/api/v1/clusters").json(&minimal(Kind::Cluster, "Neu"));
        is_refused(&written.expect(503));
        for path in [
            "members?region=DE144",
            "members?as_of=2026-05-15T10:00:00Z",
            "members/facets?region=DE144",
            "initiatives/facets?as_of=2026-05-15T10:00:00Z",
            "search?q=wasserstoff",
            "suggest?q=wa",
            "stats?region=DE144",
            "graph?region=DE144",
            "events.ndjson",
        ] {
            is_refused(&app.anonymous().get(&format!("/api/v1/{path}")).expect(503));
        }
        let chamber = app.chamber(CHAMBER);
        is_refused(&chamber.start("", ndjson(&member_lines(0..1))).expect(503));
        is_refused(&app.anonymous().get("/health/ready").expect(503));
        app.anonymous().get("/health/live").expect(200);
        // What is not derived is answered as ever.
        app.anonymous().get("/api/v1/changes?limit=5").expect(200);
    }
    assert_eq!(app.database.revisions(), revisions);
    beside(&app).rebuild(5, &|_| ()).unwrap();
    app.anonymous().get("/health/ready").expect(200);
    app.editor().post("/api/v1/clusters").json(&minimal(Kind::Cluster, "Neu")).expect(201);
}

fn two_processes_rebuild_once(app: TestApp) {
    settle(&app);
    let (before, told) = (derived_rows(&app.database), answers(&app));
    outdate(&app.database);
    let batches = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let count = |_| {
                    batches.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                };
                beside(&app).rebuild(20, &count).unwrap();
            });
        }
    });
    let records = app.database.number("SELECT count(*) AS n FROM records");
    assert!(batches.into_inner() as i64 <= records / 20, "each batch is written once");
    assert_eq!(derived_rows(&app.database), before);
    assert_eq!(answers(&app), told);
}

fn another_version_begins_anew(app: TestApp) {
    settle(&app);
    let before = derived_rows(&app.database);
    outdate(&app.database);
    rebuild_one_batch(&app, 10).unwrap();
    // A third version was at it in between, and left other rows behind.
    let fact = "value = '0 ' || substr(value, 3)";
    app.database.execute(&format!("UPDATE facts SET {fact} WHERE name = 'index_version'"));
    app.database.execute("UPDATE words SET records = 7");
    assert_eq!(rebuild_one_batch(&app, 10).unwrap().done, 10);
    beside(&app).rebuild(10, &|_| ()).unwrap();
    assert_eq!(derived_rows(&app.database), before);
}
