//! SQLite: one machine, one writer at a time.

use diesel::{Connection, ConnectionError, SqliteConnection, connection::SimpleConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::time::{Duration, Instant};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Takes the write lock at once.
pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// The first statement fixes what is seen, and no lock keeps others from writing.
pub(super) const BEGIN_READ: &str = "BEGIN DEFERRED";

/// What SQLite says when it is out of reach for now; diesel does not tell the codes apart.
pub(super) const UNREACHABLE: &[&str] = &["database is locked", "disk I/O error", "unable to open database"];

/// A power cut may lose nothing that was acknowledged: hence `synchronous=FULL`.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;";

/// Opens the file, and makes it when it is not there.
pub(crate) fn connect(file: &str) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(file)?;
    // Turning to WAL does not wait for other connections by itself, so that several instances may start at once.
    let started = Instant::now();
    loop {
        match conn.batch_execute(PRAGMAS) {
            Ok(()) => return Ok(conn),
            Err(_) if started.elapsed() < Duration::from_secs(4) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(ConnectionError::CouldntSetupConfiguration(error)),
        }
    }
}

/// Brings the schema up to date, in one transaction that holds the write lock.
pub(super) fn migrate(conn: &mut SqliteConnection) -> Result<(), String> {
    let result = conn.immediate_transaction(|conn| {
        conn.run_pending_migrations(MIGRATIONS)
            .map(drop)
            .map_err(|cause| diesel::result::Error::QueryBuilderError(cause.to_string().into()))
    });
    result.map_err(|error| error.to_string())
}
