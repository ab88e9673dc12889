//! From the words of a question to those of the dictionary, and to documents that have them.

use crate::{
    audience::Audience,
    connection::Conn,
    dialect::{self, Candidate},
    error::Error,
};
use domain::{
    kind::Kind,
    search::{Question, Reach, Tag, WantedToken},
    terms::Facet,
};

/// How many words of the dictionary the parts in a question stand for at the most; the shortest are taken.
const MOST_WORDS: i64 = 1_000;

/// The tags that a document must have: of each group one.
pub(crate) fn scope(
    audience: Audience,
    kinds: &[Kind],
    terms: &[(Facet, Vec<String>)],
) -> Vec<Vec<WantedToken>> {
    let tag = |tag: Tag<'_>| WantedToken { text: tag.token(), is_prefix: false };
    let mut groups = Vec::new();
    if audience == Audience::Public {
        groups.push(vec![tag(Tag::Visible)]);
    }
    if !kinds.is_empty() {
        groups.push(kinds.iter().map(|&kind| tag(Tag::Kind(kind))).collect());
    }
    for (facet, values) in terms {
        groups.push(values.iter().map(|value| tag(Tag::Term(*facet, value))).collect());
    }
    groups
}

/// Looks up the words of a question in the dictionary: those that hold them as a part and, where a word is nowhere
/// within the scope, those that it may be meant to be.
pub(crate) fn resolve(
    conn: &mut Conn,
    question: Question,
    scope: &[Vec<WantedToken>],
) -> Result<Question, Error> {
    resolve_where(conn, question, |conn, question| {
        is_anywhere(conn, scope, &question.tokens(Reach::Anywhere))
    })
}

/// As [`resolve`]; `is_anywhere` tells whether a question finds anything.
pub(crate) fn resolve_where(
    conn: &mut Conn,
    question: Question,
    mut is_anywhere: impl FnMut(&mut Conn, &Question) -> Result<bool, Error>,
) -> Result<Question, Error> {
    let question = with_parts(conn, question)?;
    if is_anywhere(conn, &question)? { Ok(question) } else { corrected(conn, question, is_anywhere) }
}

/// Looks up the words that hold those of a question as a part.
pub(crate) fn with_parts(conn: &mut Conn, mut question: Question) -> Result<Question, Error> {
    let most = MOST_WORDS / i64::try_from(question.words.len().max(1)).unwrap_or(1);
    for asked in &mut question.words {
        if let Some(part) = asked.part() {
            asked.holding = dialect::words_holding(conn, part, most)?;
        }
    }
    Ok(question)
}

/// Looks up the words that begin as those of a question.
pub(crate) fn with_beginnings(conn: &mut Conn, mut question: Question) -> Result<Question, Error> {
    /// So many words stand for a beginning at the most; the shortest are taken.
    const MOST_BEGINNING: i64 = 100;
    for asked in &mut question.words {
        if let Some(beginning) = asked.beginning() {
            asked.holding = dialect::words_beginning(conn, beginning, MOST_BEGINNING)?;
        }
    }
    Ok(question)
}

/// Looks up what the words of a question may be meant to be that find nothing by themselves.
pub(crate) fn corrected(
    conn: &mut Conn,
    mut question: Question,
    mut is_anywhere: impl FnMut(&mut Conn, &Question) -> Result<bool, Error>,
) -> Result<Question, Error> {
    for index in 0..question.words.len() {
        if !is_anywhere(conn, &question.only(index))? {
            for misspelling in question.words[index].misspellings() {
                let alike = dialect::words_alike(conn, &misspelling)?;
                question.words[index].correct(alike);
            }
        }
    }
    Ok(question)
}

/// Whether any document has of each group one token.
pub(crate) fn is_anywhere(
    conn: &mut Conn,
    scope: &[Vec<WantedToken>],
    words: &[Vec<WantedToken>],
) -> Result<bool, Error> {
    Ok(!candidates(conn, &[scope.to_vec()], words, 1)?.is_empty())
}

/// Some of the documents within each of the scopes that have these words, at most `limit` of each.
pub(crate) fn candidates(
    conn: &mut Conn,
    scopes: &[Vec<Vec<WantedToken>>],
    words: &[Vec<WantedToken>],
    limit: usize,
) -> Result<Vec<Candidate>, Error> {
    let expressions: Vec<String> =
        scopes.iter().map(|scope| dialect::expression(conn, &[scope.as_slice(), words].concat())).collect();
    Ok(dialect::candidates(conn, &expressions, i64::try_from(limit).unwrap_or(i64::MAX))?)
}
