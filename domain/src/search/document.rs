//! What of a record is indexed.

use super::{
    Language,
    words::{compounds, cut, stem},
};
use crate::{
    content::{Content, Passage, SearchText},
    fold,
    terms::{Facet, Term},
};
use std::collections::BTreeSet;

/// The tokens of one document may have so many bytes together, names first: PostgreSQL keeps no more in one place.
const MAX_BYTES: usize = 500_000;

/// Where a word stands; the first letter of its token.
pub(super) const NAMES: char = 'n';
const TAGS: char = 't';

/// The letter for prose of a language.
pub(super) fn prose(language: Language) -> char {
    match language {
        Language::De => 'd',
        Language::En => 'e',
    }
}

/// The token of the records that have a term; `None` where searches are not narrowed by the facet.
pub fn tag(facet: Facet, value: &str) -> Option<String> {
    let letter = match facet {
        Facet::Region => 'r',
        Facet::TechnologyField => 'f',
        Facet::Chamber => 'c',
        _ => return None,
    };
    let plain = value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
    Some([TAGS, letter].into_iter().chain(plain).collect())
}

/// A record as the search knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Every token, each once.
    pub tokens: BTreeSet<String>,
    /// Every word and stem among them, each once: what the dictionary has to know.
    pub words: BTreeSet<String>,
    /// The folded names, one a line, each behind the letter of its language (`*`: of any).
    pub names: String,
}

/// The folded words of a text, those that hyphens join also as one.
fn searched(text: &str) -> String {
    let mut folded = fold::for_search(text);
    for compound in compounds(text) {
        folded.push(' ');
        folded.push_str(&compound);
    }
    folded
}

impl Document {
    /// The document of a record.
    pub fn of<C: Content>(content: &C, terms: &[Term]) -> Self {
        let mut document = Self::default();
        document.tokens.extend(terms.iter().filter_map(|term| tag(term.facet, &term.value)));

        let mut text = SearchText::default();
        content.text(&mut text);
        let mut bytes = 0;
        for passage in &text.names {
            let folded = searched(passage.text);
            let letter = passage.language.filter(|_| passage.is_translated).map_or('*', prose);
            document.names.push(letter);
            document.names.push_str(&folded);
            document.names.push('\n');
            document.add(&[NAMES], passage, &folded, &mut bytes);
        }
        for passage in &text.prose {
            let places: &[char] = match (passage.language, passage.is_translated) {
                (Some(language), true) => &[prose(language)],
                // What there is in one language only stands for both.
                _ => &Language::ALL.map(prose),
            };
            document.add(places, passage, &searched(passage.text), &mut bytes);
        }
        document
    }

    /// Adds the words of a text.
    fn add(&mut self, places: &[char], passage: &Passage<'_>, folded: &str, bytes: &mut usize) {
        for word in folded.split(' ').filter(|word| !word.is_empty()) {
            if *bytes > MAX_BYTES {
                return;
            }
            let word = cut(word);
            let languages: &[Language] = match &passage.language {
                Some(language) => std::slice::from_ref(language),
                None => &Language::ALL,
            };
            for form in languages.iter().map(|&language| stem(word, language)).chain([word.to_owned()]) {
                for place in places {
                    let token = format!("{place}{form}");
                    let length = token.len();
                    if self.tokens.insert(token) {
                        *bytes += length;
                    }
                }
                self.words.insert(form);
            }
        }
    }
}
