//! Time travel: what `as_of` shows is what the public saw, as far as it may still see it.

use crate::harness::{Answer, Records as _, TestApp, collection, minimal, on_both, with};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::kind::Kind;
use serde_json::{Value, json};

mod costs;
mod moments;

on_both! {
    what_is_withdrawn_stays_withdrawn
    a_record_is_shown_as_it_was_under_its_id_and_its_slug
    what_was_withdrawn_at_a_moment_is_gone_at_that_moment
    the_moment_of_a_version_shows_that_version
    what_it_refers_to_is_called_as_it_was
    days_are_those_of_the_moment
    a_typo_is_forgiven_as_it_was
    the_future_is_refused_and_the_time_before_is_empty
    imported_moments_stay_what_they_were
    rubbish_is_no_moment
    now_shows_an_editor_what_the_public_sees
    what_is_wrong_with_a_moment_is_said_as_it_is
    a_state_that_the_public_never_sees_is_none_of_the_past
}

/// A moment as a parameter.
fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[track_caller]
fn list(app: &TestApp, kind: Kind, query: &str, as_of: Option<DateTime<Utc>>) -> Answer {
    let request = app.anonymous().get(&format!("{}?{query}", collection(kind)));
    match as_of {
        Some(moment) => request.query("as_of", &text(moment)).expect(200),
        None => request.expect(200),
    }
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

fn what_is_withdrawn_stays_withdrawn(app: TestApp) {
    let editor = app.editor();
    editor.create(Kind::Cluster, &minimal(Kind::Cluster, "Weg"));
    editor.create(Kind::Initiative, &with(&minimal(Kind::Initiative, "I"), &json!({ "clusters": ["weg"] })));
    let private = editor.create(Kind::Member, &minimal(Kind::Member, "Privat"));
    let member = format!("/api/v1/members/{}", id(&private));
    let then = text(app.clock.now());
    app.clock.advance(TimeDelta::hours(1));
    let read = |address: &str| app.anonymous().get(address).query("as_of", &then);
    assert_eq!(read("/api/v1/initiatives/i").expect(200).json()["clusters"][0]["slug"], "weg");
    editor.delete("/api/v1/clusters/weg").if_match("*").expect(204);
    editor.change(Kind::Member, id(&private), &json!({ "public": false }));
    for address in ["/api/v1/clusters/weg", &member] {
        read(address).expect(410);
    }
    for kind in [Kind::Cluster, Kind::Member] {
        assert_eq!(read(&format!("{}?with_total=true", collection(kind))).expect(200).json()["total"], 0);
        assert_eq!(read(&format!("{}?format=csv", collection(kind))).expect(200).text().lines().count(), 1);
        let facets = read(&format!("{}/facets", collection(kind))).expect(200).json();
        assert_eq!(facets["facets"]["region"], json!([]));
    }
    assert_eq!(read("/api/v1/initiatives/i").expect(200).json()["clusters"], json!([]));
    let staff = app.editor().get("/api/v1/clusters/weg").query("as_of", &then).send();
    assert!([404, 410].contains(&staff.status), "as the public saw it, for everyone");
    editor.post("/api/v1/clusters/weg/restore").expect(200);
    assert_eq!(read("/api/v1/clusters/weg").expect(200).json()["version"], 1);
}

fn a_record_is_shown_as_it_was_under_its_id_and_its_slug(app: TestApp) {
    let editor = app.editor();
    let draft = with(&minimal(Kind::Network, "Alt"), &json!({ "status": "draft" }));
    let network = editor.create(Kind::Network, &draft);
    let drafted = text(app.clock.now());
    app.clock.advance(TimeDelta::hours(1));
    let first = editor.change(Kind::Network, "alt", &json!({ "status": "published" })).json();
    let published = text(app.clock.now());
    app.clock.advance(TimeDelta::hours(1));
    editor.change(Kind::Network, "alt", &json!({ "slug": "neu", "name": "Neu" }));
    let read = |key: &str, as_of: &str| {
        app.anonymous().get(&format!("/api/v1/networks/{key}")).query("as_of", as_of)
    };
    for key in [id(&network), "alt", "neu"] {
        read(key, &drafted).expect(404);
    }
    for key in [id(&network), "alt"] {
        let then = read(key, &published).expect(200).json();
        assert_eq!(then, first, "{key}");
        assert_eq!((&then["slug"], &then["name"]), (&json!("alt"), &json!("Alt")));
    }
    let then = read("neu", &published).send();
    assert!([200, 308].contains(&then.status), "{}", then.status);
    assert_eq!(read("neu", &text(app.clock.now())).expect(200).json()["version"], 3);
}

fn what_was_withdrawn_at_a_moment_is_gone_at_that_moment(app: TestApp) {
    let editor = app.editor();
    for kind in Kind::ALL {
        let mut moments = Vec::new();
        let mut pass = || {
            moments.push(text(app.clock.now()));
            app.clock.advance(TimeDelta::hours(1));
        };
        pass();
        let draft = with(&minimal(kind, "Wechselnd"), &json!({ "status": "draft" }));
        let record = editor.create(kind, &draft);
        pass();
        for status in ["published", "archived", "draft", "published", "published"] {
            if status == "archived" {
                let address = format!("{}/{}", collection(kind), id(&record));
                editor.delete(&address).if_match("*").expect(204);
            } else {
                editor.change(kind, id(&record), &json!({ "status": status }));
            }
            pass();
        }
        let told = |moment: &String| {
            let address = format!("{}/{}", collection(kind), id(&record));
            let answer = app.anonymous().get(&address).query("as_of", moment).send();
            let head = app.anonymous().head(&address).query("as_of", moment).send();
            assert_eq!(head.status, answer.status);
            answer.status
        };
        // Before it was, as a draft, public, archived, as a draft again, public, and public.
        let expected = [404, 404, 200, 410, 410, 200, 200];
        assert_eq!(moments.iter().map(told).collect::<Vec<_>>(), expected, "{kind}");
        editor.change(kind, id(&record), &json!({ "status": "draft" }));
        assert_eq!(moments.iter().map(told).collect::<Vec<_>>(), [410; 7], "{kind}: withdrawn today");
    }
}

fn the_moment_of_a_version_shows_that_version(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    let mut versions = vec![app.anonymous().get("/api/v1/clusters/c").expect(200).json()];
    for number in 0..4 {
        app.clock.advance(TimeDelta::microseconds(1 + number * 999_983));
        let website = json!({ "website": format!("https://{number}.example") });
        versions.push(app.editor().change(Kind::Cluster, "c", &website).json());
    }
    for version in &versions {
        let request = app.anonymous().get("/api/v1/clusters/c");
        let then = request.query("as_of", version["updated_at"].as_str().unwrap()).expect(200);
        assert_eq!(then.json(), *version);
        let offset = version["updated_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        let offset = offset.with_timezone(&chrono::FixedOffset::east_opt(7200).unwrap()).to_rfc3339();
        assert_eq!(
            app.anonymous().get("/api/v1/clusters/c").query("as_of", &offset).expect(200).body,
            then.body
        );
    }
}

fn what_it_refers_to_is_called_as_it_was(app: TestApp) {
    let editor = app.editor();
    editor.create(Kind::Cluster, &minimal(Kind::Cluster, "Alter Name"));
    editor.create(
        Kind::Initiative,
        &with(&minimal(Kind::Initiative, "Verein"), &json!({ "clusters": ["alter-name"] })),
    );
    let before = app.anonymous().get("/api/v1/initiatives/verein").expect(200).json();
    let cluster = app.anonymous().get("/api/v1/clusters/alter-name").expect(200).json();
    let then = text(app.clock.now());
    app.clock.advance(TimeDelta::days(2));
    editor.change(
        Kind::Cluster,
        "alter-name",
        &json!({ "name": { "de": "Neuer Name" }, "slug": "neuer-name" }),
    );
    editor.change(Kind::Initiative, "verein", &json!({ "clusters": [], "name": "Neuer Verein" }));
    let read = |address: &str| app.anonymous().get(address).query("as_of", &then).expect(200).json();
    assert_eq!(read("/api/v1/initiatives/verein"), before);
    assert_eq!(before["clusters"][0]["name"], "Alter Name");
    assert_eq!(read(&format!("/api/v1/clusters/{}", id(&cluster))), cluster);
    assert_eq!(cluster["initiatives"][0]["name"], "Verein");
}

fn days_are_those_of_the_moment(app: TestApp) {
    let editor = app.editor();
    editor.create(Kind::Initiative, &minimal(Kind::Initiative, "I"));
    let affiliations = json!({ "affiliations": [{ "organisation": "i", "until": "2026-05-12" }] });
    editor.create(Kind::Member, &with(&minimal(Kind::Member, "M"), &affiliations));
    app.clock.set("2026-06-01T00:00:00Z");
    let at = |moment: &str| {
        let count = app.anonymous().get("/api/v1/initiatives/i").query("as_of", moment).expect(200).json();
        let members = app.anonymous().get("/api/v1/members?initiative=i").query("as_of", moment).expect(200);
        assert_eq!(count["member_count"], members.items().len());
        members.items().len()
    };
    assert_eq!(at("2026-05-12T21:59:59.999999Z"), 1, "the last instant of the day in Berlin");
    assert_eq!(at("2026-05-12T22:00:00Z"), 0);
}

fn a_typo_is_forgiven_as_it_was(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Turbinen"));
    let then = app.clock.now();
    let found = |as_of| list(&app, Kind::Cluster, "q=turbimen", as_of).items();
    let forgiven = found(None);
    assert_eq!(forgiven.len(), 1);
    app.clock.advance(TimeDelta::days(1));
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Turbimen"));
    assert_eq!(found(None)[0]["slug"], "turbimen", "now there is what was no word then");
    assert_eq!(found(Some(then)), forgiven);
}

fn the_future_is_refused_and_the_time_before_is_empty(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    let now = app.clock.now();
    let ask = |path: &str, moment: DateTime<Utc>| {
        app.anonymous().get(&format!("/api/v1/clusters{path}")).query("as_of", &text(moment))
    };
    for path in ["", "/facets", "/c", "?format=csv", "?format=geojson"] {
        let future = ask(path, now + TimeDelta::microseconds(1)).expect(400);
        assert_eq!(future.faults(), ["as_of"], "{path}");
        ask(path, now).expect(200);
    }
    let before = now - TimeDelta::microseconds(1);
    assert_eq!(
        ask("?with_total=true", before).expect(200).json(),
        json!({ "items": [], "next": null, "total": 0 })
    );
    assert_eq!(ask("/facets", before).expect(200).json()["facets"]["region"], json!([]));
    assert_eq!(ask("?format=ndjson", before).expect(200).text(), "");
    assert_eq!(ask("?format=geojson", before).expect(200).json()["features"], json!([]));
    ask("/c", before).expect(404);
}

fn imported_moments_stay_what_they_were(app: TestApp) {
    let source = TestApp::on(app.database.another(), app.clock.clone());
    source.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    app.clock.advance(TimeDelta::days(3));
    let mut file = Vec::new();
    source.store.export(&mut file).unwrap();
    let file = persistence::transfer::Source::in_memory("datei", file);
    app.store.import(&persistence::audience::Actor::command("import"), &[file]).unwrap();
    let imported = app.anonymous().get("/api/v1/clusters").expect(200).items();
    assert_eq!(imported[0]["updated_at"], "2026-05-12T10:00:00Z");
    let then = app.clock.now();
    app.clock.advance(TimeDelta::days(1));
    app.editor().change(Kind::Cluster, "c", &json!({ "website": "https://c.example" }));
    assert_eq!(list(&app, Kind::Cluster, "", Some(then)).items(), imported);
}

fn rubbish_is_no_moment(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    let bad = [
        "",
        "x",
        "Now",
        "2026-05-12T10:00:00",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "-1",
        "99999-01-01T00:00:00Z",
        "2026-05-12T25:00:00Z",
        "1e9",
        "2026-05-12T10:00:00Z\u{0}",
        "🦀",
    ];
    for path in ["", "/facets", "/c"] {
        for moment in bad {
            let request = app.anonymous().get(&format!("/api/v1/clusters{path}")).query("as_of", moment);
            assert_eq!(request.expect(400).faults(), ["as_of"], "{path} {moment}");
        }
    }
    let twice = "/api/v1/clusters?as_of=2026-05-12T10:00:00Z&as_of=2026-05-12T10:00:00Z";
    assert_eq!(app.anonymous().get(twice).expect(400).faults(), ["as_of"]);
    for early in ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0000-01-01T00:00:00Z"] {
        let answer = app.anonymous().get("/api/v1/clusters").query("as_of", early).send();
        assert!(answer.status == 400 || answer.items().is_empty(), "{early}: {}", answer.status);
    }
}

fn now_shows_an_editor_what_the_public_sees(app: TestApp) {
    for kind in Kind::ALL {
        for (name, status) in [("Eins", "published"), ("Zwei", "draft")] {
            app.admin()
                .create(kind, &with(&minimal(kind, &format!("{name} {kind}")), &json!({ "status": status })));
        }
        let collection = collection(kind);
        let seen = |client: crate::harness::Client<'_>, query: &str| {
            client.get(&format!("{collection}{query}")).expect(200).json()["items"].clone()
        };
        assert_eq!(seen(app.admin(), "?as_of=now"), seen(app.anonymous(), ""), "{kind}");
        let facets = |client: crate::harness::Client<'_>, query: &str| {
            client.get(&format!("{collection}/facets{query}")).expect(200).text()
        };
        assert_eq!(facets(app.admin(), "?as_of=now"), facets(app.anonymous(), ""), "{kind}");
        let drafts = app.admin().get(&format!("{collection}?status=draft")).expect(200).items();
        let draft = format!("{collection}/{}", drafts[0]["id"].as_str().unwrap());
        app.admin().get(&draft).expect(200);
        app.admin().get(&format!("{draft}?as_of=now")).expect(404);
    }
}

