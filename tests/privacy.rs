//! What is not public is in no public answer: a mark in every text of hidden records, and every address that the
//! description lists.

use crate::harness::{
    Answer, CHAMBER, Client, Minimal as _, OTHER_CHAMBER, Records as _, Syncs as _, TestApp, collection,
    example, marker, member_line, member_lines, minimal, on_both, with,
};
use api::auth::Role;
use chrono::TimeDelta;
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! {
    no_public_answer_tells_of_what_is_hidden
    no_answer_tells_the_name_of_a_person_after_two_years
}

/// What is asked for, and what stands in every hidden text behind it.
const ASKED: &str = "geheimz";
const MARK: &str = "geheimzqxkv";

/// Puts the mark into every text of a value, except where `plain` says that none is taken.
fn mark(value: &mut Value, pointer: &str, plain: &BTreeSet<String>) {
    if plain.contains(pointer) {
        return;
    }
    match value {
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(name, value)| mark(value, &format!("{pointer}/{name}"), plain));
        }
        Value::Array(items) => {
            items
                .iter_mut()
                .enumerate()
                .for_each(|(at, value)| mark(value, &format!("{pointer}/{at}"), plain));
        }
        Value::String(text) => {
            *text = match text.as_str() {
                url if url.starts_with("http") => format!("https://{MARK}.example/{MARK}"),
                mail if mail.contains('@') => format!("{MARK}@{MARK}.example"),
                text => format!("{MARK} {text}"),
            };
        }
        _ => {}
    }
}

/// Sends a record with as many marks as it takes, and gives what it came to.
#[track_caller]
fn send_marked(record: &Value, keep: &[&str], send: &dyn Fn(&Value) -> Answer) -> Value {
    let mut plain: BTreeSet<String> = keep.iter().map(|field| format!("/{field}")).collect();
    for _ in 0..20 {
        let mut marked = record.clone();
        mark(&mut marked, "", &plain);
        let answer = send(&marked);
        match answer.status {
            200 | 201 => {
                let count = marked.to_string().matches(MARK).count();
                assert!(count > 4, "too few texts took the mark: {marked}");
                return answer.json();
            }
            400 | 422 => {
                let known = plain.len();
                plain.extend(answer.faults());
                assert!(plain.len() > known, "it does not take the marks: {}", answer.text());
            }
            _ => panic!("{}", answer.text()),
        }
    }
    panic!("it never took the marks: {plain:?}");
}

/// Hidden and visible records of every kind.
struct Plant<'a> {
    app: &'a TestApp,
    /// Ids that the public never knew.
    hidden: Vec<String>,
    /// Ids and slugs to ask for.
    keys: Vec<(Kind, String)>,
}

impl KindVisitor for Plant<'_> {
    fn visit<C: Content>(&mut self) {
        let (app, path) = (self.app, C::collection());
        let kind = C::KIND;
        let base = example::<C>(app);
        let own = |name: &str, fields: Value| {
            let own = match kind {
                Kind::Member => json!({ "external_id": name }),
                Kind::Operation => json!({ "slug": format!("{name}-{kind}"), "code": name }),
                _ => json!({ "slug": format!("{name}-{kind}") }),
            };
            with(&with(&base, &own), &fields)
        };
        let keep = ["status", "slug", "external_id", "chamber"];
        let create = |name: &str, fields: Value| {
            send_marked(&own(name, fields), &keep, &|body| app.admin().post(&path).json(body).send())
        };
        let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
        let draft = create("entwurf", json!({ "status": "draft" }));
        let archived = create("archiviert", json!({ "status": "draft" }));
        app.admin().delete(&format!("{path}/{}", id(&archived))).if_match("*").expect(204);
        // Its first version is hidden, and the next is not.
        let published = create("veroeffentlicht", json!({ "status": "draft" }));
        // It was public before it was hidden.
        let withdrawn = app.admin().create(kind, &own("zurueck", json!({})));
        app.clock.advance(TimeDelta::hours(1));
        app.admin()
            .put(&format!("{path}/{}", id(&published)))
            .if_match("*")
            .json(&own("veroeffentlicht", json!({})))
            .expect(200);
        let hide = own("zurueck", json!({ "status": "draft" }));
        send_marked(&hide, &keep, &|body| {
            app.admin().put(&format!("{path}/{}", id(&withdrawn))).if_match("*").json(body).send()
        });
        self.hidden.extend([id(&draft), id(&archived)]);
        for record in [&draft, &archived, &published, &withdrawn] {
            self.keys.push((kind, id(record)));
            self.keys.extend(record["slug"].as_str().map(|slug| (kind, slug.to_owned())));
        }
    }
}

