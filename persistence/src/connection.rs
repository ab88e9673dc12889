//! One connection type for both databases, and the pools.

use crate::{
    dialect,
    error::Error,
    target::{Replica, Target},
    throttle::UnderWay,
};
use diesel::{
    PgConnection, SqliteConnection,
    r2d2::{self, ManageConnection, Pool, PooledConnection},
};
use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

/// A connection to either database.
///
/// [`Target`] chooses the variant from the URL. The derived `establish` would try both in turn.
#[derive(diesel::MultiConnection)]
pub(crate) enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

impl std::fmt::Debug for Conn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Conn")
    }
}

/// Creates the connections of a pool.
#[derive(Debug)]
pub(crate) struct Manager {
    server: Server,
    cache: usize,
    /// How long a statement may run, on PostgreSQL. Writes lift it ([`dialect::begin_write`]).
    statement_time: Option<Duration>,
}

/// Where a pool connects to.
#[derive(Debug)]
enum Server {
    Primary(Target),
    Replica(Replica),
}

impl Manager {
    /// Connects to a replica.
    pub(crate) fn of_replica(replica: Replica) -> Self {
        Self { server: Server::Replica(replica), cache: 0, statement_time: Some(READ_TIME) }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Conn, r2d2::Error> {
        let conn = match &self.server {
            Server::Primary(target) => target.connect(self.cache),
            Server::Replica(replica) => replica.connect(),
        };
        let mut conn = conn.map_err(r2d2::Error::ConnectionError)?;
        let is_pooled = matches!(&self.server, Server::Primary(target) if target.is_pooled());
        if let Some(time) = self.statement_time.filter(|_| !is_pooled) {
            dialect::limit_statements(&mut conn, time).map_err(r2d2::Error::QueryError)?;
        }
        Ok(conn)
    }

    /// Called before each use, so without a round trip. A connection that a restart of the database has closed is
    /// detected.
    fn is_valid(&self, conn: &mut Conn) -> Result<(), r2d2::Error> {
        dialect::check_open(conn).map_err(r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use r2d2::R2D2Connection as _;
        conn.is_broken()
    }
}

/// A pooled connection.
pub(crate) type Pooled = PooledConnection<Manager>;

/// A connection for the reads of a request. Bulk writers yield while it exists.
pub(crate) struct Reader {
    conn: Pooled,
    _reading: UnderWay,
}

impl Deref for Reader {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// How many connections a pool has.
#[derive(Clone, Copy, Debug)]
pub struct PoolState {
    /// The name of the pool.
    pub name: &'static str,
    /// Connections that nobody uses.
    pub idle: u32,
    /// Connections in use.
    pub busy: u32,
}

/// The connections to a database: one writer and several readers on SQLite, one pool for both on PostgreSQL.
#[derive(Clone)]
pub(crate) struct Connections {
    target: Target,
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    /// Connections for reads of sync runs. Separate, because their statements may run longer, and because on SQLite,
    /// pages cached for requests stay cached.
    run_readers: Pool<Manager>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connections")
    }
}

/// How long a read may take. PostgreSQL ends statements that take longer. SQLite does not: interrupting it needs a
/// handle that diesel does not expose.
pub const READ_TIME: Duration = Duration::from_secs(30);
/// The size of a pool of readers.
pub(crate) const READERS: u32 = 4;
/// The page cache of a reader, in KiB.
const READ_CACHE: usize = 8 * 1024;
/// The page cache of a reader of sync runs, in KiB. Small, because it reads each page once.
const RUN_CACHE: usize = 1024;
/// The page cache of the writer, in KiB. A batch of the sync touches more pages than any cache holds.
const WRITE_CACHE: usize = 8 * 1024;
/// How long a request waits for a connection before the database counts as unreachable.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

impl Connections {
    /// Creates the pools. Opens no connection yet.
    pub(crate) fn new(target: &Target) -> Self {
        let pool =
            |size, cache, statement_time| {
                Pool::builder().max_size(size).min_idle(Some(0)).connection_timeout(PATIENCE).build_unchecked(
                    Manager { server: Server::Primary(target.clone()), cache, statement_time },
                )
            };
        let readers = pool(READERS, READ_CACHE, Some(READ_TIME));
        let run_readers = pool(READERS, RUN_CACHE, None);
        let writers = match target {
            Target::Postgres(_) => readers.clone(),
            Target::Sqlite(_) => pool(1, WRITE_CACHE, None),
        };
        Self { target: target.clone(), readers, writers, run_readers }
    }

    /// The state of each pool, by name. On PostgreSQL, readers and writers share one.
    pub(crate) fn pools(&self) -> Vec<PoolState> {
        let of = |name, pool: &Pool<Manager>| {
            let state = pool.state();
            PoolState { name, idle: state.idle_connections, busy: state.connections - state.idle_connections }
        };
        let mut pools = vec![of("read", &self.readers), of("sync", &self.run_readers)];
        if matches!(self.target, Target::Sqlite(_)) {
            pools.push(of("write", &self.writers));
        }
        pools
    }

    /// The database.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Returns a connection for a read.
    pub(crate) fn reader(&self) -> Result<Reader, Error> {
        Ok(Reader { conn: taken(self.readers.get())?, _reading: UnderWay::reading() })
    }

    /// Opens a connection outside the pool, for long work under a lock. `None` on SQLite, which has a single
    /// writer.
    pub(crate) fn own(&self) -> Result<Option<Conn>, Error> {
        match &self.target {
            Target::Postgres(_) => {
                self.target.connect(0).map(Some).map_err(|cause| Error::Unreachable(cause.to_string()))
            }
            Target::Sqlite(_) => Ok(None),
        }
    }

    /// Opens a connection that holds a claim: a lock with a name, until the connection is closed. `None` on SQLite, where
    /// a file has a single server, which knows its own claims. [`dialect::try_claim`] then tries to take it.
    ///
    /// The lock is that of an open transaction, and not of the session, which a pooler may give to others. The transaction
    /// holds no snapshot, so it keeps no old rows.
    pub(crate) fn claim(&self) -> Result<Option<Conn>, Error> {
        let mut conn = self.own()?;
        if let Some(conn) = &mut conn {
            dialect::begin_claim(conn)?;
        }
        Ok(conn)
    }

    /// Like [`Self::writer`], but waits up to a minute, for work that can wait.
    pub(crate) fn patient_writer(&self) -> Result<Pooled, Error> {
        patiently(|| self.writer())
    }

    /// Returns a connection for a read of a sync run. Waits up to a minute.
    pub(crate) fn run_reader(&self) -> Result<Pooled, Error> {
        patiently(|| taken(self.run_readers.get()))
    }

    /// Returns a connection for a write.
    pub(crate) fn writer(&self) -> Result<Pooled, Error> {
        taken(self.writers.get())
    }
}

/// Converts the error of a pool that has no free connection in time.
fn taken(asked: Result<Pooled, r2d2::PoolError>) -> Result<Pooled, Error> {
    asked.map_err(|cause| Error::Unreachable(cause.to_string()))
}

/// Retries for a minute.
fn patiently(ask: impl Fn() -> Result<Pooled, Error>) -> Result<Pooled, Error> {
    const TIMES: usize = 12;
    (1..TIMES).find_map(|_| ask().ok()).map_or_else(&ask, Ok)
}