/// What is said of one parameter.
#[track_caller]
fn fault(client: &crate::harness::Client<'_>, address: &str, name: &str, value: &str) -> String {
    let problem = client.get(address).query(name, value).expect(400).json();
    assert_eq!(problem["errors"][0]["parameter"], name, "{problem}");
    problem["errors"][0]["detail"].as_str().unwrap().to_owned()
}

fn what_is_wrong_with_a_moment_is_said_as_it_is(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    let (clusters, events) = ("/api/v1/clusters", "/api/v1/events");
    for far in ["9999-12-31", "9999-12-31T23:59:59Z", "2026-05-12T10:00:01Z", "3000-01-01"] {
        for address in [clusters, "/api/v1/clusters/facets", "/api/v1/clusters/c"] {
            assert_eq!(
                fault(&app.anonymous(), address, "as_of", far),
                "must not be in the future",
                "{address} {far}"
            );
        }
        let csv = fault(&app.anonymous(), "/api/v1/clusters?format=csv", "as_of", far);
        assert_eq!(csv, "must not be in the future");
    }
    let outside = "the year must be between 1000 and 2999";
    for day in ["0001-01-01", "9999-12-31", "9999-12-31T12:00:00Z", "0999-12-31T00:00:00+01:00"] {
        for (address, name) in [(events, "from"), (events, "to"), (clusters, "updated_since")] {
            // As an end, the last day of all is none.
            if name != "to" || !day.starts_with("9999") {
                assert_eq!(fault(&app.anonymous(), address, name, day), outside, "{name} {day}");
            }
        }
        assert_eq!(fault(&app.auditor(), "/api/v1/audit", "from", day), outside);
    }
    let early = fault(&app.anonymous(), clusters, "as_of", "0001-01-01");
    assert_eq!(early, "the year must be between 1000 and 9999");
    let none = fault(&app.anonymous(), clusters, "as_of", "2026-02-30");
    assert!(none.starts_with("must be a date"), "{none}");
}

fn a_state_that_the_public_never_sees_is_none_of_the_past(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "C"));
    for client in [app.anonymous(), app.editor()] {
        for address in ["/api/v1/clusters", "/api/v1/clusters/facets"] {
            let past = format!("{address}?as_of=2026-05-12T10:00:00Z");
            let why = fault(&client, &past, "status", "draft");
            assert_eq!(why, "must be published with as_of, which shows what the public saw");
            client.get(&past).query("status", "published").expect(200);
        }
    }
    let why = fault(&app.anonymous(), "/api/v1/clusters", "status", "draft");
    assert_eq!(why, "needs a token that may see drafts");
}
