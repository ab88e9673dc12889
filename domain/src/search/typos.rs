//! Spelling correction.
//!
//! One typo is a wrong, missing or extra letter, or two neighbouring letters swapped.

use std::ops::RangeInclusive;

/// Minimum length of a misspelled word.
const MIN_MISSPELLED: usize = 4;
/// Minimum length of a word that is found with two typos.
const MIN_TWICE: usize = 8;
/// The same, for a word typed as the beginning of a compound.
const MIN_TWICE_IN_COMPOUND: usize = 12;
/// Minimum length of the rest of such a compound.
const MIN_HEAD: usize = 3;
/// Maximum length of a word in the dictionary.
const MAX_LENGTH: usize = 64;

/// Where to find candidates for correction in the dictionary.
///
/// A candidate has one of `lengths`, and starts with one of the `heads`, ends with one of the tails, contains the
/// `part`, or equals `swapped`. Not every candidate is a correction; [`super::QueryTerm::correct`] filters them.
///
/// ```text
/// photnik  →  heads: pho, tails: kint (reversed), swapped: phtonik, lengths: 6..=9
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Beginnings, at least two characters each.
    pub heads: Vec<String>,
    /// Endings, at least two characters each, reversed.
    pub tails_reversed: Vec<String>,
    /// A middle part, at least three characters.
    pub part: Option<String>,
    /// The word with its two middle letters swapped.
    pub swapped: Option<String>,
    /// Possible lengths in characters.
    pub lengths: RangeInclusive<usize>,
}

impl Correction {
    /// The candidates for a word, spelled with its umlauts. Returns `None` for words that are not corrected: short
    /// ones, and those with digits.
    pub(super) fn of(word: &str) -> Option<Self> {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() < MIN_MISSPELLED || !letters.iter().all(|letter| letter.is_alphabetic()) {
            return None;
        }
        Some(if letters.len() < MIN_TWICE { Self::in_halves(&letters) } else { Self::in_thirds(&letters) })
    }

    /// One typo leaves at least one half intact, unless it swaps the two letters in the middle.
    fn in_halves(letters: &[char]) -> Self {
        let middle = letters.len() / 2;
        Self {
            heads: vec![letters[..middle].iter().collect()],
            tails_reversed: vec![letters[middle..].iter().rev().collect()],
            part: None,
            swapped: Some(swapped(letters, middle).into_iter().collect()),
            lengths: letters.len() - 1..=letters.len() + 2,
        }
    }

    /// Two typos leave at least one third intact, unless one swaps letters across a boundary. That swap is undone
    /// here.
    fn in_thirds(letters: &[char]) -> Self {
        let first = letters.len() / 3;
        let second = first + (letters.len() - first) / 2;
        let heads = [letters.to_vec(), swapped(letters, first)];
        let tails = [letters.to_vec(), swapped(letters, second)];
        Self {
            heads: heads.iter().map(|letters| letters[..first].iter().collect()).collect(),
            tails_reversed: tails.iter().map(|letters| letters[second..].iter().rev().collect()).collect(),
            part: Some(letters[first..second].iter().collect()),
            swapped: None,
            lengths: letters.len() - 2..=MAX_LENGTH,
        }
    }
}

fn swapped(letters: &[char], at: usize) -> Vec<char> {
    let mut letters = letters.to_vec();
    letters.swap(at - 1, at);
    letters
}

/// The distance between a word and what was typed. Whole words are nearer than beginnings of compounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Distance {
    /// Number of typos.
    Typos(usize),
    /// Number of typos in the beginning of a compound: `Verpackungsmashinen` for `Verpackungsmaschinenbau`.
    InCompound(usize),
}

