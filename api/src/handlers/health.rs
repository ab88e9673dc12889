//! Health checks.

use crate::{
    app::App,
    auth::Unauthenticated,
    openapi::Operation,
    problem::Problem,
    request::input::{Input, Validated},
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde::Serialize;
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, schema::Type},
};

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.get("/health/live", live, describe_live);
    table.get("/health/ready", ready, describe_ready);
}

/// Returns 200 while the server runs.
///
/// # Errors
/// 400 for any parameter.
pub async fn live(_: Unauthenticated, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish_unnegotiated()?;
    Ok(status(validated, "live"))
}

/// Returns 200 if the database is reachable and its index is current.
///
/// # Errors
/// 503 if not, 400 for any parameter.
pub async fn ready(
    _: Unauthenticated,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish_unnegotiated()?;
    app.run(|store| Ok(store.check()?)).await?;
    Ok(status(validated, "ready"))
}

/// Health status.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    #[schema(schema_with = word)]
    status: &'static str,
}

fn word() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["live", "ready"])).build()
}

fn status(_: Validated, status: &'static str) -> HttpResponse {
    HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(Health { status })
}

fn describe_live() -> Operation {
    describe("live", "Check whether the server is alive")
}

fn describe_ready() -> Operation {
    describe("ready", "Check whether the server is ready")
}

fn describe(id: &str, summary: &str) -> Operation {
    Operation::new("service", id, summary)
        .description("For monitoring and load balancers. Requires no token and ignores any.")
        .json::<Health>(summary, &["Cache-Control", "X-Request-Id"], &json!({ "status": "ready" }))
        .exempt()
}
