//! PostgreSQL: any number of instances on one database.

pub(crate) mod backup;
mod connecting;
pub(crate) mod scrub;
pub(super) mod text;

pub(crate) use connecting::{connect, connect_to_replica, is_pooled};

use crate::{
    changes::Mark,
    hash::hash,
    rows::RecordRow,
    schema::records,
    types::{DbId, UuidSql},
};
use diesel::upsert::excluded;
use diesel::{
    Connection,
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::time::Duration;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Returns a row if there are migrations. See [`super::applied_migrations`].
pub(super) const HAS_MIGRATIONS: &str =
    "SELECT 'yes' AS version WHERE to_regclass('__diesel_schema_migrations') IS NOT NULL";

/// Each statement sees what was committed when it began, and may run as long as it needs.
pub(super) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0";

/// Waits as long as it has to.
pub(super) const BEGIN_CLAIM: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0";

/// All statements see what was committed when the first one began.
pub(super) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Messages of PostgreSQL and libpq when it is unreachable. diesel does not expose the error codes. The messages
/// are German if `lc_messages` is, as Debian sets it up on a German machine.
pub(super) const UNREACHABLE: &[&str] = &[
    "terminating connection",
    "server closed the connection",
    "the database system is",
    "no connection to the server",
    "could not connect",
    "too many clients",
    // Of PgBouncer.
    "query_wait_timeout",
    "server login",
    "server conn crashed",
    "pgbouncer cannot connect",
    "server_login_retry",
    "Verbindung wird abgebrochen",
    "das Datenbanksystem",
    "schon zu viele Verbindungen",
];

/// Messages of PostgreSQL when the disk is full (53100): text of the operating system or, for a partial write, a
/// hint.
pub(super) const FULL: &[&str] = &[
    "Check free disk space",
    "Prüfen Sie den freien Festplattenplatz",
    "No space left on device",
    "Disk quota exceeded",
    "kein Speicherplatz mehr",
    "Plattenplatzbeschränkung überschritten",
];

/// Messages of PostgreSQL when it ends a statement: because it ran too long, or because an administrator says so.
pub(super) const ENDED: &[&str] = &["canceling statement", "storniere Anfrage"];

/// Messages of PostgreSQL for a deadlock or a serialization failure.
pub(super) const COLLISION: &[&str] =
    &["deadlock detected", "could not serialize", "Verklemmung", "konnte Zugriff nicht serialisieren"];

/// See [`super::delete_rejections`].
pub(super) const DELETE_REJECTIONS: &[&str] = &[
    "DELETE FROM sync_rejections AS rejection USING sync_runs AS run, (SELECT $1::jsonb AS member) AS given
    WHERE rejection.run = run.id AND run.chamber = member->>'chamber'
        AND (member->'external_ids' ? rejection.external_id OR EXISTS (
            SELECT FROM jsonb_array_elements_text(member->'texts') AS text
            WHERE strpos(concat_ws(' ', rejection.external_id, pointer, reason), text) > 0))",
    "UPDATE sync_runs SET sweep_reason = 'a line does not tell which member it means'
    FROM (SELECT $1::jsonb AS member) AS given
    WHERE chamber = member->>'chamber' AND EXISTS (
        SELECT FROM jsonb_array_elements_text(member->'texts') AS text WHERE strpos(sweep_reason, text) > 0)",
];

/// See [`super::number_list`].
pub(super) const AMONG_NUMBERS: (&str, &str) = ("records.number = ANY (", "::integer[])");

/// See [`super::truncate_derived`].
pub(super) const TRUNCATE_DERIVED: &[&str] = &[
    "TRUNCATE term_sets",
    "TRUNCATE dated_terms",
    "TRUNCATE past_states",
    "TRUNCATE reference_spans",
    "TRUNCATE search_documents",
    "TRUNCATE words",
];

/// Keys of advisory locks. Arbitrary, but fixed, because instances of older releases may still run.
const MIGRATIONS_LOCK: i64 = 0x636c_7573_0001;
pub(super) const REVISIONS_LOCK: i64 = 0x636c_7573_0002;

#[derive(QueryableByName)]
struct LogPosition {
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
}

/// Returns the position in the write-ahead log behind everything that anybody can see. Fails on a replica.
pub(crate) fn flushed(conn: &mut PgConnection) -> QueryResult<i64> {
    let row: LogPosition =
        sql_query("SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint AS position").get_result(conn)?;
    row.position.ok_or(diesel::result::Error::NotFound)
}

/// See [`super::replayed`].
pub(super) fn replayed(conn: &mut PgConnection, mark: Option<Mark>) -> QueryResult<Option<i64>> {
    sql_query(
        "SELECT CASE WHEN pg_is_in_recovery() AND ($1 IS NULL OR EXISTS (
            SELECT FROM revisions WHERE seq = $1 AND record = $2 AND version = $3))
        THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END AS position",
    )
    .bind::<Nullable<BigInt>, _>(mark.map(|mark| mark.seq))
    .bind::<Nullable<UuidSql>, _>(mark.map(|mark| mark.record))
    .bind::<Nullable<BigInt>, _>(mark.map(|mark| mark.version))
    .get_result(conn)
    .map(|LogPosition { position }| position)
}

/// Waits for an advisory lock, and holds it until the transaction ends.
pub(super) fn lock(conn: &mut PgConnection, name: i64) -> QueryResult<()> {
    sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(name).execute(conn).map(drop)
}

