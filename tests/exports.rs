//! Exports: addresses of their own, entity tags, and readers that do not read.

use crate::harness::{Answer, Client, Records as _, TestApp, collection, minimal, on_both};
use api::{
    formats::Format,
    limits::{READER_PATIENCE, heavy::PLACES_OF_CLIENT},
};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::json;
use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

on_both! {
    each_export_has_an_address_of_its_own
    an_export_is_not_run_again_until_something_changes
    exports_that_nobody_reads_are_few_and_are_ended
}

fn each_export_has_an_address_of_its_own(app: TestApp) {
    let public = app.anonymous();
    for kind in Kind::ALL {
        for name in ["Anna", "Berta"] {
            app.admin().create(kind, &minimal(kind, &format!("{name} {kind}")));
        }
        let collection = collection(kind);
        for format in Format::exports(kind) {
            let (extension, media_type) = (format.extension(), format.media_type());
            let address = format!("{collection}.{extension}");
            let export = public.get(&address).expect(200);
            assert!(export.header("content-type").starts_with(media_type));
            assert!(export.header("content-disposition").contains(&format!("{}.{extension}", kind.plural())));
            assert!(export.text().contains("Anna") && export.text().contains("Berta"));
            let by_parameter = public.get(&collection).query("format", extension).expect(200);
            let by_header = public.get(&collection).header("accept", media_type).expect(200);
            for same in [by_parameter, by_header] {
                assert_eq!((&same.body, same.etag()), (&export.body, export.etag()));
            }
            let limited = public.get(&address).query("limit", "1").query("sort", "-updated_at").expect(200);
            assert!(limited.text().contains("Berta") && !limited.text().contains("Anna"));
            let found = public.get(&address).query("q", "berta").expect(200);
            let found = found.text();
            assert!(found.contains("Berta") && !found.contains("Anna"));
            for unknown in [("format", extension), ("cursor", "x"), ("with_total", "true"), ("x", "y")] {
                assert_eq!(
                    public.get(&address).query(unknown.0, unknown.1).expect(400).faults(),
                    [unknown.0]
                );
            }
            public.get(&address).query("limit", "0").expect(400);
            public.get(&address).header("accept", "application/json").expect(406);
            public.get(&address).header("accept", "text/html, */*;q=0.1").expect(200);
            assert_eq!(public.head(&address).expect(200).etag(), export.etag());
            assert_eq!(
                app.editor().post(&address).json(&json!({})).expect(405).header("allow"),
                "GET, HEAD, OPTIONS"
            );
        }
        public.get(&format!("{collection}.xml")).expect(404);
    }
    // No slug has a dot, so no record can hide an export or be hidden by one.
    let mut record = minimal(Kind::Cluster, "Punkt");
    record["slug"] = json!("x.csv");
    app.editor().post("/api/v1/clusters").json(&record).expect(422);
}

