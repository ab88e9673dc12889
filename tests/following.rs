//! Following the change feed: waiting, streams, and many who write and read at once.

use crate::harness::{
    Client, Dice, EventStream, Records as _, TestApp, Turmoil, collection, minimal, on_both,
};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::Value;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread::{self, sleep},
    time::{Duration, Instant},
};

on_both! {
    waiting_ends_at_once_when_there_is_something
    waiting_ends_with_the_next_change_on_whichever_instance
    waiting_ends_empty_when_nothing_comes
    hidden_changes_do_not_end_waiting
    a_stream_begins_now_and_tells_each_change_as_it_comes
    a_stream_is_taken_up_where_it_broke
    a_stream_is_never_silent_for_long
    now_is_the_end_of_the_feed
    kinds_and_records_go_for_streams_too
    open_streams_and_waiting_do_not_keep_the_server_from_stopping
    readers_of_many_writers_miss_nothing_and_see_nothing_twice
}

const FEED: &str = "/api/v1/changes";

#[track_caller]
fn create(app: &TestApp, kind: Kind, name: &str) -> Value {
    app.editor().create(kind, &minimal(kind, name))
}

#[track_caller]
fn cursor(app: &TestApp) -> String {
    app.anonymous().get(FEED).expect(200).json()["cursor"].as_str().unwrap().to_owned()
}

fn slug(event: &Value) -> &str {
    event["slug"].as_str().unwrap()
}

fn waiting_ends_at_once_when_there_is_something(app: TestApp) {
    create(&app, Kind::Cluster, "Eins");
    let began = Instant::now();
    let answer = app.anonymous().get(FEED).query("wait", "30").expect(200);
    assert_eq!(answer.each("slug"), ["eins"]);
    assert!(began.elapsed() < Duration::from_secs(5));
}

fn waiting_ends_with_the_next_change_on_whichever_instance(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    for (number, writer) in [&app, &second].into_iter().enumerate() {
        let since = cursor(&app);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let answer = app.anonymous().get(FEED).query("since", &since).query("wait", "30").expect(200);
                (answer, Instant::now())
            });
            sleep(Duration::from_millis(150));
            assert!(!waiting.is_finished());
            create(writer, Kind::Cluster, &format!("C{number}"));
            let written = Instant::now();
            let (answer, ended) = waiting.join().unwrap();
            assert_eq!(answer.each("slug"), [format!("c{number}")]);
            assert!(ended.saturating_duration_since(written) < Duration::from_secs(5));
        });
    }
}

fn waiting_ends_empty_when_nothing_comes(app: TestApp) {
    create(&app, Kind::Cluster, "Eins");
    let since = cursor(&app);
    let began = Instant::now();
    let answer = app.anonymous().get(FEED).query("since", &since).query("wait", "1").expect(200);
    assert!((1.0..10.0).contains(&began.elapsed().as_secs_f64()));
    assert!(answer.items().is_empty());
    assert_eq!(answer.json()["cursor"], since);
    app.anonymous().get(FEED).query("since", &since).query("wait", "0").expect(200);
}

fn hidden_changes_do_not_end_waiting(app: TestApp) {
    let since = cursor(&app);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let request = app.anonymous().get(FEED).query("kind", "network");
            request.query("since", &since).query("wait", "30").expect(200)
        });
        sleep(Duration::from_millis(100));
        let mut draft = minimal(Kind::Network, "Entwurf");
        draft["status"] = "draft".into();
        app.editor().create(Kind::Network, &draft);
        create(&app, Kind::Cluster, "Eins");
        sleep(Duration::from_millis(200));
        assert!(!waiting.is_finished());
        create(&app, Kind::Network, "Zwei");
        assert_eq!(waiting.join().unwrap().each("slug"), ["zwei"]);
    });
}

fn a_stream_begins_now_and_tells_each_change_as_it_comes(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    create(&app, Kind::Cluster, "Vorher");
    let mut streams = [app.anonymous().get(FEED).stream(), app.auditor().get(FEED).stream()];
    for (number, writer) in [&app, &second, &app].into_iter().enumerate() {
        create(writer, Kind::Cluster, &format!("C{number}"));
        let expected = app.anonymous().get(FEED).expect(200).items().pop().unwrap();
        for stream in &mut streams {
            let event = stream.next().unwrap();
            assert_eq!(event.data, expected);
            assert_eq!(event.id, cursor(&app));
        }
    }
}

