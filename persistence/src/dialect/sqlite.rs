//! SQLite: one machine, one writer at a time.

pub(crate) mod scrub;
pub(super) mod text;

use crate::{backup::BackupError, dialect::in_statements, error::Error, rows::RecordRow, types::MomentSql};
use diesel::{
    Connection, ConnectionError, SqliteConnection,
    connection::SimpleConnection,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_query,
    sql_types::{BigInt, Binary, Bool, Double, Integer, Nullable, Text},
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::{
    fs::OpenOptions,
    path::Path,
    time::{Duration, Instant},
};

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Returns a row if there are migrations. See [`super::applied_migrations`].
pub(super) const HAS_MIGRATIONS: &str =
    "SELECT 'yes' AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'";

/// Takes the write lock at once.
pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// The first statement determines the snapshot. Others may write meanwhile.
pub(super) const BEGIN_READ: &str = "BEGIN DEFERRED";

/// Messages of SQLite when it is unreachable. diesel does not expose the error codes.
pub(super) const UNREACHABLE: &[&str] = &["database is locked", "disk I/O error", "unable to open database"];

/// Messages of SQLite when the disk is full.
pub(super) const FULL: &[&str] = &["database or disk is full"];

/// See [`super::delete_rejections`].
pub(super) const DELETE_REJECTIONS: &[&str] = &[
    "DELETE FROM sync_rejections
    WHERE run IN (SELECT id FROM sync_runs WHERE chamber = $1->>'chamber')
        AND (external_id IN (SELECT value FROM json_each($1, '$.external_ids')) OR EXISTS (
            SELECT 1 FROM json_each($1, '$.texts')
            WHERE instr(concat_ws(' ', external_id, pointer, reason), value) > 0))",
    "UPDATE sync_runs SET sweep_reason = 'a line does not tell which member it means'
    WHERE chamber = $1->>'chamber'
        AND EXISTS (SELECT 1 FROM json_each($1, '$.texts') WHERE instr(sweep_reason, value) > 0)",
];

/// See [`super::next_seq`].
pub(super) const NEXT_SEQ: &str =
    "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'revisions' RETURNING seq";

/// See [`super::number_list`].
pub(super) const AMONG_NUMBERS: (&str, &str) = ("records.number IN (SELECT value FROM json_each(", "))");

/// See [`super::truncate_derived`].
pub(super) const TRUNCATE_DERIVED: &[&str] = &[
    "DELETE FROM term_sets",
    "DELETE FROM dated_terms",
    "DELETE FROM past_states",
    "DELETE FROM reference_spans",
    "DELETE FROM search_documents",
    "INSERT INTO search_tokens (search_tokens) VALUES ('delete-all')",
    "DELETE FROM words; INSERT INTO word_parts (word_parts) VALUES ('delete-all')",
];

/// `synchronous=FULL`, because a power failure must not lose what was acknowledged. A batch of the sync changes
/// some ten thousand pages, and the next one most of them again, so the WAL grows to 200 MB before a checkpoint.
/// `secure_delete` overwrites deleted data, so that an erasure need not rewrite the whole file.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 50000; \
    PRAGMA journal_size_limit = 16777216;";

/// Creates an empty file that only its owner can read, unless the file exists. SQLite gives the files beside it the
/// same mode. Errors are ignored here, because opening the file reports them.
pub(crate) fn create(file: &str) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
}

/// Opens an existing file to inspect it.
pub(crate) fn look(file: &str) -> Result<SqliteConnection, ConnectionError> {
    // The path is part of a URI, so its special characters are escaped.
    let path = file.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let mut conn = SqliteConnection::establish(&format!("file:{path}?mode=rw"))?;
    conn.batch_execute("PRAGMA busy_timeout = 10000").map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Opens an existing file for short reads, which fail rather than wait for a lock.
pub(crate) fn glance(file: &str) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = look(file)?;
    conn.batch_execute("PRAGMA busy_timeout = 0; PRAGMA cache_size = -64")
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// See [`super::data_version`]. A type of its own, because diesel prepares texts of SQL anew each time.
#[derive(Debug, QueryId)]
pub(super) struct DataVersion;

impl Query for DataVersion {
    type SqlType = Integer;
}

impl RunQueryDsl<SqliteConnection> for DataVersion {}

impl QueryFragment<Sqlite> for DataVersion {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("PRAGMA data_version");
        Ok(())
    }
}

