//! Erasure for good (GDPR Art. 17): what is left of a member is that it was removed, and when.

use crate::harness::{
    CHAMBER, Client, OTHER_CHAMBER, Records as _, Syncs as _, TestApp, member_at, member_line, members_of,
    minimal, on_both, runs_of, with,
};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};

mod fields;
mod many;
pub(crate) mod traces;

on_both! {
    an_erased_member_is_nowhere
    a_kept_answer_goes_with_the_member
    only_its_chamber_and_admins_erase
    others_keep_their_words
    one_that_was_never_public_leaves_no_trace_in_the_feed
    one_that_was_never_accepted_leaves_no_rejections
}

/// Stands in every text of the member, and nowhere else; its two halves, too.
const MARK: &str = "Xqvlgwzkjq";
const HALVES: [&str; 2] = ["xqvlg", "wzkjq"];

/// A member full of text.
fn full(external_id: &str, name: &str) -> Value {
    with(
        &member_line(external_id),
        &json!({
            "name": format!("{MARK} {name}"),
            "address": { "street": format!("{MARK}straße 1"), "postal_code": "70173", "city": format!("{MARK}stadt"), "country": "DE" },
            "website": format!("https://{}.example/{MARK}", MARK.to_lowercase()),
            "affiliations": [{ "organisation": "verein", "role": format!("{MARK} im Vorstand") }],
        }),
    )
}

/// A member with three versions under different names, and a rejected line; gives its id.
#[track_caller]
fn prepare(app: &TestApp) -> String {
    let chamber = app.chamber(CHAMBER);
    app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "Verein"));
    chamber.sync("", &[full("E-1", "Früher GmbH"), member_line("B-1")]);
    app.clock.advance(TimeDelta::hours(1));
    chamber.sync("", &[with(&full("E-1", "Müllerei & Söhne"), &json!({ "public": false }))]);
    app.clock.advance(TimeDelta::hours(1));
    let wrong = with(
        &full("E-1", "X"),
        &json!({ "website": format!("ftp://{MARK}"), "region": MARK, "kind": MARK, MARK: 1 }),
    );
    assert_eq!(chamber.sync("", &[wrong])["counts"]["rejected"], 1);
    app.clock.advance(TimeDelta::hours(1));
    let record = chamber.put(&member_at("E-1")).json(&full("E-1", "Heute")).expect(200).json();
    assert_eq!(record["version"], 3);
    record["id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn erase(app: &TestApp, external_id: &str) {
    app.chamber(CHAMBER).delete(&format!("{}?erase=true", member_at(external_id))).expect(204);
}

/// Everything that can be asked about members, by everyone.
fn looks(id: &str) -> Vec<String> {
    let mut looks: Vec<String> = [
        "members",
        "members?format=csv",
        "members?format=ndjson",
        "members?format=geojson",
        "members/facets",
        "members?status=archived&status=draft&status=published",
        "initiatives",
        "initiatives/verein",
        "initiatives/verein/admission",
        "search?q=xqvlgwzkjq",
        "search?q=xqvlg",
        "search?q=firma",
        "search?q=wzkjqstadt",
        "suggest?q=xq",
        "suggest?q=xqvlgw",
        "changes?include=record&limit=200",
        "stats",
        "graph",
        "graph?format=graphml",
        "regions/DE111/atlas",
        "audit?limit=200",
        "members?as_of=2026-05-12T10:30:00Z",
        "members?as_of=2026-05-12T10:30:00Z&format=csv",
        "members/facets?as_of=2026-05-12T10:30:00Z",
        "members?q=xqvlgwzkjq&as_of=2026-05-12T10:30:00Z",
        "members?as_of=2026-05-12T11:30:00Z",
    ]
    .map(|path| format!("/api/v1/{path}"))
    .into();
    for path in ["", "/history", "/history/1", "/history/2", "/history/3", "?as_of=2026-05-12T10:30:00Z"] {
        looks.push(format!("/api/v1/members/{id}{path}"));
    }
    for query in ["", "?status=archived", "?q=xqvlgwzkjq"] {
        looks.push(format!("{}{query}", members_of(CHAMBER)));
    }
    looks.push(member_at("E-1"));
    looks.push(runs_of(CHAMBER));
    looks
}

