//! What differs between the two databases, with the same functions in `sqlite` and `postgres`, and nowhere else.

mod among;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub(crate) use among::Among;

use crate::connection::Conn;
use diesel::QueryResult;

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
pub(crate) fn lock_record(conn: &mut Conn, id: crate::types::DbId) -> QueryResult<bool> {
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
