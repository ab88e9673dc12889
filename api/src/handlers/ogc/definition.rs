//! The definition of this API, as OpenAPI 3.0 and as a page.

use super::{
    ROOT, description,
    form::{F, Form, HTML, Nature, guarded},
    landing::TITLE,
    links,
    page::Page,
};
use crate::{
    app::App,
    auth::Caller,
    openapi::{self, Operation, headers_of},
    problem::Problem,
    request::input::Input,
    shared::{self, Cost},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::json;

/// Returns the definition.
///
/// # Errors
/// 400 for any parameter but `f`, 406 for formats other than JSON and HTML.
pub(super) async fn definition(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let form = input.choose_format_by(F, Nature::Definition.offers())?;
    let validated = input.finish()?;
    let (url, landing) = (app.url(ROOT), links::plain_address(&app, ROOT, Form::Html));
    let key = format!("ogc api {form:?}");
    let response = shared::answer(validated, &app, &request, &caller, (key, Cost::Heavy), move |_| {
        let definition = openapi::features(&url).map_err(Problem::internal)?;
        Nature::Definition.write(form, &definition, |document| {
            Page::new("Definition of this API", "OpenAPI 3.0, as read by programs.", document)
                .below(TITLE, landing)
        })
    });
    Ok(guarded(response.await?, form))
}

pub(super) fn describe() -> Operation {
    let headers = ["ETag", "Cache-Control", "Content-Security-Policy", "X-Request-Id"];
    let answer = json!({
        "description": "The definition.",
        "headers": headers_of(&headers),
        "content": {
            "application/vnd.oai.openapi+json": { "schema": { "type": "object", "description": "An OpenAPI 3.0 document." } },
            HTML: { "schema": { "type": "string" } }
        }
    });
    Operation::new("capabilities", "getApiDefinition", "Get the definition of this API")
        .description(
            "Returns this document. Its media type is `application/vnd.oai.openapi+json;version=3.0`.",
        )
        .parameters([description::f()])
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}
