//! Full-text search: documents, the dictionary of words, and lookups in both.

use super::{SET, postgres, sqlite};
use crate::{
    connection::Conn,
    index::Set,
    schema::search_documents,
    types::{DbId, UuidSql},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use domain::search::{Correction, WantedToken};
use std::collections::{BTreeSet, HashMap};

/// The search document of a record.
#[derive(Clone, Debug)]
pub(crate) struct DocumentRow {
    /// The number of the record.
    pub(crate) number: i32,
    pub(crate) record: DbId,
    pub(crate) kind: &'static str,
    pub(crate) sort_name: String,
    pub(crate) names: String,
    /// Separated by blanks.
    pub(crate) tokens: String,
    /// Hash of the whole document. Unchanged documents are not written.
    pub(crate) hash: i64,
}

/// Returns the hashes of documents, by record number.
pub(crate) fn document_hashes(conn: &mut Conn, numbers: &[i32]) -> QueryResult<HashMap<i32, i64>> {
    let mut hashes = HashMap::new();
    for numbers in numbers.chunks(SET) {
        let rows: Vec<(i32, i64)> = search_documents::table
            .filter(search_documents::number.eq_any(numbers))
            .select((search_documents::number, search_documents::hash))
            .load(conn)?;
        hashes.extend(rows);
    }
    Ok(hashes)
}

/// Writes search documents.
pub(crate) fn index(conn: &mut Conn, rows: &[DocumentRow]) -> QueryResult<()> {
    match conn {
        _ if rows.is_empty() => Ok(()),
        Conn::Pg(conn) => postgres::text::index(conn, rows),
        Conn::Sqlite(conn) => sqlite::text::index(conn, rows),
    }
}

/// A change in the number of records that have a word of a dictionary.
#[derive(Clone, Debug)]
pub(crate) struct WordCount<'a> {
    pub(crate) dictionary: &'a str,
    pub(crate) word: &'a str,
    pub(crate) step: i32,
}

impl WordCount<'_> {
    /// The word with its letters reversed.
    pub(super) fn reversed(&self) -> String {
        self.word.chars().rev().collect()
    }

    /// Whether the dictionary is one of public records.
    pub(super) fn is_visible(&self) -> bool {
        self.dictionary.ends_with('v')
    }
}

/// Adds to the counts of words. Deletes words that no record has any more.
pub(crate) fn count_words(conn: &mut Conn, rows: &[WordCount<'_>]) -> QueryResult<()> {
    let fewer: Vec<&WordCount<'_>> = rows.iter().filter(|row| row.step < 0).collect();
    match conn {
        _ if rows.is_empty() => Ok(()),
        Conn::Pg(conn) => {
            postgres::text::count_words(conn, rows)?;
            postgres::text::delete_unused_words(conn, &fewer)
        }
        Conn::Sqlite(conn) => {
            sqlite::text::count_words(conn, rows)?;
            sqlite::text::delete_unused_words(conn, &fewer)
        }
    }
}

/// Removes a record from the search.
pub(crate) fn unindex(conn: &mut Conn, number: i32) -> QueryResult<()> {
    if let Conn::Sqlite(conn) = conn {
        sqlite::text::delete_tokens(conn, &[number])?;
    }
    diesel::delete(search_documents::table.find(number)).execute(conn).map(drop)
}

/// A document that matches.
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

/// Returns the expression for documents of a partition that have a token of each group.
pub(crate) fn expression(conn: &Conn, partition: &str, groups: &[Vec<WantedToken>]) -> String {
    let (and, or, prefix, quote) = match conn {
        Conn::Pg(_) => (" & ", " | ", ":*", '\''),
        Conn::Sqlite(_) => (" AND ", " OR ", "*", '"'),
    };
    let token = |token: &WantedToken| {
        let prefix = if token.is_prefix { prefix } else { "" };
        // A token holds letters and digits only.
        format!("{quote}{partition}{}{quote}{prefix}", token.text)
    };
    let group =
        |group: &Vec<WantedToken>| format!("({})", group.iter().map(token).collect::<Vec<_>>().join(or));
    groups.iter().map(group).collect::<Vec<_>>().join(and)
}

/// Returns an expression that matches if any of some expressions does.
pub(crate) fn any_of(conn: &Conn, expressions: &[String]) -> String {
    let or = match conn {
        Conn::Pg(_) => " | ",
        Conn::Sqlite(_) => " OR ",
    };
    expressions.iter().map(|expression| format!("({expression})")).collect::<Vec<_>>().join(or)
}

/// Returns the records whose text matches an expression. `None` on PostgreSQL if there are many: it would read the
/// document of each, and checking [`super::TEXT_CONDITION`] per record until a page is full is faster.
pub(crate) fn matching_text(conn: &mut Conn, expression: &str) -> QueryResult<Option<Set>> {
    match conn {
        Conn::Pg(conn) => postgres::text::matching_text(conn, expression),
        Conn::Sqlite(conn) => sqlite::text::matching_text(conn, expression).map(Some),
    }
}

/// Returns documents that match, at most `limit` per expression. One statement.
pub(crate) fn candidates(conn: &mut Conn, expressions: &[String], limit: i64) -> QueryResult<Vec<Candidate>> {
    let part = match conn {
        Conn::Pg(_) => postgres::text::candidates,
        Conn::Sqlite(_) => sqlite::text::candidates,
    };
    let parts: Vec<String> = (0..expressions.len()).map(|index| part(index + 2)).collect();
    let statement = parts.join(" UNION ALL ");
    let mut query = sql_query(statement).into_boxed().bind::<BigInt, _>(limit);
    for expression in expressions {
        query = query.bind::<Text, _>(expression);
    }
    query.load(conn)
}

/// A word of a dictionary.
#[derive(Debug, QueryableByName)]
pub(crate) struct Word {
    #[diesel(sql_type = Text)]
    dictionary: String,
    #[diesel(sql_type = Text)]
    word: String,
}

/// Groups words by the partition of their dictionary.
pub(crate) fn by_partition(words: Vec<Word>) -> HashMap<String, Vec<String>> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for Word { dictionary, word } in words {
        let partition = dictionary.chars().take(2).collect();
        found.entry(partition).or_default().push(word);
    }
    found
}

