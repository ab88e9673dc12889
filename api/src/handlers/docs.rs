//! The OpenAPI document and its documentation page. Nothing is loaded from other servers.

use crate::{
    app::App,
    auth::Caller,
    openapi::{self, Operation, json_answer},
    problem::Problem,
    request::{body::JSON, conditions, input::Input},
    respond,
    table::Table,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION},
    web::Data,
};
use flate2::read::GzDecoder;
use serde_json::json;
use std::{
    io::{self, Read as _},
    sync::Arc,
};
use utoipa_swagger_ui::{Config, Url, serve};

/// Scripts, styles and requests of the page are to this server only, and none are inline. Swagger UI draws its icons from
/// `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.get("/openapi.json", openapi, describe);
    table.page("/docs", index);
    table.page("/docs/{file:.*}", file);
}

/// Returns the OpenAPI document.
///
/// # Errors
/// 400 for any parameter, 406 for formats other than JSON.
pub async fn openapi(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish()?;
    let body = match app.openapi.get() {
        Some(body) => body.clone(),
        None => {
            let body = openapi::served(&app).map_err(Problem::internal)?;
            app.openapi.get_or_init(|| body.into()).clone()
        }
    };
    Ok(respond::tagged(validated, &caller, JSON, &conditions::digest(&body), None, body))
}

fn describe() -> Operation {
    let summary = "Get the OpenAPI document";
    let document = json!({ "type": "object", "description": "An OpenAPI 3.1 document." });
    Operation::new("service", "openapi", summary)
        .description("Returns this document.")
        .answer(
            "200",
            json_answer("The OpenAPI document.", document, &["ETag", "Cache-Control", "X-Request-Id"]),
        )
        .refusals(&[406])
        .revalidated()
}

/// Redirects to the path with a trailing slash, because the page refers to its files relatively.
pub async fn index(app: Data<App>) -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, app.url("/docs/"))).finish()
}

/// Returns a file of the documentation.
///
/// # Errors
/// 404 for an unknown file.
pub async fn file(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.match_info().get("file").unwrap_or_default();
    // The addresses are relative, because the public URL may have a path. Without `none`, Swagger UI would send it to a
    // validator on another host.
    let documents =
        [Url::new("Clusterportal API", "../openapi.json"), Url::new("OGC API Features", "../ogc/api?f=json")];
    let config = Config::new(documents)
        .validator_url("none")
        .display_request_duration(true)
        .doc_expansion("none")
        .try_it_out_enabled(true)
        .filter(true);
    match serve(path, Arc::new(config)) {
        Ok(Some(file)) => Ok(HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "public, max-age=3600"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .content_type(file.content_type)
            .body(plain(&file.bytes, file.gzpipped).map_err(Problem::internal)?)),
        Ok(None) => Err(Problem::not_found()),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// The uncompressed bytes of a file. The binary contains most of them compressed.
fn plain(bytes: &[u8], is_compressed: bool) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    if is_compressed {
        GzDecoder::new(bytes).read_to_end(&mut plain)?;
    } else {
        plain.extend_from_slice(bytes);
    }
    Ok(plain)
}
