//! The forms by which a text is found: words, stems, and forms derived from several words.

use super::{
    Language, compounds,
    stems::{all_stems, stems},
    synonyms,
    words::{Word, words},
};
use quick_cache::sync::Cache;
use std::{ops::RangeInclusive, sync::LazyLock};

/// Minimum length of a number inside a word to be found by itself: `ARENA2036` is found by `2036`.
const MIN_DIGITS: usize = 3;

/// How a derived form was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A compound written with hyphens.
    Hyphenated,
    /// A compound with an elided part.
    Elided,
    /// Neighbouring words, joined.
    Neighbours,
    /// A number inside a word.
    Digits,
    /// A term with synonyms.
    Term,
}

/// A form by which a text is found, in addition to its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) text: String,
    pub(super) origin: Origin,
    /// The words from which it was derived, by index.
    pub(super) words: RangeInclusive<usize>,
}

/// The forms by which a text is found.
#[derive(Debug)]
pub(super) struct Analysis {
    pub(super) words: Vec<Word>,
    /// The stems of each word.
    pub(super) stems: Vec<Vec<String>>,
    pub(super) derived: Vec<Derived>,
}

impl Analysis {
    /// Analyses a text in one language, or in an unknown one.
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

    /// Analyses a text without stems and synonyms, which take most of the time.
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

    /// Adds neighbouring words, joined.
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
    /// Whether parts of the form are searched. A part that spans two neighbouring words would not be meaningful.
    pub(super) fn has_parts(&self) -> bool {
        self.origin != Origin::Neighbours
    }
}

/// The stems of a word. Empty for function words and legal forms.
fn of_word(word: &Word, language: Option<Language>) -> Vec<String> {
    let is_rigid = word.is_function || compounds::is_legal_form(&word.text);
    if is_rigid { Vec::new() } else { inflections(&word.text, language) }
}

/// Number of words per language whose stems are cached. Texts share most of their words.
///
/// Query terms do not use the cache. The time that a search takes thus reveals nothing about hidden texts.
const REMEMBERED: usize = 8_192;
static STEMS: LazyLock<[Cache<String, Vec<String>>; 3]> =
    LazyLock::new(|| std::array::from_fn(|_| Cache::new(REMEMBERED)));

/// The stems of a word in one language, or in an unknown one.
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

/// The long numbers inside a word that is not itself a number.
fn digits(word: &str) -> impl Iterator<Item = &str> {
    let is_mixed =
        word.bytes().any(|byte| byte.is_ascii_digit()) && !word.bytes().all(|byte| byte.is_ascii_digit());
    let runs = word.split(|letter: char| !letter.is_ascii_digit());
    runs.filter(move |run| is_mixed && run.len() >= MIN_DIGITS)
}
