//! A word of a query: the tokens that match it, and the quality of a match.

use super::{
    Reach, WantedToken,
    analysis::Derived,
    document::CODES,
    function_words::is_function_word,
    stems::{all_stems, inner_stem, short_stems},
    typos::{self, Correction, Distance},
    words::Word,
};
use crate::fold;
use std::collections::BTreeSet;

/// Minimum length of a part that is searched inside words.
const MIN_PART: usize = 3;
/// Minimum length of a stem that is searched inside words instead of the word itself.
const MIN_STEM_PART: usize = 5;
/// Maximum length of an abbreviation among the synonyms.
const MAX_ABBREVIATION: usize = 4;
/// Minimum length of joined neighbours that are treated as a prefix.
const MIN_JOINED_BEGINNING: usize = 3;

/// A word of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryTerm {
    /// The word, folded.
    pub word: String,
    /// The word, folded but with umlauts.
    spelled: String,
    /// The stems.
    stems: Vec<String>,
    /// Short stems, which match whole words only.
    short_stems: Vec<String>,
    part: Option<String>,
    /// The word joined with its neighbours.
    pub(super) joined: Vec<Joined>,
    /// The keys of its synonyms.
    keys: Vec<&'static str>,
    /// Whether it is still being typed, and so treated as a prefix.
    pub(super) is_open: bool,
    holding: Vec<String>,
    corrections: BTreeSet<String>,
    /// The stems of the corrections.
    corrected_stems: BTreeSet<String>,
    /// The distance between the corrections and the word.
    distance: Option<Distance>,
}

/// Neighbouring words, joined.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Joined {
    pub(super) text: String,
    /// Whether it ends with the last word typed.
    pub(super) is_last: bool,
    /// Whether it is still being typed, and so treated as a prefix.
    pub(super) is_open: bool,
}

impl QueryTerm {
    pub(super) fn new(word: &Word) -> Self {
        let text = word.text.clone();
        Self {
            spelled: word.spelled.clone().unwrap_or_else(|| text.clone()),
            stems: all_stems(&text),
            short_stems: short_stems(&text),
            part: part(&text).filter(|_| !word.is_initials),
            word: text,
            joined: Vec::new(),
            keys: Vec::new(),
            is_open: false,
            holding: Vec::new(),
            corrections: BTreeSet::new(),
            corrected_stems: BTreeSet::new(),
            distance: None,
        }
    }

    /// The part that is searched inside words, or `None` for words of one or two letters and for numbers.
    ///
    /// This is the German stem. If the stem is short, it would occur in unrelated words, and the word itself is
    /// used.
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    /// Sets the words that contain the part, selected from candidates of the dictionary.
    pub fn hold(&mut self, candidates: impl IntoIterator<Item = String>) {
        let held = candidates.into_iter().filter(|word| self.is_part_of(word));
        self.holding = held.collect();
    }

    /// Whether a word of the dictionary contains the part. Spellings with umlauts are skipped, as the folded ones
    /// match.
    pub(super) fn is_part_of(&self, word: &str) -> bool {
        self.part.as_deref().is_some_and(|part| word.contains(part)) && !word.contains(['ä', 'ö', 'ü'])
    }

    /// Where to find corrections. `None` for function words, and for words that are too short or contain digits.
    pub fn misspellings(&self) -> Option<Correction> {
        Correction::of(&self.spelled).filter(|_| !is_function_word(&self.word))
    }

    /// Sets the corrections: the candidates with the least distance.
    ///
    /// The candidates must not depend on filters of the search. Otherwise corrections would differ between
    /// searches.
    pub fn correct(&mut self, candidates: impl IntoIterator<Item = String>) {
        for word in candidates.into_iter().filter(|word| typos::can_be_meant(word)) {
            let Some(distance) = typos::distance(&self.spelled, &word) else { continue };
            let folded = fold::without_umlauts(&word);
            if folded == self.word || self.corrections.contains(&folded) || self.shares_stem(&folded) {
                continue;
            }
            if self.distance.is_none_or(|nearest| distance < nearest) {
                self.corrections.clear();
                self.corrected_stems.clear();
                self.distance = Some(distance);
            }
            if self.distance == Some(distance) {
                self.corrected_stems.extend(all_stems(&folded));
                self.corrections.insert(folded);
            }
        }
    }

    fn shares_stem(&self, word: &str) -> bool {
        all_stems(word).iter().any(|stem| self.is_form(stem))
    }

    fn is_form(&self, form: &str) -> bool {
        *form == *self.word || self.stems.iter().any(|stem| stem == form)
    }

