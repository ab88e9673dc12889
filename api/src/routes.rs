//! The list of handler modules, each of which registers its routes.

use crate::{
    addresses::Addresses,
    app::App,
    auth::{Access, Arguments, Caller},
    handlers::{
        catalog, chamber, changes, collection, crawlers, docs, health, history, insight, keys, landing,
        metrics, ogc, operations, problems, record, search, sync, tokens, vocabulary,
    },
    openapi::Operation,
    problem::{METHOD_NOT_ALLOWED, NOT_FOUND, Problem},
    table::{Address, Endpoint, Page, Table},
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Resource, Route, Scope,
    http::{
        Method,
        header::{ALLOW, HeaderValue},
    },
    web::{self, Data, ServiceConfig},
};
use domain::{
    content::Content,
    kinds::{KindVisitor, every_kind},
    vocabulary::{Entry, VocabularyVisitor, every_vocabulary},
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// The prefixes of all addresses except `/`.
pub(crate) const ROOTS: [&str; 11] = [
    "/api/v1",
    "/catalog",
    "/openapi.json",
    "/docs",
    "/ogc",
    "/problems/",
    "/health/",
    "/metrics",
    "/robots.txt",
    "/sitemap",
    "/.well-known/",
];

/// Registers all operations of the API in a table, in documentation order.
pub(crate) fn describe(table: &mut impl Table) {
    every_kind(&mut Each(table));
    operations::mount(table);
    every_vocabulary(&mut Each(table));
    search::mount(table);
    changes::mount(table);
    history::mount(table);
    insight::mount(table);
    chamber::mount(table);
    sync::mount(table);
    tokens::mount(table);
    catalog::mount(table);
    landing::mount(table);
    keys::mount(table);
    crawlers::mount(table);
    docs::mount(table);
    problems::mount(table);
    health::mount(table);
    metrics::mount(table);
}

/// Registers the operations of OGC API Features, which have a document of their own: OGC clients read OpenAPI 3.0, and
/// clients generated from `/openapi.json` need no second way to the same records.
pub(crate) fn describe_features(table: &mut impl Table) {
    ogc::mount(table);
}

/// Mounts every route.
pub fn mount(config: &mut ServiceConfig) {
    let mut routes = Routes { config, addresses: Addresses::default(), scopes: BTreeMap::new() };
    describe(&mut routes);
    describe_features(&mut routes);
    let Routes { config, addresses, scopes } = routes;
    for scope in scopes.into_values().rev() {
        config.service(scope);
    }
    let addresses = Arc::new(addresses);
    config.default_service(web::to(move |caller: Caller, app: Data<App>, request: HttpRequest| {
        nothing(caller, app, request, addresses.clone())
    }));
}

/// Handles unknown addresses. An invalid token is rejected first.
async fn nothing(
    _: Caller,
    app: Data<App>,
    request: HttpRequest,
    addresses: Arc<Addresses>,
) -> Result<HttpResponse, Problem> {
    Err(match addresses.nearest(request.path()) {
        Some(nearest) => Problem::new(
            &NOT_FOUND,
            format!("Unknown address. The nearest known address is {}", app.url(&nearest)),
        ),
        None => Problem::not_found(),
    })
}

/// Registers the routes of each kind and each vocabulary.
struct Each<'a, T>(&'a mut T);

impl<T: Table> KindVisitor for Each<'_, T> {
    fn visit<C: Content>(&mut self) {
        collection::mount::<C>(self.0);
        record::mount::<C>(self.0);
        history::mount_versions::<C>(self.0);
    }
}

impl<T: Table> VocabularyVisitor for Each<'_, T> {
    fn visit<E: Entry>(&mut self) {
        vocabulary::mount::<E>(self.0);
    }
}

/// The table of the server: mounts handlers, ignores descriptions.
///
/// The router tries addresses one after the other. Those without parameters come first: each costs one comparison. The
/// others, each a regular expression, are tried only below their prefix.
struct Routes<'a> {
    config: &'a mut ServiceConfig,
    addresses: Addresses,
    /// What lies below prefixes without parameters. A prefix is mounted before those it begins with.
    scopes: BTreeMap<String, Scope>,
}

/// Divides an address before the segment that has its first parameter.
fn divide(path: &str) -> Option<(&str, &str)> {
    let literal = &path[..path.find('{')?];
    Some(path.split_at(literal.rfind('/')?))
}

impl Table for Routes<'_> {
    type Address = Mounted;

    fn tag(&mut self, _: &'static str, _: &str) {}

    fn address(&mut self, path: &str, fill: impl FnOnce(Mounted) -> Mounted) {
        self.addresses.add(path);
        let mount = |path: &str| {
            let empty = Mounted { resource: web::resource(path), methods: Vec::new(), refuse: None };
            fill(empty).finish()
        };
        let Some((prefix, below)) = divide(path) else {
            self.config.service(mount(path));
            return;
        };
        let scope = self.scopes.remove(prefix).unwrap_or_else(|| web::scope(prefix));
        self.scopes.insert(prefix.to_owned(), scope.service(mount(below)));
    }

    fn page<A: FromRequest + 'static>(&mut self, path: &str, handler: impl Page<A>) {
        self.address(path, |address| address.mount::<A, Caller>(Method::GET, handler));
    }
}

/// An address with its methods. HEAD is handled as GET, OPTIONS returns the methods, all others 405.
struct Mounted {
    resource: Resource,
    methods: Vec<String>,
    refuse: Option<fn(String) -> Route>,
}

impl Address for Mounted {
    fn parameters<const N: usize>(self, _: impl FnOnce() -> [Value; N]) -> Self {
        self
    }

    fn operation<A: Arguments>(
        self,
        method: Method,
        handler: impl Endpoint<A>,
        _: impl FnOnce() -> Operation,
    ) -> Self {
        self.mount::<A, A::Access>(method, handler)
    }
}

impl Mounted {
    fn mount<A: FromRequest + 'static, C: Access>(mut self, method: Method, handler: impl Page<A>) -> Self {
        self.methods.push(method.as_str().to_owned());
        self.resource = self.resource.route(web::method(method).to(handler));
        // An invalid token is rejected with any method, even if the handlers ignore tokens.
        self.refuse.get_or_insert(if C::CHECKS_TOKEN { refuse::<C> } else { refuse::<Caller> });
        self
    }

    fn finish(self) -> Resource {
        let Self { resource, mut methods, refuse } = self;
        if methods.iter().any(|method| method == "GET") {
            methods.push("HEAD".to_owned());
        }
        methods.push("OPTIONS".to_owned());
        let allow = methods.join(", ");
        let resource = match refuse {
            Some(refuse) => resource.default_service(refuse(allow.clone())),
            None => resource,
        };
        let options = move || {
            std::future::ready(HttpResponse::NoContent().insert_header((ALLOW, allow.clone())).finish())
        };
        resource.route(web::method(Method::OPTIONS).to(options))
    }
}

/// Rejects all other methods, for callers with access to the address.
fn refuse<C: Access>(allow: String) -> Route {
    web::to(move |_: C| {
        let header = HeaderValue::from_str(&allow).unwrap_or(HeaderValue::from_static("GET"));
        let problem = Problem::new(&METHOD_NOT_ALLOWED, format!("Allowed methods: {allow}."));
        std::future::ready(Err::<HttpResponse, _>(problem.with_header(ALLOW, header)))
    })
}
