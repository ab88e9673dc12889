//! The landing document.

mod document;

use crate::{
    app::App,
    auth::Caller,
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
    table.tag("service", "About the service itself.");
    table.page("/", front_door);
    table.get("/api/v1", landing, describe);
}

/// Answers the landing document.
///
/// # Errors
/// 400 for parameters, of which it has none; 406 for formats other than JSON.
pub async fn landing(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish()?;
    let is_demo = app.run(|store| Ok(store.is_demo()?)).await?;
    respond::json(validated, &request, &caller, &Landing::of(&app.public_url, is_demo))
}

fn describe() -> Operation {
    let summary = "The landing document";
    let link =
        json!({ "rel": "service-doc", "href": format!("{EXAMPLE_URL}/docs"), "title": "Documentation" });
    Operation::new("service", "landing", summary)
        .description("What this is, whose it is, where everything is, and how large requests may be.")
        .schemas(|schemas| add_answer::<Link>(schemas, &link))
        .json::<Landing>(
            summary,
            &["ETag", "Cache-Control", "X-Request-Id"],
            &json!(Landing::of(EXAMPLE_URL, false)),
        )
        .refusals(&[406])
        .revalidated()
}

/// Sends whoever comes to the front door to the documentation.
pub async fn front_door(app: Data<App>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, app.url("/docs/"))).finish()
}