/// How often the mark stands in what anyone is answered; and fails when it is there and may not be.
#[track_caller]
fn told(app: &TestApp, id: &str) -> usize {
    let mut count = 0;
    for path in looks(id) {
        for client in [app.anonymous(), app.editor(), app.admin(), app.chamber(CHAMBER)] {
            let answer = client.get(&path).send();
            if matches!(answer.status, 200) {
                let text = answer.text().to_lowercase().replace("q=xqvlgwzkjq", "");
                count += HALVES
                    .iter()
                    .filter(|half| text.contains(*half))
                    .inspect(|_| eprintln!("told: {path}"))
                    .count();
            }
        }
    }
    for run in app.admin().get(&runs_of(CHAMBER)).expect(200).each("id") {
        let text = app.admin().get(&format!("{}/{run}", runs_of(CHAMBER))).expect(200).text().to_lowercase();
        count += HALVES.iter().filter(|half| text.contains(*half)).count();
    }
    count
}

fn an_erased_member_is_nowhere(app: TestApp) {
    let id = prepare(&app);
    let chamber = app.chamber(CHAMBER);
    let cursor =
        app.anonymous().get("/api/v1/changes").expect(200).json()["cursor"].as_str().unwrap().to_owned();
    assert!(told(&app, &id) > 60, "the test would see it");
    assert_eq!(app.anonymous().get("/api/v1/initiatives/verein").expect(200).json()["member_count"], 1);
    app.clock.advance(TimeDelta::hours(1));
    erase(&app, "E-1");
    assert_eq!(told(&app, &id), 0);
    chamber.delete(&format!("{}?erase=true", member_at("E-1"))).expect(404);
    chamber.delete(&member_at("E-1")).expect(404);
    chamber.get(&member_at("E-1")).expect(404);
    for client in [app.anonymous(), app.editor(), app.admin()] {
        client.get(&format!("/api/v1/members/{id}")).expect(404);
        for hour in 10..=13 {
            client.get(&format!("/api/v1/members/{id}?as_of=2026-05-12T{hour}:30:00Z")).send();
        }
    }
    assert_eq!(app.held_by(CHAMBER), ["B-1"]);
    assert_eq!(app.anonymous().get("/api/v1/initiatives/verein").expect(200).json()["member_count"], 0);

    // Its books: times and actions.
    let history = app.auditor().get(&format!("/api/v1/members/{id}/history")).expect(200).items();
    let actions: Vec<&str> = history.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["erase", "update", "update", "create"]);
    let audit = app.auditor().get(&format!("/api/v1/audit?id={id}")).expect(200).items();
    assert_eq!(audit.len(), 4);
    let last = audit.iter().find(|entry| entry["action"] == "erase").unwrap();
    assert_eq!(
        (&last["id"], &last["role"], &last["at"]),
        (&json!(id), &json!("chamber"), &json!("2026-05-12T14:00:00Z"))
    );
    let feed =
        app.anonymous().get(&format!("/api/v1/changes?since={cursor}&include=record")).expect(200).items();
    assert_eq!(feed.len(), 1, "{feed:?}");
    assert_eq!(
        (&feed[0]["action"], &feed[0]["id"], &feed[0]["record"]),
        (&json!("removed"), &json!(id), &Value::Null)
    );
    for version in 1..=4 {
        app.admin().post(&format!("/api/v1/members/{id}/revert/{version}")).expect(404);
    }
    app.admin().post(&format!("/api/v1/members/{id}/restore")).expect(404);

    // Sent again, it is someone else.
    let run = chamber.sync("mode=full", &[member_line("E-1"), member_line("B-1")]);
    assert_eq!((&run["counts"]["created"], &run["counts"]["unchanged"]), (&json!(1), &json!(1)));
    let again = chamber.get(&member_at("E-1")).expect(200).json();
    assert_ne!(again["id"], id.as_str());
    assert_eq!(again["version"], 1);
    erase(&app, "E-1");
    assert_eq!(app.held_by(CHAMBER), ["B-1"]);
}

fn a_kept_answer_goes_with_the_member(app: TestApp) {
    let body = with(&member_line("E-1"), &json!({ "chamber": CHAMBER }));
    let create = || app.admin().post("/api/v1/members").header("idempotency-key", "k-1").json(&body);
    let first = create().expect(201).json();
    erase(&app, "E-1");
    let again = create().expect(201).json();
    assert_ne!(again["id"], first["id"]);
    assert_eq!(app.held_by(CHAMBER), ["E-1"]);
}

