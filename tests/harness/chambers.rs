//! Chambers that sync their members.

use super::{Client, Request, Socket, TestApp};
use serde_json::{Value, json};
use std::{io::Write as _, time::Duration};

/// The chamber that tests sync, unless it takes two.
pub(crate) const CHAMBER: &str = "ihk-region-stuttgart";
/// Another one.
pub(crate) const OTHER_CHAMBER: &str = "ihk-ulm";

/// The path of a chamber's members.
pub(crate) fn members_of(chamber: &str) -> String {
    format!("/api/v1/chambers/{chamber}/members")
}

/// The path of a member of [`CHAMBER`].
pub(crate) fn member_at(external_id: &str) -> String {
    format!("{}/{external_id}", members_of(CHAMBER))
}

/// The path of a chamber's runs.
pub(crate) fn runs_of(chamber: &str) -> String {
    format!("/api/v1/chambers/{chamber}/sync-runs")
}

/// A public member as its chamber sends it, with the least that it needs.
pub(crate) fn member_line(external_id: &str) -> Value {
    json!({
        "external_id": external_id, "name": format!("Firma {external_id}"), "kind": "company",
        "region": "DE111", "public": true,
    })
}

/// So many members: `M-0000` and so on.
pub(crate) fn member_lines(range: std::ops::Range<usize>) -> Vec<Value> {
    range.map(|number| member_line(&format!("M-{number:04}"))).collect()
}

/// That a member is no longer there.
pub(crate) fn marker(external_id: &str) -> Value {
    json!({ "external_id": external_id, "deleted": true })
}

/// Values as lines.
pub(crate) fn ndjson(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Bytes in gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes in zstd.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// How many were received, created, updated, unchanged, deleted, rejected.
#[track_caller]
pub(crate) fn counts(run: &Value) -> [u64; 6] {
    ["received", "created", "updated", "unchanged", "deleted", "rejected"]
        .map(|name| run["counts"][name].as_u64().unwrap_or_else(|| panic!("no run: {run}")))
}

/// Line, external id (or `-`) and pointer of the rejections of a run.
#[track_caller]
pub(crate) fn rejected(run: &Value) -> Vec<String> {
    let told = |rejection: &Value| {
        assert!(!rejection["reason"].as_str().unwrap().is_empty());
        let id = rejection["external_id"].as_str().unwrap_or("-");
        format!("{} {id} {}", rejection["line"], rejection["pointer"].as_str().unwrap())
    };
    run["rejections"].as_array().unwrap().iter().map(told).collect()
}

/// How tests sync.
pub(crate) trait Syncs<'a> {
    /// Begins a run of [`CHAMBER`]; the query is that of the address.
    fn start(&self, query: &str, body: impl Into<Vec<u8>>) -> Request<'a>;

    /// Sends values as lines, and gives the run, which is completed.
    fn sync(&self, query: &str, lines: &[Value]) -> Value;
}

impl<'a> Syncs<'a> for Client<'a> {
    fn start(&self, query: &str, body: impl Into<Vec<u8>>) -> Request<'a> {
        self.post(&format!("{}?{query}", runs_of(CHAMBER))).body("application/x-ndjson", body)
    }

    #[track_caller]
    fn sync(&self, query: &str, lines: &[Value]) -> Value {
        let answer = self.start(query, ndjson(lines)).expect(201);
        let run = answer.json();
        assert_eq!(run["state"], "completed");
        assert_eq!(self.get(&answer.header("location")).expect(200).json(), run);
        run
    }
}

impl TestApp {
    /// A run of a chamber whose body comes piece by piece, as chunks.
    pub(crate) fn open_run(&self, chamber: &str, query: &str) -> Socket {
        self.open_run_encoded(chamber, query, "identity")
    }

    /// The same, of a body that is compressed.
    pub(crate) fn open_run_encoded(&self, chamber: &str, query: &str, encoding: &str) -> Socket {
        let mut socket = Socket::open(self.address);
        let head = self.run_head(chamber, query, encoding);
        socket.send(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes());
        socket
    }

    /// The head of the request that begins a run, without what says how long the body is.
    pub(crate) fn run_head(&self, chamber: &str, query: &str, encoding: &str) -> String {
        let token = self.issue(api::auth::Role::Chamber, Some(chamber)).0;
        format!(
            "POST {}?{query} HTTP/1.1\r\nhost: portal.test\r\nauthorization: Bearer {token}\r\n\
            content-type: application/x-ndjson\r\ncontent-encoding: {encoding}\r\n",
            runs_of(chamber)
        )
    }

    /// The latest run of a chamber as soon as it is as it shall be.
    #[track_caller]
    pub(crate) fn latest_run(&self, chamber: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..1_000 {
            let runs = self.admin().get(&runs_of(chamber)).expect(200).items();
            if let Some(run) = runs.first() {
                if is_so(run) {
                    return run.clone();
                }
                last = run.clone();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the latest run never came to it: {last}");
    }

    /// The external ids of the members that a chamber holds, in their order.
    #[track_caller]
    pub(crate) fn held_by(&self, chamber: &str) -> Vec<String> {
        let mut held = Vec::new();
        let mut address = Some(format!("{}?limit=200", members_of(chamber)));
        while let Some(next) = address {
            let page = self.admin().get(&next).expect(200);
            held.extend(page.each("external_id"));
            address = page.json()["next"].as_str().map(str::to_owned);
        }
        held.sort();
        held
    }
}

/// A chunk of a body.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// What says that a body in chunks is whole.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
