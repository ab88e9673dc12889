//! Full-text search: documents are in an FTS5 table of tokens, and so are the trigrams of the dictionary.

use crate::{
    dialect::{DocumentRow, ROWS, Word, WordCount, in_statements},
    index::Set,
    schema::search_documents,
};
use diesel::{
    SqliteConnection,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};

diesel::table! {
    search_tokens (rowid) {
        rowid -> Integer,
        tokens -> Text,
    }
}

diesel::table! {
    words (number) {
        number -> BigInt,
        dictionary -> Text,
        word -> Text,
        records -> Integer,
    }
}

/// See [`crate::dialect::text::index`].
pub(in crate::dialect) fn index(conn: &mut SqliteConnection, rows: &[DocumentRow]) -> QueryResult<()> {
    for rows in rows.chunks(ROWS) {
        let numbers = rows.iter().map(|row| row.number);
        let present: Vec<i32> = search_documents::table
            .filter(search_documents::number.eq_any(numbers))
            .select(search_documents::number)
            .load(conn)?;
        delete_tokens(conn, &present)?;
        diesel::delete(search_documents::table.filter(search_documents::number.eq_any(present)))
            .execute(conn)?;
    }
    in_statements(rows, |rows| {
        rows.iter().try_for_each(|row| {
            let document = (
                search_documents::number.eq(row.number),
                search_documents::record.eq(row.record),
                search_documents::kind.eq(row.kind),
                search_documents::sort_name.eq(&row.sort_name),
                search_documents::names.eq(&row.names),
                search_documents::hash.eq(row.hash),
            );
            diesel::insert_into(search_documents::table).values(document).execute(conn)?;
            let tokens = (search_tokens::rowid.eq(row.number), search_tokens::tokens.eq(&row.tokens));
            diesel::insert_into(search_tokens::table).values(tokens).execute(conn).map(drop)
        })
    })
}

/// The words of hidden records have numbers from here on. The index of parts is read in order of numbers, so a
/// search of visible words never reaches them.
const HIDDEN_WORDS: i64 = 1 << 40;

/// See [`crate::dialect::text::count_words`].
pub(in crate::dialect) fn count_words(
    conn: &mut SqliteConnection,
    rows: &[WordCount<'_>],
) -> QueryResult<()> {
    let last: Option<i64> = words::table
        .filter(words::number.lt(HIDDEN_WORDS))
        .select(diesel::dsl::max(words::number))
        .first(conn)?;
    let last_hidden: Option<i64> = words::table
        .filter(words::number.ge(HIDDEN_WORDS))
        .select(diesel::dsl::max(words::number))
        .first(conn)?;
    let (mut next, mut next_hidden) =
        (last.unwrap_or_default() + 1, last_hidden.map_or(HIDDEN_WORDS, |last| last + 1));
    in_statements(rows, |rows| {
        let values = vec!["(?, ?, ?, ?, ?)"; rows.len()].join(", ");
        let statement = format!(
            "INSERT INTO words (number, dictionary, word, reversed, records) VALUES {values}
            ON CONFLICT (dictionary, word) DO UPDATE SET records = records + excluded.records"
        );
        let mut query = sql_query(statement).into_boxed();
        for row in rows {
            let number = if row.is_visible() { &mut next } else { &mut next_hidden };
            query = query
                .bind::<BigInt, _>(*number)
                .bind::<Text, _>(row.dictionary)
                .bind::<Text, _>(row.word)
                .bind::<Text, _>(row.reversed())
                .bind::<Integer, _>(row.step);
            *number += 1;
        }
        query.execute(conn).map(drop)
    })
}

/// See [`crate::dialect::text::count_words`].
pub(in crate::dialect) fn delete_unused_words(
    conn: &mut SqliteConnection,
    rows: &[&WordCount<'_>],
) -> QueryResult<()> {
    for row in rows {
        let unused = words::table
            .filter(words::dictionary.eq(row.dictionary).and(words::word.eq(row.word)))
            .filter(words::records.le(0));
        diesel::delete(unused).execute(conn)?;
    }
    Ok(())
}

/// Deletes the tokens of records.
pub(in crate::dialect) fn delete_tokens(conn: &mut SqliteConnection, numbers: &[i32]) -> QueryResult<()> {
    diesel::delete(search_tokens::table.filter(search_tokens::rowid.eq_any(numbers))).execute(conn).map(drop)
}

/// See [`crate::dialect::text::matching_text`]. Uses one JSON array, because stepping through rows takes longer than finding them.
pub(in crate::dialect) fn matching_text(conn: &mut SqliteConnection, expression: &str) -> QueryResult<Set> {
    const STATEMENT: &str =
        "SELECT json_group_array(rowid) AS numbers FROM search_tokens WHERE search_tokens MATCH ?";
    let found: Numbers = sql_query(STATEMENT).bind::<Text, _>(expression).get_result(conn)?;
    let numbers: Vec<u32> = serde_json::from_str(&found.numbers)
        .map_err(|cause| diesel::result::Error::DeserializationError(cause.into()))?;
    Ok(numbers.into_iter().collect())
}

#[derive(QueryableByName)]
struct Numbers {
    #[diesel(sql_type = Text)]
    numbers: String,
}

/// See [`crate::dialect::text::candidates`]. Returns a part of the statement, with the expression in the given parameter.
pub(in crate::dialect) fn candidates(parameter: usize) -> String {
    format!(
        "SELECT record, kind, sort_name, names FROM (SELECT record, kind, sort_name, names
        FROM search_tokens CROSS JOIN search_documents ON search_documents.number = search_tokens.rowid
        WHERE search_tokens MATCH ?{parameter} LIMIT ?1)"
    )
}

/// See [`crate::dialect::text::words_holding`]. For either visible or hidden dictionaries.
pub(in crate::dialect) fn words_holding(
    conn: &mut SqliteConnection,
    part: &str,
    dictionaries: &[&str],
    is_visible: bool,
    limit: i64,
) -> QueryResult<Vec<Word>> {
    let range = if is_visible { "<" } else { ">=" };
    let names = vec!["?"; dictionaries.len()].join(", ");
    let statement = format!(
        "SELECT dictionary, word FROM (
            SELECT words.dictionary, words.word, row_number() OVER (
                PARTITION BY substr(words.dictionary, 1, 2) ORDER BY length(words.word), words.word) AS place
            FROM word_parts CROSS JOIN words ON words.number = word_parts.rowid
            WHERE word_parts MATCH ? AND word_parts.rowid {range} {HIDDEN_WORDS}
                AND instr(words.word, ?) > 1 AND words.dictionary IN ({names}))
        WHERE place <= ?"
    );
    let mut query = sql_query(statement).into_boxed().bind::<Text, _>(trigrams(part)).bind::<Text, _>(part);
    for name in dictionaries {
        query = query.bind::<Text, _>(name);
    }
    query.bind::<BigInt, _>(limit).load(conn)
}

/// Returns a query for all trigrams of a part. Matches must still be checked, because the index stores no
/// positions.
fn trigrams(part: &str) -> String {
    let letters: Vec<char> = part.chars().collect();
    let trigram = |run: &[char]| format!("\"{}\"", run.iter().collect::<String>());
    letters.windows(3).map(trigram).collect::<Vec<_>>().join(" AND ")
}
