//! The landing document.

mod schemas;

use super::changes::MAX_WAIT;
use crate::{
    app::App,
    auth::Caller,
    limits::{MAX_BODY, MAX_DEPTH, MAX_HEADER_LINES, MAX_HEADERS, MAX_PARAMETERS, MAX_URI},
    openapi::{
        Operation,
        compose::{answers::json_answer, schemas::named},
    },
    problem::Problem,
    request::input::Input,
    respond,
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, http::header::LOCATION, web::Data};
use domain::{
    content::Content,
    kind::{KindVisitor, every_kind},
    query::Page,
    search::SearchQuery,
    sync::{MAX_LINE, Run},
    vocabulary::{Entry, VocabularyVisitor, every_vocabulary},
};
use persistence::search::hits::MOST_HITS;
use serde_json::{Value, json};

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("service", "About the service itself.");
    table.page("/", front_door);
    table.get("/api/v1", landing, describe);
}

/// What looks over all collections: relation type (IANA's registry), path below /api/v1, and what is there.
const VIEWS: [(&str, &str, &str); 6] = [
    ("search", "search", "Search over everything"),
    ("item", "suggest", "Completion while typing"),
    ("monitor", "changes", "The change feed, as pages and as a stream"),
    ("item", "stats", "Numbers of the landscape"),
    ("item", "graph", "Who is connected with whom"),
    ("item", "audit", "Who did what; for auditors and administrators"),
];

/// What chambers use: path below /api/v1, with what is to be filled in, and what is there.
const OF_CHAMBERS: [(&str, &str); 4] = [
    ("chambers/{chamber}/members", "What the portal holds of a chamber; for the chamber"),
    ("chambers/{chamber}/members/{external_id}", "One of them, to be read, written, deleted and erased"),
    ("chambers/{chamber}/sync-runs", "The runs of a chamber's sync; POST begins one"),
    ("chambers/{chamber}/sync-runs/{run}/rejections", "The lines of a run that were not taken"),
];

/// What this is, whose it is, where everything is, and how large requests may be.
pub fn document(public_url: &str, is_demo: bool) -> Value {
    let mut collections = Links { public_url, links: Vec::new() };
    every_kind(&mut collections);
    let mut vocabularies = Links { public_url, links: Vec::new() };
    every_vocabulary(&mut vocabularies);
    let views = VIEWS.map(
        |(rel, path, title)| json!({ "rel": rel, "href": format!("{public_url}/api/v1/{path}"), "title": title }),
    );
    let templates = OF_CHAMBERS
        .map(|(path, title)| json!({ "template": format!("{public_url}/api/v1/{path}"), "title": title }));
    json!({
        "title": "Clusterportal API",
        "description": "The cluster landscape of Baden-Württemberg: clusters, initiatives, networks, measures, events and members.",
        "version": env!("CARGO_PKG_VERSION"),
        "demo": is_demo,
        "publisher": {
            "name": "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg",
            "url": "https://wm.baden-wuerttemberg.de"
        },
        "contact": { "name": "Clusterportal Baden-Württemberg", "url": "https://www.clusterportal-bw.de" },
        "links": [
            { "rel": "self", "href": format!("{public_url}/api/v1"), "title": "This document" },
            { "rel": "service-desc", "href": format!("{public_url}/openapi.json"), "title": "OpenAPI description" },
            { "rel": "service-doc", "href": format!("{public_url}/docs"), "title": "Documentation" }
        ],
        "collections": collections.links,
        "views": views,
        "vocabularies": vocabularies.links,
        "templates": templates,
        "limits": {
            "page_size": Page::MAX_LIMIT,
            "body_bytes": MAX_BODY,
            "json_depth": MAX_DEPTH,
            "parameters": MAX_PARAMETERS,
            "uri_bytes": MAX_URI,
            "header_bytes": MAX_HEADERS,
            "header_lines": MAX_HEADER_LINES,
            "search_characters": SearchQuery::MAX_CHARACTERS,
            "search_words": SearchQuery::MAX_WORDS,
            "search_hits": MOST_HITS,
            "wait_seconds": MAX_WAIT,
            "sync_line_bytes": MAX_LINE,
            "sync_new_members": Run::MOST_NEW,
            "sync_rejections": Run::KEPT
        }
    })
}

/// Collects a link to every collection.
struct Links<'a> {
    public_url: &'a str,
    links: Vec<Value>,
}

impl Links<'_> {
    fn add(&mut self, path: &str, title: &str) {
        self.links.push(
            json!({ "rel": "item", "href": format!("{}/api/v1/{path}", self.public_url), "title": title }),
        );
    }
}

impl KindVisitor for Links<'_> {
    fn visit<C: Content>(&mut self) {
        self.add(C::KIND.plural(), C::ABOUT);
    }
}

impl VocabularyVisitor for Links<'_> {
    fn visit<E: Entry>(&mut self) {
        self.add(E::PATH, E::ABOUT);
    }
}

/// Answers the landing document.
///
/// # Errors
/// 400 for parameters, of which it has none; 406 for formats other than JSON.
pub async fn landing(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish()?;
    let is_demo = app.run(|store| Ok(store.is_demo()?)).await?;
    respond::json(validated, &request, &caller, &document(&app.public_url, is_demo))
}

fn describe() -> Operation {
    let summary = "The landing document";
    Operation::new("service", "landing", summary)
        .description("What this is, whose it is, where everything is, and how large requests may be.")
        .schemas(|all| {
            all.add("Landing", schemas::landing());
            all.add("Link", schemas::link());
        })
        .answer("200", json_answer(summary, named("Landing"), &["ETag", "Cache-Control", "X-Request-Id"]))
        .refusals(&[406])
        .revalidated()
}

/// Sends whoever comes to the front door to the documentation.
pub async fn front_door(app: Data<App>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, app.url("/docs/"))).finish()
}
