//! What a database would refuse: said before it does, with the place of the fault, on every way to write.

use crate::harness::{
    CHAMBER, Database, Engine, Records as _, Syncs as _, TestApp, TestClock, collection, member_at,
    member_line, minimal, on_both, with,
};
use domain::kind::Kind;
use persistence::{
    audience::Actor,
    transfer::{Source, TransferError},
};
use serde_json::{Value, json};

on_both! {
    an_import_says_which_line_and_where
    a_request_says_where
    long_names_are_taken_whatever_they_are_folded_to
    a_connection_that_ends_while_it_commits_is_told
    a_full_disk_is_told
}

/// The line and the pointers that an import refuses.
#[track_caller]
fn refused(database: &Database, lines: &[Value]) -> (u64, Vec<String>) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let source = Source::in_memory("datei", text.into_bytes());
    let store = database.store(TestClock::new().clock());
    match store.import(&Actor::command("import"), &[source]) {
        Err(TransferError::Line { line, faults, .. }) => {
            (line, faults.iter().map(|fault| fault.pointer.clone()).collect())
        }
        other => panic!("{lines:?}: {other:?}"),
    }
}

fn line(kind: Kind, fields: &Value) -> Value {
    json!({ "kind": kind.as_str(), "record": with(&minimal(kind, "Name"), fields) })
}

fn an_import_says_which_line_and_where(database: Database) {
    const ID: &str = "019a2b3c-0000-7000-8000-000000000001";
    let one = |pointer: &str| vec![pointer.to_owned()];
    for first in Kind::ALL {
        for second in Kind::ALL {
            if first != second {
                let lines = [first, second].map(|kind| line(kind, &json!({ "id": ID })));
                assert_eq!(refused(&database, &lines), (2, one("/id")), "{first}, {second}");
            }
            if first != second && first.slug_space().is_some() && first.slug_space() == second.slug_space() {
                let lines = [first, second].map(|kind| line(kind, &json!({ "slug": "einer" })));
                assert_eq!(refused(&database, &lines), (2, one("/slug")), "{first}, {second}");
            }
        }
    }
    let mut ids: Vec<String> = (0..16)
        .filter(|version| *version != 7)
        .map(|version| format!("019a2b3c-0000-{version:x}000-8000-000000000001"))
        .collect();
    ids.extend(
        (0..16)
            .filter(|variant| !(8..12).contains(variant))
            .map(|variant| format!("019a2b3c-0000-7000-{variant:x}000-000000000001")),
    );
    ids.extend(
        [
            "",
            "x",
            &ID.replace('-', ""),
            &format!("{{{ID}}}"),
            &format!("urn:uuid:{ID}"),
            &format!("{ID}\0"),
            &format!("{ID}\n"),
        ]
        .map(str::to_owned),
    );
    for id in &ids {
        assert_eq!(
            refused(&database, &[line(Kind::Cluster, &json!({ "id": id }))]),
            (1, one("/id")),
            "{id:?}"
        );
    }
    for id in [json!(1), json!(["x"]), json!({}), json!(true)] {
        assert_eq!(refused(&database, &[line(Kind::Cluster, &json!({ "id": id }))]), (1, one("/id")));
    }
    for (field, value) in [
        ("version", json!(0)),
        ("version", json!(-1)),
        ("version", json!(i64::MAX)),
        ("version", json!(u64::MAX)),
        ("version", json!("1")),
        ("created_at", json!("-0001-01-01T00:00:00Z")),
        ("updated_at", json!("+12026-01-01T00:00:00Z")),
        ("updated_at", json!("2026")),
    ] {
        let fields = json!({ field: value });
        assert_eq!(
            refused(&database, &[line(Kind::Event, &fields)]),
            (1, one(&format!("/{field}"))),
            "{fields}"
        );
    }
    let member = |id: &str| line(Kind::Member, &json!({ "id": id, "chamber": CHAMBER, "external_id": "1" }));
    let members = [member(ID), member("019a2b3c-0000-7000-8000-000000000002")];
    assert_eq!(refused(&database, &members), (2, one("/external_id")));
    let former =
        json!({ "kind": "cluster", "record": minimal(Kind::Cluster, "B"), "former_slugs": ["name"] });
    assert_eq!(refused(&database, &[line(Kind::Cluster, &json!({})), former]), (2, one("/former_slugs")));
    for text in ["a\0b", "\u{fffe}", "a b"] {
        let fields = json!({ "chamber": CHAMBER, "external_id": text });
        assert_eq!(refused(&database, &[line(Kind::Member, &fields)]), (1, one("/external_id")), "{text:?}");
        let fields = json!({ "chamber": text, "external_id": "1" });
        assert_eq!(refused(&database, &[line(Kind::Member, &fields)]), (1, one("/chamber")), "{text:?}");
        assert_eq!(
            refused(&database, &[line(Kind::Cluster, &json!({ "slug": text }))]),
            (1, one("/slug")),
            "{text:?}"
        );
    }
    assert_eq!(database.revisions(), 0);
}

