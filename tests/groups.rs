//! Group commit: writes that wait at the same time share a transaction. Each is answered as if it had been alone.

use crate::harness::{
    CHAMBER, Dice, Engine, Records as _, Syncs as _, TestApp, actor, collection, member_at, member_line,
    minimal, on_both, with,
};
use crate::rebuild;
use chrono::TimeDelta;
use domain::{cluster::Cluster, kind::Kind, slug::Key};
use persistence::{
    audience::Audience,
    error::Error,
    write::{rebuild::BATCH, transaction::Transaction},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

on_both! {
    of_many_writes_at_once_all_that_are_acknowledged_are_there_and_no_others
    if_the_commit_fails_all_writes_of_the_group_fail
    a_write_that_fails_leaves_its_neighbours
    a_group_derives_what_its_writes_would_alone
    an_answer_counts_what_earlier_writes_of_its_group_wrote
    a_write_that_panics_leaves_its_neighbours
    a_write_whose_record_is_locked_waits_alone
    writers_of_two_instances_and_a_sync_run_do_not_lock_each_other_out
}

/// How long writes are given to get in line. If some come later, they are in another group.
const IN_LINE: Duration = Duration::from_millis(300);

/// Runs works at the same time. None begins its turn before all have had time to get in line.
fn in_one_group<T: Send>(app: &TestApp, works: Vec<Box<dyn FnOnce() -> T + Send + '_>>) -> Vec<T> {
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    std::thread::scope(|scope| {
        let (begun, has_begun) = mpsc::channel();
        let store = &app.store;
        let first = scope.spawn(move || {
            let wait = |_: &mut Transaction<'_>| {
                begun.send(()).unwrap();
                let _ = released.lock().unwrap().recv();
                Ok::<_, Error>(())
            };
            store.write_in_group(&actor(), Audience::Staff, wait, |result| result.unwrap());
        });
        has_begun.recv().unwrap();
        let threads: Vec<_> = works.into_iter().map(|work| scope.spawn(work)).collect();
        std::thread::sleep(IN_LINE);
        drop(release);
        first.join().unwrap();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Sends creations of clusters in one group. Returns the statuses. An internal error is one of them.
fn create_in_one_group(app: &TestApp, bodies: &[Value]) -> Vec<u16> {
    let create = |body| -> Box<dyn FnOnce() -> u16 + Send + '_> {
        Box::new(move || app.editor().post(&collection(Kind::Cluster)).json(body).run().status().as_u16())
    };
    in_one_group(app, bodies.iter().map(create).collect())
}

fn cluster(name: &str) -> Value {
    minimal(Kind::Cluster, name)
}

/// The names of all clusters.
fn names(app: &TestApp) -> BTreeSet<String> {
    app.database.words("SELECT name AS word FROM records WHERE kind = 'cluster'").into_iter().collect()
}

/// There are so many revisions, one per version, and their moments do not decrease.
fn check_revisions(app: &TestApp, count: usize) {
    assert_eq!(app.database.revisions(), i64::try_from(count).unwrap());
    let falling =
        "SELECT count(*) AS n FROM revisions AS a JOIN revisions AS b ON a.seq < b.seq AND a.at > b.at";
    assert_eq!(app.database.number(falling), 0);
    let twice = "SELECT count(*) AS n FROM
        (SELECT record FROM revisions GROUP BY record, version HAVING count(*) > 1) AS twice";
    assert_eq!(app.database.number(twice), 0);
}

fn of_many_writes_at_once_all_that_are_acknowledged_are_there_and_no_others(app: TestApp) {
    const CLIENTS: usize = 12;
    const ROUNDS: usize = 12;
    app.editor().create(Kind::Cluster, &with(&cluster("Ziel"), &json!({ "slug": "ziel" })));
    let is_over = AtomicBool::new(false);
    let (acknowledged, versions) = (Mutex::new(BTreeSet::from(["Ziel".to_owned()])), AtomicUsize::new(1));
    std::thread::scope(|scope| {
        let (app, acknowledged, versions, is_over) = (&app, &acknowledged, &versions, &is_over);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || {
                    let mut dice = Dice::new(client as u64);
                    for round in 0..ROUNDS {
                        let name = format!("C {client} {round}");
                        let create = |more: Value| {
                            let body = with(&cluster(&name), &more);
                            app.editor().post(&collection(Kind::Cluster)).json(&body).send().status
                        };
                        let patch = |tag: &str| {
                            let website = json!({ "website": format!("https://{client}.{round}.example") });
                            app.editor()
                                .patch("/api/v1/clusters/ziel")
                                .if_match(tag)
                                .json(&website)
                                .send()
                                .status
                        };
                        match dice.below(6) {
                            0 => assert_eq!(create(json!({ "slug": "ziel" })), 409),
                            1 => assert_eq!(create(json!({ "technology_fields": [] })), 422),
                            2 => assert_eq!(patch("\"0-x\""), 412),
                            3 => {
                                assert_eq!(patch("*"), 200);
                                versions.fetch_add(1, Ordering::Relaxed);
                            }
                            _ => {
                                assert_eq!(create(json!({})), 201);
                                acknowledged.lock().unwrap().insert(name);
                            }
                        }
                    }
                })
            })
            .collect();
        // Time goes on and falls back meanwhile.
        scope.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                for seconds in [7, -5] {
                    app.clock.advance(TimeDelta::seconds(seconds));
                    std::thread::sleep(Duration::from_millis(3));
                }
            }
        });
        let ended: Vec<_> = clients.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        ended.into_iter().for_each(Result::unwrap);
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_eq!(names(&app), acknowledged);
    let versions = versions.into_inner();
    let target = app.anonymous().get("/api/v1/clusters/ziel").expect(200).json();
    assert_eq!(target["version"], versions);
    check_revisions(&app, acknowledged.len() + versions - 1);
}