fn a_stream_is_taken_up_where_it_broke(app: TestApp) {
    let mut stream = app.anonymous().get(FEED).stream();
    let opening = stream.last_id.clone();
    for name in ["A", "B", "C"] {
        create(&app, Kind::Cluster, name);
    }
    let first = stream.next().unwrap();
    assert_eq!(slug(&first.data), "a");
    drop(stream);
    let all = |mut stream: EventStream, count: usize| -> Vec<String> {
        (0..count).map(|_| slug(&stream.next().unwrap().data).to_owned()).collect()
    };
    let resumed = |id: &str| app.anonymous().get(FEED).header("last-event-id", id);
    assert_eq!(all(resumed(&first.id).stream(), 2), ["b", "c"]);
    assert_eq!(all(resumed(&opening).stream(), 3), ["a", "b", "c"], "the opening has an id too");
    assert_eq!(all(app.anonymous().get(FEED).query("since", &first.id).stream(), 2), ["b", "c"]);
    assert_eq!(all(app.anonymous().get(FEED).query("since", "0").stream(), 3), ["a", "b", "c"]);
    assert_eq!(all(resumed(&first.id).query("since", "0").stream(), 2), ["b", "c"], "the nearer one holds");
    let refused = resumed("x").header("accept", "text/event-stream").expect(400);
    assert!(refused.text().contains("Last-Event-ID"));
}

/// Comments come though hidden writes wake the stream all the time.
fn a_stream_is_never_silent_for_long(app: TestApp) {
    let mut stream = app.anonymous().get(FEED).stream();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut draft = minimal(Kind::Network, "Entwurf");
            draft["status"] = "draft".into();
            while !is_over.load(Ordering::Relaxed) {
                app.editor().create(Kind::Network, &draft);
                sleep(Duration::from_millis(200));
            }
        });
        let began = Instant::now();
        let came = stream.comment();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(came.as_deref(), Some("still here"));
        assert!(began.elapsed() < Duration::from_secs(17), "{:?}", began.elapsed());
    });
    create(&app, Kind::Cluster, "Eins");
    assert_eq!(slug(&stream.next().unwrap().data), "eins");
}

fn now_is_the_end_of_the_feed(app: TestApp) {
    create(&app, Kind::Cluster, "Vorher");
    let page = app.anonymous().get(FEED).query("since", "now").expect(200);
    assert!(page.items().is_empty());
    assert_eq!(
        (page.json()["cursor"].as_str(), &page.json()["next"]),
        (Some(cursor(&app).as_str()), &Value::Null)
    );
    let mut stream = app.anonymous().get(FEED).query("since", "now").stream();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            app.anonymous()
                .get(FEED)
                .query("since", "now")
                .query("wait", "30")
                .query("limit", "1")
                .expect(200)
        });
        sleep(Duration::from_millis(300));
        assert!(!waiting.is_finished());
        create(&app, Kind::Cluster, "Nachher");
        assert_eq!(waiting.join().unwrap().each("slug"), ["nachher"]);
    });
    assert_eq!(slug(&stream.next().unwrap().data), "nachher");
    // It is no id of an event.
    app.anonymous()
        .get(FEED)
        .header("accept", "text/event-stream")
        .header("last-event-id", "now")
        .expect(400);
}

fn kinds_and_records_go_for_streams_too(app: TestApp) {
    let mut stream = app.anonymous().get(FEED).query("kind", "event").query("include", "record").stream();
    create(&app, Kind::Cluster, "Cluster");
    let event = create(&app, Kind::Event, "Treffen");
    let told = stream.next().unwrap().data;
    assert_eq!(told["record"], app.anonymous().get("/api/v1/events/treffen").expect(200).json());
    assert_eq!(told["id"], event["id"]);
    app.editor().delete(&format!("{}/treffen", collection(Kind::Event))).if_match("*").expect(204);
    let told = stream.next().unwrap().data;
    assert_eq!((&told["action"], &told["record"]), (&"removed".into(), &Value::Null));
}

fn open_streams_and_waiting_do_not_keep_the_server_from_stopping(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let stream = second.anonymous().get(FEED).stream();
    let began = Instant::now();
    drop((stream.last_id.clone(), app));
    second.stop();
    assert!(began.elapsed() < Duration::from_secs(10));
    drop(stream);
}

const WRITERS: usize = 8;
const WRITES: usize = 40;