/// Members that a chamber sends and does not want to be seen; some are deleted, some are seen later.
#[track_caller]
fn sync(app: &TestApp, plant: &mut Plant<'_>) {
    let chamber = app.chamber(CHAMBER);
    let organisation = app.target(Kind::Initiative).to_string();
    let line = |id: &str, public: bool| {
        let text = if public { "Klar" } else { MARK };
        json!({
            "external_id": id, "name": format!("{text} {id}"), "kind": "company", "region": "DE111", "public": public,
            "address": { "street": format!("{text} 1"), "postal_code": "70173", "city": text, "country": "DE" },
            "website": format!("https://{}.example/{text}", text.to_lowercase()), "industries": ["26"],
            "affiliations": [{ "organisation": organisation, "role": text }],
        })
    };
    let hidden = format!("{MARK}-1");
    chamber.sync(
        "",
        &[line(&hidden, false), line("P-2", false), line("P-3", false), line("P-4", true), line("P-5", true)],
    );
    app.clock.advance(TimeDelta::hours(1));
    chamber.sync(
        "",
        &[
            marker("P-2"),
            line("P-3", true),
            line("P-4", false),
            member_line("P-6"),
            member_lines(0..1).remove(0),
        ],
    );
    app.clock.advance(TimeDelta::hours(1));
    for query in ["", "?status=archived"] {
        for record in
            app.admin().get(&format!("/api/v1/chambers/{CHAMBER}/members{query}")).expect(200).items()
        {
            let id = record["id"].as_str().unwrap().to_owned();
            plant.keys.push((Kind::Member, id.clone()));
            if [hidden.as_str(), "P-2"].contains(&record["external_id"].as_str().unwrap()) {
                plant.hidden.push(id);
            }
        }
    }
}

/// Published records whose references lead to hidden ones.
#[track_caller]
fn refer(app: &TestApp, plant: &Plant<'_>) {
    let of = |kind: Kind| {
        plant.keys.iter().find(|(known, key)| *known == kind && plant.hidden.contains(key)).unwrap().1.clone()
    };
    let create =
        |kind: Kind, fields: Value| app.admin().create(kind, &with(&minimal(kind, "Verweist"), &fields));
    let (initiative, network, member) = (of(Kind::Initiative), of(Kind::Network), of(Kind::Member));
    create(Kind::Initiative, json!({ "clusters": [of(Kind::Cluster)], "successor": network }));
    create(Kind::Network, json!({ "slug": "verweist-n", "initiatives": [initiative] }));
    create(Kind::Measure, json!({ "beneficiaries": [initiative, network] }));
    create(Kind::Event, json!({ "organisers": [initiative, network, member], "measure": of(Kind::Measure) }));
    let affiliations = json!([{ "organisation": initiative }, { "organisation": network }]);
    create(Kind::Member, json!({ "affiliations": affiliations }));
    create(Kind::Operation, json!({ "measure": of(Kind::Measure) }));
}

/// Every address that the description says can be read, with values for what stands in braces.
fn paths(app: &TestApp, plant: &Plant<'_>) -> Vec<(String, Vec<String>)> {
    let mut paths = described("", &app.anonymous().get("/openapi.json").expect(200).json(), plant);
    paths.extend(described("/ogc", &app.anonymous().get("/ogc/api").expect(200).json(), plant));
    paths
}

