//! Many at once: nothing is lost, nothing happens twice.

use crate::harness::{Answer, Client, Records as _, Request, TestApp, collection, minimal, on_both, with};
use api::auth::Role;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    panic::AssertUnwindSafe,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
};

on_both! {
    of_many_changes_of_one_version_one_wins
    many_records_of_one_name_get_slugs_of_their_own
    a_slug_that_many_want_goes_to_one
    a_code_that_many_want_goes_to_one
    an_external_id_that_many_want_goes_to_one
    a_key_that_is_sent_many_times_at_once_makes_one_record
    two_instances_share_keys_and_versions
    changes_that_refer_to_each_other_do_not_lock_each_other_out
    every_change_is_kept_in_order
    readers_see_whole_records
    equal_questions_at_once_are_answered_alike_and_never_from_before_them
    nobody_notices_that_idle_connections_were_closed
}

const MANY: usize = 8;

/// Sends what is made for each of many callers at the same moment, and gives the answers.
fn at_once<'a>(
    client: &Client<'a>,
    request: impl Fn(&Client<'a>, usize) -> Request<'a> + Sync,
) -> Vec<Answer> {
    let barrier = Barrier::new(MANY);
    std::thread::scope(|scope| {
        let send = |number| {
            let (barrier, request) = (&barrier, &request);
            scope.spawn(move || {
                let request = request(client, number);
                barrier.wait();
                request.send()
            })
        };
        let threads: Vec<_> = (0..MANY).map(send).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// How many answers have each of two statuses; there is no third.
#[track_caller]
fn tally(answers: &[Answer], first: u16, second: u16) -> (usize, usize) {
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(count(first) + count(second), answers.len(), "{statuses:?}");
    (count(first), count(second))
}

fn of_many_changes_of_one_version_one_wins(app: TestApp) {
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    for round in 1..=5 {
        let tag = format!("\"{round}-x\"");
        let answers = at_once(&app.editor(), |client, number| {
            let website = json!({ "website": format!("https://{number}.{round}.example") });
            client.patch("/api/v1/clusters/eins").if_match(&tag).json(&website)
        });
        assert_eq!(tally(&answers, 200, 412), (1, MANY - 1));
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap().json();
        let read = app.anonymous().get("/api/v1/clusters/eins").expect(200).json();
        assert_eq!(read, winner);
        assert_eq!(read["version"], round + 1);
    }
}

fn many_records_of_one_name_get_slugs_of_their_own(app: TestApp) {
    let body = minimal(Kind::Initiative, "Verein");
    let answers = at_once(&app.editor(), |client, _| client.post("/api/v1/initiatives").json(&body));
    assert_eq!(tally(&answers, 201, 409), (MANY, 0));
    let slug = |answer: &Answer| answer.json()["slug"].as_str().unwrap().to_owned();
    let slugs: BTreeSet<String> = answers.iter().map(slug).collect();
    let numbered = (2..=MANY).map(|number| format!("verein-{number}"));
    assert_eq!(slugs, numbered.chain(["verein".to_owned()]).collect());
}

fn a_slug_that_many_want_goes_to_one(app: TestApp) {
    for number in 0..MANY {
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, &format!("C {number}")));
    }
    let wish = json!({ "slug": "begehrt" });
    let answers = at_once(&app.editor(), |client, number| {
        client.patch(&format!("/api/v1/clusters/c-{number}")).if_match("*").json(&wish)
    });
    assert_eq!(tally(&answers, 200, 409), (1, MANY - 1));
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.faults() == ["/slug"]));
    app.anonymous().get("/api/v1/clusters/begehrt").expect(200);
}

fn a_code_that_many_want_goes_to_one(app: TestApp) {
    app.prepare(Kind::Operation);
    let body = minimal(Kind::Operation, "Vorhaben");
    // In another spelling each.
    let spelled = |number: usize| ["E-1", "e-1", "E 1", "e/1", "E.1", "e_1", "E/1", "e.1"][number % 8];
    let answers = at_once(&app.admin(), |client, number| {
        client.post("/api/v1/operations").json(&with(&body, &json!({ "code": spelled(number) })))
    });
    assert_eq!(tally(&answers, 201, 409), (1, MANY - 1));
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.faults() == ["/code"]));
    assert_eq!(app.anonymous().get("/api/v1/operations").expect(200).items().len(), 1);
}

fn an_external_id_that_many_want_goes_to_one(app: TestApp) {
    let body = with(&minimal(Kind::Member, "Firma"), &json!({ "chamber": "ihk-ulm", "external_id": "1" }));
    let answers = at_once(&app.admin(), |client, _| client.post("/api/v1/members").json(&body));
    assert_eq!(tally(&answers, 201, 409), (1, MANY - 1));
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.faults() == ["/external_id"]));
    assert_eq!(app.anonymous().get("/api/v1/members").expect(200).items().len(), 1);
}

fn a_key_that_is_sent_many_times_at_once_makes_one_record(app: TestApp) {
    let body = minimal(Kind::Cluster, "Einmal");
    let send = |client: &Client<'_>| {
        at_once(client, |client, _| {
            client.post("/api/v1/clusters").header("idempotency-key", "k").json(&body)
        })
    };
    let answers = send(&app.editor());
    assert!(tally(&answers, 201, 409).0 >= 1);
    let bodies: BTreeSet<Vec<u8>> =
        answers.into_iter().filter(|answer| answer.status == 201).map(|answer| answer.body).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(app.anonymous().get("/api/v1/clusters").expect(200).items().len(), 1);
}

