//! Search, and completion while typing.

use crate::{
    app::App,
    auth::Caller,
    problem::Problem,
    request::{body::JSON, format, parameters},
    respond,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    fault::Faults,
    id::Id,
    kind::Kind,
    query::{Filter, Page, Parameters},
    reference::Reference,
    search::{Language, Question, Score},
    terms::Facet,
};
use persistence::searching::{Hit, Place, Search};
use serde::Serialize;
use std::cmp::Reverse;

/// The parameters that say which part is wanted.
const PAGING: [&str; 2] = ["cursor", "limit"];

/// A page of hits.
#[derive(Debug, Serialize)]
struct Hits {
    items: Vec<HitItem>,
    next: Option<String>,
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
    items: Vec<Suggestion>,
}

#[derive(Debug, Serialize)]
struct Suggestion {
    kind: Kind,
    reference: Reference,
    headline: String,
}

/// What was typed; notes when there is nothing.
fn question(parameters: &mut Parameters, faults: &mut Faults) -> Option<Question> {
    let is_missing = !parameters.has("q");
    let question = parameters.one("q", faults, Question::read);
    if is_missing {
        faults.malformed("q", "is needed: the words to look for");
    }
    question
}

/// The kinds that are wanted; empty: all.
pub(super) fn kinds(parameters: &mut Parameters, faults: &mut Faults, known: &[Kind]) -> Vec<Kind> {
    parameters.many("kind", faults, |word| {
        let words: Vec<&str> = known.iter().map(|kind| kind.as_str()).collect();
        Kind::parse(word)
            .filter(|kind| known.contains(kind))
            .ok_or_else(|| format!("must be one of {}", words.join(", ")))
    })
}

/// How many records a page holds.
pub(super) fn limit(parameters: &mut Parameters, faults: &mut Faults, default: usize) -> usize {
    let limit = parameters.one("limit", faults, |text| match text.parse() {
        Ok(limit) if (1..=Page::MAX_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(format!("must be a whole number from 1 to {}", Page::MAX_LIMIT)),
    });
    limit.unwrap_or(default)
}

/// The address of the next page: the same with another cursor.
pub(super) fn next_page(
    app: &App,
    request: &HttpRequest,
    sent: &Parameters,
    name: &str,
    cursor: String,
) -> String {
    let mut pairs = sent.without(&[name]);
    pairs.push((name.to_owned(), cursor));
    app.url(&format!("{}?{}", request.path(), parameters::write(&pairs)))
}

/// Searches everything.
///
/// # Errors
/// 400 for what cannot be searched for.
pub async fn search(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    format::only(&request, JSON)?;
    let sent = parameters::read(&request)?;
    let (mut rest, mut faults) = (sent.clone(), Faults::new());
    let fingerprint = sent.fingerprint("search", &PAGING);
    let question = question(&mut rest, &mut faults);
    let kinds = kinds(&mut rest, &mut faults, &Kind::ALL);
    let facets = [Facet::Region, Facet::TechnologyField];
    let terms = Filter::take_terms(Kind::Initiative, &facets, &mut rest, &mut faults);
    let language = rest
        .one("lang", &mut faults, |code| Language::parse(code).ok_or_else(|| "must be de or en".to_owned()));
    let limit = limit(&mut rest, &mut faults, Page::DEFAULT_LIMIT);
    let after = rest.one("cursor", &mut faults, |text| {
        decode(text, fingerprint).ok_or_else(|| {
            "is not a cursor of this search: begin again without it, and follow the address in 'next' as it is"
                .to_owned()
        })
    });
    rest.refuse_rest(&mut faults);
    let question = match question {
        Some(question) if faults.is_empty() => question.in_language(language),
        _ => return Err(Problem::of_parameters(faults)),
    };
    let search = Search { question, kinds, terms, after };
    let (hits, more) = app.run(move |store| Ok(store.search(&search, limit)?)).await?;
    let next = hits
        .last()
        .filter(|_| more)
        .map(|last| next_page(&app, &request, &sent, "cursor", encode(&last.place, fingerprint)));
    respond::page(
        &request,
        &caller,
        &Hits { items: hits.into_iter().map(item).collect(), next: next.clone() },
        next,
    )
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
    format::only(&request, JSON)?;
    let (mut rest, mut faults) = (parameters::read(&request)?, Faults::new());
    let question = question(&mut rest, &mut faults);
    let kinds = kinds(&mut rest, &mut faults, &Kind::ALL);
    let limit = limit(&mut rest, &mut faults, SUGGESTIONS);
    rest.refuse_rest(&mut faults);
    let question = match question {
        Some(question) if faults.is_empty() => question,
        _ => return Err(Problem::of_parameters(faults)),
    };
    let hits = app.run(move |store| Ok(store.suggest(&question, &kinds, limit)?)).await?;
    let items = hits.into_iter().map(item).map(|HitItem { kind, reference, headline, .. }| Suggestion {
        kind,
        reference,
        headline,
    });
    respond::json(&request, &caller, &Suggestions { items: items.collect() })
}

/// A place as text that fits into a URL.
fn encode((Reverse(Score(score)), kind, name, id): &Place, fingerprint: [u8; 8]) -> String {
    let place = serde_json::json!([fingerprint, score, kind, name, id]);
    URL_SAFE_NO_PAD.encode(place.to_string())
}

fn decode(text: &str, fingerprint: [u8; 8]) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sent, score, kind, name, id): ([u8; 8], u32, Kind, String, Id) =
        serde_json::from_slice(&bytes).ok()?;
    (sent == fingerprint).then_some((Reverse(Score(score)), kind, name, id))
}
