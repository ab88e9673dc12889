//! What reaches the server before it is a request, and how answers leave it: bytes on a socket.

use crate::harness::{RawAnswer, Records as _, Socket, TestApp, minimal, on_both};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::time::Duration;

mod encodings;
mod lists;
mod mutants;
mod prefix;

on_both! {
    letters_that_are_not_encoded_are_found
    blanks_and_controls_in_an_address_are_named
    what_cannot_be_read_is_answered_with_a_problem_that_scripts_can_read
    heads_that_are_too_large_are_refused_as_the_landing_document_says
    a_head_that_takes_too_long_is_a_problem
    requests_come_in_pieces_and_in_rows
    http_1_0_gets_streams_without_chunks
    an_upgrade_is_ignored_and_the_connection_goes_on
    a_preflight_for_reading_is_granted_whatever_it_asks_for
}

/// Sends bytes on a connection of its own, and reads what comes back.
fn raw(app: &TestApp, bytes: &[u8]) -> RawAnswer {
    Socket::open(app.address).send(bytes).answer()
}

/// A GET of a target, as its bytes are.
fn get(target: &[u8]) -> Vec<u8> {
    let tail = b" HTTP/1.1\r\nHost: x\r\nOrigin: https://portal.example\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n";
    [b"GET ", target, tail].concat()
}

/// Checks that an answer is a problem that a script of another origin can read; its detail.
#[track_caller]
fn problem(answer: &RawAnswer, status: u16, what: &str) -> String {
    let (head, body) =
        answer.text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{what}: {}", answer.text));
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert!(head.contains("content-type: application/problem+json"), "{what}: {head}");
    let origins = ["access-control-allow-origin: *", "access-control-allow-origin: https://portal.example"];
    assert!(origins.iter().any(|origin| head.contains(origin)), "{what}: {head}");
    let body: Value =
        serde_json::from_str(body).unwrap_or_else(|cause| panic!("{what}: {cause}: {}", answer.text));
    assert_eq!(body["status"], status, "{what}");
    body["detail"].as_str().unwrap().to_owned()
}

fn letters_that_are_not_encoded_are_found(app: TestApp) {
    app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, "Müller €uro 🦀"));
    // Every sign that means nothing in an address, raw and encoded.
    let signs =
        (b'!'..=b'~').filter(|sign| !b"#%&+=?".contains(sign)).map(|sign| char::from(sign).to_string());
    let words = ["ü", "Müller", "€", "🦀", "\u{308}", "ſ", "字"].map(str::to_owned).into_iter();
    for word in signs.chain(words) {
        let encoded: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for target in
            ["/api/v1/clusters?q=M{}", "/api/v1/clusters/{}", "/{}", "/api/v1/search?q=cluster&kind={}"]
        {
            let ask = |word: &str| raw(&app, &get(target.replace("{}", word).as_bytes()));
            let (plain, encoded) = (ask(&word), ask(&encoded));
            let body = |answer: &RawAnswer| {
                answer.text.split_once("\r\n\r\n").unwrap().1.replace("instance", "").len()
            };
            assert_eq!(plain.status, encoded.status, "{target} {word}: {}\n{}", plain.text, encoded.text);
            assert!(plain.status != 200 || body(&plain) == body(&encoded), "{target} {word}");
        }
    }
    let found = raw(&app, &get("/api/v1/search?q=Müller".as_bytes()));
    assert!(found.status == 200 && found.text.contains("mueller"), "{}", found.text);
    for byte in 0x80..=0xff {
        // Latin-1, which is no UTF-8: the parameter is named.
        let answer = raw(&app, &get(&[b"/api/v1/search?q=M", &[byte][..], b"ller"].concat()));
        assert!(problem(&answer, 400, "latin-1").contains("UTF-8"), "{}", answer.text);
    }
}

