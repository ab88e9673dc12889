//! What guards browsers: headers of every response, and which origins may write.

use crate::harness::{DESCRIPTION, Engine, FEATURES, Operation, Options, TestApp, on_both};
use ureq::http::Method;

on_both! {
    every_operation_guards_browsers
    a_named_origin_sends_every_header_that_an_operation_takes
    only_the_exact_origin_writes
    no_origin_reaches_private_networks_or_sends_cookies
    scripts_of_other_origins_read_every_header_of_an_answer
}

const NAMED: &str = "https://redaktion.example";

fn named(engine: Engine) -> TestApp {
    TestApp::with(engine, &Options { cors_origins: NAMED, ..Options::default() })
}

fn operations() -> impl Iterator<Item = &'static Operation> {
    DESCRIPTION.operations().iter().chain(FEATURES.operations())
}

fn method(operation: &Operation) -> Method {
    operation.method.to_uppercase().parse().unwrap()
}

/// An address of an operation that names nothing that there is.
fn address(operation: &Operation) -> String {
    let parts = operation.template.split('/');
    let filled: Vec<&str> = parts.map(|part| if part.starts_with('{') { "nichts" } else { part }).collect();
    filled.join("/").replace(".{format}", ".csv")
}

/// The client checks the headers of each answer, see `check_guards`.
fn every_operation_guards_browsers(app: TestApp) {
    let mut statuses = std::collections::BTreeSet::new();
    for operation in operations() {
        let address = address(operation);
        for client in [app.anonymous(), app.admin(), app.bearer("no-token")] {
            for method in [method(operation), Method::OPTIONS, Method::HEAD] {
                statuses.insert(client.request(method, &address).send().status);
            }
            statuses.insert(client.request(method(operation), &format!("{address}?no-such=1")).send().status);
        }
    }
    for status in [200, 204, 400, 401, 404, 405] {
        assert!(statuses.contains(&status), "{status} is among {statuses:?}");
    }
    app.anonymous().get("/docs").expect(308);
    app.anonymous().get("/ogc/").header("accept", "text/html").expect(200);
}

fn a_named_origin_sends_every_header_that_an_operation_takes(engine: Engine) {
    let app = named(engine);
    for operation in operations() {
        let parameters = DESCRIPTION.parameters(operation).into_iter();
        let taken = parameters.filter(|parameter| parameter["in"] == "header");
        let taken: Vec<String> = taken.map(|it| it["name"].as_str().unwrap().to_lowercase()).collect();
        let asked =
            [&["authorization".to_owned(), "content-type".to_owned()], taken.as_slice()].concat().join(",");
        let preflight = app.anonymous().options(&address(operation)).header("origin", NAMED);
        let preflight = preflight.header("access-control-request-method", method(operation).as_str());
        let granted = preflight.header("access-control-request-headers", &asked).expect(200);
        assert_eq!(granted.header("access-control-allow-origin"), NAMED);
        let headers = granted.header("access-control-allow-headers").to_lowercase();
        for name in asked.split(',') {
            assert!(headers.split(',').any(|known| known.trim() == name), "{}: {name}", operation.template);
        }
    }
}

fn only_the_exact_origin_writes(engine: Engine) {
    let app = named(engine);
    let preflight = |origin: &str| {
        let request = app.anonymous().options("/api/v1/clusters").header("origin", origin);
        request.header("access-control-request-method", "POST").send()
    };
    assert_eq!(preflight(NAMED).status, 200);
    for other in [
        "null",
        "HTTPS://redaktion.example",
        "https://REDAKTION.example",
        "https://redaktion.example:443",
        "https://redaktion.example:8443",
        "https://redaktion.example.",
        "https://redaktion.example/",
        "https://x.redaktion.example",
        "https://redaktion.example.evil.example",
        "http://redaktion.example",
        "https://evil.example, https://redaktion.example",
        "*",
        "file://",
    ] {
        let refused = preflight(other);
        assert_eq!(
            (refused.status, refused.header("access-control-allow-origin").as_str()),
            (403, ""),
            "{other}"
        );
    }
}

fn no_origin_reaches_private_networks_or_sends_cookies(engine: Engine) {
    let app = named(engine);
    for origin in [NAMED, "https://fremd.example"] {
        let preflight = app.anonymous().options("/api/v1/clusters").header("origin", origin);
        let preflight = preflight.header("access-control-request-method", "GET");
        let answer = preflight.header("access-control-request-private-network", "true").send();
        assert_eq!(answer.header("access-control-allow-private-network"), "");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}

fn scripts_of_other_origins_read_every_header_of_an_answer(app: TestApp) {
    /// Those that the Fetch standard lets every script read, and those that only the browser needs.
    const NOT_NAMED: [&str; 2] = ["cache-control", "content-security-policy"];
    let answer = app.anonymous().get("/api/v1").header("origin", NAMED).expect(200);
    let exposed = answer.header("access-control-expose-headers").to_lowercase();
    let exposed: Vec<&str> = exposed.split(',').map(str::trim).collect();
    for operation in operations() {
        for (_, response) in operation.description["responses"].as_object().unwrap() {
            let headers = DESCRIPTION.resolve(response)["headers"].as_object().cloned().unwrap_or_default();
            for name in headers.keys().map(|name| name.to_lowercase()) {
                let is_named = exposed.contains(&name.as_str());
                assert!(is_named || NOT_NAMED.contains(&name.as_str()), "{}: {name}", operation.template);
            }
        }
    }
}
