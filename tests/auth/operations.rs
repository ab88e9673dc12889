//! Every operation of the description and every caller, against a table of what each may do. An operation without a row
//! fails the test.

use crate::harness::{
    CHAMBER, Client, DESCRIPTION, Engine, FEATURES, Landscape, OTHER_CHAMBER, Operation, Options,
    Records as _, TestApp, minimal, on_both,
};
use domain::kind::Kind;
use serde_json::Value;
use table::{Access::Anyone, refusal, row};

mod table;

on_both! {
    each_operation_answers_each_caller_as_the_table_says
    hidden_records_are_there_for_their_manager_and_staff_only
}

/// All callers. The manager is that of the network, of the initiative, or of the organiser of the event.
fn callers<'a>(
    app: &'a TestApp,
    landscape: &Landscape,
    other: &Value,
) -> impl Fn(&Operation) -> [(&'static str, Client<'a>); 8] {
    let of_network = app.manager(landscape.of(Kind::Network));
    let of_initiative = app.manager(landscape.of(Kind::Initiative));
    let of_other = app.manager(other);
    let chambers = [app.chamber(OTHER_CHAMBER), app.chamber(CHAMBER)];
    move |operation| {
        let is_network = Landscape::kind(operation) == Some(Kind::Network);
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

fn each_operation_answers_each_caller_as_the_table_says(engine: Engine) {
    // A manager who may publish may edit published events.
    let app = TestApp::with(engine, &Options { managers_publish: true, ..Options::default() });
    let landscape = Landscape::new(&app, "published");
    let other = app.admin().create(Kind::Initiative, &minimal(Kind::Initiative, "Zwei"));
    let each = callers(&app, &landscape, &other);
    for operation in DESCRIPTION.operations().iter().chain(FEATURES.operations()) {
        let (access, address) = (row(operation), landscape.address(operation));
        for (caller, client) in each(operation) {
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
    let each = callers(&app, &landscape, &other);
    let of_records = DESCRIPTION.operations().iter().filter(|operation| operation.template.contains("{key}"));
    // Calendars are the same for everyone.
    for operation in of_records.filter(|operation| !operation.template.ends_with(".ics")) {
        let (access, address) = (row(operation), landscape.address(operation));
        let is_managed = Landscape::kind(operation).is_some_and(Kind::is_managed);
        for (caller, client) in each(operation) {
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
