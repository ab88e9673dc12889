//! What looking back costs: as much as is shown, however much has changed since.

use super::{id, text};
use crate::harness::{
    CHAMBER, Records as _, Syncs as _, TestApp, collection, member_line, minimal, on_both, with,
};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both! {
    a_page_of_the_past_costs_what_it_shows
    an_export_of_the_past_passes_once
}

/// Members of a network, some of them of another sort, in one of their versions.
fn lines(count: usize, network: &str, version: usize) -> Vec<Value> {
    let line = |number: usize| {
        let fields = json!({
            "website": format!("https://{version}.example"),
            "kind": if number % 500 == 77 { "university" } else { "company" },
            "region": if number.is_multiple_of(2) { "DE111" } else { "DE112" },
            "affiliations": [{ "organisation": network }],
        });
        with(&member_line(&format!("M-{number:06}")), &fields)
    };
    (0..count).map(line).collect()
}

/// A network and so many members that have changed since a moment, which is given back.
fn landscape(app: &TestApp, count: usize) -> String {
    let network = app.editor().create(Kind::Network, &minimal(Kind::Network, "Netz"));
    let send = |version| {
        // In pieces, so that none takes long on a busy machine.
        for piece in lines(count, id(&network), version).chunks(400) {
            app.chamber(CHAMBER).sync("mode=delta", piece);
        }
    };
    send(1);
    let then = text(app.clock.now());
    app.clock.advance(TimeDelta::days(1));
    send(2);
    then
}

/// The least time that an answer takes, of several.
fn least(app: &TestApp, address: &str, as_of: &str) -> Duration {
    let once = || {
        let began = Instant::now();
        app.anonymous().get(address).query("as_of", as_of).expect(200);
        began.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap_or_default()
}

fn a_page_of_the_past_costs_what_it_shows(app: TestApp) {
    const FEW: usize = 200;
    const MANY: usize = 3_200;
    let other = TestApp::on(app.database.another(), app.clock.clone());
    let (few, many) = (landscape(&other, FEW), landscape(&app, MANY));
    for address in [
        "/api/v1/members?limit=1",
        "/api/v1/members?limit=1&sort=-updated_at",
        "/api/v1/members?limit=1&region=DE112",
        "/api/v1/members?limit=1&kind=university",
    ] {
        let item = app.anonymous().get(address).query("as_of", &many).expect(200).items()[0].clone();
        assert_eq!(item["website"], "https://1.example", "{address}");
        compare(&other, &app, address, (&few, &many), 8);
    }
    for address in ["/api/v1/networks?limit=1", "/api/v1/networks/netz"] {
        let text = app.anonymous().get(address).query("as_of", &many).expect(200).text();
        assert!(text.contains(&format!("\"member_count\":{MANY}")), "{text}");
        compare(&other, &app, address, (&few, &many), 8);
    }
}

/// Compares what an answer costs where little and where much has changed since.
#[track_caller]
fn compare(little: &TestApp, much: &TestApp, address: &str, (few, many): (&str, &str), times: u32) {
    let (few, many) = (least(little, address, few), least(much, address, many));
    assert!(many < times * few, "{address}: {few:?} where little has changed since, {many:?} where much has");
}

fn an_export_of_the_past_passes_once(app: TestApp) {
    let other = TestApp::on(app.database.another(), app.clock.clone());
    let (few, many) = (landscape(&other, 300), landscape(&app, 2_400));
    for sort in ["name", "updated_at"] {
        let address = format!("{}?format=ndjson&sort={sort}", collection(Kind::Member));
        compare(&other, &app, &address, (&few, &many), 16);
    }
}
