//! Time travel: what `as_of` shows is what the public saw, as far as it may still see it.

use crate::harness::{Answer, Dice, Records as _, TestApp, Turmoil, collection, minimal, on_both, with};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::{kind::Kind, time::today};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

on_both! {
    every_moment_is_shown_as_it_was
    every_moment_is_shown_as_it_was_in_every_format_and_by_every_filter
    what_is_withdrawn_stays_withdrawn
    a_record_is_shown_as_it_was_under_its_id_and_its_slug
    the_moment_of_a_version_shows_that_version
    what_it_refers_to_is_called_as_it_was
    days_are_those_of_the_moment
    the_future_is_refused_and_the_time_before_is_empty
    imported_moments_stay_what_they_were
    rubbish_is_no_moment
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

/// What the public saw at a moment.
struct Memory {
    moment: DateTime<Utc>,
    lists: BTreeMap<Kind, Vec<Value>>,
    /// Answers to other questions: of which kind, by which query, what.
    answers: Vec<(Kind, String, Answer)>,
}

/// Lets much happen, and remembers what the public saw in between. Some things happen at the same instant.
fn live<'a>(app: &'a TestApp, seed: usize, steps: usize, asked: usize) -> (Turmoil<'a>, Vec<Memory>) {
    let mut turmoil = Turmoil::new(app.editor(), seed);
    let mut memories = Vec::new();
    for _ in 0..steps {
        let pause = match turmoil.dice.below(4) {
            0 => TimeDelta::microseconds(1),
            1 => TimeDelta::minutes(7),
            2 => TimeDelta::hours(11),
            _ => TimeDelta::days(4),
        };
        app.clock.advance(pause);
        for _ in 0..=turmoil.dice.below(3) {
            turmoil.stir();
        }
        let lists: BTreeMap<Kind, Vec<Value>> =
            Kind::ALL.map(|kind| (kind, list(app, kind, "limit=200", None).items())).into();
        let answers = (0..asked).map(|_| ask(app, &mut turmoil.dice, &lists)).collect();
        memories.push(Memory { moment: app.clock.now(), lists, answers });
    }
    (turmoil, memories)
}

