//! Admission criteria of initiatives.

use super::{
    super::record::{Place, key, moved},
    HEADERS,
};
use crate::{app::App, auth::Caller, openapi::Operation, problem::Problem, request::input::Input, respond};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    admission::{self, Admission, Facts},
    content::Content as _,
    initiative::Initiative,
};
use serde_json::json;

/// Checks the admission criteria for an initiative.
///
/// # Errors
/// 404 if the initiative does not exist or is not visible to the caller, 410 if it has been withdrawn.
pub(super) async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let key = key(&request)?;
    let audience = caller.audience();
    let found = app.run(move |store| Ok(store.admission(audience, &key)?)).await?;
    let admission = match Place::of(found)? {
        Place::Here(admission) => admission,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    respond::json(Input::of(&request).finish()?, &caller, &admission)
}

pub(super) fn describe() -> Operation {
    let example = admission::check(&Initiative::example(), &Facts::default());
    Operation::new("insight", "check_admission", "Check the admission criteria of an initiative")
        .description("Checks the criteria of the state's cluster database and of the European platform against current data. Each is `met`, `not_met`, or `unknown` if the data cannot decide it. Only public members and published events count.")
        .json::<Admission>("The criteria.", &HEADERS, &json!(example))
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}
