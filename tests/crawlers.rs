//! `robots.txt`, `security.txt` and sitemaps.

use crate::harness::{Engine, Records as _, TestApp, collection, minimal, on_both, with};
use chrono::{DateTime, TimeDelta};
use domain::kind::Kind;
use quick_xml::{Reader, events::Event};
use serde_json::{Value, json};

on_both! {
    a_sitemap_names_what_is_public_and_nothing_else
    a_sitemap_has_parts_when_it_is_long
    crawlers_learn_of_the_sitemap_and_whom_to_tell
    fixed_addresses_refuse_parameters
}

/// The root of an XML document, and the text of its elements with a name.
fn texts(xml: &str, name: &str) -> (String, Vec<String>) {
    let mut reader = Reader::from_str(xml);
    let (mut root, mut texts, mut is_inside) = (None, Vec::new(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let tag = start.name().as_ref().to_owned();
                is_inside = tag == name;
                root.get_or_insert(tag);
            }
            Event::Text(text) if is_inside => texts.push(text.xml10_content().into_owned()),
            Event::End(_) => is_inside = false,
            Event::Eof => return (root.unwrap(), texts),
            _ => {}
        }
    }
}

fn sitemap(app: &TestApp, address: &str) -> (String, Vec<String>) {
    let answer = app.anonymous().get(address).expect(200);
    assert_eq!(answer.header("content-type"), "application/xml");
    texts(&answer.text(), "loc")
}

fn a_sitemap_names_what_is_public_and_nothing_else(app: TestApp) {
    assert_eq!(sitemap(&app, "/sitemap.xml"), ("urlset".to_owned(), Vec::new()));
    for kind in Kind::ALL {
        app.admin().create(kind, &minimal(kind, "Offen"));
        app.admin().create(kind, &with(&minimal(kind, "Entwurf"), &json!({ "status": "draft" })));
        let gone = app.admin().create(kind, &minimal(kind, "Fort"));
        app.admin()
            .delete(&format!("{}/{}", collection(kind), gone["id"].as_str().unwrap()))
            .if_match("*")
            .expect(204);
    }
    app.admin().create(Kind::Member, &with(&minimal(Kind::Member, "Geheim"), &json!({ "public": false })));
    let listed = |kind: Kind| {
        let items = app.anonymous().get(&collection(kind)).expect(200).items();
        let key = |item: &Value| item["slug"].as_str().or(item["id"].as_str()).unwrap().to_owned();
        items.iter().map(|item| format!("{}/{}", collection(kind), key(item))).collect::<Vec<_>>()
    };
    let mut wanted: Vec<String> = Kind::ALL.into_iter().flat_map(listed).collect();
    assert!(wanted.len() >= Kind::ALL.len());
    let (root, urls) = sitemap(&app, "/sitemap.xml");
    assert_eq!(root, "urlset");
    let mut paths: Vec<String> = urls
        .iter()
        .map(|url| url.split_once("/api").map(|(_, path)| format!("/api{path}")).unwrap())
        .collect();
    paths.sort();
    wanted.sort();
    assert_eq!(paths, wanted);
    for path in &paths {
        app.anonymous().get(path).expect(200);
    }
    for kind in Kind::ALL {
        let (_, urls) = sitemap(&app, &format!("/sitemaps/{}-1.xml", kind.plural()));
        assert_eq!(urls.len(), listed(kind).len(), "{kind}");
    }
    let before = app.anonymous().get("/sitemap.xml").expect(200);
    assert_eq!(before.body, app.auditor().get("/sitemap.xml").expect(200).body, "the same for everyone");
    assert_eq!(
        app.anonymous().get("/sitemap.xml").header("if-none-match", &before.etag()).send().status,
        304
    );
    app.admin().create(Kind::Event, &minimal(Kind::Event, "Neu"));
    assert_eq!(sitemap(&app, "/sitemap.xml").1.len(), wanted.len() + 1);
}

