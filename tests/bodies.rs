//! Bodies of single writes: compressed, cut, damaged, too large.

use crate::harness::{
    Answer, CHAMBER, LAST_CHUNK, Socket, TestApp, chunk, gzip, minimal, on_both, runs_of, zstd,
};
use api::auth::Role;
use domain::kind::Kind;
use std::io::Write as _;

on_both! {
    a_body_is_read_in_every_encoding
    a_compressed_body_that_was_cut_anywhere_is_refused
    a_compressed_body_that_is_damaged_is_refused
    a_body_may_be_as_large_as_the_limit_in_every_encoding
    several_encodings_of_a_body_are_unsupported
    what_breaks_a_body_is_said_in_words_of_this_house
    who_sends_everything_before_listening_hears_every_refusal
}

/// Bytes in brotli, as one stream that holds them uncompressed (RFC 7932 section 9.2).
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len() - 1).unwrap();
    assert!(length < 1 << 16);
    // WBITS 16 is a 0; then ISLAST 0, MNIBBLES 4 as 00, MLEN - 1 in 16 bits, ISUNCOMPRESSED 1: 21 bits.
    let header = length << 4 | 1 << 20;
    let mut stream = header.to_le_bytes()[..3].to_vec();
    stream.extend_from_slice(bytes);
    // ISLAST 1, ISLASTEMPTY 1.
    stream.push(3);
    stream
}

fn packed(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => gzip(bytes),
        "zstd" => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "br" => brotli(bytes),
        _ => bytes.to_vec(),
    }
}

fn body(name: &str) -> Vec<u8> {
    minimal(Kind::Cluster, name).to_string().into_bytes()
}

fn post(app: &TestApp, encoding: &str, body: &[u8]) -> Answer {
    app.editor()
        .post("/api/v1/clusters")
        .header("content-encoding", encoding)
        .body("application/json", body)
        .send()
}

fn clusters(app: &TestApp) -> usize {
    app.auditor().get("/api/v1/clusters").expect(200).items().len()
}

fn a_body_is_read_in_every_encoding(app: TestApp) {
    for (number, encoding) in ["identity", "gzip", "zstd", "br"].into_iter().enumerate() {
        let answer = post(&app, encoding, &packed(encoding, &body(&format!("Eins {number}"))));
        assert_eq!(answer.status, 201, "{encoding}: {}", answer.text());
    }
    let two = [zstd(&body("Zwei")[..10]), zstd(&body("Zwei")[10..])].concat();
    assert_eq!(post(&app, "zstd", &two).status, 201);
    assert_eq!(clusters(&app), 5);
}

fn a_compressed_body_that_was_cut_anywhere_is_refused(app: TestApp) {
    for encoding in ["gzip", "zstd", "br"] {
        let whole = packed(encoding, &body("Eins"));
        for length in (0..whole.len()).step_by(7).chain(whole.len() - 8..whole.len()) {
            let answer = post(&app, encoding, &whole[..length]);
            assert_eq!(answer.status, 400, "{encoding} {length}: {}", answer.text());
        }
    }
    assert_eq!(clusters(&app), 0);
}

fn a_compressed_body_that_is_damaged_is_refused(app: TestApp) {
    for encoding in ["gzip", "zstd"] {
        let whole = packed(encoding, &body("Eins"));
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            let answer = post(&app, encoding, &damaged);
            assert_eq!(answer.status, 400, "{encoding} {at}: {}", answer.text());
        }
        assert_eq!(post(&app, encoding, &[whole.as_slice(), b"garbage"].concat()).status, 400, "{encoding}");
    }
    assert_eq!(clusters(&app), 0);
}

fn a_body_may_be_as_large_as_the_limit_in_every_encoding(app: TestApp) {
    const LIMIT: usize = 2 * 1024 * 1024;
    for (number, encoding) in ["identity", "gzip", "zstd"].into_iter().enumerate() {
        let sent = body(&format!("Eins {number}"));
        let fits = [vec![b' '; LIMIT - sent.len()], sent].concat();
        assert_eq!(post(&app, encoding, &packed(encoding, &fits)).status, 201, "{encoding}");
        let larger = packed(encoding, &[b" ".as_slice(), &fits].concat());
        assert_eq!(post(&app, encoding, &larger).status, 413, "{encoding}");
        let bomb = packed(encoding, &vec![b' '; 32 * LIMIT]);
        if bomb.len() < LIMIT {
            assert_eq!(post(&app, encoding, &bomb).status, 413, "{encoding}");
        }
    }
}

