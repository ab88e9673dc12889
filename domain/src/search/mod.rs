//! Text search: what of a record is indexed, what a question means, how well they match, and what to show of it.
//!
//! All of it happens here, on folded words, so that both databases find the same in the same order. They only keep
//! the tokens of [`Document`]s and a dictionary of all words, and give back what holds the tokens that
//! [`SearchQuery`] asks for.

mod analysis;
mod codes;
mod compounds;
mod document;
mod function_words;
mod highlight;
mod query_term;
mod ranking;
mod search_query;
mod stems;
mod synonyms;
mod typos;
mod words;

pub use document::{Document, tag};
pub use highlight::Highlighter;
pub use query_term::QueryTerm;
pub use ranking::{Ranking, Score, Tier};
pub use search_query::{Reach, SearchQuery, WantedToken};
pub use typos::Correction;

#[cfg(test)]
mod shelf;
#[cfg(test)]
mod tests;

/// A language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// Its code (ISO 639-1).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The language with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == code)
    }
}
