//! From the words of a question to those of the dictionaries, and to documents that have them.

use crate::{
    audience::Audience,
    connection::Conn,
    dialect::{self, Candidate},
    error::Error,
    search::partition::{Partition, Scope},
};
use domain::search::{QueryTerm, Reach, SearchQuery};
use std::collections::BTreeMap;

/// How many words of each dictionary the parts in a question stand for at the most; the shortest are taken.
const MOST_WORDS: i64 = 1_000;

/// A question with the words that it stands for in each partition.
pub(crate) type Expanded = BTreeMap<Partition, SearchQuery>;

/// A question as it is, in every partition of a scope.
pub(crate) fn unexpanded(question: &SearchQuery, scope: &Scope) -> Expanded {
    scope.partitions.iter().map(|&partition| (partition, question.clone())).collect()
}

/// Looks up the words that hold those of a question as a part.
pub(crate) fn expand(conn: &mut Conn, question: &SearchQuery, scope: &Scope) -> Result<Expanded, Error> {
    let most = MOST_WORDS / i64::try_from(question.words.len().max(1)).unwrap_or(1);
    let dictionaries = scope.dictionaries();
    expand_by(question, scope, |asked| match asked.part() {
        Some(part) => Ok(dialect::words_holding(conn, part, &dictionaries, most)?),
        None => Ok(Vec::new()),
    })
}

/// Adds to each word of a question what `look_up` finds for it, where that was found.
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

/// What a question may be meant to be that finds nothing as it was typed, in the partitions of a scope; `None` when it
/// finds something.
///
/// Whether it does is judged over everything that the audience may see, never within a filter: so a filter takes hits
/// away, and adds none.
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

/// As [`corrected`]; `is_anywhere` tells whether a question finds anything. It is asked for whole words first: most questions
/// find some, and parts of words cost more to look for.
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
        // Of a question of one word it is known.
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

/// Some of the documents within a scope that a question finds, at most `limit` of each partition.
pub(crate) fn candidates(
    conn: &mut Conn,
    scope: &Scope,
    question: &Expanded,
    reach: Reach,
    limit: usize,
) -> Result<Vec<Candidate>, Error> {
    let expressions = expressions(conn, scope, question, reach);
    Ok(dialect::candidates(conn, &expressions, i64::try_from(limit).unwrap_or(i64::MAX))?)
}

/// What the documents of each partition must have.
pub(crate) fn expressions(conn: &Conn, scope: &Scope, question: &Expanded, reach: Reach) -> Vec<String> {
    let expression = |(partition, question): (&Partition, &SearchQuery)| {
        let groups = [scope.tags.as_slice(), &question.tokens(reach)].concat();
        dialect::expression(conn, &partition.prefix(), &groups)
    };
    question.iter().map(expression).collect()
}
