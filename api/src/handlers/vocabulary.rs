//! Vocabularies: whole lists, and one entry.

use crate::{
    auth::Caller,
    openapi::compose::service as describe,
    problem::Problem,
    request::input::Input,
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse};
use domain::vocabulary::Entry;
use serde::Serialize;

/// The operations on a vocabulary.
pub(crate) fn mount<E: Entry>(table: &mut impl Table) {
    let path = format!("/api/v1/{}", E::PATH);
    table.tag("vocabularies", "Controlled vocabularies; read only.");
    table.get(&path, list::<E>, describe::list::<E>);
    table.address(&format!("{path}/{{code}}"), |address| {
        address.parameters(|| [describe::code::<E>()]).get(read::<E>, describe::read::<E>)
    });
}

/// A vocabulary is short, so it comes whole, in the envelope of every list.
#[derive(Serialize)]
struct Whole<E: 'static> {
    items: &'static [E],
    next: Option<String>,
}

/// Lists a vocabulary.
///
/// # Errors
/// 400 for parameters, of which it has none.
pub async fn list<E: Entry>(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish()?;
    respond::json(validated, &request, &caller, &Whole { items: E::all(), next: None })
}

/// Reads one entry of a vocabulary.
///
/// # Errors
/// 404 for a code that it does not have.
pub async fn read<E: Entry>(caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").unwrap_or_default();
    let entry = E::find(code).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish()?;
    respond::json(validated, &request, &caller, entry)
}
