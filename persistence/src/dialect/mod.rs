//! Everything that differs between the two databases. `sqlite` and `postgres` have the same functions.

mod locks;
mod migrations;
pub(crate) mod postgres;
pub(crate) mod sqlite;
mod text;
mod transactions;

pub(crate) use locks::{
    check_open, lock_chambers, lock_members, lock_record, lock_revisions, try_claim, try_lock,
    try_lock_chamber, try_lock_record,
};
pub(crate) use migrations::{applied_migrations, known_migrations, migrate};
pub(crate) use postgres::text::TEXT_CONDITION;
pub(crate) use text::{
    Candidate, DocumentRow, Word, WordCount, any_of, by_partition, candidates, count_words, document_hashes,
    expression, index, matching_text, unindex, words_alike, words_holding,
};
pub(crate) use transactions::{begin_claim, begin_read, begin_savepoint, begin_write, commit, rollback};

use crate::{
    changes::Mark,
    connection::Conn,
    index::{ChunkRow, Set, sets},
    rows::RecordRow,
    schema::{past_contents, records, revisions, term_sets},
    throttle::yield_to_readers,
    types::DbId,
};
use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
    upsert::excluded,
};
use std::time::Duration;

/// Compiles a statement once per database, for what the multi backend cannot express.
macro_rules! native {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::connection::Conn::Pg($c) => $body,
            $crate::connection::Conn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use native;

/// The number of rows per statement. Large enough that the cost per statement hardly matters, and small enough that
/// SQLite, which keeps all parts of a statement in memory, needs little.
pub(crate) const ROWS: usize = 100;

/// The number of rows per COPY, or per statement of PostgreSQL that takes arrays. Writing them takes a few
/// milliseconds.
pub(crate) const SET: usize = 500;

/// Writes rows in statements of [`ROWS`].
pub(crate) fn in_statements<T>(rows: &[T], execute: impl FnMut(&[T]) -> QueryResult<()>) -> QueryResult<()> {
    in_sets(rows, ROWS, execute)
}

/// Writes rows in sets of `size`. Yields to readers between them.
pub(crate) fn in_sets<T>(
    rows: &[T],
    size: usize,
    mut execute: impl FnMut(&[T]) -> QueryResult<()>,
) -> QueryResult<()> {
    rows.chunks(size).try_for_each(|rows| {
        yield_to_readers(rows.len());
        execute(rows)
    })
}

/// Inserts rows. PostgreSQL uses COPY if there are many, otherwise statements of many rows. SQLite uses one
/// prepared statement, row by row. Statements of many rows are slower there: each may abort halfway, so SQLite
/// copies every page before changing it, and FTS5 flushes its pending data before each.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let rows: &[_] = $rows;
        match $conn {
            $crate::connection::Conn::Pg(conn) if rows.len() > 20 => {
                $crate::dialect::in_sets(rows, $crate::dialect::SET, |rows| {
                    let copied = diesel::copy_from($table).from_insertable(rows);
                    diesel::ExecuteCopyFromDsl::execute(copied, conn).map(drop)
                })
            }
            // diesel prepares a statement of one row once, and one of a list each time.
            $crate::connection::Conn::Pg(conn) => $crate::dialect::in_statements(rows, |rows| match rows {
                [row] => {
                    diesel::RunQueryDsl::execute(diesel::insert_into($table).values(row), conn).map(drop)
                }
                rows => {
                    diesel::RunQueryDsl::execute(diesel::insert_into($table).values(rows), conn).map(drop)
                }
            }),
            $crate::connection::Conn::Sqlite(conn) => $crate::dialect::in_statements(rows, |rows| {
                rows.iter().try_for_each(|row| {
                    diesel::RunQueryDsl::execute(diesel::insert_into($table).values(row), conn).map(drop)
                })
            }),
        }
    }};
}
pub(crate) use insert_all;

/// Ends statements that run longer. Only on PostgreSQL.
pub(crate) fn limit_statements(conn: &mut Conn, time: Duration) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => conn.batch_execute(&format!("SET statement_timeout = {}", time.as_millis())),
        Conn::Sqlite(_) => Ok(()),
    }
}

/// Returns a number that changes when another connection commits. `None` on PostgreSQL, which has none.
pub(crate) fn data_version(conn: &mut Conn) -> QueryResult<Option<i32>> {
    match conn {
        Conn::Pg(_) => Ok(None),
        Conn::Sqlite(conn) => sqlite::DataVersion.get_result(conn).map(Some),
    }
}

/// Returns the position in the write-ahead log behind everything that anybody can see. `None` on SQLite, which has no
/// replicas.
pub(crate) fn flushed(conn: &mut Conn) -> QueryResult<Option<i64>> {
    match conn {
        Conn::Pg(conn) => postgres::flushed(conn).map(Some),
        Conn::Sqlite(_) => Ok(None),
    }
}

/// Returns the position up to which a replica has replayed the write-ahead log. `None` if it is none, or if it lacks a
/// revision.
pub(crate) fn replayed(conn: &mut Conn, mark: Option<Mark>) -> QueryResult<Option<i64>> {
    match conn {
        Conn::Pg(conn) => postgres::replayed(conn, mark),
        Conn::Sqlite(_) => Ok(None),
    }
}

/// Returns the ids of members of a chamber.
pub(crate) fn member_ids(conn: &mut Conn, chamber: &str, external_ids: &[&str]) -> QueryResult<Vec<DbId>> {
    match conn {
        Conn::Pg(conn) => postgres::member_ids(conn, chamber, external_ids),
        Conn::Sqlite(conn) => records::table
            .filter(records::chamber.eq(chamber).and(records::external_id.eq_any(external_ids)))
            .select(records::id)
            .load(conn),
    }
}

