//! Which address is answered by which handler: the one table of routes.

use crate::{
    addresses::Addresses,
    app::App,
    auth::{Auditor, Caller, ChamberReader, Editor, Staff},
    handlers::{
        chamber, changes, collection, docs, health, history, insight, landing, record, search, sync,
        vocabulary,
    },
    problem::{METHOD_NOT_ALLOWED, NOT_FOUND, Problem},
    request::format::Format,
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Resource, Route,
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
use std::sync::Arc;

/// How addresses begin, other than the front door.
pub(crate) const ROOTS: [&str; 5] = ["/api/v1", "/openapi.json", "/docs", "/problems/", "/health/"];

/// Mounts every route.
pub fn mount(config: &mut ServiceConfig) {
    let mut table = Table { config, addresses: Addresses::default() };
    table.get("/", web::get().to(landing::front_door));
    table.get("/api/v1", web::get().to(landing::landing));
    every_vocabulary(&mut table);
    every_kind(&mut table);
    table.get("/api/v1/initiatives/{key}/admission", web::get().to(insight::admission));
    table.get("/api/v1/search", web::get().to(search::search));
    table.get("/api/v1/suggest", web::get().to(search::suggest));
    table.get("/api/v1/changes", web::get().to(changes::feed));
    table.get_as::<Auditor>("/api/v1/audit", web::get().to(history::audit));
    table.get("/api/v1/stats", web::get().to(insight::stats));
    table.get("/api/v1/regions/{code}/atlas", web::get().to(insight::atlas));
    table.get("/api/v1/graph", web::get().to(insight::graph));
    let members = "/api/v1/chambers/{chamber}/members";
    table.get_as::<ChamberReader>(members, web::get().to(chamber::list));
    table.resource::<ChamberReader, _>(
        &format!("{members}/{{external_id}}"),
        [
            (Method::GET, web::get().to(chamber::read)),
            (Method::PUT, web::put().to(chamber::replace)),
            (Method::DELETE, web::delete().to(chamber::delete)),
        ],
    );
    let runs = "/api/v1/chambers/{chamber}/sync-runs";
    table.resource::<ChamberReader, _>(
        runs,
        [(Method::GET, web::get().to(sync::list)), (Method::POST, web::post().to(sync::start))],
    );
    table.get_as::<ChamberReader>(&format!("{runs}/{{run}}"), web::get().to(sync::read));
    table.get_as::<ChamberReader>(&format!("{runs}/{{run}}/rejections"), web::get().to(sync::rejections));
    table.get("/openapi.json", web::get().to(docs::openapi));
    table.get("/docs", web::get().to(docs::index));
    table.get("/docs/{file:.*}", web::get().to(docs::file));
    table.get("/problems/{type}", web::get().to(landing::problem));
    table.get("/health/live", web::get().to(health::live));
    table.get("/health/ready", web::get().to(health::ready));
    let addresses = Arc::new(table.addresses);
    config.default_service(web::to(move |caller: Caller, app: Data<App>, request: HttpRequest| {
        nothing(caller, app, request, addresses.clone())
    }));
}

/// There is no such address; whoever comes with a bad token learns that first.
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

/// The table while it is being written.
struct Table<'a> {
    config: &'a mut ServiceConfig,
    addresses: Addresses,
}

impl Table<'_> {
    /// An address that can only be read, by anyone.
    fn get(&mut self, path: &str, route: Route) {
        self.get_as::<Caller>(path, route);
    }

    /// An address that can only be read, by callers of a sort.
    fn get_as<C: FromRequest + 'static>(&mut self, path: &str, route: Route) {
        self.resource::<C, 1>(path, [(Method::GET, route)]);
    }

    /// An address with its methods. HEAD is answered as GET, OPTIONS with the methods, all others with 405: to callers of
    /// a sort, since who may not know of an address learns that before it learns its methods.
    fn resource<C: FromRequest + 'static, const N: usize>(
        &mut self,
        path: &str,
        routes: [(Method, Route); N],
    ) {
        let mut methods: Vec<&str> = routes.iter().map(|(method, _)| method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        let allow = methods.join(", ");
        let refused = allow.clone();
        let options = move || {
            std::future::ready(HttpResponse::NoContent().insert_header((ALLOW, allow.clone())).finish())
        };
        let refuse = move |_: C| {
            let allow = HeaderValue::from_str(&refused).unwrap_or(HeaderValue::from_static("GET"));
            let problem = Problem::new(&METHOD_NOT_ALLOWED, format!("Allowed methods: {refused}."));
            std::future::ready(Err::<HttpResponse, _>(problem.with_header(ALLOW, allow)))
        };
        self.addresses.add(path);
        let mut resource: Resource = web::resource(path);
        for (_, route) in routes {
            resource = resource.route(route);
        }
        let resource =
            resource.route(web::method(Method::OPTIONS).to(options)).default_service(web::to(refuse));
        self.config.service(resource);
    }
}

impl KindVisitor for Table<'_> {
    fn visit<C: Content>(&mut self) {
        let collection = format!("/api/v1/{}", C::KIND.plural());
        self.resource::<Caller, _>(
            &collection,
            [
                (Method::GET, web::get().to(collection::list::<C>)),
                (Method::POST, web::post().to(collection::create::<C>)),
            ],
        );
        for format in Format::EXPORTS {
            let export = move |caller: Caller, app: Data<App>, request: HttpRequest| {
                collection::export::<C>(caller, app, request, format)
            };
            self.get(&format!("{collection}.{}", format.as_str()), web::get().to(export));
        }
        self.get(&format!("{collection}/facets"), web::get().to(collection::facets::<C>));
        self.resource::<Caller, _>(
            &format!("{collection}/{{key}}"),
            [
                (Method::GET, web::get().to(record::read::<C>)),
                (Method::PUT, web::put().to(record::replace::<C>)),
                (Method::PATCH, web::patch().to(record::patch::<C>)),
                (Method::DELETE, web::delete().to(record::archive::<C>)),
            ],
        );
        let record = format!("{collection}/{{key}}");
        self.resource::<Editor, _>(
            &format!("{record}/restore"),
            [(Method::POST, web::post().to(record::restore::<C>))],
        );
        self.get_as::<Staff>(&format!("{record}/history"), web::get().to(history::list::<C>));
        self.get_as::<Staff>(&format!("{record}/history/{{version}}"), web::get().to(history::read::<C>));
        self.resource::<Editor, _>(
            &format!("{record}/revert/{{version}}"),
            [(Method::POST, web::post().to(history::revert::<C>))],
        );
    }
}

impl VocabularyVisitor for Table<'_> {
    fn visit<E: Entry>(&mut self) {
        self.get(&format!("/api/v1/{}", E::PATH), web::get().to(vocabulary::list::<E>));
        self.get(&format!("/api/v1/{}/{{code}}", E::PATH), web::get().to(vocabulary::read::<E>));
    }
}
