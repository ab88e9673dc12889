//! What of a record is indexed.

use super::{
    Language,
    words::{compounds, cut, stem},
};
use crate::{
    content::{Content, Passage, SearchText},
    fold,
    kind::Kind,
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

/// By what searches are narrowed.
#[derive(Clone, Copy, Debug)]
pub enum Tag<'a> {
    /// The public sees it.
    Visible,
    /// It is of this kind.
    Kind(Kind),
    /// It has this term.
    Term(Facet, &'a str),
}

impl Tag<'_> {
    /// The facets that become tags.
    pub const FACETS: [Facet; 2] = [Facet::Region, Facet::TechnologyField];

    /// The token for it.
    pub fn token(self) -> String {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        match self {
            Self::Visible => format!("{TAGS}v"),
            Self::Kind(kind) => format!("{TAGS}k{}", plain(kind.as_str())),
            Self::Term(Facet::Region, code) => format!("{TAGS}r{}", plain(code)),
            Self::Term(_, value) => format!("{TAGS}f{}", plain(value)),
        }
    }
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
    pub fn of<C: Content>(content: &C, visible: bool, terms: &[Term]) -> Self {
        let mut document = Self::default();
        document.tokens.insert(Tag::Kind(C::KIND).token());
        if visible {
            document.tokens.insert(Tag::Visible.token());
        }
        let tagged = terms.iter().filter(|term| Tag::FACETS.contains(&term.facet));
        document.tokens.extend(tagged.map(|term| Tag::Term(term.facet, &term.value).token()));

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

    /// The tokens that a word can have, wherever it stands.
    pub fn tokens_of(word: &str) -> [String; 3] {
        let [de, en] = Language::ALL.map(prose);
        [NAMES, de, en].map(|place| format!("{place}{word}"))
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
