//! Helpers for tests of the sync.

use super::{Client, Request, Socket, TestApp};
use serde_json::{Value, json};
use std::{io::Write as _, time::Duration};

/// The chamber that tests use.
pub(crate) const CHAMBER: &str = "ihk-region-stuttgart";
/// A second chamber.
pub(crate) const OTHER_CHAMBER: &str = "ihk-ulm";

/// The path of the members of a chamber.
pub(crate) fn members_of(chamber: &str) -> String {
    format!("/api/v1/chambers/{chamber}/members")
}

/// The path of a member of [`CHAMBER`].
pub(crate) fn member_at(external_id: &str) -> String {
    format!("{}/{external_id}", members_of(CHAMBER))
}

/// The path of the runs of a chamber.
pub(crate) fn runs_of(chamber: &str) -> String {
    format!("/api/v1/chambers/{chamber}/sync-runs")
}

/// A public member with the required fields only, as its chamber sends it.
pub(crate) fn member_line(external_id: &str) -> Value {
    json!({
        "external_id": external_id, "name": format!("Firma {external_id}"), "kind": "company",
        "region": "DE111", "public": true,
    })
}

/// The members `M-0000`, `M-0001` and so on.
pub(crate) fn member_lines(range: std::ops::Range<usize>) -> Vec<Value> {
    range.map(|number| member_line(&format!("M-{number:04}"))).collect()
}

/// A deletion marker.
pub(crate) fn marker(external_id: &str) -> Value {
    json!({ "external_id": external_id, "deleted": true })
}

/// Formats values as NDJSON.
pub(crate) fn ndjson(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Compresses with gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compresses with zstd.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// The counts of a run: received, created, updated, unchanged, deleted, rejected.
#[track_caller]
pub(crate) fn counts(run: &Value) -> [u64; 6] {
    ["received", "created", "updated", "unchanged", "deleted", "rejected"]
        .map(|name| run["counts"][name].as_u64().unwrap_or_else(|| panic!("no run: {run}")))
}

/// The rejections of a run, as `LINE EXTERNAL_ID POINTER`, with `-` for a missing id.
#[track_caller]
pub(crate) fn rejected(run: &Value) -> Vec<String> {
    let told = |rejection: &Value| {
        assert!(!rejection["reason"].as_str().unwrap().is_empty());
        let id = rejection["external_id"].as_str().unwrap_or("-");
        format!("{} {id} {}", rejection["line"], rejection["pointer"].as_str().unwrap())
    };
    run["rejections"].as_array().unwrap().iter().map(told).collect()
}

/// Methods for syncing.
pub(crate) trait Syncs<'a> {
    /// Starts a run of [`CHAMBER`]. `query` is the query string.
    fn start(&self, query: &str, body: impl Into<Vec<u8>>) -> Request<'a>;

    /// Sends values as lines. Returns the run, which must be completed.
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
    /// Starts a run whose body is then sent in chunks.
    pub(crate) fn open_run(&self, chamber: &str, query: &str) -> Socket {
        self.open_run_encoded(chamber, query, "identity")
    }

    /// Like [`Self::open_run`], with a content encoding.
    pub(crate) fn open_run_encoded(&self, chamber: &str, query: &str, encoding: &str) -> Socket {
        let mut socket = Socket::open(self.address);
        let head = self.run_head(chamber, query, encoding);
        socket.send(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes());
        socket
    }

    /// The head of the request that starts a run, without the headers that frame the body.
    pub(crate) fn run_head(&self, chamber: &str, query: &str, encoding: &str) -> String {
        let token = self.issue(api::auth::Role::Chamber, Some(chamber)).0;
        format!(
            "POST {}?{query} HTTP/1.1\r\nhost: portal.test\r\nauthorization: Bearer {token}\r\n\
            content-type: application/x-ndjson\r\ncontent-encoding: {encoding}\r\n",
            runs_of(chamber)
        )
    }

    /// Waits until the latest run of a chamber satisfies a condition, and returns it.
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

    /// The external ids of the members of a chamber, sorted.
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

/// Formats a chunk of a body.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// The last chunk of a body.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