    /// The tokens of which a document must contain at least one.
    pub(super) fn tokens(&self, places: &[char], reach: Reach) -> Vec<WantedToken> {
        let mut exact: Vec<&str> = vec![&self.word];
        let function_as_name = format!("{}0", self.word);
        if is_function_word(&self.word) {
            exact.push(&function_as_name);
        }
        exact.extend(self.stems.iter().chain(&self.short_stems).map(String::as_str));
        exact.extend(self.joined.iter().map(|joined| joined.text.as_str()));
        let mut beginnings: Vec<&str> = Vec::new();
        if reach == Reach::NamePrefixes {
            beginnings.extend(Some(self.word.as_str()).filter(|_| self.is_open || self.part.is_some()));
        } else {
            exact.extend(&self.keys);
            beginnings.extend(Some(self.word.as_str()).filter(|_| self.is_open && self.part.is_none()));
            if matches!(reach, Reach::Names | Reach::Anywhere) {
                // Words that start with the part match by prefix; those that contain it elsewhere are listed.
                beginnings.extend(self.part());
                exact.extend(self.holding.iter().map(String::as_str));
            }
            exact.extend(self.corrections.iter().chain(&self.corrected_stems).map(String::as_str));
        }
        beginnings
            .extend(self.joined.iter().filter(|joined| joined.is_open).map(|joined| joined.text.as_str()));
        let wanted =
            |place: char, form: &str, is_prefix| WantedToken { text: format!("{place}{form}"), is_prefix };
        let mut tokens: Vec<WantedToken> = Vec::new();
        for &place in places {
            tokens.extend(exact.iter().map(|form| wanted(place, form, false)));
            tokens.extend(beginnings.iter().map(|form| wanted(place, form, true)));
        }
        if matches!(reach, Reach::WholeWords | Reach::Anywhere) {
            let codes = self.joined.iter().map(|joined| &joined.text).chain([&self.word]);
            tokens.extend(codes.map(|form| wanted(CODES, form, false)));
        }
        tokens
    }

    /// Whether a derived form matches.
    pub(super) fn is_derived(&self, derived: &Derived) -> bool {
        let is_whole = || derived.text == self.word || self.is_joined(&derived.text);
        if derived.has_parts() { self.quality(&derived.text) > 0.0 } else { is_whole() }
    }

    /// The quality of the match with a folded form, from 0 (none) to 1 (equal).
    pub(super) fn quality(&self, form: &str) -> f64 {
        if form == self.word
            || form.strip_suffix('0').is_some_and(|word| word == self.word && is_function_word(word))
        {
            return 1.0;
        }
        if self.is_joined(form) {
            return 0.95;
        }
        let shares_stem = || self.may_share_stem(form) && self.shares_stem(form);
        if self.is_form(form) || self.short_stems.iter().any(|stem| stem == form) || shares_stem() {
            return 0.9;
        }
        if self.keys.contains(&form) {
            return 0.85;
        }
        let is_part = self.part.as_deref().is_some_and(|part| form.contains(part)) && !is_function_word(form);
        if (is_part || self.is_open) && form.starts_with(&self.word) {
            return 0.8;
        }
        if is_part {
            return 0.6;
        }
        let is_meant = !self.corrections.is_empty()
            && (self.corrections.contains(form)
                || self.corrected_stems.contains(form)
                || all_stems(form).iter().any(|stem| self.corrected_stems.contains(stem)));
        if is_meant { 0.5 } else { 0.0 }
    }

    /// Whether a code matches.
    pub(super) fn is_code(&self, code: &str) -> bool {
        code == self.word || self.joined.iter().any(|joined| joined.text == code)
    }

    fn is_joined(&self, form: &str) -> bool {
        self.joined
            .iter()
            .any(|joined| joined.text == form || joined.is_open && form.starts_with(&joined.text))
    }

    /// Stems share their first letters with the word, so most words are ruled out without stemming.
    fn may_share_stem(&self, word: &str) -> bool {
        let two = self.word.char_indices().nth(2).map_or(self.word.len(), |(end, _)| end);
        word.starts_with(&self.word[..two])
    }

    /// Whether the word has synonyms.
    pub(super) fn has_synonyms(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Adds a synonym key. Abbreviations (`IoT`) are no longer searched inside other words.
    pub(super) fn add_key(&mut self, key: &'static str, is_word: bool) {
        self.keys.push(key);
        if is_word && self.word.chars().count() <= MAX_ABBREVIATION {
            self.part = None;
        }
    }

    /// Treats the word as a prefix if `is_last`, and likewise the joined words that end with the last word.
    pub(super) fn open(&mut self, is_last: bool) {
        self.is_open = is_last;
        for joined in self.joined.iter_mut().filter(|joined| joined.is_last) {
            joined.is_open = joined.text.chars().count() >= MIN_JOINED_BEGINNING;
        }
    }
}

/// The part of a word that is searched inside other words.
fn part(word: &str) -> Option<String> {
    let is_long = |part: &str, least: usize| part.chars().count() >= least;
    if !is_long(word, MIN_PART) || !word.chars().any(char::is_alphabetic) {
        return None;
    }
    let stem = if word.chars().all(char::is_alphabetic) { inner_stem(word) } else { String::new() };
    Some(if is_long(&stem, MIN_STEM_PART) { stem } else { word.to_owned() })
}

#[cfg(test)]
mod tests;
