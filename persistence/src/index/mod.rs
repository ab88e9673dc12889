//! The index: which records have which terms.
//!
//! A term has a number (`terms`) and a set of the numbers of records that have it (`sets`). Terms that apply on
//! certain days are also rows beside the sets (`dated`). A filter becomes one set (`matching`), and facet counts
//! are sizes of intersections with it (`counting`, and `amounts` for sums).

mod amounts;
mod cache;
mod counting;
mod dated;
mod matching;
pub(crate) mod sets;
mod terms;

pub(crate) use amounts::Amounts;
pub(crate) use cache::{CacheAccess, FacetCache};
pub(crate) use counting::{Counted, count, count_values, total};
pub(crate) use matching::{TermGroup, having, look_up, of_terms};
pub(crate) use sets::{ChunkRow, Edits, Set};
pub(crate) use terms::Dictionary;

use crate::types::{DbId, days};
use chrono::NaiveDate;
use domain::{kind::Kind, terms::Term};

/// A term of a record, and the days on which the record has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) term: i32,
    pub(crate) since: NaiveDate,
    pub(crate) until: NaiveDate,
}

/// What is indexed of a new state of a record.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) record: DbId,
    pub(crate) number: i32,
    pub(crate) visible: bool,
    pub(crate) sort_name: String,
    pub(crate) terms: Vec<Term>,
}

/// Returns the spans of a record's terms, sorted. Terms must be in the dictionary.
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
