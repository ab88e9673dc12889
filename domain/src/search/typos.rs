//! Which words may be meant by one that is spelled wrong.
//!
//! One typo is a letter that is wrong, missing or too much, or two neighbours that changed places.

use std::ops::RangeInclusive;

/// The shortest word that may hold a typo.
const MIN_MISSPELLED: usize = 4;
/// The shortest word that may be meant by one with two typos.
const MIN_TWICE: usize = 8;
/// The same for beginnings of compounds.
const MIN_TWICE_IN_COMPOUND: usize = 12;
/// What a compound has at least behind such a beginning.
const MIN_HEAD: usize = 3;
/// No word of the dictionary is longer.
const MAX_LENGTH: usize = 64;

/// Where in the dictionary stand the words that may be meant by one: they have so many characters and begin with one
/// of the `heads`, or end with one of the `tails`, or hold the `part`, or are `swapped`.
///
/// Some of the words there are not meant; [`super::QueryTerm::correct`] leaves them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Beginnings, at least two characters each.
    pub heads: Vec<String>,
    /// Ends, at least two characters each, backwards.
    pub tails_reversed: Vec<String>,
    /// A part from the middle, at least three characters.
    pub part: Option<String>,
    /// The word with the two letters in its middle changed round.
    pub swapped: Option<String>,
    /// How many characters the word has.
    pub lengths: RangeInclusive<usize>,
}

impl Correction {
    /// Where to look for what is meant by a word, spelled with its umlauts; `None` for words that are taken as they
    /// are: short ones, and those with digits.
    pub(super) fn of(word: &str) -> Option<Self> {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() < MIN_MISSPELLED || !letters.iter().all(|letter| letter.is_alphabetic()) {
            return None;
        }
        Some(if letters.len() < MIN_TWICE { Self::in_halves(&letters) } else { Self::in_thirds(&letters) })
    }

    /// One typo leaves one half as it was; or else it is the two letters where they meet.
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

    /// Two typos leave one third as it was, unless two letters changed places where thirds meet: then that is undone.
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

/// How far a word is from what was typed; the least is meant. Whole words come before beginnings of compounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Distance {
    /// So many typos make the one of the other.
    Typos(usize),
    /// So many make what was typed of the beginning of a compound: `Verpackungsmashinen`, `Verpackungsmaschinenbau`.
    InCompound(usize),
}

/// How far a word is from what was typed; `None` when it is not meant.
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
    // What is left is another word, at least the head of the compound.
    let ends = word.char_indices().map(|(end, _)| end).enumerate();
    let ends = ends.filter(|(place, _)| place + MIN_HEAD <= length && place.abs_diff(typed_length) <= most);
    let count = ends.map(|(_, end)| strsim::osa_distance(typed, &word[..end])).min()?;
    (1..=most).contains(&count).then_some(Distance::InCompound(count))
}

/// Whether a folded word of content is looked through for parts and for typos: no short word and no number.
pub(super) fn is_in_dictionary(word: &str) -> bool {
    word.len() >= 3 && word.chars().any(char::is_alphabetic)
}

/// Whether a word of the dictionary can be meant by a typo.
pub(super) fn can_be_meant(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that one typo makes of a word.
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
            ("möbel", "mobil", None), // an umlaut counts where it is typed
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
