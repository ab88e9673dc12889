//! Bodies that break off, or are damaged: what was valid before stays, nothing is swept, and the next run mends all.

use crate::harness::{
    CHAMBER, Dice, LAST_CHUNK, Socket, Syncs as _, TestApp, chunk, counts, gzip, member_line, member_lines,
    ndjson, on_both, with, zstd,
};
use serde_json::{Value, json};

on_both! {
    a_connection_cut_short_of_its_length
    a_connection_cut_between_chunks
    chunks_that_are_none
    a_connection_cut_at_any_byte
    a_compressed_stream_that_is_cut
    a_compressed_stream_that_is_damaged
    a_stream_that_was_never_compressed
    a_broken_dry_run_writes_nothing
    the_reason_is_in_words_of_this_house
}

/// Ten members, of which the public knows all.
#[track_caller]
fn prepare(app: &TestApp) {
    app.chamber(CHAMBER).sync("", &member_lines(0..10));
}

/// The latest run failed, and says so; nothing was deleted.
#[track_caller]
fn failed(app: &TestApp) -> Value {
    let run = app.latest_run(CHAMBER, |run| run["state"] != "running");
    assert_eq!((&run["state"], &run["sweep"]["state"]), (&json!("failed"), &json!("skipped")), "{run}");
    assert!(!run["sweep"]["reason"].as_str().unwrap().is_empty());
    assert!(run["finished_at"].is_string());
    assert_eq!(counts(&run)[4], 0);
    for number in 0..10 {
        let id = format!("M-{number:04}");
        assert!(app.held_by(CHAMBER).contains(&id), "{id} was deleted");
    }
    run
}

/// A chamber sends everything again, and then the portal holds just that.
#[track_caller]
fn converges(app: &TestApp, lines: &[Value]) {
    app.chamber(CHAMBER).sync("mode=full&max_deletion_percent=100", lines);
    let mut sent: Vec<&str> = lines.iter().map(|line| line["external_id"].as_str().unwrap()).collect();
    sent.sort_unstable();
    assert_eq!(app.held_by(CHAMBER), sent);
}

/// What came back says that the body was broken, if anything did.
#[track_caller]
fn refused(socket: &mut Socket) {
    let answer = socket.answer();
    assert!(matches!(answer.status, 0 | 400), "{}", answer.text);
    if answer.status == 400 && answer.text.contains("\r\n\r\n{") {
        assert!(
            answer.text.contains("\"failed\"") || answer.text.contains("problems/bad-request"),
            "{}",
            answer.text
        );
    }
}

fn a_connection_cut_short_of_its_length(app: TestApp) {
    prepare(&app);
    let half = &member_line("C").to_string()[..30];
    let body = ndjson(&[member_line("A"), member_line("B")]) + half;
    for extra in [1, 100, 1_000_000] {
        let head = app.run_head(CHAMBER, "mode=full&max_deletion_percent=100", "identity");
        let mut socket = Socket::open(app.address);
        socket.send(format!("{head}content-length: {}\r\n\r\n{body}", body.len() + extra).as_bytes());
        refused(socket.finish());
        let run = failed(&app);
        assert_eq!(counts(&run)[0], 2, "what broke off is no line");
        assert_eq!(counts(&run)[5], 0);
        assert!(app.held_by(CHAMBER).contains(&"A".to_owned()), "what was valid before stays");
    }
    converges(&app, &[member_line("A"), member_line("C")]);
}

fn a_connection_cut_between_chunks(app: TestApp) {
    prepare(&app);
    let pieces =
        [chunk(ndjson(&[member_line("A")]).as_bytes()), chunk(ndjson(&[member_line("B")]).as_bytes())];
    // Between chunks, within one, before the last of the last chunk, and with the connection dropped at once.
    let cut = chunk(&[b'x'; 200]);
    let ends: [(&[u8], bool); 5] =
        [(b"", true), (&cut[..50], true), (b"0\r\n", true), (b"5", true), (b"", false)];
    for (number, (end, listens)) in ends.into_iter().enumerate() {
        let mut socket = app.open_run(CHAMBER, "mode=full&max_deletion_percent=100");
        socket.send(&pieces.concat()).send(end);
        if listens {
            refused(socket.finish());
        } else {
            // So that it begins before it ends.
            app.latest_run(CHAMBER, |run| run["state"] == "running");
            drop(socket);
        }
        let run = failed(&app);
        assert_eq!(counts(&run)[0], 2, "{number}");
    }
    assert_eq!(app.held_by(CHAMBER).len(), 12);
    converges(&app, &[member_line("B")]);
}

