//! Search, and completion while typing.

use super::paging::{CURSOR, Cursors, Items, LIMIT, limit, limit_schema};
use crate::{
    app::App,
    auth::Caller,
    cache::{self, Finished},
    openapi::{Operation, add_answer, examples, json_answer, named, of_facet, page, parameters},
    problem::Problem,
    request::{input::Input, parameter::Parameter},
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
use persistence::search::hits::{Hit, MOST_HITS, Place, Search};
use serde::Serialize;
use serde_json::{Value, json};
use std::cmp::Reverse;
use utoipa::ToSchema;

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("search", "Search over everything, and completion while typing.");
    table.get("/api/v1/search", search, describe_search);
    table.get("/api/v1/suggest", suggest, describe_suggest);
}

/// A record that was found, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hit)]
struct HitItem {
    kind: Kind,
    reference: Reference,
    /// Its name, as HTML that is safe to put into a page: escaped text, with `<mark>` around what was found and no other element.
    #[schema(example = json!(HEADLINE))]
    headline: String,
    /// The stretch of its text that shows best why it was found, as HTML that is safe to put into a page: escaped text, with `<mark>` around what was found and no other element.
    #[schema(example = json!(SNIPPET))]
    snippet: String,
    /// How well it matches: 1 when the name is what was looked for. Only to be compared within one answer.
    #[schema(minimum = 0, maximum = 1, example = 0.44)]
    score: f64,
}

const HEADLINE: &str = "microTEC Südwest e.V.";
const SNIPPET: &str = "Verbund für Mikrosystemtechnik und <mark>Sensorik</mark> im Südwesten.";

#[derive(Debug, Serialize)]
struct Suggestions {
    items: Vec<SuggestionItem>,
}

/// A record that may be meant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestion)]
struct SuggestionItem {
    kind: Kind,
    reference: Reference,
    /// Its name, as HTML that is safe to put into a page: escaped text, with `<mark>` around what was found and no other element.
    #[schema(example = json!(SUGGESTED))]
    headline: String,
}

const SUGGESTED: &str = "<mark>microTEC</mark> Südwest e.V.";

/// Only records of these kinds.
pub(crate) const KINDS: Parameter<Kind> = Parameter {
    name: "kind",
    description: "Only records of this kind.",
    schema: || named("Kind"),
    read: |word| kind_among(word, &Kind::ALL),
    shared: Some("Kinds"),
};

/// In which language prose is searched.
const LANGUAGE: Parameter<Language> = Parameter {
    name: "lang",
    description: "Looks through prose (summaries, descriptions, goals, services) in this language alone; prose that there is in one language only stands for both. Names are found in both languages, and rank higher in this one.",
    schema: || json!({ "type": "string", "enum": Language::ALL.map(Language::as_str) }),
    read: |code| Language::parse(code).ok_or_else(|| "must be de or en".to_owned()),
    shared: None,
};

/// How many suggestions there are unless asked otherwise.
const SUGGESTIONS: usize = 10;

/// How many records are suggested.
const SUGGESTED_LIMIT: Parameter<usize> =
    Parameter { schema: || limit_schema(SUGGESTIONS), shared: None, ..LIMIT };

/// What was typed; notes when there is nothing.
fn question(input: &mut Input<'_>) -> Option<SearchQuery> {
    let is_missing = !input.sent().has("q");
    let question = input.one("q", SearchQuery::read);
    if is_missing {
        input.malformed("q", "is needed: the words to look for");
    }
    question
}

/// A kind, when it is one of some.
pub(super) fn kind_among(word: &str, known: &[Kind]) -> Result<Kind, String> {
    Kind::parse(word).filter(|kind| known.contains(kind)).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|kind| kind.as_str()).collect();
        format!("must be one of {}", words.join(", "))
    })
}

