//! Search, and completion while typing.

use super::paging::{Cursors, Items, limit};
use crate::{
    app::App,
    auth::Caller,
    cache::{self, Finished},
    openapi::compose::search as describe,
    problem::Problem,
    request::input::Input,
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    id::Id,
    kind::Kind,
    query::{Filter, Page},
    reference::Reference,
    search::{Language, Score, SearchQuery},
    terms::Facet,
};
use persistence::search::hits::{Hit, Place, Search};
use serde::Serialize;
use std::cmp::Reverse;

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("search", "Search over everything, and completion while typing.");
    table.get("/api/v1/search", search, describe::search);
    table.get("/api/v1/suggest", suggest, describe::suggest);
}

#[derive(Debug, Serialize)]
struct HitItem {
    kind: Kind,
    reference: Reference,
    headline: String,
    snippet: String,
    score: f64,
}

#[derive(Debug, Serialize)]
struct Suggestions {
    items: Vec<SuggestionItem>,
}

#[derive(Debug, Serialize)]
struct SuggestionItem {
    kind: Kind,
    reference: Reference,
    headline: String,
}

/// What was typed; notes when there is nothing.
fn question(input: &mut Input<'_>) -> Option<SearchQuery> {
    let is_missing = !input.sent().has("q");
    let question = input.one("q", SearchQuery::read);
    if is_missing {
        input.malformed("q", "is needed: the words to look for");
    }
    question
}

/// The kinds that are wanted; empty: all.
pub(super) fn kinds(input: &mut Input<'_>, known: &[Kind]) -> Vec<Kind> {
    input.many("kind", |word| {
        let words: Vec<&str> = known.iter().map(|kind| kind.as_str()).collect();
        Kind::parse(word)
            .filter(|kind| known.contains(kind))
            .ok_or_else(|| format!("must be one of {}", words.join(", ")))
    })
}

/// Searches everything.
///
/// # Errors
/// 400 for what cannot be searched for.
pub async fn search(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let question = question(&mut input);
    let kinds = kinds(&mut input, &Kind::ALL);
    let facets = [Facet::Region, Facet::TechnologyField];
    let (rest, faults) = input.parts();
    let terms = Filter::take_terms(Kind::Initiative, &facets, rest, faults);
    let language =
        input.one("lang", |code| Language::parse(code).ok_or_else(|| "must be de or en".to_owned()));
    let limit = limit(&mut input, Page::DEFAULT_LIMIT);
    let cursors = Cursors::<(u32, Kind, String, Id)>::of("search", &input);
    let after: Option<Place> =
        cursors.take(&mut input).map(|(score, kind, name, id)| (Reverse(Score(score)), kind, name, id));
    let (question, validated) = input.finish_with(question)?;
    let question = question.in_language(language);
    let search = Search { question, kinds, terms, after };
    let address = app.url(request.path());
    let key = format!("search {}", request.query_string());
    cache::shared(validated, &app, &request, &caller, key, move |store| {
        let (hits, more) = store.search(&search, limit)?;
        let place = |(Reverse(Score(score)), kind, name, id): Place| (score, kind, name, id);
        let last = hits.last().filter(|_| more).map(|last| place(last.place.clone()));
        let next = last.map(|last| cursors.next_at(&address, &last)).transpose()?;
        let page = Items { items: hits.into_iter().map(item).collect(), next: next.clone(), total: None };
        Ok(Finished { next, ..Finished::json(&page)? })
    })
    .await
}

fn item(hit: Hit) -> HitItem {
    let Hit { place: (Reverse(Score(score)), kind, _, id), label, headline, snippet } = hit;
    let reference = Reference::Resolved { id, label: Some(label) };
    HitItem { kind, reference, headline, snippet, score: f64::from(score) / 10_000.0 }
}

/// Completes what is being typed.
///
/// # Errors
/// As [`search`].
pub async fn suggest(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    /// How many there are unless asked otherwise.
    const SUGGESTIONS: usize = 10;
    let mut input = Input::of(&request);
    let question = question(&mut input);
    let kinds = kinds(&mut input, &Kind::ALL);
    let limit = limit(&mut input, SUGGESTIONS);
    let (question, validated) = input.finish_with(question)?;
    let key = format!("suggest {}", request.query_string());
    cache::shared(validated, &app, &request, &caller, key, move |store| {
        let suggestions = store.suggest(&question, &kinds, limit)?.into_iter();
        let items = suggestions.map(|it| SuggestionItem {
            kind: it.kind,
            reference: Reference::Resolved { id: it.id, label: Some(it.label) },
            headline: it.headline,
        });
        Finished::json(&Suggestions { items: items.collect() })
    })
    .await
}
