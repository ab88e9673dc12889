//! Backups of a whole database, made while others read and write it.

use crate::{connection::Conn, dialect, error::Error, target::Target};
use std::{fs::File, path::Path};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The program that makes the archive failed.
    #[error("{0}")]
    Program(String),
}

impl Target {
    /// Copies the database as it is at one moment to an empty file: as a database of SQLite, or as an archive for
    /// `pg_restore`. The copy is on the disk when this returns.
    ///
    /// # Errors
    /// If the database cannot be read, the file cannot be written, or `pg_dump` is missing, too old, or fails.
    pub fn backup(&self, path: &Path) -> Result<(), BackupError> {
        let file = File::options().append(true).open(path)?;
        let mut conn = self.look().map_err(|cause| Error::Unreachable(cause.to_string()))?;
        match (self, &mut conn) {
            (Self::Postgres(url), Conn::Pg(conn)) => {
                dialect::postgres::backup::dump(conn, url, file.try_clone()?)?;
            }
            (_, Conn::Sqlite(conn)) => dialect::sqlite::copy(conn, path)?,
            (Self::Sqlite(_), Conn::Pg(_)) => {}
        }
        Ok(file.sync_all()?)
    }
}
