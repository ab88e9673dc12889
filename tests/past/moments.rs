//! Every moment of a landscape in which much happens, as it was.

use super::{id, list, text};
use crate::harness::{Answer, Dice, TestApp, Turmoil, collection, on_both};
use chrono::{DateTime, Months, TimeDelta, Utc};
use domain::{kind::Kind, time::today};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

on_both! {
    every_moment_is_shown_as_it_was
    every_moment_is_shown_as_it_was_in_every_format_and_by_every_filter
    what_is_kept_of_the_past_follows_from_the_revisions
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
        Kind::Operation => vec!["region=DE11&fund=state", "year=2020&fund=federal", "from=2026-06-01"],
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
        Kind::Event => {
            &[("organiser", Kind::Initiative), ("organiser", Kind::Network), ("measure", Kind::Measure)]
        }
        Kind::Operation => &[("measure", Kind::Measure)],
        Kind::Member => &[("initiative", Kind::Initiative), ("network", Kind::Network)],
        Kind::Cluster => &[],
    };
    let references: Vec<String> = references.iter().filter_map(|found| reference(*found, dice)).collect();
    filters.extend(references.iter().map(String::as_str));
    // Words that nothing else resembles: of those that do, there is a test of its own.
    filters.extend(["q=wasserstoff", "q=netzwerk", "q=mobilit"]);
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

/// The day by which a list that was last changed at a moment is updated again.
fn next_update(last: &str) -> String {
    let day = today(last.parse::<DateTime<Utc>>().unwrap());
    day.checked_add_months(Months::new(4)).unwrap().to_string()
}

/// What a list of that moment shows when only these records are public today.
fn expected(memory: &Memory, kind: Kind, public: &BTreeSet<String>) -> Vec<Value> {
    let visible = |kind: &Kind| {
        let list = &memory.lists[kind];
        list.iter().filter(|record| public.contains(id(record))).map(|record| shown(record, public))
    };
    let members: Vec<Value> = visible(&Kind::Member).collect();
    let operations: Vec<Value> = visible(&Kind::Operation).collect();
    let mut records: Vec<Value> = visible(&kind).collect();
    for record in &mut records {
        if record.get("member_count").is_some() {
            record["member_count"] = count_members(&members, id(record), memory.moment).into();
        }
        if record.get("operation_count").is_some() {
            let is_under = |operation: &&Value| operation["measure"]["id"] == record["id"];
            record["operation_count"] = operations.iter().filter(is_under).count().into();
        }
    }
    if kind == Kind::Operation {
        let last = records.iter().filter_map(|record| record["updated_at"].as_str()).max().map(str::to_owned);
        for record in &mut records {
            record["next_update"] = next_update(last.as_deref().unwrap()).into();
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

/// What is kept of past states, as numbers.
fn kept(app: &TestApp) -> Vec<Vec<i64>> {
    let sums = [
        "SELECT seq AS n FROM past_states ORDER BY seq",
        "SELECT seq AS n FROM past_states WHERE shown ORDER BY seq",
        "SELECT signature AS n FROM past_states ORDER BY seq",
        "SELECT CAST(length(terms) AS bigint) AS n FROM past_states ORDER BY seq",
        "SELECT CAST(count(*) AS bigint) AS n FROM reference_spans GROUP BY term ORDER BY term",
        "SELECT CAST(count(*) AS bigint) AS n FROM reference_spans WHERE shown GROUP BY term ORDER BY term",
        "SELECT CAST(count(*) AS bigint) AS n FROM reference_spans WHERE until IS NULL GROUP BY term ORDER BY term",
    ];
    sums.map(|sql| app.database.numbers(sql)).to_vec()
}

fn what_is_kept_of_the_past_follows_from_the_revisions(app: TestApp) {
    let (_, memories) = live(&app, 31, 150, 0);
    let told = |app: &TestApp| -> Vec<String> {
        let lists = memories.iter().flat_map(|memory| {
            let kinds = Kind::ALL.into_iter();
            kinds.map(|kind| list(app, kind, "limit=200&with_total=true", Some(memory.moment)).text())
        });
        lists.collect()
    };
    let (before, answers) = (kept(&app), told(&app));
    assert!(before.iter().all(|numbers| numbers.len() > 1), "{before:?}");
    app.database.execute("UPDATE facts SET value = '0' WHERE name = 'index_version'");
    app.database.execute("DELETE FROM past_states");
    app.database.execute("UPDATE reference_spans SET since = until WHERE until IS NOT NULL");
    let clock = app.clock.clone();
    let app = TestApp::on(app.stop(), clock);
    assert_eq!(kept(&app), before);
    assert_eq!(told(&app), answers);
}
