//! What a text is found by: its words, their stems, and what they make together.

use super::{
    Language, compounds,
    stems::{all_stems, stems},
    synonyms,
    words::{Word, words},
};
use quick_cache::sync::Cache;
use std::{ops::RangeInclusive, sync::LazyLock};

/// A number within a word is found by itself when it has so many digits: `ARENA2036` by `2036`.
const MIN_DIGITS: usize = 3;

/// What words make together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A compound that is written with hyphens.
    Hyphenated,
    /// A compound of which one part is elided.
    Elided,
    /// Neighbours, as one word.
    Neighbours,
    /// A number within a word.
    Digits,
    /// A term that has synonyms.
    Term,
}

/// A form that a text is found by besides its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) text: String,
    pub(super) origin: Origin,
    /// From which of the text's words to which.
    pub(super) words: RangeInclusive<usize>,
}

/// What a text is found by.
#[derive(Debug)]
pub(super) struct Analysis {
    pub(super) words: Vec<Word>,
    /// Of each word.
    pub(super) stems: Vec<Vec<String>>,
    pub(super) derived: Vec<Derived>,
}

impl Analysis {
    /// For a text in one language, or in any.
    pub(super) fn of(text: &str, language: Option<Language>) -> Self {
        let mut analysis = Self::without_stems(text);
        analysis.stems = analysis.words.iter().map(|word| of_word(word, language)).collect();
        let terms = synonyms::occurrences(&analysis.words, &analysis.stems).into_iter();
        analysis.derived.extend(terms.map(|term| Derived {
            text: term.key.to_owned(),
            origin: Origin::Term,
            words: term.words,
        }));
        analysis
    }

    /// Without stems, and without the terms that are known by them, which take most of the time.
    pub(super) fn without_stems(text: &str) -> Self {
        let words = words(text);
        let mut derived: Vec<Derived> = Vec::new();
        let compound = |origin| {
            move |compounds::Compound { text, words }: compounds::Compound| Derived { text, origin, words }
        };
        derived.extend(compounds::hyphenated(&words).into_iter().map(compound(Origin::Hyphenated)));
        derived.extend(compounds::elided(&words).into_iter().map(compound(Origin::Elided)));
        for (at, word) in words.iter().enumerate() {
            derived.extend(digits(&word.text).map(|text| Derived {
                text: text.to_owned(),
                origin: Origin::Digits,
                words: at..=at,
            }));
        }
        Self { words, stems: Vec::new(), derived }
    }

    /// Also with neighbours as one word.
    pub(super) fn with_neighbours(mut self) -> Self {
        let neighbours = compounds::neighbours(&self.words).into_iter();
        self.derived.extend(neighbours.map(|compounds::Compound { text, words }| Derived {
            text,
            origin: Origin::Neighbours,
            words,
        }));
        self
    }
}

impl Derived {
    /// Whether it is looked through for parts of words; over the border between two words, none is meant.
    pub(super) fn has_parts(&self) -> bool {
        self.origin != Origin::Neighbours
    }
}

/// What a word shares with its inflections, if it has any.
fn of_word(word: &Word, language: Option<Language>) -> Vec<String> {
    let is_rigid = word.is_function || compounds::is_legal_form(&word.text);
    if is_rigid { Vec::new() } else { inflections(&word.text, language) }
}

/// The stems of so many words are remembered, of each language and of both: texts share most of theirs. Words that are asked
/// for are not looked up here, so how long a search takes tells nothing of texts that it may not see.
const REMEMBERED: usize = 8_192;
static STEMS: LazyLock<[Cache<String, Vec<String>>; 3]> =
    LazyLock::new(|| std::array::from_fn(|_| Cache::new(REMEMBERED)));

/// What a word of a text in one language, or in any, shares with its inflections.
pub(super) fn inflections(word: &str, language: Option<Language>) -> Vec<String> {
    let place = language.map_or(0, |language| 1 + language as usize);
    if let Some(known) = STEMS[place].get(word) {
        return known;
    }
    let found = match language {
        Some(language) => stems(word, language),
        None => all_stems(word),
    };
    STEMS[place].insert(word.to_owned(), found.clone());
    found
}

/// The long numbers within a word that is no number.
fn digits(word: &str) -> impl Iterator<Item = &str> {
    let is_mixed =
        word.bytes().any(|byte| byte.is_ascii_digit()) && !word.bytes().all(|byte| byte.is_ascii_digit());
    let runs = word.split(|letter: char| !letter.is_ascii_digit());
    runs.filter(move |run| is_mixed && run.len() >= MIN_DIGITS)
}
