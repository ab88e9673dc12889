//! The explanations of problems.

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

/// What a type of problem means.
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

/// Explains one type of problem.
///
/// # Errors
/// 404 for a type that there is not; 400 for parameters, of which it has none; 406 for formats other than JSON.
pub async fn read(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let slug = request.match_info().get("type").unwrap_or_default();
    let kind = EVERY_PROBLEM_TYPE.iter().find(|kind| kind.slug == slug).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish()?;
    respond::json(
        validated,
        &request,
        &caller,
        &Explanation {
            r#type: app.url(&format!("/problems/{}", kind.slug)),
            title: kind.title,
            status: kind.status,
            explanation: kind.explanation,
        },
    )
}

/// The parameter that names a type of problem.
fn named_type() -> Value {
    json!({
        "name": "type", "in": "path", "required": true, "description": "The type's last segment.",
        "schema": parameters::code_or_slug("not-found")
    })
}

fn describe() -> Operation {
    let summary = "What a type of problem means";
    let example = json!({
        "type": format!("{EXAMPLE_URL}/problems/{}", NOT_FOUND.slug),
        "title": NOT_FOUND.title,
        "status": NOT_FOUND.status,
        "explanation": NOT_FOUND.explanation
    });
    Operation::new("service", "problem_type", summary)
        .description("The `type` of every problem leads here.")
        .json::<Explanation>(summary, &["ETag", "Cache-Control", "X-Request-Id"], &example)
        .refusals(&[404, 406])
        .revalidated()
}
