//! Statistics.

use super::{super::search::KINDS, HEADERS, KindStats, add_numbers, example_of_kind, part, shared_key};
use crate::{
    app::App,
    auth::Caller,
    openapi::{Operation, filters},
    problem::Problem,
    request::input::Input,
    shared::{self, Cost, Finished},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::kind::Kind;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Statistics.
#[derive(Debug, Serialize, ToSchema)]
struct Stats {
    /// Statistics by kind.
    kinds: Vec<KindStats>,
}

/// Returns statistics.
///
/// # Errors
/// 400 for invalid filters.
pub(super) async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let part = part(&mut input, &Kind::ALL, &KINDS);
    shared::answer(
        input.finish()?,
        &app,
        &request,
        &caller,
        (shared_key("stats", &part), Cost::Heavy),
        move |store| {
            let numbers = store.numbers(&part)?;
            Finished::json(&Stats { kinds: numbers.into_iter().map(KindStats::from).collect() })
        },
    )
    .await
}

pub(super) fn describe() -> Operation {
    Operation::new("insight", "read_stats", "Get statistics")
        .description("Counts the records of each kind, by facet and by the year in which they began (were founded or started). Accepts the filters of the lists, combined with AND. A kind whose list does not have one of the filters is omitted. `kind` selects kinds of record. Only public records are counted, so the result is the same for every caller.")
        .parameters([KINDS.repeated()])
        .parameters(filters::of_kinds(&Kind::ALL))
        .schemas(add_numbers)
        .json::<Stats>("The statistics.", &HEADERS, &json!({ "kinds": [example_of_kind()] }))
        .refusals(&[406])
        .revalidated()
}
