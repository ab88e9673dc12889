//! Controlled vocabularies.

use crate::{
    auth::Caller,
    openapi::{Operation, add_vocabulary, json_answer, named, parameters},
    problem::Problem,
    request::input::Input,
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse};
use domain::vocabulary::Entry;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The operations on a vocabulary.
pub(crate) fn mount<E: Entry>(table: &mut impl Table) {
    let path = format!("/api/v1/{}", E::PATH);
    table.tag("vocabularies", "Controlled vocabularies. Read-only.");
    table.get(&path, list::<E>, describe_list::<E>);
    table.address(&format!("{path}/{{code}}"), |address| {
        address.parameters(|| [code::<E>()]).get(read::<E>, describe_read::<E>)
    });
}

/// The path parameter that identifies an entry.
pub(super) fn code<E: Entry>() -> Value {
    json!({
        "name": "code", "in": "path", "required": true, "description": "Code or slug of the entry, in any spelling that writes accept.",
        "schema": parameters::code_or_slug(E::all().first().map(Entry::code).unwrap_or_default())
    })
}

/// Headers of cacheable responses.
const HEADERS: [&str; 3] = ["ETag", "Cache-Control", "X-Request-Id"];

/// A vocabulary in the envelope of a list. It is short, so there is only one page.
#[derive(Serialize)]
struct Whole<E: 'static> {
    items: &'static [E],
    next: Option<String>,
}

/// Lists the entries of a vocabulary.
///
/// # Errors
/// 400 for any parameter.
pub async fn list<E: Entry>(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish()?;
    respond::json(validated, &request, &caller, &Whole { items: E::all(), next: None })
}

fn describe_list<E: Entry>() -> Operation {
    let list = named(&format!("{}List", <E as ToSchema>::name()));
    Operation::new(
        "vocabularies",
        format!("list_{}", E::PATH.replace('-', "_")),
        format!("List {}", E::PATH.replace('-', " ")),
    )
    .description(format!("{} Returned in one page: `next` is always null.", E::ABOUT))
    .schemas(add_vocabulary::<E>)
    .answer("200", json_answer("The vocabulary.", list, &HEADERS))
    .refusals(&[406])
    .revalidated()
}

/// Returns an entry of a vocabulary.
///
/// # Errors
/// 404 for an unknown code.
pub async fn read<E: Entry>(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").unwrap_or_default();
    let entry = E::find(code).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish()?;
    respond::json(validated, &request, &caller, entry)
}

fn describe_read<E: Entry>() -> Operation {
    let title = E::TITLE.to_lowercase();
    Operation::new(
        "vocabularies",
        format!("read_{}", title.replace(' ', "_")),
        format!("Get an entry: {title}"),
    )
    .description(E::ABOUT)
    .answer("200", json_answer("The entry.", named(&<E as ToSchema>::name()), &HEADERS))
    .refusals(&[404, 406])
    .revalidated()
}
