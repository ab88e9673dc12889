//! The landing document.

mod document;

use crate::{
    app::App,
    auth::Caller,
    cache::keep,
    config::Publication,
    openapi::{EXAMPLE_URL, Operation, add_answer},
    problem::Problem,
    request::input::Input,
    respond,
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, http::header::LOCATION, web::Data};
use document::Link;
use serde_json::json;

pub(crate) use document::Landing;

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("service", "The service itself: landing document, OpenAPI document, problem types, health.");
    table.page("/", front_door);
    table.get("/api/v1", landing, describe);
}

/// Returns the landing document.
///
/// # Errors
/// 400 for any parameter, 406 for formats other than JSON.
pub async fn landing(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish()?;
    let is_demo = app.run(|store| Ok(store.is_demo()?)).await?;
    let landing = Landing::of(&app.public_url, &app.publication, is_demo, app.rates.quotas());
    let response = respond::json(validated, &caller, &landing)?;
    Ok(keep(respond::with_link(response, &landing.link_header()), None))
}

fn describe() -> Operation {
    let summary = "Get the landing document";
    let link =
        json!({ "rel": "service-doc", "href": format!("{EXAMPLE_URL}/docs"), "title": "Documentation" });
    Operation::new("service", "landing", summary)
        .description("Returns the name, publisher, contact and licence of the service, links to all collections and views, and the limits of requests.")
        .schemas(|schemas| add_answer::<Link>(schemas, &link))
        .json::<Landing>(
            "The landing document.",
            &["ETag", "Cache-Control", "Link", "X-Request-Id"],
            &json!(Landing::of(EXAMPLE_URL, &Publication::default(), false, (Some(1_200), Some(6_000)))),
        )
        .refusals(&[406])
        .revalidated()
}

/// Redirects `/` to the documentation.
pub async fn front_door(app: Data<App>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, app.url("/docs/"))).finish()
}
