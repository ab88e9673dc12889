//! What the log holds of callers, at its most talkative: methods, paths and request ids, and nothing else.

use super::{Served, program, succeed};
use crate::harness::{
    CHAMBER, Credentials, Database, Http2, Syncs as _, member_line, members_of, on_both, runs_of, with,
};
use serde_json::json;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    thread::JoinHandle,
};

on_both! {
    the_log_holds_nothing_of_callers
    the_log_holds_nothing_of_callers_over_http_2
}

/// An address of a client behind a proxy (RFC 5737).
const ADDRESS: &str = "203.0.113.77";

/// A word for a place of a request. Nothing else contains it.
fn mark(place: &str) -> String {
    format!("xqv{place}jkz")
}

/// A server that logs everything, and what it logs.
fn start(database: &Database, variables: &[(&str, &str)]) -> (Served, JoinHandle<String>) {
    let mut command: Command = program(database, &["serve", "--listen", "127.0.0.1:0"]);
    command.env("RUST_LOG", "trace").env("CLUSTERPORTAL_TRUSTED_PROXIES", "127.0.0.0/8");
    let mut served = Served::run({
        command.envs(variables.iter().copied());
        command
    });
    // The pipe would fill up, and the server wait for it.
    let mut rest = served.rest.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut text = Vec::new();
        rest.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).to_lowercase()
    });
    (served, log)
}

fn token(database: &Database, role: &[&str]) -> String {
    let subject = mark("subject");
    let command = [&["token", "issue", "--expires", "1h", "--subject", &subject], role].concat();
    succeed(database, &command).trim().to_owned()
}

/// Sends bytes on a connection of its own. Returns the address of the client.
fn send(served: &Served, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(served.address).unwrap();
    let address = stream.local_addr().unwrap().to_string();
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
    address
}

/// No mark and no address is in the log. The requests are.
#[track_caller]
fn is_silent(log: &str, addresses: &[String], tokens: &[&str]) {
    assert!(
        log.contains(" method=get path=/api/v1/clusters status=400 ") && log.contains(" trace "),
        "{log}"
    );
    let leaks = |line: &&str| {
        let secrets = tokens.iter().flat_map(|token| token.split('.').skip(1)).map(str::to_lowercase);
        line.contains("xqv")
            || line.contains(ADDRESS)
            || addresses.iter().any(|address| line.contains(address))
            || secrets.into_iter().any(|secret| line.contains(&secret))
    };
    let found: Vec<&str> = log.lines().filter(leaks).collect();
    assert!(found.is_empty(), "{found:#?}");
}