/// Searches everything.
///
/// # Errors
/// 400 for what cannot be searched for.
pub async fn search(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let question = question(&mut input);
    let kinds = input.take_all(&KINDS);
    let facets = [Facet::Region, Facet::TechnologyField];
    let (rest, faults) = input.parts();
    let terms = Filter::take_terms(Kind::Initiative, &facets, rest, faults);
    let language = input.take(&LANGUAGE);
    let limit = limit(&mut input);
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

fn describe_search() -> Operation {
    let example = json!({
        "kind": "initiative", "reference": examples::reference(), "headline": HEADLINE, "snippet": SNIPPET,
        "score": 0.44
    });
    let list = page("Hit", "A page of hits, the best first.", &example);
    Operation::new("search", "search", "Search everything")
        .description(about_search())
        .parameters([
            needed(parameters::text("The words to look for; at most 20 different ones.", "Sensorik")),
            KINDS.repeated(),
            of_facet(Kind::Initiative, Facet::Region),
            of_facet(Kind::Initiative, Facet::TechnologyField),
            LANGUAGE.once(),
            LIMIT.once(),
            CURSOR.once(),
        ])
        .page::<HitItem>("A page of hits.", list, &example)
        .refusals(&[406])
        .revalidated()
}

fn about_search() -> String {
    format!(
        "Finds public records of every kind by their names and texts, whoever asks; drafts are found by `q` on lists.\n\n\
         Every word must match, in any order; words that everyone uses (`der`, `und`, `of`) count only when there are no \
         others, and whole questions are searched by their content. Case, accents and invisible characters make no \
         difference, and `Müller`, `Mueller` and `muller` are one. A word is found by its German and its English stem \
         (`Netzwerke` finds `Netzwerk`) and, from three letters on, inside of others (`mobilit` finds \
         `Elektromobilität`); shorter words (`KI`, `C++`) and numbers stand for themselves. `Solarcluster` finds \
         `Solar Cluster` and the other way round, `Luftfahrt` finds `Luft- und Raumfahrt`, and `KI` finds \
         `Künstliche Intelligenz`. Postal codes and the hosts of websites are found when they are typed exactly.\n\n\
         In a word that is found nowhere typos are forgiven: one from four letters on, two from eight on, never in \
         words with digits. Nothing that is typed is an operator.\n\nNames outrank prose, whole words parts of words, \
         short names long ones. At most the first {MOST_HITS} hits can be paged through: narrow the search rather than \
         walk it."
    )
}

/// The parameter without which there is nothing to look for.
fn needed(mut text: Value) -> Value {
    text["required"] = json!(true);
    text
}

/// Completes what is being typed.
///
/// # Errors
/// As [`search`].
pub async fn suggest(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let question = question(&mut input);
    let kinds = input.take_all(&KINDS);
    let limit = input.take(&SUGGESTED_LIMIT).unwrap_or(SUGGESTIONS);
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

fn describe_suggest() -> Operation {
    let example = json!({ "kind": "initiative", "reference": examples::reference(), "headline": SUGGESTED });
    let list = json!({
        "type": "object",
        "description": "What may be meant, the best first.",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": named("Suggestion"), "maxItems": Page::MAX_LIMIT, "description": "The suggestions." }
        },
        "examples": [{ "items": [example] }]
    });
    let answer =
        json_answer("The suggestions.", named("SuggestionList"), &["ETag", "Cache-Control", "X-Request-Id"]);
    Operation::new("search", "suggest", "Complete what is being typed")
        .description("The records in whose names every word that was typed begins a word, the best first; words of one or two letters before the last one are whole words; members only where the other kinds leave room. Where there are none at all, those whose names `search` would find. There is no second page: ask again when another letter is typed.")
        .parameters([
            needed(parameters::text("What was typed so far.", "mikro")),
            KINDS.repeated(),
            SUGGESTED_LIMIT.once(),
        ])
        .schemas(|schemas| {
            add_answer::<SuggestionItem>(schemas, &example);
            schemas.add("SuggestionList", list);
        })
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}