/// Like [`paths`], of one document, whose paths begin at `root`.
fn described(root: &str, description: &Value, plant: &Plant<'_>) -> Vec<(String, Vec<String>)> {
    let mut paths = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let Some(operation) = operations.get("get") else { continue };
        let parameters = [&operation["parameters"], &operations["parameters"]];
        let names = parameters.iter().filter_map(|list| list.as_array()).flatten().filter_map(|parameter| {
            let parameter = match parameter["$ref"].as_str() {
                Some(reference) => description.pointer(reference.trim_start_matches('#'))?,
                None => parameter,
            };
            (parameter["in"] == "query").then(|| parameter["name"].as_str().unwrap().to_owned())
        });
        let names: Vec<String> = names.collect();
        let path = format!("{root}{path}");
        let mut open = vec![path.clone()];
        if path.contains("{key}") {
            let keys =
                plant.keys.iter().filter(|(kind, _)| path.starts_with(&format!("{}/", collection(*kind))));
            open = keys.map(|(_, key)| path.replace("{key}", key)).collect();
        }
        let hidden = || plant.hidden.iter().map(String::as_str);
        let values = |name: &str| -> Vec<&str> {
            match name {
                "version" => vec!["1", "2"],
                "code" => vec!["DE111", "DE1", "26", "photonik", CHAMBER, "spitzencluster"],
                "chamber" => vec![CHAMBER],
                "external_id" => vec!["P-2", "P-3", "P-4"],
                "type" => vec!["not-found", "gone"],
                "part" => vec!["clusters-1", "members-1"],
                "id" => plant.keys.iter().map(|(_, key)| key.as_str()).chain(hidden()).collect(),
                "run" => vec!["019a2b3c-0000-7000-8000-000000000001"],
                _ => panic!("{path}: no values for {{{name}}}"),
            }
        };
        while let Some(at) = open.iter().position(|path| path.contains('{')) {
            let path = open.swap_remove(at);
            let name = path.split(['{', '}']).nth(1).unwrap().to_owned();
            open.extend(values(&name).iter().map(|value| path.replace(&format!("{{{name}}}"), value)));
        }
        paths.extend(open.into_iter().map(|path| (path, names.clone())));
    }
    paths
}

/// Queries that might bring something to light.
fn queries(names: &[String], plant: &Plant<'_>) -> Vec<String> {
    let knows = |name: &str| names.iter().any(|known| known == name);
    let moments =
        ["2026-05-12T10:00:00Z", "2026-05-12T12:30:00Z", "2026-05-12T16:30:00Z", "2026-05-12T17:30:00Z"];
    let mut queries = vec![String::new()];
    let mut add = |name: &str, values: &[&str]| {
        if knows(name) {
            queries.extend(values.iter().map(|value| format!("{name}={value}")));
        }
    };
    add("q", &[ASKED, "entwurf", "g", "muster", "geheimzqxk"]);
    add("format", &["csv", "ndjson", "geojson", "graphml", "json"]);
    add("f", &["json", "html"]);
    add("bbox", &["-180,-90,180,90", "9,48.7,9.3,48.9"]);
    add("datetime", &["2020-01-01/.."]);
    add("as_of", &moments);
    add("status", &["draft", "archived"]);
    add("limit", &["200", "1"]);
    add("sort", &["-updated_at", "name", "-name", "title", "starts_at"]);
    add("include", &["record", "record&limit=200"]);
    add("kind", &["member", "company", "study", "initiative"]);
    add("region", &["DE111", "DE131"]);
    add("chamber", &[CHAMBER, OTHER_CHAMBER]);
    add("lang", &[&format!("de&q={ASKED}"), &format!("en&q={ASKED}")]);
    add("updated_since", &["2026-01-01"]);
    let hidden: Vec<&str> = plant.hidden.iter().map(String::as_str).collect();
    for name in ["ids", "initiative", "network", "cluster", "organiser", "measure"] {
        add(name, &hidden);
    }
    if knows("as_of") {
        for moment in moments {
            queries.push(format!("as_of={moment}&q={ASKED}"));
            queries.extend(["csv", "ndjson"].map(|format| format!("as_of={moment}&format={format}")));
        }
    }
    queries
}

/// What an answer says of its own, without what it repeats of the question.
fn own_words(answer: &Answer, address: &str) -> String {
    let mut text = format!("{:?} {}", answer.headers, answer.text()).to_lowercase();
    for part in address.split(['/', '?', '&', '=']).filter(|part| part.len() > 6) {
        text = text.replace(&part.to_lowercase(), "");
    }
    text
}

#[track_caller]
fn ask(client: &Client<'_>, address: &str, plant: &Plant<'_>) -> u16 {
    let answer = client.get(address).send();
    let text = own_words(&answer, address);
    assert!(!text.contains(MARK), "{address} tells the mark: {text}");
    for id in &plant.hidden {
        assert!(!text.contains(id.as_str()), "{address} tells of {id}: {text}");
    }
    answer.status
}

