//! Whether the server is alive, and whether it can work.

use crate::{app::App, problem::Problem};
use actix_web::{HttpResponse, web::Data};

/// It is alive.
pub async fn live() -> HttpResponse {
    status("live")
}

/// It can work: the database answers.
///
/// # Errors
/// 503 when it does not.
pub async fn ready(app: Data<App>) -> Result<HttpResponse, Problem> {
    app.run(|store| Ok(store.check()?)).await?;
    Ok(status("ready"))
}

fn status(word: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(serde_json::json!({ "status": word }))
}