/// Makes every commit fail that contains a record named `Poison`.
fn poison(app: &TestApp) {
    app.database.execute(match app.database.engine {
        Engine::Sqlite => {
            "CREATE TABLE nobody (id INTEGER PRIMARY KEY);
            CREATE TABLE orphans (parent INTEGER REFERENCES nobody (id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TRIGGER poison AFTER INSERT ON records WHEN NEW.name = 'Poison'
                BEGIN INSERT INTO orphans VALUES (1); END"
        }
        Engine::Postgres => {
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$;
            CREATE CONSTRAINT TRIGGER poison AFTER INSERT ON records DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.name = 'Poison') EXECUTE FUNCTION poison()"
        }
    });
}

fn if_the_commit_fails_all_writes_of_the_group_fail(app: TestApp) {
    poison(&app);
    let mut acknowledged = BTreeSet::new();
    // Who came too late for the group is acknowledged. Usually nobody does.
    for round in 1.. {
        assert!(round < 20, "writes do not share a commit");
        let all = [format!("A {round}"), "Poison".to_owned(), format!("B {round}"), format!("C {round}")];
        let statuses = create_in_one_group(&app, &all.each_ref().map(|name| cluster(name)));
        assert_eq!(statuses[1], 500);
        let kept = all.into_iter().zip(&statuses).filter(|(_, status)| **status == 201);
        acknowledged.extend(kept.map(|(name, _)| name));
        assert_eq!(names(&app), acknowledged);
        check_revisions(&app, acknowledged.len());
        if statuses.iter().filter(|status| **status == 500).count() > 1 {
            break;
        }
    }
    app.editor().create(Kind::Cluster, &cluster("Danach"));
}

fn a_write_that_fails_leaves_its_neighbours(app: TestApp) {
    app.editor().create(Kind::Cluster, &with(&cluster("Da"), &json!({ "slug": "da" })));
    let bodies = [
        cluster("Eins"),
        with(&cluster("Zwei"), &json!({ "slug": "da" })),
        cluster("Drei"),
        with(&cluster("Vier"), &json!({ "regions": [] })),
        cluster("Fünf"),
    ];
    assert_eq!(create_in_one_group(&app, &bodies), [201, 409, 201, 422, 201]);
    assert_eq!(names(&app), ["Da", "Eins", "Drei", "Fünf"].map(str::to_owned).into());
    check_revisions(&app, 4);
    let total =
        app.anonymous().get("/api/v1/clusters?q=fünf&with_total=true").expect(200).json()["total"].clone();
    assert_eq!(total, 1);
}

/// A request that is sent from a group, and its answer.
type Sent<'a> = Box<dyn FnOnce() -> (u16, Value) + Send + 'a>;

fn put_member<'a>(app: &'a TestApp, external_id: &'a str, more: Value) -> Sent<'a> {
    Box::new(move || {
        let line = with(&member_line(external_id), &more);
        let answer = app.chamber(CHAMBER).put(&member_at(external_id)).json(&line).send();
        (answer.status, answer.json())
    })
}

fn patch_initiative(app: &TestApp, more: Value) -> Sent<'_> {
    Box::new(move || {
        let answer = app.editor().patch("/api/v1/initiatives/ziel").if_match("*").json(&more).send();
        (answer.status, answer.json())
    })
}

