//! Metrics for Prometheus.

use crate::{
    app::App,
    auth::Unauthenticated,
    metrics::OPEN_METRICS,
    openapi::{Operation, headers_of},
    problem::Problem,
    request::input::Input,
    table::Table,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::Data,
};
use serde_json::json;

/// The address, also on the listener of its own.
pub(crate) const PATH: &str = "/metrics";

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.get(PATH, read, describe);
}

/// Returns the metrics, unless they have an address of their own.
///
/// # Errors
/// 400 for any parameter, 404 if `CLUSTERPORTAL_METRICS_LISTEN` is set.
pub async fn read(_: Unauthenticated, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if app.metrics.is_elsewhere {
        return Err(Problem::not_found());
    }
    Input::of(&request).finish_unnegotiated()?;
    answer(&app)
}

/// Returns the metrics on the listener of their own.
///
/// # Errors
/// 500 if they cannot be written.
pub async fn read_on_own_address(app: Data<App>) -> Result<HttpResponse, Problem> {
    answer(&app)
}

fn answer(app: &App) -> Result<HttpResponse, Problem> {
    let text = app.metrics.text(app)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, OPEN_METRICS))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}

fn describe() -> Operation {
    let headers = headers_of(&["Cache-Control", "X-Request-Id"]);
    let example = "# TYPE clusterportal_http_requests counter\nclusterportal_http_requests_total{method=\"GET\",route=\"/api/v1/events\",status=\"200\"} 12\n# EOF\n";
    Operation::new("service", "metrics", "Read the metrics of the server")
        .description("For Prometheus, in the text format of OpenMetrics 1.0. Requires no token and ignores any. The operator can move it to an address of its own; then this is a 404.")
        .answer("200", json!({
            "description": "The metrics.",
            "headers": headers,
            "content": { "application/openmetrics-text": { "schema": { "type": "string" }, "example": example } }
        }))
        .refusals(&[404])
        .exempt()
}
