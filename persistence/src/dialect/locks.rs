//! Locks. PostgreSQL has advisory locks and locks of rows. On SQLite, the write lock covers the whole database.

use super::{member_ids, postgres};
use crate::{connection::Conn, schema::records, types::DbId};
use diesel::prelude::*;

/// Locks a record until the transaction ends, so that its version cannot change.
///
/// Returns whether another transaction may have changed it before the lock was granted. It must then be read again.
pub(crate) fn lock_record(conn: &mut Conn, id: DbId) -> QueryResult<bool> {
    match conn {
        Conn::Pg(conn) => postgres::lock_record(conn, id).map(|()| true),
        Conn::Sqlite(_) => Ok(false), // the write lock covers the whole database
    }
}

/// Like [`lock_record`], but does not wait. Returns `None` if another transaction holds the lock, or has deleted the
/// record.
pub(crate) fn try_lock_record(conn: &mut Conn, id: DbId) -> QueryResult<Option<bool>> {
    match conn {
        Conn::Pg(conn) => Ok(postgres::try_lock_record(conn, id)?.then_some(true)),
        Conn::Sqlite(_) => Ok(Some(false)), // the write lock covers the whole database
    }
}

/// Locks the revisions until the transaction ends, so that their numbers appear in commit order.
pub(crate) fn lock_revisions(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => postgres::lock(conn, postgres::REVISIONS_LOCK),
        Conn::Sqlite(_) => Ok(()), // the write lock covers the whole database
    }
}

/// Prevents others from writing members of these chambers until the transaction ends.
pub(crate) fn lock_chambers(conn: &mut Conn, chambers: &[&str]) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => {
            let names = chambers.iter().map(|chamber| members_of(chamber));
            names.into_iter().try_for_each(|name| postgres::lock_by_name(conn, name.as_bytes()))
        }
        Conn::Sqlite(_) => Ok(()), // the write lock covers the whole database
    }
}

/// Like [`lock_chambers`], but does not wait. Returns `false` if another transaction holds the lock.
pub(crate) fn try_lock_chamber(conn: &mut Conn, chamber: &str) -> QueryResult<bool> {
    try_lock(conn, members_of(chamber).as_bytes())
}

/// The name of the lock on the members of a chamber.
fn members_of(chamber: &str) -> String {
    format!("members of {chamber}")
}

/// Tries to take a lock until the transaction ends. Returns `false` if another transaction holds it.
pub(crate) fn try_lock(conn: &mut Conn, name: &[u8]) -> QueryResult<bool> {
    match conn {
        Conn::Pg(conn) => postgres::try_lock(conn, name),
        Conn::Sqlite(_) => Ok(true), // the write lock covers the whole database
    }
}

/// Fails if the database has closed the connection. Checks the socket, without a round trip.
pub(crate) fn check_open(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Pg(conn) => postgres::check_open(conn),
        Conn::Sqlite(_) => Ok(()), // a file has no socket
    }
}

/// Tries to take the lock of a claim ([`crate::connection::Connections::claim`]). Returns `false` if another connection
/// holds it.
pub(crate) fn try_claim(conn: &mut Conn, name: &str) -> QueryResult<bool> {
    match conn {
        Conn::Pg(conn) => postgres::try_claim(conn, name.as_bytes()),
        Conn::Sqlite(_) => Ok(true), // a file has a single server, which knows its own claims
    }
}

/// Locks members of a chamber like [`lock_record`]. Returns their external ids, ids and versions.
pub(crate) fn lock_members(
    conn: &mut Conn,
    chamber: &str,
    external_ids: &[&str],
) -> QueryResult<Vec<(String, DbId, i64)>> {
    let ids = member_ids(conn, chamber, external_ids)?;
    let query = records::table.filter(records::id.eq_any(ids)).select((
        records::external_id.assume_not_null(),
        records::id,
        records::version,
    ));
    match conn {
        Conn::Pg(conn) => query.order(records::id).for_no_key_update().load(conn),
        Conn::Sqlite(conn) => query.load(conn), // the write lock covers the whole database
    }
}