fn create_initiative(app: &TestApp) {
    let more = json!({ "slug": "ziel", "status": "published" });
    app.editor().create(Kind::Initiative, &with(&minimal(Kind::Initiative, "Ziel"), &more));
}

/// The same records change several times in each group, also back to what they were.
fn a_group_derives_what_its_writes_would_alone(app: TestApp) {
    const ROUNDS: u64 = 6;
    create_initiative(&app);
    let mut dice = Dice::new(11);
    let affiliations = [
        json!([]),
        json!([{ "organisation": "ziel" }]),
        json!([{ "organisation": "ziel", "since": "2020-01-01" }]),
        json!([{ "organisation": "ziel", "since": "2020-01-01", "until": "2099-12-31" }]),
    ];
    for _ in 0..ROUNDS {
        let mut works: Vec<Sent<'_>> = Vec::new();
        for _ in 0..10 {
            let name = ["Alpha Optik", "Beta Photonik", "Gamma"][dice.below(3)];
            let affiliations = &affiliations[dice.below(affiliations.len())];
            let (public, external_id) = (dice.below(3) > 0, ["M-1", "M-2"][dice.below(2)]);
            let member = json!({ "name": name, "public": public, "affiliations": affiliations });
            let (host, field) = (dice.below(9), ["photonik", "mikrosystemtechnik"][dice.below(2)]);
            works.push(match dice.below(4) {
                0 => patch_initiative(&app, json!({ "website": format!("https://{host}.example") })),
                1 => patch_initiative(&app, json!({ "technology_fields": [field] })),
                _ => put_member(&app, external_id, member),
            });
        }
        for (status, answer) in in_one_group(&app, works) {
            assert!(matches!(status, 200 | 201), "{status} {answer}");
        }
    }
    let derived = rebuild::derived_rows(&app.database);
    rebuild::outdate(&app.database);
    rebuild::beside(&app).rebuild(BATCH, &|_| ()).unwrap();
    assert_eq!(rebuild::derived_rows(&app.database), derived);
}

fn an_answer_counts_what_earlier_writes_of_its_group_wrote(app: TestApp) {
    create_initiative(&app);
    let ids: Vec<String> = (0..8).map(|number| format!("M-{number}")).collect();
    let mut works: Vec<Sent<'_>> = Vec::new();
    for (number, external_id) in ids.iter().enumerate() {
        works.push(put_member(&app, external_id, json!({ "affiliations": [{ "organisation": "ziel" }] })));
        works.push(patch_initiative(&app, json!({ "website": format!("https://{number}.example") })));
    }
    let answers = in_one_group(&app, works);
    assert!(answers.iter().all(|(status, _)| matches!(status, 200 | 201)), "{answers:?}");
    let order = app.database.words(
        "SELECT kind || ' ' || version AS word FROM revisions WHERE kind IN ('member', 'initiative') ORDER BY seq",
    );
    let mut members = 0;
    for write in order {
        if write == "member 1" {
            members += 1;
        }
        let Some(version) = write.strip_prefix("initiative ").filter(|version| *version != "1") else {
            continue;
        };
        let answer = answers.iter().find(|(_, answer)| {
            answer["kind"] != "company" && answer["version"].as_i64() == version.parse().ok()
        });
        assert_eq!(answer.unwrap().1["member_count"], members, "version {version}");
    }
    assert_eq!(members, 8);
}

