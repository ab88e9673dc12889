//! Vocabularies: whole lists, and one entry.

use crate::{auth::Caller, problem::Problem, request::input::Input, respond};
use actix_web::{HttpRequest, HttpResponse};
use domain::vocabulary::Entry;
use serde::Serialize;

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
