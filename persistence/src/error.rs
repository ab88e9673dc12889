//! Errors of the database.

use crate::dialect;
use domain::fault::Faults;

/// A failure of the database, not of the request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection is available.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The connection broke during a commit, so it is unknown whether the data were written.
    #[error("the database did not confirm a commit: {0}")]
    Unconfirmed(String),
    /// Another transaction interfered. A retry may succeed.
    #[error("conflict with another write: {0}")]
    Collision(String),
    /// The database ended a statement, usually a read that took longer than [`crate::store::READ_TIME`].
    #[error("a statement was ended: {0}")]
    TooSlow(String),
    /// The disk is full.
    #[error("the disk of the database is full: {0}")]
    Full(String),
    /// A statement failed.
    #[error(transparent)]
    Statement(diesel::result::Error),
    /// Stored data cannot be parsed.
    #[error("a stored record cannot be read: {0}")]
    Corrupt(String),
    /// A newer release has migrated the schema.
    #[error("a newer release has changed the schema of this database: use that release, or an older backup")]
    Newer,
    /// The derived tables are incomplete or of another version.
    #[error("the derived tables are being rebuilt, or are of another release")]
    Rebuilding,
    /// A migration failed.
    #[error("the migrations failed: {0}")]
    Migration(String),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        match error {
            Diesel::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                cause,
            ) => Self::Unreachable(cause.message().to_owned()),
            // The error of the commit says why the connection broke.
            Diesel::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            Diesel::DatabaseError(_, cause) if dialect::is_full(cause.message(), cause.hint()) => {
                Self::Full(cause.message().to_owned())
            }
            Diesel::DatabaseError(_, cause) if dialect::is_ended(cause.message()) => {
                Self::TooSlow(cause.message().to_owned())
            }
            // A proxy has led to a server that is no longer the primary.
            Diesel::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, cause) => {
                Self::Unreachable(cause.message().to_owned())
            }
            Diesel::DatabaseError(_, cause) if dialect::is_unreachable(cause.message()) => {
                Self::Unreachable(cause.message().to_owned())
            }
            Diesel::DatabaseError(
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure,
                cause,
            ) => Self::Collision(cause.message().to_owned()),
            Diesel::BrokenTransactionManager => Self::Unreachable("the connection broke".to_owned()),
            Diesel::DatabaseError(_, cause) if dialect::is_collision(cause.message()) => {
                Self::Collision(cause.message().to_owned())
            }
            other => Self::Statement(other),
        }
    }
}

impl Error {
    /// The same error, for another write that it concerns.
    pub(crate) fn repeat(&self) -> Self {
        match self {
            Self::Unreachable(cause) => Self::Unreachable(cause.clone()),
            Self::Unconfirmed(cause) => Self::Unconfirmed(cause.clone()),
            Self::Collision(cause) => Self::Collision(cause.clone()),
            Self::TooSlow(cause) => Self::TooSlow(cause.clone()),
            Self::Full(cause) => Self::Full(cause.clone()),
            Self::Corrupt(cause) => Self::Corrupt(cause.clone()),
            Self::Migration(cause) => Self::Migration(cause.clone()),
            Self::Newer => Self::Newer,
            Self::Rebuilding => Self::Rebuilding,
            // Causes of diesel cannot be cloned, but their text can.
            Self::Statement(cause) => {
                Self::Statement(diesel::result::Error::QueryBuilderError(cause.to_string().into()))
            }
        }
    }

    /// The error of a commit. If the connection broke, the result is unknown.
    pub(crate) fn of_commit(error: diesel::result::Error) -> Self {
        match Self::from(error) {
            Self::Unreachable(cause) => Self::Unconfirmed(cause),
            other => other,
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// Why a query was not answered.
#[derive(Debug)]
pub enum QueryError {
    /// A parameter is invalid, or names something that does not exist.
    Faults(Faults),
    /// The database failed.
    Database(Error),
}

/// What a read may fail with.
pub(crate) trait ReadError: From<Error> {
    /// The failure of the database, if it is one.
    fn of_database(&self) -> Option<&Error>;
}

impl ReadError for Error {
    fn of_database(&self) -> Option<&Error> {
        Some(self)
    }
}

impl ReadError for QueryError {
    fn of_database(&self) -> Option<&Error> {
        match self {
            Self::Database(error) => Some(error),
            Self::Faults(_) => None,
        }
    }
}

impl<E: Into<Error>> From<E> for QueryError {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}
