//! What a search asks for.

use super::{
    Document, Language,
    document::{NAMES, prose},
    words::{cut, differ_by_one, stem, stems},
};
use crate::fold;
use std::collections::BTreeSet;

/// The shortest part of a word that is looked for inside of others.
const MIN_PART: usize = 3;
/// The shortest stem that is looked for inside of words in place of its word.
const MIN_STEM_PART: usize = 5;
/// The shortest beginning of a word that is looked for in the dictionary.
const MIN_BEGINNING: usize = 4;
/// The shortest word that may hold a typo.
const MIN_MISSPELLED: usize = 4;

/// Words that everyone uses: left out unless there is nothing else.
const STOP_WORDS: [&str; 40] = [
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einer", "einen", "einem", "und", "oder", "im",
    "in", "am", "an", "auf", "aus", "bei", "fur", "mit", "nach", "um", "uber", "von", "vom", "zu", "zum",
    "zur", "the", "a", "of", "and", "or", "for", "with", "on", "to", "by",
];

/// A search: every word must match.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The words.
    pub words: Vec<Asked>,
    /// Only in texts of this language; `None`: in any.
    pub language: Option<Language>,
    /// The folded text as a whole.
    pub(super) text: String,
}

/// A word that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The word, folded.
    pub word: String,
    pub(super) stems: Vec<String>,
    /// The words of the dictionary that hold it as a part.
    pub holding: Vec<String>,
    /// The words of the dictionary that it may be meant to be.
    pub corrections: BTreeSet<String>,
}

/// Where in the dictionary a word stands that was spelled wrong: it begins with `head`, or ends with `tail`, or is
/// `swapped`, and has nearly the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The first half.
    pub head: String,
    /// The second half, backwards.
    pub tail_reversed: String,
    /// With the two letters in the middle changed round.
    pub swapped: String,
    /// How many characters the word has.
    pub length: usize,
}

/// A token that a document may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedToken {
    /// The token; letters and digits only.
    pub text: String,
    /// Whether tokens that only begin with it will do.
    pub is_prefix: bool,
}

/// Where a word has to stand, and how well it has to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In a name, in any way.
    Names,
    /// In a name, at the beginning of a word.
    NamePrefixes,
    /// Anywhere, as a whole word.
    WholeWords,
    /// Anywhere, in any way.
    Anywhere,
}

impl Question {
    /// The longest text that is searched for, in characters.
    pub const MAX_CHARACTERS: usize = 500;
    /// The most words that are searched for at once.
    pub const MAX_WORDS: usize = 20;

    /// Reads what was typed.
    ///
    /// # Errors
    /// A sentence for the caller when it is too long, or holds neither letter nor digit.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(format!("must have at most {} characters", Self::MAX_CHARACTERS));
        }
        let folded = fold::for_search(text);
        let mut words: Vec<&str> = Vec::new();
        for word in folded.split(' ').filter(|word| !word.is_empty()).map(cut) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.iter().any(|word| !STOP_WORDS.contains(word)) {
            words.retain(|word| !STOP_WORDS.contains(word));
        }
        match words.len() {
            0 => Err("must hold a letter or digit".to_owned()),
            1..=Self::MAX_WORDS => {
                let words = words.into_iter().map(Asked::new).collect();
                Ok(Self { words, language: None, text: folded })
            }
            _ => Err(format!("must have at most {} different words", Self::MAX_WORDS)),
        }
    }

    /// The same, in the texts of one language only.
    #[must_use]
    pub fn in_language(mut self, language: Option<Language>) -> Self {
        self.language = language;
        self
    }

    /// One of its words alone.
    #[must_use]
    pub fn only(&self, index: usize) -> Self {
        let words = self.words.get(index).cloned().into_iter().collect();
        Self { words, language: self.language, text: self.text.clone() }
    }

    /// The places where words may stand.
    fn places(&self, reach: Reach) -> Vec<char> {
        let languages = match &self.language {
            Some(language) => std::slice::from_ref(language),
            None => &Language::ALL,
        };
        match reach {
            Reach::Names | Reach::NamePrefixes => vec![NAMES],
            Reach::WholeWords | Reach::Anywhere => {
                [NAMES].into_iter().chain(languages.iter().map(|&language| prose(language))).collect()
            }
        }
    }

    /// For each word, the tokens of which a document must have one.
    pub fn tokens(&self, reach: Reach) -> Vec<Vec<WantedToken>> {
        let places = self.places(reach);
        self.words.iter().map(|asked| asked.tokens(&places, reach)).collect()
    }

    /// Whether a document matches, in any way.
    pub fn matches(&self, document: &Document) -> bool {
        let places = self.places(Reach::Anywhere);
        self.words.iter().all(|asked| {
            document.tokens.iter().any(|token| {
                token.strip_prefix(places.as_slice()).is_some_and(|form| asked.quality(form) > 0.0)
            })
        })
    }
}

impl Asked {
    fn new(word: &str) -> Self {
        Self { word: word.to_owned(), stems: stems(word), holding: Vec::new(), corrections: BTreeSet::new() }
    }

    /// What is looked for inside of other words: its German stem or, where that is short and so would be found in
    /// words that have nothing to do with it, the word itself; `None` when that is too short too.
    pub fn part(&self) -> Option<&str> {
        let is_long = |part: &&str, least: usize| part.chars().count() >= least;
        let stem = self.stems.first().map(String::as_str).filter(|stem| is_long(stem, MIN_STEM_PART));
        stem.or_else(|| Some(self.word.as_str()).filter(|word| is_long(word, MIN_PART)))
    }

