//! Content encodings of answers.

use crate::harness::{Socket, TestApp, on_both};
use std::{
    io::Read as _,
    time::{Duration, Instant},
};

on_both! {
    an_encoded_answer_takes_no_longer
    an_encoded_answer_goes_out_whole
    small_answers_stay_as_they_are
    exports_are_encoded_in_pieces
    whoever_takes_nothing_that_there_is_is_told_so
}

const ENCODINGS: [&str; 3] = ["gzip", "br", "zstd"];

/// Decodes what was answered.
#[track_caller]
fn decoded(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap(),
        "br" => brotli_decompressor::Decompressor::new(body, 4096).read_to_end(&mut plain).unwrap(),
        "zstd" => zstd::stream::read::Decoder::new(body).unwrap().read_to_end(&mut plain).unwrap(),
        _ => body.to_vec().as_slice().read_to_end(&mut plain).unwrap(),
    };
    plain
}

/// Head and body of a list in an encoding, asked for on a connection that is kept, and the time that it took.
fn timed(socket: &mut Socket, path: &str, encoding: &str) -> (String, Vec<u8>, Duration) {
    let started = Instant::now();
    socket.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {encoding}\r\n\r\n").as_bytes());
    let head = socket.head();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let body = socket.exactly(length.unwrap_or_else(|| panic!("{encoding}: no length\n{head}")));
    (head, body, started.elapsed())
}

fn an_encoded_answer_takes_no_longer(app: TestApp) {
    app.load_demo();
    // Small, since encoding is slow in a build that is not optimised.
    let mut socket = Socket::open(app.address);
    let mut median = |encoding: &str| {
        let mut times: Vec<Duration> =
            (0..15).map(|_| timed(&mut socket, "/api/v1/members?limit=5", encoding).2).collect();
        times.sort();
        times[7]
    };
    let plain = median("identity").max(Duration::from_millis(8));
    for encoding in ENCODINGS {
        let encoded = median(encoding);
        // Pieces that wait for each other's acknowledgement take 40 ms longer.
        assert!(encoded < plain * 4, "{encoding} takes {encoded:?}, and plain {plain:?}");
    }
}

fn an_encoded_answer_goes_out_whole(app: TestApp) {
    app.load_demo();
    for path in ["/api/v1/members?limit=30", "/api/v1/stats", "/openapi.json"] {
        let mut socket = Socket::open(app.address);
        let (_, plain, _) = timed(&mut socket, path, "identity");
        for encoding in ENCODINGS {
            let (head, body, _) = timed(&mut socket, path, encoding);
            assert!(head.contains(&format!("content-encoding: {encoding}\r\n")), "{head}");
            assert!(!head.contains("transfer-encoding"), "{head}");
            assert!(body.len() * 2 < plain.len(), "{encoding}: {} of {}", body.len(), plain.len());
            assert!(decoded(encoding, &body) == plain, "{path} {encoding}");
        }
    }
}

fn small_answers_stay_as_they_are(app: TestApp) {
    for path in ["/api/v1/clusters", "/api/v1/networks", "/health/live"] {
        let answer = app.anonymous().get(path).header("accept-encoding", "gzip, br, zstd").send();
        assert!(answer.body.len() < 256 && answer.header("content-encoding").is_empty(), "{path}");
        let forced = app.anonymous().get(path).header("accept-encoding", "identity;q=0, gzip").send();
        let is_json = forced.header("content-type").contains("json");
        assert_eq!(
            forced.header("content-encoding"),
            if is_json && !answer.body.is_empty() { "gzip" } else { "" },
            "{path}"
        );
    }
}

fn exports_are_encoded_in_pieces(app: TestApp) {
    app.load_demo();
    for format in ["csv", "ndjson", "geojson"] {
        let path = format!("/api/v1/members?format={format}");
        let plain = app.anonymous().get(&path).expect(200).body;
        for encoding in ENCODINGS {
            let answer = app.anonymous().get(&path).header("accept-encoding", encoding).expect(200);
            assert_eq!(answer.header("content-encoding"), encoding);
            assert_eq!(answer.header("content-length"), "");
            assert!(decoded(encoding, &answer.body) == plain, "{format} {encoding}");
        }
    }
}

fn whoever_takes_nothing_that_there_is_is_told_so(app: TestApp) {
    for nothing in ["identity;q=0", "*;q=0", "deflate, *;q=0", "identity;q=0, gzip;q=0.0"] {
        let refused = app.anonymous().get("/api/v1").header("accept-encoding", nothing).expect(406);
        assert!(refused.json()["detail"].as_str().unwrap().contains("zstd, br, gzip"), "{nothing}");
    }
    for (list, chosen) in [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.2", "gzip"),
        ("deflate, ,gzip;q=x", "gzip"),
        ("*", "gzip"),
        ("gzip;q=.2, identity;q=.8", ""),
        ("deflate", ""),
    ] {
        let answer = app.anonymous().get("/openapi.json").header("accept-encoding", list).expect(200);
        assert_eq!(answer.header("content-encoding"), chosen, "{list}");
    }
}
