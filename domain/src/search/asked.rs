//! A word that is asked for: what may stand for it, and how well a word of a record matches it.

use super::{
    Language, Reach, WantedToken,
    words::{differ_by_one, stem, stems},
};
use std::collections::BTreeSet;

/// The shortest part of a word that is looked for inside of others.
const MIN_PART: usize = 3;
/// The shortest stem that is looked for inside of words in place of its word.
const MIN_STEM_PART: usize = 5;
/// The shortest beginning of a word that is looked for in the dictionary.
const MIN_BEGINNING: usize = 4;
/// The shortest word that may hold a typo.
const MIN_MISSPELLED: usize = 4;

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

impl Asked {
    pub(super) fn new(word: &str) -> Self {
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

    pub(super) fn tokens(&self, places: &[char], reach: Reach) -> Vec<WantedToken> {
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
