//! Behind a path: a public URL that has one, and a proxy that strips it or does not.

use crate::harness::{Answer, Engine, Options, TestApp, minimal, on_both};
use api::auth::Role;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};

on_both! {
    every_link_leads_through_the_path
    a_path_that_looks_like_ours_is_told_apart
}

const HOST: &str = "http://portal.test";
const BASE: &str = "http://portal.test/cluster";

/// Everything in a document that is an address of this server.
fn links(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| links(value, key, found)),
        Value::Array(list) => list.iter().for_each(|value| links(value, key, found)),
        Value::String(text) => {
            let is_ours = text.starts_with(HOST);
            if is_ours || (text.starts_with('/') && !["pointer", "template"].contains(&key)) {
                found.insert(if is_ours { text.clone() } else { format!("{HOST}{text}") });
            }
        }
        _ => {}
    }
}

/// The addresses that an answer tells.
fn told(answer: &Answer) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_json = ["application/json", "application/problem+json", "application/geo+json"];
    if is_json.contains(&answer.header("content-type").as_str()) && !answer.body.is_empty() {
        links(&answer.json(), "", &mut found);
    }
    for header in ["location", "content-location"] {
        found.extend(Some(answer.header(header)).filter(|link| !link.is_empty()));
    }
    for link in answer.header("link").split(", <").filter(|link| !link.is_empty()) {
        found.insert(link.trim_start_matches('<').split('>').next().unwrap().to_owned());
    }
    found
}

fn every_link_leads_through_the_path(engine: Engine) {
    let app = TestApp::with(engine, &Options { public_url: BASE, ..Options::default() });
    app.load_demo();
    let (prefix, none) = ("/cluster", "");
    for behind in [prefix, none] {
        let mut waiting = VecDeque::from([format!("{BASE}/api/v1"), BASE.to_owned(), format!("{BASE}/docs")]);
        let description = app.anonymous().get(&format!("{behind}/openapi.json")).expect(200).json();
        assert_eq!(description["servers"][0]["url"], BASE);
        let fixed = description["paths"].as_object().unwrap().keys().filter(|path| !path.contains('{'));
        waiting.extend(fixed.map(|path| format!("{BASE}{path}")));
        let lists = Kind::ALL.map(|kind| format!("{BASE}{}?limit=2", crate::harness::collection(kind)));
        waiting.extend(lists);
        let more = [
            "search?q=cluster&limit=1",
            "audit?limit=1",
            "changes?limit=1",
            "clusters/nothing",
            "clusters?x=1",
        ];
        waiting.extend(more.map(|path| format!("{BASE}/api/v1/{path}")));
        let mut seen = BTreeSet::new();
        while let Some(link) = waiting.pop_front() {
            let rest =
                link.strip_prefix(BASE).unwrap_or_else(|| panic!("{link} does not lead through the path"));
            if seen.len() > 150 || !seen.insert(link.clone()) {
                continue;
            }
            let answer = app.auditor().get(&format!("{behind}{rest}")).send();
            assert!(
                [200, 303, 304, 308, 400, 403, 404, 406].contains(&answer.status),
                "{behind}{rest}: {}",
                answer.status
            );
            let is_wrong = answer.status == 404 || answer.status == 400;
            // The description holds paths and examples.
            let told = if rest == "/openapi.json" { BTreeSet::new() } else { told(&answer) };
            assert!(
                !is_wrong || told.iter().any(|link| link.starts_with(&format!("{BASE}/problems/"))),
                "{link}"
            );
            waiting.extend(told);
        }
        assert!(seen.len() > 40, "{seen:?}");
        writes(&app, behind);
        documentation(&app, behind);
    }
}

/// What writes and redirects point to.
fn writes(app: &TestApp, behind: &str) {
    let name = if behind.is_empty() { "Eins" } else { "Zwei" };
    let slug = name.to_lowercase();
    let body = minimal(Kind::Cluster, name);
    let created = app.editor().post(&format!("{behind}/api/v1/clusters")).json(&body).expect(201);
    assert_eq!(created.header("location"), format!("{BASE}/api/v1/clusters/{slug}"));
    let renamed = json!({ "slug": format!("{slug}-neu") });
    app.editor().patch(&format!("{behind}/api/v1/clusters/{slug}")).if_match("*").json(&renamed).expect(200);
    let moved = app.anonymous().get(&format!("{behind}/api/v1/clusters/{slug}?as_of=2026-05-12")).send();
    assert!([308, 404].contains(&moved.status), "{}", moved.status);
    let moved = app.anonymous().get(&format!("{behind}/api/v1/clusters/{slug}")).expect(308);
    assert_eq!(moved.header("location"), format!("{BASE}/api/v1/clusters/{slug}-neu"));
    let chamber = app.bearer(&app.issue(Role::Chamber, Some("ihk-ulm")).0);
    let run = chamber
        .post(&format!("{behind}/api/v1/chambers/ihk-ulm/sync-runs"))
        .body("application/x-ndjson", "\n")
        .expect(201);
    assert!(run.header("location").starts_with(&format!("{BASE}/api/v1/chambers/ihk-ulm/sync-runs/")));
    let missing = app.anonymous().get(&format!("{behind}/nowhere/at/all")).expect(404).json();
    assert_eq!(missing["instance"], "/cluster/nowhere/at/all");
}

/// The page names its own files relatively.
fn documentation(app: &TestApp, behind: &str) {
    assert_eq!(
        app.anonymous().get(&format!("{behind}/docs")).expect(308).header("location"),
        format!("{BASE}/docs/")
    );
    assert_eq!(
        app.anonymous().get(&format!("{behind}/")).expect(303).header("location"),
        format!("{BASE}/docs/")
    );
    let page = app.anonymous().get(&format!("{behind}/docs/")).expect(200).text();
    let files =
        page.split(['"', '\'']).filter(|word| [".js", ".css", ".png"].iter().any(|end| word.ends_with(end)));
    let files: Vec<&str> = files.collect();
    assert!(files.len() >= 3, "{page}");
    for file in files {
        assert!(!file.starts_with('/'), "{file}");
        let file =
            app.anonymous().get(&format!("{behind}/docs/{}", file.trim_start_matches("./"))).expect(200);
        let text = String::from_utf8_lossy(&file.body);
        assert!(!text.contains("\"/openapi.json\""), "an address without the path");
    }
}

fn a_path_that_looks_like_ours_is_told_apart(engine: Engine) {
    for base in ["/api", "/api/v1", "/docs", "/a/b"] {
        let url: &'static str = format!("{HOST}{base}").leak();
        let app = TestApp::with(engine, &Options { public_url: url, ..Options::default() });
        for path in ["/api/v1", "/api/v1/clusters", "/openapi.json", "/problems/not-found"] {
            for behind in [base, ""] {
                let answer = app.anonymous().get(&format!("{behind}{path}")).expect(200);
                assert!(
                    path != "/api/v1" || answer.text().contains(&format!("{url}/api/v1/clusters")),
                    "{base} {path}"
                );
            }
        }
    }
}