fn chunks_that_are_none(app: TestApp) {
    prepare(&app);
    let mut socket = app.open_run(CHAMBER, "mode=full&max_deletion_percent=100");
    socket.send(&chunk(ndjson(&[member_line("A")]).as_bytes()));
    app.latest_run(CHAMBER, |run| run["state"] == "running");
    socket.send(b"rubbish\r\n\r\n");
    refused(&mut socket);
    failed(&app);
    converges(&app, &member_lines(0..11));
}

fn a_connection_cut_at_any_byte(app: TestApp) {
    prepare(&app);
    let mut dice = Dice::new(4);
    let lines: Vec<Value> = member_lines(5..60)
        .iter()
        .map(|line| with(line, &json!({ "name": format!("Neu {}", line["external_id"]) })))
        .collect();
    let body = ndjson(&lines);
    let sent: Vec<(&str, Vec<u8>)> = vec![
        ("identity", body.clone().into()),
        ("gzip", gzip(body.as_bytes())),
        ("zstd", zstd(body.as_bytes())),
    ];
    for round in 0..15 {
        let (encoding, bytes) = &sent[round % 3];
        let cut = dice.below(bytes.len());
        let head = app.run_head(CHAMBER, "mode=full&max_deletion_percent=100", encoding);
        let mut socket = Socket::open(app.address);
        socket.send(format!("{head}content-length: {}\r\n\r\n", bytes.len()).as_bytes()).send(&bytes[..cut]);
        refused(socket.finish());
        let run = failed(&app);
        // What it says that it wrote is there, as it was sent.
        for record in
            app.admin().get(&format!("/api/v1/chambers/{CHAMBER}/members?limit=200")).expect(200).items()
        {
            let id = record["external_id"].as_str().unwrap();
            let whole = record["name"] == format!("Firma {id}") || record["name"] == format!("Neu \"{id}\"");
            assert!(whole, "{record}");
        }
        assert!(counts(&run)[0] <= 55);
    }
    converges(&app, &lines);
}

fn a_compressed_stream_that_is_cut(app: TestApp) {
    prepare(&app);
    let chamber = app.chamber(CHAMBER);
    let lines = member_lines(10..3_010);
    let body = ndjson(&lines);
    for (encoding, whole) in [("gzip", gzip(body.as_bytes())), ("zstd", zstd(body.as_bytes()))] {
        for length in [0, 1, 10, whole.len() / 2, whole.len() - 8, whole.len() - 1] {
            let start = chamber.start("mode=full&max_deletion_percent=100", &whole[..length]);
            let answer = start.header("content-encoding", encoding).expect(400);
            let problem = answer.json();
            assert!(problem["type"].as_str().unwrap().ends_with("/problems/broken-body"), "{problem}");
            let run = failed(&app);
            assert_eq!(problem["run"]["id"], run["id"]);
            assert_eq!(problem["run"]["counts"], run["counts"]);
            assert!(answer.header("location").ends_with(run["id"].as_str().unwrap()));
        }
    }
    assert!(app.held_by(CHAMBER).len() > 10, "what was valid before the break stays");
    converges(&app, &lines);
}

fn a_compressed_stream_that_is_damaged(app: TestApp) {
    prepare(&app);
    let chamber = app.chamber(CHAMBER);
    let body = ndjson(&member_lines(10..40));
    let whole = gzip(body.as_bytes());
    let damaged = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        bytes
    };
    let last = whole.len() - 1;
    let bodies = [
        // Its checksum, its length, its middle, its beginning.
        damaged(last - 6),
        damaged(last),
        damaged(whole.len() / 2),
        damaged(0),
        [whole.as_slice(), b"garbage behind"].concat(),
        [whole.as_slice(), body.as_bytes()].concat(),
    ];
    for (number, sent) in bodies.into_iter().enumerate() {
        let start =
            chamber.start("mode=full&max_deletion_percent=100", sent).header("content-encoding", "gzip");
        let answer = start.expect(400);
        assert!(answer.json()["type"].as_str().unwrap().ends_with("/problems/broken-body"), "{number}");
        failed(&app);
    }
    let garbage = [zstd(body.as_bytes()), b"garbage behind".to_vec()].concat();
    chamber
        .start("mode=full&max_deletion_percent=100", garbage)
        .header("content-encoding", "zstd")
        .expect(400);
    failed(&app);
    assert_eq!(app.held_by(CHAMBER).len(), 40);
    converges(&app, &member_lines(0..5));
}