/// Asks one question of any sort.
fn ask(app: &TestApp, dice: &mut Dice, lists: &BTreeMap<Kind, Vec<Value>>) -> (Kind, String, Answer) {
    let kind = *dice.one_of(&Kind::ALL);
    let mut filters = vec!["", "ids=00000000-0000-7000-8000-000000000001", "updated_since=2026-06-01"];
    filters.extend(match kind {
        Kind::Cluster => {
            vec!["region=DE11", "technology_field=photonik&technology_field=ikt", "bbox=9,48,10,49"]
        }
        Kind::Initiative => {
            vec!["region=DE1&industry=C", "label=spitzencluster", "label_valid=spitzencluster"]
        }
        Kind::Network => {
            vec!["technology_field=photonik", "near=48.7,9.1&radius_km=80", "visibility=regional"]
        }
        Kind::Measure => vec!["from=2026-06-01&to=2026-06-30", "kind=study", "kind=funding"],
        Kind::Event => vec!["from=2026-06-01", "region=DE144", "to=2026-05-20&scope=regional"],
        Kind::Member => {
            vec!["kind=company&size_class=micro", "industry=26&region=DE111", "planning_region=stuttgart"]
        }
    });
    let reference = |(name, kind): (&str, Kind), dice: &mut Dice| {
        let target = (!lists[&kind].is_empty()).then(|| id(dice.one_of(&lists[&kind])));
        target.map(|target| format!("{name}={target}"))
    };
    let references: &[(&str, Kind)] = match kind {
        Kind::Initiative => &[("cluster", Kind::Cluster)],
        Kind::Network | Kind::Measure => &[("initiative", Kind::Initiative)],
        Kind::Event => &[("organiser", Kind::Initiative), ("organiser", Kind::Network)],
        Kind::Member => &[("initiative", Kind::Initiative), ("network", Kind::Network)],
        Kind::Cluster => &[],
    };
    let references: Vec<String> = references.iter().filter_map(|found| reference(*found, dice)).collect();
    filters.extend(references.iter().map(String::as_str));
    filters.extend(["q=optik", "q=netzwerk", "q=zuern"]);
    let filter = *dice.one_of(&filters);
    let sort = if kind == Kind::Measure || kind == Kind::Event { "title" } else { "name" };
    let form = match dice.below(9) {
        0 => "&format=csv",
        1 => "&format=ndjson",
        2 => "&format=geojson",
        3 => "/facets",
        4 => "&limit=200&with_total=true&sort=-updated_at",
        5 => "&limit=200&sort=updated_at",
        6 => "&format=ndjson&sort=-",
        _ => "&limit=200&with_total=true",
    };
    let query = match form {
        "/facets" => format!("/facets?{filter}"),
        "&format=ndjson&sort=-" => format!("?{filter}{form}{sort}"),
        _ => format!("?{filter}{form}"),
    };
    let answer = app.anonymous().get(&format!("{}{query}", collection(kind))).expect(200);
    (kind, query, answer)
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

/// The ids of what the public sees today.
fn public_today(app: &TestApp) -> BTreeSet<String> {
    let ids = |kind| list(app, kind, "limit=200", None).items();
    Kind::ALL.into_iter().flat_map(ids).map(|record| id(&record).to_owned()).collect()
}

/// A value without what refers to records that are not among these.
fn shown(value: &Value, public: &BTreeSet<String>) -> Value {
    let is_hidden = |value: &Value| value["id"].as_str().is_some_and(|id| !public.contains(id));
    match value {
        Value::Array(items) => {
            let kept = items.iter().filter(|item| !is_hidden(item) && !is_hidden(&item["organisation"]));
            kept.map(|item| shown(item, public)).collect()
        }
        Value::Object(fields) => {
            let field = |value: &Value| if is_hidden(value) { Value::Null } else { shown(value, public) };
            fields.iter().map(|(name, value)| (name.clone(), field(value))).collect()
        }
        other => other.clone(),
    }
}

/// How many of some members belong to an organisation at a moment.
fn count_members(members: &[Value], organisation: &str, moment: DateTime<Utc>) -> usize {
    let day = today(moment).to_string();
    let is_current = |affiliation: &Value| {
        affiliation["organisation"]["id"] == organisation
            && affiliation["since"].as_str().is_none_or(|since| since <= day.as_str())
            && affiliation["until"].as_str().is_none_or(|until| day.as_str() <= until)
    };
    members.iter().filter(|member| member["affiliations"].as_array().unwrap().iter().any(is_current)).count()
}

/// What a list of that moment shows when only these records are public today.
fn expected(memory: &Memory, kind: Kind, public: &BTreeSet<String>) -> Vec<Value> {
    let visible = |kind: &Kind| {
        let list = &memory.lists[kind];
        list.iter().filter(|record| public.contains(id(record))).map(|record| shown(record, public))
    };
    let members: Vec<Value> = visible(&Kind::Member).collect();
    let mut records: Vec<Value> = visible(&kind).collect();
    for record in &mut records {
        if record.get("member_count").is_some() {
            record["member_count"] = count_members(&members, &id(record).to_owned(), memory.moment).into();
        }
    }
    records
}

fn every_moment_is_shown_as_it_was(app: TestApp) {
    let (mut turmoil, memories) = live(&app, 11, 40, 0);
    let everything: BTreeSet<String> = turmoil.records().iter().map(|(_, id)| id.clone()).collect();
    let public = public_today(&app);
    assert!(public.len() < everything.len(), "something is hidden today");
    let mut before: Option<&Memory> = None;
    for memory in &memories {
        for kind in Kind::ALL {
            assert_eq!(
                expected(memory, kind, &everything),
                memory.lists[&kind],
                "counts are those of the list"
            );
            let wanted = expected(memory, kind, &public);
            let told = list(&app, kind, "limit=200", Some(memory.moment)).items();
            assert_eq!(told, wanted, "{kind} as of {}", memory.moment);
            let just_before = memory.moment - TimeDelta::microseconds(1);
            let versions = |records: &[Value]| -> Vec<(Value, Value)> {
                records.iter().map(|record| (record["id"].clone(), record["version"].clone())).collect()
            };
            assert_eq!(
                versions(&list(&app, kind, "limit=200", Some(just_before)).items()),
                before.map_or_else(Vec::new, |before| versions(&expected(before, kind, &public))),
                "{kind} before {}",
                memory.moment
            );
            let record = wanted.first().map(id).unwrap_or_default();
            if !record.is_empty() {
                let address = format!("{}/{record}", collection(kind));
                let single = app.anonymous().get(&address).query("as_of", &text(memory.moment)).expect(200);
                assert_eq!(single.json(), wanted[0]);
            }
        }
        let kind = *turmoil.dice.one_of(&Kind::ALL);
        assert_eq!(walk(&app, kind, memory.moment), expected(memory, kind, &public));
        before = Some(memory);
    }
}

/// Every record of a list as it was, page by page.
fn walk(app: &TestApp, kind: Kind, moment: DateTime<Utc>) -> Vec<Value> {
    let (mut page, mut walked) = (list(app, kind, "limit=1", Some(moment)), Vec::new());
    loop {
        walked.extend(page.items());
        match page.json()["next"].as_str() {
            Some(next) => page = app.anonymous().get(next).expect(200),
            None => return walked,
        }
    }
}

fn every_moment_is_shown_as_it_was_in_every_format_and_by_every_filter(app: TestApp) {
    let (mut turmoil, memories) = live(&app, 23, 40, 8);
    // So that nothing has to be left out of what was answered.
    app.clock.advance(TimeDelta::days(1));
    turmoil.publish_all();
    let mut compared = 0;
    for Memory { moment, answers, .. } in &memories {
        for (kind, query, then) in answers {
            let address = format!("{}{query}", collection(*kind));
            let now = app.anonymous().get(&address).query("as_of", &text(*moment)).expect(200);
            assert_eq!(now.text(), then.text(), "{address} as of {moment}");
            assert_eq!(now.header("content-type"), then.header("content-type"));
            compared += usize::from(then.text().contains("photonik") || then.text().contains("00000"));
        }
    }
    assert!(compared > 50, "{compared} of the answers held something");
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
    let open = move || Ok(Box::new(std::io::Cursor::new(file.clone())) as Box<dyn std::io::BufRead>);
    let file = persistence::transfer::Source { name: "datei".to_owned(), open: Box::new(open) };
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
        "now",
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
