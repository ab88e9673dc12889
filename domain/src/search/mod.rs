//! Full-text search: indexing, query parsing, matching, ranking and highlighting.
//!
//! All of this works on folded words in Rust, so that both databases find the same records in the same order. The
//! databases only store the tokens of each [`Document`] and a dictionary of words, and return the records that
//! contain the tokens of a [`SearchQuery`].
//!
//! ```text
//! "Cluster-Initiativen" in prose   →  tokens: dcluster, dinitiativen, dinitiativ, dclusterinitiativen, …
//! query "initiative"               →  one of: ninitiative, ninitiativ, dinitiative, dinitiativ, …
//! ```

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

/// A language of texts.
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

    /// The ISO 639-1 code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// Parses an ISO 639-1 code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == code)
    }
}
