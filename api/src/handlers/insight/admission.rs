//! The criteria of admission.

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

/// The criteria of admission, checked for an initiative.
///
/// # Errors
/// 404 when there is none that the caller may know of, 410 when it was public and no longer is.
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
    respond::json(Input::of(&request).finish()?, &request, &caller, &admission)
}

pub(super) fn describe() -> Operation {
    let example = admission::check(&Initiative::example(), &Facts::default());
    Operation::new("insight", "check_admission", "Check the criteria of admission for an initiative")
        .description("What the state's cluster database, and the European platform, ask of an initiative, each criterion checked against the data of today: `met`, `not_met`, or `unknown` where no data can decide it. Only public members and published events count.")
        .json::<Admission>("The criteria.", &HEADERS, &json!(example))
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}
