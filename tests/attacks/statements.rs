//! Time that tells of hidden records: the database does the same for a record that is hidden as for none.

use crate::harness::{
    Client, Database, Engine, Records as _, Stage as _, TestApp, TestClock, collection, minimal, nobodys_id,
    on_both, with,
};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use domain::kind::Kind;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

on_both! {
    a_hidden_record_costs_the_statements_of_none
}

/// The statements on the databases that tests watch, by a part of their URLs.
static STATEMENTS: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

/// Records the statements of one connection.
#[derive(Default)]
struct Watch(Option<String>);

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let mut statements = STATEMENTS.lock().unwrap();
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.0 = statements.keys().find(|part| url.contains(*part)).cloned();
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                // Others watch for changes meanwhile. Only what concerns records tells of them.
                let is_of_records = ["records", "slugs", "links"].iter().any(|table| text.contains(table));
                if let Some(of) =
                    self.0.as_ref().and_then(|part| statements.get_mut(part)).filter(|_| is_of_records)
                {
                    of.push(text.split("-- binds").next().unwrap_or_default().trim().to_owned());
                }
            }
            _ => {}
        }
    }
}

fn a_hidden_record_costs_the_statements_of_none(engine: Engine) {
    set_default_instrumentation(|| Some(Box::new(Watch::default()))).unwrap();
    let database = Database::set_up(engine);
    let part = match engine {
        Engine::Sqlite => database.folder.path().display().to_string(),
        Engine::Postgres => database.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned(),
    };
    STATEMENTS.lock().unwrap().insert(part.clone(), Vec::new());
    let app = TestApp::on(database, TestClock::new());
    let statements = |client: &Client<'_>, method: &str, address: &str| {
        STATEMENTS.lock().unwrap().get_mut(&part).unwrap().clear();
        let answer = client.request(method.parse().unwrap(), address).if_match("*").json(&json!({})).send();
        let mut asked = std::mem::take(STATEMENTS.lock().unwrap().get_mut(&part).unwrap());
        asked.sort();
        (answer.status, answer.json()["detail"].clone(), asked)
    };
    for kind in Kind::ALL {
        let draft = with(&minimal(kind, "Entwurf"), &json!({ "status": "draft" }));
        let draft = app.admin().create(kind, &draft);
        let own = app.admin().create(Kind::Initiative, &minimal(Kind::Initiative, &format!("Eigene {kind}")));
        for client in [app.anonymous(), app.chamber("ihk-ulm"), app.manager(&own)] {
            for (method, below) in [
                ("GET", ""),
                ("GET", ".jsonld"),
                ("PUT", ""),
                ("PATCH", ""),
                ("DELETE", ""),
                ("GET", "/history"),
            ] {
                for field in ["id", "slug"] {
                    let Some(key) = draft[field].as_str() else { continue };
                    let nobody = if field == "id" { nobodys_id().to_string() } else { "nichts".to_owned() };
                    let ask = |key: &str| {
                        statements(&client, method, &format!("{}/{key}{below}", collection(kind)))
                    };
                    let (hidden, nothing) = (ask(key), ask(&nobody));
                    assert_eq!(hidden, nothing, "{method} {kind} {field}{below}");
                    assert!(
                        method != "GET" || below == "/history" || !hidden.2.is_empty(),
                        "nothing was watched"
                    );
                }
            }
        }
    }
    STATEMENTS.lock().unwrap().remove(&part);
}