fn a_request_says_where(app: TestApp) {
    let admin = app.admin();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.slug_space().is_some()) {
        let (held, other) = (format!("held-{kind}"), format!("other-{kind}"));
        for slug in [&held, &other] {
            admin.create(kind, &with(&minimal(kind, "Name"), &json!({ "slug": slug })));
        }
        let former = format!("former-{kind}");
        admin.create(kind, &with(&minimal(kind, "Name"), &json!({ "slug": former })));
        admin.change(kind, &former, &json!({ "slug": format!("now-{kind}") }));
        for wanted in [&held, &former] {
            let fields = json!({ "slug": wanted });
            for second in Kind::ALL.into_iter().filter(|second| second.slug_space() == kind.slug_space()) {
                let refused = admin.post(&collection(second)).json(&with(&minimal(second, "Name"), &fields));
                assert_eq!(refused.expect(409).faults(), ["/slug"]);
            }
            let address = format!("{}/{other}", collection(kind));
            assert_eq!(admin.patch(&address).if_match("*").json(&fields).expect(409).faults(), ["/slug"]);
            let whole = with(&minimal(kind, "Name"), &fields);
            assert_eq!(admin.put(&address).if_match("*").json(&whole).expect(409).faults(), ["/slug"]);
        }
    }
    let chamber = app.chamber(CHAMBER);
    chamber.put(&member_at("1")).json(&member_line("1")).expect(201);
    let other = chamber.put(&member_at("2")).json(&member_line("2")).expect(201).json();
    let fields = json!({ "chamber": CHAMBER, "external_id": "1" });
    let (members, address) =
        (collection(Kind::Member), format!("{}/{}", collection(Kind::Member), other["id"].as_str().unwrap()));
    let whole = with(&minimal(Kind::Member, "Name"), &fields);
    assert_eq!(admin.post(&members).json(&whole).expect(409).faults(), ["/external_id"]);
    assert_eq!(admin.put(&address).if_match("*").json(&whole).expect(409).faults(), ["/external_id"]);
    assert_eq!(admin.patch(&address).if_match("*").json(&fields).expect(409).faults(), ["/external_id"]);
    // Deleted ones keep their external ids.
    chamber.delete(&member_at("1")).expect(204);
    assert_eq!(admin.post(&members).json(&whole).expect(409).faults(), ["/external_id"]);
}

fn long_names_are_taken_whatever_they_are_folded_to(app: TestApp) {
    // Letters that are folded to many: an index takes no more than some 2,700 bytes.
    for letter in ['\u{fdfa}', '\u{3300}', '\u{1f12b}', 'ß', '\u{10fffd}', '\u{20000}', 'x'] {
        for kind in Kind::ALL {
            let name = letter.to_string().repeat(500);
            let record = app.admin().create(kind, &minimal(kind, &name));
            let id = record["id"].as_str().unwrap();
            app.admin().change(kind, id, &json!({ "status": "draft" }));
        }
        let long = with(&member_line("L"), &json!({ "name": letter.to_string().repeat(500) }));
        app.chamber(CHAMBER).sync("", &[long]);
    }
}