fn a_stream_that_was_never_compressed(app: TestApp) {
    prepare(&app);
    let chamber = app.chamber(CHAMBER);
    for encoding in ["gzip", "zstd"] {
        for body in [ndjson(&member_lines(0..1)), String::new(), "\u{0}".repeat(100)] {
            chamber
                .start("mode=full&max_deletion_percent=100", body)
                .header("content-encoding", encoding)
                .expect(400);
            assert_eq!(counts(&failed(&app)), [0; 6], "{encoding}");
        }
    }
    // And one that nobody decompressed: lines that are none.
    let run = chamber.start("mode=full", gzip(b"{}")).expect(201).json();
    assert_eq!(run["sweep"]["state"], "skipped");
    assert_eq!(app.held_by(CHAMBER).len(), 10);
}

fn a_broken_dry_run_writes_nothing(app: TestApp) {
    prepare(&app);
    let written = app.database.revisions();
    let body = gzip(ndjson(&member_lines(5..2_000)).as_bytes());
    let start = app.chamber(CHAMBER).start("mode=full&dry_run=true", &body[..body.len() - 4]);
    let run = start.header("content-encoding", "gzip").expect(400).json()["run"].clone();
    assert_eq!((&run["state"], &run["dry_run"]), (&json!("failed"), &json!(true)));
    assert_eq!(app.database.revisions(), written);
    let mut socket = app.open_run(CHAMBER, "mode=full");
    socket.send(&chunk(ndjson(&member_lines(0..10)).as_bytes())).send(LAST_CHUNK);
    assert_eq!(socket.answer().status, 201);
}

fn the_reason_is_in_words_of_this_house(app: TestApp) {
    prepare(&app);
    let chamber = app.chamber(CHAMBER);
    let body = ndjson(&member_lines(10..40));
    let mut wide = zstd::Encoder::new(Vec::new(), 3).unwrap();
    wide.window_log(24).unwrap();
    std::io::Write::write_all(&mut wide, body.as_bytes()).unwrap();
    let (gzip, zstd, wide) = (gzip(body.as_bytes()), zstd(body.as_bytes()), wide.finish().unwrap());
    let sent: [(&str, &[u8], &str); 8] = [
        ("gzip", &gzip[..gzip.len() - 3], "the gzip stream ends too early"),
        ("gzip", b"", "the gzip stream ends too early"),
        ("gzip", body.as_bytes(), "the gzip stream is damaged"),
        ("zstd", &zstd[..zstd.len() - 1], "the zstd stream ends too early"),
        ("zstd", &zstd[..zstd.len() / 2], "the zstd stream ends too early"),
        ("zstd", b"", "the zstd stream ends too early"),
        ("zstd", body.as_bytes(), "the zstd stream is damaged"),
        (
            "zstd",
            &wide,
            "the zstd stream needs a window of more than 8 MiB: compress it with level 19 or lower and without --long",
        ),
    ];
    for (encoding, bytes, reason) in sent {
        let start = chamber.start("mode=full&max_deletion_percent=100", bytes);
        let answer = start.header("content-encoding", encoding).expect(400).json();
        let reason = format!("he body was not received as a whole: {reason}");
        assert_eq!(answer["run"]["sweep"]["reason"], format!("t{reason}"));
        assert_eq!(answer["detail"], format!("T{reason}."));
        failed(&app);
    }
    // Whatever breaks: the length, the chunks, or what is in them.
    for (encoding, bytes) in [("identity", body.as_bytes()), ("gzip", &gzip), ("zstd", &zstd)] {
        let mut socket = app.open_run_encoded(CHAMBER, "mode=full&max_deletion_percent=100", encoding);
        socket.send(&chunk(&bytes[..bytes.len() / 2]));
        app.latest_run(CHAMBER, |run| run["state"] == "running");
        socket.send(b"rubbish\r\n\r\n");
        refused(&mut socket);
        let reason = "the connection or its framing broke off before the body was whole";
        assert_eq!(
            failed(&app)["sweep"]["reason"],
            format!("the body was not received as a whole: {reason}"),
            "{encoding}"
        );
    }
}
