//! The landing page, and what the service conforms to.

use super::{
    ROOT, description,
    form::{F, Form, Nature, guarded},
    links::{self, Link},
    page::Page,
};
use crate::{
    app::App,
    auth::Caller,
    cache::keep,
    openapi::{EXAMPLE_URL, Operation, add_answer},
    problem::Problem,
    request::{conditions, input::Input},
    respond,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The title of the service.
pub(super) const TITLE: &str = "Cluster landscape of Baden-Württemberg";
const ABOUT: &str =
    "Clusters, initiatives, networks, events and members with a location, as OGC API Features.";

/// The conformance classes that are met (OGC 17-069r4 annex A).
const CLASSES: [&str; 4] = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
];

/// The landing page: links to the definition, the conformance classes and the collections.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LandingPage)]
struct Landing {
    title: &'static str,
    description: &'static str,
    links: Vec<Link>,
}

/// The conformance classes that the service meets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConformanceClasses)]
struct Conformance {
    /// URIs of the classes.
    #[serde(rename = "conformsTo")]
    conforms_to: [&'static str; CLASSES.len()],
    links: Vec<Link>,
}

/// Returns the landing page.
///
/// # Errors
/// 400 for any parameter but `f`, 406 for formats other than JSON and HTML.
pub(super) async fn landing(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let document = |form| {
        let mut links =
            links::own(form, Nature::Metadata, TITLE, |form| links::plain_address(&app, ROOT, form));
        let definition = |form| links::plain_address(&app, &format!("{ROOT}/api"), form);
        for (rel, form) in [("service-desc", Form::Json), ("service-doc", Form::Html)] {
            let media_type = Nature::Definition.media_type(form);
            links.push(Link::new(rel, definition(form), media_type, "Definition of this API"));
        }
        let both = |rel, path: &str, title| {
            links::both(&app, rel, &format!("{ROOT}/{path}"), Nature::Metadata, title)
        };
        links.extend(both("conformance", "conformance", "Conformance classes"));
        links.extend(both("data", "collections", "Collections"));
        Landing { title: TITLE, description: ABOUT, links }
    };
    let page = |document| Page::new(TITLE, ABOUT, document);
    metadata(&caller, &request, document, page)
}

/// Returns the conformance classes.
///
/// # Errors
/// As [`landing`].
pub(super) async fn conformance(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    const PAGE: &str = "Conformance classes";
    let path = format!("{ROOT}/conformance");
    let document = |form| {
        let at = |form| links::plain_address(&app, &path, form);
        Conformance { conforms_to: CLASSES, links: links::own(form, Nature::Metadata, PAGE, at) }
    };
    let page = |document| {
        Page::new(PAGE, "The classes of OGC API Features that this service meets.", document)
            .below(TITLE, links::plain_address(&app, ROOT, Form::Html))
    };
    metadata(&caller, &request, document, page)
}

/// Answers with metadata that follows from the configuration.
fn metadata<T: Serialize>(
    caller: &Caller,
    request: &HttpRequest,
    document: impl FnOnce(Form) -> T,
    page: impl FnOnce(Value) -> Page,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(request);
    let form = input.choose_format_by(F, Nature::Metadata.offers())?;
    let validated = input.finish()?;
    let finished = Nature::Metadata.write(form, &document(form), page)?;
    let tag = conditions::digest(&finished.body);
    let content_type = finished.content_type;
    let response = respond::tagged(validated, caller, content_type, &tag, None, finished.body);
    Ok(keep(guarded(response, form), None))
}

fn example_link(rel: &str, path: &str) -> Value {
    json!({
        "href": format!("{EXAMPLE_URL}{ROOT}{path}?f=json"), "rel": rel, "type": "application/json", "title": "Example"
    })
}

pub(super) fn describe() -> Operation {
    let example = json!({
        "title": TITLE, "description": ABOUT,
        "links": [example_link("self", ""), example_link("conformance", "/conformance"), example_link("data", "/collections")]
    });
    Operation::new("capabilities", "getLandingPage", "Get the landing page")
        .description(
            "Returns links to the definition of this API, its conformance classes and its collections.",
        )
        .parameters([description::f()])
        .schemas(|schemas| {
            add_answer::<Link>(schemas, &example_link("self", ""));
            add_answer::<Landing>(schemas, &example);
        })
        .answer("200", description::answer("The landing page.", Nature::Metadata, "LandingPage"))
        .refusals(&[406])
        .revalidated()
}

pub(super) fn describe_conformance() -> Operation {
    let example = json!({ "conformsTo": CLASSES, "links": [example_link("self", "/conformance")] });
    Operation::new("capabilities", "getConformanceDeclaration", "Get the conformance classes")
        .description("Returns the conformance classes that this service meets.")
        .parameters([description::f()])
        .schemas(|schemas| add_answer::<Conformance>(schemas, &example))
        .answer("200", description::answer("The classes.", Nature::Metadata, "ConformanceClasses"))
        .refusals(&[406])
        .revalidated()
}
