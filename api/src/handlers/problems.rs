//! Explanations of problem types.

use crate::{
    app::App,
    auth::Caller,
    openapi::{EXAMPLE_URL, Operation, parameters},
    problem::{EVERY_PROBLEM_TYPE, NOT_FOUND, Problem},
    request::input::Input,
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The operation of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.address("/problems/{type}", |address| address.parameters(|| [named_type()]).get(read, describe));
}

/// Explanation of a problem type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemType)]
struct Explanation {
    #[schema(format = "uri")]
    r#type: String,
    title: &'static str,
    #[schema(format = Int32, minimum = 0)]
    status: u16,
    explanation: &'static str,
}

/// Returns the explanation of a problem type.
///
/// # Errors
/// 404 for an unknown type, 400 for any parameter, 406 for formats other than JSON.
pub async fn read(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let slug = request.match_info().get("type").unwrap_or_default();
    let kind = EVERY_PROBLEM_TYPE.iter().find(|kind| kind.slug == slug).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish()?;
    respond::json(
        validated,
        &caller,
        &Explanation {
            r#type: app.url(&format!("/problems/{}", kind.slug)),
            title: kind.title,
            status: kind.status,
            explanation: kind.explanation,
        },
    )
}

/// The path parameter that identifies a problem type.
fn named_type() -> Value {
    json!({
        "name": "type", "in": "path", "required": true, "description": "Last segment of the `type` URL.",
        "schema": parameters::code_or_slug("not-found")
    })
}

fn describe() -> Operation {
    let summary = "Get the explanation of a problem type";
    let example = json!({
        "type": format!("{EXAMPLE_URL}/problems/{}", NOT_FOUND.slug),
        "title": NOT_FOUND.title,
        "status": NOT_FOUND.status,
        "explanation": NOT_FOUND.explanation
    });
    Operation::new("service", "problem_type", summary)
        .description(
            "Explains what a problem type means and what to do. This is the URL in `type` of every problem.",
        )
        .json::<Explanation>("The explanation.", &["ETag", "Cache-Control", "X-Request-Id"], &example)
        .refusals(&[404, 406])
        .revalidated()
}
