//! Beginning and ending transactions and savepoints.

use super::{native, postgres, sqlite};
use crate::connection::Conn;
use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager as Manager, TransactionManager as _},
};

/// Begins a write transaction. Its statements may run as long as they need. On SQLite it takes the
/// write lock at once, so that it cannot fail to get it later.
pub(crate) fn begin_write(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => Manager::begin_transaction_sql(conn, postgres::BEGIN_WRITE),
        Conn::Sqlite(conn) => Manager::begin_transaction_sql(conn, sqlite::BEGIN_WRITE),
    }
}

/// Begins a read transaction, which sees one state until it ends.
pub(crate) fn begin_read(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => Manager::begin_transaction_sql(conn, postgres::BEGIN_READ),
        Conn::Sqlite(conn) => Manager::begin_transaction_sql(conn, sqlite::BEGIN_READ),
    }
}

/// Begins a transaction that does nothing but hold a lock.
pub(crate) fn begin_claim(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => Manager::begin_transaction_sql(conn, postgres::BEGIN_CLAIM),
        Conn::Sqlite(_) => Ok(()), // the write lock would keep out all other writers
    }
}

/// Begins a savepoint in a transaction. [`commit`] releases it, and [`rollback`] rolls back to it.
pub(crate) fn begin_savepoint(conn: &mut Conn) -> QueryResult<()> {
    native!(conn, |c| Manager::begin_transaction(c))
}

/// Commits the transaction, or releases its last savepoint.
pub(crate) fn commit(conn: &mut Conn) -> QueryResult<()> {
    native!(conn, |c| Manager::commit_transaction(c))
}

/// Rolls back the transaction, or what was done since its last savepoint.
pub(crate) fn rollback(conn: &mut Conn) -> QueryResult<()> {
    native!(conn, |c| Manager::rollback_transaction(c))
}