fn readers_of_many_writers_miss_nothing_and_see_nothing_twice(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let written = AtomicBool::new(false);
    let readers: [fn(&Reader<'_>) -> Vec<Value>; 4] = [polling, waiting, streaming, following_next];
    let seen: Vec<Vec<Value>> = thread::scope(|scope| {
        scope.spawn(|| {
            while !written.load(Ordering::Relaxed) {
                app.clock.advance(TimeDelta::microseconds(700));
                sleep(Duration::from_micros(300));
            }
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let instance = if number % 2 == 0 { &app } else { &second };
                scope.spawn(move || {
                    let mut turmoil = Turmoil::new(instance.editor(), number + 1);
                    (0..WRITES).for_each(|_| turmoil.stir());
                })
            })
            .collect();
        let readers: Vec<_> = readers
            .into_iter()
            .enumerate()
            .map(|(number, read)| {
                let instance = if number % 2 == 0 { &second } else { &app };
                scope.spawn(move || read(&Reader { client: instance.anonymous(), seed: number as u64 }))
            })
            .collect();
        let outcomes: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        written.store(true, Ordering::Relaxed);
        // An end that everyone recognises.
        create(&app, Kind::Cluster, "Schluss");
        outcomes.into_iter().for_each(Result::unwrap);
        readers.into_iter().map(|reader| reader.join().unwrap()).collect()
    });
    let public = app.database.numbers("SELECT seq AS n FROM revisions WHERE effect IS NOT NULL ORDER BY seq");
    assert!(public.len() > WRITERS * WRITES / 2, "{} public changes", public.len());
    for changes in &seen {
        let seqs: Vec<i64> = changes.iter().map(seq).collect();
        assert_eq!(seqs, public);
        assert_eq!(changes, &seen[0]);
    }
    assert_eq!(seen.len(), 4);
    let moments: Vec<chrono::DateTime<chrono::Utc>> =
        seen[0].iter().map(|change| change["at"].as_str().unwrap().parse().unwrap()).collect();
    assert!(moments.is_sorted());
    let falls = "SELECT count(*) AS n FROM revisions a JOIN revisions b ON b.seq > a.seq AND b.at < a.at";
    assert_eq!(app.database.number(falls), 0);
}

/// Someone who follows the feed to its end, and now and then forgets what was not yet noted down.
struct Reader<'a> {
    client: Client<'a>,
    seed: u64,
}

fn seq(change: &Value) -> i64 {
    change["seq"].as_i64().unwrap()
}

/// Whether the last change is the one that ends the test.
fn is_done(changes: &[Value]) -> bool {
    changes.last().is_some_and(|change| change["slug"] == "schluss")
}

impl Reader<'_> {
    /// Reads pages; of every third the reader dies before it has noted it down.
    fn read(&self, limit: &str, wait: &str, place: impl Fn(&Value, &[Value]) -> String) -> Vec<Value> {
        let (mut dice, mut noted, mut since) = (Dice::new(self.seed), Vec::new(), "0".to_owned());
        while !is_done(&noted) {
            let request = self.client.get(FEED).query("limit", limit).query("wait", wait);
            let answer = request.query("since", &since).expect(200);
            if !dice.is_below(33) {
                noted.extend(answer.items());
                since = place(&answer.json(), &noted);
            }
        }
        noted
    }
}

fn polling(reader: &Reader<'_>) -> Vec<Value> {
    reader.read("7", "0", |page, _| page["cursor"].as_str().unwrap().to_owned())
}

fn waiting(reader: &Reader<'_>) -> Vec<Value> {
    reader.read("200", "1", |page, _| page["cursor"].as_str().unwrap().to_owned())
}

/// By the address of the next page where there is one, else by the number of the last change.
fn following_next(reader: &Reader<'_>) -> Vec<Value> {
    reader.read("5", "1", |page, noted| match page["next"].as_str() {
        Some(next) => next.split("since=").nth(1).unwrap().split('&').next().unwrap().to_owned(),
        None => noted.last().map_or_else(|| "0".to_owned(), |change| seq(change).to_string()),
    })
}

fn streaming(reader: &Reader<'_>) -> Vec<Value> {
    let (mut dice, mut noted) = (Dice::new(reader.seed), Vec::new());
    let mut last_id: Option<String> = None;
    while !is_done(&noted) {
        let request = reader.client.get(FEED);
        let mut stream = match &last_id {
            Some(id) => request.header("last-event-id", id).stream(),
            None => request.query("since", "0").stream(),
        };
        while !is_done(&noted) && !dice.is_below(5) {
            let event = stream.next().unwrap();
            noted.push(event.data);
            last_id = Some(event.id);
        }
    }
    noted
}
