//! Every operation of the description and every caller, against a table of what each may do. An operation without a row
//! fails the test.

use crate::harness::{
    CHAMBER, Client, DESCRIPTION, Engine, FEATURES, OTHER_CHAMBER, Operation, Options, Records as _,
    Syncs as _, TestApp, located, member_line, minimal, on_both, with,
};
use api::auth::Role;
use domain::{kind::Kind, query::Scope};
use serde_json::{Value, json};
use table::{Access::Anyone, refusal, row};

mod table;

on_both! {
    each_operation_answers_each_caller_as_the_table_says
    hidden_records_are_there_for_their_manager_and_staff_only
}

/// Records of all kinds, by kind. The events belong to the initiative.
struct Landscape<'a> {
    app: &'a TestApp,
    records: Vec<(Kind, Value)>,
    run: String,
    token: String,
}

impl<'a> Landscape<'a> {
    fn new(app: &'a TestApp, status: &str) -> Self {
        let mut records: Vec<(Kind, Value)> = Vec::new();
        for kind in Kind::ALL {
            let has_place = Scope::of_kind(kind).located;
            let name = format!("Eins {status}");
            let record = if has_place { located(kind, &name, [48.8, 9.2]) } else { minimal(kind, &name) };
            let mut record = with(&record, &json!({ "status": status }));
            if kind == Kind::Event {
                let organiser = records.iter().find(|(kind, _)| *kind == Kind::Initiative).unwrap();
                record["organisers"] = json!([organiser.1["id"]]);
            }
            records.push((kind, app.admin().create(kind, &record)));
        }
        let run = app.chamber(CHAMBER).sync("mode=delta", &[member_line("A")]);
        let token = app.issue(Role::Auditor, None).1.to_string();
        Self { app, records, run: run["id"].as_str().unwrap().to_owned(), token }
    }

    fn of(&self, kind: Kind) -> &Value {
        &self.records.iter().find(|(known, _)| *known == kind).unwrap().1
    }

    /// The kind of the records of an operation.
    fn kind(operation: &Operation) -> Option<Kind> {
        let is_of = |kind: &Kind| operation.template.contains(&format!("/{}/", kind.plural()));
        Kind::ALL.into_iter().find(is_of)
    }

    /// The address of an operation, with a record, chamber or value.
    fn address(&self, operation: &Operation) -> String {
        let key = Self::kind(operation).map_or("", |kind| self.of(kind)["id"].as_str().unwrap());
        let code = match operation.template.split('/').nth(3).unwrap_or_default() {
            "regions" => "DE111",
            "planning-regions" => "stuttgart",
            "industries" => "C",
            "technology-fields" => "ikt",
            "labels" => "esca-gold",
            _ => "ihk-ulm",
        };
        let filled = operation
            .template
            .replace("{key}", key)
            .replace("{id}", if key.is_empty() { &self.token } else { key })
            .replace("{code}", code)
            .replace("{chamber}", CHAMBER)
            .replace("{external_id}", "A")
            .replace("{run}", &self.run)
            .replace("{type}", "not-found")
            .replace("{version}", "1")
            .replace("{part}", "members-1");
        if matches!(filled.as_str(), "/api/v1/search" | "/api/v1/suggest") {
            filled + "?q=eins"
        } else {
            filled
        }
    }

    /// All callers. The manager is that of the network, of the initiative, or of the organiser of the event.
    fn callers(&self, other: &Value) -> impl Fn(&Operation) -> [(&'static str, Client<'a>); 8] {
        let app = self.app;
        let of_network = app.manager(self.of(Kind::Network));
        let of_initiative = app.manager(self.of(Kind::Initiative));
        let of_other = app.manager(other);
        let chambers = [app.chamber(OTHER_CHAMBER), app.chamber(CHAMBER)];
        move |operation| {
            let is_network = Self::kind(operation) == Some(Kind::Network);
            [
                ("anonymous", app.anonymous()),
                ("other chamber", chambers[0].clone()),
                ("chamber", chambers[1].clone()),
                ("other manager", of_other.clone()),
                ("manager", if is_network { of_network.clone() } else { of_initiative.clone() }),
                ("auditor", app.auditor()),
                ("editor", app.editor()),
                ("admin", app.admin()),
            ]
        }
    }
}

fn each_operation_answers_each_caller_as_the_table_says(engine: Engine) {
    // A manager who may publish may edit published events.
    let app = TestApp::with(engine, &Options { managers_publish: true, ..Options::default() });
    let landscape = Landscape::new(&app, "published");
    let other = app.admin().create(Kind::Initiative, &minimal(Kind::Initiative, "Zwei"));
    let callers = landscape.callers(&other);
    for operation in DESCRIPTION.operations().iter().chain(FEATURES.operations()) {
        let (access, address) = (row(operation), landscape.address(operation));
        for (caller, client) in callers(operation) {
            is_answered(operation, &address, (caller, &client), refusal(access, caller, false));
        }
        let security = operation.description["security"].as_array();
        let is_open = security.is_some_and(|ways| {
            ways.is_empty() || ways.iter().any(|way| way.as_object().is_some_and(|way| way.is_empty()))
        });
        assert_eq!(is_open, access == Anyone, "{} {}: security", operation.method, operation.template);
    }
}

fn hidden_records_are_there_for_their_manager_and_staff_only(app: TestApp) {
    let landscape = Landscape::new(&app, "draft");
    let other = app.admin().create(Kind::Initiative, &minimal(Kind::Initiative, "Zwei"));
    let callers = landscape.callers(&other);
    let of_records = DESCRIPTION.operations().iter().filter(|operation| operation.template.contains("{key}"));
    // Calendars are the same for everyone.
    for operation in of_records.filter(|operation| !operation.template.ends_with(".ics")) {
        let (access, address) = (row(operation), landscape.address(operation));
        let is_managed = Landscape::kind(operation).is_some_and(Kind::is_managed);
        for (caller, client) in callers(operation) {
            let expected = match caller {
                "manager" if !is_managed => refusal(access, "other manager", true),
                _ => refusal(access, caller, true),
            };
            is_answered(operation, &address, (caller, &client), expected);
        }
    }
}

/// The caller is refused with a status, or gets as far as the body and the parameters.
#[track_caller]
fn is_answered(
    operation: &Operation,
    address: &str,
    (caller, client): (&str, &Client<'_>),
    refused: Option<u16>,
) {
    let method = operation.method.to_ascii_uppercase();
    let status = client.request(method.parse().unwrap(), address).send().status;
    let what = format!("{caller}: {method} {address}: {status}");
    match refused {
        Some(expected) => assert_eq!(status, expected, "{what}"),
        None => assert!(!matches!(status, 401 | 403 | 404 | 405), "{what}"),
    }
}
