//! Methods that an address does not know: who may not know of the address hears that first.

use crate::harness::{CHAMBER, Records as _, TestApp, member_at, members_of, minimal, on_both, runs_of};
use domain::kind::Kind;

on_both! {
    who_may_not_know_of_an_address_does_not_learn_its_methods
    what_is_open_to_all_tells_its_methods_to_all
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

#[track_caller]
fn status(client: &crate::harness::Client<'_>, method: &str, address: &str) -> u16 {
    let answer = client.request(method.parse().unwrap(), address).send();
    assert_eq!(answer.status == 405, !answer.header("allow").is_empty(), "{method} {address}");
    answer.status
}

fn who_may_not_know_of_an_address_does_not_learn_its_methods(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let run = app.chamber(CHAMBER).post(&runs_of(CHAMBER)).body("application/x-ndjson", "").expect(201);
    let run = run.header("location");
    // What the address knows, and what another chamber's token is told, for which it may not be there.
    let addresses: Vec<(String, &[&str], u16)> = vec![
        ("/api/v1/audit".into(), &["GET"], 403),
        ("/api/v1/clusters/eins/history".into(), &["GET"], 403),
        ("/api/v1/clusters/eins/history/1".into(), &["GET"], 403),
        ("/api/v1/clusters/eins/revert/1".into(), &["POST"], 403),
        ("/api/v1/clusters/eins/restore".into(), &["POST"], 403),
        (members_of(CHAMBER), &["GET"], 404),
        (member_at("A"), &["GET", "PUT", "DELETE"], 404),
        (runs_of(CHAMBER), &["GET", "POST"], 404),
        (run.clone(), &["GET"], 404),
        (format!("{run}/rejections"), &["GET"], 404),
    ];
    for (address, known, foreign) in &addresses {
        for method in METHODS.into_iter().filter(|method| !known.contains(method)) {
            assert_eq!(status(&app.anonymous(), method, address), 401, "{method} {address}");
            assert_eq!(status(&app.bearer("a.b.c"), method, address), 401, "{method} {address}");
            assert_eq!(status(&app.chamber("ihk-ulm"), method, address), *foreign, "{method} {address}");
            assert_eq!(status(&app.admin(), method, address), 405, "{method} {address}");
        }
        let options = app.anonymous().options(address).expect(204).header("allow");
        assert!(known.iter().all(|method| options.contains(method)), "{address}: {options}");
    }
    assert_eq!(status(&app.chamber(CHAMBER), "PATCH", &member_at("A")), 405);
    assert_eq!(status(&app.admin(), "PATCH", &members_of("nichts")), 404);
}

fn what_is_open_to_all_tells_its_methods_to_all(app: TestApp) {
    for address in ["/api/v1", "/api/v1/clusters/facets", "/api/v1/stats", "/api/v1/chambers/ihk-ulm"] {
        assert_eq!(status(&app.anonymous(), "PATCH", address), 405, "{address}");
    }
    assert_eq!(status(&app.anonymous(), "PUT", "/api/v1/clusters"), 405);
}
