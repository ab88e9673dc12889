//! Every operation of the description and every caller, against a table of what each may do. An operation without a row
//! fails the test.

use crate::harness::{
    CHAMBER, Client, DESCRIPTION, FEATURES, OTHER_CHAMBER, Operation, Records as _, Syncs as _, TestApp,
    located, member_line, minimal, on_both,
};
use api::auth::Role;
use domain::{kind::Kind, query::Scope};

on_both! {
    each_operation_answers_each_caller_as_the_table_says
}

/// Who may do something.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    Anyone,
    /// `auditor`, `editor`, `admin`.
    Staff,
    /// `editor`, `admin`.
    Editors,
    /// `auditor`, `admin`.
    Auditors,
    /// `admin`.
    Admins,
    /// The chamber itself, and staff.
    ChamberAndStaff,
    /// The chamber itself, and `admin`.
    ChamberAndAdmin,
}

use Access::{Admins, Anyone, Auditors, ChamberAndAdmin, ChamberAndStaff, Editors, Staff};

/// Methods, addresses, and who may use them; `{collection}` stands for the collection of any kind.
const TABLE: &[(&str, &str, Access)] = &[
    ("get", "/api/v1", Anyone),
    ("get", "/openapi.json", Anyone),
    ("get", "/problems/{type}", Anyone),
    ("get", "/health/live", Anyone),
    ("get", "/health/ready", Anyone),
    ("get", "/api/v1/regions", Anyone),
    ("get", "/api/v1/regions/{code}", Anyone),
    ("get", "/api/v1/regions/{code}/atlas", Anyone),
    ("get", "/api/v1/planning-regions", Anyone),
    ("get", "/api/v1/planning-regions/{code}", Anyone),
    ("get", "/api/v1/industries", Anyone),
    ("get", "/api/v1/industries/{code}", Anyone),
    ("get", "/api/v1/technology-fields", Anyone),
    ("get", "/api/v1/technology-fields/{code}", Anyone),
    ("get", "/api/v1/chambers", Anyone),
    ("get", "/api/v1/chambers/{code}", Anyone),
    ("get", "/api/v1/labels", Anyone),
    ("get", "/api/v1/labels/{code}", Anyone),
    ("get", "/api/v1/search", Anyone),
    ("get", "/api/v1/suggest", Anyone),
    ("get", "/api/v1/changes", Anyone),
    ("get", "/api/v1/stats", Anyone),
    ("get", "/api/v1/graph", Anyone),
    ("get", "/api/v1/initiatives/{key}/admission", Anyone),
    ("get", "/ogc/", Anyone),
    ("get", "/ogc/conformance", Anyone),
    ("get", "/ogc/api", Anyone),
    ("get", "/ogc/collections", Anyone),
    ("get", "/ogc/collections/{collection}", Anyone),
    ("get", "/ogc/collections/{collection}/items", Anyone),
    ("get", "/ogc/collections/{collection}/items/{id}", Anyone),
    ("get", "/api/v1/measures/{key}/operations", Anyone),
    ("get", "/api/v1/measures/{key}/operations.csv", Anyone),
    ("get", "/api/v1/measures/{key}/operations.ndjson", Anyone),
    ("get", "/api/v1/measures/{key}/operations.geojson", Anyone),
    ("get", "/api/v1/measures/{key}/operations.xlsx", Anyone),
    ("get", "/api/v1/audit", Auditors),
    ("get", "/api/v1/chambers/{chamber}/members", ChamberAndStaff),
    ("get", "/api/v1/chambers/{chamber}/members/{external_id}", ChamberAndStaff),
    ("put", "/api/v1/chambers/{chamber}/members/{external_id}", ChamberAndAdmin),
    ("delete", "/api/v1/chambers/{chamber}/members/{external_id}", ChamberAndAdmin),
    ("get", "/api/v1/chambers/{chamber}/sync-runs", ChamberAndStaff),
    ("post", "/api/v1/chambers/{chamber}/sync-runs", ChamberAndAdmin),
    ("get", "/api/v1/chambers/{chamber}/sync-runs/{run}", ChamberAndStaff),
    ("get", "/api/v1/chambers/{chamber}/sync-runs/{run}/rejections", ChamberAndStaff),
    ("get", "/api/v1/regions.jsonld", Anyone),
    ("get", "/api/v1/regions/{code}.jsonld", Anyone),
    ("get", "/api/v1/planning-regions.jsonld", Anyone),
    ("get", "/api/v1/planning-regions/{code}.jsonld", Anyone),
    ("get", "/api/v1/industries.jsonld", Anyone),
    ("get", "/api/v1/industries/{code}.jsonld", Anyone),
    ("get", "/api/v1/technology-fields.jsonld", Anyone),
    ("get", "/api/v1/technology-fields/{code}.jsonld", Anyone),
    ("get", "/api/v1/chambers.jsonld", Anyone),
    ("get", "/api/v1/chambers/{code}.jsonld", Anyone),
    ("get", "/api/v1/labels.jsonld", Anyone),
    ("get", "/api/v1/labels/{code}.jsonld", Anyone),
    ("get", "/api/v1/{collection}/{key}.jsonld", Anyone),
    ("get", "/api/v1/events.ics", Anyone),
    ("get", "/api/v1/events/{key}.ics", Anyone),
    ("get", "/catalog", Anyone),
    ("get", "/catalog.ttl", Anyone),
    ("get", "/catalog.jsonld", Anyone),
    ("get", "/catalog.rdf", Anyone),
    ("get", "/api/v1/{collection}", Anyone),
    ("get", "/api/v1/{collection}.csv", Anyone),
    ("get", "/api/v1/{collection}.ndjson", Anyone),
    ("get", "/api/v1/{collection}.geojson", Anyone),
    ("get", "/api/v1/{collection}.xlsx", Anyone),
    ("get", "/api/v1/tokens", Admins),
    ("post", "/api/v1/tokens", Admins),
    ("get", "/api/v1/tokens/{id}", Admins),
    ("delete", "/api/v1/tokens/{id}", Admins),
    ("get", "/.well-known/jwks.json", Anyone),
    ("get", "/robots.txt", Anyone),
    ("get", "/.well-known/security.txt", Anyone),
    ("get", "/sitemap.xml", Anyone),
    ("get", "/sitemaps/{part}.xml", Anyone),
    ("post", "/api/v1/{collection}", Editors),
    ("get", "/api/v1/{collection}/facets", Anyone),
    ("get", "/api/v1/{collection}/{key}", Anyone),
    ("put", "/api/v1/{collection}/{key}", Editors),
    ("patch", "/api/v1/{collection}/{key}", Editors),
    ("delete", "/api/v1/{collection}/{key}", Editors),
    ("post", "/api/v1/{collection}/{key}/restore", Editors),
    ("get", "/api/v1/{collection}/{key}/history", Staff),
    ("get", "/api/v1/{collection}/{key}/history/{version}", Staff),
];
/// The last row of the kinds.
const REVERT: (&str, &str, Access) = ("post", "/api/v1/{collection}/{key}/revert/{version}", Editors);

