//! Search and completion.

use super::paging::{CURSOR, Cursors, LIMIT, limit, limit_schema};
use crate::{
    app::App,
    auth::Caller,
    openapi::{Operation, add_answer, examples, json_answer, named, of_facet, page, parameters},
    problem::Problem,
    request::{input::Input, parameter::Parameter},
    shared::{self, Cost, Finished},
    table::Table,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    id::Id,
    kind::Kind,
    query::{Filter, FilterSpec, Page},
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
    table.tag("search", "Search all records, and complete input while typing.");
    table.get("/api/v1/search", search, describe_search);
    table.get("/api/v1/suggest", suggest, describe_suggest);
}

/// A record that matches a search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hit)]
struct HitItem {
    kind: Kind,
    reference: Reference,
    /// Name as HTML: escaped text with `<mark>` around matches and no other element. Safe to insert into a page.
    #[schema(example = json!(HEADLINE))]
    headline: String,
    /// Best matching part of the text as HTML: escaped text with `<mark>` around matches and no other element. Safe to insert into a page.
    #[schema(example = json!(SNIPPET))]
    snippet: String,
    /// Relevance. 1 if the name equals the search text. Comparable within one response only.
    #[schema(minimum = 0, maximum = 1, example = 0.44)]
    score: f64,
}

const HEADLINE: &str = "microTEC Südwest e.V.";
const SNIPPET: &str = "Verbund für Mikrosystemtechnik und <mark>Sensorik</mark> im Südwesten.";

#[derive(Debug, Serialize)]
struct Suggestions {
    items: Vec<SuggestionItem>,
}

/// A suggested record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestion)]
struct SuggestionItem {
    kind: Kind,
    reference: Reference,
    /// Name as HTML: escaped text with `<mark>` around matches and no other element. Safe to insert into a page.
    #[schema(example = json!(SUGGESTED))]
    headline: String,
}

const SUGGESTED: &str = "<mark>microTEC</mark> Südwest e.V.";

/// Kinds of record to return.
pub(crate) const KINDS: Parameter<Kind> = Parameter {
    name: "kind",
    description: "Kind of record.",
    schema: || named("Kind"),
    read: |word| kind_among(word, &Kind::ALL),
    shared: Some("Kinds"),
};

/// The language of prose to search.
const LANGUAGE: Parameter<Language> = Parameter {
    name: "lang",
    description: "Search prose (summaries, descriptions, goals, services) in this language only. Prose that exists in one language only is searched in any case. Names match in both languages, but rank higher in this one.",
    schema: || json!({ "type": "string", "enum": Language::ALL.map(Language::as_str) }),
    read: |code| Language::parse(code).ok_or_else(|| "must be de or en".to_owned()),
    shared: None,
};

/// Default number of suggestions.
const SUGGESTIONS: usize = 10;

/// The number of suggestions.
const SUGGESTED_LIMIT: Parameter<usize> =
    Parameter { schema: || limit_schema(SUGGESTIONS), shared: None, ..LIMIT };

/// Takes the search text. Reports a fault if it is missing.
fn question(input: &mut Input<'_>) -> Option<SearchQuery> {
    let name = Filter::QUESTION.name;
    let is_missing = !input.sent().has(name);
    let question = input.one(name, SearchQuery::read);
    if is_missing {
        input.malformed(name, "is required: the words to search for");
    }
    question
}

/// Parses one of the given kinds.
pub(super) fn kind_among(word: &str, known: &[Kind]) -> Result<Kind, String> {
    Kind::parse(word).filter(|kind| known.contains(kind)).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|kind| kind.as_str()).collect();
        format!("must be one of {}", words.join(", "))
    })
}

/// Searches all records.
///
/// # Errors
/// 400 for an invalid search text.
pub async fn search(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let question = question(&mut input);
    let kinds = input.take_all(&KINDS);
    let facets = [Facet::Region, Facet::TechnologyField];
    let (rest, faults) = input.parts();
    let terms = Filter::take_terms(Kind::Initiative, &facets, rest, faults);
    let language = input.take(&LANGUAGE);
    let limit = limit(&mut input);
    let cursors = Cursors::<(u32, Kind, String, Id)>::of(&app, "search", &input);
    let after: Option<Place> =
        cursors.take(&mut input).map(|(score, kind, name, id)| (Reverse(Score(score)), kind, name, id));
    let (question, validated) = input.finish_with(question)?;
    let question = question.in_language(language);
    let search = Search { question, kinds, terms, after };
    let address = app.url(request.path());
    let key = format!("search {}", request.query_string());
    shared::answer(validated, &app, &request, &caller, (key, Cost::Light), move |store| {
        let place = |last: &Hit| {
            let (Reverse(Score(score)), kind, name, id) = last.place.clone();
            (score, kind, name, id)
        };
        let page = cursors.page(&address, store.search(&search, limit)?, place)?.map(item);
        Ok(Finished { next: page.next.clone(), ..Finished::json(&page)? })
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
    let list = page("Hit", "A page of hits, best first.", &example);
    Operation::new("search", "search", "Search all records")
        .description(about_search())
        .parameters([
            needed(parameters::text(FilterSpec {
                description: "Words to search for. At most 20 different words.",
                ..Filter::QUESTION
            })),
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
        "Searches the names and texts of public records of every kind. The result is the same for every caller; to find \
         drafts, use `q` on a list.\n\n\
         Every word must match, in any order. Function words (`der`, `und`, `of`) count only if there are no others, and \
         questions are searched by their content. Case, accents and invisible characters make no difference; `Müller`, \
         `Mueller` and `muller` are equivalent. Words match by their German and English stems (`Netzwerke` finds \
         `Netzwerk`) and, from three letters, inside other words (`mobilit` finds `Elektromobilität`). Shorter words \
         (`KI`, `C++`) and numbers match whole words only. `Solarcluster` finds `Solar Cluster` and vice versa, \
         `Luftfahrt` finds `Luft- und Raumfahrt`, and `KI` finds `Künstliche Intelligenz`. Postal codes and hosts of \
         websites match exactly.\n\n\
         Typos are corrected in words that occur nowhere: one from four letters, two from eight, none in words with \
         digits. There are no search operators.\n\n\
         Names rank above prose, whole words above parts of words, and short names above long ones. A search returns at \
         most {MOST_HITS} hits over all pages: narrow it instead of paging through it."
    )
}

/// Makes the search text required.
fn needed(mut text: Value) -> Value {
    text["required"] = json!(true);
    text
}

/// Completes input while typing.
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
    shared::answer(validated, &app, &request, &caller, (key, Cost::Light), move |store| {
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
        "description": "Suggestions, best first.",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": named("Suggestion"), "maxItems": Page::MAX_LIMIT, "description": "Suggestions." }
        },
        "examples": [{ "items": [example] }]
    });
    let answer =
        json_answer("The suggestions.", named("SuggestionList"), &["ETag", "Cache-Control", "X-Request-Id"]);
    Operation::new("search", "suggest", "Complete input while typing")
        .description("Returns records, best first, in whose names every typed word is the beginning of a word. Words of one or two letters match whole words only, except the last one. Members fill up the list only if the other kinds leave room. If nothing matches, returns the records whose names `search` would find. There are no further pages: repeat the request with each letter typed.")
        .parameters([
            needed(parameters::text(FilterSpec { description: "Text typed so far.", examples: &["mikro"], ..Filter::QUESTION })),
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