fn the_log_holds_nothing_of_callers(database: Database) {
    let (mut served, log) = start(&database, &[]);
    let (admin, chamber) = (
        token(&database, &["--role", "admin"]),
        token(&database, &["--role", "chamber", "--chamber", CHAMBER]),
    );
    let mut addresses = Vec::new();
    for caller in [None, Some(admin.as_str()), Some(chamber.as_str()), Some(&mark("token"))] {
        let client = served.client(caller);
        let (name, value) = (mark("name"), mark("value"));
        for path in
            ["clusters", "search", "suggest", "audit", "changes", "stats", "graph", "tokens", "clusters.csv"]
        {
            client
                .get(&format!("/api/v1/{path}?q={value}&{name}={value}&region={value}&cursor={value}"))
                .send();
            client.get(&format!("/api/v1/{path}?q={value}")).send();
        }
        for header in
            ["accept", "cookie", "if-none-match", "origin", "referer", "user-agent", "range", "last-event-id"]
        {
            client.get("/api/v1/clusters").header(header, &mark(&header.replace('-', ""))).send();
        }
        let forwarded = client.get("/api/v1/clusters").header("x-forwarded-for", ADDRESS);
        forwarded.header("forwarded", &format!("for={ADDRESS}")).send();
        for body in [json!({ &name: &value, "slug": &value, "name": { "de": &value } }), json!(&value)] {
            let key = mark("key");
            client.post("/api/v1/clusters").header("idempotency-key", &key).json(&body).send();
            client.patch("/api/v1/clusters/nichts").if_match(&format!("\"{value}\"")).json(&body).send();
            client
                .post("/api/v1/tokens")
                .json(&with(&json!({ "role": &value, "subject": &value }), &json!({})))
                .send();
        }
        client
            .post("/api/v1/clusters")
            .header("content-encoding", "gzip")
            .body("application/json", value.clone())
            .send();
        client.post("/api/v1/clusters").body(&format!("text/{value}"), value.clone()).send();
        let id = mark("external");
        let members = members_of(CHAMBER);
        for path in [
            format!("{members}/{id}"),
            format!("{members}/{id}/"),
            format!("{members}/{id}/history"),
            format!("{members}//{id}"),
            format!("/{members}/{id}"),
            format!("{}/{id}", members.to_uppercase()),
            format!("/api/v1/chambers/nichts/members/{id}"),
            format!("/api/v1/chamber/{CHAMBER}/members/{id}"),
            format!("/api/v1/chambers/{CHAMBER}/member/{id}"),
            format!("/api/v1/chambers/{CHAMBER}/{id}"),
        ] {
            client.get(&path).send();
            client
                .put(&path)
                .json(&with(&member_line("A"), &json!({ "external_id": id, "name": value })))
                .send();
        }
    }
    let line = with(&member_line(&mark("external")), &json!({ "name": mark("value") }));
    served.client(Some(&chamber)).sync("", &[line.clone(), with(&line, &json!({ "kind": mark("value") }))]);
    let value = mark("raw");
    for request in [
        format!("GET /api/v1/clusters?a={value} b HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET /api/v1/clusters HTTP/1.1\r\nHost: x\r\n{value}\r\n\r\n"),
        format!("GET /api/v1/clusters HTTP/1.1\r\nHost: {value}\r\nX: {value}\r\nConnection: close\r\n\r\n"),
        format!("GET {}/{value} {value} HTTP/1.1\r\nHost: x\r\n\r\n", members_of(CHAMBER)),
        format!("POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nContent-Length: {value}\r\n\r\n"),
        format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {chamber}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n{value}\r\n",
            runs_of(CHAMBER)
        ),
        format!(
            "POST /api/v1/clusters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {admin}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{{\"{value}\""
        ),
    ] {
        addresses.push(send(&served, request.as_bytes()));
    }
    served.terminate();
    served.child.wait().unwrap();
    is_silent(&log.join().unwrap(), &addresses, &[&admin, &chamber]);
}

fn the_log_holds_nothing_of_callers_over_http_2(database: Database) {
    let (credentials, certificate) = Credentials::issue();
    let [file, key] =
        [&credentials.files.certificate, &credentials.files.key].map(|path| path.to_str().unwrap());
    let (mut served, log) =
        start(&database, &[("CLUSTERPORTAL_TLS_CERT", file), ("CLUSTERPORTAL_TLS_KEY", key)]);
    let admin = token(&database, &["--role", "admin"]);
    let client = Http2::connect(served.address, &certificate).unwrap();
    client.get(&format!("/api/v1/clusters?q={}&{}=1", mark("value"), mark("name")));
    let request = http::Request::post("https://localhost/api/v1/clusters")
        .header("authorization", format!("Bearer {admin}"))
        .header("cookie", mark("cookie"))
        .header("x-forwarded-for", ADDRESS)
        .header("content-type", "application/json");
    let body = json!({ mark("name"): mark("value") }).to_string();
    assert_eq!(client.send(request, body.as_bytes()).unwrap().status, 400);
    client.get(&format!("{}/{}", members_of(CHAMBER), mark("external")));
    let address = send(&served, format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", mark("raw")).as_bytes());
    served.terminate();
    served.child.wait().unwrap();
    is_silent(&log.join().unwrap(), &[address], &[&admin]);
}
