//! Full-text search: documents are `tsvector`s, the dictionary has an index of trigrams.

use crate::{
    dialect::{DocumentRow, SET, Word, WordCount, in_sets},
    index::{Set, sets::element},
    types::UuidSql,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Text},
};

/// See [`crate::dialect::text::index`].
pub(in crate::dialect) fn index(conn: &mut PgConnection, rows: &[DocumentRow]) -> QueryResult<()> {
    const STATEMENT: &str =
        "INSERT INTO search_documents (number, record, kind, sort_name, names, tokens, hash)
        SELECT number, record, kind, sort_name, names, array_to_tsvector(string_to_array(tokens, ' ')), hash
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS row (number, record, kind, sort_name, names, tokens, hash)
        ON CONFLICT (number) DO UPDATE
        SET sort_name = excluded.sort_name, names = excluded.names, tokens = excluded.tokens, hash = excluded.hash";
    in_sets(rows, SET, |rows| {
        sql_query(STATEMENT)
            .bind::<Array<Integer>, _>(rows.iter().map(|row| row.number).collect::<Vec<_>>())
            .bind::<Array<UuidSql>, _>(rows.iter().map(|row| row.record).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.sort_name.as_str()).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.names.as_str()).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.tokens.as_str()).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.hash).collect::<Vec<_>>())
            .execute(conn)
            .map(drop)
    })
}

/// See [`crate::dialect::text::count_words`].
pub(in crate::dialect) fn count_words(conn: &mut PgConnection, rows: &[WordCount<'_>]) -> QueryResult<()> {
    const STATEMENT: &str = "INSERT INTO words AS present (dictionary, word, reversed, visible, records)
        SELECT * FROM unnest($1, $2, $3, $4, $5)
        ON CONFLICT (dictionary, word) DO UPDATE SET records = present.records + excluded.records";
    in_sets(rows, SET, |rows| {
        sql_query(STATEMENT)
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.dictionary).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.word).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(WordCount::reversed).collect::<Vec<_>>())
            .bind::<Array<Bool>, _>(rows.iter().map(WordCount::is_visible).collect::<Vec<_>>())
            .bind::<Array<Integer>, _>(rows.iter().map(|row| row.step).collect::<Vec<_>>())
            .execute(conn)
            .map(drop)
    })
}

/// See [`crate::dialect::text::count_words`].
pub(in crate::dialect) fn delete_unused_words(
    conn: &mut PgConnection,
    rows: &[&WordCount<'_>],
) -> QueryResult<()> {
    const STATEMENT: &str = "DELETE FROM words USING unnest($1, $2) AS fewer (dictionary, word)
        WHERE words.dictionary = fewer.dictionary AND words.word = fewer.word AND records <= 0";
    in_sets(rows, SET, |rows| {
        sql_query(STATEMENT)
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.dictionary).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.word).collect::<Vec<_>>())
            .execute(conn)
            .map(drop)
    })
}

/// The condition that the text of a record matches an expression: the SQL before and after the expression.
pub(crate) const TEXT_CONDITION: (&str, &str) = (
    "EXISTS (SELECT FROM search_documents WHERE number = records.number AND tokens @@ ",
    "::tsquery OFFSET 0)",
);

/// See [`crate::dialect::text::matching_text`].
pub(in crate::dialect) fn matching_text(
    conn: &mut PgConnection,
    expression: &str,
) -> QueryResult<Option<Set>> {
    /// The largest number of matches to return.
    const MOST: usize = 3_000;
    const STATEMENT: &str = "WITH found AS MATERIALIZED
            (SELECT number FROM search_documents WHERE tokens @@ $1::tsquery)
        SELECT number FROM found LIMIT $2";
    let query = sql_query(STATEMENT).bind::<Text, _>(expression).bind::<BigInt, _>(MOST as i64 + 1);
    let found: Vec<Number> = query.load(conn)?;
    let is_all = found.len() <= MOST;
    Ok(is_all.then(|| found.iter().map(|found| element(found.number)).collect()))
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// See [`crate::dialect::text::candidates`]. Returns a part of the statement, with the expression in the given parameter. It calls
/// a function of the schema, which keeps the planner from scanning the table for `LIMIT` rows: for rare words it
/// would read all of it.
pub(in crate::dialect) fn candidates(parameter: usize) -> String {
    format!("SELECT record, kind, sort_name, names FROM search_candidates(${parameter}::tsquery, $1)")
}

/// See [`crate::dialect::text::words_holding`]. For either visible or hidden dictionaries, because each has its own index.
pub(in crate::dialect) fn words_holding(
    conn: &mut PgConnection,
    part: &str,
    dictionaries: &[&str],
    is_visible: bool,
    limit: i64,
) -> QueryResult<Vec<Word>> {
    let condition = if is_visible { "visible" } else { "NOT visible" };
    let statement = format!(
        "SELECT dictionary, word FROM (
            SELECT dictionary, word, row_number() OVER (
                PARTITION BY left(dictionary, 2) ORDER BY length(word), word) AS place
            FROM words WHERE word LIKE $1 AND NOT starts_with(word, $4) AND {condition} AND dictionary = ANY ($2)) AS ranked
        WHERE place <= $3"
    );
    sql_query(statement)
        .bind::<Text, _>(format!("%{part}%"))
        .bind::<Array<Text>, _>(dictionaries)
        .bind::<BigInt, _>(limit)
        .bind::<Text, _>(part)
        .load(conn)
}
