//! Injection (OWASP API8:2023, CWE-74) through every parameter, part of a path and header of every operation.

use super::operations;
use crate::harness::{Answer, Client, Description, Landscape, Operation, Request, TestApp, on_both};
use domain::text::quoted;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;

on_both! {
    no_payload_is_more_than_a_wrong_value
}

/// A word that is in no record. It makes each payload a value that finds nothing.
const HARMLESS: &str = "zqxjkv";

/// What follows the word: SQL, headers, logs, templates, shells, formulas, LDAP, XPath, paths, markup, documents.
const PAYLOADS: [&str; 30] = [
    "' OR '1'='1",
    "') OR 1=1 --",
    "'; drop table records; --",
    "' union select public_key from signing_keys --",
    "\" OR \"\"=\"",
    "'||pg_sleep(9)||'",
    "'; select pg_sleep(9); --",
    "' AND randomblob(1000000000) --",
    "\\'; --",
    "%' ESCAPE '",
    "\r\nX-Injected: 1",
    "\r\n\r\nHTTP/1.1 200 OK\r\nX-Injected: 1\r\n\r\n<script>",
    "\u{560a}\u{560d}X-Injected: 1",
    "\n[2026-05-12T10:00:00Z ERROR api] forged",
    "\u{1b}[31mforged\u{1b}[0m",
    "${jndi:ldap://127.0.0.1:9/a}",
    "{{1301*1301}}",
    "${1301*1301}",
    "<%= 1301*1301 %>",
    "#{1301*1301}",
    "$(reboot)",
    "`id`",
    "| id",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "*)(uid=*))(|(uid=*",
    "' or count(/*)=1 or 'a'='b",
    "/../../../../etc/passwd\0",
    "<script>alert(1)</script>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>&y;",
];

/// Headers that servers and frameworks evaluate, beside those of the description.
const HEADERS: [&str; 19] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "content-type",
    "cookie",
    "forwarded",
    "if-match",
    "if-none-match",
    "last-event-id",
    "origin",
    "prefer",
    "range",
    "referer",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-http-method-override",
    "x-original-url",
    "x-request-id",
];

/// How many payloads each place gets. Neighbouring places get others.
const EACH: usize = 3;

fn no_payload_is_more_than_a_wrong_value(app: TestApp) {
    let landscape = Landscape::new(&app, "published");
    let before = app.database.dump();
    let mut turn = (0..PAYLOADS.len()).cycle();
    let mut sent = 0;
    for (document, operation) in operations() {
        let address = landscape.address(operation);
        for place in places(document, operation) {
            let client = app.anonymous();
            let harmless = place.request(&client, operation, &address, HARMLESS).send();
            for payload in turn.by_ref().take(EACH).map(|at| PAYLOADS[at]) {
                let text = format!("{HARMLESS}{payload}");
                let answer = place.request(&client, operation, &address, &text).send();
                is_only_wrong(
                    &answer,
                    &harmless,
                    &format!("{} {address} {place:?}: {text:?}", operation.method),
                );
                sent += 1;
            }
        }
    }
    assert!(sent > 5_000, "{sent}");
    assert_eq!(app.database.dump(), before, "nothing was written");
}

/// A place of a request that a caller fills.
#[derive(Debug)]
enum Place {
    /// A parameter of the path, with its value in a valid address.
    Path(String),
    Query(String),
    Header(String),
}

fn places(document: &Description, operation: &Operation) -> Vec<Place> {
    let described = document.parameters(operation);
    let named = |parameter: &Value| parameter["name"].as_str().unwrap().to_owned();
    let mut places: Vec<Place> = described
        .iter()
        .map(|parameter| match parameter["in"].as_str().unwrap() {
            "path" => Place::Path(named(parameter)),
            "query" => Place::Query(named(parameter)),
            _ => Place::Header(named(parameter).to_lowercase()),
        })
        .collect();
    places.push(Place::Query("unknown".to_owned()));
    // The server looks at these before it looks at the operation, so each operation gets some of them.
    let seed = operation.template.len() + operation.method.len();
    places.extend((0..4).map(|at| Place::Header(HEADERS[(seed + 5 * at) % HEADERS.len()].to_owned())));
    places
}

impl Place {
    fn request<'a>(
        &self,
        client: &Client<'a>,
        operation: &Operation,
        address: &str,
        text: &str,
    ) -> Request<'a> {
        let method = operation.method.to_uppercase().parse().unwrap();
        match self {
            Self::Path(name) => {
                let encoded = percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
                let is_asked = address.split_once('?').map(|(_, query)| format!("?{query}"));
                let path = address.split('?').next().unwrap();
                let parts = operation.template.split('/').zip(path.split('/'));
                let parts = parts.map(|(template, sound)| match template.contains(&format!("{{{name}}}")) {
                    true => template.replace(&format!("{{{name}}}"), &encoded),
                    false => sound.to_owned(),
                });
                let path = parts.collect::<Vec<_>>().join("/");
                client.request(method, &(path + &is_asked.unwrap_or_default()))
            }
            Self::Query(name) => client.request(method, address.split('?').next().unwrap()).query(name, text),
            // Line breaks are tried on sockets, see `transport`.
            Self::Header(name) => {
                let visible: String = text.chars().filter(|c| matches!(c, ' '..='~')).collect();
                client.request(method, address).header(name, visible.trim())
            }
        }
    }
}

/// The answer is that to a harmless value, or a refusal that quotes the text.
#[track_caller]
fn is_only_wrong(answer: &Answer, harmless: &Answer, what: &str) {
    // A header that is invalid may be ignored, where one that is valid is refused.
    let is_refused = matches!(answer.status, 400 | 404 | 406) && harmless.status != 401;
    assert!(
        answer.status == harmless.status || is_refused,
        "{what}: {}, not {}",
        answer.status,
        harmless.status
    );
    assert!(!answer.headers.contains_key("x-injected"), "{what}");
    let media_type = answer.header("content-type");
    if media_type.contains("json") && !media_type.contains("ndjson") && !answer.body.is_empty() {
        let body = answer.json();
        if answer.text().contains(HARMLESS) {
            is_quoted(&body, what);
        }
        let found = |body: &Value| body["items"].as_array().map(Vec::len);
        assert!(
            answer.status != harmless.status || found(&body) == found(&harmless.json()),
            "{what}: {body}"
        );
    } else if !answer.body.starts_with(b"PK") {
        // Calendars fold long lines (RFC 5545 section 3.1).
        let lines = |answer: &Answer| answer.text().replace("\r\n ", "").lines().count();
        assert_eq!(lines(answer), lines(harmless), "{what}: {}", answer.text());
        assert!(!media_type.contains("html") || !answer.text().contains("<script>alert"), "{what}");
    }
    for leak in ["root:x:0", "1692601", "forged\u{1b}"] {
        assert!(!String::from_utf8_lossy(&answer.body).contains(leak), "{what}: {}", answer.text());
    }
}

/// Every text can be shown as it is: no control characters, no directions.
#[track_caller]
fn is_quoted(value: &Value, what: &str) {
    match value {
        Value::String(text) => {
            assert_eq!(quoted(&text.replace('\n', " "), 100_000), text.replace('\n', " "), "{what}");
        }
        Value::Array(list) => list.iter().for_each(|value| is_quoted(value, what)),
        Value::Object(object) => object.values().for_each(|value| is_quoted(value, what)),
        _ => {}
    }
}
