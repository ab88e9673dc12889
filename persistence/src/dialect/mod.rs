//! What differs between the two databases, with the same functions in `sqlite` and `postgres`, and nowhere else.

mod among;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub(crate) use among::Among;

use crate::{
    connection::Conn,
    types::{DbId, UuidSql},
};
use diesel::{
    QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};
use domain::search::{Correction, WantedToken};

/// The same statement, compiled once for each database: for what the multi backend cannot express.
macro_rules! native {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::connection::Conn::Pg($c) => $body,
            $crate::connection::Conn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use native;

/// Begins a transaction that will write: on SQLite it takes the write lock at once, so that it cannot lose it.
pub(crate) fn begin_write(conn: &mut Conn) -> QueryResult<()> {
    use diesel::connection::AnsiTransactionManager as Manager;
    match conn {
        Conn::Pg(conn) => Manager::begin_transaction_sql(conn, postgres::BEGIN_WRITE),
        Conn::Sqlite(conn) => Manager::begin_transaction_sql(conn, sqlite::BEGIN_WRITE),
    }
}

/// Begins a transaction that only reads, and sees one moment until it ends.
pub(crate) fn begin_read(conn: &mut Conn) -> QueryResult<()> {
    use diesel::connection::AnsiTransactionManager as Manager;
    match conn {
        Conn::Pg(conn) => Manager::begin_transaction_sql(conn, postgres::BEGIN_READ),
        Conn::Sqlite(conn) => Manager::begin_transaction_sql(conn, sqlite::BEGIN_READ),
    }
}

/// Ends a transaction for good.
pub(crate) fn commit(conn: &mut Conn) -> QueryResult<()> {
    use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager as _};
    native!(conn, |c| Manager::commit_transaction(c))
}

/// Undoes a transaction.
pub(crate) fn rollback(conn: &mut Conn) -> QueryResult<()> {
    use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager as _};
    native!(conn, |c| Manager::rollback_transaction(c))
}

/// Locks one record until the transaction ends, so that its version cannot change in between.
///
/// Whether another transaction may have changed it before the lock was had, so that it must be read anew.
pub(crate) fn lock_record(conn: &mut Conn, id: DbId) -> QueryResult<bool> {
    match conn {
        Conn::Pg(conn) => postgres::lock_record(conn, id).map(|()| true),
        Conn::Sqlite(_) => Ok(false), // the write lock is on the whole database
    }
}

/// Makes revisions appear in commit order: from here to the end of the transaction no other takes a number.
pub(crate) fn lock_revisions(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => postgres::lock(conn, postgres::REVISIONS_LOCK),
        Conn::Sqlite(_) => Ok(()), // the write lock is on the whole database
    }
}

/// Takes a lock until the transaction ends, or says that another has it.
pub(crate) fn try_lock(conn: &mut Conn, name: &[u8]) -> QueryResult<bool> {
    match conn {
        Conn::Pg(conn) => postgres::try_lock(conn, name),
        Conn::Sqlite(_) => Ok(true), // the write lock is on the whole database
    }
}

/// Runs statements that take a set of rows as one JSON text.
fn run(conn: &mut Conn, postgres: &[&str], sqlite: &[&str], rows: &str) -> QueryResult<()> {
    let statements = match conn {
        Conn::Pg(_) => postgres,
        Conn::Sqlite(_) => sqlite,
    };
    for statement in statements {
        sql_query(*statement).bind::<Text, _>(rows).execute(conn)?;
    }
    Ok(())
}

/// Writes search documents: `[[id, kind, sort name, names, tokens], ...]`.
pub(crate) fn index(conn: &mut Conn, rows: &str) -> QueryResult<()> {
    run(conn, postgres::INDEX, sqlite::INDEX, rows)
}

/// Adds words to the dictionary: `[[word, reversed], ...]`.
pub(crate) fn learn(conn: &mut Conn, rows: &str) -> QueryResult<()> {
    run(conn, postgres::LEARN, sqlite::LEARN, rows)
}

/// Adds to the counts of terms: `[[kind, visible, region, facet, value, day, step], ...]`.
pub(crate) fn count(conn: &mut Conn, rows: &str) -> QueryResult<()> {
    run(conn, postgres::COUNT, sqlite::COUNT, rows)
}

/// Empties everything that is derived from the records, but for their terms.
pub(crate) fn forget(conn: &mut Conn) -> QueryResult<()> {
    let statements = match conn {
        Conn::Pg(_) => postgres::FORGET,
        Conn::Sqlite(_) => sqlite::FORGET,
    };
    native!(conn, |conn| conn.batch_execute(statements))
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

/// Brings the schema up to date, once however many instances start.
pub(crate) fn migrate(conn: &mut Conn) -> Result<(), String> {
    match conn {
        Conn::Pg(conn) => postgres::migrate(conn),
        Conn::Sqlite(conn) => sqlite::migrate(conn),
    }
}

/// Whether a failure says that the database is out of reach for now, rather than that a statement is wrong.
pub(crate) fn is_unreachable(message: &str) -> bool {
    [postgres::UNREACHABLE, sqlite::UNREACHABLE].concat().iter().any(|sign| message.contains(sign))
}

/// Whether a failure says that another transaction was in the way, so that the same may work again.
pub(crate) fn is_collision(message: &str) -> bool {
    postgres::COLLISION.iter().any(|sign| message.contains(sign))
}
