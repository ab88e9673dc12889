//! PostgreSQL: any number of instances on one database.

use crate::types::{DbId, UuidSql};
use diesel::{
    Connection, ConnectionError, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Every statement sees what is committed when it begins.
pub(super) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// All statements see what was committed when the first began.
pub(super) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What PostgreSQL and libpq say when it is out of reach for now; diesel does not tell the codes apart.
pub(super) const UNREACHABLE: &[&str] = &[
    "terminating connection",
    "server closed the connection",
    "the database system is",
    "no connection to the server",
    "could not connect",
    "too many clients",
];

/// What PostgreSQL says when two transactions waited for each other, and this one gave way.
pub(super) const COLLISION: &[&str] = &["deadlock detected", "could not serialize"];

/// [`super::index`].
pub(super) const INDEX: &[&str] = &["INSERT INTO search_documents (record, kind, sort_name, names, tokens)
    SELECT (row->>0)::uuid, row->>1, row->>2, row->>3, array_to_tsvector(string_to_array(row->>4, ' '))
    FROM jsonb_array_elements($1::jsonb) AS row
    ON CONFLICT (record) DO UPDATE
    SET sort_name = excluded.sort_name, names = excluded.names, tokens = excluded.tokens"];

/// [`super::learn`].
pub(super) const LEARN: &[&str] = &["INSERT INTO words (word, reversed)
    SELECT row->>0, row->>1 FROM jsonb_array_elements($1::jsonb) AS row ON CONFLICT DO NOTHING"];

/// [`super::count`].
pub(super) const COUNT: &[&str] =
    &["INSERT INTO term_counts AS present (kind, visible, region, facet, value, day, number)
    SELECT row->>0, (row->>1)::boolean, row->>2, row->>3, row->>4, (row->>5)::date, (row->>6)::bigint
    FROM jsonb_array_elements($1::jsonb) AS row
    ON CONFLICT (kind, visible, region, facet, value, day) DO UPDATE SET number = present.number + excluded.number"];

/// [`super::forget`].
pub(super) const FORGET: &str = "TRUNCATE term_counts, search_documents, words";

/// Where few records match: as an array, which is made first, and not looked into for each record.
const FEW_WITH_TEXT: (&str, &str) =
    ("records.id = ANY (ARRAY(SELECT record FROM search_documents WHERE tokens @@ ", "::tsquery))");

/// Where many records match: each is looked at in its turn, until there are enough.
const MANY_WITH_TEXT: (&str, &str) =
    ("EXISTS (SELECT FROM search_documents WHERE record = records.id AND tokens @@ ", "::tsquery OFFSET 0)");

/// Whether more than some thousand records match.
const ARE_MANY_WITH_TEXT: &str = "WITH found AS MATERIALIZED
        (SELECT record FROM search_documents WHERE tokens @@ $1::tsquery)
    SELECT count(*) > 3000 AS is_so FROM (SELECT FROM found LIMIT 3001) AS first";

/// [`super::text_condition`].
pub(super) fn text_condition(
    conn: &mut PgConnection,
    expression: &str,
) -> QueryResult<(&'static str, &'static str)> {
    let answer: Answer = sql_query(ARE_MANY_WITH_TEXT).bind::<Text, _>(expression).get_result(conn)?;
    Ok(if answer.is_so { MANY_WITH_TEXT } else { FEW_WITH_TEXT })
}

/// [`super::candidates`]: a part of the statement, with the expression in the parameter of this number.
///
/// Materialized: else the limit leads the planner to read the table until it has enough, which it never has of rare
/// words.
pub(super) fn candidates(parameter: usize) -> String {
    format!(
        "(WITH found AS MATERIALIZED
            (SELECT record, kind, sort_name, names FROM search_documents WHERE tokens @@ ${parameter}::tsquery)
        SELECT record, kind, sort_name, names FROM found LIMIT $1)"
    )
}

/// [`super::words_holding`].
pub(super) const WORDS_HOLDING: &str =
    "SELECT word FROM words WHERE word LIKE $1 ORDER BY length(word), word LIMIT $2";

/// Names of advisory locks: arbitrary, but never to be changed, since older instances may still run.
const MIGRATIONS_LOCK: i64 = 0x636c_7573_0001;
pub(super) const REVISIONS_LOCK: i64 = 0x636c_7573_0002;

/// Opens a connection. An unreachable server is given up on within the time that `serve` has to say so.
pub(crate) fn connect(url: &str) -> Result<PgConnection, ConnectionError> {
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = if url.contains("connect_timeout") {
        url.to_owned()
    } else {
        format!("{url}{separator}connect_timeout=3")
    };
    let mut conn = PgConnection::establish(&url)?;
    conn.batch_execute("SET TIME ZONE 'UTC'; SET client_min_messages = warning; SET jit = off;")
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Waits for an advisory lock and holds it until the transaction ends.
pub(super) fn lock(conn: &mut PgConnection, name: i64) -> QueryResult<()> {
    sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(name).execute(conn).map(drop)
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

/// Takes an advisory lock until the transaction ends, or says that another has it.
pub(super) fn try_lock(conn: &mut PgConnection, name: &[u8]) -> QueryResult<bool> {
    let mut number = [0; 8];
    number.copy_from_slice(&blake3::hash(name).as_bytes()[..8]);
    sql_query("SELECT pg_try_advisory_xact_lock($1) AS is_so")
        .bind::<BigInt, _>(i64::from_le_bytes(number))
        .get_result::<Answer>(conn)
        .map(|Answer { is_so }| is_so)
}

/// Locks one record until the transaction ends: against other changes, not against being referred to, since two
/// records that refer to each other would lock each other out.
pub(super) fn lock_record(conn: &mut PgConnection, id: DbId) -> QueryResult<()> {
    sql_query("SELECT 1 FROM records WHERE id = $1 FOR NO KEY UPDATE")
        .bind::<UuidSql, _>(id)
        .execute(conn)
        .map(drop)
}

/// Brings the schema up to date, in one transaction that other instances wait for.
pub(super) fn migrate(conn: &mut PgConnection) -> Result<(), String> {
    let result = conn.transaction(|conn| {
        lock(conn, MIGRATIONS_LOCK)?;
        conn.run_pending_migrations(MIGRATIONS)
            .map(drop)
            .map_err(|cause| diesel::result::Error::QueryBuilderError(cause.to_string().into()))
    });
    result.map_err(|error| error.to_string())
}
