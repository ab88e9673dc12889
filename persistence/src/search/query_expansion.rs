//! From the words of a query to words of the dictionaries, and to the documents that have them.

use crate::{
    audience::Audience,
    batch,
    connection::Conn,
    dialect::{self, Candidate},
    error::Error,
    search::partition::{Partition, Scope},
};
use domain::search::{QueryTerm, Reach, SearchQuery};
use std::collections::BTreeMap;

/// The largest number of words per dictionary that a query expands to, shared between its words. The shortest are
/// kept.
const MOST_WORDS: i64 = 1_000;

/// A query, expanded for each partition.
pub(crate) type Expanded = BTreeMap<Partition, SearchQuery>;

/// Returns the query as it is for every partition.
pub(crate) fn unexpanded(question: &SearchQuery, scope: &Scope) -> Expanded {
    scope.partitions.iter().map(|&partition| (partition, question.clone())).collect()
}

/// Expands each word of a query to the dictionary words that contain it.
pub(crate) fn expand(conn: &mut Conn, question: &SearchQuery, scope: &Scope) -> Result<Expanded, Error> {
    let most = MOST_WORDS / i64::try_from(question.words.len().max(1)).unwrap_or(1);
    let dictionaries = scope.dictionaries();
    expand_by(question, scope, |asked| match asked.part() {
        Some(part) => Ok(dialect::words_holding(conn, part, &dictionaries, most)?),
        None => Ok(Vec::new()),
    })
}

/// Adds the words that `look_up` returns to each word of a query.
fn expand_by(
    question: &SearchQuery,
    scope: &Scope,
    mut look_up: impl FnMut(&QueryTerm) -> Result<Vec<dialect::Word>, Error>,
) -> Result<Expanded, Error> {
    let mut expanded = unexpanded(question, scope);
    for (index, asked) in question.words.iter().enumerate() {
        let found = dialect::by_partition(look_up(asked)?);
        for (partition, question) in &mut expanded {
            if let Some(words) = found.get(&partition.prefix()) {
                question.words[index].hold(words.iter().cloned());
            }
        }
    }
    Ok(expanded)
}

/// Returns a corrected query if the original finds nothing, otherwise `None`.
///
/// Whether it finds anything is tested over everything that the audience may see, not within a filter. A filter
/// therefore never adds hits.
pub(crate) fn corrected(
    conn: &mut Conn,
    question: &SearchQuery,
    scope: &Scope,
    audience: Audience,
) -> Result<Option<Expanded>, Error> {
    let everything = Scope::everything(audience);
    corrected_where(conn, question, scope, &everything, |conn, expanded, reach| {
        Ok(!candidates(conn, &everything, expanded, reach, 1)?.is_empty())
    })
}

/// Like [`corrected`]. `is_anywhere` tells whether a query finds anything. It is asked for whole words first,
/// because most queries find some, and parts of words cost more.
pub(crate) fn corrected_where(
    conn: &mut Conn,
    question: &SearchQuery,
    scope: &Scope,
    everything: &Scope,
    mut is_anywhere: impl FnMut(&mut Conn, &Expanded, Reach) -> Result<bool, Error>,
) -> Result<Option<Expanded>, Error> {
    if is_anywhere(conn, &unexpanded(question, everything), Reach::WholeWords)? {
        return Ok(None);
    }
    let typed = expand(conn, question, everything)?;
    if is_anywhere(conn, &typed, Reach::Anywhere)? {
        return Ok(None);
    }
    let mut corrected = typed.clone();
    corrected.retain(|partition, _| scope.partitions.contains(partition));
    let dictionaries = everything.dictionaries();
    for (index, asked) in question.words.iter().enumerate() {
        // Known already for a query of one word.
        if question.words.len() > 1 {
            let alone =
                typed.iter().map(|(&partition, question)| (partition, question.only(index))).collect();
            if is_anywhere(conn, &alone, Reach::WholeWords)? || is_anywhere(conn, &alone, Reach::Anywhere)? {
                continue;
            }
        }
        if let Some(misspelling) = asked.misspellings() {
            let alike = dialect::words_alike(conn, &misspelling, &dictionaries)?;
            for question in corrected.values_mut() {
                question.words[index].correct(alike.iter().cloned());
            }
        }
    }
    Ok(Some(corrected))
}

/// Returns documents within a scope that match a query, at most `limit` per partition.
pub(crate) fn candidates(
    conn: &mut Conn,
    scope: &Scope,
    question: &Expanded,
    reach: Reach,
    limit: usize,
) -> Result<Vec<Candidate>, Error> {
    let expressions = expressions(conn, scope, question, reach);
    Ok(dialect::candidates(conn, &expressions, batch::rows(limit))?)
}

/// Returns the search expression of each partition.
pub(crate) fn expressions(conn: &Conn, scope: &Scope, question: &Expanded, reach: Reach) -> Vec<String> {
    let expression = |(partition, question): (&Partition, &SearchQuery)| {
        let groups = [scope.tags.as_slice(), &question.tokens(reach)].concat();
        dialect::expression(conn, &partition.prefix(), &groups)
    };
    question.iter().map(expression).collect()
}
