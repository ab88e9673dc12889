//! What the landing document holds, and what that looks like.

use super::super::changes::MAX_WAIT;
use crate::limits::{MAX_BODY, MAX_DEPTH, MAX_HEADER_LINES, MAX_HEADERS, MAX_PARAMETERS, MAX_URI};
use domain::{
    content::Content,
    kinds::{KindVisitor, every_kind},
    query::Page,
    search::SearchQuery,
    sync::{MAX_LINE, Run},
    vocabulary::{Entry, VocabularyVisitor, every_vocabulary},
};
use persistence::search::hits::MOST_HITS;
use serde::Serialize;
use utoipa::ToSchema;

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
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Landing {
    title: &'static str,
    description: &'static str,
    version: &'static str,
    /// Whether the database was filled by the demo: then its members and events are invented.
    demo: bool,
    #[schema(inline)]
    publisher: Party,
    #[schema(inline)]
    contact: Party,
    /// This document, the API's description, its documentation.
    links: Vec<Link>,
    /// The collections of records.
    collections: Vec<Link>,
    /// What looks over all collections: search, feed, numbers, graph, audit.
    views: Vec<Link>,
    /// The controlled vocabularies.
    vocabularies: Vec<Link>,
    /// Addresses with something to fill in.
    #[schema(inline)]
    templates: Vec<Template>,
    /// How large requests may be.
    #[schema(inline)]
    pub(crate) limits: Limits,
}

#[derive(Debug, Serialize, ToSchema)]
struct Party {
    name: &'static str,
    #[schema(format = "uri")]
    url: &'static str,
}

/// A link (RFC 8288).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Link {
    /// Relation type.
    rel: &'static str,
    /// Where it leads.
    #[schema(format = "uri")]
    href: String,
    /// What is there.
    title: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
struct Template {
    /// The address (RFC 6570).
    #[schema(format = "uri-template")]
    template: String,
    /// What is there.
    title: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Limits {
    /// How many records a page holds at the most.
    page_size: usize,
    /// Bytes of a body, decompressed.
    body_bytes: usize,
    /// Levels to which JSON may nest.
    json_depth: usize,
    /// Parameters of a request.
    parameters: usize,
    /// Bytes of an address.
    uri_bytes: usize,
    /// Bytes of all headers.
    header_bytes: usize,
    /// Headers, each a line.
    header_lines: usize,
    /// Characters of a text that is searched for.
    search_characters: usize,
    /// Different words that are searched for at once.
    pub(crate) search_words: usize,
    /// Hits of a search that can be paged through.
    search_hits: usize,
    /// Seconds for which a page of the feed may wait.
    wait_seconds: u64,
    /// Bytes of a line of a chamber's sync without its end, decompressed.
    sync_line_bytes: usize,
    /// Members that one run of a chamber's sync may add.
    sync_new_members: usize,
    /// Rejected lines that are kept of a run.
    sync_rejections: u64,
}

impl Landing {
    /// Of the server at an address.
    pub(crate) fn of(public_url: &str, is_demo: bool) -> Self {
        let mut collections = Links { public_url, links: Vec::new() };
        every_kind(&mut collections);
        let mut vocabularies = Links { public_url, links: Vec::new() };
        every_vocabulary(&mut vocabularies);
        let link = |rel, path: &str, title| Link { rel, href: format!("{public_url}{path}"), title };
        let template = |(path, title)| Template { template: format!("{public_url}/api/v1/{path}"), title };
        Self {
            title: "Clusterportal API",
            description: "The cluster landscape of Baden-Württemberg: clusters, initiatives, networks, measures, events and members.",
            version: env!("CARGO_PKG_VERSION"),
            demo: is_demo,
            publisher: Party {
                name: "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg",
                url: "https://wm.baden-wuerttemberg.de",
            },
            contact: Party {
                name: "Clusterportal Baden-Württemberg",
                url: "https://www.clusterportal-bw.de",
            },
            links: vec![
                link("self", "/api/v1", "This document"),
                link("service-desc", "/openapi.json", "OpenAPI description"),
                link("service-doc", "/docs", "Documentation"),
            ],
            collections: collections.links,
            views: VIEWS.map(|(rel, path, title)| link(rel, &format!("/api/v1/{path}"), title)).into(),
            vocabularies: vocabularies.links,
            templates: OF_CHAMBERS.map(template).into(),
            limits: Limits::ALL,
        }
    }
}

impl Limits {
    const ALL: Self = Self {
        page_size: Page::MAX_LIMIT,
        body_bytes: MAX_BODY,
        json_depth: MAX_DEPTH,
        parameters: MAX_PARAMETERS,
        uri_bytes: MAX_URI,
        header_bytes: MAX_HEADERS,
        header_lines: MAX_HEADER_LINES,
        search_characters: SearchQuery::MAX_CHARACTERS,
        search_words: SearchQuery::MAX_WORDS,
        search_hits: MOST_HITS,
        wait_seconds: MAX_WAIT,
        sync_line_bytes: MAX_LINE,
        sync_new_members: Run::MOST_NEW,
        sync_rejections: Run::KEPT,
    };
}

/// Collects a link to every collection.
struct Links<'a> {
    public_url: &'a str,
    links: Vec<Link>,
}

impl Links<'_> {
    fn add(&mut self, path: &str, title: &'static str) {
        let href = format!("{}/api/v1/{path}", self.public_url);
        self.links.push(Link { rel: "item", href, title });
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
