//! Whether the server is alive, and whether it can work.

use crate::{app::App, problem::Problem, request::parameters};
use actix_web::{HttpRequest, HttpResponse, web::Data};

/// It is alive.
///
/// # Errors
/// 400 for parameters, of which it has none.
pub async fn live(request: HttpRequest) -> Result<HttpResponse, Problem> {
    parameters::refuse(&request)?;
    Ok(status("live"))
}

/// It can work: the database answers.
///
/// # Errors
/// 503 when it does not; 400 for parameters, of which it has none.
pub async fn ready(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    parameters::refuse(&request)?;
    app.run(|store| Ok(store.check()?)).await?;
    Ok(status("ready"))
}

fn status(word: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(serde_json::json!({ "status": word }))
}