    /// The beginning of words that is looked for in the dictionary, since long prefixes are not indexed; `None` for
    /// short ones, which are.
    pub fn beginning(&self) -> Option<&str> {
        Some(self.word.as_str()).filter(|word| word.chars().count() >= MIN_BEGINNING)
    }

    fn tokens(&self, places: &[char], reach: Reach) -> Vec<WantedToken> {
        let forms = [&self.word].into_iter().chain(&self.stems);
        let mut exact: Vec<&String> = forms.collect();
        let by_prefix = match reach {
            Reach::WholeWords => false,
            // The words that begin so stand for a long prefix.
            Reach::NamePrefixes => self.beginning().is_none(),
            Reach::Names | Reach::Anywhere => self.part().is_none(),
        };
        if reach != Reach::WholeWords {
            exact.extend(&self.holding);
        }
        exact.extend(&self.corrections);
        let wanted =
            |place: &char, form: &str, is_prefix| WantedToken { text: format!("{place}{form}"), is_prefix };
        places
            .iter()
            .flat_map(|place| {
                let whole = exact.iter().map(move |form| wanted(place, form, false));
                whole.chain(by_prefix.then(|| wanted(place, &self.word, true)))
            })
            .collect()
    }

    /// Where to look for what it may be meant to be; empty when it is too short to tell.
    pub fn misspellings(&self) -> Vec<Correction> {
        let stem = stem(&self.word, Language::De);
        let mut forms = vec![self.word.clone()];
        forms.extend((stem != self.word).then_some(stem));
        forms.iter().filter_map(|form| Correction::of(form)).collect()
    }

    /// Notes the words that it may be meant to be, out of some that look alike.
    pub fn correct(&mut self, candidates: impl IntoIterator<Item = String>) {
        let stem = stem(&self.word, Language::De);
        let meant = candidates.into_iter().filter(|word| {
            differ_by_one(word, &self.word)
                || (stem.chars().count() >= MIN_MISSPELLED && differ_by_one(word, &stem))
        });
        self.corrections.extend(meant);
    }

    /// How well a folded word matches, from 0 (not at all) to 1 (it is the same).
    pub(super) fn quality(&self, word: &str) -> f64 {
        let is_known = |form: &str| *form == *self.word || self.stems.iter().any(|stem| stem == form);
        if word == self.word {
            return 1.0;
        }
        if is_known(word) || (self.may_share_stem(word) && stems(word).iter().any(|stem| is_known(stem))) {
            return 0.9;
        }
        if word.starts_with(&self.word) {
            return 0.8;
        }
        if self.part().is_some_and(|part| word.contains(part)) {
            return 0.6;
        }
        let is_meant = !self.corrections.is_empty()
            && (self.corrections.contains(word)
                || stems(word).iter().any(|stem| self.corrections.contains(stem)));
        if is_meant { 0.5 } else { 0.0 }
    }

    /// Stems begin as their words do: most words can be told apart without stemming them.
    fn may_share_stem(&self, word: &str) -> bool {
        let two = self.word.char_indices().nth(2).map_or(self.word.len(), |(end, _)| end);
        word.starts_with(&self.word[..two])
    }
}

impl Correction {
    fn of(form: &str) -> Option<Self> {
        let letters: Vec<char> = form.chars().collect();
        if letters.len() < MIN_MISSPELLED {
            return None;
        }
        // One typo leaves one half as it was; or else it is the two letters where they meet.
        let middle = letters.len() / 2;
        let mut swapped = letters.clone();
        swapped.swap(middle - 1, middle);
        Some(Self {
            head: letters[..middle].iter().collect(),
            tail_reversed: letters[middle..].iter().rev().collect(),
            swapped: swapped.into_iter().collect(),
            length: letters.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_typed_is_an_operator() {
        let question = Question::read("\"Netzwerke\" AND (C++ OR *)").unwrap();
        let words: Vec<&str> = question.words.iter().map(|asked| asked.word.as_str()).collect();
        assert_eq!(words, ["netzwerke", "c"]);
        for token in question.tokens(Reach::Anywhere).into_iter().flatten() {
            assert!(token.text.chars().all(char::is_alphanumeric), "{token:?}");
        }
        assert!(Question::read("\"'*()&|!:").is_err());
        assert!(Question::read(&"x".repeat(501)).is_err());
    }

    #[test]
    fn stop_words_count_only_when_there_is_nothing_else() {
        assert_eq!(Question::read("Netzwerk für die Photonik").unwrap().words.len(), 2);
        assert_eq!(Question::read("für die").unwrap().words.len(), 2);
    }

    #[test]
    fn a_word_matches_by_stem_beginning_part_and_correction() {
        let mut asked = Asked::new("netzwerke");
        assert!(asked.quality("netzwerk") > asked.quality("netzwerkpartner"));
        assert!(asked.quality("netzwerkpartner") >= asked.quality("branchennetzwerk"));
        assert_eq!(asked.quality("netz"), 0.0);
        asked = Asked::new("photnik");
        asked.correct(["photonik", "phonetik"].map(str::to_owned));
        assert_eq!(asked.quality("photonik"), 0.5);
        assert_eq!(asked.quality("phonetik"), 0.0);
    }
}
