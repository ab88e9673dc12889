//! Text: search documents, the dictionary of their words, and what is looked for in both.

use super::{postgres, run, sqlite};
use crate::{
    connection::Conn,
    types::{DbId, UuidSql},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use domain::search::{Correction, WantedToken};

/// The search document of a record.
#[derive(Clone, Debug)]
pub(crate) struct DocumentRow {
    pub(crate) record: DbId,
    pub(crate) kind: &'static str,
    pub(crate) sort_name: String,
    pub(crate) names: String,
    /// Parted by blanks.
    pub(crate) tokens: String,
    /// Stands for all of it: a document that is as it was is not written.
    pub(crate) hash: i64,
    /// Whether the record had none before.
    pub(crate) is_new: bool,
}

/// Writes search documents.
pub(crate) fn index(conn: &mut Conn, rows: &[DocumentRow]) -> QueryResult<()> {
    match conn {
        _ if rows.is_empty() => Ok(()),
        Conn::Pg(conn) => postgres::index(conn, rows),
        Conn::Sqlite(conn) => sqlite::index(conn, rows),
    }
}

/// Adds words to the dictionary.
pub(crate) fn learn(conn: &mut Conn, words: &[String]) -> QueryResult<()> {
    let backwards: Vec<String> = words.iter().map(|word| word.chars().rev().collect()).collect();
    match conn {
        Conn::Pg(conn) => postgres::learn(conn, words, &backwards),
        Conn::Sqlite(conn) => sqlite::learn(conn, words, &backwards),
    }
}

/// Takes a record out of the search.
pub(crate) fn unindex(conn: &mut Conn, record: DbId) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => postgres::unindex(conn, record),
        Conn::Sqlite(conn) => sqlite::unindex(conn, record),
    }
}

/// Takes a word out of the dictionary.
pub(crate) fn unlearn(conn: &mut Conn, word: &str) -> QueryResult<()> {
    run(conn, postgres::UNLEARN, sqlite::UNLEARN, word)
}

/// A document that a search found.
#[derive(Debug, QueryableByName)]
pub(crate) struct Candidate {
    #[diesel(sql_type = UuidSql)]
    pub(crate) record: DbId,
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = Text)]
    pub(crate) sort_name: String,
    #[diesel(sql_type = Text)]
    pub(crate) names: String,
}

/// What tokens a document must have: of each group one.
pub(crate) fn expression(conn: &Conn, groups: &[Vec<WantedToken>]) -> String {
    let (and, or, prefix, quote) = match conn {
        Conn::Pg(_) => (" & ", " | ", ":*", '\''),
        Conn::Sqlite(_) => (" AND ", " OR ", "*", '"'),
    };
    let token = |token: &WantedToken| {
        let prefix = if token.is_prefix { prefix } else { "" };
        // A token holds letters and digits only.
        format!("{quote}{}{quote}{prefix}", token.text)
    };
    let group =
        |group: &Vec<WantedToken>| format!("({})", group.iter().map(token).collect::<Vec<_>>().join(or));
    groups.iter().map(group).collect::<Vec<_>>().join(and)
}

/// What stands before and after an expression in the condition that a record's text matches it.
pub(crate) fn text_condition(conn: &mut Conn, expression: &str) -> QueryResult<(&'static str, &'static str)> {
    match conn {
        Conn::Pg(conn) => postgres::text_condition(conn, expression),
        Conn::Sqlite(_) => Ok(sqlite::TEXT_CONDITION),
    }
}

/// Some of the documents that each of the expressions means, at most `limit` of each; one statement.
pub(crate) fn candidates(conn: &mut Conn, expressions: &[String], limit: i64) -> QueryResult<Vec<Candidate>> {
    let part = match conn {
        Conn::Pg(_) => postgres::candidates,
        Conn::Sqlite(_) => sqlite::candidates,
    };
    let parts: Vec<String> = (0..expressions.len()).map(|index| part(index + 2)).collect();
    let statement = parts.join(" UNION ALL ");
    let mut query = sql_query(statement).into_boxed().bind::<BigInt, _>(limit);
    for expression in expressions {
        query = query.bind::<Text, _>(expression);
    }
    query.load(conn)
}

#[derive(QueryableByName)]
struct WordRow {
    #[diesel(sql_type = Text)]
    word: String,
}

/// The words of the dictionary that hold a part of at least three characters, the shortest first.
pub(crate) fn words_holding(conn: &mut Conn, part: &str, limit: i64) -> QueryResult<Vec<String>> {
    let rows: Vec<WordRow> = match conn {
        Conn::Pg(conn) => sql_query(postgres::WORDS_HOLDING)
            .bind::<Text, _>(format!("%{part}%"))
            .bind::<BigInt, _>(limit)
            .load(conn)?,
        Conn::Sqlite(conn) => sql_query(sqlite::WORDS_HOLDING)
            .bind::<Text, _>(sqlite::trigrams(part))
            .bind::<Text, _>(part)
            .bind::<BigInt, _>(limit)
            .load(conn)?,
    };
    Ok(rows.into_iter().map(|row| row.word).collect())
}

/// The words of the dictionary that begin in some way, the shortest first.
pub(crate) fn words_beginning(conn: &mut Conn, beginning: &str, limit: i64) -> QueryResult<Vec<String>> {
    let rows: Vec<WordRow> = sql_query(
        "SELECT word FROM words WHERE word >= $1 AND word < $2 ORDER BY length(word), word LIMIT $3",
    )
    .bind::<Text, _>(beginning)
    .bind::<Text, _>(format!("{beginning}{BEHIND}"))
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.word).collect())
}

/// Behind every word that begins in the same way.
const BEHIND: char = '\u{10ffff}';

/// The words of the dictionary that look like one that was spelled wrong.
pub(crate) fn words_alike(conn: &mut Conn, wrong: &Correction) -> QueryResult<Vec<String>> {
    let Correction { head, tail_reversed, swapped, length } = wrong;
    let length = i64::try_from(*length).unwrap_or(i64::MAX);
    let rows: Vec<WordRow> = sql_query(
        "SELECT word FROM words WHERE (word >= $1 AND word < $2 OR reversed >= $3 AND reversed < $4 OR word = $5)
         AND length(word) BETWEEN $6 AND $7",
    )
    .bind::<Text, _>(head)
    .bind::<Text, _>(format!("{head}{BEHIND}"))
    .bind::<Text, _>(tail_reversed)
    .bind::<Text, _>(format!("{tail_reversed}{BEHIND}"))
    .bind::<Text, _>(swapped)
    .bind::<BigInt, _>(length - 1)
    .bind::<BigInt, _>(length + 1)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.word).collect())
}