/// Deletes rejections that concern a member, given as JSON: `{"chamber": ..., "external_ids": [...], "texts":
/// [...]}`. Returns how many rows have changed.
pub(crate) fn delete_rejections(conn: &mut Conn, member: &str) -> QueryResult<usize> {
    let statements = match conn {
        Conn::Pg(_) => postgres::DELETE_REJECTIONS,
        Conn::Sqlite(_) => sqlite::DELETE_REJECTIONS,
    };
    let mut changed = 0;
    for statement in statements {
        changed += sql_query(*statement).bind::<Text, _>(member).execute(conn)?;
    }
    Ok(changed)
}

/// Copies the contents of records that are about to be replaced to the revisions that wrote them.
pub(crate) fn keep_contents(conn: &mut Conn, records: &[DbId]) -> QueryResult<()> {
    native!(conn, |conn| {
        let made = revisions::record.eq(records::id).and(revisions::version.eq(records::version));
        records::table
            .inner_join(revisions::table.on(made))
            .filter(records::id.eq_any(records))
            .select((revisions::seq, records::content))
            .insert_into(past_contents::table)
            .into_columns((past_contents::seq, past_contents::content))
            .execute(conn)
            .map(drop)
    })
}

/// Updates the rows of records.
pub(crate) fn update_records(conn: &mut Conn, rows: &[RecordRow]) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => postgres::update_records(conn, rows),
        Conn::Sqlite(conn) => sqlite::update_records(conn, rows),
    }
}

/// Inserts or replaces chunks of sets.
pub(crate) fn write_chunks(conn: &mut Conn, rows: &[ChunkRow]) -> QueryResult<()> {
    /// Works for one row and for many.
    macro_rules! upsert {
        ($conn:expr, $rows:expr) => {
            diesel::insert_into(term_sets::table)
                .values($rows)
                .on_conflict((term_sets::term, term_sets::visible, term_sets::chunk))
                .do_update()
                .set(term_sets::records.eq(excluded(term_sets::records)))
                .execute($conn)
                .map(drop)
        };
    }
    in_statements(rows, |rows| match conn {
        Conn::Pg(conn) => upsert!(conn, rows),
        Conn::Sqlite(conn) => rows.iter().try_for_each(|row| upsert!(conn, row)),
    })
}

/// Reserves `count` numbers for new records, ascending. `last` is the last one that this transaction has reserved.
pub(crate) fn reserve_numbers(conn: &mut Conn, last: Option<i32>, count: i32) -> QueryResult<Vec<i32>> {
    match conn {
        Conn::Pg(conn) => postgres::reserve_numbers(conn, count),
        // The write lock prevents others from taking them.
        Conn::Sqlite(conn) => {
            let written: Option<i32> =
                records::table.select(diesel::dsl::max(records::number)).first(conn)?;
            let last = last.max(written).unwrap_or_default();
            Ok((1..=count).map(|step| last + step).collect())
        }
    }
}

/// Takes the next number of the sequence of revisions. Requires the lock on revisions.
pub(crate) fn next_seq(conn: &mut Conn) -> QueryResult<i64> {
    let statement = match conn {
        Conn::Pg(_) => postgres::NEXT_SEQ,
        Conn::Sqlite(_) => sqlite::NEXT_SEQ,
    };
    native!(conn, |conn| sql_query(statement).get_result::<Seq>(conn)).map(|row| row.seq)
}

#[derive(QueryableByName)]
struct Seq {
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// A condition that restricts `records.number` to a list. It has a single parameter, so the statement is prepared
/// once for lists of any length.
pub(crate) struct NumberList {
    pub(crate) before: &'static str,
    pub(crate) numbers: String,
    pub(crate) after: &'static str,
}

/// Returns the condition for the records of a set.
pub(crate) fn number_list(conn: &Conn, set: &Set) -> NumberList {
    let numbers = sets::numbers(set).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    match conn {
        Conn::Pg(_) => {
            let (before, after) = postgres::AMONG_NUMBERS;
            NumberList { before, numbers: format!("{{{numbers}}}"), after }
        }
        Conn::Sqlite(_) => {
            let (before, after) = sqlite::AMONG_NUMBERS;
            NumberList { before, numbers: format!("[{numbers}]"), after }
        }
    }
}

/// Empties a derived table. Returns `false` if there is none with this number.
pub(crate) fn truncate_derived(conn: &mut Conn, table: usize) -> QueryResult<bool> {
    let statements = match conn {
        Conn::Pg(_) => postgres::TRUNCATE_DERIVED,
        Conn::Sqlite(_) => sqlite::TRUNCATE_DERIVED,
    };
    let Some(statement) = statements.get(table) else { return Ok(false) };
    native!(conn, |conn| conn.batch_execute(statement))?;
    Ok(true)
}

/// Whether an error message means that the database is unreachable for now, rather than that a statement is wrong.
pub(crate) fn is_unreachable(message: &str) -> bool {
    [postgres::UNREACHABLE, sqlite::UNREACHABLE].concat().iter().any(|sign| message.contains(sign))
}

/// Whether an error message means that the database ended a statement.
pub(crate) fn is_ended(message: &str) -> bool {
    postgres::ENDED.iter().any(|sign| message.contains(sign))
}

/// Whether an error message means that the disk is full.
pub(crate) fn is_full(message: &str, hint: Option<&str>) -> bool {
    let is_said = |sign: &&str| message.contains(*sign) || hint.is_some_and(|hint| hint.contains(*sign));
    [postgres::FULL, sqlite::FULL].concat().iter().any(is_said)
}

/// Whether an error message means that another transaction interfered, so that a retry may succeed.
pub(crate) fn is_collision(message: &str) -> bool {
    postgres::COLLISION.iter().any(|sign| message.contains(sign))
}