/// Like [`lock`], with a name.
pub(super) fn lock_by_name(conn: &mut PgConnection, name: &[u8]) -> QueryResult<()> {
    lock(conn, hash(name))
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

/// Tries to take an advisory lock until the transaction ends.
pub(super) fn try_lock(conn: &mut PgConnection, name: &[u8]) -> QueryResult<bool> {
    sql_query("SELECT pg_try_advisory_xact_lock($1) AS is_so")
        .bind::<BigInt, _>(hash(name))
        .get_result::<Answer>(conn)
        .map(|Answer { is_so }| is_so)
}

/// What a claim has executed last.
const CLAIMED: &str = "SELECT 'claimed'";

/// Tries to take an advisory lock until the transaction ends, which may last long. Keeps no snapshot: the portal of a
/// statement with parameters holds one until another statement, as this one, replaces it.
pub(super) fn try_claim(conn: &mut PgConnection, name: &[u8]) -> QueryResult<bool> {
    let is_granted = try_lock(conn, name)?;
    conn.batch_execute(CLAIMED)?;
    Ok(is_granted)
}

/// See [`super::check_open`].
pub(super) fn check_open(conn: &mut PgConnection) -> QueryResult<()> {
    // Polling for notifications reads what has arrived: first the server's last message, then the end of the
    // stream.
    for _ in 0..2 {
        conn.notifications_iter().next().transpose()?;
    }
    Ok(())
}

/// Locks a record until the transaction ends, against changes but not against new references to it. Two records
/// that refer to each other could otherwise deadlock.
pub(super) fn lock_record(conn: &mut PgConnection, id: DbId) -> QueryResult<()> {
    sql_query("SELECT 1 FROM records WHERE id = $1 FOR NO KEY UPDATE")
        .bind::<UuidSql, _>(id)
        .execute(conn)
        .map(drop)
}

/// Like [`lock_record`], but does not wait. Returns `false` if the lock was not granted.
pub(super) fn try_lock_record(conn: &mut PgConnection, id: DbId) -> QueryResult<bool> {
    let locked = sql_query("SELECT 1 FROM records WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED")
        .bind::<UuidSql, _>(id)
        .execute(conn)?;
    Ok(locked > 0)
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = UuidSql)]
    id: DbId,
}

/// See [`super::member_ids`]. Looks up each id separately. With a list, the planner scans all members of the
/// chamber if statistics say that it has hardly any, as during its first run.
pub(super) fn member_ids(
    conn: &mut PgConnection,
    chamber: &str,
    external_ids: &[&str],
) -> QueryResult<Vec<DbId>> {
    let rows: Vec<IdRow> = sql_query(
        "SELECT id FROM unnest($2) AS wanted (external_id) CROSS JOIN LATERAL (
            SELECT id FROM records WHERE chamber = $1 AND records.external_id = wanted.external_id OFFSET 0) AS member",
    )
    .bind::<Text, _>(chamber)
    .bind::<Array<Text>, _>(external_ids)
    .load(conn)?;
    Ok(rows.into_iter().map(|IdRow { id }| id).collect())
}

/// See [`super::update_records`].
pub(super) fn update_records(conn: &mut PgConnection, rows: &[RecordRow]) -> QueryResult<()> {
    if let [row] = rows {
        return diesel::update(records::table.find(row.id)).set(row).execute(conn).map(drop);
    }
    macro_rules! all_but_the_id {
        ($($column:ident)+) => { ($(records::$column.eq(excluded(records::$column)),)+) };
    }
    for rows in rows.chunks(1_000) {
        diesel::insert_into(records::table)
            .values(rows)
            .on_conflict(records::id)
            .do_update()
            .set(all_but_the_id!(
                kind slug status visible was_visible version name sort_name starts_at ends_at lat lon x y z chamber
                external_id content content_hash created_at updated_at changed_at line_hash
            ))
            .execute(conn)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// See [`super::reserve_numbers`].
pub(super) fn reserve_numbers(conn: &mut PgConnection, count: i32) -> QueryResult<Vec<i32>> {
    let rows: Vec<NumberRow> =
        sql_query("SELECT nextval('record_numbers')::integer AS number FROM generate_series(1, $1)")
            .bind::<Integer, _>(count)
            .load(conn)?;
    Ok(rows.into_iter().map(|NumberRow { number }| number).collect())
}

/// See [`super::next_seq`].
pub(super) const NEXT_SEQ: &str = "SELECT nextval(pg_get_serial_sequence('revisions', 'seq')) AS seq";

/// How long a migration waits for a lock on a table. Whoever else wants the table queues behind it meanwhile.
const LOCK_PATIENCE: &str = "SET LOCAL lock_timeout = '500ms'";
/// The number of attempts, and the pause between them in which others have the tables.
const ATTEMPTS: usize = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// Runs pending migrations in one transaction. Other instances wait for it, and serve meanwhile.
pub(super) fn migrate(conn: &mut PgConnection) -> Result<(), String> {
    for _ in 1..ATTEMPTS {
        match try_to_migrate(conn) {
            Err(error) if scrub::is_lock_timeout(&error) => std::thread::sleep(PAUSE),
            done => return done.map_err(|error| error.to_string()),
        }
    }
    try_to_migrate(conn).map_err(|error| error.to_string())
}

fn try_to_migrate(conn: &mut PgConnection) -> QueryResult<()> {
    conn.transaction(|conn| {
        conn.batch_execute("SET LOCAL statement_timeout = 0")?;
        lock(conn, MIGRATIONS_LOCK)?;
        conn.batch_execute(LOCK_PATIENCE)?;
        conn.run_pending_migrations(MIGRATIONS)
            .map(drop)
            .map_err(|cause| diesel::result::Error::QueryBuilderError(cause.to_string().into()))
    })
}
