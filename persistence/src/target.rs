//! The servers that settings name.

use crate::{connection::Conn, dialect};

/// The database that a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// PostgreSQL, with the whole URL.
    Postgres(String),
    /// SQLite, with the path of the file.
    Sqlite(String),
}

/// Why a server that takes writes is not asked as a replica.
pub(crate) const NO_REPLICA: &str = "it takes writes itself";

/// A read replica of a PostgreSQL database, with the whole URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica(pub String);

impl Replica {
    pub(crate) fn connect(&self) -> Result<Conn, diesel::ConnectionError> {
        dialect::postgres::connect_to_replica(&self.0).map(Conn::Pg)
    }

    /// Checks that it can be reached and is a replica.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn check(&self) -> Result<(), String> {
        let mut conn = self.connect().map_err(|cause| cause.to_string().trim().replace('\n', "; "))?;
        match dialect::replayed(&mut conn, None) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(NO_REPLICA.to_owned()),
            Err(cause) => Err(cause.to_string()),
        }
    }
}

impl Target {
    /// Parses `postgres://...`, `postgresql://...` or `sqlite://FILE`.
    ///
    /// # Errors
    /// A sentence that says what a URL must look like. It never quotes the URL, which may contain a password.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres(url.to_owned()))
        } else if let Some(file) = url.strip_prefix("sqlite://").filter(|file| !file.is_empty()) {
            Ok(Self::Sqlite(file.to_owned()))
        } else {
            Err("DATABASE_URL must be sqlite://FILE or postgres://USER@HOST/DATABASE".to_owned())
        }
    }

    /// Whether a pooler gives each transaction another session.
    pub(crate) fn is_pooled(&self) -> bool {
        matches!(self, Self::Postgres(url) if dialect::postgres::is_pooled(url))
    }

    /// Opens a connection. `cache` is the page cache in KiB, on SQLite.
    pub(crate) fn connect(&self, cache: usize) -> Result<Conn, diesel::ConnectionError> {
        match self {
            Self::Postgres(url) => dialect::postgres::connect(url).map(Conn::Pg),
            Self::Sqlite(file) => dialect::sqlite::connect(file, cache).map(Conn::Sqlite),
        }
    }

    /// Opens a connection for short reads, which never wait for a lock.
    pub(crate) fn glance(&self) -> Result<Conn, diesel::ConnectionError> {
        match self {
            Self::Postgres(_) => self.connect(0),
            Self::Sqlite(file) => dialect::sqlite::glance(file).map(Conn::Sqlite),
        }
    }

    /// Opens a connection for inspection, which neither creates nor changes a file.
    pub(crate) fn look(&self) -> Result<Conn, diesel::ConnectionError> {
        match self {
            Self::Postgres(_) => self.connect(0),
            Self::Sqlite(file) => dialect::sqlite::look(file).map(Conn::Sqlite),
        }
    }
}
