//! Numbers of the landscape.

use super::{super::search::KINDS, HEADERS, KindStats, add_numbers, cache_key, example_of_kind, part};
use crate::{
    app::App,
    auth::Caller,
    cache::{self, Finished},
    openapi::{Operation, filters},
    problem::Problem,
    request::input::Input,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::kind::Kind;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Numbers of the landscape.
#[derive(Debug, Serialize, ToSchema)]
struct Stats {
    /// Kind by kind.
    kinds: Vec<KindStats>,
}

/// Numbers of the landscape.
///
/// # Errors
/// 400 for filters that make no sense.
pub(super) async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let part = part(&mut input, &Kind::ALL, &KINDS);
    cache::answer(input.finish()?, &app, &request, &caller, cache_key("stats", &part), move |store| {
        let numbers = store.numbers(&part)?;
        Finished::json(&Stats { kinds: numbers.into_iter().map(KindStats::from).collect() })
    })
    .await
}

pub(super) fn describe() -> Operation {
    Operation::new("insight", "read_stats", "Numbers of the landscape")
        .description("How many records there are of each kind, by every value that the kind is counted by, and by the year in which they began (founded, started): the trend. Narrowed by the filters of the lists, which combine with AND; a kind whose list does not know one of them is left out. `kind` says which kinds of record. Of what is public, whoever asks.")
        .parameters([KINDS.repeated()])
        .parameters(filters::of_kinds(&Kind::ALL))
        .schemas(add_numbers)
        .json::<Stats>("The numbers.", &HEADERS, &json!({ "kinds": [example_of_kind()] }))
        .refusals(&[406])
        .revalidated()
}
