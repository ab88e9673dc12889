//! What comes from the cache is what would come without it, at any moment.

use crate::harness::{
    Answer, Client, DESCRIPTION, Dice, FEATURES, Landscape, Records as _, TestApp, Turmoil, collection,
    located, minimal, on_both, with,
};
use api::limits::rate::EXEMPT;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};
use ureq::http::HeaderMap;

on_both! {
    every_read_is_the_same_with_and_without_the_cache
    no_reader_sees_less_than_what_was_acknowledged
    an_answer_that_waits_or_follows_from_the_hour_is_not_kept
}

/// The headers that follow from the content.
fn telling(answer: &Answer) -> HeaderMap {
    let mut headers = answer.headers.clone();
    for name in ["date", "x-request-id"] {
        headers.remove(name);
    }
    headers
}

/// An answer that nobody has asked for before, because nobody else accepts this.
#[track_caller]
fn fresh(client: &Client<'_>, address: &str, encoding: &str, number: usize) -> Answer {
    let accept = format!("*/*, x-{number}/x");
    client.get(address).header("accept", &accept).header("accept-encoding", encoding).send()
}

fn every_read_is_the_same_with_and_without_the_cache(app: TestApp) {
    let landscape = Landscape::new(&app, "published");
    let operations = DESCRIPTION.operations().iter().chain(FEATURES.operations());
    let addresses: Vec<String> = operations
        .filter(|operation| operation.method == "get" && !EXEMPT.contains(&operation.template.as_str()))
        .map(|operation| landscape.address(operation))
        .collect();
    let (mut turmoil, mut dice, client) = (Turmoil::new(app.editor(), 7), Dice::new(7), app.anonymous());
    for round in 0..8 {
        turmoil.stir();
        for (place, address) in addresses.iter().enumerate() {
            let encoding = *dice.one_of(&["identity", "gzip", "zstd", "br"]);
            let expected = fresh(&client, address, encoding, round * addresses.len() + place);
            for time in ["first", "again"] {
                let answer =
                    client.get(address).header("accept", "*/*").header("accept-encoding", encoding).send();
                let what = format!("{address} {encoding}, {time}, round {round}");
                assert_eq!(answer.status, expected.status, "{what}");
                assert_eq!(answer.body, expected.body, "{what}");
                assert_eq!(telling(&answer), telling(&expected), "{what}");
            }
            if expected.status == 200 && expected.headers.contains_key("etag") {
                let held = expected.etag();
                let request = client.get(address).header("accept", "*/*").header("accept-encoding", encoding);
                let answer = request.header("if-none-match", &held).expect(304);
                assert_eq!((answer.etag(), answer.body.len()), (held, 0), "{address}");
            }
        }
    }
}

/// The number in the name of a record.
fn number(record: &Value) -> u64 {
    record["name"]["de"].as_str().unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

fn no_reader_sees_less_than_what_was_acknowledged(app: TestApp) {
    const RECORDS: usize = 3;
    let records: Vec<Value> = (0..RECORDS)
        .map(|place| app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, &format!("C{place} 0"))))
        .collect();
    let addresses: Vec<String> =
        records.iter().map(|record| format!("/api/v1/clusters/{}", record["id"].as_str().unwrap())).collect();
    let acknowledged: Vec<AtomicU64> = (0..RECORDS).map(|_| AtomicU64::new(0)).collect();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for (address, acknowledged) in addresses.iter().zip(&acknowledged) {
            let (app, is_over) = (&app, &is_over);
            scope.spawn(move || {
                let end = Instant::now() + Duration::from_secs(4);
                for number in 1_u64.. {
                    let name = json!({ "name": { "de": format!("C {number}") } });
                    app.editor().patch(address).if_match("*").json(&name).expect(200);
                    acknowledged.store(number, SeqCst);
                    if Instant::now() > end {
                        break;
                    }
                }
                is_over.store(true, SeqCst);
            });
        }
        for _ in 0..3 {
            let (app, addresses, acknowledged, is_over) = (&app, &addresses, &acknowledged, &is_over);
            scope.spawn(move || {
                while !is_over.load(SeqCst) {
                    for (address, acknowledged) in addresses.iter().zip(acknowledged) {
                        let least = acknowledged.load(SeqCst);
                        let record = app.anonymous().get(address).expect(200).json();
                        assert!(number(&record) >= least, "{record} is older than {least}");
                    }
                    let least: Vec<u64> = acknowledged.iter().map(|number| number.load(SeqCst)).collect();
                    for record in app.anonymous().get(&collection(Kind::Cluster)).expect(200).items() {
                        let id = record["id"].as_str().unwrap();
                        let place = addresses.iter().position(|address| address.ends_with(id)).unwrap();
                        assert!(number(&record) >= least[place], "{record} is older than {least:?}");
                    }
                }
            });
        }
    });
    assert!(acknowledged.iter().all(|number| number.load(SeqCst) > 3));
}

fn an_answer_that_waits_or_follows_from_the_hour_is_not_kept(app: TestApp) {
    let feed = "/api/v1/changes";
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let cursor = app.anonymous().get(feed).expect(200).json()["cursor"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let began = Instant::now();
        app.anonymous().get(feed).query("since", &cursor).query("wait", "1").expect(200);
        assert!(began.elapsed() >= Duration::from_millis(900), "it did not wait");
    }
    // The atlas shows the events that are not over.
    let hour =
        json!({ "starts_at": "2026-05-12T11:00:00Z", "ends_at": "2026-05-12T12:00:00Z", "region": "DE1" });
    let event = with(&located(Kind::Event, "Heute", [48.8, 9.2]), &hour);
    let event = app.editor().create(Kind::Event, &event);
    let of = |moment: &str| {
        app.clock.set(moment);
        let atlas = || app.anonymous().get("/api/v1/regions/DE1/atlas").expect(200).text();
        let shown = atlas();
        assert_eq!(shown, atlas());
        shown.contains(event["id"].as_str().unwrap())
    };
    let shown = of("2026-05-12T10:30:00Z");
    assert!(shown && of("2026-05-12T11:59:59Z") && !of("2026-05-12T12:00:01Z"));
}
