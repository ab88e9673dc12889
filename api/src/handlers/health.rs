//! Whether the server is alive, and whether it can work.

use crate::{
    app::App,
    auth::Unauthenticated,
    openapi::compose::service as describe,
    problem::Problem,
    request::input::{Input, Validated},
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.get("/health/live", live, describe::live);
    table.get("/health/ready", ready, describe::ready);
}

/// It is alive.
///
/// # Errors
/// 400 for parameters, of which it has none.
pub async fn live(_: Unauthenticated, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish_unnegotiated()?;
    Ok(status(validated, "live"))
}

/// It can work: the database answers.
///
/// # Errors
/// 503 when it does not; 400 for parameters, of which it has none.
pub async fn ready(
    _: Unauthenticated,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish_unnegotiated()?;
    app.run(|store| Ok(store.check()?)).await?;
    Ok(status(validated, "ready"))
}

fn status(_: Validated, word: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(serde_json::json!({ "status": word }))
}
