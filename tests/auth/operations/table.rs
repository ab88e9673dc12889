//! What each caller may do, independent of the server's own table.

use crate::harness::Operation;
use domain::kind::Kind;

/// Who may do something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Access {
    Anyone,
    /// `auditor`, `editor`, `admin`.
    Staff,
    /// `editor`, `admin`.
    Editors,
    /// `editor`, `admin`, and the manager of the organisation that the record is or belongs to.
    EditorsAndOwner,
    /// `editor`, `admin`, and any manager.
    EditorsAndManagers,
    /// `auditor`, `admin`.
    Auditors,
    /// `admin`.
    Admins,
    /// The chamber itself, and staff.
    ChamberAndStaff,
    /// The chamber itself, and `admin`.
    ChamberAndAdmin,
}

use Access::{
    Admins, Anyone, Auditors, ChamberAndAdmin, ChamberAndStaff, Editors, EditorsAndManagers, EditorsAndOwner,
    Staff,
};

/// Methods, addresses, and who may use them; `{collection}` stands for the collection of any kind.
const TABLE: &[(&str, &str, Access)] = &[
    ("get", "/api/v1", Anyone),
    ("get", "/openapi.json", Anyone),
    ("get", "/problems/{type}", Anyone),
    ("get", "/health/live", Anyone),
    ("get", "/health/ready", Anyone),
    ("get", "/metrics", Anyone),
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
    ("post", "/api/v1/events", EditorsAndManagers),
    ("put", "/api/v1/events/{key}", EditorsAndOwner),
    ("patch", "/api/v1/events/{key}", EditorsAndOwner),
    ("put", "/api/v1/initiatives/{key}", EditorsAndOwner),
    ("patch", "/api/v1/initiatives/{key}", EditorsAndOwner),
    ("put", "/api/v1/networks/{key}", EditorsAndOwner),
    ("patch", "/api/v1/networks/{key}", EditorsAndOwner),
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
pub(super) fn row(operation: &Operation) -> Access {
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
pub(super) fn refusal(access: Access, caller: &str, is_hidden: bool) -> Option<u16> {
    let may = match access {
        Anyone => true,
        Staff => matches!(caller, "auditor" | "editor" | "admin"),
        Editors => matches!(caller, "editor" | "admin"),
        EditorsAndOwner => matches!(caller, "manager" | "editor" | "admin"),
        EditorsAndManagers => matches!(caller, "manager" | "other manager" | "editor" | "admin"),
        Auditors => matches!(caller, "auditor" | "admin"),
        Admins => caller == "admin",
        ChamberAndStaff => matches!(caller, "chamber" | "auditor" | "editor" | "admin"),
        ChamberAndAdmin => matches!(caller, "chamber" | "admin"),
    };
    match caller {
        "manager" | "auditor" | "editor" | "admin" if may => None,
        // Who may do it to some records does not learn whether a hidden one is there.
        _ if is_hidden && (may || access == EditorsAndOwner && caller == "other manager") => Some(404),
        _ if may => None,
        "anonymous" => Some(401),
        // Another chamber's path is not there.
        "other chamber" if matches!(access, ChamberAndStaff | ChamberAndAdmin) => Some(404),
        _ => Some(403),
    }
}