fn blanks_and_controls_in_an_address_are_named(app: TestApp) {
    for byte in (0..=b' ').chain([0x7f]).filter(|byte| !b"\n\r".contains(byte)) {
        let answer = raw(&app, &get(&[b"/api/v1/search?q=a", &[byte][..], b"b"].concat()));
        let detail = problem(&answer, 400, &format!("{byte:#x}"));
        assert!(detail.contains(&format!("%{byte:02X}")), "{byte:#x}: {detail}");
    }
}

fn what_cannot_be_read_is_answered_with_a_problem_that_scripts_can_read(app: TestApp) {
    let tail = "Host: x\r\nOrigin: https://portal.example\r\nX-Request-Id: mine\r\n";
    let heads = [
        format!("GARBAGE\r\n{tail}\r\n"),
        format!("GET\r\n{tail}\r\n"),
        format!("GET /api/v1\r\n{tail}\r\n"),
        format!("GET /api/v1 HTTP/2.0\r\n{tail}\r\n"),
        format!("PRI * HTTP/2.0\r\n{tail}\r\nSM\r\n\r\n"),
        format!("G(ET /api/v1 HTTP/1.1\r\n{tail}\r\n"),
        format!("GET api/v1 HTTP/1.1\r\n{tail}\r\n"),
        format!("GET http:// HTTP/1.1\r\n{tail}\r\n"),
        format!("CONNECT x:443 HTTP/1.1\r\n{tail}\r\n"),
        format!("GET /api/v1 HTTP/1.1\r\n{tail}no colon\r\n\r\n"),
        format!("GET /api/v1 HTTP/1.1\r\n{tail}a b: c\r\n\r\n"),
        format!("GET /api/v1 HTTP/1.1\r\n{tail}a : c\r\n\r\n"),
        format!("GET /api/v1 HTTP/1.1\r\n{tail}a: b\r\n c\r\n\r\n"),
        format!("GET /api/v1 HTTP/1.1\r\n{tail}a: b\x01c\r\n\r\n"),
        format!("GET /api/v1 HTTP/1.1\r\n{}\r\n", tail.replace("Host: x\r\n", "")),
        format!("GET /api/v1 HTTP/1.1\r\n{tail}Host: y\r\n\r\n"),
        format!("POST /api/v1/clusters HTTP/1.1\r\n{tail}Content-Length: x\r\n\r\n"),
        format!("POST /api/v1/clusters HTTP/1.1\r\n{tail}Content-Length: -1\r\n\r\n"),
        format!("POST /api/v1/clusters HTTP/1.1\r\n{tail}Content-Length: +1\r\n\r\n"),
        format!("POST /api/v1/clusters HTTP/1.1\r\n{tail}Content-Length: 99999999999999999999\r\n\r\n"),
        format!("POST /api/v1/clusters HTTP/1.1\r\n{tail}Content-Length: 1\r\nContent-Length: 1\r\n\r\n"),
        format!(
            "POST /api/v1/clusters HTTP/1.1\r\n{tail}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        format!("POST /api/v1/clusters HTTP/1.1\r\n{tail}Transfer-Encoding: gzip, chunked\r\n\r\n"),
        format!(
            "POST /api/v1/clusters HTTP/1.1\r\n{tail}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        format!("POST /api/v1/clusters HTTP/1.0\r\n{tail}Transfer-Encoding: chunked\r\n\r\n"),
        format!("POST /api/v1/clusters HTTP/1.0\r\n{tail}\r\n"),
    ];
    for head in heads {
        // The second half of a request that is refused may still be on its way.
        let answer = raw(&app, &[head.as_bytes(), &[b'x'; 200_000]].concat());
        let detail = problem(&answer, 400, &head);
        assert!(answer.text.contains("x-request-id: mine"), "{head}: {}", answer.text);
        assert!(detail.len() > 10, "{head}: {detail}");
    }
    let off = Socket::open(app.address)
        .send(format!("GET /api/v1 HTTP/1.1\r\n{tail}").as_bytes())
        .finish()
        .answer();
    assert!(problem(&off, 400, "broken off").contains("broke off"));
    // TLS on a plain port holds no origin.
    let tls = raw(&app, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    assert!(
        tls.status == 400 && tls.text.contains("application/problem+json") && tls.text.contains("TLS"),
        "{}",
        tls.text
    );
    // Chunks that cannot be told apart are a body that broke off.
    let token = app.issue(api::auth::Role::Editor, None).0;
    for chunks in ["zz\r\n", "3\r\nabcd\r\n", "3\nabc", "0\r\nx\n"] {
        let head = format!(
            "POST /api/v1/clusters HTTP/1.1\r\n{tail}Authorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let answer = raw(&app, format!("{head}{chunks}").as_bytes());
        assert!(answer.status == 400 && answer.text.contains("received as a whole"), "{}", answer.text);
        assert_eq!(answer.text.matches("HTTP/1.1 ").count(), 1, "{}", answer.text);
    }
    app.anonymous().get("/api/v1").expect(200);
}

fn heads_that_are_too_large_are_refused_as_the_landing_document_says(app: TestApp) {
    let landing = app.anonymous().get("/api/v1").expect(200).json();
    let limit = |name: &str| usize::try_from(landing["limits"][name].as_u64().unwrap()).unwrap();
    let (uri, headers, lines) = (limit("uri_bytes"), limit("header_bytes"), limit("header_lines"));
    let target = |length: usize| format!("/api/v1?{}", "x".repeat(length - "/api/v1?".len()));
    assert_eq!(raw(&app, &get(target(uri).as_bytes())).status, 400, "an unknown parameter");
    for length in [uri + 1, 40_000, 1_000_000] {
        problem(&raw(&app, &get(target(length).as_bytes())), 414, &length.to_string());
    }
    let with = |header: &str, count: usize| {
        let head = get(b"/api/v1");
        [&head[..head.len() - 2], header.repeat(count).as_bytes(), b"\r\n"].concat()
    };
    assert_eq!(raw(&app, &with(&format!("X-Long: {}\r\n", "x".repeat(headers - 300)), 1)).status, 200);
    for length in [headers, 60_000, 1_000_000] {
        problem(
            &raw(&app, &with(&format!("X-Long: {}\r\n", "x".repeat(length)), 1)),
            431,
            &length.to_string(),
        );
    }
    assert_eq!(raw(&app, &with("X: y\r\n", lines - 4)).status, 200);
    for count in [lines - 3, 500, 20_000] {
        problem(&raw(&app, &with("X: y\r\n", count)), 431, &count.to_string());
    }
}

fn a_head_that_takes_too_long_is_a_problem(app: TestApp) {
    let tail = "Host: x\r\nOrigin: https://portal.example\r\nX-Request-Id: mine\r\n";
    let mut first = Socket::open(app.address);
    first.send(format!("GET /api/v1 HTTP/1.1\r\n{tail}").as_bytes());
    // On a connection that is used already, too.
    let mut second = Socket::open(app.address);
    second.send(b"HEAD /api/v1 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(second.head().contains(" 200 "));
    second.send(format!("GET /api/v1 HTTP/1.1\r\n{tail}").as_bytes());
    for socket in [&mut first, &mut second] {
        problem(&socket.answer(), 408, "slow");
    }
}

fn requests_come_in_pieces_and_in_rows(app: TestApp) {
    let request = "GET /api/v1/clusters?q=Ünit HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\n\r\n";
    let mut socket = Socket::open(app.address);
    for byte in request.as_bytes() {
        socket.send(&[*byte]);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(socket.answer().status, 200);
    // Three at once, the second with a body, the last with bare line feeds and an empty line in front.
    let body = "{}";
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for framed in [
        format!("Content-Length: {}\r\n\r\n{body}", body.len()),
        format!("Transfer-Encoding: chunked\r\n\r\n{chunked}"),
    ] {
        let post = format!("PUT /api/v1/clusters HTTP/1.1\r\nHost: x\r\nX-Request-Id: b\r\n{framed}");
        let last =
            "\r\nGET /api/v1/clusters?q=Ünit HTTP/1.1\nHost: x\nX-Request-Id: c\nConnection: close\n\n";
        let mut socket = Socket::open(app.address);
        let text = socket.send(format!("{request}{post}{last}").as_bytes()).rest();
        let statuses: Vec<&str> = text.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert_eq!(statuses, ["200", "405", "200"], "{text}");
        assert_eq!(
            ["a", "b", "c"].map(|id| text.matches(&format!("x-request-id: {id}\r\n")).count()),
            [1, 1, 1]
        );
    }
}

fn http_1_0_gets_streams_without_chunks(app: TestApp) {
    app.load_demo();
    for format in ["csv", "ndjson", "geojson"] {
        let whole = app.anonymous().get(&format!("/api/v1/members?format={format}")).expect(200).text();
        for connection in ["", "Connection: keep-alive\r\n"] {
            let head = format!("GET /api/v1/members?format={format} HTTP/1.0\r\n{connection}\r\n");
            let text = Socket::open(app.address).send(head.as_bytes()).rest();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
            assert!(!head.to_ascii_lowercase().contains("keep-alive"), "{head}");
            assert_eq!(body, whole, "{format}");
        }
    }
    let mut socket = Socket::open(app.address);
    for _ in 0..2 {
        let answer = socket.send(b"GET /api/v1/clusters HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer();
        assert_eq!(answer.status, 200, "a body with a length keeps the connection: {}", answer.text);
    }
}

fn an_upgrade_is_ignored_and_the_connection_goes_on(app: TestApp) {
    let upgrades = [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: TLS/1.2\r\nconnection: upgrade\r\n",
    ];
    for upgrade in upgrades {
        let mut socket = Socket::open(app.address);
        for _ in 0..3 {
            let answer =
                socket.send(format!("GET /api/v1 HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n").as_bytes()).answer();
            assert_eq!(answer.status, 200, "{upgrade}: {}", answer.text);
            let head = answer.text.split_once("\r\n\r\n").unwrap().0.to_ascii_lowercase();
            assert!(!head.contains("upgrade") && !head.contains("connection: close"), "{head}");
        }
    }
}

fn a_preflight_for_reading_is_granted_whatever_it_asks_for(app: TestApp) {
    let preflight = |method: &str, headers: &str| {
        let request =
            app.anonymous().options("/api/v1/clusters/eins").header("origin", "https://karte.example");
        let request = request.header("access-control-request-method", method);
        request.header("access-control-request-headers", headers).send()
    };
    for headers in [
        "cache-control",
        "traceparent,tracestate",
        "x-requested-with",
        "sentry-trace, baggage",
        "pragma",
        "x-any-thing",
        "range",
        "authorization, content-type, if-none-match, last-event-id",
    ] {
        for method in ["GET", "HEAD"] {
            let granted = preflight(method, headers);
            assert_eq!(granted.status, 200);
            assert_eq!(granted.header("access-control-allow-origin"), "https://karte.example");
            assert_eq!(granted.header("access-control-allow-headers"), headers);
        }
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "BREW"] {
        let refused = preflight(method, "content-type");
        assert_eq!(
            (refused.status, refused.header("access-control-allow-origin").as_str()),
            (403, ""),
            "{method}"
        );
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains("https://karte.example") && detail.contains("CLUSTERPORTAL_CORS_ORIGINS"),
            "{detail}"
        );
    }
    assert_eq!(
        json!(app.anonymous().options("/api/v1/clusters").expect(204).header("allow")),
        json!("GET, POST, HEAD, OPTIONS")
    );
}