fn an_export_is_not_run_again_until_something_changes(app: TestApp) {
    app.admin().create(Kind::Member, &minimal(Kind::Member, "Anna"));
    let addresses = [
        "members.csv",
        "members.ndjson",
        "members.geojson",
        "members.csv?limit=1",
        "clusters.csv",
        "members?format=csv&q=anna",
    ];
    let get = |client: Client<'_>, address: &str, tag: &str| -> Answer {
        client.get(&format!("/api/v1/{address}")).header("if-none-match", tag).send()
    };
    let tags = |client: fn(&TestApp) -> Client<'_>| -> Vec<String> {
        addresses.map(|address| get(client(&app), address, "\"x\"").etag()).into()
    };
    let first = tags(TestApp::anonymous);
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), addresses.len(), "each has its own");
    assert!(
        tags(TestApp::auditor).iter().all(|tag| !first.contains(tag)),
        "whoever sees more has other tags"
    );
    let is_held = |tags: &[String]| -> Vec<bool> {
        addresses
            .iter()
            .zip(tags)
            .map(|(address, tag)| get(app.anonymous(), address, tag).status == 304)
            .collect()
    };
    assert_eq!(is_held(&first), [true; 6]);
    for (address, tag) in addresses.iter().zip(&first) {
        let held = get(app.anonymous(), address, tag);
        assert!(held.body.is_empty());
        assert_eq!(held.etag(), *tag);
        assert_eq!(held.header("cache-control"), "public, max-age=0, must-revalidate");
        let whole = get(app.anonymous(), address, "\"x\"");
        assert_eq!(held.header("change-cursor"), whole.header("change-cursor"));
        assert_eq!(whole.header("content-encoding"), "");
        let packed = app.anonymous().get(&format!("/api/v1/{address}")).header("accept-encoding", "gzip");
        let packed = packed.expect(200);
        assert_eq!(packed.etag(), format!("{}-gzip\"", tag.trim_end_matches('"')));
        assert_eq!(get(app.anonymous(), address, &packed.etag()).status, 304);
    }
    let private = get(app.auditor(), "members.csv", "\"x\"");
    assert_eq!(
        get(app.auditor(), "members.csv", &private.etag()).header("cache-control"),
        "private, no-store"
    );
    // The day is that of the landscape, in Europe/Berlin: what is valid today may not be tomorrow.
    app.clock.set("2026-05-12T21:59:59Z");
    assert_eq!(is_held(&first), [true; 6]);
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(is_held(&first), [false; 6]);
    let second = tags(TestApp::anonymous);
    app.admin().create(Kind::Member, &minimal(Kind::Member, "Berta"));
    assert_eq!(is_held(&second), [false; 6]);
    assert!(get(app.anonymous(), "members.csv", &second[0]).text().contains("Berta"));
    // The past does not change, but what of it may be seen does.
    let past = "members.ndjson?as_of=2026-05-12T20:00:00Z";
    let then = get(app.anonymous(), past, "\"x\"");
    assert_eq!(get(app.anonymous(), past, &then.etag()).status, 304);
    app.admin().change(Kind::Member, then.json()["id"].as_str().unwrap(), &json!({ "public": false }));
    let now = get(app.anonymous(), past, &then.etag());
    assert_eq!((now.status, now.text().as_str()), (200, ""));
    // Faults come first.
    app.anonymous().get("/api/v1/members.csv?x=y").header("if-none-match", "*").expect(400);
}

/// An export that is asked for, and its head.
fn begin(app: &TestApp) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(b"GET /api/v1/clusters.ndjson HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    (stream, String::from_utf8(head).unwrap())
}

/// Reads to the end, so many bytes each half second; whether the whole answer came.
fn read_slowly(mut stream: TcpStream, bytes: usize) -> bool {
    let (mut piece, mut end) = (vec![0; bytes], Vec::new());
    loop {
        match stream.read(&mut piece) {
            Ok(count @ 1..) => {
                end.extend_from_slice(&piece[..count]);
                end.drain(..end.len().saturating_sub(7));
            }
            _ => return false,
        }
        if end == b"\r\n0\r\n\r\n" {
            return true;
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn exports_that_nobody_reads_are_few_and_are_ended(app: TestApp) {
    const MORE: usize = 5;
    for number in 0..100 {
        let mut cluster = minimal(Kind::Cluster, &format!("Cluster {number}"));
        let text = "Wort ".repeat(3_990);
        cluster["description"] = json!({ "de": text, "en": text });
        app.admin().create(Kind::Cluster, &cluster);
    }
    thread::scope(|scope| {
        let began: Vec<_> = (0..PLACES_OF_CLIENT + MORE).map(|_| scope.spawn(|| begin(&app))).collect();
        let began: Vec<_> = began.into_iter().map(|one| one.join().unwrap()).collect();
        let since = Instant::now();
        let (mut unread, refused): (Vec<_>, Vec<_>) =
            began.into_iter().partition(|(_, head)| head.starts_with("HTTP/1.1 200 "));
        assert_eq!((unread.len(), refused.len()), (PLACES_OF_CLIENT, MORE));
        for (_, head) in refused {
            assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: 10\r\n"), "{head}");
        }
        // Other answers do not wait for a place.
        app.anonymous().get("/api/v1/clusters?limit=1").expect(200);
        app.anonymous().head("/api/v1/clusters").expect(200);
        // Slow is not dead.
        let slow = unread.pop().unwrap().0;
        let slow = scope.spawn(|| read_slowly(slow, 128 * 1024));
        thread::sleep((READER_PATIENCE + Duration::from_secs(5)).saturating_sub(since.elapsed()));
        assert!(app.anonymous().get("/api/v1/clusters.ndjson").expect(200).text().ends_with("}\n"));
        for (mut stream, _) in unread {
            let mut rest = Vec::new();
            let ended = stream.read_to_end(&mut rest);
            assert!(!rest.ends_with(b"\r\n0\r\n\r\n"), "it was not given as a whole: {ended:?}");
            assert!(rest.len() < 1024 * 1024, "{} bytes waited for a reader", rest.len());
        }
        assert!(slow.join().unwrap());
    });
}