/// Returns the words that contain `part`, but do not start with it. At most `limit` per partition, shortest first.
/// `part` must have at least three characters.
pub(crate) fn words_holding(
    conn: &mut Conn,
    part: &str,
    dictionaries: &[String],
    limit: i64,
) -> QueryResult<Vec<Word>> {
    let (visible, hidden): (Vec<&str>, Vec<&str>) =
        dictionaries.iter().map(String::as_str).partition(|dictionary| dictionary.ends_with('v'));
    let mut words = Vec::new();
    for (dictionaries, is_visible) in [(visible, true), (hidden, false)] {
        if !dictionaries.is_empty() {
            words.extend(match conn {
                Conn::Pg(conn) => {
                    postgres::text::words_holding(conn, part, &dictionaries, is_visible, limit)?
                }
                Conn::Sqlite(conn) => {
                    sqlite::text::words_holding(conn, part, &dictionaries, is_visible, limit)?
                }
            });
        }
    }
    Ok(words)
}

/// Sorts after every continuation of a prefix.
const BEHIND: char = '\u{10ffff}';

/// Returns the words that resemble a misspelled one, without duplicates.
pub(crate) fn words_alike(
    conn: &mut Conn,
    wrong: &Correction,
    dictionaries: &[String],
) -> QueryResult<BTreeSet<String>> {
    /// For a part in the middle of words, the shortest words suffice.
    const MOST: i64 = 1_000;
    let (heads, tails) = (wrong.heads.iter(), wrong.tails_reversed.iter());
    let beginnings = heads.map(|head| ("word", head)).chain(tails.map(|tail| ("reversed", tail)));
    let mut ranges: Vec<(&str, &str, String)> = beginnings
        .map(|(column, beginning)| (column, beginning.as_str(), format!("{beginning}{BEHIND}")))
        .collect();
    // A word followed by a blank sorts right after the word, and before all longer words.
    ranges.extend(wrong.swapped.iter().map(|word| ("word", word.as_str(), format!("{word} "))));
    // SQLite numbers parameters with `$` in the order of their occurrence, so `?` is used there.
    let sign = if let Conn::Pg(_) = conn { '$' } else { '?' };
    let first = 3 + dictionaries.len();
    let names: Vec<String> = (3..first).map(|number| format!("{sign}{number}")).collect();
    let names = names.join(", ");
    let range = |(index, (column, ..)): (usize, &(&str, &str, String))| {
        let [from, to] = [0, 1].map(|offset| format!("{sign}{}", first + 2 * index + offset));
        format!(
            "SELECT dictionary, word FROM words WHERE dictionary IN ({names}) AND {column} >= {from} AND {column} < {to}
            AND length(word) BETWEEN {sign}1 AND {sign}2"
        )
    };
    let statement = ranges.iter().enumerate().map(range).collect::<Vec<_>>().join(" UNION ALL ");
    let [least, most] = [*wrong.lengths.start(), *wrong.lengths.end()]
        .map(|length| i64::try_from(length).unwrap_or(i64::MAX));
    let mut query = sql_query(statement).into_boxed().bind::<BigInt, _>(least).bind::<BigInt, _>(most);
    for name in dictionaries {
        query = query.bind::<Text, _>(name);
    }
    for (_, from, to) in &ranges {
        query = query.bind::<Text, _>(from).bind::<Text, _>(to);
    }
    let mut words: Vec<Word> = query.load(conn)?;
    if let Some(part) = &wrong.part {
        words.extend(words_holding(conn, part, dictionaries, MOST)?);
    }
    Ok(words.into_iter().map(|word| word.word).collect())
}