fn no_public_answer_tells_of_what_is_hidden(app: TestApp) {
    let mut plant = Plant { app: &app, hidden: Vec::new(), keys: Vec::new() };
    every_kind(&mut plant);
    sync(&app, &mut plant);
    refer(&app, &plant);
    app.clock.advance(TimeDelta::hours(2));
    for kind in Kind::ALL {
        plant.keys.push((kind, app.target(kind).to_string()));
    }
    let mut addresses: Vec<String> = Vec::new();
    for (path, names) in paths(&app, &plant) {
        addresses.extend(
            queries(&names, &plant)
                .iter()
                .map(|query| format!("{path}?{query}").trim_end_matches('?').to_owned()),
        );
    }
    assert!(addresses.len() > 1_000, "{}", addresses.len());
    // Staff asks first: the marks are there, and what is kept of these answers is not for others.
    let mut seen = 0;
    for address in &addresses {
        let answer = app.admin().get(address).send();
        seen += usize::from(answer.text().contains(MARK));
    }
    assert!(seen > 100, "the test would see it: {seen}");
    let mut answered = 0;
    for address in &addresses {
        let status = ask(&app.anonymous(), address, &plant);
        answered += usize::from(status == 200);
        if address.contains("/history") || address.contains("/audit") {
            assert_eq!(status, 401, "{address}");
        }
    }
    assert!(answered > 500, "{answered}");
    // Another chamber's token shows no more.
    let other = app.chamber(OTHER_CHAMBER);
    for address in addresses.iter().step_by(3) {
        ask(&other, address, &plant);
    }
}

/// Whether any of these addresses tells the mark to a client.
fn tells(client: &Client<'_>, addresses: &[String]) -> Vec<String> {
    let told = |address: &&String| own_words(&client.get(address).send(), address).contains(MARK);
    addresses.iter().filter(told).cloned().collect()
}

fn no_answer_tells_the_name_of_a_person_after_two_years(app: TestApp) {
    let person = |name: &str| {
        json!({
            "name": { "de": name },
            "beneficiary": { "kind": "natural_person", "name": format!("Erika {MARK}"), "region": "DE11" },
            "published_on": "2026-05-01",
        })
    };
    let create =
        |fields: Value| app.admin().create(Kind::Operation, &with(&minimal(Kind::Operation, "x"), &fields));
    let shown = create(person("Offen"));
    let draft = create(with(&person("Entwurf"), &json!({ "status": "draft" })));
    app.clock.advance(TimeDelta::hours(2));
    app.admin().change(Kind::Operation, "offen", &json!({ "purpose": { "de": "Anderes." } }));
    app.admin().change(
        Kind::Operation,
        "offen",
        &json!({ "beneficiary": { "name": format!("Eva {MARK}") } }),
    );

    let keys = [&shown, &draft].map(|record| (Kind::Operation, record["id"].as_str().unwrap().to_owned()));
    let plant = Plant { app: &app, hidden: Vec::new(), keys: keys.into() };
    let mut addresses: Vec<String> = Vec::new();
    for (path, names) in paths(&app, &plant) {
        let queries = queries(&names, &plant);
        addresses
            .extend(queries.iter().map(|query| format!("{path}?{query}").trim_end_matches('?').to_owned()));
    }
    let told = tells(&app.anonymous(), &addresses);
    assert!(told.len() > 20, "the public sees the name while it may: {told:?}");
    let is_search =
        |address: &String| ["q=", "/search", "/suggest", "/facets"].iter().any(|part| address.contains(part));
    assert_eq!(
        told.iter().filter(|address| is_search(address)).count(),
        0,
        "nobody is found by name: {told:?}"
    );

    app.clock.advance(TimeDelta::days(719)); // 30 April 2028
    assert!(app.anonymous().get("/api/v1/operations/offen").expect(200).text().contains(MARK));
    app.clock.advance(TimeDelta::days(1));
    let (token, _) = app.issue(Role::Admin, None);
    for client in [app.anonymous(), app.bearer(&token)] {
        assert_eq!(tells(&client, &addresses), [""; 0]);
    }
    let mut export = Vec::new();
    app.store.export(&mut export).unwrap();
    assert!(!String::from_utf8(export).unwrap().to_lowercase().contains(MARK));
    // Nor is it brought back.
    let admin = app.bearer(&token);
    let reverted = admin.post("/api/v1/operations/offen/revert/1").expect(200);
    assert_eq!(reverted.json()["beneficiary"]["name"], Value::Null);
    let sent = admin.change(Kind::Operation, "offen", &person("Offen"));
    assert_eq!(sent.json()["beneficiary"]["name"], Value::Null);
}
