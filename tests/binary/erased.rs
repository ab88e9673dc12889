//! What the program says and writes of a member that was erased.

use super::{Served, succeed};
use crate::harness::{
    CHAMBER, Database, OTHER_CHAMBER, Syncs as _, member_line, members_of, on_both, runs_of, with,
};
use serde_json::json;

on_both! {
    what_was_erased_is_in_no_line_of_the_log_and_in_no_later_file
}

/// Stands in every text of the member, and in what its chamber calls it.
const MARK: &str = "Xqvlgwzkjq";

fn what_was_erased_is_in_no_line_of_the_log_and_in_no_later_file(database: Database) {
    let mut served = Served::start(&database, &[]);
    let issue = |chamber: &str| {
        let whose = ["token", "issue", "--role", "chamber", "--chamber", chamber];
        succeed(&database, &[&whose[..], &["--subject", "export", "--expires", "1h"]].concat())
    };
    let (token, other) = (issue(CHAMBER), issue(OTHER_CHAMBER));
    let (chamber, other) = (served.client(Some(token.trim())), served.client(Some(other.trim())));
    let member = format!("{}/{MARK}", members_of(CHAMBER));
    let marked = json!({ "external_id": MARK, "name": MARK, "website": format!("https://{MARK}.example/") });
    let line = with(&member_line("E-1"), &marked);
    chamber.sync("", &[member_line("E-2"), line.clone()]);
    chamber.sync("", &[with(&line, &json!({ "kind": MARK, "region": MARK }))]);
    chamber.put(&member).json(&with(&line, &json!({ "size_class": MARK }))).expect(422);
    chamber.put(&member).json(&with(&line, &json!({ "size_class": "small" }))).expect(200);
    chamber.put(&member).if_match("\"1-x\"").json(&line).expect(412);
    chamber.get(&format!("{member}?{MARK}=1")).expect(400);
    chamber.get(&format!("{}?q={MARK}", members_of(CHAMBER))).expect(200);
    other.get(&member).expect(404);
    served.client(None).get(&member).expect(401);
    let export = |file: &str| {
        succeed(&database, &["export", file]);
        std::fs::read_to_string(database.folder.path().join(file)).unwrap()
    };
    assert!(export("before.ndjson").contains(MARK), "the test would see it");
    chamber.delete(&format!("{member}?erase=true")).expect(204);
    chamber.delete(&format!("{member}?erase=true")).expect(404);
    let after = export("after.ndjson");
    assert!(after.contains("E-2") && !after.contains(MARK), "{after}");
    served.terminate();
    let (status, log) = served.wait();
    assert!(status.success(), "{log}");
    let refused = format!("method=PUT path={}/{{external_id}} status=412 ", members_of(CHAMBER));
    assert!(log.contains(&refused), "{log}");
    assert!(log.contains(&runs_of(CHAMBER)) && !log.to_lowercase().contains(&MARK.to_lowercase()), "{log}");
}