fn several_encodings_of_a_body_are_unsupported(app: TestApp) {
    for encodings in ["gzip, identity", "identity, gzip", "gzip, gzip", "deflate", ""] {
        let answer = post(&app, encodings, &body("Eins"));
        assert_eq!(answer.status, 415, "{encodings}");
        assert_eq!(answer.header("accept-encoding"), "gzip, br, zstd");
    }
    let (token, _) = app.issue(Role::Editor, None);
    let sent = gzip(&body("Eins"));
    let head = format!(
        "POST /api/v1/clusters HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-encoding: identity\r\n\
         content-length: {}\r\n\r\n",
        sent.len()
    );
    let answer = Socket::open(app.address).send(&[head.as_bytes(), &sent].concat()).answer();
    assert_eq!(answer.status, 415, "{}", answer.text);
    assert_eq!(clusters(&app), 0);
}

fn what_breaks_a_body_is_said_in_words_of_this_house(app: TestApp) {
    let whole = body("Eins");
    let mut wide = zstd::Encoder::new(Vec::new(), 3).unwrap();
    wide.window_log(24).unwrap();
    wide.write_all(&whole).unwrap();
    let wide = wide.finish().unwrap();
    let sent: [(&str, &[u8], &str); 5] = [
        ("gzip", &whole, "the gzip stream is damaged"),
        ("gzip", b"", "the gzip stream ends too early"),
        ("zstd", b"", "the zstd stream ends too early"),
        ("br", &whole, "the brotli stream is damaged or ends too early"),
        (
            "zstd",
            &wide,
            "the zstd stream needs a window of more than 8 MiB: compress it with level 19 or lower and without --long",
        ),
    ];
    for (encoding, bytes, reason) in sent {
        let detail = post(&app, encoding, bytes).json()["detail"].clone();
        assert_eq!(detail, format!("The body could not be received as a whole: {reason}."));
    }
}

/// More than all buffers on the way hold, so that it does not all leave before it is read.
const LARGE: usize = 24 << 20;

fn who_sends_everything_before_listening_hears_every_refusal(app: TestApp) {
    let (chamber, _) = app.issue(Role::Chamber, Some(CHAMBER));
    let (editor, _) = app.issue(Role::Editor, None);
    let (runs, others) = (runs_of(CHAMBER), runs_of("ihk-bodensee-oberschwaben"));
    let refused = |[method, address, token, kind, encoding]: [&str; 5], status: u16| {
        for framing in ["transfer-encoding: chunked".to_owned(), format!("content-length: {LARGE}")] {
            let head = format!(
                "{method} {address} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                 content-type: {kind}\r\ncontent-encoding: {encoding}\r\n{framing}\r\n\r\n"
            );
            let piece = vec![b' '; 1 << 16];
            let body = if framing.ends_with("chunked") {
                [chunk(&piece).repeat(LARGE >> 16), LAST_CHUNK.to_vec()].concat()
            } else {
                piece.repeat(LARGE >> 16)
            };
            let answer = Socket::open(app.address).send(head.as_bytes()).send(&body).answer();
            assert_eq!(answer.status, status, "{method} {address} {framing}: {}", answer.text);
            assert!(answer.text.contains("application/problem+json"), "{}", answer.text);
        }
    };
    let (lines, json, plain) = ("application/x-ndjson", "application/json", "identity");
    refused(["POST", &runs, "none", lines, plain], 401);
    refused(["POST", &others, &chamber, lines, plain], 404);
    refused(["POST", &runs, &chamber, "text/csv", plain], 415);
    refused(["POST", &format!("{runs}?mode=none"), &chamber, lines, plain], 400);
    // This run begins, and fails by the first bytes.
    refused(["POST", &runs, &chamber, lines, "gzip"], 400);
    refused(["POST", "/api/v1/clusters", &editor, json, plain], 413);
    refused(["PUT", "/api/v1/clusters/none", "none", json, plain], 401);
    refused(["POST", "/api/v1/nothing", &editor, json, plain], 404);
    refused(["POST", "/api/v1/stats", &editor, json, plain], 405);
    let _other = app.open_run(CHAMBER, "");
    app.latest_run(CHAMBER, |run| run["state"] == "running");
    refused(["POST", &runs, &chamber, lines, plain], 409);
}
