//! The landing document and its schema.

use super::super::changes::MAX_WAIT;
use crate::{
    config::Publication,
    limits::{
        MAX_BODY, MAX_DEPTH, MAX_HEADER_LINES, MAX_HEADERS, MAX_PARAMETERS, MAX_URI, heavy::PLACES_OF_CLIENT,
        rate::Quotas,
    },
};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    query::Page,
    search::SearchQuery,
    sync::{MAX_LINE, Run},
    vocabulary::{Entry, VocabularyVisitor, every_vocabulary},
};
use persistence::{search::hits::MOST_HITS, store::READ_TIME};
use serde::Serialize;
use utoipa::ToSchema;

/// Views over all collections: relation type (IANA registry), path below /api/v1, and title.
const VIEWS: [(&str, &str, &str); 7] = [
    ("search", "search", "Search all records"),
    ("item", "suggest", "Complete a search while typing"),
    ("monitor", "changes", "Change feed, as pages or as a stream"),
    ("item", "stats", "Statistics"),
    ("item", "graph", "Graph of connections"),
    ("item", "audit", "Audit of all changes, for auditors and administrators"),
    ("item", "tokens", "Tokens, for administrators"),
];

/// Addresses for chambers: path template below /api/v1, and title.
const OF_CHAMBERS: [(&str, &str); 4] = [
    ("chambers/{chamber}/members", "Members of a chamber, for that chamber"),
    ("chambers/{chamber}/members/{external_id}", "One of these members: read, write, delete, erase"),
    ("chambers/{chamber}/sync-runs", "Sync runs of a chamber; POST starts one"),
    ("chambers/{chamber}/sync-runs/{run}/rejections", "Rejected lines of a run"),
];

/// The service, its publisher, its addresses, and the limits of requests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Landing {
    title: &'static str,
    description: String,
    version: &'static str,
    /// Whether the database contains the demo landscape, whose members and events are invented.
    demo: bool,
    #[schema(inline)]
    publisher: Party,
    #[schema(inline)]
    contact: Contact,
    /// URI of the licence of the data.
    #[schema(format = "uri")]
    licence: String,
    /// This document, the OpenAPI document, the documentation, the catalogue, and the same data for GIS.
    links: Vec<Link>,
    /// Collections of records.
    collections: Vec<Link>,
    /// Views over all collections: search, change feed, statistics, graph, audit, tokens.
    views: Vec<Link>,
    /// Controlled vocabularies.
    vocabularies: Vec<Link>,
    /// URI templates.
    #[schema(inline)]
    templates: Vec<Template>,
    /// Limits of requests and responses.
    #[schema(inline)]
    pub(crate) limits: Limits,
}

#[derive(Debug, Serialize, ToSchema)]
struct Party {
    name: String,
    #[schema(format = "uri")]
    url: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Contact {
    name: String,
    #[schema(format = "uri")]
    url: String,
    #[schema(format = "email")]
    email: String,
}

/// A link (RFC 8288).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Link {
    /// Relation type.
    rel: &'static str,
    /// Target URL.
    #[schema(format = "uri")]
    href: String,
    /// Title of the target.
    title: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
struct Template {
    /// URI template (RFC 6570).
    #[schema(format = "uri-template")]
    template: String,
    /// Title of the target.
    title: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Limits {
    /// Maximum number of records per page.
    page_size: usize,
    /// Maximum size of a request body in bytes, decompressed.
    body_bytes: usize,
    /// Maximum nesting depth of JSON.
    json_depth: usize,
    /// Maximum number of query parameters.
    parameters: usize,
    /// Maximum length of the request target in bytes.
    uri_bytes: usize,
    /// Maximum size of all headers in bytes.
    header_bytes: usize,
    /// Maximum number of header lines.
    header_lines: usize,
    /// Maximum length of a search text in characters.
    search_characters: usize,
    /// Maximum number of distinct words in a search text.
    pub(crate) search_words: usize,
    /// Maximum number of hits that a search returns over all pages.
    search_hits: usize,
    /// Maximum value of `wait` in the change feed, in seconds.
    wait_seconds: u64,
    /// Maximum length of a line in a sync run in bytes, decompressed and without its end.
    sync_line_bytes: usize,
    /// Maximum number of members that a sync run may add.
    sync_new_members: usize,
    /// Maximum number of rejected lines kept per sync run.
    sync_rejections: u64,
    /// Requests a minute per address, for requests without a token. Null if there is no limit.
    requests_per_minute: Option<u32>,
    /// Requests a minute per token. Null if there is no limit.
    requests_per_minute_token: Option<u32>,
    /// Maximum number of concurrent exports and expensive requests per address.
    concurrent_exports: usize,
    /// Seconds after which a read is stopped.
    read_seconds: u64,
}

impl Landing {
    /// The landing document of a server.
    pub(crate) fn of(public_url: &str, publication: &Publication, is_demo: bool, quotas: Quotas) -> Self {
        let mut collections = Links { public_url, links: Vec::new() };
        every_kind(&mut collections);
        let mut vocabularies = Links { public_url, links: Vec::new() };
        every_vocabulary(&mut vocabularies);
        let link = |rel, path: &str, title| Link { rel, href: format!("{public_url}{path}"), title };
        let template = |(path, title)| Template { template: format!("{public_url}/api/v1/{path}"), title };
        Self {
            title: "Clusterportal API",
            description: format!(
                "The cluster landscape of Baden-Württemberg: {}.",
                Kind::ALL.map(Kind::plural).join(", ")
            ),
            version: env!("CARGO_PKG_VERSION"),
            demo: is_demo,
            publisher: Party {
                name: publication.publisher_name.clone().into(),
                url: publication.publisher_url.clone().into(),
            },
            contact: Contact {
                name: publication.contact_name.clone().into(),
                url: publication.contact_url.clone().into(),
                email: publication.contact_email.clone().into(),
            },
            licence: publication.licence.clone().into(),
            links: vec![
                link("self", "/api/v1", "This document"),
                link("service-desc", "/openapi.json", "OpenAPI description"),
                link("service-doc", "/docs", "Documentation"),
                link("describedby", "/catalog", "Catalogue (DCAT-AP)"),
                link("service", "/ogc", "OGC API Features, for maps and GIS"),
                link("related", "/api/v1/events.ics", "Events, for calendars to subscribe to"),
                link("related", "/sitemap.xml", "Addresses of all public records"),
                link("related", "/.well-known/jwks.json", "Public keys that verify tokens (JWK Set)"),
                link("related", "/.well-known/security.txt", "Where to report vulnerabilities"),
            ],
            collections: collections.links,
            views: VIEWS.map(|(rel, path, title)| link(rel, &format!("/api/v1/{path}"), title)).into(),
            vocabularies: vocabularies.links,
            templates: OF_CHAMBERS.map(template).into(),
            limits: Limits::of(quotas),
        }
    }
}

impl Landing {
    /// The links of the document as the header Link (RFC 8288).
    pub(super) fn link_header(&self) -> String {
        let links = self.links.iter().map(|link| format!("<{}>; rel=\"{}\"", link.href, link.rel));
        links.collect::<Vec<_>>().join(", ")
    }
}

impl Limits {
    fn of((requests_per_minute, requests_per_minute_token): Quotas) -> Self {
        Self {
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
            requests_per_minute,
            requests_per_minute_token,
            concurrent_exports: PLACES_OF_CLIENT,
            read_seconds: READ_TIME.as_secs(),
        }
    }
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
