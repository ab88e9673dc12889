//! The part of a record that is indexed.

use super::{
    Language,
    analysis::{Analysis, Derived, Origin, inflections},
    typos,
};
use crate::{
    content::{Content, SearchText},
    terms::{Facet, Term},
};
use std::collections::BTreeSet;

/// Maximum size of all tokens of a document in bytes, names first. PostgreSQL limits the size of a `tsvector`.
const MAX_BYTES: usize = 500_000;

/// The first letter of a token tells the field in which the word occurs.
pub(super) const NAMES: char = 'n';
pub(super) const CODES: char = 'c';
const TAGS: char = 't';

/// The letter for prose in a language.
pub(super) fn prose(language: Language) -> char {
    match language {
        Language::De => 'd',
        Language::En => 'e',
    }
}

/// The token for records with a term, or `None` if searches are not narrowed by this facet.
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

/// The search index entry of a record. It depends on the record's own content only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// All tokens, each a field letter and a form.
    ///
    /// Forms are folded words and their stems, other spellings of compounds, and synonym keys. In the field of
    /// codes, they are postal codes and hosts.
    pub tokens: BTreeSet<String>,
    /// Words for the dictionary, which is used to find parts of words and to correct typos.
    ///
    /// Contains no stems, numbers or function words. A word with umlauts occurs twice, folded and with its umlauts
    /// (`muller` and `müller`). Only the folded one is the form of a token.
    pub words: BTreeSet<String>,
    /// Folded names, one per line.
    ///
    /// A line starts with the letter of the language, or `*` for any. The derived forms follow after a `|`.
    pub names: String,
}

impl Document {
    /// Builds the document of a record.
    pub fn of<C: Content>(content: &C, terms: &[Term]) -> Self {
        let mut document = Self::default();
        document.tokens.extend(terms.iter().filter_map(|term| tag(term.facet, &term.value)));

        let mut text = SearchText::default();
        content.text(&mut text);
        let mut bytes = 0;
        for code in &text.codes {
            document.tokens.extend(code.forms().into_iter().map(|form| format!("{CODES}{form}")));
        }
        for passage in &text.names {
            let analysis = Analysis::of(passage.text, passage.language).with_neighbours();
            document.add_name(passage.language.filter(|_| passage.is_translated), &analysis);
            document.add(&[NAMES], passage.language, analysis, &mut bytes);
        }
        for passage in &text.prose {
            let places: &[char] = match (passage.language, passage.is_translated) {
                (Some(language), true) => &[prose(language)],
                // Text in one language only is indexed for both.
                _ => &Language::ALL.map(prose),
            };
            document.add(places, passage.language, Analysis::of(passage.text, passage.language), &mut bytes);
        }
        document
    }

    fn add_name(&mut self, language: Option<Language>, analysis: &Analysis) {
        self.names.push(language.map_or('*', prose));
        let mut blank = "";
        for word in &analysis.words {
            self.names.push_str(blank);
            self.names.push_str(&word.text);
            blank = " ";
        }
        let mut mark = '|';
        for derived in &analysis.derived {
            self.names.push(mark);
            self.names.push_str(&derived.text);
            mark = ' ';
        }
        self.names.push('\n');
    }

    /// Adds the tokens and dictionary words of a text.
    fn add(&mut self, places: &[char], language: Option<Language>, analysis: Analysis, bytes: &mut usize) {
        let Analysis { words, stems, derived } = analysis;
        for (word, stems) in words.into_iter().zip(stems) {
            if *bytes > MAX_BYTES {
                return;
            }
            stems.iter().for_each(|stem| self.add_form(places, stem, bytes));
            self.add_form(places, &word.text, bytes);
            if !word.is_function && typos::is_in_dictionary(&word.text) {
                self.words.extend(word.spelled);
                self.words.insert(word.text);
            }
        }
        for Derived { text, origin, .. } in derived {
            if *bytes > MAX_BYTES {
                return;
            }
            self.add_form(places, &text, bytes);
            if matches!(origin, Origin::Hyphenated | Origin::Elided) {
                for stem in inflections(&text, language) {
                    self.add_form(places, &stem, bytes);
                }
                if typos::is_in_dictionary(&text) {
                    self.words.insert(text);
                }
            }
        }
    }

    fn add_form(&mut self, places: &[char], form: &str, bytes: &mut usize) {
        for place in places {
            let mut token = String::with_capacity(form.len() + 1);
            token.push(*place);
            token.push_str(form);
            let length = token.len();
            if self.tokens.insert(token) {
                *bytes += length;
            }
        }
    }
}
