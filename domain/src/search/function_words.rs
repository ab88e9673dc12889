//! Function words: ignored in queries unless there is nothing else, and never the target of a typo.

use crate::fold;
use std::{collections::HashSet, sync::LazyLock};

/// In the lists of the Natural Language Toolkit, but also names of things or parts of contractions.
const THINGS: [&str; 13] = ["weg", "own", "machen", "ma", "d", "ll", "m", "o", "re", "s", "t", "ve", "y"];

/// Written in capitals by people who are used to search operators.
const OPERATORS: [&str; 6] = ["and", "or", "not", "und", "oder", "nicht"];

/// The part of a contraction after the apostrophe.
const RESTS: [&str; 7] = ["d", "ll", "m", "re", "s", "t", "ve"];

/// Verbs with which people start and end a request.
const OPENERS: [&str; 18] = [
    "finde", "find", "suche", "search", "zeig", "zeige", "show", "list", "nenne", "tell", "give", "gibt",
    "gibts", "looking", "need", "want", "brauche", "please",
];
const CLOSERS: [&str; 4] = ["finden", "suchen", "zeigen", "gesucht"];

/// Function words that are missing in those lists.
const MORE: [&str; 96] = [
    "wer",
    "wem",
    "wen",
    "wann",
    "warum",
    "wieso",
    "weshalb",
    "wofür",
    "womit",
    "woher",
    "wohin",
    "sowie",
    "bzw",
    "beim",
    "bitte",
    "möchte",
    "möchten",
    "etc",
    "usw",
    "u",
    "seit",
    "trotz",
    "wegen",
    "statt",
    "außer",
    "innerhalb",
    "außerhalb",
    "gegenüber",
    "neben",
    "entlang",
    "samt",
    "sowohl",
    "weder",
    "entweder",
    "dabei",
    "dafür",
    "daher",
    "dadurch",
    "darauf",
    "darin",
    "davon",
    "hierzu",
    "jedoch",
    "bereits",
    "etwa",
    "falls",
    "sobald",
    "sofern",
    "obwohl",
    "deren",
    "wobei",
    "wodurch",
    "worin",
    "sei",
    "seien",
    "wäre",
    "wären",
    "hätte",
    "hätten",
    "dürfen",
    "darf",
    "müssen",
    "mögen",
    "sollen",
    "sollten",
    "wurde",
    "wurden",
    "worden",
    "geworden",
    "können",
    "könnten",
    "via",
    "per",
    "would",
    "could",
    "also",
    "among",
    "within",
    "whose",
    "across",
    "along",
    "around",
    "toward",
    "towards",
    "upon",
    "onto",
    "since",
    "without",
    "although",
    "though",
    "might",
    "must",
    "shall",
    "every",
    "another",
    "yet",
];

/// Words that occur in questions without being searched for.
const FILLERS: [&str; 78] = [
    "gibt",
    "gibts",
    "geben",
    "finde",
    "finden",
    "findet",
    "suche",
    "suchen",
    "sucht",
    "zeig",
    "zeige",
    "zeigen",
    "nenne",
    "nennen",
    "kenne",
    "kennen",
    "kennt",
    "liegt",
    "liegen",
    "befindet",
    "befinden",
    "existiert",
    "existieren",
    "sitzt",
    "sitzen",
    "beschäftigt",
    "beschäftigen",
    "arbeitet",
    "arbeiten",
    "forscht",
    "forschen",
    "macht",
    "machen",
    "bietet",
    "bieten",
    "brauche",
    "brauchen",
    "hilft",
    "helfen",
    "fördert",
    "thema",
    "bereich",
    "gebiet",
    "rund",
    "nähe",
    "alles",
    "find",
    "show",
    "list",
    "tell",
    "give",
    "search",
    "looking",
    "look",
    "need",
    "want",
    "exist",
    "exists",
    "located",
    "based",
    "work",
    "works",
    "working",
    "offer",
    "offers",
    "deal",
    "deals",
    "dealing",
    "please",
    "near",
    "nearby",
    "field",
    "area",
    "topic",
    "get",
    "many",
    "anything",
    "available",
];

/// Pronouns of the person who asks.
const ASKERS: [&str; 8] = ["ich", "wir", "mir", "uns", "man", "i", "we", "me"];

/// Words with which a question begins.
const INTERROGATIVES: [&str; 24] = [
    "welche", "welcher", "welches", "welchem", "welchen", "wer", "wem", "wen", "wo", "wohin", "woher", "was",
    "wie", "wann", "which", "where", "who", "what", "how", "are", "is", "gibt", "can", "kann",
];

static FUNCTION_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lists = ["de", "en"].into_iter().filter_map(stop_words::lookup).flatten();
    let words = lists.filter(|word| !THINGS.contains(word)).chain(&MORE);
    words.map(|word| fold::for_search(word)).filter(|word| !word.contains(' ')).collect()
});

static FILLING: LazyLock<HashSet<String>> =
    LazyLock::new(|| FILLERS.iter().map(|word| fold::for_search(word)).collect());

/// Whether a folded word is a function word.
pub(super) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.contains(word)
}

/// Whether a folded function word in capitals may be a name (`IT`, `I.N.`).
pub(super) fn may_be_name(word: &str) -> bool {
    !OPERATORS.contains(&word)
}

/// Whether a folded word after an apostrophe is part of a contraction: `it's`.
pub(super) fn is_rest(word: &str) -> bool {
    RESTS.contains(&word)
}

/// Whether a folded word only makes a sentence out of a query.
pub(super) fn is_filler(word: &str) -> bool {
    FILLING.contains(word)
}

/// Whether the query is a sentence (`Welche Cluster gibt es in Ulm?`) and not a list of words.
pub(super) fn is_sentence(text: &str, words: &[&str]) -> bool {
    text.trim_end().ends_with('?')
        || words.first().is_some_and(|word| INTERROGATIVES.contains(word) || OPENERS.contains(word))
        || words.last().is_some_and(|word| CLOSERS.contains(word))
        || words.iter().any(|word| ASKERS.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_function_words() {
        for word in ["der", "fur", "uber", "konnen", "eine", "wahrend", "the", "of", "which", "und", "wer"] {
            assert!(is_function_word(word), "{word}");
        }
        for word in ["it0", "weg", "cluster", "wein", "ki", "gibt", "jahr", "neue", "s3", "netz"] {
            assert!(!is_function_word(word), "{word}");
        }
    }

    #[test]
    fn sentences_are_told_from_words() {
        assert!(is_sentence("Cluster in Ulm?", &["cluster", "in", "ulm"]));
        assert!(is_sentence("zeige Cluster", &["zeige", "cluster"]));
        assert!(is_sentence("wo finde ich Cluster", &["wo", "finde", "ich", "cluster"]));
        assert!(!is_sentence("Thema des Monats", &["thema", "des", "monats"]));
    }
}
