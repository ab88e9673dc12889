//! Search, and completion while typing.

use super::{
    answers::json_answer,
    examples,
    filters::of_facet,
    parameters::{self, parameter},
    schemas::{Schemas, answered, named, page},
};
use crate::openapi::Operation;
use domain::{kind::Kind, query::Page, search::Language, terms::Facet};
use persistence::search::hits::MOST_HITS;
use serde_json::{Value, json};

/// Adds what a search answers.
fn add_hits(schemas: &mut Schemas) {
    schemas.add("Hit", hit());
    schemas.add("HitList", page("Hit", "A page of hits, the best first.", &hit_example()));
}

/// Adds what completion answers.
fn add_suggestions(schemas: &mut Schemas) {
    schemas.add("Suggestion", suggestion());
    schemas.add("SuggestionList", suggestions());
}

/// The parameter without which there is nothing to look for.
fn needed(mut text: Value) -> Value {
    text["required"] = json!(true);
    text
}

pub(crate) fn search() -> Operation {
    let description = format!(
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
    );
    let language = parameters::query(
        "lang",
        "Looks through prose (summaries, descriptions, goals, services) in this language alone; prose that there is in one language only stands for both. Names are found in both languages, and rank higher in this one.",
        json!({ "type": "string", "enum": Language::ALL.map(Language::as_str) }),
    );
    let parameters = [
        needed(parameters::text("The words to look for; at most 20 different ones.", "Sensorik")),
        parameter("Kinds"),
        of_facet(Kind::Initiative, Facet::Region),
        of_facet(Kind::Initiative, Facet::TechnologyField),
        language,
        parameter("PageLimit"),
        parameter("Cursor"),
    ];
    let headers = ["ETag", "Cache-Control", "Link", "X-Request-Id"];
    Operation::new("search", "search", "Search everything")
        .description(description)
        .parameters(parameters)
        .schemas(add_hits)
        .answer("200", json_answer("A page of hits.", named("HitList"), &headers))
        .refusals(&[406])
        .revalidated()
}

pub(crate) fn suggest() -> Operation {
    let parameters = [
        needed(parameters::text("What was typed so far.", "mikro")),
        parameter("Kinds"),
        parameters::limit(10),
    ];
    let answer =
        json_answer("The suggestions.", named("SuggestionList"), &["ETag", "Cache-Control", "X-Request-Id"]);
    Operation::new("search", "suggest", "Complete what is being typed")
        .description("The records in whose names every word that was typed begins a word, the best first; words of one or two letters before the last one are whole words; members only where the other kinds leave room. Where there are none at all, those whose names `search` would find. There is no second page: ask again when another letter is typed.")
        .parameters(parameters)
        .schemas(add_suggestions)
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}

/// Text with marks.
fn html(description: &str, example: &str) -> Value {
    json!({
        "type": "string",
        "description": format!("{description}, as HTML that is safe to put into a page: escaped text, with `<mark>` around what was found and no other element."),
        "examples": [example]
    })
}

const HEADLINE: &str = "microTEC Südwest e.V.";
const SNIPPET: &str = "Verbund für Mikrosystemtechnik und <mark>Sensorik</mark> im Südwesten.";

fn suggestion() -> Value {
    let mut suggestion = answered(json!({
        "type": "object",
        "description": "A record that may be meant.",
        "properties": {
            "kind": named("Kind"),
            "reference": named("Reference"),
            "headline": html("Its name", "<mark>microTEC</mark> Südwest e.V.")
        }
    }));
    suggestion["examples"] = json!([suggestion_example()]);
    suggestion
}

fn suggestion_example() -> Value {
    json!({ "kind": "initiative", "reference": examples::reference(), "headline": "<mark>microTEC</mark> Südwest e.V." })
}

fn suggestions() -> Value {
    json!({
        "type": "object",
        "description": "What may be meant, the best first.",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": named("Suggestion"), "maxItems": Page::MAX_LIMIT, "description": "The suggestions." }
        },
        "examples": [{ "items": [suggestion_example()] }]
    })
}

fn hit() -> Value {
    let mut hit = answered(json!({
        "type": "object",
        "description": "A record that was found, and why.",
        "properties": {
            "kind": named("Kind"),
            "reference": named("Reference"),
            "headline": html("Its name", HEADLINE),
            "snippet": html("The stretch of its text that shows best why it was found", SNIPPET),
            "score": {
                "type": "number", "format": "double", "minimum": 0, "maximum": 1, "examples": [0.44],
                "description": "How well it matches: 1 when the name is what was looked for. Only to be compared within one answer."
            }
        }
    }));
    hit["examples"] = json!([hit_example()]);
    hit
}

fn hit_example() -> Value {
    json!({ "kind": "initiative", "reference": examples::reference(), "headline": HEADLINE, "snippet": SNIPPET, "score": 0.44 })
}