fn two_instances_share_keys_and_versions(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let token = app.issue(Role::Editor, None).0;
    let clients = [app.bearer(&token), second.bearer(&token)];
    let body = minimal(Kind::Cluster, "Einmal");
    let answers = at_once(&clients[0], |_, number| {
        let client = &clients[number % 2];
        client.post("/api/v1/clusters").header("idempotency-key", "k").json(&body)
    });
    assert!(tally(&answers, 201, 409).0 >= 1);
    for client in &clients {
        assert_eq!(client.get("/api/v1/clusters").expect(200).each("slug"), ["einmal"]);
    }
    let answers = at_once(&clients[0], |_, number| {
        let website = json!({ "website": format!("https://{number}.example") });
        clients[number % 2].patch("/api/v1/clusters/einmal").if_match("\"1\"").json(&website)
    });
    assert_eq!(tally(&answers, 200, 412), (1, MANY - 1));
    let [first, second] = clients.map(|client| client.get("/api/v1/clusters/einmal").expect(200).body);
    assert_eq!(first, second);
}

fn changes_that_refer_to_each_other_do_not_lock_each_other_out(app: TestApp) {
    for number in 0..MANY {
        app.editor().create(Kind::Network, &minimal(Kind::Network, &format!("N {number}")));
    }
    for round in 1..MANY {
        let answers = at_once(&app.editor(), |client, number| {
            let next = format!("n-{}", (number + round) % MANY);
            client
                .patch(&format!("/api/v1/networks/n-{number}"))
                .if_match("*")
                .json(&json!({ "successor": next }))
        });
        assert_eq!(tally(&answers, 200, 409), (MANY, 0));
    }
}

fn every_change_is_kept_in_order(app: TestApp) {
    let answers = at_once(&app.editor(), |client, number| {
        client.post(&collection(Kind::Measure)).json(&minimal(Kind::Measure, &format!("M {number}")))
    });
    assert_eq!(tally(&answers, 201, 409), (MANY, 0));
    let ids: BTreeSet<String> = answers.iter().map(|answer| answer.json()["id"].to_string()).collect();
    assert_eq!(ids.len(), MANY);
    assert_eq!(app.database.revisions(), MANY as i64);
    let gaps = "SELECT max(seq) - min(seq) + 1 - count(*) AS n FROM revisions";
    assert_eq!(app.database.number(gaps), 0);
}

fn readers_see_whole_records(app: TestApp) {
    let both =
        |number: usize| json!({ "name": { "de": format!("Wort {number}"), "en": format!("Wort {number}") } });
    app.editor()
        .create(Kind::Cluster, &with(&minimal(Kind::Cluster, "x"), &with(&both(0), &json!({ "slug": "x" }))));
    let answers = at_once(&app.editor(), |client, number| match number % 2 {
        0 => client.patch("/api/v1/clusters/x").if_match("*").json(&both(number)),
        _ => client.get(&format!(
            "/api/v1/clusters?q=wort&ids={}",
            app.auditor().get("/api/v1/clusters/x").expect(200).json()["id"].as_str().unwrap()
        )),
    });
    for answer in answers {
        let body: Value = answer.json();
        let record = body.get("items").map_or(&body, |items| &items[0]);
        assert_eq!(record["name"]["de"], record["name"]["en"], "{body}");
    }
}

fn nobody_notices_that_idle_connections_were_closed(app: TestApp) {
    for _ in 0..3 {
        let reads = at_once(&app.editor(), |client, _| client.get("/api/v1/clusters?status=draft"));
        assert!(reads.iter().all(|answer| answer.status == 200), "{reads:?}");
        app.database.hang_up();
    }
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
}

/// Equal questions share the work (`api::flights`): whoever has written sees it at once all the same, on either instance,
/// and drafts are for those who may see them.
fn equal_questions_at_once_are_answered_alike_and_never_from_before_them(app: TestApp) {
    const QUESTIONS: [&str; 5] = [
        "/api/v1/clusters?limit=200",
        "/api/v1/clusters?limit=200&q=stadt",
        "/api/v1/search?q=stadt&limit=200",
        "/api/v1/clusters/facets?bbox=5,45,15,55",
        "/api/v1/stats?kind=cluster",
    ];
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let is_over = AtomicBool::new(false);
    let count = |client: &Client<'_>, question: &str| -> usize {
        let answer = client.get(question).expect(200).json();
        if let Some(kinds) = answer["kinds"].as_array() {
            return usize::try_from(kinds[0]["count"].as_u64().unwrap()).unwrap();
        }
        if let Some(fields) = answer.pointer("/facets/technology_field") {
            return fields[0]["count"].as_u64().map_or(0, |count| usize::try_from(count).unwrap());
        }
        answer["items"].as_array().unwrap().len()
    };
    std::thread::scope(|scope| {
        for question in QUESTIONS {
            for number in 0..4 {
                let (app, is_over) = (if number == 3 { &second } else { &app }, &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        app.anonymous().get(question).expect(200);
                    }
                });
            }
        }
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let place = json!({ "location": { "lat": 48.78, "lon": 9.18 } });
            for number in 1..=15 {
                let mut draft = minimal(Kind::Cluster, &format!("Entwurf Stadt {number}"));
                draft["status"] = "draft".into();
                app.editor().create(Kind::Cluster, &with(&draft, &place));
                let writer = if number % 2 == 0 { &app } else { &second };
                let cluster = minimal(Kind::Cluster, &format!("Stadt {number}"));
                writer.editor().create(Kind::Cluster, &with(&cluster, &place));
                for question in QUESTIONS {
                    assert_eq!(count(&writer.anonymous(), question), number, "{question}");
                }
                assert_eq!(count(&writer.auditor(), QUESTIONS[0]), 2 * number);
            }
        }));
        is_over.store(true, Ordering::Relaxed);
        done.unwrap();
    });
}
