//! Search, and completion while typing.

use super::{
    Document,
    components::{self, parameter},
    examples,
    filters::of_facet,
    operations::{answers, anyone, json_answer, with_not_modified},
    schemas::{answered, named, page},
};
use domain::{kind::Kind, query::Page, search::Language, terms::Facet};
use persistence::search::hits::MOST_HITS;
use serde_json::{Value, json};

/// Adds the operations and what they answer.
pub(super) fn add(document: &mut Document) {
    document.tags.push(
        json!({ "name": "search", "description": "Search over everything, and completion while typing." }),
    );
    document.paths.insert("/api/v1/search".to_owned(), json!({ "get": search() }));
    document.paths.insert("/api/v1/suggest".to_owned(), json!({ "get": suggest() }));
    document.add_schema("Hit", hit());
    let hits = page("Hit", "A page of hits, the best first.", &hit_example());
    document.add_schema("HitList", hits);
    document.add_schema("Suggestion", suggestion());
    document.add_schema("SuggestionList", suggestions());
}

/// The parameter without which there is nothing to look for.
fn needed(mut text: Value) -> Value {
    text["required"] = json!(true);
    text
}

fn search() -> Value {
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
    let language = components::query(
        "lang",
        "Looks through prose (summaries, descriptions, goals, services) in this language alone; prose that there is in one language only stands for both. Names are found in both languages, and rank higher in this one.",
        json!({ "type": "string", "enum": Language::ALL.map(Language::as_str) }),
    );
    let parameters = [
        needed(components::text("The words to look for; at most 20 different ones.", "Sensorik")),
        parameter("Kinds"),
        of_facet(Kind::Initiative, Facet::Region),
        of_facet(Kind::Initiative, Facet::TechnologyField),
        language,
        parameter("PageLimit"),
        parameter("Cursor"),
        parameter("IfNoneMatch"),
    ];
    let headers = ["ETag", "Cache-Control", "Link", "X-Request-Id"];
    json!({
        "operationId": "search",
        "tags": ["search"],
        "summary": "Search everything",
        "description": description,
        "security": anyone(),
        "parameters": parameters,
        "responses": with_not_modified(answers("200", json_answer("A page of hits.", named("HitList"), &headers), &[406]))
    })
}

fn suggest() -> Value {
    let parameters = [
        needed(components::text("What was typed so far.", "mikro")),
        parameter("Kinds"),
        components::limit(10),
        parameter("IfNoneMatch"),
    ];
    let answer =
        json_answer("The suggestions.", named("SuggestionList"), &["ETag", "Cache-Control", "X-Request-Id"]);
    json!({
        "operationId": "suggest",
        "tags": ["search"],
        "summary": "Complete what is being typed",
        "description": "The records in whose names every word that was typed begins a word, the best first; words of one or two letters before the last one are whole words; members only where the other kinds leave room. Where there are none at all, those whose names `search` would find. There is no second page: ask again when another letter is typed.",
        "security": anyone(),
        "parameters": parameters,
        "responses": with_not_modified(answers("200", answer, &[406]))
    })
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