/// Copies the rows of members. The copies are in no index, but a sitemap reads no index.
fn copy_members(app: &TestApp, copies: usize) {
    let (series, id) = match app.database.engine {
        Engine::Sqlite => (
            format!(
                "RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < {copies})"
            ),
            "randomblob(16)",
        ),
        Engine::Postgres => {
            (format!("series(i) AS (SELECT generate_series(1, {copies}))"), "gen_random_uuid()")
        }
    };
    let columns = "kind, status, visible, was_visible, version, name, sort_name, ends_at, content, content_hash, created_at, updated_at, changed_at";
    app.database.execute(&format!(
        "INSERT INTO records (number, id, {columns})
         WITH {series} SELECT 1000 + i, {id}, {columns} FROM series, records WHERE kind = 'member'"
    ));
    // What is cached is valid until something changes.
    app.admin().create(Kind::Member, &minimal(Kind::Member, "Berta"));
}

fn a_sitemap_has_parts_when_it_is_long(app: TestApp) {
    app.admin().create(Kind::Event, &minimal(Kind::Event, "Treffen"));
    app.admin().create(Kind::Member, &minimal(Kind::Member, "Anna"));
    copy_members(&app, 50_000);
    let (root, parts) = sitemap(&app, "/sitemap.xml");
    assert_eq!(root, "sitemapindex");
    let names: Vec<&str> = parts.iter().map(|part| part.rsplit_once("/sitemaps/").unwrap().1).collect();
    assert_eq!(names, ["events-1.xml", "members-1.xml", "members-2.xml"]);
    let members: Vec<String> = ["members-1", "members-2"]
        .iter()
        .flat_map(|part| sitemap(&app, &format!("/sitemaps/{part}.xml")).1)
        .collect();
    assert_eq!(members.len(), 50_002);
    let distinct: std::collections::BTreeSet<&String> = members.iter().collect();
    assert_eq!(distinct.len(), members.len());
    for unknown in [
        "members-3",
        "members-0",
        "members-01",
        "members--1",
        "members-",
        "x-1",
        "-1",
        "members-99999999999999999999",
    ] {
        app.anonymous().get(&format!("/sitemaps/{unknown}.xml")).expect(404);
    }
}

fn crawlers_learn_of_the_sitemap_and_whom_to_tell(app: TestApp) {
    let robots = app.anonymous().get("/robots.txt").expect(200);
    assert_eq!(robots.header("content-type"), "text/plain; charset=utf-8");
    assert!(robots.text().starts_with("User-agent: *\nAllow: /\n"), "{}", robots.text());
    assert!(robots.text().contains("\nSitemap: http://portal.test/sitemap.xml\n"), "{}", robots.text());
    let fields = || {
        let text = app.anonymous().get("/.well-known/security.txt").expect(200).text();
        let field = |line: &str| {
            line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap()
        };
        text.lines().map(field).collect::<Vec<_>>()
    };
    let value = |name: &str| fields().into_iter().find(|(known, _)| known == name).unwrap().1;
    assert!(value("Contact").starts_with("mailto:"), "{:?}", fields());
    assert_eq!(value("Canonical"), "http://portal.test/.well-known/security.txt");
    for _ in 0..3 {
        let expires = DateTime::parse_from_rfc3339(&value("Expires")).unwrap().to_utc();
        let ahead = expires - app.clock.now();
        // RFC 9116 section 2.5.5: less than a year ahead.
        assert!(ahead > TimeDelta::days(180) && ahead < TimeDelta::days(184), "{ahead}");
        app.clock.advance(TimeDelta::days(100));
    }
}

fn fixed_addresses_refuse_parameters(app: TestApp) {
    app.admin().create(Kind::Event, &minimal(Kind::Event, "Treffen"));
    for address in ["/robots.txt", "/.well-known/security.txt", "/sitemap.xml", "/sitemaps/events-1.xml"] {
        assert_eq!(app.anonymous().get(&format!("{address}?x=1")).expect(400).faults(), ["x"]);
        app.anonymous().get(address).header("accept", "application/json").expect(406);
        app.anonymous().head(address).expect(200);
        app.anonymous().post(address).json(&json!({})).expect(405);
    }
}
