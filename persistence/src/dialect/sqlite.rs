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

/// [`super::index`].
pub(super) const INDEX: &[&str] = &[
    "INSERT INTO search_documents (record, kind, sort_name, names)
     SELECT unhex(value->>0), value->>1, value->>2, value->>3 FROM json_each($1) WHERE true
     ON CONFLICT (record) DO UPDATE SET sort_name = excluded.sort_name, names = excluded.names",
    "INSERT OR REPLACE INTO search_tokens (rowid, tokens)
     SELECT search_documents.number, value->>4
     FROM json_each($1) CROSS JOIN search_documents ON search_documents.record = unhex(value->>0)",
];

/// [`super::learn`].
pub(super) const LEARN: &[&str] = &["INSERT INTO words (word, reversed)
    SELECT value->>0, value->>1 FROM json_each($1) WHERE true ON CONFLICT DO NOTHING"];

/// [`super::count`].
pub(super) const COUNT: &[&str] = &["INSERT INTO term_counts (kind, visible, region, facet, value, day, number)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6 FROM json_each($1) WHERE true
    ON CONFLICT (kind, visible, region, facet, value, day) DO UPDATE SET number = number + excluded.number"];

/// [`super::forget`].
pub(super) const FORGET: &str = "DELETE FROM term_counts; DELETE FROM search_documents; DELETE FROM words;
    INSERT INTO search_tokens (search_tokens) VALUES ('delete-all');
    INSERT INTO word_parts (word_parts) VALUES ('delete-all');";

/// [`super::text_condition`].
pub(super) const TEXT_CONDITION: (&str, &str) = (
    "records.id IN (SELECT record FROM search_tokens
     CROSS JOIN search_documents ON search_documents.number = search_tokens.rowid
     WHERE search_tokens MATCH ",
    ")",
);

/// [`super::candidates`]: a part of the statement, with the expression in the parameter of this number.
pub(super) fn candidates(parameter: usize) -> String {
    format!(
        "SELECT record, kind, sort_name, names FROM (SELECT record, kind, sort_name, names
        FROM search_tokens CROSS JOIN search_documents ON search_documents.number = search_tokens.rowid
        WHERE search_tokens MATCH ?{parameter} LIMIT ?1)"
    )
}

/// [`super::words_holding`].
pub(super) const WORDS_HOLDING: &str = "SELECT words.word
    FROM word_parts CROSS JOIN words ON words.number = word_parts.rowid
    WHERE word_parts MATCH $1 AND instr(words.word, $2) > 0 ORDER BY length(words.word), words.word LIMIT $3";

/// The runs of three letters of a word, all of which must be there: the index keeps no positions.
pub(super) fn trigrams(part: &str) -> String {
    let letters: Vec<char> = part.chars().collect();
    let trigram = |run: &[char]| format!("\"{}\"", run.iter().collect::<String>());
    letters.windows(3).map(trigram).collect::<Vec<_>>().join(" AND ")
}

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