/// Lets the database refuse every new version, in these words.
fn refuse_versions(database: &Database, message: &str, hint: &str) {
    database.execute(&match database.engine {
        Engine::Sqlite => format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON revisions BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ),
        Engine::Postgres => format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION '{message}' USING ERRCODE = '53100', HINT = '{hint}'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON revisions FOR EACH ROW EXECUTE FUNCTION refuse()"
        ),
    });
}

fn a_connection_that_ends_while_it_commits_is_told(database: Database) {
    // SQLite has no connection that could end.
    if database.engine == Engine::Sqlite {
        return;
    }
    let app = TestApp::on(database, TestClock::new());
    app.database.execute(
        "CREATE FUNCTION end_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER end_it AFTER INSERT ON revisions INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION end_it()",
    );
    let answers = [
        app.editor().post("/api/v1/clusters").json(&minimal(Kind::Cluster, "Eins")).send(),
        app.chamber(CHAMBER).put(&member_at("A")).json(&member_line("A")).send(),
        app.chamber(CHAMBER).start("", member_line("A").to_string()).send(),
    ];
    for answer in answers {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(
            answer.json()["detail"].as_str().unwrap().contains("may or may not have succeeded"),
            "{}",
            answer.text()
        );
    }
    app.database.execute("DROP FUNCTION end_it CASCADE");
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
}

fn a_full_disk_is_told(app: TestApp) {
    let (editor, chamber) = (app.editor(), app.chamber(CHAMBER));
    editor.create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    chamber.sync("", &[member_line("A")]);
    let written = app.database.revisions();
    // As if the disk had no room for another version, in all the ways in which that is said.
    let faults = match app.database.engine {
        Engine::Sqlite => &[("database or disk is full", "")][..],
        Engine::Postgres => &[
            (r#"could not extend file "base/1/2": No space left on device"#, "Check free disk space."),
            (r#"konnte Datei »base/1/2« nicht erweitern: Disk quota exceeded"#, ""),
            (
                r#"could not extend file "base/1/2": wrote only 4096 of 8192 bytes at block 23"#,
                "Check free disk space.",
            ),
            (
                r#"konnte Block 23 in Datei »base/1/2« nicht schreiben"#,
                "Prüfen Sie den freien Festplattenplatz.",
            ),
        ],
    };
    for (message, hint) in faults {
        refuse_versions(&app.database, message, hint);
        let answers = [
            editor.post("/api/v1/clusters").json(&minimal(Kind::Cluster, "Zwei")).send(),
            editor
                .patch("/api/v1/clusters/eins")
                .if_match("*")
                .json(&json!({ "website": "https://a.example" }))
                .send(),
            editor.delete("/api/v1/clusters/eins").if_match("*").send(),
            chamber.put(&member_at("B")).json(&member_line("B")).send(),
            chamber.delete(&member_at("A")).send(),
            chamber.delete(&format!("{}?erase=true", member_at("A"))).send(),
            chamber.start("mode=full", member_line("B").to_string()).send(),
        ];
        for answer in answers {
            assert_eq!(answer.status, 507, "{message}: {}", answer.text());
            assert!(answer.json()["type"].as_str().unwrap().ends_with("/problems/insufficient-storage"));
        }
        app.database.execute(match app.database.engine {
            Engine::Sqlite => "DROP TRIGGER refuse",
            Engine::Postgres => "DROP FUNCTION refuse CASCADE",
        });
    }
    assert_eq!(app.latest_run(CHAMBER, |run| run["state"] != "running")["state"], "interrupted");
    assert_eq!(app.database.revisions(), written);
    editor.create(Kind::Cluster, &minimal(Kind::Cluster, "Zwei"));
    assert_eq!(
        chamber.sync("mode=full&max_deletion_percent=100", &[member_line("B")])["counts"]["created"],
        1
    );
}