fn a_write_that_panics_leaves_its_neighbours(app: TestApp) {
    let create = |name: &'static str| -> Box<dyn FnOnce() -> u16 + Send + '_> {
        let app = &app;
        Box::new(move || app.editor().post(&collection(Kind::Cluster)).json(&cluster(name)).send().status)
    };
    let panicking = || {
        let (done, result) = mpsc::channel();
        let panics = |_: &mut Transaction<'_>| -> Result<(), Error> { panic!("as intended") };
        let write =
            || app.store.write_in_group(&actor(), Audience::Staff, panics, move |it| done.send(it).unwrap());
        assert!(catch_unwind(AssertUnwindSafe(write)).is_err());
        assert!(result.recv().is_err(), "nobody is told a result");
        0
    };
    let statuses = in_one_group(&app, vec![create("Eins"), Box::new(panicking), create("Zwei")]);
    assert_eq!(statuses, [201, 0, 201]);
    assert_eq!(names(&app), ["Eins", "Zwei"].map(str::to_owned).into());
    app.editor().create(Kind::Cluster, &cluster("Drei"));
}

fn a_write_whose_record_is_locked_waits_alone(app: TestApp) {
    app.editor().create(Kind::Cluster, &with(&cluster("Ziel"), &json!({ "slug": "ziel" })));
    let (locked, is_locked) = mpsc::channel();
    let (release, is_released) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let app = &app;
        scope.spawn(move || {
            let key = Key::parse("ziel").unwrap();
            app.store.write(&actor(), Audience::Staff, |transaction| {
                transaction.find::<Cluster>(&key)?;
                locked.send(()).unwrap();
                let _ = is_released.recv();
                Ok::<_, Error>(())
            })
        });
        is_locked.recv().unwrap();
        let patch = json!({ "website": "https://ziel.example" });
        let waiting = scope
            .spawn(move || app.editor().patch("/api/v1/clusters/ziel").if_match("*").json(&patch).send());
        std::thread::sleep(IN_LINE);
        // On SQLite, everyone waits for the writer.
        let others = scope.spawn(|| app.editor().create(Kind::Cluster, &cluster("Andere")));
        if app.database.engine == Engine::Postgres {
            others.join().unwrap();
        }
        assert!(!waiting.is_finished());
        drop(release);
        assert_eq!(waiting.join().unwrap().status, 200);
    });
    assert_eq!(names(&app), ["Ziel", "Andere"].map(str::to_owned).into());
}

fn writers_of_two_instances_and_a_sync_run_do_not_lock_each_other_out(app: TestApp) {
    const MEMBERS: usize = 30;
    const WRITERS: usize = 4;
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let chamber = app.chamber(CHAMBER);
    let lines = |round: usize| -> Vec<Value> {
        let line =
            |number: usize| with(&member_line(&number.to_string()), &json!({ "name": format!("M {round}") }));
        (0..MEMBERS).map(line).collect()
    };
    chamber.sync("mode=delta", &lines(0));
    std::thread::scope(|scope| {
        let (app, second) = (&app, &second);
        for writer in 0..WRITERS {
            let instance = if writer % 2 == 0 { app } else { second };
            scope.spawn(move || {
                let mut dice = Dice::new(writer as u64);
                let client = instance.bearer(&app.issue(api::auth::Role::Admin, None).0);
                for round in 0..25 {
                    let number = dice.below(MEMBERS).to_string();
                    let name = format!("W {writer} {round}");
                    let answer = match dice.below(3) {
                        0 => client.post(&collection(Kind::Cluster)).json(&cluster(&name)).send(),
                        1 => client
                            .put(&member_at(&number))
                            .json(&with(&member_line(&number), &json!({ "name": name })))
                            .send(),
                        _ => {
                            let id = client.get(&member_at(&number)).expect(200).json()["id"].clone();
                            let path = format!("{}/{}", collection(Kind::Member), id.as_str().unwrap());
                            client.patch(&path).if_match("*").json(&json!({ "name": name })).send()
                        }
                    };
                    assert!([200, 201].contains(&answer.status), "{}", answer.text());
                }
            });
        }
        scope.spawn(move || {
            for round in 1..8 {
                let run = app.chamber(CHAMBER).sync("mode=delta", &lines(round));
                assert_eq!(run["state"], "completed", "{run}");
            }
        });
    });
    let falling =
        "SELECT count(*) AS n FROM revisions AS a JOIN revisions AS b ON a.seq < b.seq AND a.at > b.at";
    assert_eq!(app.database.number(falling), 0);
    let gaps = "SELECT count(*) AS n FROM records WHERE version <>
        (SELECT count(*) FROM revisions WHERE revisions.record = records.id)";
    assert_eq!(app.database.number(gaps), 0);
}
