//! One connection type for two databases, and the pools that hold them.

use crate::{dialect, error::Error, throttle::UnderWay};
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
/// The variant is picked from the URL; the derive's `establish` would try both in turn.
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

/// Which database a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// PostgreSQL, by its whole URL.
    Postgres(String),
    /// SQLite, by the path of its file.
    Sqlite(String),
}

impl Target {
    /// Reads `postgres://...`, `postgresql://...` or `sqlite://FILE`.
    ///
    /// # Errors
    /// A sentence that says what a URL must look like; it never repeats the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres(url.to_owned()))
        } else if let Some(file) = url.strip_prefix("sqlite://").filter(|file| !file.is_empty()) {
            Ok(Self::Sqlite(file.to_owned()))
        } else {
            Err("DATABASE_URL must be sqlite://FILE or postgres://USER@HOST/DATABASE".to_owned())
        }
    }

    /// Opens one connection, which may keep so many KiB of a file's pages in memory.
    pub(crate) fn connect(&self, cache: usize) -> Result<Conn, diesel::ConnectionError> {
        match self {
            Self::Postgres(url) => dialect::postgres::connect(url).map(Conn::Pg),
            Self::Sqlite(file) => dialect::sqlite::connect(file, cache).map(Conn::Sqlite),
        }
    }

    /// Opens a connection that only looks: a file is not made, nor changed.
    pub(crate) fn look(&self) -> Result<Conn, diesel::ConnectionError> {
        match self {
            Self::Postgres(_) => self.connect(0),
            Self::Sqlite(file) => dialect::sqlite::look(file).map(Conn::Sqlite),
        }
    }
}

/// Makes connections for a pool.
#[derive(Debug)]
pub(crate) struct Manager {
    target: Target,
    cache: usize,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Conn, r2d2::Error> {
        self.target.connect(self.cache).map_err(r2d2::Error::ConnectionError)
    }

    /// Asked before each use, so without a round trip: a database that restarted is seen by its closed connection.
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

/// A connection that a request reads with; others give way to it.
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

/// The connections to one database: SQLite has one writer and several readers, PostgreSQL one pool for both.
#[derive(Clone)]
pub(crate) struct Connections {
    target: Target,
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    /// What the runs of the sync read with. On SQLite they are apart, so that the pages that requests need stay with
    /// the connections that answer these.
    run_readers: Pool<Manager>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connections")
    }
}

/// How many connections read at once.
const READERS: u32 = 4;
/// What a connection that reads keeps of a file, in KiB.
const READ_CACHE: usize = 8 * 1024;
/// What a connection keeps of a file that a run of the sync reads with, in KiB: it asks for each page once.
const RUN_CACHE: usize = 1024;
/// What the connection that writes keeps of a file, in KiB. A batch of the sync touches more pages than any cache holds.
const WRITE_CACHE: usize = 8 * 1024;
/// How long a request waits for a connection before the database counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(5);

impl Connections {
    /// Makes the pools, without a connection yet.
    pub(crate) fn new(target: &Target) -> Self {
        let pool = |size, cache| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .connection_timeout(PATIENCE)
                .build_unchecked(Manager { target: target.clone(), cache })
        };
        let readers = pool(READERS, READ_CACHE);
        let (writers, run_readers) = match target {
            Target::Postgres(_) => (readers.clone(), readers.clone()),
            Target::Sqlite(_) => (pool(1, WRITE_CACHE), pool(READERS, RUN_CACHE)),
        };
        Self { target: target.clone(), readers, writers, run_readers }
    }

    /// A connection to read with.
    pub(crate) fn reader(&self) -> Result<Reader, Error> {
        Ok(Reader { conn: taken(self.readers.get())?, _reading: UnderWay::reading() })
    }

    /// A connection beside the pool, for long work and the lock that it holds meanwhile; `None` on SQLite, which has one
    /// connection that writes.
    pub(crate) fn own(&self) -> Result<Option<Conn>, Error> {
        match &self.target {
            Target::Postgres(_) => {
                self.target.connect(0).map(Some).map_err(|cause| Error::Unreachable(cause.to_string()))
            }
            Target::Sqlite(_) => Ok(None),
        }
    }

    /// As [`Self::writer`], for those who can wait until all others have written.
    pub(crate) fn patient_writer(&self) -> Result<Pooled, Error> {
        patiently(|| self.writer())
    }

    /// A connection that a run of the sync reads with; it can wait until all others have read.
    pub(crate) fn run_reader(&self) -> Result<Pooled, Error> {
        patiently(|| taken(self.run_readers.get()))
    }

    /// A connection to write with.
    pub(crate) fn writer(&self) -> Result<Pooled, Error> {
        taken(self.writers.get())
    }
}

/// A connection of a pool, unless it has none in time.
fn taken(asked: Result<Pooled, r2d2::PoolError>) -> Result<Pooled, Error> {
    asked.map_err(|cause| Error::Unreachable(cause.to_string()))
}

/// Asks again for a minute.
fn patiently(ask: impl Fn() -> Result<Pooled, Error>) -> Result<Pooled, Error> {
    const TIMES: usize = 12;
    (1..TIMES).find_map(|_| ask().ok()).map_or_else(&ask, Ok)
}
