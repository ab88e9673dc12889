//! The landscape as a file: out of one database and into another.

use crate::harness::{
    Database, Engine, PUBLIC_URL, Records as _, Stage as _, TestApp, TestClock, minimal, on_both, with,
};
use api::demo;
use chrono::TimeDelta;
use domain::kind::Kind;
use persistence::{
    audience::Actor,
    store::Store,
    transfer::{ImportReport, Source, TransferError},
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both! {
    the_demo_landscape_loads_whole
    an_export_is_the_same_wherever_it_was_imported
    a_second_import_changes_nothing
    a_line_replaces_the_record_that_it_names
    what_was_public_is_gone_in_the_copy_too
    former_slugs_survive
    lines_may_refer_to_later_ones
    byte_order_marks_and_blank_lines_do_no_harm
    one_bad_line_stops_them_all
    times_are_read_as_everywhere
    of_many_instances_one_loads_the_landscape
}

/// A file that holds these bytes.
fn file<'a>(bytes: &[u8]) -> Source<'a> {
    Source::in_memory("datei", bytes.to_vec())
}

/// Imports a file with this text.
pub(crate) fn import(store: &Store, text: &str) -> Result<ImportReport, TransferError> {
    store.import(&Actor::command("import"), &[file(text.as_bytes())])
}

fn export(store: &Store) -> String {
    let mut bytes = Vec::new();
    store.export(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Records as the lines of a file.
fn lines(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn line(kind: Kind, name: &str, fields: Value) -> Value {
    json!({ "kind": kind.as_str(), "record": with(&minimal(kind, name), &fields) })
}

fn the_demo_landscape_loads_whole(database: Database) {
    let clock = TestClock::new();
    let landscape = demo::lines(clock.now());
    let report = import(&database.store(clock.clock()), &lines(&landscape)).unwrap();
    assert_eq!(report, ImportReport { created: landscape.len() as u64, updated: 0, unchanged: 0 });
    let app = TestApp::on(database, clock);
    for (kind, count) in
        [(Kind::Cluster, 15), (Kind::Initiative, 56), (Kind::Network, 33), (Kind::Measure, 40)]
    {
        let page =
            app.anonymous().get(&format!("/api/v1/{}?with_total=true&limit=1", kind.plural())).expect(200);
        assert_eq!(page.json()["total"], count, "{kind}");
    }
    let export = app.anonymous().get("/api/v1/members?format=ndjson").expect(200);
    assert!(export.text().lines().count() > 300);
    assert_eq!(app.database.revisions(), landscape.len() as i64);
}

/// A database with the first lines of the demo landscape, in which much has happened since: drafts, withdrawals, new slugs, changes of events.
fn lived_in(engine: Engine, landscape: usize) -> Arc<Database> {
    let app = TestApp::set_up(engine);
    import(&app.store, &lines(&demo::lines(app.clock.now())[..landscape])).unwrap();
    app.clock.advance(TimeDelta::microseconds(1_234_567));
    let editor = app.editor();
    editor.create(Kind::Cluster, &with(&minimal(Kind::Cluster, "Alt"), &json!({ "status": "draft" })));
    editor.change(Kind::Cluster, "alt", &json!({ "slug": "neu" }));
    editor.create(Kind::Network, &minimal(Kind::Network, "Zurückgezogen"));
    editor.delete("/api/v1/networks/zurueckgezogen").if_match("*").expect(204);
    editor.create(Kind::Event, &minimal(Kind::Event, "Verschoben"));
    editor.change(
        Kind::Event,
        "verschoben",
        &json!({ "starts_at": "2026-06-01T09:00:00.123456Z", "cancelled": true }),
    );
    editor.create(
        Kind::Member,
        &with(
            &minimal(Kind::Member, "Privat"),
            &json!({ "public": false, "affiliations": [{ "organisation": "afbw", "since": "2020-01-01" }] }),
        ),
    );
    app.stop()
}

fn an_export_is_the_same_wherever_it_was_imported(engine: Engine) {
    let whole = demo::lines(TestClock::new().now()).len();
    for (target, landscape) in [(engine.other(), whole), (engine, 110)] {
        let original = lived_in(engine, landscape);
        let later = TestClock::new();
        later.advance(TimeDelta::days(500));
        let text = export(&original.store(later.clock()));
        assert_eq!(text.lines().count(), landscape + 4);
        let copy = Database::set_up(target);
        let store = copy.store(later.clock());
        let report = import(&store, &text).unwrap();
        assert_eq!(report, ImportReport { created: landscape as u64 + 4, updated: 0, unchanged: 0 });
        assert!(export(&store) == text, "the export of a copy on {target:?} differs");
    }
}

fn a_second_import_changes_nothing(engine: Engine) {
    let database = lived_in(engine, 110);
    let store = database.store(TestClock::new().clock());
    let (text, revisions) = (export(&store), database.revisions());
    let report = import(&store, &text).unwrap();
    assert_eq!(report, ImportReport { created: 0, updated: 0, unchanged: text.lines().count() as u64 });
    assert_eq!(database.revisions(), revisions);
    assert!(export(&store) == text);
}

fn a_line_replaces_the_record_that_it_names(app: TestApp) {
    let first = lines(&[
        line(Kind::Cluster, "Erster", json!({ "slug": "a" })),
        line(Kind::Cluster, "Zweiter", json!({ "slug": "b" })),
        line(Kind::Member, "Firma", json!({ "chamber": "ihk-ulm", "external_id": "1" })),
    ]);
    assert_eq!(import(&app.store, &first).unwrap().created, 3);
    let second = lines(&[
        line(Kind::Cluster, "Anders", json!({ "slug": "a" })),
        line(Kind::Cluster, "Zweiter", json!({ "slug": "b" })),
        line(Kind::Member, "Firma AG", json!({ "chamber": "ihk-ulm", "external_id": "1" })),
        line(Kind::Cluster, "Dritter", json!({})),
    ]);
    assert_eq!(import(&app.store, &second).unwrap(), ImportReport { created: 1, updated: 2, unchanged: 1 });
    let changed = app.anonymous().get("/api/v1/clusters/a").expect(200).json();
    assert_eq!((&changed["name"]["de"], &changed["version"]), (&json!("Anders"), &json!(2)));
    assert_eq!(app.anonymous().get("/api/v1/members").expect(200).each("name"), ["Firma AG"]);
    let imports = "SELECT count(*) AS n FROM revisions WHERE action = 'import' AND actor = 'import'";
    assert_eq!(app.database.number(imports), 6);
}

fn what_was_public_is_gone_in_the_copy_too(engine: Engine) {
    let original = lived_in(engine, 110);
    let text = export(&original.store(TestClock::new().clock()));
    let app = TestApp::set_up(engine);
    import(&app.store, &text).unwrap();
    app.anonymous().get("/api/v1/networks/zurueckgezogen").expect(410);
    app.anonymous().get("/api/v1/clusters/neu").expect(404);
    let restored = app.editor().post("/api/v1/networks/zurueckgezogen/restore").expect(200).json();
    assert_eq!(restored["version"], 3, "versions go on where they were");
}

fn former_slugs_survive(engine: Engine) {
    let original = lived_in(engine, 110);
    let text = export(&original.store(TestClock::new().clock()));
    let app = TestApp::set_up(engine.other());
    import(&app.store, &text).unwrap();
    let moved = app.auditor().get("/api/v1/clusters/alt").expect(308);
    assert_eq!(moved.header("location"), format!("{PUBLIC_URL}/api/v1/clusters/neu"));
    let taken = with(&minimal(Kind::Cluster, "x"), &json!({ "slug": "alt" }));
    app.editor().post("/api/v1/clusters").json(&taken).expect(409);
}

fn lines_may_refer_to_later_ones(app: TestApp) {
    let text = lines(&[
        line(Kind::Member, "Firma", json!({ "affiliations": [{ "organisation": "verein" }] })),
        line(
            Kind::Initiative,
            "Verein",
            json!({ "slug": "verein", "clusters": ["optik"], "successor": "netz" }),
        ),
        line(Kind::Network, "Netz", json!({ "slug": "netz", "initiatives": ["verein"] })),
        line(Kind::Cluster, "Optik", json!({ "slug": "optik" })),
    ]);
    assert_eq!(import(&app.store, &text).unwrap().created, 4);
    let verein = app.anonymous().get("/api/v1/initiatives/verein").expect(200).json();
    assert_eq!(
        (&verein["clusters"][0]["name"], &verein["successor"]["slug"]),
        (&json!("Optik"), &json!("netz"))
    );
    assert_eq!(verein["member_count"], 1);
    for (filter, count) in [
        ("initiatives?cluster=optik", 1),
        ("networks?initiative=verein", 1),
        ("members?initiative=verein", 1),
    ] {
        assert_eq!(
            app.anonymous().get(&format!("/api/v1/{filter}")).expect(200).items().len(),
            count,
            "{filter}"
        );
    }
}

fn byte_order_marks_and_blank_lines_do_no_harm(app: TestApp) {
    let text = format!(
        "\u{feff}{}\r\n\r\n  \n{}",
        line(Kind::Cluster, "A", json!({})),
        line(Kind::Cluster, "B", json!({}))
    );
    assert_eq!(import(&app.store, &text).unwrap().created, 2);
    assert_eq!(import(&app.store, "").unwrap(), ImportReport::default());
}

fn one_bad_line_stops_them_all(database: Database) {
    let store = database.store(TestClock::new().clock());
    let good = |name: &str| line(Kind::Cluster, name, json!({}));
    import(&store, &lines(&[line(Kind::Cluster, "Da", json!({ "slug": "da" }))])).unwrap();
    let before = (export(&store), database.revisions());
    let bad = [
        ("not json".to_owned(), ""),
        ("[]".to_owned(), ""),
        (json!({ "kind": "planet", "record": {} }).to_string(), ""),
        (json!({ "kind": "cluster", "record": {}, "colour": 1 }).to_string(), ""),
        (line(Kind::Cluster, "x", json!({ "colour": 1 })).to_string(), "/colour"),
        (line(Kind::Cluster, "x", json!({ "regions": ["DE9"] })).to_string(), "/regions/0"),
        (line(Kind::Cluster, "x", json!({ "id": "x" })).to_string(), "/id"),
        (line(Kind::Initiative, "x", json!({ "clusters": ["nichts"] })).to_string(), "/clusters/0"),
        (with(&good("x"), &json!({ "former_slugs": ["da"] })).to_string(), "/former_slugs"),
        (
            line(Kind::Cluster, "x", json!({ "id": crate::harness::nobodys_id(), "slug": "da" })).to_string(),
            "/slug",
        ),
    ];
    for (line, pointer) in bad {
        let text = format!("{}\n\n{line}\n{}\n", good("A"), good("B"));
        let error = import(&store, &text).expect_err(&line).to_string();
        assert!(error.starts_with("datei, line 3: "), "{line}: {error}");
        assert!(error.contains(pointer), "{line}: {error}");
        assert_eq!((export(&store), database.revisions()), before, "{line}");
    }
    assert_eq!(import(&store, &lines(&[good("A")])).unwrap().created, 1);
}

fn of_many_instances_one_loads_the_landscape(database: Database) {
    let clock = TestClock::new();
    let text = lines(&demo::lines(clock.now())[..60]);
    let loaded: Vec<Option<ImportReport>> = std::thread::scope(|scope| {
        let instances: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let store = database.store(clock.clock());
                    store.import_demo(&Actor::command("demo"), &[file(text.as_bytes())]).unwrap()
                })
            })
            .collect();
        instances.into_iter().map(|instance| instance.join().unwrap()).collect()
    });
    assert_eq!(loaded.iter().flatten().count(), 1);
    assert_eq!(database.revisions(), 60);
}

fn times_are_read_as_everywhere(app: TestApp) {
    let import = |fields: Value| import(&app.store, &lines(&[line(Kind::Event, "Treffen", fields)]));
    for field in ["created_at", "updated_at"] {
        for bad in ["2016-12-31T23:59:60Z", "2026-05-01T09:30:00", "2026-05-01", "9999-12-31T00:00:00Z"] {
            let refusal = import(json!({ field: bad })).unwrap_err().to_string();
            assert!(refusal.contains(&format!("/{field}")), "{bad}: {refusal}");
        }
    }
    import(json!({
        "created_at": "2026-05-01T09:30:00.1234567+02:00",
        "updated_at": "2026-05-02T09:30Z",
        "registration_deadline": "9999-12-31",
        "first_day": "2026-06-01",
    }))
    .unwrap();
    let record = app.anonymous().get("/api/v1/events/treffen").expect(200).json();
    assert_eq!(record["created_at"], "2026-05-01T07:30:00.123456Z");
    assert_eq!(record["updated_at"], "2026-05-02T09:30:00Z");
    assert_eq!(record["registration_deadline"], Value::Null);
}