/// Copies the database as it is now to an empty file. Others may write meanwhile.
pub(crate) fn copy(conn: &mut SqliteConnection, file: &Path) -> Result<(), BackupError> {
    let name =
        file.to_str().ok_or_else(|| BackupError::Program("the name of the file is not UTF-8".to_owned()))?;
    sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(conn).map_err(Error::from)?;
    Ok(())
}

/// Opens the file, or creates it. `cache` is the page cache of the connection in KiB.
pub(crate) fn connect(file: &str, cache: usize) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(file)?;
    let pragmas = format!("{PRAGMAS} PRAGMA cache_size = -{cache};");
    // Switching to WAL does not wait for other connections. Retrying allows several instances to start at once.
    let started = Instant::now();
    loop {
        match conn.batch_execute(&pragmas) {
            Ok(()) => return Ok(conn),
            Err(_) if started.elapsed() < Duration::from_secs(4) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(ConnectionError::CouldntSetupConfiguration(error)),
        }
    }
}

/// See [`super::update_records`]. Runs one prepared statement row by row, because diesel does not cache its own
/// updates. Lists only columns that can change, because SQLite writes the indexes of every column in `SET`.
pub(super) fn update_records(conn: &mut SqliteConnection, rows: &[RecordRow]) -> QueryResult<()> {
    const STATEMENT: &str = "UPDATE records SET slug = ?, status = ?, visible = ?, was_visible = ?, version = ?, name = ?,
        sort_name = ?, starts_at = ?, ends_at = ?, lat = ?, lon = ?, x = ?, y = ?, z = ?, chamber = ?, external_id = ?,
        content = ?, content_hash = ?, updated_at = ?, changed_at = ?, line_hash = ? WHERE number = ?";
    in_statements(rows, |rows| {
        rows.iter().try_for_each(|row| {
            sql_query(STATEMENT)
                .bind::<Nullable<Text>, _>(&row.slug)
                .bind::<Text, _>(row.status)
                .bind::<Bool, _>(row.visible)
                .bind::<Bool, _>(row.was_visible)
                .bind::<BigInt, _>(row.version)
                .bind::<Text, _>(&row.name)
                .bind::<Text, _>(&row.sort_name)
                .bind::<Nullable<MomentSql>, _>(row.starts_at)
                .bind::<MomentSql, _>(row.ends_at)
                .bind::<Nullable<Double>, _>(row.lat)
                .bind::<Nullable<Double>, _>(row.lon)
                .bind::<Nullable<Double>, _>(row.x)
                .bind::<Nullable<Double>, _>(row.y)
                .bind::<Nullable<Double>, _>(row.z)
                .bind::<Nullable<Text>, _>(&row.chamber)
                .bind::<Nullable<Text>, _>(&row.external_id)
                .bind::<Text, _>(&row.content)
                .bind::<Binary, _>(&row.content_hash)
                .bind::<MomentSql, _>(row.updated_at)
                .bind::<MomentSql, _>(row.changed_at)
                .bind::<Nullable<BigInt>, _>(row.line_hash)
                .bind::<Integer, _>(row.number)
                .execute(conn)
                .map(drop)
        })
    })
}

/// Runs pending migrations in one transaction, which holds the write lock.
pub(super) fn migrate(conn: &mut SqliteConnection) -> Result<(), String> {
    let result = conn.immediate_transaction(|conn| {
        conn.run_pending_migrations(MIGRATIONS)
            .map(drop)
            .map_err(|cause| diesel::result::Error::QueryBuilderError(cause.to_string().into()))
    });
    result.map_err(|error| error.to_string())
}