/// The row of an operation.
fn row(operation: &Operation) -> Access {
    let is_fixed = |row: &&(&str, &str, Access)| row.0 == operation.method && row.1 == operation.template;
    let is_of_kind = |row: &&(&str, &str, Access)| {
        row.0 == operation.method
            && Kind::ALL.iter().any(|kind| row.1.replace("{collection}", kind.plural()) == operation.template)
    };
    let rows = || TABLE.iter().chain([&REVERT]);
    let found = rows().find(is_fixed).or_else(|| rows().find(is_of_kind));
    found.unwrap_or_else(|| panic!("no row for {} {}", operation.method, operation.template)).2
}

/// What a caller is told who may not do it; `None` who may.
fn refusal(access: Access, caller: &str) -> Option<u16> {
    let may = match access {
        Anyone => true,
        Staff => matches!(caller, "auditor" | "editor" | "admin"),
        Editors => matches!(caller, "editor" | "admin"),
        Auditors => matches!(caller, "auditor" | "admin"),
        Admins => caller == "admin",
        ChamberAndStaff => matches!(caller, "chamber" | "auditor" | "editor" | "admin"),
        ChamberAndAdmin => matches!(caller, "chamber" | "admin"),
    };
    match caller {
        _ if may => None,
        "anonymous" => Some(401),
        // Another chamber's path is not there.
        "other chamber" if matches!(access, ChamberAndStaff | ChamberAndAdmin) => Some(404),
        _ => Some(403),
    }
}

fn each_operation_answers_each_caller_as_the_table_says(app: TestApp) {
    let keys: Vec<(Kind, String)> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let has_place = Scope::of_kind(kind).located;
            let record = if has_place { located(kind, "Eins", [48.8, 9.2]) } else { minimal(kind, "Eins") };
            (kind, app.admin().create(kind, &record)["id"].as_str().unwrap().to_owned())
        })
        .collect();
    let run = app.chamber(CHAMBER).sync("mode=delta", &[member_line("A")]);
    let token = app.issue(Role::Auditor, None).1.to_string();
    let address = |operation: &Operation| {
        let kind = keys.iter().find(|(kind, _)| operation.template.contains(&format!("/{}/", kind.plural())));
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
            .replace("{key}", kind.map(|(_, key)| key.as_str()).unwrap_or_default())
            .replace("{id}", kind.map_or(token.as_str(), |(_, key)| key.as_str()))
            .replace("{code}", code)
            .replace("{chamber}", CHAMBER)
            .replace("{external_id}", "A")
            .replace("{run}", run["id"].as_str().unwrap())
            .replace("{type}", "not-found")
            .replace("{version}", "1")
            .replace("{part}", "members-1");
        if matches!(filled.as_str(), "/api/v1/search" | "/api/v1/suggest") {
            filled + "?q=eins"
        } else {
            filled
        }
    };
    let callers: [(&str, Client<'_>); 6] = [
        ("anonymous", app.anonymous()),
        ("other chamber", app.chamber(OTHER_CHAMBER)),
        ("chamber", app.chamber(CHAMBER)),
        ("auditor", app.auditor()),
        ("editor", app.editor()),
        ("admin", app.admin()),
    ];
    for operation in DESCRIPTION.operations().iter().chain(FEATURES.operations()) {
        let (access, address) = (row(operation), address(operation));
        for (caller, client) in &callers {
            let method = operation.method.to_ascii_uppercase();
            let status = client.request(method.parse().unwrap(), &address).send().status;
            let what = format!("{caller}: {method} {address}: {status}");
            match refusal(access, caller) {
                Some(expected) => assert_eq!(status, expected, "{what}"),
                None => assert!(!matches!(status, 401 | 403 | 404 | 405), "{what}"),
            }
        }
        let security = operation.description["security"].as_array();
        let is_open = security.is_some_and(|ways| {
            ways.is_empty() || ways.iter().any(|way| way.as_object().is_some_and(|way| way.is_empty()))
        });
        assert_eq!(is_open, access == Anyone, "{} {}: security", operation.method, operation.template);
    }
}
