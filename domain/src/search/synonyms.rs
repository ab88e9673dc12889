//! Synonyms, from `data/synonyms.json`.

use super::{
    stems::all_stems,
    words::{Word, words},
};
use crate::vocabulary;
use serde::Deserialize;
use std::{collections::HashMap, ops::RangeInclusive, sync::LazyLock};

/// Minimum length of a term to be found at the beginning of a compound, such as `Wasserstofftechnik`.
const MIN_IN_COMPOUND: usize = 8;

/// Terms with the same meaning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    de: Vec<String>,
    en: Vec<String>,
}

/// A term. Each of its words is a set of forms.
struct Term {
    words: Vec<Vec<String>>,
    group: usize,
}

struct Synonyms {
    /// The index form of each group.
    keys: Vec<String>,
    terms: Vec<Term>,
    /// The terms by each form of their first word.
    by_first_word: HashMap<String, Vec<usize>>,
    /// Long terms of one word, by their first letters.
    long: HashMap<String, Vec<(String, usize)>>,
}

static SYNONYMS: LazyLock<Synonyms> = LazyLock::new(|| {
    let groups: Vec<Group> = vocabulary::read(include_str!("../../../data/synonyms.json"));
    Synonyms::new(&groups)
});

/// A term found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    /// The key shared by all synonyms. It starts with a zero, which no other word with letters does.
    pub(super) key: &'static str,
    /// The words of the text that make up the term, by index.
    pub(super) words: RangeInclusive<usize>,
    /// Whether the term is only the beginning of the word.
    pub(super) is_part: bool,
}

impl Synonyms {
    fn new(groups: &[Group]) -> Self {
        let mut synonyms =
            Self { keys: Vec::new(), terms: Vec::new(), by_first_word: HashMap::new(), long: HashMap::new() };
        for group in groups {
            let mut key = String::from("0");
            for (number, term) in group.de.iter().chain(&group.en).enumerate() {
                let content: Vec<String> =
                    words(term).into_iter().filter(|word| !word.is_function).map(|word| word.text).collect();
                if number == 0 {
                    key.extend(content.iter().map(String::as_str));
                }
                synonyms.add(&content);
            }
            synonyms.keys.push(key);
        }
        synonyms
    }

    fn add(&mut self, content: &[String]) {
        let group = self.keys.len();
        let forms = |word: &String| {
            let mut forms = all_stems(word);
            forms.push(word.clone());
            forms
        };
        let words: Vec<Vec<String>> = content.iter().map(forms).collect();
        for form in words.first().into_iter().flatten() {
            self.by_first_word.entry(form.clone()).or_default().push(self.terms.len());
        }
        if let [word] = content
            && word.len() >= MIN_IN_COMPOUND
        {
            self.long.entry(beginning(word).to_owned()).or_default().push((word.clone(), group));
        }
        self.terms.push(Term { words, group });
    }
}

fn beginning(word: &str) -> &str {
    word.char_indices().nth(4).map_or(word, |(end, _)| &word[..end])
}

/// Finds the terms in a text.
pub(super) fn occurrences(words: &[Word], stems: &[Vec<String>]) -> Vec<Occurrence> {
    let synonyms = &*SYNONYMS;
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.is_function) {
        let forms = std::iter::once(&word.text).chain(&stems[at]);
        let mut terms: Vec<usize> =
            forms.filter_map(|form| synonyms.by_first_word.get(form.as_str())).flatten().copied().collect();
        terms.sort_unstable();
        terms.dedup();
        for term in terms.into_iter().map(|term| &synonyms.terms[term]) {
            if let Some(end) = reaches(term, at, words, stems) {
                found.push(Occurrence { key: &synonyms.keys[term.group], words: at..=end, is_part: false });
            }
        }
        let long = synonyms.long.get(beginning(&word.text)).into_iter().flatten();
        let beginning = long.filter(|(long, _)| word.text.len() > long.len() && word.text.starts_with(long));
        found.extend(beginning.map(|(_, group)| Occurrence {
            key: &synonyms.keys[*group],
            words: at..=at,
            is_part: true,
        }));
    }
    found
}

/// Matches a term at the word `start`, ignoring function words. Returns the index of its last word.
fn reaches(term: &Term, start: usize, words: &[Word], stems: &[Vec<String>]) -> Option<usize> {
    let mut at = start;
    for forms in term.words.iter().skip(1) {
        at = (at + 1..words.len()).find(|&next| !words[next].is_function)?;
        if !forms.contains(&words[at].text) && !stems[at].iter().any(|stem| forms.contains(stem)) {
            return None;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<&'static str> {
        let words = words(text);
        let stems: Vec<Vec<String>> = words.iter().map(|word| all_stems(&word.text)).collect();
        occurrences(&words, &stems).into_iter().map(|occurrence| occurrence.key).collect()
    }

    #[test]
    fn the_list_is_sound() {
        let groups: Vec<Group> = serde_json::from_str(include_str!("../../../data/synonyms.json")).unwrap();
        let mut terms: Vec<String> = Vec::new();
        for group in &groups {
            assert!(
                !group.de.is_empty() && !group.en.is_empty(),
                "both languages: {:?} {:?}",
                group.de,
                group.en
            );
            let first = keys(&group.de[0]);
            for term in group.de.iter().chain(&group.en) {
                assert!(keys(term).contains(&first[0]), "{term}");
                terms.push(crate::fold::for_search(term));
            }
        }
        let all = terms.len();
        terms.sort_unstable();
        terms.dedup();
        assert_eq!(terms.len(), all, "each term stands once");
    }

    #[test]
    fn terms_are_found_in_every_form() {
        for text in [
            "KI",
            "die Künstliche Intelligenz",
            "mit künstlicher Intelligenz",
            "artificial intelligence",
            "AI-driven",
        ] {
            assert_eq!(keys(text), ["0ki"], "{text}");
        }
        assert_eq!(keys("Forschung und Entwicklung"), keys("R&D"));
        assert_eq!(keys("Wasserstofftechnologie"), keys("H₂"));
        assert_eq!(keys("intelligente Kunst, Airbus, its"), [""; 0]);
    }
}
