//! HTML pages: they show all of the document, and nothing that a text contains is markup.

use super::{items, located_kinds, resources, text};
use crate::harness::{Records as _, TestApp, located, on_both, with};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_page_shows_all_of_the_document
    no_text_becomes_markup
}

/// A text as it stands in a page.
fn escaped(text: &str) -> String {
    let mut escaped = text.replace('&', "&#38;");
    for (character, code) in [('<', "&#60;"), ('>', "&#62;"), ('"', "&#34;"), ('\'', "&#39;")] {
        escaped = escaped.replace(character, code);
    }
    escaped
}

/// Every text and number of a document, and every link.
fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if fields.contains_key("href") => {
            // Pages have links to pages of their own cursor.
            let href = escaped(text(&fields["href"]));
            found.push(format!("<a href=\"{href}\""));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            found.push(name.clone());
            leaves(value, found);
        }),
        Value::Array(list) => list.iter().for_each(|value| leaves(value, found)),
        Value::String(text) => found.push(escaped(text)),
        Value::Null => {}
        other => found.push(other.to_string()),
    }
}

fn a_page_shows_all_of_the_document(app: TestApp) {
    app.load_demo();
    let mut checked = 0;
    for path in resources(&app.anonymous()) {
        let query = if path.ends_with("/items") { "?limit=20" } else { "?" };
        let document = app.anonymous().get(&format!("{path}{query}")).expect(200).json();
        let page = app.anonymous().get(&format!("{path}{query}&f=html")).expect(200).text();
        let mut wanted = Vec::new();
        let whole = if path == "/ogc/api" { json!(format!("{document:#}")) } else { document };
        leaves(&whole, &mut wanted);
        let (head, body) = page.split_once("<body>").unwrap();
        assert!(head.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{path}");
        for leaf in wanted {
            // Cursors differ: the other form is another list of links. A moment is that of the response.
            let is_its_own = leaf.contains("cursor=") || leaf.starts_with("2026-05-12T10:00:00");
            // Names of fields that the page shows by their place.
            let is_shown =
                ["links", "collections", "features", "title", "description"].contains(&leaf.as_str());
            assert!(is_its_own || is_shown || body.contains(&leaf), "{path}: {leaf}");
            checked += 1;
        }
        assert!(!page.contains("<script") && !page.contains(" src=") && !page.contains("@import"), "{path}");
        assert_eq!(page.matches("<h1>").count(), 1, "{path}");
        assert_eq!(page.matches("<svg").count(), usize::from(path.contains("/collections")), "{path}");
    }
    assert!(checked > 3_000, "{checked}");
}

fn no_text_becomes_markup(app: TestApp) {
    let hostile = "\"onmouseover=\"alert(1)\" 'x' &lt;script&gt; ]]> --> a < b & {{7*7}} {% x %}";
    for kind in located_kinds() {
        let field = if kind == Kind::Event { "title" } else { "name" };
        let name = if matches!(kind, Kind::Event | Kind::Cluster | Kind::Operation) {
            json!({ "de": hostile })
        } else {
            json!(hostile)
        };
        let record = with(&located(kind, "x", [48.8, 9.2]), &json!({ field: name }));
        let created = app.admin().create(kind, &record);
        let name = created[field].as_str().or(created[field]["de"].as_str()).unwrap().to_owned();
        let single = format!("{}/{}", items(kind), text(&created["id"]));
        for path in [items(kind), single, format!("{}?q=alert", items(kind))] {
            let separator = if path.contains('?') { '&' } else { '?' };
            let answer = app.anonymous().get(&format!("{path}{separator}f=html")).expect(200);
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("script"), "{policy}");
            let page = answer.text();
            // In the heading, in the document, and on the map.
            assert!(page.matches(&escaped(&name)).count() >= 3, "{kind} {path}");
            for markup in ["\"onmouseover", "<script", "'x'"] {
                assert!(!page.contains(markup), "{kind} {path}: {markup}");
            }
            let features = app.anonymous().get(&format!("{path}{separator}f=json")).expect(200).text();
            assert!(features.contains("onmouseover"));
        }
    }
    // What a query says stands in links only.
    let query = "q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&near=48.8,9.2&radius_km=1";
    let page = app.anonymous().get(&format!("{}?{query}&f=html", items(Kind::Member))).expect(200).text();
    assert!(!page.contains("<script") && page.contains("%3Cscript%3E"), "{page}");
}