fn only_its_chamber_and_admins_erase(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &[member_line("E-1"), member_line("E-2")]);
    let path = format!("{}?erase=true", member_at("E-1"));
    let written = app.database.revisions();
    app.anonymous().delete(&path).expect(401);
    app.editor().delete(&path).expect(403);
    app.auditor().delete(&path).expect(403);
    app.chamber(OTHER_CHAMBER).delete(&path).expect(404);
    app.chamber(OTHER_CHAMBER).delete(&format!("{}/E-1?erase=true", members_of(OTHER_CHAMBER))).expect(404);
    chamber.delete(&path).if_match("\"9-x\"").expect(412);
    assert_eq!(app.database.revisions(), written);
    chamber.delete(&path).if_match("\"1-x\"").expect(204);
    app.admin().delete(&format!("{}?erase=true", member_at("E-2"))).expect(204);
    // Without it a member is only deleted.
    chamber.put(&member_at("E-3")).json(&member_line("E-3")).expect(201);
    chamber.delete(&format!("{}?erase=false", member_at("E-3"))).expect(204);
    chamber.get(&member_at("E-3")).expect(410);
}

fn others_keep_their_words(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let named = |id: &str, name: &str| with(&member_line(id), &json!({ "name": name }));
    chamber.sync(
        "",
        &[
            named("E-1", "Zahnräder Obermüller"),
            named("E-2", "Obermüller Werkzeuge"),
            named("E-3", "Zahnräder Untermaier"),
        ],
    );
    erase(&app, "E-1");
    let names = |query: &str| {
        let hits = app.anonymous().get(&format!("/api/v1/search?q={query}")).expect(200).items();
        hits.iter().map(|hit| hit["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>().len()
    };
    assert_eq!(
        [names("obermueller"), names("zahnraeder"), names("zahnrad"), names("untermaier")],
        [1, 1, 1, 1]
    );
    assert!(
        app.anonymous().get("/api/v1/suggest?q=oberm").expect(200).text().contains("Obermüller Werkzeuge")
    );
    erase(&app, "E-2");
    assert_eq!([names("obermueller"), names("zahnraeder")], [0, 1]);
    assert!(
        !app.anonymous()
            .get("/api/v1/suggest?q=oberm")
            .expect(200)
            .text()
            .to_lowercase()
            .contains("oberm\u{fc}")
    );
}

fn one_that_was_never_public_leaves_no_trace_in_the_feed(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let hidden = with(&member_line("E-1"), &json!({ "public": false }));
    let id =
        chamber.put(&member_at("E-1")).json(&hidden).expect(201).json()["id"].as_str().unwrap().to_owned();
    erase(&app, "E-1");
    assert_eq!(app.anonymous().get("/api/v1/changes").expect(200).items(), [Value::Null; 0]);
    app.anonymous().get(&format!("/api/v1/members/{id}")).expect(404);
}

fn one_that_was_never_accepted_leaves_no_rejections(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let wrong = |external_id: &str| with(&full(external_id, "X"), &json!({ "region": MARK }));
    let run = chamber.sync("", &[wrong("Xqvlg-1"), wrong("Xqvlg-2"), member_line("B-1")]);
    let other = app.chamber(OTHER_CHAMBER);
    let path = format!("{}?mode=delta", runs_of(OTHER_CHAMBER));
    other.post(&path).body("application/x-ndjson", wrong("Xqvlg-1").to_string()).expect(201);
    let left = || {
        let path = format!("{}/{}/rejections", runs_of(CHAMBER), run["id"].as_str().unwrap());
        chamber.get(&path).expect(200).each("external_id")
    };
    assert_eq!(left(), ["Xqvlg-1", "Xqvlg-2"]);
    let erase = |client: &Client<'_>, external_id: &str| {
        client.delete(&format!("{}?erase=true", member_at(external_id))).send().status
    };
    let with_version =
        chamber.delete(&format!("{}?erase=true", member_at("Xqvlg-1"))).header("if-match", "*");
    with_version.expect(412);
    assert_eq!((erase(&other, "Xqvlg-1"), erase(&app.editor(), "Xqvlg-1")), (404, 403));
    assert_eq!(left().len(), 2);
    assert_eq!(erase(&chamber, "Xqvlg-1"), 204);
    assert_eq!(left(), ["Xqvlg-2"]);
    assert_eq!((erase(&chamber, "Xqvlg-1"), erase(&chamber, "unknown")), (404, 404));
    assert_eq!(erase(&app.admin(), "Xqvlg-2"), 204);
    assert!(left().is_empty());
    let latest = other.get(&format!("{}/latest", runs_of(OTHER_CHAMBER))).expect(200).json();
    assert_eq!(latest["rejections"][0]["external_id"], "Xqvlg-1");
    chamber.get(&member_at("B-1")).expect(200);
}
