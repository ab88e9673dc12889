//! The index: which records have which terms.
//!
//! A term has a number (`terms`), and a set of the numbers of the records that have it (`sets`); terms that hold from or
//! until a day are rows beside the sets (`dated`). A filter of terms becomes one set, and facets are counted by the terms'
//! sets within it (`matching`, `counting`).

mod counting;
mod dated;
mod matching;
pub(crate) mod sets;
mod terms;

pub(crate) use counting::{CacheAccess, Counted, FacetCache, count, count_values, total};
pub(crate) use matching::{TermGroup, having, look_up, of_terms};
pub(crate) use sets::{ChunkRow, Edits, Set};
pub(crate) use terms::Dictionary;

use crate::types::{DbId, days};
use chrono::NaiveDate;
use domain::{kind::Kind, terms::Term};

/// A term that a record has, by its number, and the days on which it has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) term: i32,
    pub(crate) since: NaiveDate,
    pub(crate) until: NaiveDate,
}

/// A new state of a record, as far as the index is concerned.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) record: DbId,
    pub(crate) number: i32,
    pub(crate) visible: bool,
    pub(crate) sort_name: String,
    pub(crate) terms: Vec<Term>,
}

/// The terms of a state of a record by their numbers, in order; all of them have been looked up.
pub(crate) fn spans_of(kind: Kind, terms: &[Term], dictionary: &Dictionary) -> Vec<Span> {
    let span = |term: &Term| {
        let number = dictionary.number(kind, term.facet, &term.value)?;
        let (since, until) = days(term.days);
        Some(Span { term: number, since, until })
    };
    let mut spans: Vec<Span> = terms.iter().filter_map(span).collect();
    spans.sort_unstable();
    spans
}
