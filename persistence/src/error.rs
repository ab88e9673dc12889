//! What can go wrong with a database.

use crate::dialect;
use domain::fault::Faults;

/// A failure of the database, not of the request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection could be had.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The connection broke while it committed: what was to be written may be written.
    #[error("the database did not confirm a commit: {0}")]
    Unconfirmed(String),
    /// Another write got there first; the same may work again.
    #[error("another write got there first: {0}")]
    Collision(String),
    /// The disk of the database is full.
    #[error("the disk of the database is full: {0}")]
    Full(String),
    /// A statement failed.
    #[error(transparent)]
    Statement(diesel::result::Error),
    /// What is stored cannot be read.
    #[error("a stored record cannot be read: {0}")]
    Corrupt(String),
    /// A newer release has changed the schema.
    #[error("a newer release has changed the schema of this database: use that release, or an older backup")]
    Newer,
    /// The derived tables are incomplete, or of another version of the program.
    #[error("derived data are being rebuilt, or are those of another release")]
    Rebuilding,
    /// The schema could not be brought up to date.
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
            // Why the connection broke, the commit says.
            Diesel::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            Diesel::DatabaseError(_, cause) if dialect::is_full(cause.message(), cause.hint()) => {
                Self::Full(cause.message().to_owned())
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
    /// Of a commit: where the connection broke, nobody knows how far that came.
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
    /// Its parameters name what does not exist.
    Faults(Faults),
    /// The database failed.
    Database(Error),
}

impl<E: Into<Error>> From<E> for QueryError {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}
