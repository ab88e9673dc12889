//! HTTPS: TLS, HTTP/2 beside HTTP/1.1, and certificates that are renewed while the server runs.

use crate::harness::{
    CHAMBER, Credentials, Engine, Http2, Options, Received, Socket, TestApp, http1_over_tls, member_lines,
    minimal, ndjson, on_both,
};
use api::auth::Role;
use domain::kind::Kind;
use http::{Method, Request};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::pki_types::CertificateDer;

on_both! {
    http_1_and_2_have_the_same_answers
    records_are_written_over_http_2
    a_sync_run_may_be_larger_than_every_window
    a_response_arrives_while_the_body_is_still_sent
    limits_of_heads_hold_over_http_2
    many_requests_share_a_connection
    plain_http_is_told_to_use_https
    a_renewed_certificate_is_used_without_a_restart
}

fn secure(engine: Engine) -> (TestApp, Credentials, CertificateDer<'static>) {
    let (credentials, certificate) = Credentials::issue();
    let app = TestApp::with(engine, &Options { tls: Some(credentials.files.clone()), ..Options::default() });
    (app, credentials, certificate)
}

fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(format!("https://localhost{path}")).header("x-request-id", "test")
}

fn json(received: &Received) -> Value {
    serde_json::from_slice(&received.body).unwrap()
}

fn http_1_and_2_have_the_same_answers(engine: Engine) {
    let (app, _credentials, certificate) = secure(engine);
    let client = Http2::connect(app.address, &certificate).unwrap();
    for path in
        ["/api/v1", "/api/v1/clusters", "/api/v1/regions", "/nowhere", "/api/v1/audit", "/ogc/?f=html"]
    {
        let by_2 = client.get(path);
        let by_1 = http1_over_tls(app.address, &certificate, path);
        let (head, body) = by_1.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {} ", by_2.status.as_u16())), "{head}");
        assert!(body == String::from_utf8(by_2.body).unwrap(), "{path}");
        let names = |name: &str| {
            !matches!(name, "connection" | "x-request-id" | "date" | "access-control-expose-headers")
        };
        for (name, value) in by_2.headers.iter().filter(|(name, _)| names(name.as_str())) {
            let line = format!("{name}: {}", value.to_str().unwrap()).to_lowercase();
            assert!(head.to_lowercase().contains(&line), "{path}: {line}\n{head}");
        }
        let of_head = client.send(request(Method::HEAD, path), b"").unwrap();
        assert_eq!((of_head.status, of_head.body.len()), (by_2.status, 0));
        assert_eq!(of_head.headers["content-length"], by_2.headers["content-length"], "{path}");
    }
}

fn records_are_written_over_http_2(engine: Engine) {
    let (app, _credentials, certificate) = secure(engine);
    let client = Http2::connect(app.address, &certificate).unwrap();
    let (token, _) = app.issue(Role::Admin, None);
    let write = |method: Method, path: &str, tag: Option<&str>, body: &Value| {
        let request = request(method, path).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        let request = tag.into_iter().fold(request, |request, tag| request.header("if-match", tag));
        client.send(request, body.to_string().as_bytes()).unwrap()
    };
    let mut body = minimal(Kind::Cluster, "Eins");
    let created = write(Method::POST, "/api/v1/clusters", None, &body);
    assert_eq!(created.status, 201);
    let tag = created.headers["etag"].to_str().unwrap();
    body["website"] = "https://a.example/".into();
    assert_eq!(write(Method::PUT, "/api/v1/clusters/eins", None, &body).status, 428);
    assert_eq!(write(Method::PUT, "/api/v1/clusters/eins", Some(tag), &body).status, 200);
    let read = client.get("/api/v1/clusters/eins");
    assert_eq!(json(&read)["version"], 2);
    let held = request(Method::GET, "/api/v1/clusters/eins").header("if-none-match", &read.headers["etag"]);
    assert_eq!(client.send(held, b"").unwrap().status, 304);
}

fn a_sync_run_may_be_larger_than_every_window(engine: Engine) {
    let (app, _credentials, certificate) = secure(engine);
    let client = Http2::connect(app.address, &certificate).unwrap();
    let (token, _) = app.issue(Role::Chamber, Some(CHAMBER));
    let mut body = ndjson(&member_lines(0..12_000)).into_bytes();
    body.resize(body.len().max(5 * 1024 * 1024), b'\n');
    let run = request(Method::POST, &format!("/api/v1/chambers/{CHAMBER}/sync-runs?dry_run=true"));
    let run =
        run.header("authorization", format!("Bearer {token}")).header("content-type", "application/x-ndjson");
    let received = client.send(run, &body).unwrap();
    assert_eq!((received.status.as_u16(), &json(&received)["counts"]["created"]), (201, &12_000.into()));
}