/// The distance between a word and what was typed, or `None` if the word is not a correction.
pub(super) fn distance(typed: &str, word: &str) -> Option<Distance> {
    let (length, typed_length) = (word.chars().count(), typed.chars().count());
    if length < MIN_MISSPELLED || typed_length < MIN_MISSPELLED {
        return None;
    }
    let most = if length >= MIN_TWICE { 2 } else { 1 };
    if length.abs_diff(typed_length) <= most {
        let count = strsim::osa_distance(typed, word);
        if (1..=most).contains(&count) {
            return Some(Distance::Typos(count));
        }
    }
    let most = match typed_length {
        0..MIN_TWICE => return None,
        MIN_TWICE..MIN_TWICE_IN_COMPOUND => 1,
        _ => 2,
    };
    // The rest has to be long enough to be the head of the compound.
    let ends = word.char_indices().map(|(end, _)| end).enumerate();
    let ends = ends.filter(|(place, _)| place + MIN_HEAD <= length && place.abs_diff(typed_length) <= most);
    let count = ends.map(|(_, end)| strsim::osa_distance(typed, &word[..end])).min()?;
    (1..=most).contains(&count).then_some(Distance::InCompound(count))
}

/// Whether a folded word is in the dictionary. Short words and numbers are not.
pub(super) fn is_in_dictionary(word: &str) -> bool {
    word.len() >= 3 && word.chars().any(char::is_alphabetic)
}

/// Whether a word in the dictionary can be a correction.
pub(super) fn can_be_meant(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All words with one typo in `word`.
    fn misspelled(word: &str) -> Vec<String> {
        let letters: Vec<char> = word.chars().collect();
        let mut all = Vec::new();
        for at in 0..=letters.len() {
            let (before, after) = letters.split_at(at);
            let text = |parts: [&[char]; 3]| parts.concat().into_iter().collect::<String>();
            all.push(text([before, &['x'], after]));
            if let [_, rest @ ..] = after {
                all.push(text([before, rest, &[]]));
                all.push(text([before, &['x'], rest]));
            }
            if let [a, b, rest @ ..] = after {
                all.push(text([before, &[*b, *a], rest]));
            }
        }
        all
    }

    fn is_looked_up(typed: &str, word: &str) -> bool {
        let Some(wrong) = Correction::of(typed) else { return false };
        let reversed: String = word.chars().rev().collect();
        wrong.lengths.contains(&word.chars().count())
            && (wrong.heads.iter().any(|head| word.starts_with(head))
                || wrong.tails_reversed.iter().any(|tail| reversed.starts_with(tail))
                || wrong.part.is_some_and(|part| word.contains(&part))
                || wrong.swapped.is_some_and(|swapped| swapped == word))
    }

    #[test]
    fn every_typo_is_looked_up() {
        for word in ["holz", "afbw", "möbel", "photon", "medizin", "kunststoff", "verpackungsmaschinen"] {
            for typed in misspelled(word).iter().filter(|typed| *typed != word && typed.chars().count() >= 4)
            {
                assert_eq!(distance(typed, word), Some(Distance::Typos(1)), "{typed}");
                assert!(is_looked_up(typed, word), "{typed}: {:?}", Correction::of(typed));
            }
        }
        for word in ["netzwerke", "kunststoff", "verpackungsmaschinen"] {
            for typed in misspelled(word).iter().flat_map(|once| misspelled(once)) {
                if distance(&typed, word).is_some() && typed.chars().count() >= 8 {
                    assert!(is_looked_up(&typed, word), "{typed}: {:?}", Correction::of(&typed));
                }
            }
        }
    }

    #[test]
    fn short_words_and_numbers_are_taken_as_they_are() {
        for word in ["ki", "net", "2024", "70191", "halle4", "h2bw"] {
            assert_eq!(Correction::of(word), None, "{word}");
        }
        for (typed, word, expected) in [
            ("mobel", "mobil", Some(Distance::Typos(1))),
            ("möbel", "mobil", None), // a typed umlaut is significant
            ("photinikx", "photonik", Some(Distance::Typos(2))),
            ("medzn", "medizin", None),
            ("verpackungsmashinen", "verpackungsmaschinenbau", Some(Distance::InCompound(1))),
            ("vrepackungsmashinen", "verpackungsmaschinenbau", Some(Distance::InCompound(2))),
            ("industrial", "industriepark", None),
        ] {
            assert_eq!(distance(typed, word), expected, "{typed} {word}");
        }
    }
}
