//! One connection type for two databases, and the pools that hold them.

use crate::{dialect, error::Error};
use diesel::{
    PgConnection, SqliteConnection,
    r2d2::{self, ManageConnection, Pool, PooledConnection},
};
use std::time::Duration;

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

    /// Opens one connection.
    pub(crate) fn connect(&self) -> Result<Conn, diesel::ConnectionError> {
        match self {
            Self::Postgres(url) => dialect::postgres::connect(url).map(Conn::Pg),
            Self::Sqlite(file) => dialect::sqlite::connect(file).map(Conn::Sqlite),
        }
    }
}

/// Makes connections for a pool.
#[derive(Debug)]
pub(crate) struct Manager(Target);

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Conn, r2d2::Error> {
        self.0.connect().map_err(r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), r2d2::Error> {
        use r2d2::R2D2Connection as _;
        conn.ping().map_err(r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use r2d2::R2D2Connection as _;
        conn.is_broken()
    }
}

/// A pooled connection.
pub(crate) type Pooled = PooledConnection<Manager>;

/// The connections to one database: SQLite has one writer and several readers, PostgreSQL one pool for both.
#[derive(Clone)]
pub(crate) struct Connections {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connections")
    }
}

/// How many connections read at once.
const READERS: u32 = 4;
/// How long a request waits for a connection before the database counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(5);

impl Connections {
    /// Makes the pools, without a connection yet.
    pub(crate) fn new(target: &Target) -> Self {
        let pool = |size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .connection_timeout(PATIENCE)
                .test_on_check_out(false)
                .build_unchecked(Manager(target.clone()))
        };
        let readers = pool(READERS);
        let writers = match target {
            Target::Postgres(_) => readers.clone(),
            Target::Sqlite(_) => pool(1),
        };
        Self { readers, writers }
    }

    /// A connection to read with.
    pub(crate) fn reader(&self) -> Result<Pooled, Error> {
        self.readers.get().map_err(|cause| Error::Unreachable(cause.to_string()))
    }

    /// A connection to write with.
    pub(crate) fn writer(&self) -> Result<Pooled, Error> {
        self.writers.get().map_err(|cause| Error::Unreachable(cause.to_string()))
    }
}
