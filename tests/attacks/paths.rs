//! Other spellings of an address: each is the same resource, or none.

use super::operations;
use crate::harness::{Landscape, RawAnswer, Socket, TestApp, on_both};

on_both! {
    no_spelling_of_an_address_leads_elsewhere
    no_header_leads_elsewhere
}

/// Spellings that proxies, routers and file systems take for the address, or for something near it.
fn spellings(path: &str) -> Vec<String> {
    let (head, last) = path.rsplit_once('/').unwrap();
    let rest = &path[1..];
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let twice = |text: &str| text.bytes().map(|byte| format!("%25{byte:02x}")).collect::<String>();
    let before = [
        "/.",
        "//",
        "/docs/..",
        "/docs/%2e%2e",
        "/docs/.%2E",
        "/docs/..;",
        "/docs/..%2f",
        "/docs/..%5c",
        "/docs/..\\",
        "/docs/%252e%252e",
        "/docs/..%c0%af",
        "/docs/%c0%ae%c0%ae",
        "/docs/..%ef%bc%8f",
        "/docs/..%00",
        "/docs;x=y/..",
        "/health/live/..;/..",
        "/api/v1/clusters/../../..",
        "/api/v1/clusters/%2e%2e/%2e%2e/%2e%2e",
        "/ogc/..",
        "/%2e",
        "/%2f",
        "/;",
        "/\\",
        "/%09",
        "/x/..",
        "http://evil.example",
        "https://evil.example:1",
        "http://x@evil.example",
        "//evil.example",
        "/\\evil.example",
    ];
    let after = [
        "/",
        "//",
        "/.",
        "/./",
        "/..",
        "/../",
        "/..;/",
        "/%2e",
        "/%2e%2e",
        "/%2e%2e%2f",
        "%2f",
        "%2F..%2F",
        "%5c",
        "\\",
        ";",
        ";x=y",
        ";.csv",
        ".json",
        ".html",
        ".css",
        ".csv%00",
        "%00",
        "%00.json",
        "%0a",
        "%0d%0aX-Injected:1",
        "%20",
        "%09",
        "%c0%af",
        "%c0%ae",
        "%e0%80%af",
        "%ff",
        "~",
        "*",
        "%3f",
        "%23",
        "#x",
        "&x",
        ",",
        ":80",
        "%",
        "%2",
        "%u002f",
        "\u{ff0f}x",
    ];
    let mut found: Vec<String> = before.iter().map(|before| format!("{before}/{rest}")).collect();
    found.extend(after.iter().map(|after| format!("{path}{after}")));
    found.extend([
        path.to_uppercase(),
        path.replacen("/api/", "/API/", 1),
        path.replace('/', "//"),
        path.replace('/', "\\"),
        path.replace('/', "/./"),
        format!("/{}", rest.replace('/', "%2f")),
        format!("/{}", rest.replace('/', "%252f")),
        format!("{head}/x/../{last}"),
        format!("{head}/{}", encoded(last)),
        format!("{head}/{}", twice(last)),
        format!("{head}/{last}{}", "/..".repeat(40)),
        format!("{head};x=y/{last}"),
        format!("{head}/ſ{last}"),
        rest.to_owned(),
        "*".to_owned(),
    ]);
    found.sort();
    found.dedup();
    found.retain(|spelling| spelling != path);
    found
}

const BAD_TOKEN: &str = "Authorization: Bearer a.b.c\r\n";

fn ask(app: &TestApp, method: &str, target: &str, header: &str) -> RawAnswer {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\n{header}X-Request-Id: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    Socket::open(app.address).send(head.as_bytes()).answer()
}

fn body(answer: &RawAnswer) -> &str {
    answer.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn no_spelling_of_an_address_leads_elsewhere(app: TestApp) {
    let landscape = Landscape::new(&app, "published");
    let before = app.database.dump();
    let (mut same, mut none) = (0, 0);
    for (_, operation) in operations() {
        let method = operation.method.to_uppercase();
        let address = landscape.address(operation);
        let (path, query) = address
            .split_once('?')
            .map_or((address.as_str(), String::new()), |(path, query)| (path, format!("?{query}")));
        let plain = ask(&app, &method, &address, "");
        // Health tells everyone, whatever the token.
        let looks_at_tokens = ask(&app, &method, &address, BAD_TOKEN).status == 401;
        for spelling in spellings(path) {
            let target = format!("{spelling}{query}");
            let answer = ask(&app, &method, &target, "");
            let what = format!("{method} {target}: {}", answer.text);
            assert!((300..500).contains(&answer.status) || answer.status == plain.status, "{what}");
            assert!(!answer.text.to_lowercase().contains("\nx-injected"), "{what}");
            if answer.status < 300 {
                assert!(plain.status < 300 && body(&answer) == body(&plain), "{what}\n{}", plain.text);
                same += 1;
            } else {
                none += 1;
            }
            if let Some((_, location)) = answer.text.split_once("\r\nlocation: ") {
                assert!(location.starts_with(crate::harness::PUBLIC_URL), "{what}");
            }
            if looks_at_tokens && (answer.status < 300 || plain.status == 401) {
                let bad = ask(&app, &method, &target, BAD_TOKEN);
                assert!(
                    (400..500).contains(&bad.status),
                    "a bad token passes: {method} {target}: {}",
                    bad.text
                );
            }
        }
    }
    assert!(same > 100 && none > 3_000, "{same} {none}");
    assert_eq!(app.database.dump(), before, "nothing was written");
}

/// Headers by which proxies say another address or method than the request line.
fn no_header_leads_elsewhere(app: TestApp) {
    let landscape = Landscape::new(&app, "published");
    for (_, operation) in operations() {
        let method = operation.method.to_uppercase();
        let address = landscape.address(operation);
        let plain = ask(&app, &method, &address, "");
        for header in [
            "X-Original-URL: /api/v1\r\n",
            "X-Rewrite-URL: /api/v1\r\n",
            "X-Forwarded-Prefix: /evil\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n",
            "Forwarded: host=evil.example;proto=https\r\n",
            "X-HTTP-Method-Override: GET\r\nX-Method-Override: GET\r\nX-HTTP-Method: GET\r\n",
        ] {
            let answer = ask(&app, &method, &address, header);
            assert_eq!(
                (answer.status, body(&answer)),
                (plain.status, body(&plain)),
                "{method} {address} {header}"
            );
        }
    }
}
