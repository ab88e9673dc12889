//! Removes erased data from the files. PostgreSQL leaves deleted rows in its pages, even after a plain VACUUM, so
//! tables that may contain personal data are rewritten, one after the other.

use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{Array, Text},
};
use std::time::{Duration, Instant};

/// Tables that contain neither text nor external ids of members.
const HARMLESS: &[&str] = &[
    "__diesel_schema_migrations",
    "dated_terms",
    "erasures",
    "facts",
    "idempotency_keys",
    "links",
    "reference_spans",
    "signing_keys",
    "slugs",
    "sync_confirmed",
    "term_sets",
    "terms",
    "tokens",
];

/// Waits for transactions that may still see deleted rows, because VACUUM copies these as long as there are any, in
/// this database or as a snapshot of it. Most end within a moment. Waits for at most twenty seconds.
const WAIT_FOR_OLD_TRANSACTIONS: &str = "DO $$
    DECLARE bound xid8 := pg_snapshot_xmax(pg_current_snapshot());
    BEGIN
        FOR attempt IN 1..1000 LOOP
            PERFORM pg_stat_clear_snapshot();
            EXIT WHEN pg_snapshot_xmin(pg_current_snapshot()) >= bound AND NOT EXISTS (
                SELECT FROM pg_stat_activity
                WHERE pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
                    AND age(backend_xmin) > age(bound::xid));
            PERFORM pg_sleep(0.02);
        END LOOP;
    END $$";

/// The time that others queue behind a request for a table lock. It is retried if it times out.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '100ms'";
/// Through a pooler, the session is not ours to set. There, a request for a lock is not even queued.
const UNQUEUED: &str = "FULL, SKIP_LOCKED";
/// The number of attempts, and the pause between them in which others have the table.
const TIMES: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Rewrites the tables that may contain erased data, smallest first. Pauses after each for as long as it took.
/// Needs a connection of its own. `is_pooled` says whether that is one of a pooler.
///
/// # Errors
/// If a table could not be locked.
pub(crate) fn rewrite(conn: &mut PgConnection, is_pooled: bool) -> QueryResult<()> {
    let tables: Vec<Name> = sql_query(
        "SELECT relname::text AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> ALL ($1)
        ORDER BY pg_total_relation_size(oid)",
    )
    .bind::<Array<Text>, _>(HARMLESS)
    .load(conn)?;
    conn.batch_execute(WAIT_FOR_OLD_TRANSACTIONS)?;
    if !is_pooled {
        conn.batch_execute(LOCK_TIMEOUT)?;
    }
    for Name { name } in tables {
        let began = Instant::now();
        if is_pooled {
            rewrite_unqueued(conn, &name)?;
        } else {
            patiently(|| conn.batch_execute(&format!("VACUUM (FULL) {name}")))?;
        }
        log::debug!("rewrote {name} in {:?}", began.elapsed());
        std::thread::sleep(began.elapsed().max(PAUSE));
    }
    Ok(())
}

/// Rewrites a table as soon as nobody uses it. A skipped table keeps its file.
fn rewrite_unqueued(conn: &mut PgConnection, table: &str) -> QueryResult<()> {
    let before = file_of(conn, table)?;
    for _ in 0..TIMES * 10 {
        conn.batch_execute(&format!("VACUUM ({UNQUEUED}) {table}"))?;
        if file_of(conn, table)? != before {
            return Ok(());
        }
        std::thread::sleep(PAUSE / 10);
    }
    Err(diesel::result::Error::QueryBuilderError(format!("{table} is always in use").into()))
}

fn file_of(conn: &mut PgConnection, table: &str) -> QueryResult<String> {
    let path: Name = sql_query("SELECT pg_relation_filenode($1::regclass)::text AS name")
        .bind::<Text, _>(table)
        .get_result(conn)?;
    Ok(path.name)
}

/// Retries `work` until its lock is granted.
fn patiently(mut work: impl FnMut() -> QueryResult<()>) -> QueryResult<()> {
    for _ in 1..TIMES {
        match work() {
            Err(error) if is_lock_timeout(&error) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    work()
}

/// diesel does not expose the error codes. 55P03 has this text, in English or German.
pub(super) fn is_lock_timeout(error: &diesel::result::Error) -> bool {
    let text = error.to_string();
    text.contains("lock timeout") || text.contains("Zeitüberschreitung")
}