fn a_response_arrives_while_the_body_is_still_sent(engine: Engine) {
    let (app, _credentials, certificate) = secure(engine);
    let client = Http2::connect(app.address, &certificate).unwrap();
    let body = vec![b' '; 8 * 1024 * 1024];
    let create = || request(Method::POST, "/api/v1/clusters").header("content-type", "application/json");
    assert_eq!(client.send(create(), &body).unwrap().status, 401);
    let (token, _) = app.issue(Role::Admin, None);
    let create = create().header("authorization", format!("Bearer {token}"));
    assert_eq!(client.send(create, &body).unwrap().status, 413);
    assert_eq!(client.get("/api/v1").status, 200, "the connection is still of use");
}

fn limits_of_heads_hold_over_http_2(engine: Engine) {
    let (app, _credentials, certificate) = secure(engine);
    let client = Http2::connect(app.address, &certificate).unwrap();
    let limit = |name: &str| json(&client.get("/api/v1"))["limits"][name].as_u64().unwrap() as usize;
    let get = |path: &str| request(Method::GET, path);
    let lines =
        (0..limit("header_lines")).fold(get("/api/v1"), |request, n| request.header(format!("x-{n}"), "1"));
    let requests = [
        (414, get(&format!("/api/v1?q={}", "x".repeat(limit("uri_bytes"))))),
        (431, get("/api/v1").header("x-long", "x".repeat(limit("header_bytes")))),
        (431, lines),
        (400, get("/api/v1").header("host", "evil.example")),
        (200, get("/api/v1").header("host", "localhost")),
        (200, get("/api/v1").header("x-long", "x".repeat(limit("header_bytes") - 500))),
    ];
    for (status, request) in requests {
        let received = client.send(request, b"").unwrap();
        assert_eq!(received.status.as_u16(), status, "{received:?}");
        let expected = if status == 200 { "application/json" } else { "application/problem+json" };
        assert_eq!(received.headers["content-type"], expected);
    }
}

fn many_requests_share_a_connection(engine: Engine) {
    let (app, _credentials, certificate) = secure(engine);
    let client = Http2::connect(app.address, &certificate).unwrap();
    let feed = client.get("/api/v1/changes?since=now");
    let cursor = json(&feed)["cursor"].as_str().unwrap().to_owned();
    let address = app.address;
    // A long poll waits while another connection, and then this one, are answered.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let client = Http2::connect(address, &certificate).unwrap();
            client.get(&format!("/api/v1/changes?since={cursor}&wait=30"))
        });
        let (token, _) = app.issue(Role::Admin, None);
        let create = request(Method::POST, "/api/v1/clusters")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        let body = minimal(Kind::Cluster, "Eins").to_string();
        assert_eq!(client.send(create, body.as_bytes()).unwrap().status, 201);
        assert_eq!(json(&waiting.join().unwrap())["items"][0]["slug"], "eins");
    });
    let export = client.get("/api/v1/clusters.ndjson");
    assert_eq!(export.body.iter().filter(|byte| **byte == b'\n').count(), 1);
}

fn plain_http_is_told_to_use_https(engine: Engine) {
    let (app, _credentials, _) = secure(engine);
    let answer = Socket::open(app.address).send(b"GET /api/v1 HTTP/1.1\r\nHost: x\r\n\r\n").answer();
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("use https://"), "{}", answer.text);
}

fn a_renewed_certificate_is_used_without_a_restart(engine: Engine) {
    let (app, credentials, old) = secure(engine);
    let kept = Http2::connect(app.address, &old).unwrap();
    let becomes = |certificate: &CertificateDer<'static>| {
        let started = Instant::now();
        while Http2::connect(app.address, certificate).is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the certificate is not reloaded");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let new = credentials.renew(4000);
    becomes(&new);
    assert!(Http2::connect(app.address, &old).is_err());
    std::fs::write(&credentials.files.certificate, "nonsense").unwrap();
    std::thread::sleep(Duration::from_secs(3));
    becomes(&new);
    let newest = credentials.renew(4000);
    becomes(&newest);
    assert_eq!(kept.get("/api/v1").status, 200, "a connection outlives its certificate");
}
