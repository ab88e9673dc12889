//! Postings by their keys, many at a time.

use crate::{
    dialect::{SET, in_sets},
    index::PostingRow,
    types::{DaySql, UuidSql},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Text},
};

/// A statement about postings that are named by their keys, with a signature for each: six arrays.
macro_rules! by_keys {
    ($statement:literal) => {
        concat!(
            $statement,
            " unnest($1, $2, $3, $4, $5, $6) AS key (term, visible, sort_name, record, since, signature)
            WHERE postings.term = key.term AND postings.visible = key.visible AND postings.sort_name = key.sort_name
            AND postings.record = key.record AND postings.since = key.since"
        )
    };
}

/// [`crate::dialect::delete_postings`].
pub(in crate::dialect) fn delete_postings(
    conn: &mut PgConnection,
    rows: &[PostingRow<'_>],
) -> QueryResult<()> {
    for_postings(conn, by_keys!("DELETE FROM postings USING"), rows)
}

/// [`crate::dialect::sign_postings`].
pub(in crate::dialect) fn sign_postings(conn: &mut PgConnection, rows: &[PostingRow<'_>]) -> QueryResult<()> {
    for_postings(conn, by_keys!("UPDATE postings SET signature = key.signature FROM"), rows)
}

fn for_postings(conn: &mut PgConnection, statement: &str, rows: &[PostingRow<'_>]) -> QueryResult<()> {
    in_sets(rows, SET, |rows| {
        sql_query(statement)
            .bind::<Array<Integer>, _>(rows.iter().map(|row| row.term).collect::<Vec<_>>())
            .bind::<Array<Bool>, _>(rows.iter().map(|row| row.visible).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.sort_name).collect::<Vec<_>>())
            .bind::<Array<UuidSql>, _>(rows.iter().map(|row| row.record).collect::<Vec<_>>())
            .bind::<Array<DaySql>, _>(rows.iter().map(|row| row.since).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.signature).collect::<Vec<_>>())
            .execute(conn)
            .map(drop)
    })
}
