//! Words and their stems.

use super::Language;
use crate::fold;
use rust_stemmers::{Algorithm, Stemmer};
use std::sync::LazyLock;

static GERMAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::German));
static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// What is longer is cut off: nobody types it, and indexes have limits.
const MAX_WORD: usize = 64;

/// The first characters of a word, as many as are indexed.
pub(super) fn cut(word: &str) -> &str {
    word.char_indices().nth(MAX_WORD).map_or(word, |(end, _)| &word[..end])
}

/// The stem of a folded word in one language (Snowball; folding before it does what its own treatment of umlauts
/// would do after it).
pub(super) fn stem(word: &str, language: Language) -> String {
    let stemmer = match language {
        Language::De => &*GERMAN,
        Language::En => &*ENGLISH,
    };
    stemmer.stem(word).into_owned()
}

/// The stems of a folded word in both languages, without doubles and without the word itself.
pub fn stems(word: &str) -> Vec<String> {
    let mut stems: Vec<String> = Language::ALL.iter().map(|&language| stem(word, language)).collect();
    stems.dedup();
    stems.retain(|stem| stem != word && !stem.is_empty());
    stems
}

/// Folds one word as [`fold::for_search`] folds text, cut to what is indexed.
pub fn fold_word(word: &str) -> String {
    cut(&fold::for_search(word)).to_owned()
}

/// The words that hyphens join, written as one: `Cluster-Atlas` is also looked for as `Clusteratlas`.
pub(super) fn compounds(text: &str) -> Vec<String> {
    let is_hyphen = |letter: char| matches!(letter, '-' | '\u{2010}' | '\u{2011}');
    text.split(|letter: char| !letter.is_alphanumeric() && !is_hyphen(letter))
        .map(|word| word.trim_matches(is_hyphen))
        .filter(|word| word.contains(is_hyphen))
        .map(|word| fold_word(&word.replace(is_hyphen, "")))
        .collect()
}

/// Whether two words are the same but for one letter that is wrong, missing or too much, or for two neighbours that
/// changed places.
pub(super) fn differ_by_one(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let same_start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match (&short[same_start..], &long[same_start..]) {
        ([], []) => false,
        (short, long) if short.len() + 1 == long.len() => *short == long[1..],
        (short, long) if short.len() == long.len() => {
            short[1..] == long[1..]
                || (short.len() >= 2 && short[0] == long[1] && short[1] == long[0] && short[2..] == long[2..])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_typo_is_one_letter_or_two_neighbours() {
        for typo in ["fotonik", "photnik", "photoniik", "photinik", "phootnik", "photonikk", "photoni"] {
            assert_eq!(differ_by_one(typo, "photonik"), typo != "fotonik", "{typo}");
        }
        assert!(!differ_by_one("photonik", "photonik"));
        assert!(!differ_by_one("phtoniik", "photonik"));
    }

    #[test]
    fn what_hyphens_join_is_one_word_too() {
        assert_eq!(
            compounds("Cluster-Atlas der e-Mobilität (Mess- und Prüf-)"),
            ["clusteratlas", "emobilitat"]
        );
    }

    #[test]
    fn stems_are_those_of_both_languages() {
        assert_eq!(stems("netzwerke"), ["netzwerk"]);
        assert_eq!(stems("companies"), ["compani"]);
        assert_eq!(stems("ki"), [""; 0]);
    }
}
